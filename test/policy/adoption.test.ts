import { describe, expect, it } from 'vitest'
import { Adoption } from '../../src/policy/adoption.ts'
import { citation, exceptionOf, nearestOf } from '../../src/policy/citation.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { makeModel, makeQuestion, type PolicySketch } from '../support/policy-models.ts'

const ZONES = [
  { id: 'hmi', networks: ['10.0.2.0/24'] },
  { id: 'plc', networks: ['10.0.1.0/24'] },
]
const READS = { id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }
const EXCEPTION = { id: 'EX-1', from: 'hmi', to: 'plc', what: 'ssh' }
const SITE: PolicySketch = { zones: ZONES, conduits: [READS], exceptions: [EXCEPTION] }
const [HMI, PLC] = ['10.0.2.10', '10.0.1.11']

const site = (sketch: PolicySketch) => compilePolicy(makeModel(sketch))
const ask = (port: number, orig = HMI, resp = PLC) =>
  makeQuestion({ from: `${orig}:50000`, to: `${resp}:${port}`, direction: 'handshake' })

describe('a judgement taken over from another policy', () => {
  it('keeps what it says, and what it cites in words', () => {
    const before = site(SITE)
    const after = site({ zones: [{ id: 'new', networks: [] }, ZONES[1], { ...ZONES[0], id: 'ops' }] })
    const adoption = new Adoption(before, after)
    const of = (port: number) => after.judgement(adoption.of(before.judge(ask(port))))
    const sanctioned = of(502)
    expect(sanctioned).toMatchObject({ verdict: 'sanctioned', origZone: -1, respZone: 1, conduit: -1 })
    expect(citation(sanctioned, after.model)).toMatchObject({ conduit: 'C-1', channel: 'reads' })
    expect(exceptionOf(of(22), after.model)).toBe('EX-1')
    expect(of(80)).toMatchObject({ verdict: 'unsanctioned', reason: 'service', failed: ['service'] })
    expect(nearestOf(of(80), after.model)).toEqual(
      nearestOf(before.judgement(before.judge(ask(80))), before.model),
    )
    expect(adoption.of(before.judge(ask(80)))).toBe(adoption.of(before.judge(ask(80))))
  })

  it('is inherited where what it cites is still declared', () => {
    const before = site(SITE)
    const heritage = (sketch: PolicySketch, port: number) => {
      const after = site(sketch)
      const index = new Adoption(before, after).heritage(before.judge(ask(port)))
      return index < 0 ? undefined : after.judgement(index)
    }
    const moved = { zones: ZONES, conduits: [{ ...READS, id: 'C-0' }, READS] }
    expect(heritage(moved, 502)).toMatchObject({ verdict: 'sanctioned', conduit: 1, channel: 0 })
    expect(heritage({ zones: ZONES, conduits: [{ ...READS, id: 'C-0' }] }, 502)).toBeUndefined()
    const renamed = { ...READS, channels: [{ id: 'other', what: 'modbus' }] }
    expect(heritage({ zones: ZONES, conduits: [renamed] }, 502)).toBeUndefined()
    expect(heritage(moved, 22)).toBeUndefined()
    expect(heritage(SITE, 22)).toMatchObject({ verdict: 'exception', exception: 0 })
    expect(heritage({ zones: ZONES }, 80)).toMatchObject({ verdict: 'unsanctioned' })
    expect(new Adoption(before, before).heritage(-1)).toBe(-1)
  })

  it('is no answer to a question, however many there are', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ id: `z-${i}`, networks: [`10.1.${i}.0/24`] }))
    const sketch = { ...SITE, zones: [...ZONES, ...many] }
    const [before, after, fresh] = [site(sketch), site(sketch), site(sketch)]
    const adoption = new Adoption(before, after)
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 40; i++)
        for (let j = 0; j < 5; j++) {
          const q = ask(80, `10.1.${i}.1`, `10.1.${(i + j) % 40}.2`)
          const adopted = adoption.of(before.judge(q))
          const answer = after.judge(q)
          expect(answer).not.toBe(adopted)
          expect(after.judgement(answer)).toEqual(fresh.judgement(fresh.judge(q)))
          expect(after.judgement(adopted)).toMatchObject({ verdict: after.judgement(answer).verdict })
        }
  })
})
