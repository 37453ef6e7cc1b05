import { Random } from '../../support/bytes.ts'
import { tlsData, tlsHello } from '../../support/it.ts'
import { ask, type Conversation } from '../conversation.ts'

/** TLS 1.2 (RFC 5246): hellos in clear, the rest encrypted. */
const random = new Random(37)

export const conversation: Conversation = {
  over: 'tcp',
  port: 443,
  said: [...ask(tlsHello(random, 'hmi.plant.example')), ...ask([tlsData(random, 240), tlsData(random, 900)])],
  actions: {},
}
