import { describe, expect, it } from 'vitest'
import { melsec } from '../../src/app/ot/melsec.ts'
import { melsec1e } from '../../src/app/ot/melsec-1e.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const ascii = (text: string): string => Buffer.from(text).toString('hex')
const le16 = (value: number): string =>
  (value & 0xff).toString(16).padStart(2, '0') + (value >> 8).toString(16).padStart(2, '0')
const bytesOf = (text: string): number => hex(text).length
/** 3E in binary: timer and body; an answer: end code and body */
const ask = (body: string): string => `5000 00 ff ff03 00 ${le16(2 + bytesOf(body))} 1000 ${body}`
const reply = (body: string): string => `d000 00 ff ff03 00 ${le16(bytesOf(body))} ${body}`
const ask4 = (body: string): string => `5400 3412 0000 00 ff ff03 00 ${le16(2 + bytesOf(body))} 1000 ${body}`
const askAscii = (body: string): string =>
  ascii(`500000FF03FF00${(4 + body.length).toString(16).toUpperCase().padStart(4, '0')}0010${body}`)
const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const does = (text: string) => readAll(melsec, [client(text)]).slice(1)

/** batch read of ten words from D100 */
const READ = '0104 0000 640000 a8 0a00'

describe('what is MELSEC', () => {
  it.each([
    [ask(READ), 'certain from client'],
    [ask4(READ), 'certain from client'],
    [askAscii('04010000D*000100000A'), 'certain from client'],
    [reply('0000 1234'), 'certain from server'],
    [ascii('D00000FF03FF0000080000ABCD'), 'certain from server'],
    [ask('9999 0000'), 'unsure from client'],
    [`${ask(READ)} 00`, 'unsure'],
    ['5000 00 ff ff0f 00 0c00 1000 0104 0000 640000 a8 0a00', 'not'],
    ['00'.repeat(21), 'not'],
    [ascii('5000 items were found in the store'), 'not'],
    [ascii('DELETE /things HTTP/1.1'), 'not'],
    ['5353482d322e302d4f70656e5353485f38', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(melsec, hex(bytes), { dstPort: 5007 })).toBe(what)
  })

  it('in one datagram is all there is', () => {
    expect(probeText(melsec, hex(`${ask(READ)} 00`), { transport: UDP })).toBe('not')
  })
})

describe('what MELSEC does', () => {
  it('reads, with station, device and numbers', () => {
    expect(readAll(melsec, [client(ask(READ)), server(reply('0000 1234'))])).toEqual([
      { client: true },
      { act: ['read'], fn: 0x0401, unit: 0, area: 0xa8, first: 100, last: 109 },
      { client: false },
      { answer: 0x0401, unit: 0 },
    ])
    expect(melsec.areaText!(0xa8, 100, 109)).toBe('D100-109')
    expect(melsec.areaText!(0x9c, 16, 31)).toBe('X10-1f')
  })

  it.each([
    ['words of bits', ask('0104 0000 100000 90 0200'), { area: 0x90, first: 16, last: 47 }],
    ['bits', ask('0114 0100 100000 90 0200 11'), { area: 0x90, first: 16, last: 17 }],
    ['large numbers', ask('0104 0200 64000100 a800 0a00'), { area: 0xa8, first: 65636, last: 65645 }],
    ['4E', ask4('0114 0000 640000 a8 0100 1234'), { area: 0xa8, first: 100, last: 100 }],
    ['ASCII', askAscii('04010000D*000100000A'), { area: 0xa8, first: 100, last: 109 }],
    ['ASCII, hexadecimal', askAscii('14010001X*0000100002'), { area: 0x9c, first: 16, last: 17 }],
  ])('in %s', (_, text, where) => {
    expect(does(text)[0]).toMatchObject(where)
  })

  it('tells every device of accesses that have several', () => {
    expect(does(ask('0304 0000 01 01 640000a8 c80000a8'))).toEqual([
      { act: ['read'], fn: 0x0403, unit: 0, area: 0xa8, first: 100, last: 100 },
      { act: ['read'], fn: 0x0403, unit: 0, area: 0xa8, first: 200, last: 201 },
    ])
    expect(does(ask('0214 0100 02 320000 90 01 2f0000 9d 00'))).toEqual([
      { act: ['write'], fn: 0x1402, unit: 0, area: 0x90, first: 50, last: 50 },
      { act: ['write'], fn: 0x1402, unit: 0, area: 0x9d, first: 47, last: 47 },
    ])
    expect(does(ask('0614 0000 01 01 000000a8 0200 11112222 000000 90 0100 ffff'))).toEqual([
      { act: ['write'], fn: 0x1406, unit: 0, area: 0xa8, first: 0, last: 1 },
      { act: ['write'], fn: 0x1406, unit: 0, area: 0x90, first: 0, last: 15 },
    ])
  })

  it.each([
    ['0101 0000', ['discover'], 0x0101],
    ['0110 0000 0100 0000', ['control'], 0x1001],
    ['0210 0000 0100', ['control'], 0x1002],
    ['0310 0000 0100', ['control'], 0x1003],
    ['0510 0000 0100', ['control'], 0x1005],
    ['0610 0000 0100', ['control'], 0x1006],
    ['3016 0000 0400 31323334', ['session'], 0x1630],
    ['1316 0000 00000000 0100 1234', ['write'], 0x1613],
    ['1906 0000 0200 4141', ['diagnose'], 0x0619],
    ['2918 0000', ['file'], 0x1829],
    ['310e 0000', ['configure'], 0x0e31],
    ['9999 0000', ['unknown'], 0x9999],
  ])('%s: %s', (body, act, fn) => {
    expect(does(ask(body))).toEqual([{ act, fn, unit: 0 }])
  })

  it('is refused by its end code', () => {
    const said = [client(ask('0210 0000 0100')), server(reply('55c0 00ffff03000210 0000'))]
    expect(readAll(melsec, said).slice(-1)).toEqual([{ answer: 0x1002, unit: 0, refused: true }])
  })

  it('hears the type of a controller', () => {
    const model = ascii('Q03UDECPU'.padEnd(16))
    expect(readAll(melsec, [client(ask('0101 0000')), server(reply(`0000 ${model} 6802`))])).toContainEqual({
      heard: 'product',
      text: 'Q03UDECPU',
    })
  })

  it('cut or damaged, is told so and is not harmless', () => {
    const whole = hex(ask('0114 0000 640000 a8 0100 1234'))
    const cut = (bytes: number) =>
      readAll(melsec, [{ from: 'client', bytes: whole.subarray(0, bytes), length: whole.length }], {
        transport: UDP,
      })
    expect(cut(16)).toEqual([{ client: true }, { act: ['write'], fn: 0x1401, unit: 0 }, 'short'])
    expect(cut(12)).toEqual([{ act: ['unknown'], fn: 0, unit: 0 }, 'short'])
    expect(does(ask('0214 0000 05 00 640000a8'))).toEqual([
      { act: ['write'], fn: 0x1402, unit: 0, area: 0xa8, first: 100, last: 100 },
      { act: ['write'], fn: 0x1402, unit: 0 },
      'unfit',
    ])
  })
})

describe('MELSEC in 1E frames', () => {
  const read = '01 ff 0a00 64000000 2044 0a 00'
  it.each([
    [read, 'certain from client'],
    ['03 ff 0a00 64000000 2044 01 00 1234', 'certain from client'],
    ['13 ff 0a00', 'unsure from client'],
    ['81 00 1234', 'unsure from server'],
    ['81 5b 10 00', 'unsure from server'],
    ['01 ff 0a00 64000000 2044 0a 00 00', 'not'],
    ['00'.repeat(12), 'not'],
    ['1603010200010001fc0303aa', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(melsec1e, hex(bytes), { dstPort: 5001 })).toBe(what)
  })

  it('reads, writes, stops', () => {
    const said = [
      client(read),
      server('81 00 1234'),
      client('02 ff 0a00 10000000 204d 02 00 11'),
      server('82 5b 10 00'),
      client('14 ff 0a00'),
    ]
    expect(readAll(melsec1e, said)).toEqual([
      { client: true },
      { act: ['read'], fn: 1, area: 0xa8, first: 100, last: 109 },
      { client: false },
      { answer: 1 },
      { client: true },
      { act: ['write'], fn: 2, area: 0x90, first: 16, last: 17 },
      { client: false },
      { answer: 2, refused: true },
      { client: true },
      { act: ['control'], fn: 0x14 },
    ])
  })

  it('that do not hold together are not harmless', () => {
    expect(readAll(melsec1e, [client('01 ff 0a00 64000000 2044 0a 00 00')]).slice(1)).toEqual([
      { act: ['unknown', 'read'], fn: 1 },
      'unfit',
    ])
    expect(readAll(melsec1e, [client('3a ff 0a00')]).slice(1)).toEqual([{ act: ['unknown'], fn: 0x3a }])
  })
})
