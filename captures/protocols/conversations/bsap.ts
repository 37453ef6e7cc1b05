import { ascii, ask, type Conversation, crc16, hex, le } from '../conversation.ts'

/** BSAP serial frames in UDP (Bristol 4041A): DLE STX, address, number, function, ..., DLE ETX, CRC-CCITT. Station 1. */
const frame = (body: string): string => `1002 ${body} 1003 ${le(crc16(hex(`${body}03`), 0x8408, 0xffff), 2)}`
/** for the data base (a0), sequence, who asks (3), status; function of the data base; what of each signal; how many; name */
const byName = (number: string, fn: string, name: string, value = ''): string =>
  frame(`01 ${number} a0 e308 03 00 ${fn} 01 40 0f 01 ${ascii(`${name}\0`)} ${value}`)
const answer = (number: string, told: string): string => frame(`00 ${number} 03 e308 a0 00 ${told}`)

export const conversation: Conversation = {
  over: 'udp',
  port: 1235,
  clientPort: 1235,
  said: [
    ...ask([byName('21', '04', 'FLOW.1.'), answer('21', '00 01 82 df82be3f')]),
    ...ask([byName('22', '04', 'LEVEL.1.'), answer('22', '00 01 82 00004842')]),
    ...ask([byName('23', '84', 'SETPT.1.', '04 00005042'), answer('23', '00 01')]),
  ],
  actions: { read: 2, write: 1 },
}
