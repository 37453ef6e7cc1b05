import { describe, expect, it } from 'vitest'
import { rdp } from '../../src/app/it/rdp.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, digits, number, server } from '../support/app-text.ts'

/** TPKT and X.224 around what follows the class. */
const x224 = (code: string, rest: string, references = '0000 0000'): string => {
  const part = `${code}${references}00${rest}`.replace(/\s+/g, '')
  const li = part.length / 2
  return `0300${number(li + 5, 2)}${number(li, 1)}${part}`
}
const cookie = digits('Cookie: mstshash=operator\r\n')
const syn = `ffffffff 0040 1801 ee4071dc 04d0 04d0 ${'00'.repeat(1216)}`

describe('what is Remote Desktop', () => {
  it.each([
    ['a negotiation', x224('e0', '01 00 0800 0b000000'), 'certain from client'],
    ['a cookie', x224('e0', cookie), 'certain from client'],
    ['a cookie and a negotiation', x224('e0', `${cookie}01000800 03000000`), 'certain from client'],
    ['a choice', x224('d0', '02 1f 0800 02000000', '0000 1234'), 'certain from server'],
    ['a refusal', x224('d0', '03 00 0800 05000000', '0000 1234'), 'certain from server'],
    ['nothing of either', x224('e0', ''), 'unsure from client'],
    ['S7: TSAPs', x224('e0', 'c0010a c1020100 c2020102', '0000 0001'), 'not'],
    ['S7: confirmed', x224('d0', 'c0010a c1020100 c2020102', '0001 0002'), 'not'],
    ['MMS: TSAPs', x224('e0', 'c0010d c2020001 c1020001', '0000 0001'), 'not'],
    ['data', '0300001f 02f080 3201 0000', 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(rdp, hex(bytes))).toBe(what)
  })

  it('over UDP, by a first datagram of the size it asks for', () => {
    expect(probeText(rdp, hex(syn), { transport: UDP })).toBe('certain from client')
    expect(probeText(rdp, hex(syn).subarray(0, 1000), { transport: UDP })).toBe('not')
    expect(probeText(rdp, new Uint8Array(1232).fill(0xff), { transport: UDP })).toBe('not')
  })
})

describe('what Remote Desktop tells', () => {
  it('the security that was chosen', () => {
    expect(
      readAll(rdp, [
        client(x224('e0', `${cookie}01000800 03000000`)),
        server(x224('d0', '02 1f 0800 02000000', '0000 1234')),
      ]),
    ).toEqual([
      { client: true },
      { client: false },
      { detail: 'security', text: 'CredSSP' },
      'opaque',
      'done',
    ])
  })

  it('nothing more once it is encrypted', () => {
    expect(readAll(rdp, [client('1603010010 01'.padEnd(43, '0'))])).toEqual(['opaque', 'done'])
    expect(rdp.length!(hex('4745'), 0, 2)).toBe(-1)
    expect(rdp.length!(hex('0300'), 0, 2)).toBe(0)
  })
})
