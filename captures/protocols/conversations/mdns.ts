import { ask, type Conversation, counted, dnsName } from '../conversation.ts'

/** Multicast DNS, asked directly (RFC 6762 section 5.5): a host's address, which nobody else has. */
const NAME = dnsName('pump-2.local')

export const conversation: Conversation = {
  over: 'udp',
  port: 5353,
  clientPort: 5353,
  said: [
    ...ask([
      `0000 0000 0001 0000 0000 0000 ${NAME} 0001 0001`,
      `0000 8400 0000 0001 0000 0000 ${NAME} 0001 8001 00000078 ${counted('0a3c022e', 2)}`,
    ]),
  ],
  actions: {},
}
