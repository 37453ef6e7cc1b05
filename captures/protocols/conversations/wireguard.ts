import { Random } from '../../support/bytes.ts'
import { ask, type Conversation, client, digits } from '../conversation.ts'

/** WireGuard (whitepaper, section 5.4): initiation, response, data; the second check is zero where no cookie was given. */
const random = new Random(69)
const some = (count: number): string => digits(random.bytes(count))
const NONE = '00'.repeat(16)

export const conversation: Conversation = {
  over: 'udp',
  port: 51820,
  said: [
    ...ask([`01000000 ${some(4)} ${some(124)} ${NONE}`, `02000000 ${some(4)} ${some(68)} ${NONE}`]),
    client(`04000000 ${some(4)} 0000000000000000 ${some(96)}`),
  ],
  actions: {},
}
