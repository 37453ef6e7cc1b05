import { ascii, ask, type Conversation, n, sizeOf } from '../conversation.ts'

/** The context manager of PROFINET (IEC 61158-6-10) over connectionless DCE/RPC (C706, chapter 12). */
const CONTROLLER_OBJECT = 'dea00000 6c97 11d1 8271 0001 01fe 002a'
const DEVICE = 'dea00001 6c97 11d1 8271 00a02442df7d'
const ACTIVITY = '5a1f0c11 2233 11f1 8844 001b1b60011c'
const RELATION = '77aa0011 2233 11f1 8844 001b1b60011c'
/** version 4, a request or its response, idempotent; object, interface, activity; boot, version, number, operation, hints, length */
const call = (type: number, number: number, operation: number, body: string): string =>
  `04 ${n(type, 1)} 20 00 00 0000 00 ${CONTROLLER_OBJECT} ${DEVICE} ${ACTIVITY} 6a5b2f10 00000001 ${n(number, 4)} ${n(operation, 2)} ffff ffff ${n(sizeOf(body), 2)} 0000 00 00 ${body}`
/** NDR: largest answer or status, lengths; blocks */
const args = (blocks: string): string =>
  `000010a0 ${n(sizeOf(blocks), 4)} 000010a0 00000000 ${n(sizeOf(blocks), 4)} ${blocks}`
const answered = (blocks: string, status = '00000000'): string => `${status} ${args(blocks).slice(9)}`
const asked = (
  number: number,
  operation: number,
  blocks: string,
  told: string,
  status?: string,
): [string, string] => [
  call(0, number, operation, args(blocks)),
  call(2, number, operation, answered(told, status)),
]
const block = (type: string, body: string): string => `${type} ${n(sizeOf(body) + 2, 2)} 0100 ${body}`
const record = (type: string, index: string, data: string, length = sizeOf(data)): string =>
  `${block(type, `0001 ${RELATION} 00000000 0001 0001 0000 ${index} ${n(length, 4)} ${'00'.repeat(24)}`)} ${data}`

const STATION = ascii('press-cpu')
const relation = block(
  '0101',
  `0001 ${RELATION} 0001 001b1b60011c ${CONTROLLER_OBJECT} 00000011 0064 8892 0009 ${STATION}`,
)
const accepted = block('8101', `0001 ${RELATION} 0001 001b1b60021c 8894`)
const parameters = (type: string, command: string): string =>
  block(type, `0000 ${RELATION} 0001 0000 ${command} 0000`)
/** identification and maintenance 0: order number, serial number, revisions */
const IM0 = block(
  '0020',
  `002a ${ascii('6ES7 155-6AU01-0BN0', 20, ' ')} ${ascii('S C-12345678', 16, ' ')} 0005 56 040201 0000 0000 0001 0101 001e`,
)

export const conversation: Conversation = {
  over: 'udp',
  port: 34964,
  said: [
    ...ask(asked(0, 0, relation, accepted)),
    // write a record of parameters to slot 1
    ...ask(asked(1, 3, record('0008', '0001', '00000201'), record('8008', '0001', '', 4))),
    // another one, which the device does not have: negative answer of the read or write
    ...ask(asked(2, 3, record('0008', '7fff', '00000201'), record('8008', '7fff', '', 0), 'df80b000')),
    // end of parameters
    ...ask(asked(3, 4, parameters('0110', '0001'), parameters('8110', '0008'))),
    ...ask(asked(4, 2, record('0009', 'aff0', '', 512), record('8009', 'aff0', IM0))),
    // release
    ...ask(asked(5, 1, parameters('0114', '0004'), parameters('8114', '0008'))),
  ],
  actions: { session: 3, write: 2, configure: 2, read: 1 },
  refused: { write: 1, configure: 1 },
}
