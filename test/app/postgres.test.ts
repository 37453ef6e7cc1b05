import { describe, expect, it } from 'vitest'
import { postgres } from '../../src/app/it/postgres.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const word = (text: string) => Buffer.from(`${text}\0`).toString('hex')

const STARTUP = `00000012 00030000 ${word('user')} ${word('op')} 00 00`
const WANTS_TLS = '00000008 04d2162f'
const OK = '52 00000008 00000000'
const VERSION = `53 00000018 ${word('server_version')} ${word('17.1')}`
const READY = '5a 00000005 49'
const DENIED = `45 00000019 ${word('SFATAL')} ${word('C28P01')} ${word('Mno')} 00 0000`

describe('what is PostgreSQL', () => {
  it.each([
    [STARTUP, 'certain from client'],
    [WANTS_TLS, 'certain from client'],
    ['00000008 04d21630', 'certain from client'],
    ['00000010 04d2162e 00000001 00000002', 'certain from client'],
    [OK, 'certain from server'],
    [`${OK} ${VERSION}`, 'certain from server'],
    [DENIED, 'certain from server'],
    ['53', 'unsure from server'],
    ['51 0000000d 53454c45435420 3100', 'unsure'],
    ['00000012 00020000 75736572 00 6f70 00 00 00', 'not'],
    ['54', 'not'],
    ['59 00000005 49 00000000', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(postgres, hex(bytes), { dstPort: 5432 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(postgres, bytes, { dstPort: 5432 })).toBe('not'),
  )

  it('tells the letter that answers a wish for TLS from a message', () => {
    expect(postgres.length!(hex('53 00000018'), 0, 5)).toBe(25)
    expect(postgres.length!(hex('53'), 0, 1)).toBe(1)
    expect(postgres.length!(hex('4e 52 000000'), 0, 5)).toBe(1)
    expect(postgres.length!(hex('4745 5420 2f'), 0, 5)).toBe(-1)
    expect(postgres.length!(hex('52 00'), 0, 2)).toBe(0)
  })
})

describe('what PostgreSQL tells', () => {
  it('who the server is, until it is ready', () => {
    expect(readAll(postgres, [client(STARTUP), server(`${OK} ${VERSION} ${READY}`)])).toEqual([
      { client: true },
      { client: false },
      { client: false },
      { heard: 'product', text: 'PostgreSQL' },
      { heard: 'version', text: '17.1' },
      'done',
    ])
  })

  it('goes on encrypted', () => {
    expect(readAll(postgres, [client(WANTS_TLS), server('53'), client('1603 0100 02 0101')])).toEqual([
      { client: true },
      { client: false },
      'opaque',
      'done',
    ])
  })
})
