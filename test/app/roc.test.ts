import { describe, expect, it } from 'vitest'
import { roc } from '../../src/app/ot/roc.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

/** CRC-16 as it is defined, bit by bit */
function check(bytes: Uint8Array, start: number): number {
  let value = start
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xa001 : value >> 1
  }
  return value
}
function message(opcode: number, data = '', addresses = '05 02 01 00', start = 0xffff): Uint8Array {
  const body = hex(data)
  const head = [...hex(addresses), opcode, body.length, ...body]
  const crc = check(Uint8Array.from(head), start)
  return Uint8Array.from([...head, crc & 0xff, crc >> 8])
}
const BACK = '01 00 05 02'
const carrier = { srcPort: 40000, dstPort: 4000 }
const asks = (opcode: number, data = ''): Said => ({ from: 'client', bytes: message(opcode, data) })
const answers = (opcode: number, data = ''): Said => ({ from: 'server', bytes: message(opcode, data, BACK) })
const read = (...said: Said[]) => readAll(roc, said, carrier)

describe('what is ROC Plus', () => {
  it.each([
    ['a request', message(7), 'certain from client'],
    ['an answer', message(7, '1e2d0c0f0307e803', BACK), 'certain from server'],
    ['one that may be either', message(17, '4f5031123401'), 'certain'],
    ['a check sequence that starts at 0', message(7, '', BACK, 0), 'certain from client'],
    ['a wrong check sequence', Uint8Array.from([...message(7).subarray(0, 7), 0]), 'not'],
    ['an opcode that there is not', message(1), 'not'],
    ['two of them', Uint8Array.from([...message(7), ...message(6)]), 'certain from client'],
    ['one and something', Uint8Array.from([...message(7), 1, 2, 3, 4, 5, 6, 7]), 'unsure from client'],
  ])('%s: %s', (_, bytes, what) => expect(probeText(roc, bytes as Uint8Array, carrier)).toBe(what))

  it('cut by the capture', () => {
    const whole = message(10, '00'.repeat(60))
    expect(probeText(roc, whole.subarray(0, 20), { ...carrier, length: whole.length })).toBe('unsure')
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) =>
    expect(probeText(roc, other, carrier)).not.toContain('certain'),
  )

  it('ends where its length says', () => {
    const bytes = message(166, '03 01 01 00 01')
    expect(roc.length!(bytes, 0, bytes.length)).toBe(13)
    expect(roc.length!(bytes, 0, 5)).toBe(0)
    expect(roc.length!(hex('5353482d01'), 0, 5)).toBe(-1)
  })
})

describe('what ROC Plus does', () => {
  it('sets and reads parameters of points', () => {
    expect(read(asks(166, '03 01 02 04 0001 0002'), answers(166), asks(167, '03 01 01 04'))).toEqual([
      { client: true },
      { act: ['write'], fn: 166, unit: 5, area: 3, first: 196868, last: 196869 },
      { client: false },
      { answer: 166, unit: 5 },
      { client: true },
      { act: ['read'], fn: 167, unit: 5, area: 3, first: 196868, last: 196868 },
    ])
  })

  it('several parameters: where lengths of values are not known, the rest is not', () => {
    expect(read(asks(180, '02 5f 00 01 60 02 03'))).toEqual([
      { act: ['read'], fn: 180, unit: 5, area: 0x5f, first: 6225921, last: 6225921 },
      { act: ['read'], fn: 180, unit: 5, area: 0x60, first: 6291971, last: 6291971 },
    ])
    expect(read(asks(181, '01 5f 00 01 42')).slice(1)).toEqual([
      { act: ['write'], fn: 181, unit: 5, area: 0x5f, first: 6225921, last: 6225921 },
    ])
    expect(read(asks(181, '02 5f 00 01 42 60 00 02 43')).slice(1)).toEqual([
      { act: ['write'], fn: 181, unit: 5, area: 0x5f, first: 6225921, last: 6225921 },
      { act: ['write'], fn: 181, unit: 5 },
      'short',
    ])
  })

  it.each([
    [6, '', ['discover']],
    [7, '', ['read']],
    [8, '1e2d0c0f0307e8', ['time']],
    [10, '00 01 02 03', ['read']],
    [11, '01 00 01 42', ['write']],
    [17, '4f5031 1234 01', ['session']],
    [50, '01', ['read']],
    [118, '0a 0000', ['read']],
    [203, '01 00', ['file']],
    [205, '01', ['unknown']],
    [24, '0102 0304 0506 0708 090a a6 01 42', ['write']],
    [24, '0102 0304 0506 0708 090a 63 01 42', ['unknown']],
  ])('opcode %i with %s: %s', (opcode, data, act) => {
    const told = read(asks(opcode, data)).filter(one => typeof one === 'object' && 'act' in one)
    expect(told).toEqual([{ act, fn: opcode, unit: 5 }])
  })

  it('reports by exception come from the device', () => {
    expect(read(answers(224), asks(225))).toEqual([
      { act: ['report'], fn: 224, unit: 5 },
      { act: ['report'], fn: 225, unit: 5 },
    ])
  })

  it('an error refuses what was asked last', () => {
    expect(read(asks(166, '03 01 01 04 00'), answers(255, '14 05')).slice(2)).toEqual([
      { client: false },
      { answer: 166, unit: 5, refused: true },
    ])
  })

  it('a wrong check sequence is none of it', () => {
    const bytes = message(166, '03 01 01 04 00')
    bytes[bytes.length - 1] ^= 1
    expect(read({ from: 'client', bytes })).toEqual([{ act: ['unknown'], fn: 166, unit: 5 }, 'unfit'])
  })

  it('names points', () => {
    expect(roc.areaText!(3, 196868, 196869)).toBe('point type 3, logical 1, parameters 4-5')
  })
})
