import { ascii, ask, type Conversation, counted, netbiosName } from '../conversation.ts'

/** NetBIOS name service (RFC 1002 section 4.2): a name is asked for, then all names of a node. */
const named = (text: string, suffix: string, flags: string): string =>
  `${ascii(text, 15, ' ')} ${suffix} ${flags}`
const table = `03 ${named('OPC-1', '00', '0400')} ${named('PLANT', '00', '8400')} ${named('OPC-1', '20', '0400')} 005056600230 ${'00'.repeat(40)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 137,
  clientPort: 137,
  said: [
    ...ask([
      `1a2b 0100 0001 0000 0000 0000 ${netbiosName('OPC-1', 0)} 0020 0001`,
      `1a2b 8500 0000 0001 0000 0000 ${netbiosName('OPC-1', 0)} 0020 0001 000493e0 0006 0000 0a3c0230`,
    ]),
    // node status
    ...ask([
      `1a2c 0000 0001 0000 0000 0000 ${netbiosName(`*${'\0'.repeat(14)}`, 0)} 0021 0001`,
      `1a2c 8400 0000 0001 0000 0000 ${netbiosName(`*${'\0'.repeat(14)}`, 0)} 0021 0001 00000000 ${counted(table, 2)}`,
    ]),
  ],
  actions: {},
}
