import { ascii, type Conversation, client, hex, n, server, sizeOf } from '../conversation.ts'

/** IEEE C37.118.2 section 6: frames of PMU 7, with time and check sequence. */
function frame(type: number, seconds: number, content: string): string {
  const bytes = `aa${n((type << 4) | 1, 1)} ${n(sizeOf(content) + 16, 2)} 0007 ${n(1793696400 + seconds, 4)} 00000000 ${content}`
  let check = 0xffff
  for (const byte of hex(bytes)) {
    check ^= byte << 8
    for (let bit = 0; bit < 8; bit++) check = ((check << 1) ^ (check & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return bytes + n(check, 2)
}
const command = (word: number): string => frame(4, 0, n(word, 2))
/** one phasor in rectangular 16-bit numbers, frequency and its change; no analogs, no digitals; 50 Hz, 50 frames a second */
const configuration = frame(
  3,
  0,
  `000f4240 0001 ${ascii('Feeder 4', 16, ' ')} 0007 0000 0001 0000 0000 ${ascii('VA', 16, ' ')} 00000d8b 0001 0001 0032`,
)
const values = (seconds: number): string => frame(0, seconds, '0000 3039 0000 0000 0000')

export const conversation: Conversation = {
  over: 'tcp',
  port: 4712,
  said: [
    // send configuration 2
    client(command(5)),
    server(configuration),
    // data on, three of them, data off
    client(command(2)),
    server(values(1)),
    server(values(2)),
    server(values(3)),
    client(command(1)),
  ],
  actions: { read: 1, session: 2, report: 3 },
}
