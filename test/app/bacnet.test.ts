import { describe, expect, it } from 'vitest'
import { bacnet } from '../../src/app/ot/bacnet.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: UDP, srcPort: 47808, dstPort: 47808 }
/** a virtual link of a function around a body */
function link(fn: string, body: string): string {
  const length = 4 + body.replace(/\s/g, '').length / 2
  return `81 ${fn} ${length.toString(16).padStart(4, '0')} ${body}`
}
const unicast = (apdu: string, npdu = '01 04') => link('0a', `${npdu} ${apdu}`)
const asked = (...frames: string[]): Said[] => frames.map(one => ({ from: 'client', bytes: hex(one) }))
const replied = (...frames: string[]): Said[] => frames.map(one => ({ from: 'server', bytes: hex(one) }))
const read = (...said: Said[]) => readAll(bacnet, said, carrier)
const acts = (apdu: string) =>
  read(...asked(unicast(apdu))).filter(told => typeof told === 'object' && 'act' in told)

const READ = '00 05 01 0c 0c 00000007 19 55'
const WRITE = '00 05 02 0f 0c 00400003 19 55 3e 44 41200000 3f 49 08'

describe('what is BACnet/IP', () => {
  it.each([
    [unicast(READ), 'certain from client'],
    [unicast('30 01 0c 0c 00000007 19 55 3e 44 00000000 3f'), 'certain'],
    [link('0b', '01 20 ffff 00 ff 10 08'), 'certain'],
    [link('04', 'c0a80001 bac0 01 00 10 08'), 'certain'],
    [link('05', '003c'), 'certain from client'],
    [link('00', '0000'), 'certain from server'],
    [link('02', ''), 'certain from client'],
    [link('01', '00'.repeat(20)), 'certain from client'],
    [link('01', '00'.repeat(19)), 'not'],
    [link('0a', '02 04 00 05 01 0c'), 'not'],
    [link('0a', '01 50 00 05 01 0c'), 'not'],
    [unicast('90 05 01 0c'), 'not'],
    [link('0d', '01 04 00 05'), 'not'],
    [`${unicast(READ)} 00`, 'unsure from client'],
    ['81 0a 0040 01 04 00 05 01 0c', 'unsure from client'],
    ['82 0a 000a 01 04 00 05 01 0c', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(bacnet, hex(bytes), carrier)).toBe(what))

  it('cut by the capture', () =>
    expect(probeText(bacnet, hex('81 0a 0030 01'), { ...carrier, length: 0x30 })).toBe('certain'))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(bacnet, other, carrier)).toBe('not'))

  it('no DNS whose identifier begins like it', () =>
    expect(probeText(bacnet, hex('810a 0100 0001 0000 0000 0000 03777777 00 0001 0001'), carrier)).toBe(
      'not',
    ))
})

describe('what BACnet/IP does', () => {
  it('reads and writes objects; who asked first is the client', () => {
    expect(read(...asked(unicast(READ), unicast(WRITE)))).toEqual([
      { client: true },
      { act: ['read'], fn: 12, area: 0, first: 7, last: 7 },
      { act: ['write'], fn: 15, area: 1, first: 4194307, last: 4194307 },
    ])
  })

  it('lists of objects, and of what is in them', () => {
    const one = '0c 00800001 1e 09 55 2e 44 3f800000 2f 39 08 1f'
    const two = '0c 00c00002 1e 09 55 2e 91 01 2f 1f'
    expect(acts(`00 05 03 10 ${one} ${two}`)).toEqual([
      { act: ['write'], fn: 16, area: 2, first: 8388609, last: 8388609 },
      { act: ['write'], fn: 16, area: 3, first: 12582914, last: 12582914 },
    ])
    expect(acts('00 05 03 0e 0c 00000001 1e 09 08 1f 0c 02000001 1e 09 4d 1f')).toEqual([
      { act: ['read'], fn: 14, area: 0, first: 1, last: 1 },
      { act: ['read'], fn: 14, area: 8, first: 33554433, last: 33554433 },
    ])
  })

  it('an object identifier inside of a value is not what is written to', () => {
    const value = '0c 00800001 1e 09 55 2e 0c 02000009 2f 1f'
    expect(acts(`00 05 03 10 ${value}`)).toEqual([
      { act: ['write'], fn: 16, area: 2, first: 8388609, last: 8388609 },
    ])
  })

  it.each([
    ['00 05 01 05 09 12 1c 00000001 29 00 39 00', ['report'], 5, 0, 1],
    ['00 05 01 01 09 12 1c 02000005 2c 00000002 39 00 4e 4f', ['report'], 1, 0, 2],
    ['00 05 01 00 09 12 1c 00000009 29 01', ['write'], 0, 0, 9],
    ['00 05 01 06 c4 02800001 0e 31 00 21 80 0f', ['file'], 6, 10, 1],
    ['00 05 01 07 c4 02800001 0e 31 00 65 02 0102 0f', ['file'], 7, 10, 1],
    ['00 05 01 08 0c 03c00001 19 66 3e 3f', ['configure'], 8, 15, 1],
    ['00 05 01 0b c4 00800005', ['configure'], 11, 2, 5],
    ['00 05 01 0a 0e 1c 00800005 0f', ['configure'], 10, 2, 5],
    ['00 05 01 1a 0c 05000001 19 83', ['read'], 26, 20, 1],
    ['00 05 01 1b 09 01 1d 03 00 4142 29 04 3c 05400001', ['control'], 27, 21, 1],
    ['10 02 09 12 1c 02000005 2c 00000002 39 00 4e 4f', ['report'], 102, 0, 2],
  ])('%s: %s', (apdu, act, fn, area, number) =>
    expect(acts(apdu)).toEqual([
      { act, fn, area, first: area * 4194304 + number, last: area * 4194304 + number },
    ]),
  )

  it.each([
    ['00 05 01 11 09 0a 19 01', ['control'], 17],
    ['00 05 01 14 09 00', ['control'], 20],
    ['00 05 01 12 09 05 19 01', ['unknown'], 18],
    ['00 05 01 03', ['read'], 3],
    ['00 05 01 32', ['unknown'], 50],
    ['10 06 a4 7e0a0b 05 b4 0c000000', ['time'], 106],
    ['10 07 2e 2f', ['discover'], 107],
    ['10 08', ['discover'], 108],
    ['10 04 09 05 19 01', ['unknown'], 104],
    ['10 0e 0c 02000001', ['configure'], 114],
    ['10 63', ['unknown'], 199],
  ])('%s: %s', (apdu, act, fn) => expect(acts(apdu)).toEqual([{ act, fn }]))

  it('a new object of any instance', () => {
    expect(acts('00 05 01 0a 0e 09 02 0f')).toEqual([
      { act: ['configure'], fn: 10, area: 2, first: 8388608, last: 12582911 },
    ])
  })

  it('acknowledged, refused, rejected, aborted', () => {
    const told = read(
      ...asked(unicast(READ), unicast(WRITE)),
      ...replied(
        unicast('30 01 0c 0c 00000007 19 55 3e 44 00000000 3f'),
        unicast('20 02 0f'),
        unicast('50 02 0f 91 02 91 28'),
        unicast('60 01 04'),
        unicast('71 02 04'),
        unicast('60 09 04'),
      ),
    )
    expect(told.slice(3)).toEqual([
      { answer: 12 },
      { answer: 15 },
      { answer: 15, refused: true },
      { answer: 12, refused: true },
      { answer: 15, refused: true },
      { answer: 99, refused: true },
    ])
  })

  it('segments: the later ones may name more', () => {
    const first = '0c 05 07 00 04 10 0c 00800001 1e 09 55 2e 44 3f800000 2f 1f'
    const later = '08 05 07 01 04 10 0c 00800002 1e 09 55 2e 44 3f800000 2f 1f'
    expect(read(...asked(unicast(first), unicast(later)))).toEqual([
      { client: true },
      { act: ['write'], fn: 16, area: 2, first: 8388609, last: 8388609 },
      { act: ['write'], fn: 16 },
      'short',
      { act: ['write'], fn: 16 },
      'short',
    ])
    const answer = (number: string) => unicast(`3c 07 ${number} 04 0e 0c 00800001`)
    expect(read(...replied(answer('00'), answer('01'), unicast('40 07 01 04')))).toEqual([{ answer: 14 }])
  })

  it('who a device is', () => {
    expect(read(...replied(link('0b', '01 00 10 00 c4 0200004d 22 05c4 91 03 21 18')))).toEqual([
      { act: ['discover'], fn: 100 },
      { heard: 'name', text: 'BACnet device 77' },
      { heard: 'vendor', text: 'BACnet vendor 24' },
    ])
    const name = '30 01 0c 0c 0200004d 19 46 3e 75 07 00 4543592d3132 3f'.replace(
      '4543592d3132',
      '4543592d3132',
    )
    expect(read(...replied(unicast(name)))).toEqual([{ answer: 12 }, { heard: 'product', text: 'ECY-12' }])
  })

  it('not of itself what a router passes on', () => {
    const routed = '01 08 0005 01 0c 10 00 c4 0200004d 22 05c4 91 03 21 18'
    expect(read(...replied(link('0b', routed)))).toEqual([{ act: ['discover'], fn: 100 }])
    const forwarded = 'c0a80001 bac0 01 00 10 00 c4 0200004d 22 05c4 91 03 21 18'
    expect(read(...replied(link('04', forwarded)))).toEqual([{ act: ['discover'], fn: 100 }])
  })

  it('tables of the virtual link', () => {
    expect(
      read(
        ...asked(link('05', '003c')),
        ...replied(link('00', '0000')),
        ...asked(link('01', 'c0a80001 bac0 ffffffff'), link('02', ''), link('08', 'c0a80001bac0')),
        ...replied(link('00', '0010'), link('03', 'c0a80001 bac0 ffffffff')),
      ),
    ).toEqual([
      { act: ['configure'], fn: 205 },
      { answer: 205 },
      { act: ['configure'], fn: 201 },
      { act: ['read'], fn: 202 },
      { act: ['configure'], fn: 208 },
      { answer: 201, refused: true },
      { answer: 202 },
    ])
  })

  it('messages of the network layer', () => {
    const told = read(
      ...asked(...['00', '06 01 0001 01 00', '06 00', '12', '80 0001'].map(m => link('0a', `01 80 ${m}`))),
    )
    expect(told).toEqual([
      { act: ['discover'], fn: 300 },
      { act: ['configure'], fn: 306 },
      { act: ['read'], fn: 306 },
      { act: ['discover'], fn: 318 },
      { act: ['unknown'], fn: 428 },
    ])
  })

  it('secured, cut, damaged', () => {
    expect(read(...asked(link('0c', '00010203040506')))).toEqual([{ act: ['unknown'], fn: 212 }, 'opaque'])
    const whole = hex(unicast(WRITE))
    expect(read({ from: 'client', bytes: whole.subarray(0, 12), length: whole.length })).toEqual([
      { client: true },
      { act: ['write'], fn: 15 },
      'short',
    ])
    expect(read(...asked(unicast('00 05 02 0f 1c 00400003 19 55'))).slice(1)).toEqual([
      { act: ['write'], fn: 15 },
      'unfit',
    ])
    expect(read(...asked(link('0a', '01 20 ffff')))).toEqual([{ act: ['unknown'], fn: 210 }, 'unfit'])
  })

  it('a length that is not the datagram hides nothing', () => {
    expect(read(...asked('81 0a 0040 01 04 00 05 01 14 09 00'))).toEqual([
      { client: true },
      { act: ['control'], fn: 20 },
    ])
  })

  it('names what is meant', () => {
    expect(bacnet.areaText!(1, 4194307, 4194307)).toBe('analog output 3')
    expect(bacnet.areaText!(300, 1258291201, 1258291209)).toBe('object type 300 1-9')
    expect(bacnet.functionName!(205)).toBe('register foreign device')
  })
})
