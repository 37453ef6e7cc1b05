import { describe, expect, it } from 'vitest'
import { dtls } from '../../src/app/it/dtls.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, server } from '../support/app-text.ts'
import { alpn, chooses13, dtlsClientHello, dtlsRecord, dtlsServerHello, sni } from './hellos.ts'

describe('what is DTLS', () => {
  it.each([
    ['a client hello', dtlsClientHello(''), 'certain from client'],
    ['a server hello', dtlsServerHello(''), 'certain from server'],
    ['data that fills the datagram', dtlsRecord('17', '0001', 'ab'.repeat(40)), 'certain'],
    ['data and more bytes than a record', `${dtlsRecord('17', '0001', 'ab'.repeat(40))}010203`, 'not'],
    ['more than the datagram has', dtlsRecord('17', '0001', 'ab'.repeat(40)).slice(0, 60), 'not'],
    ['another version', dtlsRecord('17', '0001', 'ab'.repeat(40), '0303'), 'not'],
    ['zeroes', '00'.repeat(40), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(dtls, hex(bytes))).toBe(what)
  })

  it('what the capture cut', () => {
    const bytes = hex(dtlsClientHello(sni('x.example')))
    expect(probeText(dtls, bytes.subarray(0, 30), { length: bytes.length })).toBe('certain from client')
  })
})

describe('what DTLS tells', () => {
  it('names and versions of the hellos', () => {
    expect(
      readAll(dtls, [
        client(dtlsClientHello(sni('meter.example') + alpn('coap'))),
        server(dtlsServerHello('')),
      ]),
    ).toEqual([
      { client: true },
      { detail: 'sni', text: 'meter.example' },
      { detail: 'alpn', text: 'coap' },
      { client: false },
      { detail: 'version', text: 'DTLS 1.2' },
      'opaque',
      'done',
    ])
    expect(readAll(dtls, [server(dtlsServerHello(chooses13.replace('0304', 'fefc')))])).toContainEqual({
      detail: 'version',
      text: 'DTLS 1.3',
    })
  })

  it('without hellos that it is encrypted', () => {
    expect(readAll(dtls, [client(dtlsRecord('17', '0001', 'ab'.repeat(40)))])).toEqual(['opaque', 'done'])
  })
})
