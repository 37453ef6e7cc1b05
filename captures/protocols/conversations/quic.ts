import { Random } from '../../support/bytes.ts'
import { ask, type Conversation, digits } from '../conversation.ts'

/** QUIC version 1 (RFC 9000 section 17.2): initial packets; all but their first bytes is encrypted. */
const random = new Random(67)
const CLIENT = `08 ${digits(random.bytes(8))}`
const SERVER = `08 ${digits(random.bytes(8))}`
/** version, destination, source; token; length of the rest in two bytes */
const client = `c3 00000001 ${SERVER} ${CLIENT} 00 449e ${digits(random.bytes(1182))}`
const server = `c1 00000001 ${CLIENT} ${SERVER} 00 449e ${digits(random.bytes(1182))}`

export const conversation: Conversation = {
  over: 'udp',
  port: 443,
  said: [...ask([client, server])],
  actions: {},
}
