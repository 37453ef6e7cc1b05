import { describe, expect, it } from 'vitest'
import { ads } from '../../src/app/ot/ads.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const little = (n: number, bytes: number) => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(n, 0, bytes)
  return buffer.toString('hex')
}
const PLC = 851
const CLIENT = 32_905
/** A packet: command, data, and whether it answers. */
function packet(command: number, data = '', { answers = false, port = PLC, error = 0 } = {}): Uint8Array {
  const length = hex(data).length
  const [target, source] = answers ? [CLIENT, port] : [port, CLIENT]
  return hex(
    `0000 ${little(32 + length, 4)} 0a0102030101 ${little(target, 2)} 0a0102630101 ${little(source, 2)}
     ${little(command, 2)} ${answers ? '0500' : '0400'} ${little(length, 4)} ${little(error, 4)} 01000000 ${data}`,
  )
}
const client = (bytes: Uint8Array): Said => ({ from: 'client', bytes })
const server = (bytes: Uint8Array): Said => ({ from: 'server', bytes })
const range = (group: number, offset: number, length: number, rest = '') =>
  `${little(group, 4)} ${little(offset, 4)} ${little(length, 4)} ${rest}`

describe('what is ADS', () => {
  it.each([
    ['request', packet(4), 'certain from client'],
    ['answer', packet(4, '00000000 0500 0000', { answers: true }), 'certain from server'],
    ['notification', packet(8, '04000000 00000000'), 'certain from server'],
    ['a command there is not', packet(10), 'not'],
    ['of another length', packet(4).map((byte, i) => (i === 2 ? byte + 1 : byte)), 'not'],
  ])('%s', (_, bytes, what) => expect(probeText(ads, bytes, { dstPort: 48898 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => {
    expect(probeText(ads, bytes, { dstPort: 48898 })).toBe('not')
    expect(probeText(ads, bytes, { transport: UDP, dstPort: 48899 })).toBe('not')
  })

  it('has its length from six bytes, and none in others', () => {
    expect(ads.length!(packet(4), 0, 6)).toBe(38)
    expect(ads.length!(packet(4), 0, 5)).toBe(0)
    expect(ads.length!(hex('0000 ffffff7f'), 0, 6)).toBe(-1)
    expect(ads.length!(hex('4745 54202f20'), 0, 6)).toBe(-1)
    expect(ads.length!(hex('0010 02000000'), 0, 6)).toBe(8)
  })
})

describe('what ADS does', () => {
  it.each([
    ['read device info', packet(1), { act: ['discover'], fn: 1, unit: PLC }],
    [
      'read',
      packet(2, range(0x4020, 100, 4)),
      { act: ['read'], fn: 2, unit: PLC, area: 0x4020, first: 100, last: 103 },
    ],
    [
      'write',
      packet(3, range(0x4020, 8, 2, '0001')),
      { act: ['write'], fn: 3, unit: PLC, area: 0x4020, first: 8, last: 9 },
    ],
    ['read state', packet(4), { act: ['diagnose'], fn: 4, unit: PLC }],
    ['write control', packet(5, '0600 0000 00000000'), { act: ['control'], fn: 5, unit: PLC }],
    [
      'add notification',
      packet(6, range(0x4020, 0, 2)),
      { act: ['report'], fn: 6, unit: PLC, area: 0x4020, first: 0, last: 1 },
    ],
    ['delete notification', packet(7, '01000000'), { act: ['session'], fn: 7, unit: PLC }],
    [
      'read and write',
      packet(9, range(0x4020, 0, 2)),
      { act: ['write', 'read'], fn: 9, unit: PLC, area: 0x4020, first: 0, last: 1 },
    ],
    [
      'handle by name',
      packet(9, range(0xf003, 0, 4)),
      { act: ['discover'], fn: 9, unit: PLC, area: 0xf003, first: 0, last: 0 },
    ],
    [
      'several writes',
      packet(9, range(0xf081, 2, 8)),
      { act: ['write'], fn: 9, unit: PLC, area: 0xf081, first: 2, last: 2 },
    ],
    [
      'several reads',
      packet(9, range(0xf080, 2, 8)),
      { act: ['read'], fn: 9, unit: PLC, area: 0xf080, first: 2, last: 2 },
    ],
    [
      'open a file',
      packet(9, range(120, 1, 4), { port: 10_000 }),
      { act: ['write', 'file', 'read'], fn: 9, unit: 10_000, area: 120, first: 1, last: 4 },
    ],
    [
      'start a program',
      packet(3, range(500, 0, 4), { port: 10_000 }),
      { act: ['control'], fn: 3, unit: 10_000, area: 500, first: 0, last: 3 },
    ],
  ])('%s', (_, bytes, told) => expect(readAll(ads, [client(bytes)])).toEqual([{ client: true }, told]))

  it('answers, refuses, and says what it is', () => {
    const info = `00000000 03 01 b80f ${Buffer.from('Plc30 App\0\0\0\0\0\0\0').toString('hex')}`
    const refused = packet(3, '03070000', { answers: true })
    const unreachable = packet(2, '', { answers: true, error: 6 })
    expect(
      readAll(ads, [server(packet(1, info, { answers: true })), server(refused), server(unreachable)]),
    ).toEqual([
      { client: false },
      { answer: 1, unit: PLC },
      { heard: 'product', text: 'Plc30 App' },
      { heard: 'version', text: '3.1.4024' },
      { client: false },
      { answer: 3, unit: PLC, refused: true },
      { client: false },
      { answer: 2, unit: PLC, refused: true },
    ])
  })

  it('what is cut is still a write', () => {
    const cut = {
      from: 'client',
      bytes: packet(3, range(0x4020, 8, 2, '0001')).subarray(0, 40),
      length: 52,
    } as const
    expect(ads.length!(cut.bytes, 0, 40)).toBe(52)
    expect(readAll(ads, [cut])).toEqual([{ client: true }, { act: ['write'], fn: 3, unit: PLC }, 'short'])
  })

  it('finds routers, and adds routes to them', () => {
    const ask = '03661471 00000000 01000000 0a0102630101 1027 00000000'
    const add = '03661471 00000000 06000000 0a0102630101 1027 00000000'
    const here = '03661471 00000000 01000080 0a0102030101 1027 01000000 0500 0600 706c632d3100'
    const carrier = { transport: UDP }
    expect(probeText(ads, hex(ask), carrier)).toBe('certain from client')
    expect(readAll(ads, [client(hex(ask)), server(hex(here)), client(hex(add))], carrier)).toEqual([
      { client: true },
      { act: ['discover'], fn: 257 },
      { client: false },
      { answer: 257 },
      { heard: 'name', text: 'plc-1' },
      { client: true },
      { act: ['configure'], fn: 262 },
    ])
    expect(readAll(ads, [client(hex(ask.slice(0, 10)))], carrier)).toEqual(['short'])
  })

  it('names groups', () => {
    expect(ads.areaText!(0x4020, 8, 9)).toBe('index group 0x4020, offset 8-9')
  })
})
