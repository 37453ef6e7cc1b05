import { describe, expect, it } from 'vitest'
import { dnp3 } from '../../src/app/ot/dnp3.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

/** CRC of IEEE 1815, bit by bit: x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1. */
function crc(bytes: readonly number[]): number[] {
  let value = 0
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const mixes = ((value ^ (byte >> bit)) & 1) === 1
      value = (value >> 1) ^ (mixes ? 0xa6bc : 0)
    }
  value ^= 0xffff
  return [value & 0xff, value >> 8]
}

/** A link frame; `data` from the transport octet on. Master 1, outstation 10 (000a). */
function frame(control: number, data: string, [to, from] = control & 0x80 ? [10, 1] : [1, 10]): Uint8Array {
  const content = [...hex(data)]
  const header = [0x05, 0x64, 5 + content.length, control, to & 0xff, to >> 8, from & 0xff, from >> 8]
  const bytes = [...header, ...crc(header)]
  for (let at = 0; at < content.length; at += 16) {
    const block = content.slice(at, at + 16)
    bytes.push(...block, ...crc(block))
  }
  return Uint8Array.from(bytes)
}

const FROM_MASTER = 0xc4
const FROM_OUTSTATION = 0x44
const master = (data: string): Said => ({ from: 'client', bytes: frame(FROM_MASTER, data) })
const outstation = (data: string): Said => ({ from: 'server', bytes: frame(FROM_OUTSTATION, data) })
const asked = { client: true }
const told = { client: false }

describe('what is DNP3', () => {
  it('a frame whose header check fits, from either end', () => {
    expect(probeText(dnp3, frame(FROM_MASTER, 'c0 c0 01 3c 02 06'))).toBe('certain from client')
    expect(probeText(dnp3, frame(FROM_OUTSTATION, 'c0 c0 81 00 00'))).toBe('certain from server')
    expect(probeText(dnp3, frame(0xc9, ''))).toBe('certain from client')
  })

  it('its beginning is weak, a wrong check is none of it', () => {
    const bytes = frame(FROM_MASTER, 'c0 c0 01 3c 02 06')
    expect(probeText(dnp3, bytes.subarray(0, 6))).toBe('unsure')
    bytes[4] ^= 1
    expect(probeText(dnp3, bytes)).toBe('not')
  })

  it.each([
    '5353 482d 322e 302d 4f70 656e',
    '1603 0102 0001 0001 fc03 03aa',
    '0564 0000 0000 0000 0000',
    '0500',
  ])('%s: not', bytes => expect(probeText(dnp3, hex(bytes), { dstPort: 20000 })).toBe('not'))
})

describe('what DNP3 does', () => {
  it('reads object groups', () => {
    expect(
      readAll(dnp3, [
        master('c0 c1 01 3c 02 06 1e 02 00 00 07'),
        outstation('c0 c1 81 00 00 1e 02 00 00 00 01 64 00'),
      ]),
    ).toEqual([
      asked,
      { act: ['read'], fn: 1, unit: 10, area: 0, first: 60, last: 60 },
      { act: ['read'], fn: 1, unit: 10, area: 0, first: 30, last: 30 },
      told,
      { answer: 1, unit: 10 },
    ])
    expect(dnp3.areaText!(0, 30, 30)).toBe('object group 30 (analog inputs)')
  })

  it('a write is what its group makes of it', () => {
    const writes: [string, string[]][] = [
      ['c0 c1 02 32 01 07 01 00 00 00 00 00 00', ['time']],
      ['c0 c1 02 50 01 00 07 07 00', ['diagnose']],
      ['c0 c1 02 50 01 00 04 04 00', ['write']],
      ['c0 c1 02 0a 01 00 00 07 ff', ['control', 'write']],
      ['c0 c1 02 22 01 00 00 00 05 00', ['write', 'configure']],
      ['c0 c1 02 46 05 5b 01 02 00 aa bb', ['write', 'file']],
      ['c0 c1 02 6e 03 00 00 00 41 42 43', ['write']],
    ]
    for (const [bytes, act] of writes) {
      const group = hex(bytes)[3]
      expect(readAll(dnp3, [master(bytes)])).toEqual([
        asked,
        { act, fn: 2, unit: 10, area: 0, first: group, last: group },
      ])
    }
  })

  it('selects and operates; a status that is not 0 is a refusal', () => {
    const command = '0c 01 17 01 00 03 01 64 00 00 00 64 00 00 00'
    const both = (fn: string) => master(`c0 c2 ${fn} ${command} 00`)
    expect(readAll(dnp3, [both('03'), outstation(`c0 c2 81 00 00 ${command} 00`)])).toEqual([
      asked,
      { act: ['control'], fn: 3, unit: 10, area: 0, first: 12, last: 12 },
      told,
      { answer: 3, unit: 10 },
    ])
    expect(readAll(dnp3, [both('05'), outstation(`c0 c2 81 00 00 ${command} 04`)]).slice(-1)).toEqual([
      { answer: 5, unit: 10, refused: true },
    ])
  })

  it.each([
    ['c0 c0 00', 0, ['session']],
    ['c0 c0 0d', 13, ['control']],
    ['c0 c0 12', 18, ['control']],
    ['c0 c0 13', 19, ['configure']],
    ['c0 c0 17', 23, ['time']],
    ['c0 c0 18', 24, ['time']],
    ['c0 c0 21', 33, ['session']],
    ['c0 c0 50', 80, ['unknown']],
  ])('%s: function %i', (bytes, fn, act) => {
    expect(readAll(dnp3, [master(bytes)]).filter(one => typeof one === 'object' && 'act' in one)).toEqual([
      { act, fn, unit: 10 },
    ])
  })

  it.each([
    ['c0 c0 09 14 00 06', 9, 20, ['control', 'write']],
    ['c0 c0 15 3c 02 06', 21, 60, ['configure']],
    ['c0 c0 16 3c 02 06', 22, 60, ['configure']],
    ['c0 c0 1b 46 03 5b 01 01 00 aa', 27, 70, ['file']],
  ])('%s: function %i', (bytes, fn, group, act) => {
    expect(readAll(dnp3, [master(bytes)])).toEqual([
      asked,
      { act, fn, unit: 10, area: 0, first: group, last: group },
    ])
  })

  it('reports unasked, by group', () => {
    expect(
      readAll(dnp3, [outstation('c0 f0 82 00 00 02 01 17 01 05 81 20 01 17 01 02 01 00 00 00 00')]),
    ).toEqual([
      told,
      { act: ['report'], fn: 130, unit: 10, area: 0, first: 2, last: 2 },
      { act: ['report'], fn: 130, unit: 10, area: 0, first: 32, last: 32 },
    ])
  })

  it('a refusal, by its indications, belongs to what was asked with its number', () => {
    expect(
      readAll(dnp3, [
        master('c0 c3 0d'),
        master('c0 c4 01 3c 02 06'),
        outstation('c0 c3 81 00 01'),
        outstation('c0 c4 81 00 02'),
      ]).filter(one => typeof one === 'object' && 'answer' in one),
    ).toEqual([
      { answer: 13, unit: 10, refused: true },
      { answer: 1, unit: 10, refused: true },
    ])
  })

  it("a request that is sent again before the answer may get two; a third is nobody's", () => {
    const request = master('c0 c3 01 3c 02 06')
    const response = outstation('c0 c3 81 00 00')
    const answers = readAll(dnp3, [request, request, response, response, response]).filter(
      one => typeof one === 'object' && 'answer' in one,
    )
    expect(answers).toEqual([
      { answer: 1, unit: 10 },
      { answer: 1, unit: 10 },
      { answer: 129, unit: 10 },
    ])
  })

  it('responses whose request was not seen: values were read, anything else is not known', () => {
    expect(readAll(dnp3, [outstation('c0 c1 81 00 00 1e 02 00 00 00 01 64 00')])).toEqual([
      told,
      { answer: 1, unit: 10 },
    ])
    expect(readAll(dnp3, [outstation('c0 c1 81 00 00')])).toEqual([told, { answer: 129, unit: 10 }])
  })

  it('goes on over link frames, wherever they are cut', () => {
    const values = Array.from({ length: 12 }, () => '64 00 00 00 00').join('')
    const fragment = `c5 02 29 01 00 00 0b ${values} 32 01 07 01 00 00 00 00 00 00`
    const bytes = Buffer.from(hex(fragment)).toString('hex')
    for (let cut = 3; cut < bytes.length / 2; cut++) {
      const said = [master(`40 ${bytes.slice(0, 2 * cut)}`), master(`81 ${bytes.slice(2 * cut)}`)]
      const acts = readAll(dnp3, said).filter(one => typeof one === 'string' || 'area' in one)
      expect(acts).toEqual([
        { act: ['control', 'write'], fn: 2, unit: 10, area: 0, first: 41, last: 41 },
        { act: ['time'], fn: 2, unit: 10, area: 0, first: 50, last: 50 },
      ])
    }
  })

  it('tells link services, and their answers', () => {
    expect(
      readAll(dnp3, [
        { from: 'client', bytes: frame(0xc9, '') },
        { from: 'server', bytes: frame(0x0b, '') },
      ]),
    ).toEqual([
      { act: ['session'], fn: 265, unit: 10 },
      { answer: 265, unit: 10 },
    ])
  })

  it('several frames in a datagram', () => {
    const two = [...frame(FROM_MASTER, 'c0 c1 17'), ...frame(FROM_MASTER, 'c1 c2 0d')]
    expect(readAll(dnp3, [{ from: 'client', bytes: Uint8Array.from(two) }], { transport: UDP })).toEqual([
      asked,
      { act: ['time'], fn: 23, unit: 10 },
      asked,
      { act: ['control'], fn: 13, unit: 10 },
    ])
  })
})

describe('what of DNP3 does not hold together', () => {
  it('a block that fails its check is not read', () => {
    const bytes = frame(FROM_MASTER, 'c0 c1 0d')
    bytes[11] ^= 1
    expect(readAll(dnp3, [{ from: 'client', bytes }])).toEqual(['unfit'])
  })

  it('a header that fails its check begins nothing, and hides nothing', () => {
    const bytes = frame(FROM_MASTER, 'c0 c1 0d')
    bytes[2] = 255
    expect(dnp3.length!(bytes, 0, bytes.length)).toBe(-1)
    expect(dnp3.length!(bytes, 0, 9)).toBe(0)
    expect(readAll(dnp3, [{ from: 'client', bytes }], { transport: UDP })).toEqual(['unfit'])
  })

  it('a segment out of sequence, or without a beginning', () => {
    expect(readAll(dnp3, [master('81 00 00')])).toEqual(['short'])
    expect(readAll(dnp3, [master('40 c1 02 32 01 07'), master('85 01 00')]).slice(-1)).toEqual(['unfit'])
  })

  it('objects that cannot be told apart may be anything', () => {
    expect(readAll(dnp3, [master('c0 c1 02 c8 01 07 01 00 32 01 07 01')])).toEqual([
      asked,
      { act: ['write'], fn: 2, unit: 10, area: 0, first: 200, last: 200 },
      { act: ['unknown'], fn: 2, unit: 10 },
    ])
    expect(readAll(dnp3, [master('c0 c1 01 3c 02 7f')]).slice(-2)).toEqual([
      'unfit',
      { act: ['unknown'], fn: 1, unit: 10 },
    ])
    expect(readAll(dnp3, [master('c0 c1 02 32 01 07 01 00')]).slice(-1)).toEqual(['unfit'])
  })

  it('cut by the capture: what is here is told', () => {
    const whole = frame(FROM_MASTER, 'c0 c1 05 0c 01 17 01 00 03 01 64 00 00 00 64 00 00 00 00')
    expect(
      readAll(dnp3, [{ from: 'client', bytes: whole.subarray(0, 20), length: whole.length }], {
        transport: UDP,
      }),
    ).toEqual([asked, { act: ['control'], fn: 5, unit: 10, area: 0, first: 12, last: 12 }, 'short'])
    expect(
      readAll(dnp3, [{ from: 'client', bytes: whole.subarray(0, 13), length: whole.length }], {
        transport: UDP,
      }),
    ).toEqual([asked, { act: ['control'], fn: 5, unit: 10 }, 'short'])
  })
})
