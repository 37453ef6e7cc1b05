import {
  modbus,
  modbusRead,
  modbusReadInputs,
  modbusReadWrite,
  modbusRefusal,
  modbusWrite,
  modbusWriteMany,
} from '../../support/ot.ts'
import { ascii, ask, type Conversation, counted, hex } from '../conversation.ts'

/** Modbus/TCP: MODBUS Application Protocol V1.1b3, sections 6 and 7. */
const objects = ['Example Works', 'RTU-4', 'v2.1'].map((text, id) => `0${id}${counted(ascii(text), 1)}`)

export const conversation: Conversation = {
  over: 'tcp',
  port: 502,
  said: [
    // who are you: the three basic objects (function 43, MEI type 14)
    ...ask([
      modbus(1, 1, 0x2b, hex('0e 01 00')),
      modbus(1, 1, 0x2b, hex(`0e 01 01 00 00 03 ${objects.join('')}`)),
    ]),
    ...ask(modbusRead(2, 1, 100, [2305, 1, 0])),
    ...ask(modbusReadInputs(3, 1, 7, [4711])),
    ...ask(modbusWrite(4, 1, 200, 1500)),
    ...ask(modbusWriteMany(5, 1, 210, [1, 2, 3])),
    ...ask(modbusReadWrite(6, 1, 100, 2, 220, [9])),
    // counters of the line (function 8, subfunction 11)
    ...ask([modbus(7, 1, 8, hex('000b 0000')), modbus(7, 1, 8, hex('000b 0123'))]),
    // a register that is not there
    ...ask([modbusWrite(8, 1, 9000, 1)[0], modbusRefusal(8, 1, 6, 2)]),
  ],
  actions: { discover: 1, read: 3, write: 4, diagnose: 1 },
  refused: { write: 1 },
}
