import { ask, type Conversation, lines, server } from '../conversation.ts'

/** IMAP4rev1 (RFC 3501). */
export const conversation: Conversation = {
  over: 'tcp',
  port: 143,
  said: [
    server(lines('* OK [CAPABILITY IMAP4rev1 STARTTLS] mail.plant.example ready')),
    ...ask([lines('a001 NOOP'), lines('a001 OK NOOP completed')]),
    ...ask([lines('a002 LOGOUT'), lines('* BYE', 'a002 OK LOGOUT completed')]),
  ],
  actions: {},
}
