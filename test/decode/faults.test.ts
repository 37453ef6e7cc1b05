import { describe, expect, it } from 'vitest'
import {
  bytes,
  carried,
  ETHERTYPE,
  erspan2,
  erspan3,
  ethernet,
  fragments,
  gre,
  ipv4,
  mac,
  mpls,
  PROTO,
  snap,
  u16,
  u32,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { A, B, ends4, FLOW4, frame4, frame6, outer, tcp4, tcp6 } from './gallery.ts'
import { patch, read } from './support.ts'

/** A header of each layer with too few bytes for it, `at` is where the frame stops; first as cut, then as sent. */
const layers: [string, number, Uint8Array, number][] = [
  ['Ethernet', 1, frame4, 13],
  ['nothing at all', 1, frame4, 0],
  ['the 802.1Q tag', 1, ethernet(B, A, 0x0800, tcp4, [{ vlan: 5 }]), 17],
  ['the second tag', 1, ethernet(B, A, 0x0800, tcp4, [{ vlan: 5 }, { vlan: 6 }]), 20],
  ['the HSR tag', 1, ethernet(B, A, 0x892f, bytes(u16(60), u16(1), u16(0x0800), tcp4)), 19],
  ['Cisco metadata', 1, ethernet(B, A, 0x8909, bytes(u32(0x01010001), u16(42), u16(0x0800), tcp4)), 21],
  ['LLC', 1, snap(B, A, 0, 0x0800, tcp4), 16],
  ['SNAP', 1, snap(B, A, 0, 0x0800, tcp4), 21],
  ['the label stack', 1, ethernet(B, A, 0x8847, bytes(u32(0x00010040), mpls(16, tcp4))), 20],
  ['PPPoE', 1, ethernet(B, A, 0x8864, bytes(0x11, 0, u16(1), u16(50), u16(0x21), tcp4)), 20],
  ['IPv4', 1, frame4, 33],
  ['IPv4 before its first byte', 1, frame4, 14],
  ['IPv6', 1, frame6, 53],
  ['Linux SLL', 113, bytes(u16(0), u16(1), u16(6), mac(A), u16(0), u16(0x0800), tcp4), 15],
  ['Linux SLL2', 276, bytes(u16(0x0800), zeros(18), tcp4), 19],
  ['null', 0, bytes([2, 0, 0, 0], tcp4), 3],
  ['PPP', 9, bytes(u16(0x21), tcp4), 1],
  ['PPP direction', 204, bytes(0, 0x21, tcp4), 0],
  ['PPPoE link', 51, bytes(0x11, 0, u16(1), u16(50), u16(0x21), tcp4), 5],
  ['Cisco HDLC', 104, bytes(0x0f, 0, u16(0x0800), tcp4), 3],
  ['raw IP', 101, tcp4, 19],
  ['raw IPv6', 101, tcp6, 39],
]

describe('too few bytes for a header', () => {
  it.each(layers)('%s: cut by the capture is truncated', (_, linkType, frame, at) => {
    expect(read(frame, { linkType, captured: at }).class).toBe('truncated')
  })

  it.each(layers)('%s: sent like that is malformed', (_, linkType, frame, at) => {
    expect(read(frame.subarray(0, at), { linkType }).class).toBe('malformed')
  })

  // of a label stack or a PPP protocol nobody knows how long the sender made it
  const sized = layers.filter(([name, , , at]) => at > 0 && !/label|^PPP$|first byte/.test(name))
  it.each(sized)('%s: sent like that and cut on top is malformed all the same', (_, linkType, frame, at) => {
    expect(read(frame, { linkType, captured: at - 1, wire: at }).class).toBe('malformed')
  })
})

describe('wrong by itself', () => {
  const at = 14
  it.each([
    ['IPv4 header length below 20', patch(frame4, at, 0x44)],
    ['IPv4 header length 0', patch(frame4, at, 0x40)],
    ['IPv4 total length below the header', patch(frame4, at + 2, u16(19))],
    [
      'IPv4 total length below the options',
      patch(
        ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 17, options: zeros(8) }, zeros(20))),
        at + 2,
        u16(24),
      ),
    ],
    ['IP version 0', patch(frame4, at, 0x05)],
    ['IP version 5', patch(frame6, at, 0x50)],
    ['IP version 15', patch(frame6, at, 0xf0)],
  ])('%s is malformed, whole or cut', (_, frame) => {
    expect(read(frame).class).toBe('malformed')
    expect(read(frame, { captured: frame.length - 1 }).class).toBe('malformed')
  })

  it.each([
    ['TCP data offset below 5', patch(frame4, at + 20 + 12, 0x40), []],
    ['TCP data offset beyond the packet', patch(frame4, at + 20 + 12, 0xf0), [24, 7, 9, 512]],
  ])('%s leaves the addresses and ports usable', (_, frame, tcp) => {
    const reading = read(frame)
    expect(reading).toMatchObject({ class: 'decoded', flow: FLOW4, ipBytes: 45 })
    expect(reading.tcp).toEqual(tcp.length > 0 ? tcp : [0])
    expect(reading.payloadCaptured).toBe(tcp.length > 0 ? 0 : 5)
    expect(reading.payloadBytes).toBe(tcp.length > 0 ? 0 : 5)
  })

  it('a transport header that does not fit into the packet leaves the addresses usable', () => {
    for (const proto of [6, 17, 33, 132, 136]) {
      const frame = ethernet(B, A, 0x0800, ipv4({ ...ends4, proto }, bytes(1, 2, 3)))
      // the padding behind the packet is not read as ports
      expect(read(frame)).toMatchObject({
        flow: `10.1.0.1:0 > 10.2.0.2:0 ${proto}`,
        l4At: -1,
        flags: [],
        payloadBytes: 3,
      })
    }
    const echo = ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 1 }, bytes(8)))
    expect(read(echo)).toMatchObject({ flow: '10.1.0.1:0 > 10.2.0.2:0 1', l4At: -1, payloadBytes: 1 })
  })

  it('an extension header that does not fit ends the walk', () => {
    const packet = patch(tcp6, 6, 0)
    // the packet ends four bytes into the header, what follows is padding that would do for the rest of it
    const short = bytes(packet.subarray(0, 4), u16(4), packet.subarray(6, 40), bytes(6, 0, 1, 4), zeros(30))
    expect(read(ethernet(B, A, 0x86dd, short)).flow).toBe('[fd00:1::1]:0 > [fd00:2::2]:0 0')
    const long = patch(packet, 40, 6, 255)
    expect(read(ethernet(B, A, 0x86dd, long))).toMatchObject({
      flow: '[fd00:1::1]:0 > [fd00:2::2]:0 6',
      l4At: -1,
    })
  })

  it('an endless chain of extension headers ends the walk', () => {
    const chain = bytes(...Array.from({ length: 40 }, () => bytes(60, 0, 1, 4, 0, 0, 0, 0)))
    const packet = bytes(u32(0x60000000), u16(chain.length), 60, 64, tcp6.subarray(8, 40), chain)
    expect(read(ethernet(B, A, 0x86dd, packet)).flow).toBe('[fd00:1::1]:0 > [fd00:2::2]:0 60')
  })
})

describe('cut by the mirror before it was wrapped', () => {
  const cutFlag = (erspan: Uint8Array): Uint8Array => patch(erspan, 8 + 2, erspan[8 + 2] | 0x04)
  it.each([
    ['II', erspan2(9, 1, 0, frame4.subarray(0, 60))],
    ['III', erspan3(9, 1, 0, 5, frame4.subarray(0, 60))],
  ])('ERSPAN %s says so', (_, erspan) => {
    expect(read(carried(outer, PROTO.gre, cutFlag(erspan), 1))).toMatchObject({ flow: FLOW4, flags: ['cut'] })
  })

  it('ERSPAN says so, and the addresses are gone: truncated, not malformed', () => {
    const erspan = erspan2(9, 1, 0, frame4.subarray(0, 30))
    expect(read(carried(outer, PROTO.gre, cutFlag(erspan), 1)).class).toBe('truncated')
    expect(read(carried(outer, PROTO.gre, erspan, 1)).class).toBe('malformed')
  })

  it('a packet inside that states more than arrived says so', () => {
    const big = ethernet(B, A, 0x0800, patch(tcp4, 2, u16(1500)))
    const reading = read(carried(outer, PROTO.gre, gre(ETHERTYPE.teb, big), 1))
    expect(reading).toMatchObject({ flow: FLOW4, flags: ['cut'], ipBytes: 1500, payloadBytes: 1460 })
    expect(reading.payloadCaptured).toBeLessThanOrEqual(big.length - 54)
  })

  it.each([
    ['IPv4', patch(frame4, 16, u16(1500)), 1500],
    ['IPv6', patch(frame6, 18, u16(1460)), 1500],
  ])('a plain %s packet that states more than the frame had says so too', (_, frame, ipBytes) => {
    expect(read(frame)).toMatchObject({ class: 'decoded', flags: ['cut'], ipBytes, frameBytes: frame.length })
  })

  it('but the first fragment of a tunnel packet is not cut: the rest comes in the next frame', () => {
    const inside = bytes(
      0x08,
      0,
      0,
      0,
      u32(0x500),
      ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 17 }, zeros(1600))),
    )
    const [first] = fragments(
      { src: outer.src, dst: outer.dst, proto: 17, id: 4 },
      bytes(u16(50000), u16(4789), u16(8 + inside.length), u16(0), inside),
      1500,
    )
    expect(read(ethernet(B, A, 0x0800, first))).toMatchObject({
      layers: [`vxlan 5 ${outer.src} > ${outer.dst}`],
      flags: ['outer-fragment'],
      ipBytes: 1620,
    })
  })

  it('nor is an ERSPAN packet whose first fragment ends inside the addresses wrong by itself', () => {
    const [first] = fragments(
      { src: outer.src, dst: outer.dst, proto: 47, id: 4 },
      erspan2(9, 1, 0, frame4),
      68,
    )
    expect(first.length).toBeLessThanOrEqual(68)
    expect(read(ethernet(B, A, 0x0800, first)).class).toBe('truncated')
  })

  it('a tunnel whose packet was cut before its addresses stays a conversation of the outer ones', () => {
    const frame = carried(outer, PROTO.udp, bytes(u16(50000), u16(4789), u16(0), u16(0), vxlan(5, frame4)), 1)
    expect(read(frame, { captured: 14 + 28 + 8 + 14 + 19 })).toMatchObject({
      flow: '10.9.0.1:50000 > 10.9.0.2:4789 17',
      layers: [],
      flags: ['cut'],
    })
  })
})
