import { describe, expect, it } from 'vitest'
import {
  bytes,
  ETHERTYPE,
  ethernet,
  fragments,
  gre,
  ipv4,
  ipv6,
  optionsHeader,
  PROTO,
  tcp,
  u16,
  u32,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import { A, B, ends4, ends6, FLOW4, FLOW6, frame4, outer, tcp4, tcp6 } from './gallery.ts'
import { read, readAt } from './support.ts'

const on4 = (packet: Uint8Array): Uint8Array => ethernet(B, A, ETHERTYPE.ipv4, packet)
const on6 = (packet: Uint8Array): Uint8Array => ethernet(B, A, ETHERTYPE.ipv6, packet)

describe('fragments of IPv4', () => {
  const pieces = fragments(
    { ...ends4, proto: PROTO.udp, id: 0xfedc },
    udp(ends4, 5000, 47808, zeros(4000)),
    1500,
  ).map(piece => read(on4(piece)))

  it('share an identification; the first has the ports, the others none', () => {
    expect(pieces).toHaveLength(3)
    expect(pieces.map(p => p.fragmentId)).toEqual([0xfedc, 0xfedc, 0xfedc])
    expect(pieces.map(p => p.flags)).toEqual([['first-fragment'], ['later-fragment'], ['later-fragment']])
    expect(pieces.map(p => p.flow.split(' ')[0])).toEqual(['10.1.0.1:5000', '10.1.0.1:0', '10.1.0.1:0'])
    expect(pieces.map(p => p.l4At)).toEqual([34, -1, -1])
  })

  it('together carry the payload, each byte once', () => {
    expect(pieces.reduce((sum, p) => sum + p.payloadBytes, 0)).toBe(4000)
  })

  it('a first fragment too small for a TCP header has ports and no flags', () => {
    const [first, second] = fragments({ ...ends4, proto: PROTO.tcp, id: 3 }, tcp4.subarray(20), 28)
    expect(read(on4(first))).toMatchObject({ flow: FLOW4, l4At: -1, tcp: [0], flags: ['first-fragment'] })
    expect(read(on4(second))).toMatchObject({ flow: '10.1.0.1:0 > 10.2.0.2:0 6', tcp: [0] })
  })

  it('a later fragment takes nothing over from the frame before it', () => {
    const d = new Dissector()
    const syn = on4(
      ipv4({ ...ends4, proto: PROTO.tcp }, tcp(ends4, { srcPort: 1, dstPort: 2, seq: 3, flags: 'S' })),
    )
    const later = on4(fragments({ ...ends4, proto: PROTO.tcp, id: 3 }, zeros(3000), 1500)[1])
    expect(readAt(d, syn, 0, syn.length, syn.length, 1).tcp[0]).toBe(2)
    expect(readAt(d, later, 0, later.length, later.length, 1).tcp).toEqual([0])
  })

  it('an authentication header stays closed in every fragment, so that they meet', () => {
    const inside = bytes(6, 4, u16(0), u32(1), u32(1), zeros(12), tcp4.subarray(20), zeros(2000))
    const [first, second] = fragments({ ...ends4, proto: 51, id: 3 }, inside, 1500)
    expect(read(on4(first)).flow).toBe('10.1.0.1:0 > 10.2.0.2:0 51')
    expect(read(on4(second)).flow).toBe('10.1.0.1:0 > 10.2.0.2:0 51')
  })

  it('a later fragment is not opened, whatever it looks like', () => {
    const piece = ipv4({ ...ends4, proto: PROTO.gre, id: 3 }, gre(0x0800, tcp4), 1480)
    expect(read(on4(piece))).toMatchObject({
      flow: '10.1.0.1:0 > 10.2.0.2:0 47',
      layers: [],
      flags: ['later-fragment'],
    })
  })
})

describe('fragments of IPv6', () => {
  const datagram = udp(ends6, 5000, 47808, zeros(4000))
  const pieces = fragments({ ...ends6, proto: PROTO.udp, id: 0xdeadbeef }, datagram, 1500).map(piece =>
    read(on6(piece)),
  )

  it('share an identification of 32 bits; the first has the ports, the others none', () => {
    expect(new Set(pieces.map(p => p.fragmentId))).toEqual(new Set([0xdeadbeef]))
    expect(pieces.map(p => p.flags[0])).toEqual(['first-fragment', 'later-fragment', 'later-fragment'])
    expect(pieces.map(p => p.flow.split(' ')[0])).toEqual([
      '[fd00:1::1]:5000',
      '[fd00:1::1]:0',
      '[fd00:1::1]:0',
    ])
    expect(pieces.reduce((sum, p) => sum + p.payloadBytes, 0)).toBe(4000)
  })

  it('behind hop-by-hop options', () => {
    const header = { ...ends6, proto: PROTO.udp, id: 7, extensions: [optionsHeader(0, 5, 2, 0, 0)] }
    const [first, second] = fragments(header, datagram, 1500).map(piece => read(on6(piece)))
    expect(first).toMatchObject({
      flow: '[fd00:1::1]:5000 > [fd00:2::2]:47808 17',
      fragmentId: 7,
      l4At: 14 + 40 + 8 + 8,
    })
    expect(second).toMatchObject({ flow: '[fd00:1::1]:0 > [fd00:2::2]:0 17', fragmentId: 7 })
  })

  const withFragmentHeader = (word: number, next: number, rest: Uint8Array): Uint8Array =>
    on6(ipv6({ ...ends6, proto: PROTO.fragment }, bytes(next, 0, u16(word), u32(9), rest)))

  it('an atomic fragment is no fragment, RFC 6946', () => {
    expect(read(withFragmentHeader(0, 6, tcp6.subarray(40)))).toMatchObject({
      flow: FLOW6,
      flags: [],
      payloadBytes: 5,
    })
  })

  it('reserved bits of the fragment header are no offset', () => {
    expect(read(withFragmentHeader(6, 6, tcp6.subarray(40)))).toMatchObject({ flow: FLOW6, flags: [] })
    expect(read(withFragmentHeader(7, 6, tcp6.subarray(40)))).toMatchObject({
      flow: FLOW6,
      flags: ['first-fragment'],
    })
  })

  it('the last fragment has an offset and no more to come', () => {
    expect(read(withFragmentHeader(8, 6, tcp6.subarray(40)))).toMatchObject({
      flags: ['later-fragment'],
      l4At: -1,
    })
  })

  it('a second fragment header decides, and a frame is never both', () => {
    const inside = bytes(6, 0, u16(8), u32(10), tcp6.subarray(40))
    const reading = read(withFragmentHeader(1, 44, inside))
    expect(reading).toMatchObject({ flags: ['later-fragment'], fragmentId: 10, l4At: -1 })
  })

  it('destination options behind the fragment header are walked in the first one', () => {
    const { type, body } = optionsHeader(60)
    expect(type).toBe(60)
    const first = read(withFragmentHeader(1, 60, bytes(6, body, tcp6.subarray(40))))
    expect(first).toMatchObject({ flow: FLOW6, flags: ['first-fragment'], fragmentId: 9 })
  })
})

describe('tunnel packets in several fragments', () => {
  const inside = bytes(frame4, zeros(1600))
  const packet = { src: outer.src, dst: outer.dst, proto: PROTO.gre, id: 0x77 }

  it('the first one shows the frame inside, and the layer says which packet it was a piece of', () => {
    const [first] = fragments(packet, gre(ETHERTYPE.teb, inside), 1500)
    const reading = read(on4(first))
    expect(reading).toMatchObject({
      flow: FLOW4,
      flags: ['outer-fragment'],
      layers: [`gre -1 ${outer.src} > ${outer.dst}`],
    })
    expect(reading.layerSums).toEqual([[1514, 1500, 1, 1, 0x77]])
  })

  it('the later ones are pieces of the outer packet', () => {
    const [, second] = fragments(packet, gre(ETHERTYPE.teb, inside), 1500)
    expect(read(on4(second))).toMatchObject({
      flow: `${outer.src}:0 > ${outer.dst}:0 47`,
      flags: ['later-fragment'],
      fragmentId: 0x77,
    })
  })

  it('a fragment inside a whole tunnel packet is a fragment of the inner flow', () => {
    const [first, second] = fragments(
      { ...ends4, proto: PROTO.udp, id: 5 },
      udp(ends4, 5000, 47808, zeros(2000)),
      1400,
    )
    const wrap = (piece: Uint8Array): Uint8Array => on4(ipv4({ ...packet }, gre(ETHERTYPE.ipv4, piece)))
    expect(read(wrap(first))).toMatchObject({
      flow: '10.1.0.1:5000 > 10.2.0.2:47808 17',
      flags: ['first-fragment'],
      fragmentId: 5,
    })
    expect(read(wrap(second))).toMatchObject({
      flow: '10.1.0.1:0 > 10.2.0.2:0 17',
      flags: ['later-fragment'],
      fragmentId: 5,
    })
    expect(read(wrap(first)).layerSums[0][3]).toBe(0)
  })
})
