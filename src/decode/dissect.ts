import { CUT, u16, WRONG } from '../wire/bytes.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as llc from '../wire/llc.ts'
import * as mpls from '../wire/mpls.ts'
import * as ppp from '../wire/ppp.ts'
import * as pppoe from '../wire/pppoe.ts'
import * as sctp from '../wire/sctp.ts'
import * as tcp from '../wire/tcp.ts'
import * as udp from '../wire/udp.ts'
import * as vlan from '../wire/vlan.ts'
import * as F from './facts.ts'
import { enterLink } from './link.ts'
import { mayTunnel } from './tunnel-ports.ts'
import { openIpTunnel, openUdpTunnel } from './tunnels.ts'

/** Tags in front of one type field; more than any network stacks, fewer than a hostile frame holds. */
const MOST_TAGS = 8
/** Extension headers in front of one transport header (RFC 8200 names six kinds, each once, one twice). */
const MOST_EXTENSIONS = 12

/**
 * Takes one frame apart into `facts`: the innermost addresses, ports and lengths, and the tunnels on the way.
 * Reads only inside [offset, offset + captured) of the block; never throws, never allocates.
 * The common stack has a shorter way to the same values, in `src/dispatch/common-reader.ts`; a test holds one against the other.
 */
export class Dissector {
  readonly facts = new Int32Array(F.CELLS)
  /** block under the knife, end of what was captured and of what was on the wire (positions in the block) */
  bytes: Uint8Array = new Uint8Array(0)
  end = 0
  wireEnd = 0
  /** where the innermost frame starts, for its wire length */
  frameAt = 0
  /** reading the packet an ICMP error quotes: it is cut by design and its tunnels stay closed */
  private quoting = false
  /** the packet at hand ends before its own end by no fault of its sender: cut by the mirror, or in several fragments */
  cutInside = false

  /** Dissects a frame of LINKTYPE_ `linkType`; returns the class it ends in (DECODED, MALFORMED, ...). */
  dissect(bytes: Uint8Array, offset: number, captured: number, wire: number, linkType: number): number {
    this.start(bytes, offset, offset + captured, offset + wire)
    return enterLink(this, linkType, offset)
  }

  /**
   * Reads the IP header and ports an ICMP error quotes (facts[QUOTE_AT] of another dissector).
   * Returns DECODED when the quoted addresses are there.
   */
  quoted(bytes: Uint8Array, offset: number, end: number): number {
    this.start(bytes, offset, end, end)
    this.quoting = true
    const result = this.internet(offset)
    this.quoting = false
    return result
  }

  private start(bytes: Uint8Array, offset: number, end: number, wireEnd: number): void {
    const f = this.facts
    this.bytes = bytes
    this.end = end
    this.wireEnd = wireEnd
    this.frameAt = offset
    this.cutInside = false
    f[F.FLAGS] = end < wireEnd ? F.FLAG_CUT : 0
    f[F.VERSION] = 0
    f[F.MAC_SRC_AT] = -1
    f[F.MAC_DST_AT] = -1
    f[F.VLAN_COUNT] = 0
    f[F.VLANS] = 0
    f[F.LAYER_COUNT] = 0
    f[F.QUOTE_AT] = -1
  }

  /** An Ethernet frame: the innermost one so far, so tags seen outside do not count for it. */
  ethernet(at: number): number {
    const f = this.facts
    this.frameAt = at
    f[F.VERSION] = 0
    f[F.VLAN_COUNT] = 0
    f[F.VLANS] = 0
    if (this.end - at < ethernet.HEADER) return this.short(at, ethernet.HEADER)
    f[F.MAC_DST_AT] = at
    f[F.MAC_SRC_AT] = at + 6
    return this.typed(ethernet.type(this.bytes, at), at + ethernet.HEADER)
  }

  /** What follows a type-or-length field: tags, then a network protocol. */
  typed(first: number, start: number): number {
    const b = this.bytes
    let type = first
    let at = start
    for (let tags = 0; ; tags++) {
      let size: number
      if (ethertype.isTag(type)) size = vlan.HEADER
      else if (type === ethertype.CISCO_METADATA || type === ethertype.E_TAG) size = 8
      else if (type === ethertype.VN_TAG) size = 6
      // the redundancy tag of IEC 62439-3 stands in front of the frame it protects
      else if (type === ethertype.HSR) size = 6
      else break
      if (tags === MOST_TAGS) return F.TOO_DEEP
      if (this.end - at < size) return this.short(at, size)
      if (size === vlan.HEADER) this.tag(vlan.id(b, at))
      at += size
      // each of them ends with the type of what follows
      type = u16(b, at - 2)
    }
    switch (type) {
      case ethertype.IPV4:
      case ethertype.IPV6:
        return this.internet(at)
      case ethertype.MPLS:
      case ethertype.MPLS_MULTICAST:
        return this.labels(at, type)
      case ethertype.PPPOE_SESSION:
        return this.pppoe(at, type)
      default:
        // neither a type nor the length of anything: it stays a number
        if (type >= ethernet.MIN_TYPE || type < llc.HEADER) return this.withoutIp(type, at, this.wireEnd)
        return this.logicalLink(at, type <= ethernet.MAX_LENGTH ? at + type : this.wireEnd)
    }
  }

  /** Notes one VLAN id, from the outside in. */
  tag(id: number): void {
    const f = this.facts
    const n = f[F.VLAN_COUNT]
    if (n >= F.VLAN_CELLS * 2) return
    const cell = F.VLANS + (n >> 1)
    f[cell] = n & 1 ? f[cell] | id : id << 16
    f[F.VLAN_COUNT] = n + 1
  }

  /** IEEE 802.3 frame: an LLC header, often with SNAP; `until` is where the length field ends it, before any padding. */
  logicalLink(at: number, until: number): number {
    const b = this.bytes
    if (this.end - at < llc.HEADER) return this.short(at, llc.HEADER)
    if (llc.isSnap(b, at)) {
      if (this.end - at < llc.SNAP_HEADER) return this.short(at, llc.SNAP_HEADER)
      const type = llc.snapType(b, at)
      if (llc.snapIsEthertype(b, at) && type >= ethernet.MIN_TYPE)
        return this.typed(type, at + llc.SNAP_HEADER)
    }
    if (llc.isIp(b, at)) return this.internet(at + llc.HEADER)
    this.facts[F.FLAGS] |= F.FLAG_LLC
    return this.withoutIp((llc.dsap(b, at) << 8) | llc.ssap(b, at), at + llc.HEADER, until)
  }

  /** PPPoE session header, whose length ends the PPP frame before any padding. Other versions and codes stay closed. */
  pppoe(at: number, type: number): number {
    const header = pppoe.check(this.bytes, at, this.end)
    if (header === CUT) return this.short(at, pppoe.HEADER + 2)
    if (header === WRONG) return this.withoutIp(type, at, this.wireEnd)
    return this.pointToPoint(at + header, type, at + header + pppoe.length(this.bytes, at))
  }

  /** PPP protocol field and what it carries. `type` stands for the frame where nothing in it is IP. */
  pointToPoint(at: number, type: number, until: number): number {
    const header = ppp.check(this.bytes, at, this.end)
    if (header <= 0) return this.short(at, this.end - at + 1)
    switch (ppp.protocol(this.bytes, at, this.end)) {
      case ppp.IPV4:
      case ppp.IPV6:
        return this.internet(at + header)
      case ppp.MPLS:
        return this.labels(at + header, ethertype.MPLS)
      default:
        return this.withoutIp(type, at + header, until)
    }
  }

  /** MPLS tells not what it carries: IP shows its version, an Ethernet pseudowire a type that fits. */
  labels(at: number, type: number): number {
    const stack = mpls.check(this.bytes, at, this.end)
    if (stack === CUT) return this.short(at, this.end - at + 1)
    if (stack === WRONG) return this.withoutIp(type, at, this.wireEnd)
    const inner = at + stack
    if (this.looksLikeIp(inner)) return this.internet(inner)
    const frame = this.pseudowire(inner)
    if (frame >= 0) return this.ethernet(frame)
    const header = inner < this.end && this.bytes[inner] >>> 4 === 6 ? ipv6.HEADER : ipv4.HEADER
    const isIp = inner >= this.end || this.bytes[inner] >>> 4 === (header === ipv6.HEADER ? 6 : 4)
    // addresses that were cut off are no reason to count the frame for the ends of the label's link
    if (isIp && this.end - inner < header && this.short(inner, header) === F.TRUNCATED) return F.TRUNCATED
    return this.withoutIp(type, inner, this.wireEnd)
  }

  /** Where the Ethernet frame of a pseudowire starts, behind a control word (RFC 4385: a zero nibble) or at once; -1 = none. */
  pseudowire(at: number): number {
    if (at < this.end && this.bytes[at] >>> 4 === 0 && this.isEthernet(at + 4)) return at + 4
    return this.isEthernet(at) ? at : -1
  }

  /** A frame without IP: a flow of its EtherType and its MACs. Its payload ends at `until` or with the frame. */
  withoutIp(type: number, at: number, until: number): number {
    const f = this.facts
    f[F.VERSION] = 0
    f[F.PROTO] = type
    f[F.SRC_PORT] = 0
    f[F.DST_PORT] = 0
    f[F.L4_AT] = -1
    f[F.IP_BYTES] = 0
    f[F.FRAME_BYTES] = this.wireEnd - this.frameAt
    this.payload(at, Math.min(until, this.wireEnd))
    if (f[F.MAC_SRC_AT] < 0 && f[F.MAC_DST_AT] < 0) return F.UNSUPPORTED
    return F.DECODED
  }

  /** IPv4 or IPv6, by the version the packet itself states. */
  internet(at: number): number {
    if (at >= this.end) return this.short(at, 1)
    const version = this.bytes[at] >>> 4
    if (version === 4) return this.internet4(at)
    if (version === 6) return this.internet6(at)
    return F.MALFORMED
  }

  private internet4(at: number): number {
    const b = this.bytes
    const f = this.facts
    const header = ipv4.check(b, at, this.end)
    if (header <= 0) return header === WRONG ? F.MALFORMED : this.short(at, ipv4.HEADER)
    let length = ipv4.totalLength(b, at)
    if (length === 0) {
      length = this.wireEnd - at
      f[F.FLAGS] |= F.FLAG_OFFLOAD
    } else if (length < header) return F.MALFORMED
    f[F.VERSION] = 4
    f[F.SRC_V4] = ipv4.src(b, at)
    f[F.DST_V4] = ipv4.dst(b, at)
    f[F.IP_BYTES] = length
    f[F.FRAME_BYTES] = this.wireEnd - this.frameAt
    const packetEnd = at + length
    if (packetEnd > this.wireEnd) this.unfinished()
    let proto = ipv4.protocol(b, at)
    let next = at + header
    const fragment = ipv4.fragment(b, at)
    if ((fragment & ipv4.OFFSET_MASK) !== 0) return this.laterFragment(proto, ipv4.id(b, at), next, packetEnd)
    if ((fragment & ipv4.MORE_FRAGMENTS) !== 0) {
      // an authentication header stays closed here: later fragments do not tell what it carries, and must find their flow
      f[F.FLAGS] |= F.FLAG_FIRST_FRAGMENT
      f[F.FRAGMENT_ID] = ipv4.id(b, at)
    } else if (proto === ip.AH) {
      const end = Math.min(packetEnd, this.end)
      for (let count = 0; proto === ip.AH && end - next >= 8 && count < MOST_EXTENSIONS; count++) {
        proto = b[next]
        next += ipv6.authenticationLength(b, next)
      }
    }
    return this.transport(proto, next, packetEnd)
  }

  private internet6(at: number): number {
    const b = this.bytes
    const f = this.facts
    const header = ipv6.check(b, at, this.end)
    if (header <= 0) return header === WRONG ? F.MALFORMED : this.short(at, ipv6.HEADER)
    let proto = ipv6.next(b, at)
    let length = ipv6.HEADER + ipv6.payloadLength(b, at)
    if (length === ipv6.HEADER && proto !== ipv6.NO_NEXT && this.wireEnd - at > ipv6.HEADER) {
      length = this.wireEnd - at // jumbogram (RFC 2675) or a length left to offload
      f[F.FLAGS] |= F.FLAG_OFFLOAD
    }
    f[F.VERSION] = 6
    for (let word = 0; word < 4; word++) {
      f[F.SRC + word] = ipv6.src(b, at, word)
      f[F.DST + word] = ipv6.dst(b, at, word)
    }
    f[F.IP_BYTES] = length
    f[F.FRAME_BYTES] = this.wireEnd - this.frameAt
    const packetEnd = at + length
    if (packetEnd > this.wireEnd) this.unfinished()
    const end = Math.min(packetEnd, this.end)
    let next = at + ipv6.HEADER
    for (let count = 0; count < MOST_EXTENSIONS && end - next >= ipv6.SHORTEST_EXTENSION; count++) {
      if (ipv6.isExtension(proto) || proto === ipv6.AUTHENTICATION) {
        // mobility, HIP and shim messages are headers with nothing behind them: then they are what the packet carries
        if (ipv6.isMessage(proto) && b[next] === ipv6.NO_NEXT) break
        const size =
          proto === ipv6.AUTHENTICATION ? ipv6.authenticationLength(b, next) : ipv6.extensionLength(b, next)
        proto = b[next]
        next += size
      } else if (proto === ipv6.FRAGMENT) {
        proto = b[next]
        const id = ipv6.fragmentId(b, next)
        const later = ipv6.fragmentOffset(b, next) !== 0
        const more = ipv6.fragmentMore(b, next)
        next += ipv6.FRAGMENT_HEADER
        if (later) return this.laterFragment(proto, id, next, packetEnd)
        // further pieces carry the number of the outermost fragment header
        if (more && (f[F.FLAGS] & F.FLAG_FIRST_FRAGMENT) === 0) {
          f[F.FLAGS] |= F.FLAG_FIRST_FRAGMENT
          f[F.FRAGMENT_ID] = id
        }
      } else break
    }
    return this.transport(proto, next, packetEnd)
  }

  /** The IP packet states more bytes than the frame had: the rest was cut off earlier, or comes in further outer fragments. */
  private unfinished(): void {
    this.cutInside = true
    if ((this.facts[F.FLAGS] & F.FLAG_OUTER_FRAGMENT) === 0) this.facts[F.FLAGS] |= F.FLAG_CUT
  }

  /** No ports here: they came with the first fragment. */
  private laterFragment(proto: number, id: number, at: number, packetEnd: number): number {
    const f = this.facts
    f[F.PROTO] = proto
    f[F.FRAGMENT_ID] = id
    f[F.FLAGS] = (f[F.FLAGS] & ~F.FLAG_FIRST_FRAGMENT) | F.FLAG_LATER_FRAGMENT
    f[F.SRC_PORT] = 0
    f[F.DST_PORT] = 0
    f[F.L4_AT] = -1
    f[F.TCP_FLAGS] = 0
    this.payload(at, packetEnd)
    return F.DECODED
  }

  private payload(at: number, packetEnd: number): void {
    const f = this.facts
    const capturedEnd = Math.min(packetEnd, this.end)
    f[F.PAYLOAD_AT] = at
    f[F.PAYLOAD_BYTES] = packetEnd > at ? packetEnd - at : 0
    f[F.PAYLOAD_CAPTURED] = capturedEnd > at ? capturedEnd - at : 0
  }

  /** The transport header at `at` of an IP packet that ends at `packetEnd` (both positions in the block). */
  private transport(proto: number, at: number, packetEnd: number): number {
    const f = this.facts
    const b = this.bytes
    const end = Math.min(packetEnd, this.end)
    f[F.PROTO] = proto
    f[F.SRC_PORT] = 0
    f[F.DST_PORT] = 0
    f[F.L4_AT] = at
    f[F.TCP_FLAGS] = 0
    let header = 0
    let payloadEnd = packetEnd
    switch (proto) {
      case ip.TCP:
        if (!this.readPorts(at, end)) break
        header = tcp.check(b, at, end)
        if (header > 0) {
          f[F.TCP_FLAGS] = tcp.flags(b, at)
          f[F.TCP_SEQ] = tcp.seq(b, at)
          f[F.TCP_ACK] = tcp.ack(b, at)
          f[F.TCP_WINDOW] = tcp.window(b, at)
        } else {
          // an error quotes the ports and little else (RFC 792: 64 bits)
          if (!this.quoting) f[F.L4_AT] = -1
          header = tcp.HEADER
        }
        break
      case ip.UDP:
      case ip.UDPLITE:
        if (!this.readPorts(at, end)) break
        header = udp.HEADER
        if (proto !== ip.UDP) break
        // a length of 0 was left to an offload engine; a longer one than the packet's is a first fragment's, or wrong
        if (end - at >= header && udp.length(b, at) >= header)
          payloadEnd = Math.min(packetEnd, at + udp.length(b, at))
        if (!this.quoting && (mayTunnel(f[F.SRC_PORT]) || mayTunnel(f[F.DST_PORT]))) {
          this.end = Math.min(payloadEnd, this.end)
          const result = openUdpTunnel(this, at + header, payloadEnd)
          if (result >= 0) return result
        }
        break
      case ip.SCTP:
        if (this.readPorts(at, end)) header = sctp.HEADER
        break
      case ip.DCCP:
        if (this.readPorts(at, end)) header = 12
        break
      case ip.ICMP:
      case ip.ICMPV6:
        if (end - at < icmp.MINIMUM) {
          f[F.L4_AT] = -1
          break
        }
        f[F.SRC_PORT] = icmp.type(b, at)
        f[F.DST_PORT] = icmp.code(b, at)
        header = icmp.HEADER
        if (proto === ip.ICMP ? icmp.isError(b[at]) : icmp.isError6(b[at])) {
          f[F.FLAGS] |= F.FLAG_ICMP_ERROR
          f[F.QUOTE_AT] = at + icmp.HEADER < end ? at + icmp.HEADER : -1
        }
        break
      default:
        if (!this.quoting) {
          this.end = end
          const result = openIpTunnel(this, proto, at, packetEnd)
          if (result >= 0) return result
        }
    }
    this.payload(at + header, payloadEnd)
    return F.DECODED
  }

  private readPorts(at: number, end: number): boolean {
    const f = this.facts
    if (end - at < 4) {
      f[F.L4_AT] = -1
      return false
    }
    f[F.SRC_PORT] = u16(this.bytes, at)
    f[F.DST_PORT] = u16(this.bytes, at + 2)
    return true
  }

  /**
   * Steps into a tunnel whose header was checked: notes the layer and hands back true, or false where it is one
   * tunnel too deep. The packet inside ends where the one outside does, whatever padding follows.
   */
  descend(kind: number, id: number, carriesEthernet: boolean, packetEnd: number): boolean {
    const f = this.facts
    const count = f[F.LAYER_COUNT]
    if (count >= F.MOST_LAYERS) return false
    const layer = F.LAYERS + count * F.LAYER_CELLS
    f[layer + F.LAYER_KIND] = kind
    f[layer + F.LAYER_VERSION] = f[F.VERSION]
    f[layer + F.LAYER_PROTO] = f[F.PROTO]
    f[layer + F.LAYER_SRC_PORT] = f[F.SRC_PORT]
    f[layer + F.LAYER_DST_PORT] = f[F.DST_PORT]
    for (let word = 0; word < 4; word++) {
      f[layer + F.LAYER_SRC + word] = f[F.SRC + word]
      f[layer + F.LAYER_DST + word] = f[F.DST + word]
    }
    f[layer + F.LAYER_ID] = id
    f[layer + F.LAYER_FRAME_BYTES] = f[F.FRAME_BYTES]
    f[layer + F.LAYER_IP_BYTES] = f[F.IP_BYTES]
    f[layer + F.LAYER_ETHERNET] = carriesEthernet ? 1 : 0
    f[layer + F.LAYER_FRAGMENTED] = f[F.FLAGS] & F.FLAG_FIRST_FRAGMENT ? 1 : 0
    f[layer + F.LAYER_FRAGMENT_ID] = f[F.FRAGMENT_ID]
    // a frame inside brings tags of its own
    f[layer + F.LAYER_VLAN_COUNT] = f[F.VLAN_COUNT]
    for (let i = 0; i < F.VLAN_CELLS; i++) f[layer + F.LAYER_VLANS + i] = f[F.VLANS + i]
    if (f[F.FLAGS] & F.FLAG_FIRST_FRAGMENT) {
      f[F.FLAGS] = (f[F.FLAGS] & ~F.FLAG_FIRST_FRAGMENT) | F.FLAG_OUTER_FRAGMENT
      this.cutInside = true
    }
    f[F.LAYER_COUNT] = count + 1
    // `end` is narrowed already, before a tunnel is looked for
    if (packetEnd < this.wireEnd) this.wireEnd = packetEnd
    return true
  }

  /** Steps into an IP packet inside a tunnel. */
  descendIp(kind: number, id: number, at: number, packetEnd: number): number {
    if (!this.descend(kind, id, false, packetEnd)) return F.TOO_DEEP
    this.frameAt = at
    // the MACs outside are those of the tunnel's ends
    this.facts[F.MAC_SRC_AT] = -1
    this.facts[F.MAC_DST_AT] = -1
    return this.internet(at)
  }

  /** Steps into an Ethernet frame inside a tunnel. */
  descendEthernet(kind: number, id: number, at: number, packetEnd: number): number {
    if (!this.descend(kind, id, true, packetEnd)) return F.TOO_DEEP
    return this.ethernet(at)
  }

  /** A whole IP header stands at `at`, with lengths that agree: enough to step into it. */
  looksLikeIp(at: number): boolean {
    if (at >= this.end) return false
    const b = this.bytes
    if (b[at] >>> 4 === 4) {
      const header = ipv4.check(b, at, this.end)
      if (header <= 0) return false
      const length = ipv4.totalLength(b, at)
      return length === 0 || length >= header
    }
    return ipv6.check(b, at, this.end) > 0
  }

  /** An Ethernet header stands at `at` whose type announces something that is really there. */
  looksLikeEthernet(at: number): boolean {
    return this.end - at >= ethernet.HEADER && this.fits(at, false)
  }

  /** The same where nothing else speaks for Ethernet: types that nobody knows do not count. */
  isEthernet(at: number): boolean {
    return this.end - at >= ethernet.HEADER && this.fits(at, true)
  }

  private fits(at: number, known: boolean): boolean {
    let type = ethernet.type(this.bytes, at)
    let next = at + ethernet.HEADER
    for (let tags = 0; tags < MOST_TAGS && ethertype.isTag(type) && this.end - next >= vlan.HEADER; tags++) {
      type = vlan.type(this.bytes, next)
      next += vlan.HEADER
    }
    if (type === ethertype.IPV4 || type === ethertype.IPV6) return this.looksLikeIp(next)
    if (!known) return true
    if (type >= ethernet.MIN_TYPE) return ethertype.isKnown(type)
    return type >= llc.HEADER && type <= ethernet.MAX_LENGTH && next + type <= this.wireEnd
  }

  /** Too few bytes for a header that needs `header` of them: cut by capture or mirror, or wrong where the frame was whole. */
  short(at: number, header: number): number {
    if (this.cutInside) return F.TRUNCATED
    return this.facts[F.FLAGS] & F.FLAG_CUT && this.wireEnd - at >= header ? F.TRUNCATED : F.MALFORMED
  }
}
