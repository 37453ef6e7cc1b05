import { describe, expect, it } from 'vitest'
import { iec104 } from '../../src/app/ot/iec104.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

/** An I frame around an ASDU. */
const information = (asdu: string): string => {
  const bytes = hex(asdu).length + 4
  return `68 ${bytes.toString(16).padStart(2, '0')} 0000 0000 ${asdu}`
}

describe('what is IEC 60870-5-104', () => {
  it.each([
    ['68 04 07 00 00 00', 'certain from client'],
    ['68 04 0b 00 00 00', 'certain from server'],
    ['68 04 43 00 00 00', 'certain'],
    ['68 04 01 00 0a 00', 'certain'],
    [information('64 01 0600 0a00 000000 14'), 'certain from client'],
    [information('64 01 0700 0a00 000000 14'), 'certain from server'],
    [information('01 02 0300 0a00 010000 00 020000 01'), 'certain from server'],
    [information('c8 01 0600 0a00 000000 14'), 'unsure'],
    [information('64 01 0600 0a00 000000 14 14'), 'not'],
    [information('64 00 0600 0a00'), 'not'],
    ['68 04 05 00 00 00', 'not'],
    ['68 04 43 01 00 00', 'not'],
    ['6865 6c6c 6f0a 0000', 'not'],
    ['1603 0102 0001 0001 fc03 03aa', 'not'],
    ['0000 0000 0000 0000', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(iec104, hex(bytes), { dstPort: 2404 })).toBe(what)
  })

  it('a frame that the capture cut', () => {
    const bytes = hex(information('01 02 0300 0a00 010000 00 020000 01'))
    expect(probeText(iec104, bytes.subarray(0, 14), { length: bytes.length })).toBe('certain from server')
  })
})

describe('what IEC 60870-5-104 does', () => {
  it('starts, and is asked for everything', () => {
    expect(
      readAll(iec104, [
        client('68 04 07 00 00 00'),
        server('68 04 0b 00 00 00'),
        client(information('64 01 0600 0a00 000000 14')),
        server(information('64 01 0700 0a00 000000 14')),
        server(information('01 83 1400 0a00 650000 00 01 00')),
        server(information('64 01 0a00 0a00 000000 14')),
        client('68 04 01 00 0a 00'),
      ]),
    ).toEqual([
      { client: true },
      { act: ['session'], fn: 263 },
      { client: false },
      { answer: 263 },
      { client: true },
      { act: ['read'], fn: 100, unit: 10 },
      { client: false },
      { answer: 100, unit: 10 },
      { client: false },
      { act: ['read'], fn: 1, unit: 10, area: 0, first: 101, last: 103 },
      { client: false },
    ])
  })

  it('reports, an act for each run of addresses; several frames in a segment', () => {
    const two =
      information('01 03 0300 0a00 010000 00 020000 01 090000 01') +
      information('0d 01 0300 0a00 ffff01 0000803f 00')
    expect(readAll(iec104, [server(two)])).toEqual([
      { client: false },
      { act: ['report'], fn: 1, unit: 10, area: 0, first: 1, last: 2 },
      { act: ['report'], fn: 1, unit: 10, area: 0, first: 9, last: 9 },
      { client: false },
      { act: ['report'], fn: 13, unit: 10, area: 0, first: 0x1ffff, last: 0x1ffff },
    ])
  })

  it.each([
    ['2d 01 0600 0a00 880000 81', 45, ['control'], 0x88],
    ['2d 01 0600 0a00 880000 01', 45, ['control'], 0x88],
    ['2d 01 0800 0a00 880000 81', 45, ['control'], 0x88],
    ['32 01 0600 0a00 880000 0000803f 00', 50, ['control', 'write'], 0x88],
    ['3a 01 0600 0a00 880000 01 00000000000000', 58, ['control'], 0x88],
    ['66 01 0500 0a00 880000', 102, ['read'], 0x88],
    ['67 01 0600 0a00 000000 00000000000000', 103, ['time'], undefined],
    ['68 01 0600 0a00 000000 aa55', 104, ['diagnose'], undefined],
    ['69 01 0600 0a00 000000 01', 105, ['control'], undefined],
    ['65 01 0600 0a00 000000 05', 101, ['read'], undefined],
    ['65 01 0600 0a00 000000 85', 101, ['control', 'read'], undefined],
    ['6e 01 0600 0a00 880000 0000 01', 110, ['write', 'configure'], 0x88],
    ['7a 01 0d00 0a00 880000 0100 00 01', 122, ['file'], 0x88],
    ['7d 01 0d00 0a00 880000 0100 01 02 aabb', 125, ['file'], 0x88],
    ['c8 01 0600 0a00 880000 01', 200, ['unknown'], undefined],
  ])('%s: type %i', (asdu, fn, act, address) => {
    const acts = readAll(iec104, [client(information(asdu))]).filter(
      one => typeof one === 'object' && 'act' in one,
    )
    expect(acts).toEqual([
      { act, fn, unit: 10, ...(address === undefined ? {} : { area: 0, first: address, last: address }) },
    ])
  })

  it('what is confirmed negatively, or not known at the other end, is refused', () => {
    expect(
      readAll(iec104, [
        server(information('2d 01 4700 0a00 880000 01')),
        server(information('2d 01 6f00 0a00 880000 01')),
      ]).filter(one => typeof one === 'object' && 'answer' in one),
    ).toEqual([
      { answer: 45, unit: 10, refused: true },
      { answer: 45, unit: 10, refused: true },
    ])
  })

  it('a type that does not fit its length is told all the same', () => {
    expect(readAll(iec104, [client(information('2d 02 0600 0a00 880000 01'))])).toEqual([
      { client: true },
      { act: ['control'], fn: 45, unit: 10 },
      'unfit',
    ])
  })

  it('cut by the capture', () => {
    const bytes = hex(information('2d 01 0600 0a00 880000 01'))
    expect(readAll(iec104, [{ from: 'client', bytes: bytes.subarray(0, 8), length: bytes.length }])).toEqual([
      { act: ['control'], fn: 45 },
      'short',
    ])
  })
})
