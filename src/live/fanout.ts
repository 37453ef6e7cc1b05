import * as B from './bpf.ts'
import { shortWay } from './fanout-short-way.ts'
import {
  ERSPAN_II,
  ERSPAN_III,
  ETHERNET_BYTES,
  FOUR_BYTES,
  FRAGMENT,
  GENEVE_PORT,
  GRE,
  ICMP,
  ICMPV6,
  IP_IN_IP,
  IPV4,
  IPV6,
  OFFSET_MASK,
  ONE,
  OTHER,
  SIX_BYTES,
  SIX_IN_IP,
  TCP,
  TEB,
  UDP,
  UDP_BYTES,
  VLAN_TAGS,
  VXLAN_PORTS,
} from './fanout-terms.ts'

/**
 * The program that deals out the frames of one interface among several rings (packet(7), PACKET_FANOUT_CBPF). Its answer is the
 * partition of the flow table that the innermost addresses choose, computed as `src/net/hash.ts` and `src/dispatch/flow-key.ts` do;
 * the kernel takes it modulo the rings. Both directions of a conversation, and what a ring holds of it, keep their order.
 *
 * It looks through VLAN tags (the outermost one, which the kernel has taken out, and up to three more in each frame), IPv4 options,
 * and up to two tunnels in each other: GRE with IP or Ethernet, ERSPAN I to III, VXLAN, GENEVE, IP in IP. An ICMP error goes where
 * the packet goes that it quotes, a frame without IP by its two MACs, a fragment by the addresses that it has itself.
 *
 * What it does not reach goes by the innermost addresses that it did: a third tunnel, tunnels behind IPv6 extension headers, later
 * fragments of a tunnel's packet, GRE with source routes, PPTP, GTP-U, TZSP, Teredo, L2TP, EtherIP, NSH. MPLS, PPPoE, LLC with SNAP and
 * redundancy tags (HSR) go by their MACs. That costs nothing but the order between rings: all are read by one dispatcher.
 */
export const fanoutProgram = (): Uint8Array => written().assemble()

/** Partitions of the flow table, and so the most rings among which frames can be dealt out. */
export const FANOUT_PARTITIONS = 16
const PARTITION_SHIFT = 28

/** Tunnels that are opened, one in the other, and tags that are passed over in each frame. */
const TUNNELS = 2
const TAGS = 3

/** Words of memory behind those to be hashed, and one that is free once two words are left. */
const SUM = 2
const LENGTH = 8
/** where the innermost IP packet begins, and the innermost frame behind the outer one */
const PACKET = 9
const FRAME = 10
const TYPE = 11
const BITS = 12

/** Added to lengths, so that what is left behind a position past the end is not negative; positions get no farther past it. */
const SLACK = 4096

/** In the program X is where the header at hand begins, counted from behind the outer frame's EtherType. */
function written(): B.Assembler {
  const a = new B.Assembler()
  shortWay(a)
  a.label('general').add(B.LD_LENGTH).add(B.ADD, SLACK).add(B.STORE, LENGTH)
  a.add(B.LDX_CONSTANT, 0).add(B.LD_HALF, B.ETHERTYPE)
  for (let depth = 0; depth <= TUNNELS; depth++) {
    if (depth > 0) frameInside(a, depth)
    network(a, depth)
    packet(a, depth)
    if (depth < TUNNELS) openTunnel(a, depth)
  }
  outerMacs(a)
  addresses(a)
  return a
}

/** Goes to `short` where the packet ends within `bytes` from X. A is lost. */
const need = (a: B.Assembler, bytes: number, short: string): B.Assembler =>
  a
    .add(B.LD_MEMORY, LENGTH)
    .add(B.SUBTRACT | B.OF_X)
    .test(B.IF_AT_LEAST, SLACK + bytes, undefined, short)

/** X is `bytes` further on. A is lost. */
const skip = (a: B.Assembler, bytes: number): B.Assembler => a.add(B.X_TO_A).add(B.ADD, bytes).add(B.A_TO_X)

/** X is behind the IPv4 header it was at. A is lost. */
const skipFour = (a: B.Assembler): B.Assembler =>
  a
    .add(B.LD_BYTE_X, 0)
    .add(B.AND, 0x0f)
    .add(B.SHIFT_LEFT, 2)
    .add(B.ADD | B.OF_X)
    .add(B.A_TO_X)

/** A frame in a tunnel. */
function frameInside(a: B.Assembler, depth: number): void {
  need(a.label(`frame ${depth}`), ETHERNET_BYTES, 'outside').add(B.STORE_X, FRAME)
  a.add(B.LD_HALF_X, ETHERNET_BYTES - 2).add(B.STORE, TYPE)
  skip(a, ETHERNET_BYTES).add(B.LD_MEMORY, TYPE)
}

/** From an EtherType, in A, over tags to IP; what is none goes by its MACs. */
function network(a: B.Assembler, depth: number): void {
  for (let tag = 0; tag <= TAGS; tag++) {
    a.test(B.IF_EQUAL, IPV4, `packet ${depth}`).test(B.IF_EQUAL, IPV6, `packet ${depth}`)
    if (tag === TAGS) break
    const label = `tag ${depth} ${tag}`
    for (const type of VLAN_TAGS) a.test(B.IF_EQUAL, type, label)
    need(a.go(`macs ${depth}`).label(label), 4, `macs ${depth}`)
    a.add(B.LD_HALF_X, 2).add(B.STORE, TYPE)
    skip(a, 4).add(B.LD_MEMORY, TYPE)
  }
  a.go(`macs ${depth}`)
  if (depth === 0) return
  a.label(`macs ${depth}`).add(B.LDX_MEMORY, FRAME)
  a.add(B.LD_WORD_X, 2).add(B.STORE, ONE).add(B.LD_WORD_X, 8).add(B.STORE, OTHER).go('mixed')
}

/** An IP packet of either version; goes on with what it carries where that may be a tunnel. */
function packet(a: B.Assembler, depth: number): void {
  // nothing that is read: the outermost goes by its MACs, others were no tunnel
  const none = depth === 0 ? 'macs 0' : 'outside'
  const isLast = depth === TUNNELS
  need(a.label(`packet ${depth}`), FOUR_BYTES, none)
  a.add(B.LD_BYTE_X, 0).add(B.SHIFT_RIGHT, 4)
  a.test(B.IF_EQUAL, 4, `four ${depth}`).test(B.IF_EQUAL, 6, undefined, none)

  need(a, SIX_BYTES, none).add(B.STORE_X, PACKET)
  if (isLast) a.go('addresses')
  else {
    a.add(B.LD_BYTE_X, 6).test(B.IF_EQUAL, TCP, 'six').add(B.STORE, TYPE)
    skip(a, SIX_BYTES).go(`payload ${depth}`)
  }

  a.label(`four ${depth}`).add(B.LD_BYTE_X, 0).add(B.AND, 0x0f)
  a.test(B.IF_AT_LEAST, FOUR_BYTES / 4, undefined, none).add(B.STORE_X, PACKET)
  if (isLast) return void a.go('addresses')
  a.add(B.LD_BYTE_X, 9).test(B.IF_EQUAL, TCP, 'four').add(B.STORE, TYPE)
  a.add(B.LD_HALF_X, 6).test(B.IF_BITS, OFFSET_MASK, 'four')
  skipFour(a)

  a.label(`payload ${depth}`).add(B.LD_MEMORY, TYPE)
  a.test(B.IF_EQUAL, UDP, `udp ${depth}`).test(B.IF_EQUAL, GRE, `gre ${depth}`)
  a.test(B.IF_EQUAL, IP_IN_IP, `packet ${depth + 1}`)
  a.test(B.IF_EQUAL, SIX_IN_IP, `packet ${depth + 1}`, 'outside')
}

/** What UDP and GRE carry, X at their header. */
function openTunnel(a: B.Assembler, depth: number): void {
  const frame = `frame ${depth + 1}`
  const packet = `packet ${depth + 1}`
  const label = (name: string): string => `${name} ${depth}`

  // the eight bytes of the tunnel's header among those needed
  need(a.label(label('udp')), UDP_BYTES + 8, 'outside')
  for (const port of [2, 0]) {
    a.add(B.LD_HALF_X, port)
    for (const number of VXLAN_PORTS) a.test(B.IF_EQUAL, number, label('vxlan'))
    a.test(B.IF_EQUAL, GENEVE_PORT, label('geneve'))
  }
  a.go('outside')

  // RFC 7348: a flag says that the header is one; another (VXLAN-GPE) that its last flag byte tells what follows
  a.label(label('vxlan')).add(B.LD_BYTE_X, UDP_BYTES).test(B.IF_BITS, 0x08, undefined, 'outside')
  a.test(B.IF_BITS, 0x04, undefined, label('vxlan frame')).add(B.LD_BYTE_X, UDP_BYTES + 3)
  a.test(B.IF_EQUAL, 1, label('vxlan packet')).test(B.IF_EQUAL, 2, undefined, label('vxlan frame'))
  skip(a.label(label('vxlan packet')), UDP_BYTES + 8).go(packet)
  skip(a.label(label('vxlan frame')), UDP_BYTES + 8).go(frame)

  // RFC 8926: version 0, length of the options in words, what follows as an EtherType
  a.label(label('geneve'))
    .add(B.LD_HALF_X, UDP_BYTES + 2)
    .add(B.STORE, TYPE)
  a.add(B.LD_BYTE_X, UDP_BYTES).test(B.IF_BITS, 0xc0, 'outside').add(B.AND, 0x3f).add(B.SHIFT_LEFT, 2)
  a.add(B.ADD, UDP_BYTES + 8)
    .add(B.ADD | B.OF_X)
    .add(B.A_TO_X)
    .go(label('typed'))

  // RFC 2784 and 2890: version 0, a word each for checksum, key and sequence number; no source routes
  need(a.label(label('gre')), 4, 'outside')
    .add(B.LD_HALF_X, 0)
    .add(B.STORE, BITS)
  a.test(B.IF_BITS, 0x4007, 'outside').add(B.LD_HALF_X, 2).add(B.STORE, TYPE)
  skip(a, 4)
  for (const bit of [0x8000, 0x2000, 0x1000]) {
    const next = label(`gre ${bit}`)
    a.add(B.LD_MEMORY, BITS).test(B.IF_BITS, bit, undefined, next)
    skip(a, 4).label(next)
  }
  a.add(B.LD_MEMORY, TYPE).test(B.IF_EQUAL, ERSPAN_III, label('erspan'))
  a.test(B.IF_EQUAL, ERSPAN_II, undefined, label('typed'))
  // type I has no header of its own, and no sequence number
  a.add(B.LD_MEMORY, BITS).test(B.IF_BITS, 0x1000, label('erspan'), frame)

  // draft-foschiano-erspan-03: version 1 is type II; version 2 is type III, with what follows and eight bytes that may be there
  need(a.label(label('erspan')), 12, 'outside')
    .add(B.LD_BYTE_X, 0)
    .add(B.SHIFT_RIGHT, 4)
  a.test(B.IF_EQUAL, 1, label('erspan 2')).test(B.IF_EQUAL, 2, undefined, 'outside')
  a.add(B.LD_HALF_X, 10).add(B.SHIFT_RIGHT, 10).add(B.AND, 0x1f).add(B.STORE, TYPE)
  a.add(B.LD_BYTE_X, 11)
    .add(B.AND, 1)
    .add(B.SHIFT_LEFT, 3)
    .add(B.ADD, 12)
    .add(B.ADD | B.OF_X)
  a.add(B.A_TO_X).add(B.LD_MEMORY, TYPE)
  a.test(B.IF_EQUAL, 0, frame).test(B.IF_EQUAL, 2, packet, 'outside')
  skip(a.label(label('erspan 2')), 8).go(frame)

  a.label(label('typed')).add(B.LD_MEMORY, TYPE).test(B.IF_EQUAL, TEB, frame)
  a.test(B.IF_EQUAL, IPV4, packet).test(B.IF_EQUAL, IPV6, packet, 'outside')
}

function outerMacs(a: B.Assembler): void {
  a.label('macs 0')
    .add(B.LD_WORD, B.LINK_HEADER + 2)
    .add(B.STORE, ONE)
  a.add(B.LD_WORD, B.LINK_HEADER + 8)
    .add(B.STORE, OTHER)
    .go('mixed')
}

/** The addresses of the innermost packet, or of the one that it quotes, and their hash. */
function addresses(a: B.Assembler): void {
  a.label('outside').add(B.LDX_MEMORY, PACKET)
  a.label('addresses').add(B.LD_BYTE_X, 0).test(B.IF_BITS, 0x20, 'of six')
  a.add(B.LD_BYTE_X, 9).test(B.IF_EQUAL, ICMP, undefined, 'four')
  a.add(B.LD_HALF_X, 6).test(B.IF_BITS, OFFSET_MASK, 'four')
  quotedFour(a)
  a.label('own four').add(B.LDX_MEMORY, PACKET)
  a.label('four').add(B.LD_WORD_X, 12).add(B.STORE, ONE).add(B.LD_WORD_X, 16).add(B.STORE, OTHER).go('mixed')

  a.label('of six').add(B.LD_BYTE_X, 6).test(B.IF_EQUAL, ICMPV6, undefined, 'six')
  quotedSix(a)
  a.label('own six').add(B.LDX_MEMORY, PACKET)
  a.label('six')
  for (let word = 0; word < 8; word++) a.add(B.LD_WORD_X, 8 + word * 4).add(B.STORE, word)
  a.label('folded')
  folded(a, 0, ONE)
  folded(a, 4, OTHER)
  mixed(a.label('mixed'))
}

/** An ICMP error goes back to who sent what it quotes (RFC 792), with the ports of that; else it is a packet like others. */
function quotedFour(a: B.Assembler): void {
  a.add(B.LD_WORD_X, 16).add(B.STORE, OTHER)
  need(skipFour(a), 8 + FOUR_BYTES, 'own four').add(B.LD_BYTE_X, 0)
  for (const type of [3, 4, 5, 11]) a.test(B.IF_EQUAL, type, 'quoted four')
  a.test(B.IF_EQUAL, 12, undefined, 'own four')
  skip(a.label('quoted four'), 8).add(B.STORE_X, BITS)
  a.add(B.LD_BYTE_X, 0).test(B.IF_AT_LEAST, 0x45, undefined, 'own four').test(B.IF_ABOVE, 0x4f, 'own four')
  a.add(B.LD_HALF_X, 6).test(B.IF_BITS, OFFSET_MASK, 'own four')
  a.add(B.LD_WORD_X, 12)
    .add(B.LDX_MEMORY, OTHER)
    .test(B.IF_EQUAL | B.OF_X, 0, undefined, 'own four')
  need(skipFour(a.add(B.LDX_MEMORY, BITS)), 4, 'own four')
    .add(B.LDX_MEMORY, BITS)
    .go('four')
}

/** The same for ICMPv6, RFC 4443: types 1 to 4. */
function quotedSix(a: B.Assembler): void {
  const quote = SIX_BYTES + 8
  need(a, quote + SIX_BYTES + 4, 'six')
  a.add(B.LD_BYTE_X, SIX_BYTES).test(B.IF_AT_LEAST, 1, undefined, 'six').test(B.IF_ABOVE, 4, 'six')
  a.add(B.LD_BYTE_X, quote).add(B.SHIFT_RIGHT, 4).test(B.IF_EQUAL, 6, undefined, 'six')
  a.add(B.LD_BYTE_X, quote + 6).test(B.IF_EQUAL, FRAGMENT, undefined, 'whole six')
  need(a, quote + SIX_BYTES + 8 + 4, 'six').add(B.LD_HALF_X, quote + SIX_BYTES + 2)
  a.test(B.IF_BITS, OFFSET_MASK << 3, 'six').label('whole six')
  for (let word = 0; word < 4; word++) {
    a.add(B.LD_WORD_X, 24 + word * 4)
      .add(B.STORE, ONE)
      .add(B.LD_WORD_X, quote + 8 + word * 4)
    a.add(B.LDX_MEMORY, ONE)
      .test(B.IF_EQUAL | B.OF_X, 0, undefined, 'own six')
      .add(B.LDX_MEMORY, PACKET)
  }
  skip(a, quote).go('six')
}

/** `fold128` of the four words from `from` on, into `to`. */
function folded(a: B.Assembler, from: number, to: number): void {
  const rounds = [
    [15, 0x85ebca6b],
    [13, 0xc2b2ae35],
    [16, 0x27d4eb2f],
  ]
  a.add(B.LD_MEMORY, from).add(B.XOR, 0x243f6a88).add(B.MULTIPLY, 0x9e3779b1)
  rounds.forEach(([shift, factor], i) => {
    shaken(a, shift)
      .add(B.LDX_MEMORY, from + 1 + i)
      .add(B.XOR | B.OF_X)
      .add(B.MULTIPLY, factor)
  })
  shaken(a, 15).add(B.STORE, to)
}

/** A = A ^ (A >>> shift). X is lost. */
const shaken = (a: B.Assembler, shift: number): B.Assembler =>
  a
    .add(B.A_TO_X)
    .add(B.SHIFT_RIGHT, shift)
    .add(B.XOR | B.OF_X)

/** `pairHash` of the two words, and its partition. */
function mixed(a: B.Assembler): void {
  a.add(B.LD_MEMORY, ONE)
    .add(B.LDX_MEMORY, OTHER)
    .add(B.XOR | B.OF_X)
    .add(B.MULTIPLY, 0x9e3779b1)
  a.add(B.STORE, SUM)
  a.add(B.LD_MEMORY, ONE)
    .add(B.ADD | B.OF_X)
    .add(B.MULTIPLY, 0x85ebca6b)
  a.add(B.LDX_MEMORY, SUM).add(B.ADD | B.OF_X)
  shaken(a, 15).add(B.MULTIPLY, 0x2c1b3c6d).add(B.SHIFT_RIGHT, PARTITION_SHIFT).add(B.ANSWER_A)
}
