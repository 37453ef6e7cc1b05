import { describe, expect, it } from 'vitest'
import { genisys } from '../../src/app/ot/genisys.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

/** CRC-16, bit by bit. */
function crc(bytes: readonly number[]): [number, number] {
  let value = 0xffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? 0xa001 : 0)
  }
  return [value & 0xff, value >> 8]
}

const escaped = (bytes: readonly number[]): number[] =>
  bytes.flatMap(byte => (byte >= 0xf0 ? [0xf0, byte & 0x0f] : [byte]))

/** A message: `content` = its bytes from the header on, before they are escaped. */
function message(content: string, isBare = false): Uint8Array {
  const bytes = [...hex(content)]
  const check = crc(bytes)
  return Uint8Array.from([bytes[0], ...escaped(bytes.slice(1)), ...(isBare ? check : escaped(check)), 0xf6])
}

const office = (bytes: Uint8Array): Said => ({ from: 'client', bytes })
const field = (bytes: Uint8Array): Said => ({ from: 'server', bytes })

describe('what is Genisys', () => {
  it('messages whose check sequence fits', () => {
    expect(probeText(genisys, message('fb 01'))).toBe('certain from client')
    expect(probeText(genisys, message('f2 01 0003'))).toBe('certain from server')
    expect(probeText(genisys, message('fc f3 00ff'))).toBe('certain from client')
  })

  it('those without one are weak, and so are beginnings', () => {
    expect(probeText(genisys, hex('f1 01 f6'))).toBe('unsure from server')
    expect(probeText(genisys, hex('fb 01 f6'))).toBe('unsure from client')
    expect(probeText(genisys, hex('fc 01 00 03'))).toBe('unsure from client')
  })

  it.each([
    'fd 01 f6',
    'fb 01 0000 f6',
    'f2 f4 01 02 f6',
    'fffb 01ff fd03',
    '1603 0102 0001',
    '0000 0000',
    'f1f6',
  ])('%s: not', bytes => expect(probeText(genisys, hex(bytes), { dstPort: 10001 })).toBe('not'))
})

describe('what Genisys does', () => {
  it('polls, recalls, acknowledges', () => {
    expect(
      readAll(genisys, [
        office(message('fb 01')),
        field(hex('f1 01 f6')),
        office(message('fd 01')),
        field(message('f2 01 0003 0104')),
        office(message('fa 01')),
      ]),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 251, unit: 1 },
      { client: false },
      { answer: 251, unit: 1 },
      { client: true },
      { act: ['read'], fn: 253, unit: 1 },
      { client: false },
      { answer: 253, unit: 1 },
      { client: true },
      { act: ['read'], fn: 250, unit: 1 },
    ])
  })

  it('controls, with the numbers of its bytes, escaped ones among them', () => {
    expect(
      readAll(genisys, [office(message('fc f1 0001 0102 05ff f001 f102')), office(message('fe f1'))]),
    ).toEqual([
      { client: true },
      { act: ['control'], fn: 252, unit: 0xf1, area: 0, first: 0, last: 1 },
      { act: ['control'], fn: 252, unit: 0xf1, area: 0, first: 5, last: 5 },
      { act: ['control'], fn: 252, unit: 0xf1, area: 0, first: 0xf0, last: 0xf1 },
      { client: true },
      { act: ['control'], fn: 254, unit: 0xf1 },
    ])
  })

  it('a check sequence that was not escaped, whatever its bytes are', () => {
    for (let value = 0; value < 256; value++) {
      const content = `fc 01 00 ${value.toString(16).padStart(2, '0')}`
      // the terminator in it ends the message for everybody
      if (crc([...hex(content)]).includes(0xf6)) continue
      for (const isBare of [false, true])
        expect(readAll(genisys, [office(message(content, isBare))])).toEqual([
          { client: true },
          { act: ['control'], fn: 252, unit: 1, area: 0, first: 0, last: 0 },
        ])
    }
  })

  it('answers to what was not seen', () => {
    expect(readAll(genisys, [field(message('f3 02 0001')), field(message('f2 02 0001'))])).toEqual([
      { client: false },
      { answer: 252, unit: 2 },
      { client: false },
      { answer: 251, unit: 2 },
    ])
  })

  it('a wrong check sequence', () => {
    const wrong = message('fc 01 0001').slice()
    wrong[3] = 2
    expect(readAll(genisys, [office(wrong)])).toEqual([{ client: true }, 'unfit'])
  })

  it('cut by the capture: the header tells', () => {
    const notes = readAll(genisys, [office(message('fc 01 0001'))])
    expect(notes).toHaveLength(2)
    const bytes = message('fc 01 0001').subarray(0, 3)
    expect(genisys.length!(bytes, 0, 3)).toBe(0)
  })
})
