import { describe, expect, it } from 'vitest'
import { s7comm } from '../../src/app/ot/s7comm.ts'
import { hex, probeText, readAll, type Said, type Told } from '../support/app-run.ts'
import { confirm, connect, dt, item, job } from '../support/iso-on-tcp.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const cut = (text: string, length: number): Said => {
  const bytes = hex(text)
  return { from: 'client', bytes: bytes.subarray(0, length), length: bytes.length }
}
/** what was done and answered, without who opened */
const done = (...said: Said[]): Told[] =>
  readAll(s7comm, said).filter(one => typeof one === 'string' || !('client' in one))

const size = (text: string): string => (text.replace(/\s+/g, '').length / 2).toString(16).padStart(4, '0')
const ack = (parameters: string, data = '', error = '0000', reference = '0001'): string =>
  dt(`32 03 0000 ${reference} ${size(parameters)} ${size(data)} ${error} ${parameters} ${data}`)
const userdata = (kind: string, subfunction: string, data: string, tail = ''): string => {
  const parameters = `000112 ${tail === '' ? '04' : '08'} 11 ${kind} ${subfunction} 00 ${tail}`
  return dt(`32 07 0000 0001 ${size(parameters)} ${size(data)} ${parameters} ${data}`)
}
const content = (text: string): string => `ff 09 ${size(text)} ${text}`
const text = (words: string, length: number): string =>
  Buffer.from(words.padEnd(length, '\0')).toString('hex')

const SETUP = job('f0 00 0001 0001 01e0')
const READ_DB5 = job(`04 01 ${item(2, 4, 5, 0x84, 0)}`)

describe('what is S7comm', () => {
  it.each<[string, string, string]>([
    ['set-up', SETUP, 'certain from client'],
    ['read', READ_DB5, 'certain from client'],
    ['acknowledgement', ack('04 01', 'ff 04 0020 00000000'), 'certain from server'],
    ['acknowledgement without parameters', dt('32 02 0000 0001 0000 0000 8104'), 'certain from server'],
    ['userdata asked', userdata('44', '01', content('00110000')), 'certain from client'],
    ['userdata answered', userdata('84', '01', content('00110000'), '00000000'), 'certain from server'],
    ['a block asked for by the PLC', job('1b 00000000000000 09 5f30413030303031 50'), 'certain from server'],
    ['behind an empty DT', `0300000702f000 ${READ_DB5}`, 'certain from client'],
    ['a function unknown', job('77 00'), 'unsure'],
    ['connection of a programmer', connect('0100', '0102'), 'certain from client'],
    ['confirmed', confirm('0100', '0102'), 'certain from server'],
    ['configured connection', connect('1002', '4d57'), 'unsure from client'],
    ['connection to an MMS server', connect('0001', '0001'), 'not'],
    ['connection of RDP', '0300000b 06 e0 0000 0000 00', 'not'],
    ['connection of RDP with negotiation', '03000013 0e e0 0000 0000 00 01 00 08 00 03000000', 'not'],
    ['S7comm-plus', dt('72 01 0004 31000004'), 'not'],
    ['MMS', dt('01000100 61 02 30 00'), 'not'],
    ['an empty DT', '0300000702f000', 'not'],
    ['MCS of RDP', dt('7f65820100'), 'not'],
    ['longer than what carries it', dt('32 01 0000 0001 000e 0000 04 01'), 'not'],
    ['SSH', '5353482d322e302d4f70656e5353485f392e30', 'not'],
    ['TLS', '16030100c8010000c40303', 'not'],
    ['zeroes', '00'.repeat(40), 'not'],
  ])('%s', (_name, bytes, what) => {
    expect(probeText(s7comm, hex(bytes), { dstPort: 102 })).toBe(what)
  })

  it('is still known where the capture cut it', () => {
    const bytes = hex(READ_DB5)
    expect(probeText(s7comm, bytes.subarray(0, 20), { length: bytes.length })).toBe('certain from client')
    expect(probeText(s7comm, bytes.subarray(0, 6), { length: bytes.length })).toBe('not')
  })
})

describe('what S7comm does', () => {
  it('connects, sets up, reads a data block, and who opened', () => {
    const said = [
      client(connect('0100', '0102')),
      server(confirm('0100', '0102')),
      client(SETUP),
      client(READ_DB5),
    ]
    expect(readAll(s7comm, [...said, server(ack('04 01', 'ff 04 0020 00000000'))])).toEqual([
      { client: true },
      { act: ['session'], fn: 224 },
      { client: false },
      { answer: 224 },
      { client: true },
      { act: ['session'], fn: 240 },
      { client: true },
      { act: ['read'], fn: 4, area: 132, first: 5, last: 5 },
      { client: false },
      { answer: 4 },
    ])
  })

  it('names each variable of a write', () => {
    const items = [
      item(2, 10, 0, 0x83, 8 * 20),
      item(1, 1, 0, 0x82, 3),
      item(0x1d, 2, 0, 0x1d, 7),
      item(6, 2, 900, 0x84, 0),
    ]
    expect(done(client(job(`05 04 ${items.join(' ')}`)))).toEqual([
      { act: ['write'], fn: 5, area: 0x83, first: 0x83000014, last: 0x8300001d },
      { act: ['write'], fn: 5, area: 0x82, first: 0x82000000, last: 0x82000000 },
      { act: ['write'], fn: 5, area: 0x1d, first: 0x1d000007, last: 0x1d000008 },
      { act: ['write'], fn: 5, area: 0x84, first: 900, last: 900 },
    ])
    expect(s7comm.areaText!(0x83, 0x83000014, 0x8300001d)).toBe('flags MB 20-29')
    expect(s7comm.areaText!(0x84, 5, 5)).toBe('DB 5')
  })

  it('reads data blocks by list, and symbols', () => {
    const list = '12 0c b0 02 04 0007 0000 02 0009 0010'
    // of an odd length: a zero follows
    const symbol = '12 0f b2 ff 8a0e 0003 11223344 0000000a00 00'
    const flags = '12 0e b2 ff 0000 0052 11223344 00000005'
    expect(done(client(job(`04 03 ${list} ${symbol} ${flags}`)))).toEqual([
      { act: ['read'], fn: 4, area: 0x84, first: 7, last: 7 },
      { act: ['read'], fn: 4, area: 0x84, first: 9, last: 9 },
      { act: ['read'], fn: 4, area: 0x84, first: 3, last: 3 },
      { act: ['read'], fn: 4, area: 0x83, first: 0x83000000, last: 0x83ffffff },
    ])
  })

  it('tells what was refused', () => {
    const write = job(`05 02 ${item(2, 1, 5, 0x84, 0)} ${item(2, 1, 5, 0x84, 8)}`, '0004000800 00 0004000800')
    expect(done(client(write), server(ack('05 02', '05 0a')))).toContainEqual({ answer: 5, refused: true })
    expect(done(client(write), server(ack('05 02', '05 ff')))).toContainEqual({ answer: 5 })
    expect(done(client(write), server(ack('05 02', '', '8104')))).toContainEqual({ answer: 5, refused: true })
    expect(done(client(READ_DB5), server(ack('04 01', '0a 00 0000')))).toContainEqual({
      answer: 4,
      refused: true,
    })
    // an acknowledgement that does not say of what
    const setup = client(SETUP.replace('000000010008', '000000020008'))
    expect(done(client(write), setup, server(dt('32 02 0000 0001 0000 0000 d20c'))).at(-1)).toEqual({
      answer: 5,
      refused: true,
    })
  })

  it('downloads blocks, which the PLC asks for, and inserts them', () => {
    const name = `09 ${text('_0A00012P', 9)}`
    const download = (fn: string): string => job(`${fn} 00 0100 00000000 ${name}`)
    expect(readAll(s7comm, [client(download('1a')), server(download('1b')), client(ack('1b'))])).toEqual([
      { client: true },
      { act: ['program'], fn: 26, area: 0x84, first: 12, last: 12 },
      { client: false },
      { act: ['program'], fn: 27, area: 0x84, first: 12, last: 12 },
      { client: true },
      { answer: 27 },
    ])
    const insert = job(
      `28 000000000000fd 0012 0200 ${text('0800001P', 8)} ${text('0E00007P', 8)} 05 ${text('_INSE', 5)}`,
    )
    expect(done(client(insert))).toEqual([
      { act: ['program'], fn: 40, area: 8, first: 0x08000001, last: 0x08000001 },
      { act: ['program'], fn: 40, area: 14, first: 0x0e000007, last: 0x0e000007 },
    ])
    expect(s7comm.areaText!(14, 0x0e000007, 0x0e000007)).toBe('FB 7')
    expect(done(client(job(`1d 00 0000 00000000 09 ${text('_0800001A', 9)}`)))).toEqual([
      { act: ['upload'], fn: 29, area: 8, first: 0x08000001, last: 0x08000001 },
    ])
  })

  it.each<[string, string, string[]]>([
    ['stop', '29 0000000000 09 505f50524f4752414d', ['control']],
    ['start', `28 000000000000fd 0000 09 ${text('P_PROGRAM', 9)}`, ['control']],
    ['delete', `28 000000000000fd 0000 05 ${text('_DELE', 5)}`, ['program']],
    ['copy RAM to ROM', `28 000000000000fd 0002 4550 05 ${text('_MODU', 5)}`, ['program']],
    ['compress', `28 000000000000fd 0000 05 ${text('_GARB', 5)}`, ['control']],
    ['NC file', `28 000000000000fd 0000 09 ${text('_N_F_DELE', 9)}`, ['write', 'file']],
    ['NC program', `28 000000000000fd 0000 09 ${text('_N_SELECT', 9)}`, ['control']],
    ['something else', `28 000000000000fd 0000 09 ${text('__proto__', 9)}`, ['unknown']],
    ['end upload', '1f 00 0000 00000007', ['upload']],
    ['unknown', '77 00', ['unknown']],
  ])('program invocations and the like: %s', (_name, parameters, actions) => {
    expect(done(client(job(parameters)))).toEqual([{ act: actions, fn: hex(parameters)[0] }])
  })

  const test = (of: string): string => content(`0014 0002 ${'00'.repeat(20)} ${of}`)
  it.each<[string, string, string, string, string[]]>([
    ['system status: what it is', '44', '01', content('00110000'), ['discover']],
    ['system status: diagnostic buffer', '44', '01', content('00a00000'), ['diagnose']],
    ['messages', '44', '02', content('81007374'), ['report']],
    ['acknowledge alarms', '44', '0b', content('0000'), ['control']],
    ['list blocks', '43', '01', '0a000000', ['discover']],
    ['password', '45', '01', content('0102030405060708'), ['session']],
    ['other security', '45', '02', content('00'), ['unknown']],
    ['read clock', '47', '01', '0a000000', ['read']],
    ['set clock', '47', '02', content('00192602080910111204'), ['time']],
    ['block data', '46', '00', content('0000'), ['write']],
    ['enable: modify variables', '41', '0e', test('0802'), ['write', 'diagnose']],
    ['enable: block status', '41', '0e', test('1302'), ['diagnose']],
    ['force', '41', '09', test('0000'), ['control', 'write']],
    ['memory reset', '41', '0c', test('0000'), ['program', 'control']],
    ['NC download', '4f', '01', content('00'), ['program']],
    ['pushed', '04', '03', content('00'), ['report']],
    ['unknown group', '4b', '01', content('00'), ['unknown']],
  ])('userdata: %s', (_name, kind, sub, data, actions) => {
    const fn = ((Number.parseInt(kind, 16) & 15) << 8) | Number.parseInt(sub, 16)
    expect(done(client(userdata(kind, sub, data)))).toEqual([{ act: actions, fn }])
  })

  it('subscriptions, and variables of the programmer', () => {
    expect(done(client(userdata('42', '01', content(`0001 01 0a ${item(2, 4, 6, 0x84, 0)}`))))).toEqual([
      { act: ['report'], fn: 513, area: 132, first: 6, last: 6 },
    ])
    const modify = content(`0014 0010 ${'00'.repeat(20)} 0002 02 01 0000 0004 72 01 0009 0000 00090002dead`)
    expect(done(client(userdata('41', '08', modify)))).toEqual([
      { act: ['write'], fn: 264, area: 0x83, first: 0x83000004, last: 0x83000005 },
      { act: ['write'], fn: 264, area: 0x84, first: 9, last: 9 },
    ])
  })

  it('a mode transition is told by the PLC', () => {
    const told = readAll(s7comm, [server(dt('32 07 0000 0000 0008 0000 01001010 0000 0000'))])
    expect(told).toEqual([{ client: false }, { act: ['report'], fn: 4096 }])
    expect(s7comm.functionName!(4096)).toBe('mode transition')
  })

  it('hears what a module is', () => {
    const order = `0001 ${text('6ES7 999-9ZZ99-0AB0', 20)} 00c0 0003 0001`
    const firmware = `0007 ${text('', 20)} 00c0 5603 0207`
    const names = `0002 ${text('PRESS_4', 32)} 0005 ${text('S X-1234', 32)}`
    const heard = done(
      server(userdata('84', '01', content(`0011 0000 001c 0002 ${order} ${firmware}`), '00000000')),
      server(userdata('84', '01', content(`001c 0000 0022 0002 ${names}`), '00000000')),
    )
    expect(heard).toEqual([
      { answer: 1025 },
      { heard: 'product', text: '6ES7 999-9ZZ99-0AB0' },
      { heard: 'vendor', text: 'Siemens' },
      { heard: 'version', text: 'V3.2.7' },
      { answer: 1025 },
      { heard: 'name', text: 'PRESS_4' },
      { heard: 'serial', text: 'S X-1234' },
    ])
  })

  it('userdata refused, and parts of an answer that are not', () => {
    const ask = client(userdata('44', '01', content('00a00000')))
    expect(done(ask, server(userdata('84', '01', '0a000000', '0000d402')))).toContainEqual({
      answer: 1025,
      refused: true,
    })
    expect(done(ask, server(userdata('84', '01', content('00a00000'), '0201d501')))).toContainEqual({
      answer: 1025,
    })
    // the next part of the diagnostic buffer
    expect(done(ask, client(userdata('44', '01', '0a000000', '02000000'))).at(-1)).toEqual({
      act: ['diagnose'],
      fn: 1025,
    })
  })
})

describe('S7comm in several DT', () => {
  const whole = `32 01 0000 0001 001a 0000 04 02 ${item(2, 4, 5, 0x84, 0)} ${item(2, 4, 6, 0x84, 0)}`.replace(
    /\s+/g,
    '',
  )
  const first = dt(whole.slice(0, 48), false)

  it('what later fragments hide is missing, and they are no PDUs', () => {
    expect(done(client(first), client(dt(whole.slice(48))), client(READ_DB5))).toEqual([
      { act: ['read'], fn: 4, area: 132, first: 5, last: 5 },
      { act: ['read'], fn: 4 },
      'short',
      { act: ['read'], fn: 4, area: 132, first: 5, last: 5 },
    ])
  })

  it('a PDU in the place of a fragment is read', () => {
    const told = done(client(first), client(job('29 0000000000 09 505f50524f4752414d')))
    expect(told.at(-1)).toEqual({ act: ['control'], fn: 41 })
  })

  it('fragments that are too long or too short do not fit', () => {
    expect(done(client(first), client(dt(`${whole.slice(48)}00`))).at(-1)).toBe('unfit')
    expect(done(client(first), client(dt('00'))).at(-1)).toBe('unfit')
  })

  it('empty ones mean nothing', () => {
    expect(done(client('0300000702f000'), client('0300000702f080'))).toEqual([])
  })
})

describe('S7comm cut or damaged', () => {
  it('says what is missing', () => {
    expect(done(cut(READ_DB5, 6))).toEqual(['short'])
    expect(done(cut(READ_DB5, 12))).toEqual(['short'])
    expect(done(cut(READ_DB5, 18))).toEqual([{ act: ['read'], fn: 4 }, 'short'])
    expect(done(cut(READ_DB5, 25))).toEqual([{ act: ['read'], fn: 4 }, 'short'])
    const stop = job(`28 000000000000fd 0000 09 ${text('P_PROGRAM', 9)}`)
    expect(done(cut(stop, 30))).toEqual([{ act: ['unknown'], fn: 40 }, 'short'])
  })

  it('says what does not hold together', () => {
    expect(done(client(job(`04 03 ${item(2, 4, 5, 0x84, 0)}`)))).toEqual([
      { act: ['read'], fn: 4, area: 132, first: 5, last: 5 },
      { act: ['read'], fn: 4 },
      'unfit',
    ])
    // bytes behind the PDU
    expect(done(client(dt('32 01 0000 0001 0002 0000 04 00 32 01')))).toEqual([
      { act: ['read'], fn: 4 },
      'unfit',
    ])
    expect(done(client(dt('45 46 47 48')))).toEqual(['unfit'])
    expect(done(client(dt('32 07 0000 0001 0004 0000 00000000')))).toEqual([
      { act: ['unknown'], fn: 0 },
      'unfit',
    ])
  })

  it('packets begin where they can', () => {
    const length = (text: string): number => s7comm.length!(hex(text), 0, hex(text).length)
    expect([length('03'), length('0300'), length('0300001f'), length('0300001f02f080')]).toEqual([
      0, 0, 31, 31,
    ])
    expect([
      length('04'),
      length('0301'),
      length('03000006'),
      length('0300001f02aa80'),
      length('0300001f40'),
    ]).toEqual([-1, -1, -1, -1, -1])
  })

  it('a connection refused, and one given up', () => {
    const told = done(
      client(connect('0100', '0102')),
      server('0300000b 06 80 0001 0000 01'),
      client('0300000b 06 80 0001 0002 00'),
    )
    expect(told.slice(1)).toEqual([
      { answer: 224, refused: true },
      { act: ['session'], fn: 128 },
    ])
  })
})
