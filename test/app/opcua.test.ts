import { describe, expect, it } from 'vitest'
import { opcua } from '../../src/app/ot/opcua.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const u16 = (value: number) => [value & 0xff, value >> 8]
const u32 = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24]
const text = (value: string) => [...u32(value.length), ...Buffer.from(value)]
const NULL = u32(-1)

function message(type: string, kind: string, content: readonly number[]): Uint8Array {
  return Uint8Array.from([...Buffer.from(type + kind), ...u32(8 + content.length), ...content])
}

const HELLO = message('HEL', 'F', [
  ...u32(0),
  ...u32(65536),
  ...u32(65536),
  ...u32(0),
  ...u32(0),
  ...text('opc.tcp://a'),
])
const ACKNOWLEDGE = message('ACK', 'F', [...u32(0), ...u32(65536), ...u32(65536), ...u32(0), ...u32(0)])
const ERROR = message('ERR', 'F', [...u32(0x80010000), ...text('no')])

const POLICY = 'http://opcfoundation.org/UA/SecurityPolicy#'
const open = (policy: string, body: readonly number[]) =>
  message('OPN', 'F', [...u32(1), ...text(POLICY + policy), ...NULL, ...NULL, ...u32(1), ...u32(1), ...body])

/** A service's encoding as a four-byte node identifier. */
const type = (id: number) => [1, 0, ...u16(id)]
const requestHeader = [0, 0, ...u32(0), ...u32(0), ...u32(1), ...u32(0), ...NULL, ...u32(1000), 0, 0, 0]
const responseHeader = (result = 0) => [...u32(0), ...u32(0), ...u32(1), ...u32(result), 0, ...NULL, 0, 0, 0]
const chunk = (request: number, body: readonly number[], kind = 'F', name = 'MSG') =>
  message(name, kind, [...u32(1), ...u32(1), ...u32(request), ...u32(request), ...body])

const client = (bytes: Uint8Array): Said => ({ from: 'client', bytes })
const server = (bytes: Uint8Array): Said => ({ from: 'server', bytes })
const ask = (id: number, body: readonly number[] = [], request = 2): Said =>
  client(chunk(request, [...type(id), ...requestHeader, ...body]))
const answer = (id: number, body: readonly number[] = [], result = 0, request = 2): Said =>
  server(chunk(request, [...type(id), ...responseHeader(result), ...body]))
const OPENED = [
  client(open('None', [...type(446), ...requestHeader])),
  server(open('None', [...type(449), ...responseHeader()])),
]

describe('what is OPC UA', () => {
  it('its messages, from both ends', () => {
    expect(probeText(opcua, HELLO)).toBe('certain from client')
    expect(probeText(opcua, ACKNOWLEDGE)).toBe('certain from server')
    expect(probeText(opcua, ask(631).bytes)).toBe('certain from client')
    expect(probeText(opcua, answer(634).bytes)).toBe('certain from server')
    expect(probeText(opcua, OPENED[0].bytes.subarray(0, 30), { length: 132 })).toBe('certain')
  })

  it.each([
    '4845 4c46 4845 4c50 2020 2020',
    '4d53 4746 ffff ffff 0000 0000',
    '4d53 4758 2000 0000 0000 0000',
    '4845 4c43 2000 0000 0000 0000',
    '4845 4c4f 2061 2e62 0d0a',
    '1603 0102 0001 0001 fc03 03aa',
    '0000 0000 0000 0000',
  ])('%s: not', bytes => {
    expect(probeText(opcua, hex(bytes), { dstPort: 4840 })).toBe('not')
  })
})

describe('what OPC UA does', () => {
  it('says hello and opens a channel', () => {
    expect(readAll(opcua, [client(HELLO), server(ACKNOWLEDGE), ...OPENED])).toEqual([
      { client: true },
      { act: ['session'], fn: 1 },
      { client: false },
      { answer: 1 },
      { client: true },
      { act: ['session'], fn: 446 },
      { client: false },
      { answer: 446 },
    ])
    expect(readAll(opcua, [client(HELLO), server(ERROR)]).slice(-1)).toEqual([{ answer: 1, refused: true }])
  })

  it('reads nodes by number', () => {
    const item = (node: number[]) => [...node, ...u32(13), ...NULL, ...u16(0), ...NULL]
    const nodes = [...item([0, 85]), ...item([1, 2, ...u16(5001)]), ...item([2, ...u16(3), ...u32(70_000)])]
    expect(readAll(opcua, [ask(631, [...Array(8).fill(0), ...u32(0), ...u32(3), ...nodes])])).toEqual([
      { client: true },
      { act: ['read'], fn: 631, area: 0, first: 85, last: 85 },
      { act: ['read'], fn: 631, area: 2, first: 5001, last: 5001 },
      { act: ['read'], fn: 631, area: 3, first: 70_000, last: 70_000 },
    ])
    expect(opcua.areaText!(2, 5001, 5001)).toBe('nodes 5001 of namespace 2')
  })

  it('writes values of any simple kind; a name instead of a number has no address', () => {
    const item = (node: number[], value: number[]) => [...node, ...u32(13), ...NULL, ...value]
    const node = (id: number) => [1, 2, ...u16(id)]
    const items = [
      item(node(1), [1, 10, ...u32(0)]),
      item(node(2), [3, 12, ...text('on'), ...u32(0)]),
      item(node(3), [1, 0x86, ...u32(2), ...u32(0), ...u32(0)]),
      item(node(4), [0]),
    ]
    expect(readAll(opcua, [ask(673, [...u32(4), ...items.flat()])]).slice(1)).toEqual(
      [1, 2, 3, 4].map(id => ({ act: ['write'], fn: 673, area: 2, first: id, last: id })),
    )
    const named = item([3, ...u16(2), ...text('valve')], [1, 1, 1])
    expect(readAll(opcua, [ask(673, [...u32(1), ...named])]).slice(1)).toEqual([{ act: ['write'], fn: 673 }])
    expect(readAll(opcua, [ask(673, [...u32(2), ...items[0], ...named])]).slice(1)).toEqual([
      { act: ['write'], fn: 673, area: 2, first: 1, last: 1 },
      { act: ['write'], fn: 673 },
    ])
  })

  it('calls methods', () => {
    expect(
      readAll(opcua, [ask(712, [...u32(1), 1, 2, ...u16(10), 1, 2, ...u16(11), ...u32(0)])]).slice(1),
    ).toEqual([{ act: ['control'], fn: 712, area: 2, first: 11, last: 11 }])
  })

  it.each([
    [428, ['discover']],
    [467, ['session']],
    [488, ['configure']],
    [527, ['discover']],
    [664, ['read']],
    [700, ['write']],
    [751, ['report']],
    [826, ['report']],
    [12208, ['discover']],
  ])('service %i', (id, act) => {
    const response = id > 12000 ? id + 1 : id + 3
    expect(readAll(opcua, [ask(id), answer(response)])).toEqual([
      { client: true },
      { act, fn: id },
      { client: false },
      { answer: id },
    ])
  })

  it('refusals: by the service, by a fault, by every item', () => {
    const last = (said: Said[]) => readAll(opcua, said).slice(-1)
    expect(last([answer(676, [], 0x80340000)])).toEqual([{ answer: 673, refused: true }])
    expect(last([ask(673, [], 7), answer(397, [], 0x80340000, 7)])).toEqual([{ answer: 673, refused: true }])
    expect(last([answer(676, [...u32(2), ...u32(0x803b0000), ...u32(0x803b0000)])])).toEqual([
      { answer: 673, refused: true },
    ])
    expect(last([answer(676, [...u32(2), ...u32(0x803b0000), ...u32(0)])])).toEqual([{ answer: 673 }])
  })

  it('a message in several chunks does what its first one says', () => {
    expect(
      readAll(opcua, [
        ...OPENED,
        client(chunk(3, [...type(673), ...requestHeader], 'C')),
        client(chunk(3, type(631), 'F')),
        client(chunk(4, [...type(631), ...requestHeader], 'F')),
      ]).slice(4),
    ).toEqual([{ client: true }, { act: ['write'], fn: 673 }, { client: true }, { act: ['read'], fn: 631 }])
  })

  it.each([0, 1, 0x7fffffff, 0x80000000, 0xffffffff])('request %i is read like any other', request => {
    expect(readAll(opcua, [ask(673, [], request), answer(397, [], 0x80340000, request)])).toEqual([
      { client: true },
      { act: ['write'], fn: 673 },
      { client: false },
      { answer: 673, refused: true },
    ])
  })

  it('says who it is', () => {
    const description = (kind: number) => [
      ...text('urn:a'),
      ...text('urn:vendor:product'),
      3,
      ...text('en'),
      ...text('Line 4'),
      ...u32(kind),
    ]
    expect(readAll(opcua, [ask(461, description(1))])).toEqual([
      { client: true },
      { heard: 'product', text: 'urn:vendor:product' },
      { heard: 'name', text: 'Line 4' },
      { act: ['session'], fn: 461 },
    ])
    expect(readAll(opcua, [answer(431, [...u32(1), ...text('opc.tcp://a'), ...description(0)])])).toEqual([
      { client: false },
      { answer: 428 },
      { heard: 'product', text: 'urn:vendor:product' },
      { heard: 'name', text: 'Line 4' },
    ])
  })

  it('what is encrypted is told so; what is only signed is read', () => {
    const secured = [
      client(open('Basic256Sha256', Array(64).fill(0x5a))),
      server(open('Basic256Sha256', Array(64).fill(0x5a))),
    ]
    expect(readAll(opcua, [...secured, ask(673), client(chunk(3, Array(64).fill(0x5a)))])).toEqual([
      { act: ['session'], fn: 446 },
      { answer: 446 },
      { client: true },
      { act: ['write'], fn: 673 },
      'opaque',
    ])
    expect(readAll(opcua, [client(chunk(3, Array(64).fill(0x5a)))])).toEqual(['opaque'])
    expect(readAll(opcua, [...secured, client(chunk(3, Array(64).fill(0x5a), 'F', 'CLO'))]).slice(2)).toEqual(
      [{ act: ['session'], fn: 452 }, 'opaque'],
    )
  })

  it('in the clear, what is no service is not known', () => {
    expect(readAll(opcua, [...OPENED, client(chunk(3, [...type(999), ...requestHeader]))]).slice(4)).toEqual([
      { act: ['unknown'], fn: 999 },
    ])
    expect(readAll(opcua, [...OPENED, client(chunk(3, Array(64).fill(0x5a)))]).slice(4)).toEqual([
      { act: ['unknown'], fn: 0 },
      'unfit',
    ])
  })

  it('cut by the capture', () => {
    const { bytes } = ask(673)
    const cut = (end: number) =>
      readAll(opcua, [
        ...OPENED,
        { from: 'client', bytes: bytes.subarray(0, end), length: bytes.length },
      ]).slice(4)
    expect(cut(32)).toEqual([{ client: true }, { act: ['write'], fn: 673 }])
    expect(cut(20)).toEqual([{ act: ['unknown'], fn: 0 }, 'short', 'short'])
  })
})
