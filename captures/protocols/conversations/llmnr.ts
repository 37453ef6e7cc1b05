import { ask, type Conversation, counted, dnsName } from '../conversation.ts'

/** LLMNR, asked directly (RFC 4795 section 2.4): who has this address? */
const REVERSE = `${dnsName('47.2.60.10.in-addr.arpa')} 000c 0001`

export const conversation: Conversation = {
  over: 'udp',
  port: 5355,
  said: [
    ...ask([
      `9f6c 0000 0001 0000 0000 0000 ${REVERSE}`,
      `9f6c 8000 0001 0001 0000 0000 ${REVERSE} c00c 000c 0001 0000001e ${counted(dnsName('hmi-3'), 2)}`,
    ]),
  ],
  actions: {},
}
