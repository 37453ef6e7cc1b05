import { type Conversation, client, counted, netbiosName, server } from '../conversation.ts'

/** NetBIOS session service (RFC 1002 section 4.3): called and calling name; there is no such name. */
export const conversation: Conversation = {
  over: 'tcp',
  port: 139,
  said: [
    client(`8100 ${counted(`${netbiosName('FILES-2', 0x20)} ${netbiosName('HMI-3', 0)}`, 2)}`),
    server('8300 0001 82'),
  ],
  actions: {},
}
