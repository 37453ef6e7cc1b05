import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as tcp from '../wire/tcp.ts'
import * as udp from '../wire/udp.ts'
import * as vlan from '../wire/vlan.ts'
import { mayTunnel } from './tunnel-ports.ts'

/**
 * A lane: what is needed of one frame of the common stack, 16 signed 32-bit words, one cache line. The lanes of a group of
 * frames are filled before any of them is looked up, so that the look-ups wait for memory together.
 */
export const LANE_WORDS = 16
export const SRC = 0
export const DST = 1
/** source port in the high half, destination port in the low */
export const PORTS = 2
export const PROTO = 3
/** the VLAN tag as one word: 0x10000 + id, 0 = no tag */
export const TAG = 4
/** wire length of the frame, IP total length, transport payload by the lengths stated */
export const FRAME_BYTES = 5
export const IP_BYTES = 6
export const PAYLOAD_BYTES = 7
export const TCP_SEQ = 8
/** the word of the TCP header that holds data offset, flags and window (RFC 9293 section 3.1); 0 for UDP */
export const TCP_CONTROL = 9
/** 1 = the capture ends before the frame does */
export const CUT = 10
/** left to whoever looks the frame up */
export const FREE = 11

/** a frame that may not be shorter: Ethernet, IPv4, UDP */
const SHORTEST = ethernet.HEADER + ipv4.HEADER + udp.HEADER
const DHCP_SERVER = 67
/** words of the IPv4 header as they stand: version, length of the header, (service), total length; and fragment, (TTL), protocol */
const PLAIN_IPV4 = 0x45
const FRAGMENTED = (ipv4.MORE_FRAGMENTS | ipv4.OFFSET_MASK) << 16

/**
 * Fills the lane at `lane` with an Ethernet frame of the common stack: at most one 802.1Q tag, IPv4 without options or
 * fragments, TCP or UDP on ports that carry neither tunnels nor addresses being given out, nothing cut before the payload,
 * to a single machine.
 * False = not this stack: the lane is not to be trusted and the general walk has to read it. Reads only inside
 * [offset, offset + captured), whole words at a time; agrees with the general walk (a test holds one against the other).
 */
export function readCommon(
  b: DataView,
  offset: number,
  captured: number,
  wire: number,
  lanes: Int32Array,
  lane: number,
): boolean {
  // traffic to a group is judged by where it is seen: the general way
  if (captured < SHORTEST || (b.getUint8(offset) & 1) !== 0) return false
  const end = offset + captured
  let at = offset + ethernet.HEADER
  let type = b.getUint16(offset + 12)
  let tag = 0
  if (type === ethertype.VLAN) {
    const word = b.getInt32(at)
    tag = 0x10000 | ((word >>> 16) & 0xfff)
    type = word & 0xffff
    at += vlan.HEADER
    if (at + ipv4.HEADER + udp.HEADER > end) return false
  }
  if (type !== ethertype.IPV4) return false
  const start = b.getInt32(at)
  const middle = b.getInt32(at + 6)
  if (start >>> 24 !== PLAIN_IPV4 || (middle & FRAGMENTED) !== 0) return false
  const length = start & 0xffff
  const l4 = at + ipv4.HEADER
  const packetEnd = at + length
  const ports = b.getInt32(l4)
  const proto = middle & 0xff
  let payload: number
  let control = 0
  if (proto === ip.TCP) {
    if (l4 + tcp.HEADER > end) return false
    control = b.getInt32(l4 + 12)
    const header = (control >>> 28) << 2
    if (header < tcp.HEADER) return false
    payload = l4 + header
    lanes[lane + TCP_SEQ] = b.getInt32(l4 + 4)
  } else if (proto === ip.UDP) {
    if (mayTunnel(ports >>> 16) || mayTunnel(ports & 0xffff) || ports >>> 16 === DHCP_SERVER) return false
    // a length of its own that differs ends the payload elsewhere
    if (b.getInt32(l4 + 4) >>> 16 !== length - ipv4.HEADER) return false
    payload = l4 + udp.HEADER
  } else return false
  if (packetEnd > offset + wire || payload > packetEnd || payload > end) return false
  lanes[lane + SRC] = b.getInt32(at + 12)
  lanes[lane + DST] = b.getInt32(at + 16)
  lanes[lane + PORTS] = ports
  lanes[lane + PROTO] = proto
  lanes[lane + TAG] = tag
  lanes[lane + FRAME_BYTES] = wire
  lanes[lane + IP_BYTES] = length
  lanes[lane + PAYLOAD_BYTES] = packetEnd - payload
  lanes[lane + TCP_CONTROL] = control
  lanes[lane + CUT] = captured < wire ? 1 : 0
  return true
}
