import { ask, type Conversation, lines, server } from '../conversation.ts'

/** SMTP (RFC 5321). */
export const conversation: Conversation = {
  over: 'tcp',
  port: 25,
  said: [
    server(lines('220 mail.plant.example ESMTP ready')),
    ...ask([lines('EHLO hmi-3.plant.example'), lines('250-mail.plant.example', '250 SIZE 10240000')]),
    ...ask([lines('MAIL FROM:<hmi-3@plant.example>'), lines('250 2.1.0 Ok')]),
    ...ask([lines('QUIT'), lines('221 2.0.0 Bye')]),
  ],
  actions: {},
}
