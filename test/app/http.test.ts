import { describe, expect, it } from 'vitest'
import { http } from '../../src/app/it/http.ts'
import { hex, probeText } from '../support/app-run.ts'
import { ascii } from '../support/app-text.ts'

describe('what is HTTP', () => {
  it.each([
    ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'certain from client'],
    ['POST /wsman HTTP/1.1\r\n', 'certain from client'],
    ['PROPFIND /a HTTP/1.0\r\n', 'certain from client'],
    ['CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n', 'certain from client'],
    ['HTTP/1.1 200 OK\r\n', 'certain from server'],
    ['HTTP/1.0 404', 'certain from server'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'certain from client'],
    [`GET /${'a'.repeat(400)}`, 'unsure from client'],
    ['GET /a\r\n', 'not'],
    ['GET / SIP/2.0\r\n', 'not'],
    ['HTTP/1.1 abc', 'not'],
    ['HTTP/2.0 200 OK', 'not'],
    ['OPTIONS rtsp://192.0.2.1/ RTSP/1.0\r\n', 'not'],
    ['OPTIONS sip:a@192.0.2.1 SIP/2.0\r\n', 'not'],
    ['HELO x.example\r\n', 'not'],
    ['GETTING on with it\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(http, ascii(text))).toBe(what)
  })

  it('the first frame of HTTP/2, which is few bits', () => {
    expect(probeText(http, hex('000012 04 00 00000000 000300000064 000400100000 000600010000'))).toBe(
      'unsure',
    )
    expect(probeText(http, hex('000012 04 00 00000000 770300000064 000400100000 000600010000'))).toBe('not')
    expect(probeText(http, hex('000000 04 01 00000000'))).toBe('unsure')
    expect(probeText(http, new Uint8Array(40))).toBe('not')
  })
})
