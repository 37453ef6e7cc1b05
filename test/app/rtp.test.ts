import { expect, it } from 'vitest'
import { rtp } from '../../src/app/it/rtp.ts'
import { hex, probeText } from '../support/app-run.ts'

const head = '1234 0000a0a0 5a5a5a5a'
const sender = `80c80006 5a5a5a5a ${'11'.repeat(20)}`
const source = `81ca0002 5a5a5a5a 0101 6100`

it.each([
  ['sound', `8000 ${head} ${'d5'.repeat(160)}`, 'unsure'],
  ['video', `80e0 ${head} ${'41'.repeat(900)}`, 'unsure'],
  ['a type that is none', `8045 ${head} ${'d5'.repeat(160)}`, 'not'],
  ['another version', `4000 ${head} ${'d5'.repeat(160)}`, 'not'],
  ['nothing behind the header', `8000 ${head}`, 'not'],
  ['more padding than content', `a000 ${head} ${'d5'.repeat(16)} ff`, 'not'],
  ['a report and its source', `${sender} ${source}`, 'certain'],
  ['a report alone', sender, 'unsure'],
  ['a report longer than the datagram', '80c80106 5a5a5a5a', 'not'],
  ['zeroes', '00'.repeat(64), 'not'],
])('%s', (_, bytes, what) => {
  expect(probeText(rtp, hex(bytes))).toBe(what)
})
