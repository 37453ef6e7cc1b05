import { ascii, type Conversation, client, counted, netbiosName } from '../conversation.ts'

/** NetBIOS datagram to one name (RFC 1002 section 4.4): a mailslot message of SMB (MS-MAIL) in it. */
const MAILSLOT = `ff534d42 25 ${'00'.repeat(27)} 11 0000 0400 ${'00'.repeat(17)} 5600 0300 0100 0100 0200 1500 ${ascii('\\MAILSLOT\\BROWSE\0')} 09040e00`
const user = `${netbiosName('HMI-3', 0)} ${netbiosName('PLANT', 0x1d)} ${MAILSLOT}`
const head = (number: string): string => `10 02 ${number} 0a3c0131 008a`

export const conversation: Conversation = {
  over: 'udp',
  port: 138,
  clientPort: 138,
  said: ['8001', '8002'].map(number => client(`${head(number)} ${counted(`0000 ${user}`, 2, -2)}`)),
  actions: {},
}
