import { ascii, ask, type Conversation, counted } from '../conversation.ts'

/** RADIUS (RFC 2865): access is asked for and accepted, then rejected. */
const attribute = (type: string, value: string): string => `${type} ${counted(value, 1, 2)}`
const packet = (code: string, number: string, attributes: string): string =>
  `${code} ${number} ${counted(`5a6b7c8d9eaf0b1c2d3e4f5061728394 ${attributes}`, 2, 4)}`
/** name, password (hidden), address and port of the switch */
const asks = (name: string): string =>
  [
    attribute('01', ascii(name)),
    attribute('02', 'c4d5e6f708192a3b4c5d6e7f8091a2b3'),
    attribute('04', '0a3c0154'),
    attribute('05', '00000007'),
  ].join('')

export const conversation: Conversation = {
  over: 'udp',
  port: 1812,
  said: [
    ...ask([packet('01', '2a', asks('hmi-3')), packet('02', '2a', attribute('06', '00000001'))]),
    ...ask([packet('01', '2b', asks('guest')), packet('03', '2b', attribute('12', ascii('no')))]),
  ],
  actions: { session: 2 },
  refused: { session: 1 },
}
