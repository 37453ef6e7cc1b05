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
    ['a login that goes on', LOGIN.subarray(0, 64), 'certain from client'],
    ['less than it says, and no key', LOGIN.subarray(0, 60), 'not'],
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

  /** A response to command 7: its status, and sense data where there are any. */
  const response = (status: string, sense = '') => {
    const data = sense === '' ? '' : `${hex(sense).length.toString(16).padStart(4, '0')}${sense}`
    const header = pdu(`218000${status}`)
    header[7] = hex(data).length
    return Uint8Array.from([...header, ...hex(data), ...new Uint8Array(-hex(data).length & 3)])
  }
  const fixed = (key: string) => `7000${key}000000 0a 00000000 2900 00000000`
  it.each([
    ['good', response('00'), {}],
    ['condition met', response('04'), {}],
    ['check condition', response('02'), { refused: true }],
    ['check condition, write protected', response('02', fixed('07')), { refused: true }],
    ['check condition, recovered', response('02', fixed('01')), {}],
    ['check condition in descriptors', response('02', '7205 2000 00000000'), { refused: true }],
    ['recovered in descriptors', response('02', '7201 0000 00000000'), {}],
    ['busy', response('08'), { refused: true }],
    ['reservation conflict', response('18'), { refused: true }],
    ['target failure', pdu('21800100'), { refused: true }],
    ['data in with a good status', pdu('25810000'), {}],
    ['data in with another', pdu('25810008'), { refused: true }],
  ])('a command is answered: %s', (_, bytes, refused) => {
    const told = readAll(iscsi, [client(command('2a00 00000010 00 0001 00')), server(bytes)])
    expect(told.slice(2)).toEqual([{ client: false }, { answer: 298, ...refused }])
  })

  it('by its own task tag, and once', () => {
    const tag = (n: string) => ({ 16: n })
    const read = pdu('01c10000', [], { ...tag('00000001'), 32: '2800' })
    const write = pdu('01a10000', [], { ...tag('00000002'), 32: '2a00' })
    const good = (n: string) => server(pdu('21800000', [], tag(n)))
    const told = readAll(iscsi, [
      client(read),
      client(write),
      good('00000002'),
      good('00000001'),
      good('00000001'),
      // data without a status
      server(pdu('25800000', [], tag('00000002'))),
    ])
    expect(told.filter(t => typeof t === 'object' && 'answer' in t)).toEqual([
      { answer: 298 },
      { answer: 296 },
    ])
  })

  it('what is not taken at all is refused', () => {
    const rejects = (what: Uint8Array) => {
      const header = pdu('3f800900')
      header[7] = 48
      return server(Uint8Array.from([...header, ...what.subarray(0, 48)]))
    }
    const told = readAll(iscsi, [
      client(command('2a00')),
      rejects(command('2a00')),
      rejects(pdu('06800000')),
      server(pdu('26800100')),
      server(pdu('22800500')),
    ])
    expect(told.filter(t => typeof t === 'object' && 'answer' in t)).toEqual([
      { answer: 298, refused: true },
      { answer: 6, refused: true },
      { answer: 6, refused: true },
      { answer: 2, refused: true },
    ])
  })

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
