import { Random } from '../../support/bytes.ts'
import { ask, type Conversation, counted, digits, n, sizeOf } from '../conversation.ts'

/** IKEv2 (RFC 7296): the first exchange, with a security association, a key exchange and a nonce. */
const random = new Random(68)
const payload = (next: string, body: string): string => `${next} 00 ${counted(body, 2, 4)}`
/** one proposal: AES-CBC-256, HMAC-SHA2-256, its PRF, group 14 */
const PROPOSAL =
  '0000002c 01 01 00 04 0300000c 0100000c 800e0100 03000008 0300000c 03000008 02000005 00000008 0400000e'
const body = (): string =>
  payload('22', PROPOSAL) +
  payload('28', `000e 0000 ${digits(random.bytes(256))}`) +
  payload('00', digits(random.bytes(32)))
const message = (responder: string, flags: string): string => {
  const rest = body()
  return `5a6b7c8d9eaf0b1c ${responder} 21 20 22 ${flags} 00000000 ${n(28 + sizeOf(rest), 4)} ${rest}`
}

export const conversation: Conversation = {
  over: 'udp',
  port: 500,
  clientPort: 500,
  said: [...ask([message('0000000000000000', '08'), message('1c2d3e4f5a6b7c8d', '20')])],
  actions: {},
}
