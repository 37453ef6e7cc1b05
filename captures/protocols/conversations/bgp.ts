import { ask, type Conversation, counted } from '../conversation.ts'

/** BGP-4 (RFC 4271): open (AS 65000, 180 s), keep-alive, update: 10.70.0.0/16 by this router. */
const message = (type: string, body = ''): string => `${'ff'.repeat(16)} ${counted(`${type} ${body}`, 2, 18)}`
const open = (as: string, router: string): string => message('01', `04 ${as} 00b4 ${router} 00`)
const KEEP_ALIVE = message('04')
const attributes = '40 01 01 00 40 02 04 0201fde8 40 03 04 0a3c0156'

export const conversation: Conversation = {
  over: 'tcp',
  port: 179,
  said: [
    ...ask([open('fde8', '0a3c0156'), open('fde9', '0a3c0256')]),
    ...ask([KEEP_ALIVE, KEEP_ALIVE]),
    ...ask([message('02', `0000 ${counted(attributes, 2)} 10 0a46`), KEEP_ALIVE]),
  ],
  actions: { session: 5, report: 1 },
}
