import { ascii, type Conversation, client, counted, le, netbiosName, sizeOf } from '../conversation.ts'

/** NetBIOS datagram to one name (RFC 1002 section 4.4): a host announces itself in a mailslot of SMB (MS-BRWS section 2.2.1). */
const announcement = `01 00 80fc0a00 ${ascii('HMI-3', 16)} 0a 00 03100000 0f01 55aa 00`
const SLOT = ascii('\\MAILSLOT\\BROWSE\0')
/** a header of 32 bytes, 17 words (how long the data are and where, three words of set-up), bytes */
const mailslot = `ff534d42 25 ${'00'.repeat(27)} 11 0000 ${le(sizeOf(announcement), 2)} 0000 0000 00 00 0000 00000000 0000 0000 0000 ${le(sizeOf(announcement), 2)} 5600 03 00 0100 0100 0200 ${le(sizeOf(SLOT + announcement), 2)} ${SLOT} ${announcement}`
const user = `${netbiosName('HMI-3', 0)} ${netbiosName('PLANT', 0x1d)} ${mailslot}`
/** to one name, the only fragment; number, sender */
const datagram = (number: string): string => `10 02 ${number} 0a3c0131 008a ${counted(`0000 ${user}`, 2, -2)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 138,
  clientPort: 138,
  said: [client(datagram('8001')), client(datagram('8002'))],
  actions: {},
}
