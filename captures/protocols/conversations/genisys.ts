import { ask, type Conversation, crc16, digits, hex, le } from '../conversation.ts'

/** Genisys: header, station, pairs of number and value, check sequence; bytes from f0 on are sent as two. Station 3. */
function message(content: string): string {
  const bytes = hex(content)
  const rest = [...bytes.subarray(1), ...hex(le(crc16(bytes, 0xa001, 0xffff), 2))]
  const escaped = rest.flatMap(byte => (byte >= 0xf0 ? [0xf0, byte & 0x0f] : [byte]))
  return digits([bytes[0], ...escaped, 0xf6])
}
/** acknowledged, and nothing to tell */
const ACKNOWLEDGE = 'f1 03 f6'

export const conversation: Conversation = {
  over: 'tcp',
  port: 10001,
  said: [
    // recall: all indications
    ...ask([message('fd 03'), message('f2 03 0005 01f1 0200')]),
    // acknowledge and poll; poll
    ...ask([message('fa 03'), ACKNOWLEDGE]),
    ...ask([message('fb 03'), message('f2 03 0104')]),
    // controls are checked back, then executed
    ...ask([message('fc 03 0081 0102'), message('f3 03 0081 0102')]),
    ...ask([message('fe 03'), ACKNOWLEDGE]),
  ],
  actions: { read: 3, control: 2 },
}
