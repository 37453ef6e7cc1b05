import { ascii, ask, type Conversation, countedLe } from '../conversation.ts'

/** MELSEC 3E frames in binary (SLMP Reference Manual, CC-Link Partner Association BAP-C2006): to the CPU of this station. */
const asked = (command: string, answer: string): [string, string] => [
  `5000 00 ff ff03 00 ${countedLe(`1000 ${command}`, 2)}`,
  `d000 00 ff ff03 00 ${countedLe(answer, 2)}`,
]

export const conversation: Conversation = {
  over: 'tcp',
  port: 5007,
  said: [
    // read type name
    ...ask(asked('0101 0000', `0000 ${ascii('Q03UDECPU', 16, ' ')} 6802`)),
    // read D100 to 101 by words, M16 to 17 by bits
    ...ask(asked('0104 0000 640000 a8 0200', '0000 2f01 3001')),
    ...ask(asked('0104 0100 100000 90 0200', '0000 10')),
    ...ask(asked('0114 0000 640000 a8 0100 3101', '0000')),
    // beyond the last D: error code c056, then who says so
    ...ask(asked('0114 0000 ffff0f a8 0100 3101', '56c0 00 ff ff03 00 0114 0000')),
    // remote stop
    ...ask(asked('0210 0000 0100', '0000')),
  ],
  actions: { discover: 1, read: 2, write: 2, control: 1 },
  refused: { write: 1 },
}
