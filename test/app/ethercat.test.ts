import { describe, expect, it } from 'vitest'
import { ethercat } from '../../src/app/ot/ethercat.ts'
import { ETHERNET, UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: ETHERNET, ethertype: 0x88a4 }
const little = (n: number) =>
  `${(n & 0xff).toString(16).padStart(2, '0')}${(n >> 8).toString(16).padStart(2, '0')}`

interface Datagram {
  command: number
  address?: string
  data?: string
  counter?: number
}
/** a frame of datagrams */
function frame(...datagrams: Datagram[]): string {
  let body = ''
  datagrams.forEach(({ command, address = '00000000', data = '0000', counter = 0 }, i) => {
    const bytes = data.replace(/\s/g, '')
    const more = i < datagrams.length - 1 ? 0x8000 : 0
    const code = command.toString(16).padStart(2, '0')
    body += `${code}01${address.replace(/\s/g, '')}${little((bytes.length / 2) | more)}0000${bytes}${little(counter)}`
  })
  return little((body.length / 2) | 0x1000) + body
}
const told = (...datagrams: Datagram[]) =>
  readAll(ethercat, [{ from: 'client', bytes: hex(frame(...datagrams)) }], carrier)

describe('what is EtherCAT', () => {
  const read = { command: 7, address: '00003001' }
  it.each([
    [frame(read), 'certain'],
    [frame(read, { command: 12, address: '00000100', data: '00'.repeat(32) }), 'certain'],
    [`${frame(read)}${'00'.repeat(30)}`, 'certain'],
    [frame({ command: 15 }), 'not'],
    [frame(read).replace('0e10', '0e11'), 'not'],
    [frame(read).replace('0200 0000'.replace(' ', ''), '0300 0000'.replace(' ', '')), 'not'],
    ['0440 00000000 0000 0000 0000 0000', 'unsure'],
  ])('%s: %s', (bytes, what) => expect(probeText(ethercat, hex(bytes), carrier)).toBe(what))

  it('over UDP too', () =>
    expect(probeText(ethercat, hex(frame(read)), { transport: UDP, dstPort: 34980 })).toBe('certain'))

  it('cut by the capture', () => {
    const long = hex(frame({ command: 12, data: '00'.repeat(100) }))
    expect(probeText(ethercat, long.subarray(0, 40), { ...carrier, length: long.length })).toBe('certain')
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) => {
    expect(probeText(ethercat, other, carrier)).toBe('not')
    expect(probeText(ethercat, other, { transport: UDP, dstPort: 34980 })).toBe('not')
  })
})

describe('what EtherCAT does', () => {
  it('process data: reads, writes, both', () => {
    expect(
      told(
        { command: 10, address: '00000100', data: '00'.repeat(8) },
        { command: 11, address: '00000180', data: '00' },
        { command: 12, address: '00000200', data: '0000' },
      ),
    ).toEqual([
      { act: ['read'], fn: 10, area: 1, first: 0x10000, last: 0x10007 },
      { act: ['write'], fn: 11, area: 1, first: 0x80010000, last: 0x80010000 },
      { act: ['write', 'read'], fn: 12, area: 1, first: 0x20000, last: 0x20001 },
    ])
  })

  it.each([
    [4, '00003001', 'read', ['read'], 0x130],
    [7, '00000000', 'discovers', ['discover'], 0],
    [1, '00000003', 'diagnoses', ['diagnose'], 0x300],
    [5, 'e9032001', 'asks for a state', ['control'], 0x120],
    [8, '00004000', 'resets', ['control'], 0x40],
    [2, 'ffff1000', 'gives an address', ['configure'], 0x10],
    [5, 'e9030008', 'sets a sync manager', ['configure'], 0x800],
    [5, 'e9030006', 'sets a memory manager', ['configure'], 0x600],
    [14, 'e9031009', 'gives out time', ['time', 'read'], 0x910],
    [5, 'e9030010', 'writes process data', ['write'], 0x1000],
    [6, 'e9032001', 'both', ['control', 'read'], 0x120],
  ])('command %i at %s %s', (command, address, _, act, first) => {
    const [one] = told({ command, address })
    expect(one).toMatchObject({ act, fn: command, area: 0, first, last: first + 1 })
    if ([4, 5, 6, 14].includes(command)) expect(one).toHaveProperty('unit')
  })

  it('the EEPROM: read and written', () => {
    const eeprom = (data: string) => told({ command: 5, address: 'e9030205', data })
    expect(eeprom('0001 00000000')).toMatchObject([{ act: ['discover'] }])
    expect(eeprom('0102 00000000')).toMatchObject([{ act: ['configure'] }])
  })

  it('a write that covers several registers does all of it', () => {
    const [one] = told({ command: 5, address: 'e9030001', data: '00'.repeat(0x30) })
    expect(one).toMatchObject({ act: ['control', 'configure'], first: 0x100, last: 0x12f })
  })

  it('frames that come back are answers', () => {
    const out = { command: 12, address: '00000100', data: '0000' }
    const back = { ...out, counter: 3 }
    const frames = [out, back, back].map((one): Said => ({ from: 'client', bytes: hex(frame(one)) }))
    const act = { act: ['write', 'read'], fn: 12, area: 1, first: 0x10000, last: 0x10001 }
    // the last one did not go out
    expect(readAll(ethercat, frames, carrier)).toEqual([act, { answer: 12 }, act, { answer: 12 }])
  })

  it('what did not go out is told when it comes back, and is answered', () => {
    expect(told({ command: 4, address: 'e9033001', counter: 1 })).toEqual([
      { act: ['read'], fn: 4, unit: 1001, area: 0, first: 0x130, last: 0x131 },
      { answer: 4, unit: 1001 },
    ])
    expect(told({ command: 5, address: 'e9032001', counter: 1 })).toEqual([
      { act: ['control'], fn: 5, unit: 1001, area: 0, first: 0x120, last: 0x121 },
      { answer: 5, unit: 1001 },
    ])
  })

  const mail = (type: string, body: string, size = 32) => {
    const bytes = body.replace(/\s/g, '')
    return `${little(bytes.length / 2)} 0000 00 ${type} ${bytes}${'00'.repeat(size - 6 - bytes.length / 2)}`
  }
  const sent = (data: string) => told({ command: 5, address: 'e9030010', data })
  const received = (data: string) => told({ command: 4, address: 'e9038010', data, counter: 1 })

  it('CoE: values and settings read and written', () => {
    expect(sent(mail('13', '0020 2f 0060 00 01000000'))).toEqual([
      { act: ['write'], fn: 23, unit: 1001, area: 2, first: 0x6000, last: 0x6000 },
    ])
    expect(sent(mail('13', '0020 23 101c 00 01000000'))).toMatchObject([{ act: ['configure'] }])
    expect(sent(mail('23', '0020 40 0810 00 00000000'))).toMatchObject([{ act: ['read'], first: 0x1008 }])
    expect(sent(mail('23', '0080 01 000000'))).toMatchObject([{ act: ['discover'] }])
    expect(received(mail('23', '0030 43 0810 00 01020304'))).toEqual([{ answer: 23, unit: 1001 }])
    expect(received(mail('23', '0020 80 0810 00 00000206'))).toEqual([
      { answer: 23, unit: 1001, refused: true },
    ])
    expect(received(mail('13', '0010 0000000000000000'))).toMatchObject([{ act: ['report'] }])
  })

  it('FoE: firmware, files, errors', () => {
    expect(sent(mail('14', '0200 00000000 4150502e62696e'))).toMatchObject([
      { act: ['firmware', 'file'], fn: 24 },
    ])
    expect(sent(mail('14', '0100 00000000 6c6f67'))).toMatchObject([{ act: ['file'], fn: 24 }])
    expect(received(mail('14', '0500 02800000'))).toEqual([{ answer: 24, unit: 1001, refused: true }])
  })

  it('other mailboxes, and what only looks like one', () => {
    expect(sent(mail('12', '00010203040506'))).toMatchObject([{ act: ['unknown'], fn: 22 }])
    expect(received(mail('10', '0100 0200'))).toEqual([{ answer: 20, unit: 1001, refused: true }])
    expect(sent('ffff 0000 00 13 0020 40 0810 00')).toMatchObject([{ act: ['write'], fn: 5 }])
  })

  it('network variables, no operation', () => {
    expect(readAll(ethercat, [{ from: 'client', bytes: hex('0440 00000000') }], carrier)).toEqual([
      { act: ['report'], fn: 30 },
    ])
    expect(told({ command: 0 })).toEqual([{ act: ['session'], fn: 0 }])
  })

  it('what is cut or does not hold together', () => {
    const whole = hex(frame({ command: 7, address: '00003001' }, { command: 5, address: 'e9032001' }))
    const cut: Said[] = [{ from: 'client', bytes: whole.subarray(0, 20), length: whole.length }]
    expect(readAll(ethercat, cut, carrier).slice(1)).toEqual([{ act: ['unknown'], fn: 5 }, 'short'])
    const more = frame({ command: 7, address: '00003001' }).replace('0200', '0280')
    expect(readAll(ethercat, [{ from: 'client', bytes: hex(more) }], carrier)).toContain('unfit')
    expect(told({ command: 99 })).toEqual([{ act: ['unknown'], fn: 99 }])
  })

  it('names what is meant', () => {
    expect(ethercat.areaText!(0, 0x120, 0x121)).toBe('registers 0x0120-0x0121')
    expect(ethercat.areaText!(1, 65536, 65543)).toBe('logical addresses 65536-65543')
    expect(ethercat.areaText!(2, 0x6000, 0x6000)).toBe('object 0x6000')
    expect(ethercat.functionName!(24)).toBe('file over EtherCAT')
  })
})
