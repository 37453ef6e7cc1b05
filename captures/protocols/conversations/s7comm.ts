import { s7connect, s7download, s7read, s7setup, s7write } from '../../support/ot.ts'
import { ascii, ask, type Conversation, counted, dt, hex, n, sizeOf } from '../conversation.ts'

/** S7comm as its dissectors describe it (Wireshark's packet-s7comm): header, parameters, data. */
const pdu = (kind: number, reference: number, parameters: string, data: string, error = ''): string =>
  dt(
    `32 ${n(kind, 1)} 0000 ${n(reference, 2)} ${n(sizeOf(parameters), 2)} ${n(sizeOf(data), 2)} ${error} ${parameters} ${data}`,
  )
const acknowledged = (reference: number, parameters: string, data = '', error = '0000'): string =>
  pdu(3, reference, parameters, data, error)

/** record of system status list 0011, index 1: the order number of the module */
const record = `0001 ${ascii('6ES7 315-2EH14-0AB0', 20, ' ')} 00c0 0003 0001`
const asksList = pdu(7, 2, '000112 04 11 44 01 00', `ff 09 ${counted('0011 0001', 2)}`)
const list = pdu(
  7,
  2,
  '000112 08 12 84 01 01 00 00 0000',
  `ff 09 ${counted(`0011 0001 001c 0001 ${record}`, 2)}`,
)

export const conversation: Conversation = {
  over: 'tcp',
  port: 102,
  said: [
    ...ask(s7connect(2)),
    ...ask(s7setup(1)),
    ...ask([asksList, list]),
    ...ask(s7read(3, 10, 0, hex('42280166'))),
    ...ask(s7write(4, 10, 4, hex('0007'))),
    // a data block that is not there: object does not exist
    ...ask([s7write(5, 99, 0, hex('0001'))[0], acknowledged(5, '05 01', '0a')]),
    ...ask(s7download(6, 35)),
    // stop
    ...ask([pdu(1, 7, `29 0000000000 ${counted(ascii('P_PROGRAM'), 1)}`, ''), acknowledged(7, '29')]),
  ],
  actions: { session: 2, discover: 1, read: 1, write: 2, program: 1, control: 1 },
  refused: { write: 1 },
}
