import { describe, expect, it } from 'vitest'
import { rtsp } from '../../src/app/it/rtsp.ts'
import { probeText, readAll } from '../support/app-run.ts'
import { ascii, client, server } from '../support/app-text.ts'

const lines = (...text: string[]): Uint8Array => ascii(`${text.join('\r\n')}\r\n\r\n`)

describe('what is RTSP', () => {
  it.each([
    ['DESCRIBE rtsp://192.0.2.1/1 RTSP/1.0\r\n', 'certain from client'],
    ['OPTIONS * RTSP/1.0\r\n', 'certain from client'],
    ['RTSP/1.0 200 OK\r\n', 'certain from server'],
    ['OPTIONS * HTTP/1.1\r\n', 'not'],
    ['PLAY something nice\r\n', 'not'],
    ['RTSP/1.0 abc OK\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(rtsp, ascii(text))).toBe(what)
  })
})

it('announces the ports that both ends agree on', () => {
  const setup = lines(
    'SETUP rtsp://192.0.2.1/1 RTSP/1.0',
    'CSeq: 3',
    'Transport: RTP/AVP;unicast;client_port=4588-4589',
  )
  const agreed = lines('RTSP/1.0 200 OK', 'Transport: RTP/AVP;unicast;client_port=4588-4589;server_port=6256')
  expect(readAll(rtsp, [client(setup), server(agreed)])).toEqual([
    { announce: 17, port: 4588, atSender: true },
    { announce: 17, port: 4589, atSender: true },
    { announce: 17, port: 6256, atSender: true },
  ])
  // where the request was not seen, the reply tells of both
  expect(readAll(rtsp, [server(agreed)])).toEqual([
    { announce: 17, port: 4588, atSender: false },
    { announce: 17, port: 4589, atSender: false },
    { announce: 17, port: 6256, atSender: true },
  ])
})

it('announces nothing that an end says in the place of the other', () => {
  const setup = (transport: string) =>
    lines('SETUP rtsp://192.0.2.1/1 RTSP/1.0', `Transport: RTP/AVP;${transport}`)
  const agreed = lines('RTSP/1.0 200 OK', 'Transport: RTP/AVP;unicast;client_port=4588;server_port=6256')
  expect(readAll(rtsp, [client(agreed)])).toEqual([])
  expect(readAll(rtsp, [server(setup('client_port=4588'))])).toEqual([])
  expect(readAll(rtsp, [client(setup('server_port=161'))])).toEqual([])
  const paused = lines('PAUSE rtsp://192.0.2.1/1 RTSP/1.0', 'Transport: RTP/AVP;client_port=4588')
  expect(readAll(rtsp, [client(paused)])).toEqual([])
  // the client named its port: the server names no other
  expect(readAll(rtsp, [client(setup('client_port=5000')), server(agreed)])).toEqual([
    { announce: 17, port: 5000, atSender: true },
    { announce: 17, port: 6256, atSender: true },
  ])
})

it('passes over frames between its messages, and bodies behind them', () => {
  const frame = Uint8Array.from([0x24, 0, 0, 3, 1, 2, 3])
  const described = ascii('RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\r\n')
  const setup = lines('SETUP rtsp://192.0.2.1/1 RTSP/1.0', 'Transport: RTP/AVP;client_port=70000')
  expect(readAll(rtsp, [server(Uint8Array.from([...frame, ...described, ...frame])), client(setup)])).toEqual(
    [],
  )
  expect(rtsp.length!(ascii('hello, is anybody there?'), 0, 24)).toBe(-1)
  expect(rtsp.length!(ascii('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n'), 0, 29)).toBe(0)
})
