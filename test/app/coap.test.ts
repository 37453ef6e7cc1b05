import { describe, expect, it } from 'vitest'
import { coap } from '../../src/app/ot/coap.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: UDP, srcPort: 50000, dstPort: 5683 }
const text = (t: string) => Buffer.from(t).toString('hex')
/** a message of a code with path segments */
const request = (code: string, id: string, ...path: string[]) =>
  `42 ${code} ${id} aa${id.slice(2)} ${path.map((one, i) => `${i === 0 ? 'b' : '0'}${one.length.toString(16)}${text(one)}`).join('')}`
const asks = (...messages: string[]): Said[] => messages.map(one => ({ from: 'client', bytes: hex(one) }))
const answers = (...messages: string[]): Said[] => messages.map(one => ({ from: 'server', bytes: hex(one) }))
const read = (...said: Said[]) => readAll(coap, said, carrier)

describe('what is CoAP', () => {
  it.each([
    [request('01', '0001', 'sensors', 'temp'), 'certain from client'],
    [`${request('03', '0001', 'led')} 10 ff 31`, 'certain from client'],
    ['40 01 0001', 'unsure from client'],
    ['62 45 0001 aa01 ff 32322e33', 'unsure from server'],
    ['62 45 0001 aa01 ff', 'not'],
    ['40 00 0001', 'unsure'],
    ['40 00 0001 00', 'not'],
    ['49 01 0001 000102030405060708', 'not'],
    ['42 0f 0001 aa01', 'not'],
    ['62 01 0001 aa01', 'not'],
    ['42 01 0001 aa01 bf 61', 'not'],
    ['42 01 0001 aa01 b4 61', 'not'],
    ['82 01 0001 aa01 b1 61', 'not'],
    ['42 01 0001 aa01 a1 61 11 62', 'unsure from client'],
  ])('%s: %s', (bytes, what) => expect(probeText(coap, hex(bytes), carrier)).toBe(what))

  it.each(LOOK_ALIKES)('not certainly %s', (_, other) =>
    expect(probeText(coap, other, carrier)).not.toContain('certain'),
  )
})

describe('what CoAP does', () => {
  it.each([
    ['01', ['read'], 1],
    ['02', ['write'], 2],
    ['03', ['write'], 3],
    ['04', ['write'], 4],
    ['05', ['read'], 5],
    ['06', ['write'], 6],
    ['07', ['write'], 7],
    ['1e', ['unknown'], 30],
  ])('code %s: %s', (code, act, fn) => {
    expect(read(...asks(request(code, '0001', 'led')))).toEqual([{ client: true }, { act, fn }])
  })

  it('discovers and observes', () => {
    expect(read(...asks(request('01', '0001', '.well-known', 'core')))).toEqual([
      { client: true },
      { act: ['discover'], fn: 1 },
    ])
    expect(read(...asks('42 01 0001 aa01 60 53 6c6564'))).toEqual([
      { client: true },
      { act: ['report', 'read'], fn: 1 },
    ])
  })

  it('answers belong to what their token asked for', () => {
    const told = read(
      ...asks(request('03', '0001', 'led'), request('01', '0002', 'led')),
      ...answers('62 44 0001 aa01', '62 84 0002 aa02', '62 81 0009 aa09'),
    )
    expect(told.slice(4)).toEqual([
      { answer: 3 },
      { answer: 1, refused: true },
      { answer: 31, refused: true },
    ])
  })

  it('pings; acknowledgements do nothing', () => {
    expect(read(...asks('40 00 0001'), ...answers('70 00 0001'), ...answers('60 00 0001'))).toEqual([
      { act: ['session'], fn: 0 },
    ])
  })

  it('what is cut or does not hold together', () => {
    const whole = hex(request('03', '0001', 'actuators', 'led'))
    expect(read({ from: 'client', bytes: whole.subarray(0, 9), length: whole.length })).toEqual([
      { client: true },
      { act: ['write'], fn: 3 },
      'short',
    ])
    expect(read(...asks('42 03 0001 aa01 bf'))).toEqual([
      { client: true },
      { act: ['write'], fn: 3 },
      'unfit',
    ])
    expect(read(...asks('80 03'))).toEqual([{ act: ['unknown'], fn: 0 }, 'unfit'])
  })

  it('options with long numbers and lengths', () => {
    const long = text('x'.repeat(20))
    expect(read(...asks(`42 03 0001 aa01 bd 07 ${long} ed 00e5 05 ${'00'.repeat(18)}`)).slice(1)).toEqual([
      { act: ['write'], fn: 3 },
    ])
  })
})
