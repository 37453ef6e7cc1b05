import { describe, expect, it } from 'vitest'
import { smb } from '../../src/app/it/smb.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, counted, digits, server, wide } from '../support/app-text.ts'

const le = (value: number, bytes: number): string => {
  const b = Buffer.alloc(bytes)
  b.writeUIntLE(value, 0, bytes)
  return b.toString('hex')
}
const frame = (body: string): string => `00${counted(body, 3)}`
const smb1 = (command: string, flags: string, rest: string): string =>
  frame(`ff534d42 ${command} 00000000 ${flags} ${'00'.repeat(22)} ${rest}`)
const smb2 = (command: number, isReply: boolean, body: string): string =>
  frame(
    `fe534d42 4000 0000 00000000 ${le(command, 2)} 0100 ${isReply ? '01' : '00'}000000 ${'00'.repeat(44)} ${body}`,
  )

/** NTLM's challenge, with the server's names, and the client's answer with its workstation. */
const challenge = (name: string): string => {
  const pairs = `0200 ${le(4, 2)} ${wide('PL')} 0100 ${le(2 * name.length, 2)} ${wide(name)} 0000 0000`
  const size = pairs.replace(/\s+/g, '').length / 2
  return `${digits('NTLMSSP\0')} 02000000 ${'00'.repeat(28)} ${le(size, 2)}${le(size, 2)}${le(48, 4)} ${pairs}`
}
const authenticate = (workstation: string): string =>
  `${digits('NTLMSSP\0')} 03000000 ${'00'.repeat(32)} ${le(2 * workstation.length, 2)}${le(2 * workstation.length, 2)}${le(64, 4)} ${'00'.repeat(12)} ${wide(workstation)}`

describe('what is SMB', () => {
  it.each([
    ['version 1 asks', smb1('72', '18', '00 0000'), 'certain from client'],
    ['version 1 answers', smb1('72', '98', '00 0000'), 'certain from server'],
    ['version 2 asks', smb2(0, false, '2400'), 'certain from client'],
    ['version 2 answers', smb2(0, true, '4100'), 'certain from server'],
    ['encrypted', frame(`fd534d42 ${'9c'.repeat(60)}`), 'certain'],
    ['a header of another length', smb2(0, false, '').replace('4000', '4100'), 'not'],
    ['other letters', frame(`ff534e42 ${'00'.repeat(40)}`), 'not'],
    ['zeroes', '00'.repeat(60), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(smb, hex(bytes))).toBe(what)
  })
})

describe('what SMB tells', () => {
  it('its dialect and the names that sign on', () => {
    expect(
      readAll(smb, [
        client(smb2(0, false, `2400 0500 ${'00'.repeat(32)}`)),
        server(smb2(0, true, `4100 0100 1103 ${'00'.repeat(60)}`)),
        server(smb2(1, true, `0900 0000 4800 a000 ${challenge('FILES')}`)),
        client(smb2(1, false, `1900 0000 ${'00'.repeat(20)} ${authenticate('ENG-7')}`)),
        client(smb2(5, false, `3900 ${'00'.repeat(20)}`)),
      ]),
    ).toEqual([
      { client: true },
      { client: false },
      { detail: 'version', text: '3.1.1' },
      { client: false },
      { heard: 'name', text: 'FILES' },
      { client: true },
      { heard: 'name', text: 'ENG-7' },
      { client: true },
      'done',
    ])
  })

  it('that a session or a share is encrypted', () => {
    expect(readAll(smb, [server(smb2(1, true, '0900 0400 4800 0000'))])).toEqual([
      { client: false },
      'opaque',
    ])
    expect(readAll(smb, [server(smb2(3, true, '1000 0100 00800000 00000000'))])).toEqual([
      { client: false },
      'opaque',
    ])
    expect(readAll(smb, [client(frame(`fd534d42 ${'9c'.repeat(60)}`))])).toEqual(['opaque', 'done'])
  })

  it('version 1', () => {
    expect(readAll(smb, [server(smb1('72', '98', '11 0000')), client(smb1('25', '18', '00 0000'))])).toEqual([
      { client: false },
      { detail: 'version', text: '1' },
      { client: true },
      'done',
    ])
  })

  it('no name that is cut', () => {
    const bytes = hex(smb2(1, true, `0900 0000 4800 a000 ${challenge('FILES')}`))
    expect(
      readAll(smb, [{ from: 'server', bytes: bytes.subarray(0, bytes.length - 40), length: bytes.length }]),
    ).toEqual([{ client: false }])
  })
})
