import { ask, type Conversation, counted, digits, hex, n, server } from '../conversation.ts'

/** HART-IP (FieldComm TS20085): version, type, id, status, number, length with this header; HART commands in it as on the wire. */
const message = (type: number, id: number, number: number, body: string): string =>
  `01 ${n(type, 1)} ${n(id, 1)} 00 ${n(number, 2)} ${counted(body, 2, 8)}`
/** a token-passing PDU: delimiter, address, command, data, their parity */
function token(head: string, command: number, data: string): string {
  const bytes = hex(`${head} ${n(command, 1)} ${counted(data, 1)}`)
  return digits([...bytes, bytes.reduce((parity, one) => parity ^ one, 0)])
}
/** from or to the primary master; expanded device type 0x26d1, device 0x5a0008 */
const DEVICE = 'a6d15a0008'
const command = (number: number, code: number, data: string, answered: string): [string, string] => [
  message(0, 3, number, token(`82 ${DEVICE}`, code, data)),
  message(1, 3, number, token(`86 ${DEVICE}`, code, answered)),
]

export const conversation: Conversation = {
  over: 'udp',
  port: 5094,
  said: [
    // initiate a session: the client is a primary master, and may be silent for a minute
    ...ask([message(0, 0, 1, '01 0000ea60'), message(1, 0, 1, '01 0000ea60')]),
    // command 0 to polling address 0: read unique identifier
    ...ask([
      message(0, 3, 2, token('02 80', 0, '')),
      message(1, 3, 2, token('06 80', 0, '0000 fe 26d1 05 07 04 03 08 01 5a0008 05 04 0000 00 006d 006d 01')),
    ]),
    // command 3: dynamic variables; current 12 mA, then bar
    ...ask(command(3, 3, '', '0000 41400000 07 3f19999a')),
    // command 35: write range values in bar
    ...ask(command(4, 35, '07 3f800000 00000000', '0000 07 3f800000 00000000')),
    // command 40: fixed current mode, refused as the device is write protected (7)
    ...ask(command(5, 40, '41000000', '0700')),
    // keep alive
    ...ask([message(0, 2, 6, ''), message(1, 2, 6, '')]),
    // published: command 9, device variable 0
    server(message(2, 3, 7, token(`81 ${DEVICE}`, 9, `0000 00 00 40 07 3f19999a c0 00000000`))),
    // close the session
    ...ask([message(0, 1, 8, ''), message(1, 1, 8, '')]),
  ],
  actions: { session: 3, discover: 1, read: 1, write: 2, configure: 1, control: 1, report: 1 },
  refused: { write: 1, control: 1 },
}
