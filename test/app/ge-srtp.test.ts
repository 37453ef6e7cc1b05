import { describe, expect, it } from 'vitest'
import { geSrtp } from '../../src/app/ot/ge-srtp.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const le16 = (value: number): string =>
  (value & 0xff).toString(16).padStart(2, '0') + (value >> 8).toString(16).padStart(2, '0')
/** Header: type, sequence, length of text, kind of mailbox, its last 14 bytes. */
const header = (type: string, seq: string, text: number, kind: string, rest: string): string =>
  `${type}00${seq}00${le16(text)}${'00'.repeat(3)}01${'00'.repeat(7)}01${'00'.repeat(12)}${seq}${kind}${'00'.repeat(4)}100e0000 0101${rest.replace(/ /g, '').padEnd(28, '0')}`
const request = (rest: string, seq = '05', type = '02') => header(type, seq, 0, 'c0', rest)
const requestWithText = (rest: string, text: string, seq = '05') =>
  header('02', seq, hex(text).length, '80', `000000000000 0101 ${rest}`) + text
const done = (seq = '05') => header('03', seq, 0, 'd4', '')
const refused = (seq = '05') => header('03', seq, 0, 'd1', '0501')
const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

describe('what is GE SRTP', () => {
  it.each([
    ['an opening', '00'.repeat(56), 'unsure from client'],
    ['its answer', `01${'00'.repeat(7)}0f${'00'.repeat(47)}`, 'unsure from server'],
    ['more zeroes', '00'.repeat(57), 'not'],
    ['a request', request('04 08 6300 0a00'), 'certain from client'],
    ['a request with text', requestWithText('07 08 6300 0200', '11223344'), 'certain from client'],
    ['an answer', done(), 'certain from server'],
    ['a refusal', refused(), 'certain from server'],
    ['two sequence numbers', request('04').replace('05c0', '06c0'), 'unsure from client'],
    ['TLS', `160301${'42'.repeat(60)}`, 'not'],
    [
      'text',
      Buffer.from('GET / HTTP/1.1\r\nHost: 10.0.0.1\r\nUser-Agent: curl/8.5.0 xxxx').toString('hex'),
      'not',
    ],
  ])('%s', (_, bytes, what) => {
    expect(probeText(geSrtp, hex(bytes), { dstPort: 18245 })).toBe(what)
  })
})

describe('what GE SRTP does', () => {
  it('opens, reads registers as they are numbered', () => {
    const said = [
      client('00'.repeat(56)),
      server(`01${'00'.repeat(55)}`),
      client(request('04 08 6300 0a00')),
      server(done()),
    ]
    expect(readAll(geSrtp, said)).toEqual([
      { client: true },
      { act: ['session'], fn: 0x100 },
      { client: false },
      { answer: 0x100 },
      { client: true },
      { act: ['read'], fn: 4, area: 8, first: 100, last: 109 },
      { client: false },
      { answer: 4 },
    ])
    expect(geSrtp.areaText!(8, 100, 109)).toBe('%R 100-109')
  })

  it('writes with the values in the text behind', () => {
    expect(
      readAll(geSrtp, [client(requestWithText('07 08 0000 0200', '11223344')), server(refused())]),
    ).toEqual([
      { client: true },
      { act: ['write'], fn: 7, area: 8, first: 1, last: 2 },
      { client: false },
      { answer: 7, refused: true },
    ])
  })

  it.each([
    ['00', 'diagnose'],
    ['03', 'discover'],
    ['05', 'read'],
    ['09', 'write'],
    ['20', 'session'],
    ['21', 'session'],
    ['22', 'configure'],
    ['23', 'control'],
    ['24', 'time'],
    ['38', 'diagnose'],
    ['3f', 'upload'],
    ['40', 'program'],
    ['43', 'discover'],
    ['44', 'control'],
    ['1e', 'file'],
    ['53', 'firmware'],
    ['fe', 'unknown'],
  ])('service request %s: %s', (code, action) => {
    expect(readAll(geSrtp, [client(request(code))])).toEqual([
      { client: true },
      { act: [action], fn: Number.parseInt(code, 16) },
    ])
  })

  it('pairs answers with requests by sequence number', () => {
    const said = [client(request('23', '07') + request('38', '08')), server(done('08') + refused('07'))]
    expect(readAll(geSrtp, said).filter(t => typeof t === 'object' && 'answer' in t)).toEqual([
      { answer: 0x38 },
      { answer: 0x23, refused: true },
    ])
  })

  it('hears the name of a controller', () => {
    const text = `${'00'.repeat(12)}${Buffer.from('PUMP01').toString('hex')}0000${'00'.repeat(4)}`
    const reply = header('03', '05', hex(text).length, '94', '') + text
    expect(readAll(geSrtp, [client(request('43')), server(reply)])).toContainEqual({
      heard: 'name',
      text: 'PUMP01',
    })
  })

  it('is not harmless where it is cut', () => {
    const whole = hex(request('07 08 0000 0100'))
    expect(readAll(geSrtp, [{ from: 'client', bytes: whole.subarray(0, 40), length: whole.length }])).toEqual(
      [{ act: ['unknown'], fn: 0x100 }, 'short'],
    )
  })
})
