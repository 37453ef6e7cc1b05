import { ask, type Conversation, client } from '../conversation.ts'

/** OpenVPN without extra signatures: hard reset of the client, of the server (which acknowledges), acknowledgement. */
const CLIENT = '5a6b7c8d9eaf0b1c'
const SERVER = '1b2c3d4e5f607182'

export const conversation: Conversation = {
  over: 'udp',
  port: 1194,
  said: [
    ...ask([`38 ${CLIENT} 00 00000000`, `40 ${SERVER} 01 00000000 ${CLIENT} 00000000`]),
    client(`28 ${CLIENT} 01 00000000 ${SERVER}`),
  ],
  actions: {},
}
