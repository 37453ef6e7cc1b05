import * as B from './bpf.ts'
import {
  ERSPAN_II,
  ERSPAN_III,
  ETHERNET_BYTES,
  FOUR_BYTES,
  GENEVE_PORT,
  GRE,
  IPV4,
  IPV6,
  OFFSET_MASK,
  ONE,
  OTHER,
  SIX_BYTES,
  TCP,
  TEB,
  UDP,
  UDP_BYTES,
  VXLAN_PORTS,
} from './fanout-terms.ts'

/** Where frames begin in the tunnels that are opened here, and their IP packets with no tag and with one. */
const FRAMES = [24, 28, 36, 40]
const TAG = 4
const VLAN = 0x8100
const PACKETS = [...new Set(FRAMES.flatMap(at => [at + ETHERNET_BYTES, at + ETHERNET_BYTES + TAG]))]
/** first byte of an IPv4 header without options */
const PLAIN = 0x45

/**
 * The stacks that are met most, whose headers lie at fixed positions: TCP and UDP over IP, plain or in one tunnel over IPv4. The
 * kernel reads a fixed position in place, and calls a function for each that is computed. All else goes to the label `general`;
 * what is found here goes to `mixed` or, of IPv6, `folded`.
 */
export function shortWay(a: B.Assembler): void {
  a.add(B.LD_HALF, B.ETHERTYPE)
  a.test(B.IF_EQUAL, IPV4, 'four at 0').test(B.IF_EQUAL, IPV6, 'six at 0', 'general')
  packetAt(a, 0)
  tunnels(a)
  for (const at of FRAMES) frameAt(a, at)
  for (const at of PACKETS) packetAt(a, at)
}

const need = (a: B.Assembler, bytes: number): B.Assembler =>
  a.add(B.LD_LENGTH).test(B.IF_AT_LEAST, bytes, undefined, 'general')

function packetAt(a: B.Assembler, at: number): void {
  const isOuter = at === 0
  const [four, six] = [`addresses at ${at}`, `six addresses at ${at}`]
  need(a.label(`four at ${at}`), at + FOUR_BYTES)
  a.add(B.LD_BYTE, at).test(B.IF_EQUAL, PLAIN, undefined, 'general')
  a.add(B.LD_BYTE, at + 9).test(B.IF_EQUAL, TCP, four)
  if (isOuter) a.test(B.IF_EQUAL, GRE, 'gre')
  a.test(B.IF_EQUAL, UDP, undefined, 'general')
  a.add(B.LD_HALF, at + 6).test(B.IF_BITS, OFFSET_MASK, four)
  ports(a, at + FOUR_BYTES, isOuter)
  a.label(four)
    .add(B.LD_WORD, at + 12)
    .add(B.STORE, ONE)
  a.add(B.LD_WORD, at + 16)
    .add(B.STORE, OTHER)
    .go('mixed')

  need(a.label(`six at ${at}`), at + SIX_BYTES)
    .add(B.LD_BYTE, at)
    .add(B.SHIFT_RIGHT, 4)
  a.test(B.IF_EQUAL, 6, undefined, 'general')
  a.add(B.LD_BYTE, at + 6)
    .test(B.IF_EQUAL, TCP, six)
    .test(B.IF_EQUAL, UDP, undefined, 'general')
  ports(a, at + SIX_BYTES, false)
  a.label(six)
  for (let word = 0; word < 8; word++) a.add(B.LD_WORD, at + 8 + word * 4).add(B.STORE, word)
  a.go('folded')
}

/** Goes on where neither port of a UDP header is a tunnel's. */
function ports(a: B.Assembler, at: number, isOpened: boolean): void {
  need(a, at + UDP_BYTES)
  for (const port of [at + 2, at]) {
    a.add(B.LD_HALF, port)
    const isTo = isOpened && port > at
    for (const number of VXLAN_PORTS) a.test(B.IF_EQUAL, number, isTo ? 'vxlan' : 'general')
    a.test(B.IF_EQUAL, GENEVE_PORT, isTo ? 'geneve' : 'general')
  }
}

/** Tunnels in the outer packet, where nothing in their headers varies in length. */
function tunnels(a: B.Assembler): void {
  const inUdp = FOUR_BYTES + UDP_BYTES
  need(a.label('vxlan'), inUdp + 8).add(B.LD_BYTE, inUdp)
  a.test(B.IF_EQUAL, 0x08, 'frame at 36', 'general')

  need(a.label('geneve'), inUdp + 8).add(B.LD_HALF, inUdp + 2)
  a.test(B.IF_EQUAL, TEB, undefined, 'general').add(B.LD_BYTE, inUdp)
  a.test(B.IF_EQUAL, 0, 'frame at 36', 'general')

  // Ethernet with a key or nothing, ERSPAN II and III with their sequence number alone
  a.label('gre').add(B.LD_HALF, 6).test(B.IF_BITS, OFFSET_MASK, 'general')
  need(a, 40).add(B.LD_HALF, FOUR_BYTES)
  a.test(B.IF_EQUAL, 0x1000, 'numbered').test(B.IF_EQUAL, 0x2000, 'keyed')
  a.test(B.IF_EQUAL, 0, undefined, 'general').add(B.LD_HALF, FOUR_BYTES + 2)
  a.test(B.IF_EQUAL, TEB, 'frame at 24', 'general')
  a.label('keyed')
    .add(B.LD_HALF, FOUR_BYTES + 2)
    .test(B.IF_EQUAL, TEB, 'frame at 28', 'general')
  a.label('numbered').add(B.LD_HALF, FOUR_BYTES + 2)
  a.test(B.IF_EQUAL, ERSPAN_II, 'erspan').test(B.IF_EQUAL, ERSPAN_III, undefined, 'general')
  a.label('erspan').add(B.LD_BYTE, 28).add(B.SHIFT_RIGHT, 4)
  a.test(B.IF_EQUAL, 1, 'frame at 36').test(B.IF_EQUAL, 2, undefined, 'general')
  // type III: no Ethernet inside, or eight more bytes
  a.add(B.LD_HALF, 38).test(B.IF_BITS, 0x7c01, 'general', 'frame at 40')
}

/** An Ethernet frame in a tunnel, with one tag or none. */
function frameAt(a: B.Assembler, at: number): void {
  let packet = at + ETHERNET_BYTES
  need(a.label(`frame at ${at}`), packet).add(B.LD_HALF, packet - 2)
  a.test(B.IF_EQUAL, IPV4, `four at ${packet}`).test(B.IF_EQUAL, IPV6, `six at ${packet}`)
  a.test(B.IF_EQUAL, VLAN, undefined, 'general')
  packet += TAG
  need(a, packet).add(B.LD_HALF, packet - 2)
  a.test(B.IF_EQUAL, IPV4, `four at ${packet}`).test(B.IF_EQUAL, IPV6, `six at ${packet}`, 'general')
}
