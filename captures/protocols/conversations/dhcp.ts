import { ascii, ask, type Conversation, counted } from '../conversation.ts'

/** DHCP (RFC 2131): an address is renewed, directly at the server. */
const option = (code: string, content: string): string => code + counted(content, 1)
const message = (op: string, your: string, options: string): string =>
  `${op} 01 06 00 5a6b0051 0000 0000 0a3c0132 ${your} 00000000 00000000 026001000032 ${'00'.repeat(202)} 63825363 ${options} ff`

export const conversation: Conversation = {
  over: 'udp',
  port: 67,
  clientPort: 68,
  said: [
    ...ask([
      message(
        '01',
        '00000000',
        option('35', '03') + option('0c', ascii('drive-4')) + option('3c', ascii('SINAMICS')),
      ),
      message('02', '0a3c0132', option('35', '05') + option('36', '0a3c0232') + option('33', '00015180')),
    ]),
  ],
  actions: {},
}
