import { expect, it } from 'vitest'
import { ntp } from '../../src/app/it/ntp.ts'
import { hex, probeText } from '../support/app-run.ts'

const NOW = 'ec3f1a20 80000000'
const NONE = '00000000 00000000'
const packet = (head: string, times: string[], delay = '0000 0010'): string =>
  `${head} ${delay} 00000020 47505300 ${times.join(' ')}`

it.each([
  ['a server', packet('24 01 06 e9', [NOW, NOW, NOW, NOW]), 'certain from server'],
  ['a client', packet('23 03 06 e9', [NOW, NONE, NONE, NOW]), 'certain from client'],
  ['a client that says little', packet('1b 00 00 00', [NONE, NONE, NONE, NONE]), 'unsure from client'],
  ['a clock that is not set', packet('24 00 06 e9', [NONE, NONE, NONE, NONE]), 'unsure from server'],
  ['a broadcast', packet('25 02 06 e9', [NOW, NONE, NONE, NOW]), 'certain'],
  [
    'with a digest',
    `${packet('24 01 06 e9', [NOW, NOW, NOW, NOW])} 00000001 ${'5a'.repeat(16)}`,
    'certain from server',
  ],
  [
    'a client that hides',
    packet('23 00 00 20', [NONE, NONE, NONE, '5a5a5a5a 00000000']),
    'unsure from client',
  ],
  ['a digest refused', `${packet('e4 00 03 e9', [NOW, NOW, NOW, NOW])} 00000000`, 'certain from server'],
  ['too far away', packet('24 01 06 e9', [NOW, NOW, NOW, NOW], '4142 4344'), 'not'],
  ['of another century', packet('24 01 06 e9', [NOW, NOW, NOW, '5a5a5a5a 00000000']), 'not'],
  ['a stratum that is none', packet('24 41 06 e9', [NOW, NOW, NOW, NOW]), 'not'],
  ['a length that is none', `${packet('24 01 06 e9', [NOW, NOW, NOW, NOW])} 0000 0000 0000 0000`, 'not'],
  ['control', '16 02 0001 0000 0000 0000 0000', 'unsure from client'],
  ['private', '17 00 03 2a 00000000', 'unsure'],
  ['zeroes', '00'.repeat(48), 'not'],
  ['text', Buffer.from('d'.repeat(48)).toString('hex'), 'not'],
])('%s', (_, bytes, what) => {
  expect(probeText(ntp, hex(bytes), { dstPort: 123 })).toBe(what)
})
