import { describe, expect, it } from 'vitest'
import { s7commPlus } from '../../src/app/ot/s7comm-plus.ts'
import { hex, probeText, readAll, type Said, type Told } from '../support/app-run.ts'
import { confirm, connect, dt, item, job } from '../support/iso-on-tcp.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const done = (...said: Said[]): Told[] =>
  readAll(s7commPlus, said).filter(one => typeof one === 'string' || !('client' in one))

const bare = (text: string): string => text.replace(/\s+/g, '')
const plus = (content: string, version = '02', isLast = true): string => {
  const size = (bare(content).length / 2).toString(16).padStart(4, '0')
  return dt(`72 ${version} ${size} ${content} ${isLast ? `72 ${version} 0000` : ''}`)
}
const SESSION = '000003c8'
const request = (fn: string, body: string): string => `31 0000 ${fn} 0000 0002 ${SESSION} 34 ${body}`
const answer = (fn: string, rest = '00', opcode = '32'): string => `${opcode} 0000 ${fn} 0000 0002 34 ${rest}`
const text = (words: string): string => Buffer.from(words).toString('hex')
const create = (kind: string): string => request('04ca', `0000011d 00 04 00 00000000 a1 000000d3 ${kind}`)
const ROOT = text('SIMATIC-ROOT-HMI')

describe('what is S7comm-plus', () => {
  it.each<[string, string, string]>([
    ['connection', connect('0600', ROOT), 'certain from client'],
    ['confirmed', confirm('0600', ROOT), 'certain from server'],
    ['request', plus(request('054c', '00000000 00 00')), 'certain from client'],
    ['answer', plus(answer('054c')), 'certain from server'],
    ['notification', plus('33 1000006a 0400'), 'certain from server'],
    [
      'with a digest',
      plus(`20 ${'5a'.repeat(32)} ${request('0542', '00000000')}`, '03'),
      'certain from client',
    ],
    ['the middle of a message', plus('5a5a5a5a5a5a5a5a', '02', false), 'certain'],
    ['TLS inside', dt('16 0303 0100 01000000'), 'certain'],
    ['connection of S7comm', connect('0100', '0102'), 'not'],
    ['S7comm', job('f0 00 0001 0001 01e0'), 'not'],
    ['a length that does not fit', dt('72 02 0009 31'), 'not'],
    ['an unknown version', plus('31 0000 054c', '07'), 'not'],
    ['TLS outside', '1603010100010000fc0303', 'not'],
  ])('%s', (_name, bytes, what) => {
    expect(probeText(s7commPlus, hex(bytes), { dstPort: 102 })).toBe(what)
  })
})

describe('what S7comm-plus does', () => {
  it('reads data blocks and areas', () => {
    // DB 3 = 8A0E0003, inputs = 50, in bytes of seven bits
    const two = '02 0b 8acdf1cd66 88d0b88003 02 9376 0a 00 50 01 0a'
    expect(
      readAll(s7commPlus, [client(plus(request('054c', `00000000 ${two}`))), server(plus(answer('054c')))]),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 0x054c, area: 0x84, first: 3, last: 3 },
      { act: ['read'], fn: 0x054c, area: 0x81, first: 0x81000000, last: 0x81ffffff },
      { client: false },
      { answer: 0x054c },
    ])
    expect(done(client(plus(request('0542', `00000000 ${two} 00`))))[0]).toMatchObject({
      act: ['write'],
      first: 3,
    })
  })

  it.each<[string, string, string[]]>([
    ['explore', request('04bb', '00000003'), ['read', 'discover']],
    ['a session', create('821f'), ['session']],
    ['a subscription', create('8769'), ['report']],
    ['a block', create('8f00'), ['program']],
    ['the end of the session', request('04d4', SESSION), ['session']],
    ['the end of a subscription', request('04d4', '70000c89'), ['report']],
    ['a block deleted', request('04d4', '8a0e0003'), ['program']],
    ['login', request('0542', `${SESSION} 01 01`), ['session']],
    ['a variable', request('04f2', '8a0e0003 01'), ['write']],
    ['a credit of a subscription', request('04f2', '1000006a 01'), ['report']],
    ['start and stop', request('04f2', '00000034 01 9077 00 08 03'), ['control', 'write']],
    ['start and stop, otherwise', request('0542', '00000034 01 01'), ['control', 'write']],
    ['invoke', request('056b', '00000034'), ['control']],
    ['unknown', request('0777', '00000034'), ['unknown']],
  ])('%s', (_name, content, actions) => {
    expect(done(client(plus(content)))).toEqual([
      { act: actions, fn: Number.parseInt(bare(content).slice(6, 10), 16) },
    ])
  })

  it('hears what a station is when a session begins', () => {
    const said = text('1;6ES7 999-9ZZ99-0XB0 ;V2.2')
    expect(done(server(plus(answer('04ca', `11 02 8756 8717 a1 82 3f 00 15 1b ${said}`))))).toEqual([
      { answer: 0x04ca },
      { heard: 'product', text: '6ES7 999-9ZZ99-0XB0' },
      { heard: 'version', text: 'V2.2' },
      { heard: 'vendor', text: 'Siemens' },
    ])
  })

  it('refusals are negative results', () => {
    expect(
      done(client(plus(request('0542', '00000000 00 00'))), server(plus(answer('0542', '83 ff 80')))).at(-1),
    ).toEqual({
      answer: 0x0542,
      refused: true,
    })
    expect(done(server(plus(answer('04f2', '00', '02'))))).toEqual([{ answer: 0x04f2 }])
  })

  it('reports what it is told unasked', () => {
    expect(readAll(s7commPlus, [server(plus('33 1000006a 0400'))])).toEqual([
      { client: false },
      { act: ['report'], fn: 0x33 },
    ])
    expect(done(server(dt('72 fe 0004 00000000')))).toEqual([{ act: ['report'], fn: 0xfe }])
    expect(done(server(dt('72 ff 0008 0000000000000000')))).toEqual([])
  })

  it('nothing more is read once it is encrypted', () => {
    expect(done(client(plus(request('05b3', '00000000'))), client(dt('170303 0004 00112233')))).toEqual([
      { act: ['session'], fn: 0x05b3 },
      'opaque',
      'opaque',
    ])
  })

  it('S7comm on the same connection is read as well', () => {
    expect(
      done(
        client(plus(request('054c', '00000000 00 00'))),
        client(job(`05 01 ${item(2, 1, 5, 0x84, 0)}`)),
      ).at(-1),
    ).toEqual({
      act: ['write'],
      fn: 5,
      area: 132,
      first: 5,
      last: 5,
    })
  })
})

describe('S7comm-plus in fragments, cut or damaged', () => {
  const first = plus(request('0542', '00000000 03 0c 00 88d0b88003 02 9376 0a'), '02', false)

  it('what later fragments hide is missing, and they are no PDUs', () => {
    expect(
      done(client(first), client(plus('5a5a5a5a5a5a')), client(plus(request('04fc', '00000034')))),
    ).toEqual([
      { act: ['write'], fn: 0x0542, area: 0x84, first: 3, last: 3 },
      { act: ['write'], fn: 0x0542 },
      'short',
      { act: ['read'], fn: 0x04fc },
    ])
  })

  it('a request in the place of a fragment is read', () => {
    expect(done(client(first), client(plus(request('0777', '00000000')))).at(-1)).toEqual({
      act: ['unknown'],
      fn: 0x0777,
    })
  })

  it('says what is missing, and what does not hold together', () => {
    const bytes = hex(plus(request('0542', '00000000 01 04 00 88d0b88003 02 9376 0a')))
    const cut = (n: number): Said => ({ from: 'client', bytes: bytes.subarray(0, n), length: bytes.length })
    expect(done(cut(12))).toEqual(['short'])
    expect(done(cut(22))).toEqual([{ act: ['write'], fn: 0x0542 }, 'short'])
    expect(done(cut(33))).toEqual([{ act: ['write'], fn: 0x0542 }, 'short'])
    expect(done(client(dt('72 02 0009 31')))).toEqual(['unfit'])
    expect(done(client(plus('77 0000 0542 0000 0001')))).toEqual([{ act: ['unknown'], fn: 0 }, 'unfit'])
  })
})
