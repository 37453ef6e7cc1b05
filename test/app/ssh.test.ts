import { describe, expect, it } from 'vitest'
import { ssh } from '../../src/app/it/ssh.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { ascii, client, counted, digits, number, server } from '../support/app-text.ts'

const methods = 'curve25519-sha256,ecdh-sha2-nistp256'
const kex = (() => {
  const body = `04 14 ${'9d'.repeat(16)} ${counted(digits(methods), 4)} ${'00'.repeat(60)}`.replace(
    /\s+/g,
    '',
  )
  return number(body.length / 2, 4) + body
})()

describe('what is SSH', () => {
  it.each([
    ['a version', ascii('SSH-2.0-OpenSSH_9.6\r\n'), 'certain'],
    ['an old version', ascii('SSH-1.99-Cisco-1.25\n'), 'certain'],
    ['a key exchange', hex(kex), 'certain'],
    ['another packet', hex(kex.replace('0414', '041e')), 'not'],
    ['other text', ascii('SSH is not here\r\n'), 'not'],
    ['zeroes', new Uint8Array(64), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(ssh, bytes)).toBe(what)
  })
})

describe('what SSH tells', () => {
  it('the versions of both ends', () => {
    expect(
      readAll(ssh, [server(ascii('SSH-2.0-dropbear_2022.83\r\n')), client(ascii('SSH-2.0-PuTTY\r\n'))]),
    ).toEqual([
      { detail: 'server', text: 'SSH-2.0-dropbear_2022.83' },
      'opaque',
      { detail: 'client', text: 'SSH-2.0-PuTTY' },
      'opaque',
      'done',
    ])
  })

  it('of one end alone, until packets follow', () => {
    expect(readAll(ssh, [client(ascii('SSH-2.0-a\r\n')), client(kex)])).toEqual([
      { detail: 'client', text: 'SSH-2.0-a' },
      'opaque',
      'opaque',
      'done',
    ])
  })

  it('where PDUs end', () => {
    const length = (bytes: Uint8Array): number => ssh.length!(bytes, 0, bytes.length)
    expect(length(ascii('SSH-2.0-a\r\nrest'))).toBe(11)
    expect(length(ascii('SSH-2.0-a'))).toBe(0)
    expect(length(ascii(`SSH-2.0-${'a'.repeat(300)}`))).toBe(-1)
    expect(length(hex('00000120 0a'))).toBe(0x124)
    expect(length(hex('7fffffff 0a'))).toBe(-1)
  })
})
