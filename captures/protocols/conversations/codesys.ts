import { ask, type Conversation, countedLe, hex, le, n, sizeOf } from '../conversation.ts'

/**
 * CODESYS version 3 over TCP, as Kaspersky ICS CERT took it apart: block driver, datagram, channel, services. A message's check
 * is that of zip files.
 */
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return ~value >>> 0
}
const CLIENT = '2ddc 0a3c0121'
const PLC = '2ddc 0a3c0221'
/** magic and length; magic, hops, packet, service 64 (channels), number, words of both addresses; the channel from byte 20 on */
const block = (to: string, from: string, channel: string): string =>
  `000117e8 ${countedLe(`c56b 40 40 00 33 ${to} ${from} 0000 ${channel}`, 4, 8)}`
const request = (channel: string): string => block(PLC, CLIENT, channel)
const answer = (channel: string): string => block(CLIENT, PLC, channel)

/** protocol, length of this header, group, command, session, size, more; tags */
const service = (group: number, command: number, tags: string): string =>
  `55cd 1000 ${le(group, 2)} ${le(command, 2)} 11223344 ${le(sizeOf(tags), 4)} 00000000 ${tags}`
/** first block of a message on channel 1: flags, channel, number of the block, last one received, size, check */
const first = (flags: string, number: number, content: string): string =>
  `01 ${flags} 0100 ${le(number, 4)} ${le(number - 1, 4)} ${le(sizeOf(content), 4)} ${le(crc32(hex(content)), 4)} ${content}`
const asked = (
  number: number,
  group: number,
  command: number,
  tags: string,
  told: string,
): [string, string] => [
  request(first('81', number, service(group, command, tags))),
  answer(first('01', number, service(group | 0x80, command, told))),
]
const tag = (number: string, value: string): string => `${number} ${n(sizeOf(value) | 0x80, 1)}00 ${value}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 11740,
  said: [
    // open a channel: version, check, number, size of the buffer
    ...ask([
      request('c3 00 0101 5a5a1122 01000000 00401f00 05000000'),
      answer('83 00 0101 5a5a1122 01000000 00000100 00401f00 04000000'),
    ]),
    // device: who are you, then log in
    ...ask(asked(1, 1, 1, tag('01', '00000000'), tag('82', '02100000'))),
    ...ask(asked(2, 1, 2, tag('22', '01000000'), tag('82', '00000000'))),
    // monitoring: read, then write variables
    ...ask(asked(3, 9, 5, tag('81', '08010000'), tag('81', '2f010000'))),
    ...ask(asked(4, 9, 6, tag('81', '08010000 30010000'), tag('82', '00000000'))),
    // application: stop
    ...ask(asked(5, 2, 17, tag('11', '01000000'), tag('82', '00000000'))),
    // close the channel
    ...ask([request('c4 00 0101 5a5a1133 0100 0000'), answer('84 00 0101 5a5a1133 0100 0000')]),
  ],
  actions: { session: 3, discover: 1, read: 1, write: 1, control: 1 },
}
