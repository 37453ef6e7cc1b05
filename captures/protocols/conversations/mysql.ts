import { ascii, ask, type Conversation, le, server, sizeOf } from '../conversation.ts'

/** MySQL (client/server protocol, version 10): greeting, login, refusal. */
const packet = (number: string, body: string): string => `${le(sizeOf(body), 3)} ${number} ${body}`
/** number of the thread, eight bytes to be mixed with the password, what the server can, character set, state; twelve more */
const greeting = `0a ${ascii('8.4.2\0')} 2a000000 4142434445464748 00 ffff ff 0200 ffdf 15 ${'00'.repeat(10)} ${ascii('abcdefghijkl\0')} ${ascii('caching_sha2_password\0')}`
const login = `85a60f00 00000001 ff ${'00'.repeat(23)} ${ascii('trend\0')} 00 ${ascii('history\0')}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 3306,
  said: [
    server(packet('00', greeting)),
    ...ask([packet('01', login), packet('02', `ff 1504 ${ascii("#28000Access denied for user 'trend'")}`)]),
  ],
  actions: {},
}
