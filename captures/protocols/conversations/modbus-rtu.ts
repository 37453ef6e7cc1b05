import { ascii, ask, type Conversation, counted, crc16, digits, hex, le, n } from '../conversation.ts'

/** Modbus RTU over TCP: unit, PDU, check sequence (MODBUS over Serial Line V1.02, section 2.5.1). Unit 17. */
const UNIT = 0x11
function frame(pdu: string): string {
  const content = `${n(UNIT, 1)}${pdu}`
  return `${content}${le(crc16(hex(content), 0xa001, 0xffff), 2)}`
}

export const conversation: Conversation = {
  over: 'tcp',
  port: 502,
  said: [
    // who are you (function 17): identity and a run indicator
    ...ask([frame('11'), frame(`11 ${counted(`${ascii('RTU-4')}ff`, 1)}`)]),
    // holding registers, input registers
    ...ask([frame('03 0064 0003'), frame('03 06 0901 0001 0000')]),
    ...ask([frame('04 0007 0001'), frame('04 02 1267')]),
    // two registers from 0 on: Modbus/TCP could look like this
    ...ask([frame('03 0000 0002'), frame('03 04 0000 0001')]),
    // a coil is switched on, registers are written
    ...ask([frame('05 0010 ff00'), frame('05 0010 ff00')]),
    ...ask([frame('10 00d2 0002 04 0001 0002'), frame('10 00d2 0002')]),
    // exception status
    ...ask([frame('07'), frame(`07 ${digits([0x6d])}`)]),
    // a register that is not there
    ...ask([frame('06 2328 0001'), frame('86 02')]),
  ],
  actions: { discover: 1, read: 3, write: 3, diagnose: 1 },
  refused: { write: 1 },
}
