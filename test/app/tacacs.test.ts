import { describe, expect, it } from 'vitest'
import { tacacs } from '../../src/app/it/tacacs.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const BODY = '11aa22bb33cc44dd'
const START = `c0 01 01 00 1a2b3c4d 00000008 ${BODY}`
const REPLY = `c0 01 02 00 1a2b3c4d 00000008 ${BODY}`

describe('what is TACACS+', () => {
  it.each([
    [START, 'certain from client'],
    [REPLY, 'certain from server'],
    [`c1 03 01 05 1a2b3c4d 00000008 ${BODY}`, 'certain from client'],
    [`c0 04 01 00 1a2b3c4d 00000008 ${BODY}`, 'not'],
    [`c0 01 01 02 1a2b3c4d 00000008 ${BODY}`, 'not'],
    [`c0 01 00 00 1a2b3c4d 00000008 ${BODY}`, 'not'],
    [`${START} ${START}`, 'certain from client'],
    [`c0 01 01 00 1a2b3c4d 00000009 ${BODY}`, 'unsure from client'],
    [`c0 01 01 00 1a2b3c4d 01000009 ${BODY}`, 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(tacacs, hex(bytes), { dstPort: 49 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(tacacs, bytes, { dstPort: 49 })).toBe('not'))
})

describe('what TACACS+ does', () => {
  it('logs in, hidden or in clear', () => {
    expect(
      readAll(tacacs, [client(START), server(REPLY), client(`c0 02 01 01 1a2b3c4d 00000008 ${BODY}`)]),
    ).toEqual([
      { client: true },
      { act: ['session'], fn: 1 },
      'opaque',
      { client: false },
      { answer: 1 },
      'opaque',
      { client: true },
      { act: ['session'], fn: 2 },
    ])
  })

  it('has its length from the header', () => {
    expect(tacacs.length!(hex(START), 0, 12)).toBe(20)
    expect(tacacs.length!(hex(START), 0, 11)).toBe(0)
    expect(tacacs.length!(hex('5353 482d'), 0, 4)).toBe(-1)
  })

  it('cut is short', () =>
    expect(readAll(tacacs, [{ ...client('c001 0100 1a2b'), length: 20 }], { transport: 17 })).toEqual([
      'short',
    ]))
})
