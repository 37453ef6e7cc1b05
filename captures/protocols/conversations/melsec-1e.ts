import { ask, type Conversation } from '../conversation.ts'

/** MELSEC 1E frames (Mitsubishi, MELSEC Communication Protocol Reference Manual, section 18): command, PC, timer, what. */
export const conversation: Conversation = {
  over: 'tcp',
  port: 5007,
  said: [
    // words D100 to 101
    ...ask(['01 ff 0a00 64000000 2044 02 00', '81 00 2f01 3001']),
    // type of the CPU
    ...ask(['15 ff 0a00', '95 00 a2 00']),
    // write D100; M16 and 17, which is refused
    ...ask(['03 ff 0a00 64000000 2044 01 00 3101', '83 00']),
    ...ask(['02 ff 0a00 10000000 204d 02 00 11', '82 5b 10 00']),
    // remote stop
    ...ask(['14 ff 0a00', '94 00']),
  ],
  actions: { discover: 1, read: 1, write: 2, control: 1 },
  refused: { write: 1 },
}
