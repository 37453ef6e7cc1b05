import { ascii, type Conversation, client } from '../conversation.ts'

/** Syslog (RFC 5424): nobody answers. */
const line = (seconds: string, text: string): string =>
  ascii(`<134>1 2026-11-03T09:00:${seconds}Z sw-cell-1 linkd 411 - - ${text}`)

export const conversation: Conversation = {
  over: 'udp',
  port: 514,
  said: [client(line('57', 'port 7 is up')), client(line('58', 'port 8 is down'))],
  actions: {},
}
