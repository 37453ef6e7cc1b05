import { ask, type Conversation } from '../conversation.ts'

/** STUN (RFC 8489): a binding request; the address is told XORed with the cookie. */
const ID = '2112a442 4f1d9a3377c20b5ee8146af0'

export const conversation: Conversation = {
  over: 'udp',
  port: 3478,
  said: [...ask([`0001 0000 ${ID}`, `0101 000c ${ID} 0020 0008 0001 e24f 2b2ea500`])],
  actions: {},
}
