import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIONS, actionBits } from '../../src/net/actions.ts'
import { checkPolicy } from '../../src/policy/check.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { fits, NOT, PERHAPS, SURELY } from '../../src/policy/deeds.ts'
import { type Deed, Question } from '../../src/policy/question.ts'

const policy = (channels: string) => {
  const text = `version: 1
zones:
  - {id: hmi, networks: [10.0.2.0/24]}
  - {id: plc, networks: [10.0.1.0/24]}
conduits:
  - {id: C-1, from: hmi, to: plc, channels: [${channels}]}
`
  const { model, issues } = checkPolicy(text, 'site.yaml')
  if (model === undefined) throw new Error(issues.map(({ message }) => message).join('; '))
  return compilePolicy(model)
}

const deed = (actions: ('read' | 'write' | 'control')[], more: Partial<Deed> = {}): Deed => ({
  actions: actionBits(actions),
  fn: 3,
  unit: 1,
  area: 4,
  first: 0,
  last: 9,
  isUnasked: false,
  isUnsure: false,
  isLoose: false,
  isCoarse: false,
  ...more,
})

function judged(channels: string, deeds: Deed[], more: Partial<Question> = {}) {
  const compiled = policy(channels)
  const q = new Question()
  q.orig[3] = 0x0a00020a
  q.resp[3] = 0x0a00010b
  q.respPort = 502
  q.direction = 'handshake'
  q.application = 'modbus'
  q.payload = 'parsed'
  q.deeds.push(...deeds)
  q.deedCount = deeds.length
  Object.assign(q, more)
  const { verdict, reason, mismatch } = compiled.judgement(compiled.judge(q))
  return { said: `${verdict} ${reason ?? ''}`.trim(), mismatch, offending: compiled.offending(q) }
}

describe('what was done, held against channels', () => {
  const READS = '{id: r, service: modbus, actions: [read]}'

  it.each<[string, string, Deed[], string]>([
    ['a read among reads', READS, [deed(['read'])], 'sanctioned'],
    ['a write among reads', READS, [deed(['read']), deed(['write'], { fn: 6 })], 'unsanctioned action'],
    ['both in one function', READS, [deed(['read', 'write'], { fn: 23 })], 'unsanctioned action'],
    [
      'the union of two channels',
      `${READS}, {id: w, service: modbus, actions: [write], units: [1]}`,
      [deed(['read']), deed(['write'])],
      'sanctioned',
    ],
    [
      'another unit',
      '{service: modbus, actions: [read], units: [2-4]}',
      [deed(['read'])],
      'unsanctioned action',
    ],
    ['its function', '{service: modbus, functions: [3, 4]}', [deed(['read'])], 'sanctioned'],
    ['another function', '{service: modbus, functions: [1, 4-9]}', [deed(['read'])], 'unsanctioned action'],
    ['its addresses', '{service: modbus, addresses: [40001-40010]}', [deed(['read'])], 'sanctioned'],
    [
      'stretches that meet',
      '{service: modbus, addresses: [40006-40010, 40001-40005]}',
      [deed(['read'])],
      'sanctioned',
    ],
    [
      'one address too many',
      '{service: modbus, addresses: [40001-40009]}',
      [deed(['read'])],
      'unsanctioned action',
    ],
    ['another table', '{service: modbus, addresses: [30001-30010]}', [deed(['read'])], 'unsanctioned action'],
    ['six digits', '{service: modbus, addresses: [400001-400010]}', [deed(['read'])], 'sanctioned'],
    [
      'a stretch with holes, some of it outside',
      '{service: modbus, addresses: [40001-40005]}',
      [deed(['read'], { isLoose: true })],
      'undetermined action-not-parsed',
    ],
    [
      'a stretch with holes, all of it outside',
      '{service: modbus, addresses: [40101-40105]}',
      [deed(['read'], { isLoose: true })],
      'unsanctioned action',
    ],
    [
      'nothing but the action kept',
      '{service: modbus, actions: [read], units: [1]}',
      [deed(['read'], { isCoarse: true, fn: -1, unit: -1, area: -1 })],
      'undetermined action-not-parsed',
    ],
    [
      'no address, and the action named',
      '{service: modbus, actions: [control], addresses: [40001]}',
      [deed(['control'], { area: -1 })],
      'sanctioned',
    ],
    [
      'no address, and the action not named',
      '{service: modbus, addresses: [40001]}',
      [deed(['control'], { area: -1 })],
      'unsanctioned action',
    ],
    [
      'answers alone, where addresses are declared',
      '{service: modbus, actions: [read], addresses: [40001]}',
      [deed(['read'], { area: -1, isUnasked: true })],
      'undetermined action-not-parsed',
    ],
    ['nothing, yet', READS, [], 'sanctioned no-action-seen'],
  ])('%s', (_, channels, deeds, said) => {
    const payload = deeds.length === 0 ? 'none-yet' : 'parsed'
    expect(judged(channels, deeds, { payload }).said).toBe(said)
  })

  it.each([
    ['opaque', 'sanctioned opaque'],
    ['gap', 'sanctioned opaque'],
    ['overlap', 'undetermined overlap'],
  ] as const)('unread because of %s, where that is accepted: %s', (why, said) => {
    const accepting = '{service: modbus, actions: [read], opaque: accept}'
    const more = { payload: 'opaque', why } as const
    expect(judged(accepting, [], more).said).toBe(said)
    expect(judged(READS, [], more).said).toBe(`undetermined ${why}`)
    expect(judged(READS, [deed(['read'])], more).said).toBe(`undetermined ${why}`)
    expect(judged(READS, [deed(['write'])], more).said).toBe('unsanctioned action')
    expect(judged('{service: modbus}', [], more).said).toBe('sanctioned')
  })

  it('names the deeds that nothing covers', () => {
    const deeds = [deed(['read']), deed(['write'], { fn: 6 }), deed(['read'], { unit: 9 })]
    expect(judged('{service: modbus, actions: [read], units: [1]}', deeds).offending).toEqual([1, 2])
  })

  it('another application than the declared one is a mismatch', () => {
    expect(judged(READS, [], { application: 'ssh', payload: 'unparsed' })).toMatchObject({
      said: 'unsanctioned service',
      mismatch: true,
    })
    expect(judged(READS, [], { application: '?', payload: 'unparsed' }).mismatch).toBe(true)
    const elsewhere = judged(READS, [], { application: 'ssh', payload: 'unparsed', respPort: 22 })
    expect(elsewhere.said).toBe('unsanctioned service')
    expect(elsewhere.mismatch).toBeUndefined()
    expect(judged(READS, [deed(['read'])], { respPort: 5020 }).said).toBe('sanctioned')
    expect(judged('{tcp: [502]}', [], { application: 'ssh', payload: 'unparsed' }).said).toBe('sanctioned')
  })
})

describe('stretches of addresses', () => {
  it('cover a deed exactly where they cover each of its addresses', () => {
    const stretch = fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
      .map(([first, more]) => ({ first, last: first + more }))
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 6 }), stretch, (stretches, touched) => {
        const written = stretches.map(({ first, last }) => `${first + 1}-${last + 1}`).join(', ')
        const [rule] = policy(`{service: iec104, addresses: [${written}]}`).rules
        const found = fits(
          rule,
          deed(['read'], { area: 0, first: touched.first + 1, last: touched.last + 1 }),
          1 << ACTIONS.indexOf('read'),
        )
        const all = Array.from({ length: touched.last - touched.first + 1 }, (_, i) => touched.first + i)
        const isCovered = all.every(n => stretches.some(({ first, last }) => n >= first && n <= last))
        expect(found).toBe(isCovered ? SURELY : NOT)
        const loose = fits(
          rule,
          deed(['read'], { area: 0, first: touched.first + 1, last: touched.last + 1, isLoose: true }),
          1 << ACTIONS.indexOf('read'),
        )
        const meets = all.some(n => stretches.some(({ first, last }) => n >= first && n <= last))
        expect(loose).toBe(isCovered ? SURELY : meets ? PERHAPS : NOT)
      }),
    )
  })

  it('of Modbus have to be addresses of its tables', () => {
    const { issues } = checkPolicy(
      'version: 1\nzones: [{id: a, networks: [10.0.0.0/24]}, {id: b, networks: [10.0.1.0/24]}]\nconduits:\n  - {id: C, from: a, to: b, channels: [{service: modbus, addresses: [25000-26000, 40001]}]}\n',
      'site.yaml',
    )
    expect(issues.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'channel.addresses', message: '25000-26000 is no address of a Modbus table' },
    ])
  })
})
