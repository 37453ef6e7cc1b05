import { describe, expect, it } from 'vitest'
import { bytes, ETHERTYPE, ethernet, mac, mpls, u16, u32, zeros } from '../../captures/support/frames.ts'
import { isSupportedLink } from '../../src/decode/link.ts'
import { A, B, C, D, FLOW4, frame4, gallery, tcp4, tcp6 } from './gallery.ts'
import { read } from './support.ts'

describe('link types', () => {
  it('names as supported just those that are opened', () => {
    const opened = new Set(gallery.map(piece => piece.linkType))
    for (let linkType = 0; linkType < 400; linkType++)
      expect(isSupportedLink(linkType), `link type ${linkType}`).toBe(opened.has(linkType))
  })

  it.each([8, 105, 107, 127, 129, 195, 239, 65535])('ends unsupported for link type %i', linkType => {
    expect(read(frame4, { linkType }).class).toBe('unsupported')
    expect(read(zeros(0), { linkType, wire: 60 }).class).toBe('unsupported')
  })

  it.each([
    ['null: a family that is not IP', 0, bytes([7, 0, 0, 0], tcp4)],
    ['PPP: link control', 9, bytes(0xff, 3, u16(0xc021), 1, 1, u16(4))],
    ['PPP: compressed and encrypted', 9, bytes(u16(0x00fd), tcp4)],
    ['Cisco HDLC: keepalive', 104, bytes(0x8f, 0, u16(0x8035), zeros(14))],
    ['Linux SLL: netlink', 113, bytes(u16(4), u16(824), u16(0), zeros(8), u16(0x0800), tcp4)],
    ['Linux SLL: radiotap', 113, bytes(u16(4), u16(803), u16(6), zeros(8), u16(0x0800), tcp4)],
    ['Linux SLL: a CAN frame', 113, bytes(u16(0), u16(280), u16(0), zeros(8), u16(0x000c), zeros(16))],
  ])('%s has no addresses to make a flow of', (_, linkType, frame) => {
    expect(read(frame, { linkType }).class).toBe('unsupported')
  })

  it('counts the bytes of a loopback packet without the header the capture put in front', () => {
    const frame = bytes([30, 0, 0, 0], tcp6)
    expect(read(frame, { linkType: 0 })).toMatchObject({ frameBytes: tcp6.length, ipBytes: tcp6.length })
  })

  it('counts the bytes of an Ethernet frame from its MACs, padding and trailer included', () => {
    expect(read(bytes(frame4, zeros(10))).frameBytes).toBe(frame4.length + 10)
    expect(read(frame4.subarray(0, 58), { wire: 1000 }).frameBytes).toBe(1000)
  })

  it('takes the MACs of a cooked header only where they are six bytes long', () => {
    const header = (length: number): Uint8Array =>
      bytes(u16(0), u16(1), u16(length), mac(A), u16(0), u16(0x0800))
    expect(read(bytes(header(6), tcp4), { linkType: 113 }).macs).toBe(`${A} > -`)
    expect(read(bytes(header(8), tcp4), { linkType: 113 }).macs).toBe('- > -')
    const header2 = (length: number): Uint8Array =>
      bytes(u16(0x0800), u16(0), u32(1), u16(1), 0, length, mac(A), u16(0))
    expect(read(bytes(header2(6), tcp4), { linkType: 276 }).macs).toBe(`${A} > -`)
    expect(read(bytes(header2(0), tcp4), { linkType: 276 }).macs).toBe('- > -')
  })

  it('believes the packet, not the field in front, about the version of IP', () => {
    expect(read(ethernet(B, A, ETHERTYPE.ipv6, tcp4)).flow).toBe(FLOW4)
    expect(read(tcp4, { linkType: 229 }).flow).toBe(FLOW4)
    expect(read(bytes([30, 0, 0, 0], tcp4), { linkType: 0 }).flow).toBe(FLOW4)
  })
})

describe('tags and labels', () => {
  const tags = (count: number): { vlan: number }[] =>
    Array.from({ length: count }, (_, i) => ({ vlan: i + 1 }))

  it('reads eight tags and calls nine too deep', () => {
    expect(read(ethernet(B, A, 0x0800, tcp4, tags(8))).vlans).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(read(ethernet(B, A, 0x0800, tcp4, tags(9))).class).toBe('too-deep')
  })

  it('does not follow redundancy tags for ever', () => {
    const chain = bytes(
      mac(B),
      mac(A),
      u16(0x892f),
      ...Array.from({ length: 9 }, () => bytes(u32(1), u16(0x892f))),
      tcp4,
    )
    expect(read(chain).class).toBe('too-deep')
  })

  it('keeps twelve bits of a tag', () => {
    expect(read(ethernet(B, A, 0x0800, tcp4, [{ vlan: 4095, priority: 7 }])).vlans).toEqual([4095])
  })

  it('leaves a stack of more than sixteen labels a frame of its type', () => {
    const labels = (count: number): Uint8Array =>
      bytes(...Array.from({ length: count - 1 }, () => u32(0x00020040)), mpls(9, tcp4))
    expect(read(ethernet(D, C, 0x8847, labels(16))).flow).toBe(FLOW4)
    expect(read(ethernet(D, C, 0x8847, labels(17))).flow).toBe(`${C} > ${D} 0x8847`)
  })

  it('does not take a label that carries no frame for a pseudowire', () => {
    // BFD over an associated channel, RFC 5586: nibble 1, then 42 bytes that are no Ethernet header
    const channel = bytes(
      u32(0x10000007),
      Uint8Array.from({ length: 42 }, (_, i) => 0x20 + i),
    )
    expect(read(ethernet(D, C, 0x8847, mpls(13, channel))).flow).toBe(`${C} > ${D} 0x8847`)
  })

  it('finds the frame of a pseudowire whose destination begins with a zero nibble', () => {
    const plain = mpls(16, ethernet('00:0e:8c:01:02:03', A, 0x0800, tcp4))
    expect(read(ethernet(D, C, 0x8847, plain))).toMatchObject({
      flow: FLOW4,
      macs: `${A} > 00:0e:8c:01:02:03`,
    })
  })
})
