import { expect, it } from 'vitest'
import { stun } from '../../src/app/it/stun.ts'
import { TCP } from '../../src/app/protocol.ts'
import { hex, probeText } from '../support/app-run.ts'

const id = '5a'.repeat(12)

it.each([
  ['a request', `0001 0000 2112a442 ${id}`, 'certain from client'],
  ['an answer', `0101 0008 2112a442 ${id} 8022 0004 61626364`, 'certain from server'],
  ['an indication', `0011 0000 2112a442 ${id}`, 'certain'],
  ['more than its length', `0001 0000 2112a442 ${id} 00000000`, 'not'],
  ['a length that is no words', `0001 0002 2112a442 ${id} 0000`, 'not'],
  [
    'without cookie, attributes come out even',
    `0001 0008 11111111 ${id} 0003 0004 00000000`,
    'unsure from client',
  ],
  ['without cookie, they do not', `0001 0008 11111111 ${id} 0003 0010 00000000`, 'not'],
  ['without cookie and attributes', `0001 0000 11111111 ${id}`, 'not'],
  ['zeroes', '00'.repeat(20), 'not'],
])('%s', (_, bytes, what) => {
  expect(probeText(stun, hex(bytes))).toBe(what)
})

it('over TCP several may come at once', () => {
  const one = `0001 0000 2112a442 ${id}`
  expect(probeText(stun, hex(one + one), { transport: TCP })).toBe('certain from client')
})
