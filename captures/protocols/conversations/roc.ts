import { ascii, ask, type Conversation, counted, crc16, hex, le, n } from '../conversation.ts'

/** ROC Plus (Emerson A6127): destination and source (unit, group), opcode, length, data, CRC. Host 1, device 5 of group 2. */
const message = (ends: string, opcode: number, data: string): string => {
  const bytes = `${ends} ${n(opcode, 1)} ${counted(data, 1)}`
  return bytes + le(crc16(hex(bytes), 0xa001, 0xffff), 2)
}
const asked = (opcode: number, data: string, answer: string, answers = opcode): [string, string] => [
  message('05 02 01 00', opcode, data),
  message('01 00 05 02', answers, answer),
]

export const conversation: Conversation = {
  over: 'tcp',
  port: 4000,
  said: [
    // login
    ...ask(asked(17, `${ascii('LOI')} e803 00`, '')),
    // system configuration
    ...ask(asked(6, '', `00 02 00 4e 01 00 ${'00'.repeat(30)}`)),
    // read the clock; set it
    ...ask(asked(7, '', '00 00 09 03 0b ea07 03')),
    ...ask(asked(8, '01 00 09 03 0b ea07', '')),
    // read two parameters of an analog input (type 3, point 1, from parameter 4), write one
    ...ask(asked(167, '03 01 02 04', '03 01 02 04 00004842 00007a42')),
    ...ask(asked(166, '03 01 01 04 00005042', '')),
    // one that is read only: error 20 for opcode 166
    ...ask(asked(166, '03 01 01 0c 00005042', '14 05', 255)),
  ],
  actions: { session: 1, discover: 1, read: 2, time: 1, write: 2 },
  refused: { write: 1 },
}
