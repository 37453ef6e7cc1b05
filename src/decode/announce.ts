import * as arp from '../wire/arp.ts'
import { u16, u32 } from '../wire/bytes.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import * as F from './facts.ts'

/** An address and the MAC a frame binds it to; filled by `readAnnouncement`. */
export interface Announcement {
  version: 4 | 6
  words: Int32Array
  macHigh: number
  macLow: number
}

/** DHCP, RFC 2131 section 2: fixed part, then options behind a magic number. */
const DHCP_YIADDR = 16
const DHCP_CHADDR = 28
const DHCP_OPTIONS = 236
const DHCP_MAGIC = 0x63825363
const DHCP_MESSAGE_TYPE = 53
const DHCP_ACK = 5
const ND_SOURCE_MAC = 1
const ND_TARGET_MAC = 2

/** True for frames worth a closer look: ARP, neighbour discovery, DHCP from a server. */
export const mayAnnounce = (f: Int32Array): boolean =>
  f[F.VERSION] === 0
    ? f[F.PROTO] === ethertype.ARP || f[F.PROTO] === ethertype.RARP
    : f[F.PROTO] === ip.ICMPV6
      ? f[F.SRC_PORT] >= icmp.ROUTER_SOLICITATION && f[F.SRC_PORT] <= icmp.NEIGHBOUR_ADVERTISEMENT
      : f[F.PROTO] === ip.UDP && f[F.SRC_PORT] === 67

/**
 * Reads the binding an ARP packet (RFC 826; sender), a neighbour or router message (RFC 4861; source or target link-layer
 * option) or a DHCP ACK (RFC 2131) announces. False where there is none.
 */
export function readAnnouncement(b: Uint8Array, f: Int32Array, out: Announcement): boolean {
  const at = f[F.PAYLOAD_AT]
  const end = at + f[F.PAYLOAD_CAPTURED]
  if (f[F.VERSION] === 0) {
    if (arp.check(b, at, end) <= 0) return false
    out.version = 4
    out.words[3] = arp.senderAddress(b, at)
    out.macHigh = arp.senderMacHigh(b, at)
    out.macLow = arp.senderMacLow(b, at)
    return out.words[3] !== 0
  }
  if (f[F.PROTO] === ip.ICMPV6) return f[F.VERSION] === 6 && readNeighbour(b, f, out)
  return f[F.VERSION] === 4 && readDhcp(b, at, end, out)
}

function readNeighbour(b: Uint8Array, f: Int32Array, out: Announcement): boolean {
  const at = f[F.L4_AT]
  const end = f[F.PAYLOAD_AT] + f[F.PAYLOAD_CAPTURED]
  const type = f[F.SRC_PORT]
  const advertisement = type === icmp.NEIGHBOUR_ADVERTISEMENT
  // fixed part: solicitation and advertisement 24 bytes with the target, router messages 8 and 16
  let option = at + (type === icmp.ROUTER_SOLICITATION ? 8 : type === icmp.ROUTER_ADVERTISEMENT ? 16 : 24)
  for (; end - option >= 8; option += b[option + 1] << 3) {
    if (b[option + 1] === 0) return false
    if (b[option] !== (advertisement ? ND_TARGET_MAC : ND_SOURCE_MAC) || b[option + 1] !== 1) continue
    out.version = 6
    for (let i = 0; i < 4; i++) out.words[i] = advertisement ? u32(b, at + 8 + i * 4) : f[F.SRC + i]
    out.macHigh = u16(b, option + 2)
    out.macLow = u32(b, option + 4)
    return (out.words[0] | out.words[1] | out.words[2] | out.words[3]) !== 0
  }
  return false
}

function readDhcp(b: Uint8Array, at: number, end: number, out: Announcement): boolean {
  if (end - at < DHCP_OPTIONS + 4 || b[at] !== 2 || b[at + 1] !== 1 || b[at + 2] !== 6) return false
  if (u32(b, at + DHCP_OPTIONS) !== DHCP_MAGIC) return false
  for (let option = at + DHCP_OPTIONS + 4; end - option >= 3 && b[option] !== 255; ) {
    if (b[option] === 0) option++
    else if (b[option] === DHCP_MESSAGE_TYPE) {
      if (b[option + 2] !== DHCP_ACK) return false
      out.version = 4
      out.words[3] = u32(b, at + DHCP_YIADDR)
      out.macHigh = u16(b, at + DHCP_CHADDR)
      out.macLow = u32(b, at + DHCP_CHADDR + 2)
      return out.words[3] !== 0
    } else option += 2 + b[option + 1]
  }
  return false
}
