import * as L from '../shared/lane.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as tcp from '../wire/tcp.ts'
import * as udp from '../wire/udp.ts'
import * as vlan from '../wire/vlan.ts'
import { mayTunnel } from './tunnel-ports.ts'

/** Reads a frame of [offset, offset + captured) and `wire` bytes into the lane at `lane`; answers the way. */
export type ReadCommon = (b: DataView, offset: number, captured: number, wire: number, lane: number) => number

/** a frame that may not be shorter: Ethernet, IPv4, UDP */
const SHORTEST = ethernet.HEADER + ipv4.HEADER + udp.HEADER
const DHCP_SERVER = 67
/** words of the IPv4 header as they stand: version, length of the header, (service), total length; and fragment, (TTL), protocol */
const PLAIN_IPV4 = 0x45
const FRAGMENTED = (ipv4.MORE_FRAGMENTS | ipv4.OFFSET_MASK) << 16
/** the first multicast address: what is above goes to groups, to nobody, or to all */
const FIRST_GROUP = 0xe0000000

/**
 * Makes the reader of the common stack for one piece of lane memory: code compiled for an array it knows is a third
 * faster (docs/decisions/0008).
 *
 * It fills the lane at `lane` with an Ethernet frame of the common stack: at most one 802.1Q tag, IPv4 without options or
 * fragments or IPv6 without extension headers, TCP or UDP on ports that carry neither tunnels nor addresses being given
 * out, nothing cut before the payload, to a single machine. Answers the way (WAY_V4, WAY_V6, WAY_V6_TAGGED), or
 * WAY_GENERAL where it is not this stack: then the lane is not to be trusted and the general walk has to read the frame.
 *
 * Filled are K0 and K1 (source and destination; IPv4 only), K2 (source port in the high half, destination port in the
 * low), K3 (IP protocol), WHERE (the VLAN tag as 0x10000 + id, 0 = none), lengths and the words of TCP. Reads only inside
 * [offset, offset + captured), whole words at a time; agrees with the general walk (a test holds one against the other).
 */
export const makeReadCommon = (lanes: Int32Array): ReadCommon =>
  function readCommon(b, offset, captured, wire, lane) {
    // traffic to a group is judged by where it is seen: the general way
    if (captured < SHORTEST || (b.getUint8(offset) & 1) !== 0) return L.WAY_GENERAL
    const end = offset + captured
    let at = offset + ethernet.HEADER
    let type = b.getUint16(offset + 12)
    let tag = 0
    if (type === ethertype.VLAN) {
      const word = b.getInt32(at)
      tag = 0x10000 | ((word >>> 16) & 0xfff)
      type = word & 0xffff
      at += vlan.HEADER
      if (at + ipv4.HEADER + udp.HEADER > end) return L.WAY_GENERAL
    }
    let l4: number
    let length: number
    let proto: number
    let way = L.WAY_V4
    if (type === ethertype.IPV4) {
      const start = b.getInt32(at)
      const middle = b.getInt32(at + 6)
      const dst = b.getInt32(at + 16)
      if (start >>> 24 !== PLAIN_IPV4 || (middle & FRAGMENTED) !== 0 || dst >>> 0 >= FIRST_GROUP)
        return L.WAY_GENERAL
      length = start & 0xffff
      l4 = at + ipv4.HEADER
      proto = middle & 0xff
      lanes[lane | L.K0] = b.getInt32(at + 12)
      lanes[lane | L.K1] = dst
    } else if (type === ethertype.IPV6) {
      l4 = at + ipv6.HEADER
      if (l4 + udp.HEADER > end) return L.WAY_GENERAL
      const middle = b.getInt32(at + 4)
      // a length of 0 was left to an offload engine, or stands in an extension header
      if (b.getUint8(at) >>> 4 !== 6 || b.getUint8(at + 24) === 0xff || middle >>> 16 === 0)
        return L.WAY_GENERAL
      length = ipv6.HEADER + (middle >>> 16)
      proto = (middle >>> 8) & 0xff
      way = tag === 0 ? L.WAY_V6 : L.WAY_V6_TAGGED
    } else return L.WAY_GENERAL
    const packetEnd = at + length
    const ports = b.getInt32(l4)
    let payload: number
    let control = 0
    if (proto === ip.TCP) {
      if (l4 + tcp.HEADER > end) return L.WAY_GENERAL
      control = b.getInt32(l4 + 12)
      const header = (control >>> 28) << 2
      if (header < tcp.HEADER) return L.WAY_GENERAL
      payload = l4 + header
      lanes[lane | L.TCP_SEQ] = b.getInt32(l4 + 4)
    } else if (proto === ip.UDP) {
      if (mayTunnel(ports >>> 16) || mayTunnel(ports & 0xffff) || ports >>> 16 === DHCP_SERVER)
        return L.WAY_GENERAL
      // a length of its own that differs ends the payload elsewhere
      if (b.getInt32(l4 + 4) >>> 16 !== packetEnd - l4) return L.WAY_GENERAL
      payload = l4 + udp.HEADER
    } else return L.WAY_GENERAL
    if (packetEnd > offset + wire || payload > packetEnd || payload > end) return L.WAY_GENERAL
    lanes[lane | L.K2] = ports
    lanes[lane | L.K3] = proto
    lanes[lane | L.WHERE] = tag
    lanes[lane | L.FRAME_BYTES] = wire
    lanes[lane | L.IP_BYTES] = length
    lanes[lane | L.PAYLOAD_BYTES] = packetEnd - payload
    lanes[lane | L.TCP_CONTROL] = control
    return way
  }
