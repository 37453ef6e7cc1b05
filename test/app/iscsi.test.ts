import { describe, expect, it } from 'vitest'
import { iscsi } from '../../src/app/it/iscsi.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

/** A PDU: its first four bytes, keys as data, and what stands where in the header. */
function pdu(first: string, keys: string[] = [], at: Readonly<Record<number, string>> = {}): Uint8Array {
  const data = Buffer.from(keys.map(key => `${key}\0`).join(''))
  const bytes = Buffer.alloc(48 + ((data.length + 3) & ~3))
  hex(first).forEach((byte, i) => {
    bytes[i] = byte
  })
  bytes.writeUIntBE(data.length, 5, 3)
  bytes.writeUInt32BE(7, 16)
  for (const [where, text] of Object.entries(at)) Buffer.from(hex(text)).copy(bytes, Number(where))
  data.copy(bytes, 48)
  return Uint8Array.from(bytes)
}
const client = (bytes: Uint8Array): Said => ({ from: 'client', bytes })
const server = (bytes: Uint8Array): Said => ({ from: 'server', bytes })

const LOGIN = pdu('43870000', ['InitiatorName=iqn.2026-01.plant:esx-a', 'HeaderDigest=CRC32C,None'])
const LOGGED_IN = pdu('23870000', ['TargetPortalGroupTag=1', 'HeaderDigest=None'])
const DENIED = pdu('23000000', ['TargetPortalGroupTag=1'], { 36: '0201' })
const command = (cdb: string) => pdu('01c10000', [], { 32: cdb })

describe('what is iSCSI', () => {
  it.each([
    ['login', LOGIN, 'certain from client'],
    ['answer to a login', LOGGED_IN, 'certain from server'],
    ['login without keys', pdu('43810000'), 'unsure from client'],
    ['command', command('2800 00000010 00 0008 00'), 'unsure from client'],
    ['an opcode there is not', pdu('0f800000'), 'not'],
    ['less than it says', LOGIN.subarray(0, 60), 'not'],
  ])('%s', (_, bytes, what) => expect(probeText(iscsi, bytes, { dstPort: 3260 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(iscsi, bytes, { dstPort: 3260 })).toBe('not'))

  it('has its length from eight bytes', () => {
    expect(iscsi.length!(LOGIN, 0, 8)).toBe(LOGIN.length)
    expect(iscsi.length!(LOGIN, 0, 7)).toBe(0)
    expect(iscsi.length!(hex('4f000000 00000000'), 0, 8)).toBe(-1)
  })
})

describe('what iSCSI does', () => {
  it('logs in, or is denied', () => {
    expect(readAll(iscsi, [client(LOGIN), server(LOGGED_IN), server(DENIED)])).toEqual([
      { client: true },
      { act: ['session'], fn: 3 },
      { heard: 'name', text: 'iqn.2026-01.plant:esx-a' },
      { client: false },
      { answer: 3 },
      { client: false },
      { answer: 3, refused: true },
    ])
  })

  it.each([
    ['2800 00000010 00 0008 00', { act: ['read'], fn: 296, area: 0, first: 16, last: 23 }],
    ['2a00 00000010 00 0001 00', { act: ['write'], fn: 298, area: 0, first: 16, last: 16 }],
    ['8800 00000000 00000020 00000002 0000', { act: ['read'], fn: 392, area: 0, first: 32, last: 33 }],
    ['1200 0000 2400', { act: ['discover'], fn: 274 }],
    ['0400 0000 0000', { act: ['unknown'], fn: 260 }],
  ])('%s', (cdb, told) => expect(readAll(iscsi, [client(command(cdb))])[1]).toEqual(told))

  it('names blocks', () => expect(iscsi.areaText!(0, 16, 23)).toBe('blocks 16-23'))

  it('is not read on where checksums follow', () => {
    const told = readAll(iscsi, [server(pdu('23870000', ['TargetPortalGroupTag=1', 'HeaderDigest=CRC32C']))])
    expect(told.at(-1)).toBe('done')
  })

  it('a cut command is unknown', () => {
    const cut = { from: 'client', bytes: command('2a00').subarray(0, 20), length: 48 } as const
    expect(readAll(iscsi, [cut])).toEqual([{ client: true }, { act: ['unknown'], fn: 1 }, 'short'])
  })
})
