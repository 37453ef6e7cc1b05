import { describe, expect, it } from 'vitest'
import { ldap } from '../../src/app/it/ldap.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

const BIND = '300c 020101 6007 020103 0400 8000'
const BOUND = '300c 020101 6107 0a0100 0400 0400'
const SEARCH = '3025 020102 6320 0400 0a0100 0a0100 020100 020100 010100 870b 6f626a656374436c617373 3000'
const ENTRY = '3009 020102 6404 0400 3000'
const START_TLS = '301d 020101 7718 8016 312e332e362e312e342e312e313436362e3230303337'

describe('what is LDAP', () => {
  it.each([
    [BIND, 'certain from client'],
    [BOUND, 'certain from server'],
    [SEARCH, 'certain from client'],
    [ENTRY, 'certain from server'],
    [START_TLS, 'certain from client'],
    ['3005 020103 4200', 'certain from client'],
    ['3006 020103 500102', 'unsure from client'],
    // two bytes more than the message says
    ['300a 020101 6007 020103 0400 8000', 'not'],
    ['300c 020101 7f07 020103 0400 8000', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(ldap, hex(bytes), { dstPort: 389 })).toBe(what)
  })

  it('also in datagrams, where a message is all there', () => {
    expect(probeText(ldap, hex(SEARCH), { transport: UDP })).toBe('certain from client')
    expect(probeText(ldap, hex(SEARCH).subarray(0, 30), { transport: UDP })).toBe('not')
    expect(probeText(ldap, hex(SEARCH).subarray(0, 30), { transport: UDP, length: 39 })).toBe(
      'certain from client',
    )
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(ldap, bytes, { dstPort: 389 })).toBe('not'))
})

describe('what LDAP does', () => {
  it('logs in and reads', () => {
    expect(readAll(ldap, [client(BIND), server(BOUND), client(SEARCH), server(ENTRY)])).toEqual([
      { client: true },
      { act: ['session'], fn: 0 },
      { client: false },
      { answer: 0 },
      { client: true },
      { act: ['read'], fn: 3 },
      { client: false },
      { answer: 3 },
    ])
  })

  it('changes entries and passwords, and is refused', () => {
    const modify = '300c 020103 6607 0403 633d61 3000'
    const insufficient = '300c 020103 6707 0a0132 0400 0400'
    const password = '301e 020104 7719 8017 312e332e362e312e342e312e343230332e312e31312e31'
    expect(readAll(ldap, [client(modify), server(insufficient), client(password)])).toEqual([
      { client: true },
      { act: ['write'], fn: 6 },
      { client: false },
      { answer: 6, refused: true },
      { client: true },
      { act: ['configure'], fn: 23 },
    ])
  })

  it('goes on encrypted', () => {
    const told = readAll(ldap, [
      client(START_TLS),
      client('1603 0100 04 01020304'),
      server('0000 0004 60070102'),
    ])
    expect(told.slice(-3)).toEqual([{ detail: 'starttls', text: 'asked for' }, 'opaque', 'opaque'])
  })

  it('an operation that is none is unknown, and a cut one short', () => {
    expect(readAll(ldap, [client('300c 020101 7f07 020103 0400 8000')])).toEqual([
      { client: true },
      { act: ['unknown'], fn: 31 },
      'unfit',
    ])
    expect(readAll(ldap, [{ ...client('300c 0201'), length: 14 }], { transport: UDP })).toEqual(['short'])
  })

  it('has no message in other bytes', () => {
    expect(ldap.length!(hex('4745 5420 2f20'), 0, 6)).toBe(-1)
    expect(ldap.length!(hex('30'), 0, 1)).toBe(0)
    expect(ldap.length!(hex('3084 0000 0005 020101 4200'), 0, 11)).toBe(11)
  })
})
