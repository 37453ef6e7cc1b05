import { rfb } from '../../support/it.ts'
import { ask, type Conversation, client, server } from '../conversation.ts'

/** RFB (RFC 6143 section 7.1): both versions, the server's kinds of security, the client's choice, a challenge. */
export const conversation: Conversation = {
  over: 'tcp',
  port: 5900,
  said: [
    server(rfb),
    ...ask([rfb, '01 02']),
    ...ask(['02', '4f1d9a3377c20b5ee8146af09d52c38b']),
    client('a3c50e91b26d7f4810fe395cd7628a04'),
    server('00000000'),
  ],
  actions: {},
}
