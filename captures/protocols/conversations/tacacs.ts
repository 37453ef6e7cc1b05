import { Random } from '../../support/bytes.ts'
import { ask, type Conversation, counted, digits } from '../conversation.ts'

/** TACACS+ (RFC 8907): authentication and authorization; bodies are mixed with a key. */
const random = new Random(85)
const packet = (kind: string, number: string, size: number): string =>
  `c0 ${kind} ${number} 00 1a2b3c4d ${counted(digits(random.bytes(size)), 4)}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 49,
  said: [
    ...ask([packet('01', '01', 38), packet('01', '02', 16)]),
    ...ask([packet('01', '03', 15), packet('01', '04', 6)]),
  ],
  actions: { session: 2 },
}
