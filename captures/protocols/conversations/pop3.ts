import { ask, type Conversation, lines, server } from '../conversation.ts'

/** POP3 (RFC 1939, capabilities RFC 2449). */
export const conversation: Conversation = {
  over: 'tcp',
  port: 110,
  said: [
    server(lines('+OK mail.plant.example ready')),
    ...ask([lines('CAPA'), lines('+OK', 'USER', 'UIDL', '.')]),
    ...ask([lines('USER alarms'), lines('+OK')]),
    ...ask([lines('PASS example'), lines('-ERR no')]),
    ...ask([lines('QUIT'), lines('+OK')]),
  ],
  actions: {},
}
