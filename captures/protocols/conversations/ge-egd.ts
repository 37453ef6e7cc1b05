import { type Conversation, client, le } from '../conversation.ts'

/** Ethernet Global Data (GE GFK-1541): type 13, version 1, number, producer, exchange 123, time, status, configuration, zero; data. */
const exchange = (number: number, nanoseconds: number, data: string): string =>
  `0d01 ${le(number, 2)} 0a3c0111 7b000000 10d2e96a ${le(nanoseconds, 4)} 01000000 01000100 00000000 ${data}`

export const conversation: Conversation = {
  over: 'udp',
  port: 18246,
  clientPort: 18246,
  said: [
    client(exchange(1, 120_000_000, '2f01 0000 0100 0700')),
    client(exchange(2, 320_000_000, '3001 0000 0100 0700')),
    client(exchange(3, 520_000_000, '3101 0000 0100 0700')),
  ],
  actions: { report: 3 },
}
