import { describe, expect, it } from 'vitest'
import {
  bytes,
  carried,
  carriedUdp,
  erspan2,
  ethernet,
  geneve,
  gre,
  gtpu,
  ipv4,
  mpls,
  PROTO,
  u16,
  u24,
  u32,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { dns } from '../../captures/support/it.ts'
import * as F from '../../src/decode/facts.ts'
import { A, B, FLOW4, frame4, greWith, nested, outer, pptp, tcp4, tcp6 } from './gallery.ts'
import { patch, read } from './support.ts'

const over = (proto: number, payload: Uint8Array): Uint8Array => carried(outer, proto, payload, 7)
const overUdp = (port: number, payload: Uint8Array, source = 50000): Uint8Array =>
  carriedUdp(outer, source, port, payload, 8)

describe('depth', () => {
  it('eight tunnels are opened, the ninth is too deep', () => {
    expect(F.MOST_LAYERS).toBe(8)
    for (let depth = 0; depth <= 8; depth++) {
      const reading = read(nested(depth))
      expect(reading).toMatchObject({ class: 'decoded', flow: FLOW4 })
      expect(reading.layers).toHaveLength(depth)
    }
    for (const depth of [9, 10, 100]) expect(read(nested(depth)).class).toBe('too-deep')
  })

  it('tags, labels and PPPoE sessions are no tunnels and do not count', () => {
    const packet = nested(8).subarray(14)
    const session = bytes(0x11, 0, u16(1), u16(2 + packet.length), u16(0x21), packet)
    expect(read(ethernet(B, A, 0x8864, session, [{ vlan: 1 }, { vlan: 2 }])).layers).toHaveLength(8)
    expect(read(ethernet(B, A, 0x8847, mpls(16, packet))).layers).toHaveLength(8)
  })

  it('kinds mix, and each frame inside counts from its own start', () => {
    const inner = ethernet(B, A, 0x0800, tcp4)
    const one = overUdp(4789, vxlan(1, inner))
    const two = over(PROTO.gre, erspan2(2, 1, 0, one))
    const three = over(PROTO.ipip, two.subarray(14))
    const reading = read(three)
    expect(reading.layers.map(layer => layer.split(' ', 2).join(' '))).toEqual([
      'ipip -1',
      'erspan 2',
      'vxlan 1',
    ])
    expect(reading.frameBytes).toBe(inner.length)
    expect(reading.layerSums.map(sums => sums[0])).toEqual([three.length, two.length - 14, one.length])
    expect(reading.layerSums.map(sums => sums[1])).toEqual([
      three.length - 14,
      two.length - 14,
      one.length - 14,
    ])
    expect(reading.layerSums.map(sums => sums[2])).toEqual([0, 1, 1])
  })
})

/** Frames that look a little like a tunnel: what they are stays the conversation outside. */
const closed: [string, Uint8Array, string][] = [
  ['GRE version 2', over(47, patch(gre(0x0800, tcp4), 1, 2)), '0 > 0 47'],
  ['GRE that carries what nobody opens', over(47, gre(0x00fe, zeros(40))), '0 > 0 47'],
  [
    'GRE with a source route that never ends',
    over(47, greWith({ routing: bytes(u16(1), 0, 4, u32(1)) }, 0x0800, zeros(0))),
    '0 > 0 47',
  ],
  ['GRE keep-alive', over(47, gre(0, zeros(0))), '0 > 0 47'],
  ['PPTP acknowledgement alone', over(47, pptp(zeros(0), false, true)), '0 > 0 47'],
  ['PPTP, encrypted, that looks like IP', over(47, pptp(bytes(u16(0x00fd), tcp4))), '0 > 0 47'],
  [
    'PPTP, link control',
    over(47, pptp(bytes(0xff, 3, u16(0xc021), 0x45, 1, u16(20), zeros(20)))),
    '0 > 0 47',
  ],
  [
    'ERSPAN of a version nobody knows',
    over(47, bytes(u16(0x1000), u16(0x88be), u32(1), u16(0x3000), zeros(6), frame4)),
    '0 > 0 47',
  ],
  [
    'ERSPAN III of a reserved frame type',
    over(
      47,
      bytes(u16(0x1000), u16(0x22eb), u32(1), u16(0x2000), u16(7), u32(5), u16(0), u16(7 << 10), frame4),
    ),
    '0 > 0 47',
  ],
  ['protocol 4 that carries no IP', over(4, zeros(40)), '0 > 0 4'],
  ['protocol 41 that is too short', over(41, tcp6.subarray(0, 39)), '0 > 0 41'],
  ['EtherIP of another version', over(97, bytes(u16(0x4000), frame4)), '0 > 0 97'],
  ['L2TP version 3 over IP', over(115, zeros(40)), '0 > 0 115'],
  [
    'VXLAN without the flag that makes its number valid',
    overUdp(4789, patch(vxlan(5, frame4), 0, 0)),
    '50000 > 4789 17',
  ],
  ['VXLAN, half a header', overUdp(4789, bytes(8, 0, 0, 0)), '50000 > 4789 17'],
  ['VXLAN around half an IP header', overUdp(4789, vxlan(5, frame4.subarray(0, 30))), '50000 > 4789 17'],
  [
    'VXLAN, reserved bits set around an unknown type',
    overUdp(4789, patch(vxlan(5, ethernet(B, A, 0xabcd, zeros(46))), 0, 0x88)),
    '50000 > 4789 17',
  ],
  [
    'VXLAN-GPE, a next protocol nobody knows',
    overUdp(4790, bytes(0x0c, 0, 0, 9, u24(1), 0, frame4)),
    '50000 > 4790 17',
  ],
  [
    'VXLAN-GPE, NSH in NSH',
    overUdp(4790, bytes(0x0c, 0, 0, 4, u24(1), 0, u16(2), 1, 4, u32(0), frame4)),
    '50000 > 4790 17',
  ],
  ['GENEVE of another version', overUdp(6081, patch(geneve(5, frame4), 0, 0x42)), '50000 > 6081 17'],
  ['GENEVE of another protocol', overUdp(6081, patch(geneve(5, frame4), 2, u16(0x88b8))), '50000 > 6081 17'],
  ['GENEVE whose options do not end', overUdp(6081, patch(geneve(5, frame4), 0, 0x3f)), '50000 > 6081 17'],
  ['GTP-U echo request', overUdp(2152, bytes(0x32, 1, u16(4), u32(0), u16(1), 0, 0)), '50000 > 2152 17'],
  ['GTP version 2', overUdp(2152, patch(gtpu(1, tcp4), 0, 0x48)), '50000 > 2152 17'],
  [
    'GTP-U, an extension header of no length',
    overUdp(2152, bytes(0x34, 0xff, u16(60), u32(1), u16(0), 0, 0x85, 0, tcp4)),
    '50000 > 2152 17',
  ],
  ['TZSP keep-alive', overUdp(37008, bytes(1, 4, u16(0), 1)), '50000 > 37008 17'],
  ['TZSP of a radio frame', overUdp(37008, bytes(1, 0, u16(18), 1, zeros(40))), '50000 > 37008 17'],
  [
    'TZSP whose tags do not end',
    overUdp(37008, bytes(1, 0, u16(1), [10, 200, 1], frame4)),
    '50000 > 37008 17',
  ],
  ['Teredo that states more than is there', overUdp(3544, patch(tcp6, 4, u16(100))), '50000 > 3544 17'],
  ['Teredo bubble that is none', overUdp(3544, bytes(0x60, zeros(38))), '50000 > 3544 17'],
  ['MPLS in UDP without IP or frame', overUdp(6635, mpls(5, bytes(0x10, zeros(40)))), '50000 > 6635 17'],
  [
    'L2TP control message',
    overUdp(1701, bytes(u16(0xc802), u16(20), u32(0), u32(0), tcp4)),
    '50000 > 1701 17',
  ],
  ['L2TP version 3', overUdp(1701, bytes(u16(3), u16(0), u32(9), tcp4)), '50000 > 1701 17'],
  [
    'L2TP, link control',
    overUdp(1701, bytes(u16(2), u32(1), u16(0xc021), 0x45, zeros(30))),
    '50000 > 1701 17',
  ],
]

describe('what is no tunnel', () => {
  it.each(closed)('%s', (_, frame, says) => {
    const [source, , destination, proto] = says.split(' ')
    const flow = `${outer.src}:${source} > ${outer.dst}:${destination} ${proto}`
    expect(read(frame)).toMatchObject({ class: 'decoded', flow, layers: [], vlans: [], flags: [] })
  })

  it('a DNS answer to a client that drew the port of VXLAN', () => {
    // any transaction id: half of them have the bit set that makes a VXLAN number valid
    for (let id = 0; id < 0x10000; id += 257) {
      const [question, answer] = dns(id, 'historian.plant.example', '10.3.0.3')
      expect(read(overUdp(4789, answer, 53)).layers, `id ${id}`).toEqual([])
      expect(read(overUdp(53, question, 4789)).layers, `id ${id}`).toEqual([])
    }
  })

  it('TCP on those ports', () => {
    const segment = patch(tcp4.subarray(20), 2, u16(4789))
    const frame = ethernet(
      B,
      A,
      0x0800,
      ipv4({ src: '10.1.0.1', dst: '10.2.0.2', proto: 6 }, bytes(segment, vxlan(5, frame4))),
    )
    expect(read(frame)).toMatchObject({ flow: '10.1.0.1:40001 > 10.2.0.2:4789 6', layers: [] })
  })
})

describe('what a tunnel brings along', () => {
  it('an IP packet inside has no MACs, but the tags of the frame around it', () => {
    const frame = carried({ ...outer, tags: [{ vlan: 77 }] }, PROTO.ipip, tcp4, 1)
    expect(read(frame)).toMatchObject({ macs: '- > -', vlans: [77], frameBytes: tcp4.length })
  })

  it('a frame inside has MACs and tags of its own, none of the outer ones', () => {
    const inside = ethernet(B, A, 0x0800, tcp4, [{ vlan: 5 }])
    const frame = carriedUdp({ ...outer, tags: [{ vlan: 77 }] }, 50000, 4789, vxlan(1, inside), 1)
    expect(read(frame)).toMatchObject({ macs: `${A} > ${B}`, vlans: [5], frameBytes: inside.length })
    const bare = carriedUdp({ ...outer, tags: [{ vlan: 77 }] }, 50000, 4789, vxlan(1, frame4), 1)
    expect(read(bare).vlans).toEqual([])
  })

  it('what is wrong inside is wrong: the frame ends in one class', () => {
    const frame = over(PROTO.gre, erspan2(1, 1, 0, patch(frame4, 14, 0x42)))
    expect(read(frame).class).toBe('malformed')
  })

  it('padding behind the outer packet is no part of the inner frame', () => {
    const frame = bytes(over(PROTO.gre, gre(0x6558, frame4)), zeros(30))
    expect(read(frame)).toMatchObject({ frameBytes: frame4.length, payloadBytes: 5 })
  })

  it('keys and numbers in full', () => {
    const id = (frame: Uint8Array): string => read(frame).layers[0].split(' ')[1]
    expect(id(overUdp(4789, vxlan(0xffffff, frame4)))).toBe(String(0xffffff))
    expect(id(overUdp(6081, geneve(0, frame4)))).toBe('0')
    expect(id(over(47, gre(0x0800, tcp4, { key: 0x7fffffff })))).toBe(String(0x7fffffff))
    expect(id(over(47, erspan2(0x3ff, 1, 0, frame4)))).toBe('1023')
    expect(id(overUdp(2152, gtpu(0x01020304, tcp4)))).toBe(String(0x01020304))
  })
})
