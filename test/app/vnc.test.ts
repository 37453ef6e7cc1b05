import { expect, it } from 'vitest'
import { vnc } from '../../src/app/it/vnc.ts'
import { probeText, readAll } from '../support/app-run.ts'
import { ascii, client, server } from '../support/app-text.ts'

it('is known by its version, with both of which it is done', () => {
  expect(probeText(vnc, ascii('RFB 003.008\n'))).toBe('certain')
  expect(probeText(vnc, ascii('RFB 003.0x8\n'))).toBe('not')
  expect(probeText(vnc, ascii('RFB 003.008'))).toBe('not')
  expect(probeText(vnc, ascii('RFC 003.008\n'))).toBe('not')
  expect(readAll(vnc, [server(ascii('RFB 003.889\n')), client(ascii('RFB 003.008\n'))])).toEqual([
    { detail: 'version', text: '003.889' },
    { detail: 'version', text: '003.008' },
    'done',
  ])
})

it('its PDUs end after twelve bytes', () => {
  expect(vnc.length!(ascii('RFB 0'), 0, 5)).toBe(0)
  expect(vnc.length!(ascii('\x01\x02'), 0, 2)).toBe(-1)
  expect(vnc.length!(ascii('RFB 003.008\nmore'), 0, 16)).toBe(12)
})
