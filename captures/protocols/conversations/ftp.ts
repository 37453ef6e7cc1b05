import { ask, type Conversation, lines, server } from '../conversation.ts'

/** FTP (RFC 959): a control connection. */
const asked = (request: string, answer: string): [string, string] => [lines(request), lines(answer)]

export const conversation: Conversation = {
  over: 'tcp',
  port: 21,
  said: [
    server(lines('220 Press controller FTP server ready.')),
    ...ask(asked('USER backup', '331 Password required.')),
    ...ask(asked('PASS example', '230 Logged in.')),
    ...ask(asked('TYPE I', '200 Type set to I.')),
    ...ask(asked('SIZE project.zip', '213 90112')),
    ...ask(asked('QUIT', '221 Goodbye.')),
  ],
  actions: {},
}
