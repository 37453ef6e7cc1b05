import { describe, expect, it } from 'vitest'
import { sip } from '../../src/app/it/sip.ts'
import { TCP } from '../../src/app/protocol.ts'
import { probeText, readAll } from '../support/app-run.ts'
import { ascii, client, server } from '../support/app-text.ts'

const message = (first: string, body: string, type = 'Content-Type: application/sdp'): Uint8Array =>
  ascii(`${first}\r\nVia: SIP/2.0/UDP 192.0.2.9\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
const sdp = (...lines: string[]): string => `${['v=0', ...lines].join('\r\n')}\r\n`
const call = 'INVITE sip:b@192.0.2.1 SIP/2.0'

describe('what is SIP', () => {
  it.each([
    ['INVITE sip:b@192.0.2.1 SIP/2.0\r\n', 'certain from client'],
    ['REGISTER sips:plant.example SIP/2.0\r\n', 'certain from client'],
    ['SIP/2.0 100 Trying\r\n', 'certain from server'],
    ['SIP/2.0 900 Trying\r\n', 'not'],
    ['OPTIONS * HTTP/1.1\r\n', 'not'],
    ['NOTIFY * HTTP/1.1\r\n', 'not'],
    ['INVITE everybody\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(sip, ascii(text))).toBe(what)
  })
})

describe('media that a call describes', () => {
  it('with its own address, or that of the session', () => {
    const own = sdp(
      'c=IN IP4 192.0.2.9',
      'm=audio 49170 RTP/AVP 0',
      'm=video 51372 RTP/SAVPF 96',
      'c=IN IP4 192.0.2.10',
    )
    expect(readAll(sip, [client(message(call, own))])).toEqual([
      { announce: 17, port: 49170, atSender: true, v4: 0xc0000209 | 0 },
      { announce: 17, port: 49171, atSender: true, v4: 0xc0000209 | 0 },
      { announce: 17, port: 51372, atSender: true, v4: 0xc000020a | 0 },
      { announce: 17, port: 51373, atSender: true, v4: 0xc000020a | 0 },
    ])
  })

  it('none where it is refused, goes over TCP, or is no description', () => {
    const body = sdp('c=IN IP4 192.0.2.9', 'm=audio 0 RTP/AVP 0', 'm=image 5000 TCP t38')
    expect(readAll(sip, [server(message('SIP/2.0 200 OK', body))])).toEqual([])
    const text = message(call, sdp('m=audio 49170 RTP/AVP 0'), 'Content-Type: text/plain')
    expect(readAll(sip, [client(text)])).toEqual([])
  })
})

it('over TCP messages end with their bodies', () => {
  const one = message(call, sdp('m=audio 4000 RTP/AVP 0'))
  const two = Uint8Array.from([...one, ...ascii('\r\n\r\n'), ...one])
  expect(readAll(sip, [client(two)], { transport: TCP })).toHaveLength(4)
  const length = (text: string): number => sip.length!(ascii(text), 0, text.length)
  expect(length('INVITE sip:b@192.0.2.1 SIP/2.0\r\nVia: x')).toBe(0)
  expect(length('INVITE')).toBe(0)
  expect(length('hello, is anybody there?')).toBe(-1)
  expect(length(`${call}\r\nContent-Length: 99999999\r\n\r\n`)).toBe(-1)
})
