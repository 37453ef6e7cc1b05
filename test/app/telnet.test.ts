import { expect, it } from 'vitest'
import { telnet } from '../../src/app/it/telnet.ts'
import { hex, probeText } from '../support/app-run.ts'
import { ascii } from '../support/app-text.ts'

it.each([
  ['options', hex('fffd18 fffd20 fffd23 fffd27'), 'certain'],
  ['an option and its value', hex('fffb1f fffa1f 0050 0018 fff0'), 'certain'],
  ['one option', hex('fffd03'), 'unsure'],
  ['a value alone', hex('fffa1f 0050 0018 fff0'), 'unsure'],
  ['an option that is none', hex('fffd7f fffd18'), 'not'],
  ['a command that negotiates nothing', hex('fff418 fffd18'), 'not'],
  ['ones', new Uint8Array(32).fill(0xff), 'not'],
  ['a prompt', ascii('\r\nSwitch 12\r\n\r\nUsername: '), 'unsure from server'],
  ['other text', ascii('hello there\r\n'), 'not'],
])('%s', (_, bytes, what) => {
  expect(probeText(telnet, bytes, { srcPort: 23 })).toBe(what)
})

it('a prompt elsewhere is no hint', () => {
  expect(probeText(telnet, ascii('Username: '), { srcPort: 4000 })).toBe('not')
})
