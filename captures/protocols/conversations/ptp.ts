import { hex } from '../../support/bytes.ts'
import { ptp } from '../../support/ot.ts'
import { type Conversation, client, server } from '../conversation.ts'

/** PTP version 2 (IEEE 1588-2008), unicast, on the general port: announces and follow-ups of a clock, and it is managed. */
const CLOCK = hex('000cecfffe600260')
const SECOND = 1793696496
/** header, target (all ports), hops, action; DOMAIN (4002): one byte and one reserved */
const management = (action: string): Uint8Array =>
  hex(
    `0d 02 0038 00 00 0000 ${'00'.repeat(8)} 00000000 026001fffe000060 0001 0001 04 7f ffffffffffffffff ffff 00 00 ${action} 00 0001 0004 4002 0000`,
  )

export const conversation: Conversation = {
  over: 'udp',
  port: 320,
  clientPort: 320,
  said: [
    client(ptp(11, CLOCK, 1, SECOND, 0)),
    client(ptp(8, CLOCK, 1, SECOND, 62_012_480)),
    client(ptp(8, CLOCK, 2, SECOND + 1, 62_012_480)),
    // get the domain of the clock, and its response
    server(management('00')),
    client(management('02')),
  ],
  actions: { time: 3, read: 1 },
}
