import { ascii, ask, type Conversation, client, counted } from '../conversation.ts'

/** PostgreSQL (frontend/backend protocol 3.0): startup, accepted; a query that is refused. */
const message = (kind: string, body: string): string => ascii(kind) + counted(body, 4, 4)
const word = (text: string): string => ascii(`${text}\0`)
const startup = counted(
  `00030000 ${word('user')} ${word('trend')} ${word('database')} ${word('history')} 00`,
  4,
  4,
)
const READY = message('Z', ascii('I'))
const accepted = [
  message('R', '00000000'),
  message('S', word('server_version') + word('17.1')),
  message('K', '0000102a 5a6b7c8d'),
  READY,
].join('')
const denied = message(
  'E',
  `${word('SERROR')} ${word('C42501')} ${word('Mpermission denied for table trend')} 00`,
)

export const conversation: Conversation = {
  over: 'tcp',
  port: 5432,
  said: [
    ...ask([startup, accepted]),
    ...ask([message('Q', word('SELECT * FROM trend')), denied + READY]),
    // terminate
    client(message('X', '')),
  ],
  actions: {},
}
