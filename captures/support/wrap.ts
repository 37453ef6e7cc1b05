import { bytes, u16, u24, u32 } from './bytes.ts'
import { ip, PROTO, udp } from './internet.ts'
import { ETHERTYPE, ethernet, type Tag } from './link.ts'

/** What packets travel in: mirror wrapping and tunnels. Each function answers the inside of an IP packet or a whole frame. */

export interface GreOptions {
  sequence?: number
  key?: number
}

/** GRE header and payload, RFC 2784 with the extensions of RFC 2890. */
export function gre(protocol: number, payload: Uint8Array, options: GreOptions = {}): Uint8Array {
  const flags = (options.key !== undefined ? 0x2000 : 0) | (options.sequence !== undefined ? 0x1000 : 0)
  const key = options.key === undefined ? [] : u32(options.key)
  const sequence = options.sequence === undefined ? [] : u32(options.sequence)
  return bytes(u16(flags), u16(protocol), key, sequence, payload)
}

/** ERSPAN type I: GRE without sequence number, the mirrored frame follows at once. */
export const erspan1 = (frame: Uint8Array): Uint8Array => gre(0x88be, frame)

/** ERSPAN type II, draft-foschiano-erspan-03 section 4.2. `vlan` is the mirrored frame's, kept here when its tag is taken off. */
export function erspan2(
  session: number,
  sequence: number,
  vlan: number,
  frame: Uint8Array,
  port = 3,
): Uint8Array {
  const kept = vlan === 0 ? 0 : 3
  return gre(0x88be, bytes(u16(0x1000 | vlan), u16((kept << 11) | session), u32(port), frame), { sequence })
}

/** ERSPAN type III, section 4.3; `platform` adds the optional sub-header (here of platform 1, port 7). */
export function erspan3(
  session: number,
  sequence: number,
  vlan: number,
  ticks: number,
  frame: Uint8Array,
  platform = false,
): Uint8Array {
  // granularity 100 microseconds (0), hardware id 4, frame type 0 = Ethernet
  const last = (4 << 4) | (platform ? 1 : 0)
  const sub = platform ? [...u32((1 << 26) | 7), ...u32(0)] : []
  return gre(0x22eb, bytes(u16(0x2000 | vlan), u16(session), u32(ticks), u16(0), u16(last), sub, frame), {
    sequence,
  })
}

/** VXLAN header and frame, RFC 7348. */
export const vxlan = (vni: number, frame: Uint8Array): Uint8Array => bytes(0x08, 0, 0, 0, u24(vni), 0, frame)

/** GENEVE header with one 4-byte option, RFC 8926. */
export const geneve = (vni: number, frame: Uint8Array): Uint8Array =>
  bytes(2, 0, u16(ETHERTYPE.teb), u24(vni), 0, u16(0x0103), 0x01, 1, u32(0x2a), frame)

/** GTP-U G-PDU, 3GPP TS 29.281 section 5.1. */
export const gtpu = (teid: number, packet: Uint8Array): Uint8Array =>
  bytes(0x30, 0xff, u16(packet.length), u32(teid), packet)

/** One MPLS label at the bottom of the stack, RFC 3032. */
export const mpls = (label: number, packet: Uint8Array): Uint8Array =>
  bytes(u32(((label << 12) | 0x100 | 64) >>> 0), packet)

export interface Outer {
  src: string
  dst: string
  srcMac: string
  dstMac: string
  tags?: Tag[]
}

/** A frame that carries `payload` in IP protocol `proto` between two tunnel ends. */
export function carried(outer: Outer, proto: number, payload: Uint8Array, id: number, ttl = 255): Uint8Array {
  const packet = ip(
    { src: outer.src, dst: outer.dst, proto, id: id & 0xffff, ttl, dontFragment: true },
    payload,
  )
  const type = outer.src.includes(':') ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4
  return ethernet(outer.dstMac, outer.srcMac, type, packet, outer.tags)
}

/** The same over UDP; the source port spreads flows, the checksum is left 0 as encapsulators do. */
export function carriedUdp(
  outer: Outer,
  srcPort: number,
  dstPort: number,
  payload: Uint8Array,
  id: number,
): Uint8Array {
  return carried(outer, PROTO.udp, udp(outer, srcPort, dstPort, payload, true), id)
}

/** What a switch does to a mirrored frame when it strips the outermost tag. */
export function untag(frame: Uint8Array): Uint8Array {
  return bytes(frame.subarray(0, 12), frame.subarray(16))
}
