import { describe, expect, it } from 'vitest'
import { tls } from '../../src/app/it/tls.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { ascii, client, server } from '../support/app-text.ts'
import { alpn, chooses13, clientHello, offers13, record, serverHello, sni } from './hellos.ts'

describe('what is TLS', () => {
  it.each([
    ['a client hello', clientHello(sni('plc.example')), 'certain from client'],
    ['a server hello', serverHello(''), 'certain from server'],
    ['a client hello that is cut', clientHello(sni('plc.example')).slice(0, 40), 'certain from client'],
    ['a record that fills the payload', record('17', '9c3e'.repeat(40)), 'certain'],
    ['a record and the head of the next', `${record('17', '9c3e'.repeat(40))}170303`, 'certain'],
    ['a record and something else', `${record('17', '9c3e'.repeat(40))}414243`, 'not'],
    ['a record that goes on', record('17', '9c3e'.repeat(40)).slice(0, 60), 'unsure'],
    ['an alert in clear', '1503030002 0228', 'certain'],
    ['an alert of a level that is none', '1503030002 0728', 'not'],
    ['a change of keys', '140303000101', 'certain'],
    ['a certificate', record('16', `0b000010${'aa'.repeat(16)}`), 'unsure'],
    ['a length that no record has', '1703038000 0011223344', 'not'],
    ['a hello of another version', '1603010040 0100003c 0505 00', 'not'],
    ['zeroes', '00'.repeat(32), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(tls, hex(bytes))).toBe(what)
  })

  it('the hello of SSL 2.0, by lengths that add up', () => {
    const hello = `802e 01 0301 0015 0000 0010 ${'010080'.repeat(7)} ${'5a'.repeat(16)}`
    expect(probeText(tls, hex(hello))).toBe('certain from client')
    expect(probeText(tls, hex(`${hello}00`))).toBe('not')
    const answer = `801e 04 00 01 0002 0000 0003 0010 010080 ${'5a'.repeat(16)}`
    expect(probeText(tls, hex(answer))).toBe('certain from server')
    expect(readAll(tls, [client(hello), server(answer)])).toEqual([
      { client: true },
      'opaque',
      { client: false },
      { detail: 'version', text: 'SSL 2.0' },
      'opaque',
      'done',
    ])
  })

  it('nothing that is text', () => {
    for (const text of ['SSH-2.0-x\r\n', 'GET / HTTP/1.1\r\n\r\n', '220 smtp ready\r\n'])
      expect(probeText(tls, ascii(text))).toBe('not')
  })
})

describe('what TLS tells', () => {
  it('whom the client asks for, what it would speak, what the server chose', () => {
    expect(
      readAll(tls, [
        client(clientHello(sni('hmi.example') + alpn('h2', 'http/1.1') + offers13)),
        server(serverHello(chooses13)),
        server(record('17', 'ab'.repeat(30))),
      ]),
    ).toEqual([
      { client: true },
      { detail: 'sni', text: 'hmi.example' },
      { detail: 'alpn', text: 'h2,http/1.1' },
      'opaque',
      { client: false },
      { detail: 'version', text: 'TLS 1.3' },
      'opaque',
      'done',
      'opaque',
      'done',
    ])
  })

  it('a version before 1.3, and the protocol chosen in it', () => {
    expect(readAll(tls, [server(serverHello(alpn('h2'), '0302'))])).toEqual([
      { client: false },
      { detail: 'alpn', text: 'h2' },
      { detail: 'version', text: 'TLS 1.1' },
      'opaque',
    ])
  })

  it('without hellos that it is encrypted, and ends after a few records', () => {
    const data = record('17', 'ab'.repeat(30))
    expect(readAll(tls, [client(data), server(data), client(data), server(data)])).toEqual([
      'opaque',
      'opaque',
      'opaque',
      'opaque',
      'done',
    ])
  })

  it('nothing of a name that is cut or has bytes that names have not', () => {
    const hello = clientHello(sni('a'.repeat(200)))
    const cut = hex(hello).subarray(0, 100)
    expect(readAll(tls, [{ from: 'client', bytes: cut }])).toEqual([{ client: true }, 'opaque'])
    expect(readAll(tls, [client(clientHello(sni('a\u0001b')))])).toEqual([{ client: true }, 'opaque'])
  })

  it('where records end', () => {
    const length = (bytes: string): number => tls.length!(hex(bytes), 0, hex(bytes).length)
    expect([length('16'), length('1603'), length('1703030040'), length('1704'), length('47')]).toEqual([
      0, 0, 69, -1, -1,
    ])
    expect(length('1703030000')).toBe(-1)
  })
})
