import { dnp3Operate, dnp3Read } from '../../support/ot.ts'
import { ask, type Conversation, crc16, digits, hex, le, n, server, sizeOf } from '../conversation.ts'

/** DNP3 (IEEE 1815): link frames with their checks every 16 bytes, a transport byte, application fragments. Master 1, outstation 10. */
const check = (part: string): string => part + le(~crc16(hex(part), 0xa6bc, 0) & 0xffff, 2)
function frame(fromMaster: boolean, user: string): string {
  const [control, to, from] = fromMaster ? ['c4', '0a00', '0100'] : ['44', '0100', '0a00']
  const bytes = digits(hex(user))
  const blocks = bytes.match(/.{1,32}/g) ?? []
  const header = `0564 ${n(5 + sizeOf(bytes), 1)} ${control} ${to} ${from}`
  return check(header) + blocks.map(check).join('')
}
const master = (fragment: string): string => frame(true, `c0 ${fragment}`)
const outstation = (fragment: string): string => frame(false, `c0 ${fragment}`)
/** relay output 7 (group 12, variation 1): trip, once, 100 ms on */
const TRIP = '0c 01 28 0100 0700 81 01 64000000 64000000'

export const conversation: Conversation = {
  over: 'tcp',
  port: 20000,
  said: [
    ...ask(dnp3Read(1, 10, 1, [230, 231, 50])),
    // write the time (group 50), and clear the indication of a restart (group 80)
    ...ask([master('c2 02 32 01 07 01 00c8 4e5f 9601'), outstation('c2 81 0000')]),
    ...ask([master('c3 02 50 01 00 07 07 00'), outstation('c3 81 0000')]),
    ...ask(dnp3Operate(1, 10, 4, 3)),
    // select of a relay in local mode: status 7
    ...ask([master(`c5 03 ${TRIP} 00`), outstation(`c5 81 0000 ${TRIP} 07`)]),
    // unsolicited: a binary input changed
    server(outstation('f0 82 0000 02 01 28 0100 0500 81')),
  ],
  actions: { read: 1, time: 1, diagnose: 1, control: 2, report: 1 },
  refused: { control: 1 },
}
