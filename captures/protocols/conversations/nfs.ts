import { ascii, ask, type Conversation, counted, n, sizeOf } from '../conversation.ts'

/** NFS version 3 (RFC 1813) over ONC RPC (RFC 5531), a record for each message: look up, read, write (which is refused). */
const record = (message: string): string => n(0x80000000 + sizeOf(message), 4) + message
const text = (words: string): string =>
  `${n(words.length, 4)} ${ascii(words, Math.ceil(words.length / 4) * 4)}`
/** AUTH_SYS: stamp, machine, user 1000, group 100 */
const WHO = `00000001 ${counted(`0000002a ${text('hmi-3')} 000003e8 00000064 00000000`, 4)} 0000000000000000`
const call = (number: string, procedure: number, body: string): string =>
  record(`${number} 00000000 00000002 000186a3 00000003 ${n(procedure, 4)} ${WHO} ${body}`)
const reply = (number: string, body: string): string =>
  record(`${number} 00000001 00000000 0000000000000000 00000000 ${body}`)
const handle = (last: string): string => counted(`0100070000000000 00000000000000${last}`, 4)
/** a file of 3 bytes, mode 644 */
const ATTRIBUTES = `00000001 00000001 000001a4 00000001 000003e8 00000064 ${n(3, 8)} ${n(4096, 8)} ${'00'.repeat(8)} ${n(1, 8)} ${n(7, 8)} ${'6a5b2f1000000000'.repeat(3)}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 2049,
  said: [
    // LOOKUP
    ...ask([
      call('5a000001', 3, `${handle('01')} ${text('recipe.txt')}`),
      reply('5a000001', `00000000 ${handle('07')} ${ATTRIBUTES} 00000000`),
    ]),
    // READ of 4096 bytes: three, and the end
    ...ask([
      call('5a000002', 6, `${handle('07')} ${n(0, 8)} 00001000`),
      reply('5a000002', `00000000 ${ATTRIBUTES} 00000003 00000001 ${text('abc')}`),
    ]),
    // WRITE: permission denied (13)
    ...ask([
      call('5a000003', 7, `${handle('07')} ${n(0, 8)} 00000003 00000002 ${text('xyz')}`),
      reply('5a000003', '0000000d 00000000 00000000'),
    ]),
  ],
  actions: { file: 3, read: 2, write: 1 },
  refused: { file: 1, write: 1 },
}
