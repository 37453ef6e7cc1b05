import { u16 } from '../wire/bytes.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as loop from '../wire/loop.ts'
import * as sll from '../wire/sll.ts'
import type { Dissector } from './dissect.ts'
import * as F from './facts.ts'

/** LINKTYPE_ numbers (pcap registry, https://www.tcpdump.org/linktypes.html). */
const NULL = 0
const ETHERNET = 1
const PPP = 9
const PPP_HDLC = 50
const PPP_ETHER = 51
const RAW = 101
const RAW_OLD = 12
const RAW_OPENBSD = 14
const C_HDLC = 104
const LOOP = 108
const LINUX_SLL = 113
const PPP_WITH_DIR = 204
const IPV4 = 228
const IPV6 = 229
const LINUX_SLL2 = 276

/** True where `enterLink` knows the link type. */
export function isSupportedLink(linkType: number): boolean {
  switch (linkType) {
    case NULL:
    case ETHERNET:
    case PPP:
    case PPP_HDLC:
    case PPP_ETHER:
    case RAW:
    case RAW_OLD:
    case RAW_OPENBSD:
    case C_HDLC:
    case LOOP:
    case LINUX_SLL:
    case PPP_WITH_DIR:
    case IPV4:
    case IPV6:
    case LINUX_SLL2:
      return true
    default:
      return false
  }
}

/** Reads the link-layer header for `linkType` at `at` and walks on. Unknown link types end UNSUPPORTED. */
export function enterLink(d: Dissector, linkType: number, at: number): number {
  const b = d.bytes
  switch (linkType) {
    case ETHERNET:
      return d.ethernet(at)
    case RAW:
    case RAW_OLD:
    case RAW_OPENBSD:
    case IPV4:
    case IPV6:
      return d.internet(at)
    case NULL:
    case LOOP: {
      if (loop.check(b, at, d.end) <= 0) return d.short(at, loop.HEADER)
      const family = loop.family(b, at)
      // the loopback header is no frame of its own: lengths count from the packet
      d.frameAt = at + loop.HEADER
      if (family === 2 || loop.isIpv6(family)) return d.internet(at + loop.HEADER)
      return F.UNSUPPORTED
    }
    case PPP:
    case PPP_HDLC:
      // Cisco's framing shares these link types and shows in the address byte: 0x0f unicast, 0x8f multicast
      if (d.end > at && (b[at] & 0x7f) === 0x0f) return ciscoHdlc(d, at)
      return d.pointToPoint(at, 0, d.wireEnd)
    case PPP_ETHER:
      return d.pppoe(at, 0)
    case PPP_WITH_DIR:
      return d.end - at < 1 ? d.short(at, 1) : d.pointToPoint(at + 1, 0, d.wireEnd)
    case C_HDLC:
      return ciscoHdlc(d, at)
    case LINUX_SLL: {
      if (sll.check(b, at, d.end) <= 0) return d.short(at, sll.HEADER)
      if (sll.hasMac(b, at)) d.facts[F.MAC_SRC_AT] = at + 6
      return cooked(d, sll.protocol(b, at), sll.hardware(b, at), at + sll.HEADER)
    }
    case LINUX_SLL2: {
      if (sll.check2(b, at, d.end) <= 0) return d.short(at, sll.HEADER_2)
      if (sll.hasMac2(b, at)) d.facts[F.MAC_SRC_AT] = at + 12
      return cooked(d, sll.protocol2(b, at), sll.hardware2(b, at), at + sll.HEADER_2)
    }
    default:
      return F.UNSUPPORTED
  }
}

/** Address, control and an EtherType, RFC 1547 section 4.3.1. */
function ciscoHdlc(d: Dissector, at: number): number {
  return d.end - at < 4 ? d.short(at, 4) : d.typed(u16(d.bytes, at + 2), at + 4)
}

/** What follows a Linux cooked header: an EtherType, or one of the small numbers of its own. */
function cooked(d: Dissector, protocol: number, hardware: number, at: number): number {
  if (sll.isForeign(hardware)) return F.UNSUPPORTED
  if (protocol === sll.LLC) return d.logicalLink(at, d.wireEnd)
  if (protocol < 0x600)
    return d.looksLikeIp(at) && hardware === sll.HARDWARE_GRE ? d.internet(at) : F.UNSUPPORTED
  if (protocol === ethertype.TEB) return d.ethernet(at)
  return d.typed(protocol, at)
}
