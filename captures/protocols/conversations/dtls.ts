import { Random } from '../../support/bytes.ts'
import { ask, type Conversation, counted, digits, n } from '../conversation.ts'

/** DTLS 1.2 (RFC 6347): records with epoch and number; a hello is answered with a cookie first. As CoAP uses it (RFC 7252). */
const random = new Random(38)
const record = (type: string, epoch: number, number: number, body: string): string =>
  `${type} fefd ${n(epoch, 2)} ${n(number, 6)} ${counted(body, 2)}`
/** type, length, number of the message, fragment: all of it */
const handshake = (type: string, number: number, body: string): string =>
  `${type} ${counted(`${n(number, 2)} 000000 ${counted(body, 3)}`, 3, -8)}`
const RANDOM = digits(random.bytes(32))
const COOKIE = digits(random.bytes(16))
/** TLS_PSK_WITH_AES_128_CCM_8, no compression */
const hello = (number: number, cookie: string): string =>
  record('16', 0, number, handshake('01', number, `fefd ${RANDOM} 00 ${counted(cookie, 1)} 0002 c0a8 0100`))

export const conversation: Conversation = {
  over: 'udp',
  port: 5684,
  said: [
    ...ask([hello(0, ''), record('16', 0, 0, handshake('03', 0, `feff ${counted(COOKIE, 1)}`))]),
    ...ask([
      hello(1, COOKIE),
      record('16', 0, 1, handshake('02', 1, `fefd ${digits(random.bytes(32))} 00 c0a8 00`)),
    ]),
    ...ask([record('17', 1, 1, digits(random.bytes(40))), record('17', 1, 1, digits(random.bytes(52)))]),
  ],
  actions: {},
}
