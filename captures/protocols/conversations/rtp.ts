import { ascii, type Conversation, client, counted, n, server } from '../conversation.ts'

/** RTP with its reports at the same port (RFC 3550, RFC 5761): sound in G.711; a sender's report is followed by its name. */
const sound = (number: number): string =>
  `80 00 ${n(number, 2)} ${n(number * 160, 4)} 5a5a0071 ${'d5'.repeat(160)}`
const report = `80 c8 0006 5a5a0071 ec6a3c4d 80000000 00000140 00000002 00000140 81 ca 0005 5a5a0071 01 ${counted(ascii('door-2@plant'), 1)} 0000`
const received = `81 c9 0007 7b7b0071 5a5a0071 00 000000 00000002 00000010 3c4d8000 00000000 81 ca 0004 7b7b0071 01 ${counted(ascii('desk-1@p'), 1)} 0000`

export const conversation: Conversation = {
  over: 'udp',
  port: 5004,
  clientPort: 5004,
  said: [client(sound(1)), client(sound(2)), client(report), server(received)],
  actions: {},
}
