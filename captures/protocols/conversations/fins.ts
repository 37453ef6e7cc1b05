import { ascii, ask, type Conversation, n } from '../conversation.ts'

/** FINS (Omron W227, section 5): to node 12 from node 10 of the same network, and the answers with their end code. */
const asked = (number: number, command: string, parameters: string, answer: string): [string, string] => [
  `80 00 02 00 0c 00 00 0a 00 ${n(number, 1)} ${command} ${parameters}`,
  `c0 00 02 00 0a 00 00 0c 00 ${n(number, 1)} ${command} ${answer}`,
]

export const conversation: Conversation = {
  over: 'udp',
  port: 9600,
  clientPort: 9600,
  said: [
    // controller data: model and version, then the size of its memory
    ...ask(
      asked(
        1,
        '0501',
        '00',
        `0000 ${ascii('CJ2M-CPU33', 20, ' ')} ${ascii('02.01', 20, ' ')} ${'00'.repeat(52)}`,
      ),
    ),
    // controller status: run, no error
    ...ask(asked(2, '0601', '', `0000 01 02 0000 0000 0000 0000 ${ascii('', 16, ' ')}`)),
    // DM 100 to 101
    ...ask(asked(3, '0101', '82 0064 00 0002', '0000 012f 0130')),
    ...ask(asked(4, '0102', '82 0064 00 0001 0131', '0000')),
    // beyond the end of the area
    ...ask(asked(5, '0102', '82 7fff 00 0002 0000 0000', '1104')),
    // clock, stop
    ...ask(asked(6, '0702', '26 11 03 09 00 00 02', '0000')),
    ...ask(asked(7, '0402', '', '0000')),
  ],
  actions: { discover: 1, diagnose: 1, read: 1, write: 2, time: 1, control: 1 },
  refused: { write: 1 },
}
