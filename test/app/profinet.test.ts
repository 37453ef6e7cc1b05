import { describe, expect, it } from 'vitest'
import { profinet } from '../../src/app/ot/profinet.ts'
import { ETHERNET } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: ETHERNET, ethertype: 0x8892 }
const cyclic = (id: string, status = '3500') => `${id} ${'00'.repeat(40)} 1234 ${status}`
const identify = 'fefe 05 00 01000001 0001 0004 ffff 0000'
const identified = [
  'feff 05 01 01000001 0000 003e',
  '0202 0008 0000 706c632d31 30',
  '0201 000a 0000 53372d3135303030',
  '0203 0006 0000 002a 010d',
  '0204 0004 0000 01 00',
  '0102 000e 0001 0a000001 ffffff00 0a000001',
].join('')
const set = (blocks: string) =>
  `fefd 04 00 01000002 0000 ${(blocks.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0')} ${blocks}`
const alarm = (id: string, type: string, rest = '') => `${id} 0001 0002 ${type} 11 fffe ffff 0020 ${rest}`

describe('what is PROFINET real time', () => {
  it.each([
    [identify, 'certain from client'],
    [identified, 'certain from server'],
    [set('0202 0004 0001 6162'), 'certain from client'],
    ['fefc 06 00 00000001 0000 0000', 'certain'],
    [cyclic('c001'), 'certain'],
    [cyclic('c001', '35ff'), 'unsure'],
    [cyclic('8000'), 'certain'],
    [cyclic('0100'), 'certain'],
    [alarm('fc01', '11', '0001'), 'certain'],
    [alarm('fc01', '77', '0001'), 'not'],
    ['ff41 00000000', 'unsure'],
    ['7000 0000 0000', 'not'],
    ['fefe 09 00 01000001 0001 0004 ffff 0000', 'not'],
    ['fefe 05 00 01000001 0001 4004 ffff 0000', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(profinet, hex(bytes), carrier)).toBe(what))

  it.each(LOOK_ALIKES)('not certainly %s', (_, other) =>
    expect(probeText(profinet, other, carrier)).not.toContain('certain'),
  )

  it('only under its ethertype', () =>
    expect(probeText(profinet, hex(cyclic('c001')), { ...carrier, ethertype: 0x0800 })).toBe('not'))
})

describe('what PROFINET real time does', () => {
  const read = (...frames: string[]) =>
    readAll(
      profinet,
      frames.map((one): Said => ({ from: 'client', bytes: hex(one) })),
      carrier,
    )

  it('cyclic data are reports, by class and frame id', () => {
    expect(read(cyclic('c001'), cyclic('8001'), cyclic('0102'))).toEqual([
      { act: ['report'], fn: 1, area: 0, first: 0xc001, last: 0xc001 },
      { act: ['report'], fn: 2, area: 0, first: 0x8001, last: 0x8001 },
      { act: ['report'], fn: 3, area: 0, first: 0x0102, last: 0x0102 },
    ])
  })

  it('finds devices, and hears who they are', () => {
    expect(read(identify)).toEqual([{ client: true }, { act: ['discover'], fn: 32 }])
    expect(readAll(profinet, [{ from: 'server', bytes: hex(identified) }], carrier)).toEqual([
      { client: false },
      { answer: 32 },
      { heard: 'name', text: 'plc-10' },
      { heard: 'product', text: 'S7-15000' },
      { heard: 'vendor', text: 'PROFINET vendor 0x002a, device 0x010d' },
      { heard: 'role', text: 'IO device' },
    ])
  })

  it.each([
    ['0102 000e 0001 0a000001 ffffff00 0a000001', ['configure'], 1, 2],
    ['0202 0005 0001 616263 00', ['configure'], 2, 2],
    ['0503 0004 0000 0100', ['control'], 5, 3],
    ['0505 0002 0000', ['control', 'configure'], 5, 5],
    ['0506 0002 0004', ['control', 'configure'], 5, 6],
    ['8001 0002 0000', ['configure', 'unknown'], 128, 1],
  ])('sets %s: %s', (blocks, act, area, number) => {
    expect(read(set(blocks))).toEqual([
      { client: true },
      { act, fn: 31, area, first: 65536 + 256 * area + number, last: 65536 + 256 * area + number },
    ])
  })

  it('several blocks in one frame, of which the later are at even offsets', () => {
    const told = read(set('0202 0005 0001 616263 00 0505 0002 0000'))
    expect(told.slice(1)).toEqual([
      { act: ['configure'], fn: 31, area: 2, first: 66050, last: 66050 },
      { act: ['control', 'configure'], fn: 31, area: 5, first: 66821, last: 66821 },
    ])
  })

  it('gets, and refusals', () => {
    expect(read('fefd 03 00 01000003 0000 0004 0201 0202')).toEqual([
      { client: true },
      { act: ['read'], fn: 30, area: 2, first: 66049, last: 66049 },
      { act: ['read'], fn: 30, area: 2, first: 66050, last: 66050 },
    ])
    const answer = (error: string): Said => ({
      from: 'server',
      bytes: hex(`fefd 04 01 01000002 0000 0008 0504 0003 0102 ${error} 00`),
    })
    expect(readAll(profinet, [answer('00'), answer('06')], carrier)).toEqual([
      { client: false },
      { answer: 31 },
      { client: false },
      { answer: 31, refused: true },
    ])
  })

  it('alarms are reports, and answered', () => {
    expect(
      read(alarm('fc01', '11', '0001 0018'), alarm('fe01', '11', '8002 0008'), alarm('fe01', '13', '0000')),
    ).toEqual([
      { act: ['report'], fn: 10, area: 0, first: 0xfc01, last: 0xfc01 },
      { answer: 11 },
      { answer: 11 },
    ])
    expect(read(alarm('fe01', '14', 'cf81'))).toEqual([
      { act: ['session'], fn: 12, area: 0, first: 0xfe01, last: 0xfe01 },
    ])
  })

  it('time', () => {
    expect(read('0080 0000', 'ff41 0000').map(told => (told as { act: string[] }).act)).toEqual([
      ['time'],
      ['time'],
    ])
  })

  it('what is not known, cut or damaged never looks harmless', () => {
    expect(read('ff80 0000')).toEqual([{ act: ['unknown'], fn: 40, area: 0, first: 0xff80, last: 0xff80 }])
    expect(read('fefd 04 00 01000002 0000 4008 0202')).toEqual([{ act: ['unknown'], fn: 31 }, 'unfit'])
    expect(readAll(profinet, [{ from: 'client', bytes: hex('fefd 04'), length: 60 }], carrier)).toEqual([
      { act: ['unknown'], fn: 31 },
      'short',
    ])
  })

  it('names what is meant', () => {
    expect(profinet.areaText!(2, 66050, 66050)).toBe('name of station')
    expect(profinet.areaText!(128, 98305, 98307)).toBe('option 128, suboption 1-3')
    expect(profinet.areaText!(0, 0x8001, 0x8001)).toBe('frame id 0x8001')
  })
})
