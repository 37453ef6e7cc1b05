import { u16, u32 } from '../wire/bytes.ts'
import * as erspan from '../wire/erspan.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as geneve from '../wire/geneve.ts'
import * as gre from '../wire/gre.ts'
import * as gtp from '../wire/gtp.ts'
import * as ip from '../wire/ip.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as mpls from '../wire/mpls.ts'
import * as ppp from '../wire/ppp.ts'
import * as tzsp from '../wire/tzsp.ts'
import * as vxlan from '../wire/vxlan.ts'
import type { Dissector } from './dissect.ts'
import * as F from './facts.ts'

/**
 * Opens the tunnels of IP and UDP. Each opener looks before it steps in: what does not hold a readable packet
 * stays a conversation of the outer addresses. They answer a frame class, or NOT_A_TUNNEL. The dissector's `end` is
 * that of the payload they look into, so that padding is never read as a header.
 */
const NOT_A_TUNNEL = -1

/** IP in IP, GRE and its children, EtherIP, MPLS, by IP protocol number; `at` is where the IP payload starts. */
export function openIpTunnel(d: Dissector, proto: number, at: number, packetEnd: number): number {
  switch (proto) {
    case ip.IPV4:
      if (!d.looksLikeIp(at) || d.bytes[at] >>> 4 !== 4) return NOT_A_TUNNEL
      return d.descendIp(d.facts[F.VERSION] === 4 ? F.TUNNEL_IPIP : F.TUNNEL_4IN6, -1, at, packetEnd)
    case ip.IPV6:
      if (!d.looksLikeIp(at) || d.bytes[at] >>> 4 !== 6) return NOT_A_TUNNEL
      return d.descendIp(d.facts[F.VERSION] === 4 ? F.TUNNEL_6IN4 : F.TUNNEL_IP6IP6, -1, at, packetEnd)
    case ip.GRE:
      return openGre(d, at, packetEnd)
    case ip.ETHERIP: {
      // RFC 3378: version 3 in the upper four bits, the rest zero
      if (d.end - at < 2 || u16(d.bytes, at) !== 0x3000 || !d.looksLikeEthernet(at + 2)) return NOT_A_TUNNEL
      return d.descendEthernet(F.TUNNEL_ETHERIP, -1, at + 2, packetEnd)
    }
    case ip.MPLS:
      return openLabels(d, F.TUNNEL_MPLS_IP, at, packetEnd)
    default:
      return NOT_A_TUNNEL
  }
}

function openGre(d: Dissector, at: number, packetEnd: number): number {
  const b = d.bytes
  const header = gre.check(b, at, d.end)
  if (header <= 0) return NOT_A_TUNNEL
  const key = gre.key(b, at)
  const inner = at + header
  switch (gre.protocol(b, at)) {
    case ethertype.IPV4:
    case ethertype.IPV6:
      return d.looksLikeIp(inner) ? d.descendIp(F.TUNNEL_GRE, key, inner, packetEnd) : NOT_A_TUNNEL
    case ethertype.TEB:
      if (!d.looksLikeEthernet(inner)) return NOT_A_TUNNEL
      if (!gre.hasKey(b, at)) return d.descendEthernet(F.TUNNEL_GRE, -1, inner, packetEnd)
      return d.descendEthernet(F.TUNNEL_NVGRE, key >>> 8, inner, packetEnd)
    case ethertype.ERSPAN_II:
      if (!gre.hasSequence(b, at)) return openErspan(d, inner, inner, packetEnd) // type I
      return openErspan(d, inner, -1, packetEnd)
    case ethertype.ERSPAN_III:
      return openErspan(d, inner, -1, packetEnd)
    case ethertype.PPP: {
      const protocol = ppp.check(b, inner, d.end)
      if (protocol <= 0 || !carriesIp(d, inner, protocol)) return NOT_A_TUNNEL
      return d.descendIp(F.TUNNEL_PPTP, -1, inner + protocol, packetEnd)
    }
    case ethertype.MPLS:
    case ethertype.MPLS_MULTICAST:
      return openLabels(d, F.TUNNEL_GRE, inner, packetEnd)
    default:
      return NOT_A_TUNNEL
  }
}

/** ERSPAN: `frame` is where a type I frame starts, -1 where a header tells. */
function openErspan(d: Dissector, at: number, frame: number, packetEnd: number): number {
  const b = d.bytes
  if (frame >= 0) {
    return d.looksLikeEthernet(frame)
      ? d.descendEthernet(F.TUNNEL_ERSPAN, -1, frame, packetEnd)
      : NOT_A_TUNNEL
  }
  const header = erspan.check(b, at, d.end)
  if (header <= 0) return NOT_A_TUNNEL
  const inner = at + header
  const session = erspan.session(b, at)
  if (erspan.truncated(b, at)) {
    d.facts[F.FLAGS] |= F.FLAG_CUT
    d.cutInside = true
  }
  const type = erspan.frameType(b, at)
  if (type === erspan.FRAME_IP) {
    return d.looksLikeIp(inner) ? d.descendIp(F.TUNNEL_ERSPAN, session, inner, packetEnd) : NOT_A_TUNNEL
  }
  if (type !== erspan.FRAME_ETHERNET || d.end - inner < ethernet.HEADER) return NOT_A_TUNNEL
  const layer = d.facts[F.LAYER_COUNT]
  const result = d.descendEthernet(F.TUNNEL_ERSPAN, session, inner, packetEnd)
  // the switch keeps the VLAN in this header when it takes the tag off the frame
  if (d.facts[F.VLAN_COUNT] === 0 && erspan.vlan(b, at) !== 0 && isLastEthernet(d.facts, layer))
    d.tag(erspan.vlan(b, at))
  return result
}

/** No tunnel inside layer number `layer` brought an Ethernet frame of its own: tags noted are those of this one's. */
function isLastEthernet(f: Int32Array, layer: number): boolean {
  for (let i = layer + 1; i < f[F.LAYER_COUNT]; i++)
    if (f[F.LAYERS + i * F.LAYER_CELLS + F.LAYER_ETHERNET] === 1) return false
  return true
}

/** A PPP frame at `at`, its protocol field `header` long, carries IP in clear. */
function carriesIp(d: Dissector, at: number, header: number): boolean {
  const protocol = ppp.protocol(d.bytes, at, d.end)
  return (protocol === ppp.IPV4 || protocol === ppp.IPV6) && d.looksLikeIp(at + header)
}

function openLabels(d: Dissector, kind: number, at: number, packetEnd: number): number {
  const stack = mpls.check(d.bytes, at, d.end)
  if (stack <= 0) return NOT_A_TUNNEL
  const inner = at + stack
  const label = mpls.label(d.bytes, at)
  if (d.looksLikeIp(inner)) return d.descendIp(kind, label, inner, packetEnd)
  const frame = d.pseudowire(inner)
  return frame < 0 ? NOT_A_TUNNEL : d.descendEthernet(kind, label, frame, packetEnd)
}

/** Tunnels over UDP, by port and by what really stands there; `at` is where the UDP payload starts. */
export function openUdpTunnel(d: Dissector, at: number, packetEnd: number): number {
  const result = udpTunnelOf(d, d.facts[F.DST_PORT], at, packetEnd)
  // some answer from the port, not to it
  return result === NOT_A_TUNNEL ? udpTunnelOf(d, d.facts[F.SRC_PORT], at, packetEnd) : result
}

function udpTunnelOf(d: Dissector, port: number, at: number, packetEnd: number): number {
  const b = d.bytes
  switch (port) {
    case 4789:
    case 8472:
    case 4790: {
      const header = vxlan.check(b, at, d.end)
      if (header <= 0) return NOT_A_TUNNEL
      return openVxlan(d, port === 4790, at, at + header, packetEnd)
    }
    case 6081: {
      const header = geneve.check(b, at, d.end)
      if (header <= 0) return NOT_A_TUNNEL
      const inner = at + header
      const protocol = geneve.protocol(b, at)
      const vni = geneve.vni(b, at)
      if (protocol === ethertype.TEB && d.looksLikeEthernet(inner)) {
        return d.descendEthernet(F.TUNNEL_GENEVE, vni, inner, packetEnd)
      }
      if ((protocol === ethertype.IPV4 || protocol === ethertype.IPV6) && d.looksLikeIp(inner)) {
        return d.descendIp(F.TUNNEL_GENEVE, vni, inner, packetEnd)
      }
      return NOT_A_TUNNEL
    }
    case 2152: {
      const header = gtp.check(b, at, d.end)
      if (header <= 0 || !d.looksLikeIp(at + header)) return NOT_A_TUNNEL
      return d.descendIp(F.TUNNEL_GTPU, gtp.teid(b, at), at + header, packetEnd)
    }
    case 37008: {
      const header = tzsp.check(b, at, d.end)
      if (header <= 0 || tzsp.encapsulation(b, at) !== tzsp.ETHERNET) return NOT_A_TUNNEL
      if (!d.looksLikeEthernet(at + header)) return NOT_A_TUNNEL
      return d.descendEthernet(F.TUNNEL_TZSP, -1, at + header, packetEnd)
    }
    case 3544:
      return openTeredo(d, at, packetEnd)
    case 6635:
      return openLabels(d, F.TUNNEL_MPLS_UDP, at, packetEnd)
    case 1701:
      return openL2tp(d, at, packetEnd)
    default:
      return NOT_A_TUNNEL
  }
}

function openVxlan(d: Dissector, extended: boolean, at: number, inner: number, packetEnd: number): number {
  const next = vxlan.next(d.bytes, at, extended)
  const vni = vxlan.vni(d.bytes, at)
  if (next !== vxlan.NEXT_ETHERNET) {
    const result = openByNext(d, next, vni, inner, packetEnd)
    // on the other ports the flag of the extension is one more reserved bit
    if (result !== NOT_A_TUNNEL || extended) return result
  }
  const isFrame = vxlan.isPlain(d.bytes, at) ? d.looksLikeEthernet(inner) : d.isEthernet(inner)
  return isFrame ? d.descendEthernet(F.TUNNEL_VXLAN, vni, inner, packetEnd) : NOT_A_TUNNEL
}

function openByNext(d: Dissector, next: number, vni: number, at: number, packetEnd: number): number {
  if (next === vxlan.NEXT_ETHERNET) {
    return d.isEthernet(at) ? d.descendEthernet(F.TUNNEL_VXLAN, vni, at, packetEnd) : NOT_A_TUNNEL
  }
  if (next === vxlan.NEXT_IPV4 || next === vxlan.NEXT_IPV6) {
    return d.looksLikeIp(at) ? d.descendIp(F.TUNNEL_VXLAN, vni, at, packetEnd) : NOT_A_TUNNEL
  }
  if (next === vxlan.NEXT_NSH && d.end - at >= 8) {
    // RFC 8300: length in words of four bytes, then the next protocol in the numbers of the outer header
    const length = (u16(d.bytes, at) & 0x3f) << 2
    const inner = d.bytes[at + 3]
    if (length < 8 || inner === vxlan.NEXT_NSH) return NOT_A_TUNNEL
    return openByNext(d, inner, vni, at + length, packetEnd)
  }
  return NOT_A_TUNNEL
}

/** Teredo, RFC 4380 section 5.1.1: optional authentication (00 01) and origin (00 00) indications, then IPv6. */
function openTeredo(d: Dissector, start: number, packetEnd: number): number {
  const b = d.bytes
  let at = start
  if (d.end - at >= 13 && u16(b, at) === 1) at += 13 + b[at + 2] + b[at + 3]
  if (d.end - at >= 8 && u16(b, at) === 0) at += 8
  if (d.end - at < ipv6.HEADER || b[at] >>> 4 !== 6 || !d.looksLikeIp(at)) return NOT_A_TUNNEL
  // the payload length must be the rest of the datagram: other protocols start with a 6 too
  if (ipv6.HEADER + ipv6.payloadLength(b, at) > packetEnd - at) return NOT_A_TUNNEL
  return d.descendIp(F.TUNNEL_TEREDO, -1, at, packetEnd)
}

/** L2TP version 2 data message, RFC 2661 section 3.1, or version 3 over UDP stays closed. */
function openL2tp(d: Dissector, at: number, packetEnd: number): number {
  const b = d.bytes
  if (d.end - at < 6) return NOT_A_TUNNEL
  const bits = u16(b, at)
  if ((bits & 0x800f) !== 2) return NOT_A_TUNNEL // control message, or not version 2
  let length = 2
  if (bits & 0x4000) length += 2
  const id = d.end - at >= length + 4 ? u32(b, at + length) : -1
  length += 4
  if (bits & 0x0800) length += 4
  if (bits & 0x0200) {
    if (d.end - at < length + 2) return NOT_A_TUNNEL
    length += 2 + u16(b, at + length)
  }
  const protocol = ppp.check(b, at + length, d.end)
  if (protocol <= 0) return NOT_A_TUNNEL
  if (!carriesIp(d, at + length, protocol)) return NOT_A_TUNNEL
  return d.descendIp(F.TUNNEL_L2TP, id, at + length + protocol, packetEnd)
}
