import { ascii, ask, type Conversation, n, server } from '../conversation.ts'

/** CoAP (RFC 7252): version and type with the length of the token, code, number, token, options, payload. */
const path = (...segments: string[]): string =>
  segments.map((one, i) => `${n((i === 0 ? 0xb0 : 0) | one.length, 1)} ${ascii(one)}`).join(' ')
const request = (code: string, number: number, options: string): string =>
  `42 ${code} ${n(number, 2)} aa${n(number, 1)} ${options}`
const answer = (code: string, number: number, rest = ''): string =>
  `62 ${code} ${n(number, 2)} aa${n(number, 1)} ${rest}`
const text = (words: string): string => `ff ${ascii(words)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 5683,
  said: [
    // what is there, in the link format (40)
    ...ask([
      request('01', 1, `bb ${ascii('.well-known')} 04 ${ascii('core')}`),
      answer('45', 1, `c1 28 ${text('</sensors/temp>;rt="temperature"')}`),
    ]),
    ...ask([request('01', 2, path('sensors', 'temp')), answer('45', 2, text('22.3'))]),
    // observe it (option 6), and a notification that need not be confirmed
    ...ask([
      request('01', 3, `60 57 ${ascii('sensors')} 04 ${ascii('temp')}`),
      answer('45', 3, `61 01 ${text('22.3')}`),
    ]),
    server(`52 45 7b01 aa03 61 02 ${text('22.5')}`),
    // put: 2.04 changed; another one: 4.03 forbidden
    ...ask([request('03', 4, `${path('valve')} ${text('1')}`), answer('44', 4)]),
    ...ask([request('03', 5, `${path('config')} ${text('1')}`), answer('83', 5)]),
  ],
  actions: { discover: 1, read: 2, report: 1, write: 2 },
  refused: { write: 1 },
}
