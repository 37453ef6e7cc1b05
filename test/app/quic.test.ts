import { describe, expect, it } from 'vitest'
import { quic } from '../../src/app/it/quic.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, server } from '../support/app-text.ts'

const filled = (bytes: string, length = 1200): string => bytes.replace(/\s+/g, '').padEnd(2 * length, 'a7')
const ids = `08 ${'5a'.repeat(8)} 00`

describe('what is QUIC', () => {
  it.each([
    ['version 1', filled(`c3 00000001 ${ids}`), 'certain'],
    ['an answer', filled(`c1 00000001 00 08 ${'6b'.repeat(8)}`, 200), 'certain from server'],
    ['early data', filled(`d3 00000001 ${ids}`), 'certain from client'],
    ['a retry', filled(`f0 00000001 00 08 ${'6b'.repeat(8)}`, 100), 'certain from server'],
    ['version 2', filled(`c3 6b3343cf ${ids}`), 'certain'],
    ['a draft', filled(`c3 ff00001d ${ids}`), 'certain'],
    ['Google', filled(`c3 51303530 ${ids}`), 'certain'],
    ['older Google', filled(`0d ${'5a'.repeat(8)} 51303339 01`), 'certain from client'],
    ['a version to be refused', filled(`c3 1a2a3a4a ${ids}`), 'certain from client'],
    [
      'versions to choose from',
      `80 00000000 00 08 ${'6b'.repeat(8)} 00000001 6b3343cf`,
      'certain from server',
    ],
    ['versions that nobody has', `80 00000000 00 08 ${'6b'.repeat(8)} 01234567`, 'not'],
    ['without the fixed bit', filled(`83 00000001 ${ids}`), 'not'],
    ['an identity that is too long', filled(`c3 00000001 20 ${'5a'.repeat(32)}`), 'not'],
    ['another version', filled(`c3 12345678 ${ids}`), 'not'],
    ['a short header', filled('43'), 'not'],
    ['zeroes', '00'.repeat(100), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(quic, hex(bytes))).toBe(what)
  })
})

it('tells its version, and that the rest is encrypted', () => {
  expect(readAll(quic, [client(filled(`c3 ff00001d ${ids}`))])).toEqual([
    { detail: 'version', text: 'draft 29' },
    'opaque',
    'done',
  ])
  expect(readAll(quic, [server(`80 00000000 00 08 ${'6b'.repeat(8)} 00000001 6b3343cf`)])).toEqual([])
})
