import { describe, expect, it } from 'vitest'
import { knx } from '../../src/app/ot/knx.ts'
import { TCP, UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: UDP, srcPort: 50000, dstPort: 3671 }
const packet = (service: string, body: string) => {
  const length = 6 + body.replace(/\s/g, '').length / 2
  return `06 10 ${service} ${length.toString(16).padStart(4, '0')} ${body}`
}
const tunnel = (cemi: string) => packet('0420', `04 01 07 00 ${cemi}`)
const asks = (...packets: string[]): Said[] => packets.map(one => ({ from: 'client', bytes: hex(one) }))
const answers = (...packets: string[]): Said[] => packets.map(one => ({ from: 'server', bytes: hex(one) }))
const read = (...said: Said[]) => readAll(knx, said, carrier)
const HPAI = '08 01 c0a80005 0e57'

describe('what is KNXnet/IP', () => {
  it.each([
    [packet('0201', HPAI), 'certain from client'],
    [packet('0206', '01 00'), 'certain from server'],
    [packet('0421', '04 01 07 00'), 'certain'],
    [packet('0530', '29 00 bc e0 1101 0a03 01 00 81'), 'certain'],
    [`${packet('0201', HPAI)} 00`, 'not'],
    [packet('0999', HPAI), 'not'],
    ['06 20 0201 000e', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(knx, hex(bytes), carrier)).toBe(what))

  it('over TCP: several in a segment', () => {
    const two = hex(packet('0207', `01 00 ${HPAI}`) + packet('0209', `01 00 ${HPAI}`))
    expect(probeText(knx, two, { transport: TCP, dstPort: 3671 })).toBe('certain from client')
    expect(knx.length!(two, 0, two.length)).toBe(16)
    expect(knx.length!(two, 0, 5)).toBe(0)
    expect(knx.length!(hex('0620'), 0, 2)).toBe(-1)
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(knx, other, carrier)).toBe('not'))
})

describe('what KNXnet/IP does', () => {
  it.each([
    ['00 80', ['write'], 2],
    ['00 00', ['read'], 0],
    ['00 40', ['report'], 1],
    ['02 81', ['configure'], 10],
    ['02 00', ['read'], 8],
    ['03 80', ['control'], 14],
    ['00 c0', ['configure'], 3],
    ['03 d7', ['configure'], 15],
    ['03 d5', ['read'], 15],
    ['03 00', ['discover'], 12],
    ['03 e6', ['unknown'], 15],
    ['02 c0', ['unknown'], 11],
  ])('tunnels the application code %s: %s', (code, act, fn) => {
    expect(read(...asks(tunnel(`11 00 bc e0 0000 0a03 01 ${code}`)))).toEqual([
      { act, fn, area: 0, first: 0x0a03, last: 0x0a03 },
    ])
  })

  it('to a device, behind additional information', () => {
    expect(read(...asks(tunnel('11 02 0102 bc 60 0000 1105 01 03 80')))).toEqual([
      { act: ['control'], fn: 14, area: 1, first: 0x11105, last: 0x11105 },
    ])
  })

  it('what the bus tells is a report; between lines it does what it says', () => {
    const value = '29 00 bc e0 1101 0a03 01 00 81'
    expect(read(...answers(tunnel(value)))).toEqual([
      { act: ['report'], fn: 2, area: 0, first: 0x0a03, last: 0x0a03 },
    ])
    expect(read(...asks(tunnel(value)))).toMatchObject([{ act: ['write'] }])
    expect(read(...asks(packet('0530', value)))).toEqual([
      { act: ['write'], fn: 2, area: 0, first: 0x0a03, last: 0x0a03 },
    ])
  })

  it('confirmations, and those that are negative', () => {
    expect(
      read(...answers(tunnel('2e 00 bc e0 1101 0a03 01 00 81'), tunnel('2e 00 bd e0 1101 0a03 01 00 81'))),
    ).toEqual([{ answer: 2 }, { answer: 2, refused: true }])
  })

  it('the interface itself', () => {
    expect(
      read(...asks(packet('0310', '04 01 00 00 f6 0000 01 34 10 01 01'), packet('0310', '04 01 00 00 f1'))),
    ).toEqual([
      { act: ['configure'], fn: 17 },
      { act: ['unknown'], fn: 784 },
    ])
    expect(read(...asks(packet('0310', '04 01 00 00 f1 00')))).toEqual([{ act: ['control'], fn: 16 }])
  })

  it('sessions, refusals, discovery', () => {
    const said = [
      ...asks(packet('0203', HPAI), packet('0205', `${HPAI} ${HPAI} 04 04 02 00`)),
      ...answers(packet('0206', '00 24'), packet('0421', '04 01 00 29')),
    ]
    expect(read(...said)).toEqual([
      { client: true },
      { act: ['discover'], fn: 515 },
      { client: true },
      { act: ['session'], fn: 517 },
      { answer: 517, refused: true },
      { answer: 1056, refused: true },
    ])
  })

  it('who a device is', () => {
    const name = Buffer.from('KNX IP Router'.padEnd(30, '\0')).toString('hex')
    const device = `36 01 02 00 1100 0000 00c501020304 e000170c 0024fa000001 ${name}`
    expect(read(...answers(packet('0202', `${HPAI} ${device}`), packet('0204', device)))).toEqual([
      { answer: 513 },
      { heard: 'name', text: 'KNX IP Router' },
      { heard: 'serial', text: '00c501020304' },
      { answer: 515 },
      { heard: 'name', text: 'KNX IP Router' },
      { heard: 'serial', text: '00c501020304' },
    ])
  })

  it('encrypted, cut, damaged', () => {
    expect(read(...asks(packet('0950', '00'.repeat(20))))).toEqual([{ act: ['unknown'], fn: 2384 }, 'opaque'])
    const whole = hex(tunnel('11 00 bc e0 0000 0a03 01 00 80'))
    expect(read({ from: 'client', bytes: whole.subarray(0, 14), length: whole.length })).toEqual([
      'short',
      { act: ['unknown'], fn: 1056 },
    ])
    expect(read(...asks('06 10 0420 0040 04 01'))).toEqual([{ act: ['unknown'], fn: 512 }, 'unfit'])
  })

  it('names addresses', () => {
    expect(knx.areaText!(0, 0x0a03, 0x0a03)).toBe('group 1/2/3')
    expect(knx.areaText!(1, 0x11105, 0x11105)).toBe('device 1.1.5')
  })
})
