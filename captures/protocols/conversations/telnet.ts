import { ascii, ask, type Conversation, server } from '../conversation.ts'

/** Telnet (RFC 854): options are agreed on, then text. */
export const conversation: Conversation = {
  over: 'tcp',
  port: 23,
  said: [
    // DO terminal type, terminal speed, window size; WILL echo, suppress go ahead
    server('fffd18 fffd20 fffd1f fffb01 fffb03'),
    ...ask(['fffb18 fffc20 fffb1f fffd01 fffd03', ascii('\r\nsw-cell-1\r\n\r\nUsername: ')]),
    ...ask([ascii('operator\r\n'), ascii('Password: ')]),
  ],
  actions: {},
}
