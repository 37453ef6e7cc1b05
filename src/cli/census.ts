import type { InterfaceFacts } from '../live/interface-facts.ts'
import type { Hearer } from '../live/listen.ts'
import { formatAddress, parseAddress, parseMac } from '../net/address.ts'
import type { Burst } from '../shared/burst.ts'
import { ownFrameName } from '../watch/own-frames.ts'
import * as erspan from '../wire/erspan.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as geneve from '../wire/geneve.ts'
import * as gre from '../wire/gre.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as udp from '../wire/udp.ts'
import * as vlan from '../wire/vlan.ts'
import * as vxlan from '../wire/vxlan.ts'

const ETHERNET = 1
const MOST_MACHINES = 4096
const MOST_PAIRS = 1 << 16
const MOST_KINDS = 4096
const MOST_TAGS = 4
/** a wrapped frame in a wrapped frame is as deep as mirrors go */
const MOST_LAYERS = 3
const PROTO_UDP = 17
const PROTO_GRE = 47
const UDP_TUNNELS: Readonly<Record<number, TunnelKind>> = {
  4789: 'vxlan',
  8472: 'vxlan',
  6081: 'geneve',
  37008: 'tzsp',
}
/** bytes a frame has beyond the MTU: MAC header and two tags */
const BEYOND_MTU = ethernet.HEADER + 2 * vlan.HEADER

export type TunnelKind = 'erspan' | 'gre' | 'vxlan' | 'geneve' | 'tzsp'

/** Wrapped frames between two addresses. */
export interface SeenTunnel {
  kind: TunnelKind
  version: 4 | 6
  /** four words each, IPv4 in the last */
  src: Uint32Array
  dst: Uint32Array
  /** ERSPAN session or VNI, -1 = none */
  id: number
  frames: number
  /** it ends at an address of the interface */
  isOurs: boolean
}

/**
 * Counts what a short look at an interface tells about the mirror. What is wrapped and sent to the interface's own address
 * is unwrapped: MAC addresses and VLANs are those of the mirrored frame. Bounded, whatever comes.
 */
export class Census implements Hearer {
  /** all frames but those this machine sent */
  frames = 0
  bytes = 0
  /** frames to one machine that is not this one, to this one, and to many */
  forOthers = 0
  forUs = 0
  forGroups = 0
  /** frames that no MTU of the interface explains */
  oversize = 0
  longest = 0
  /** pieces of packets to the interface's own address */
  pieces = 0
  /** "110", "900.110" (outer first) or "untagged" -> frames */
  readonly vlans = new Map<string, number>()
  readonly tunnels = new Map<string, SeenTunnel>()
  /** kind of frame -> how many this machine sent */
  readonly own = new Map<string, number>()
  readonly hasMacs: boolean
  private readonly mtu: number
  private readonly mac: number
  private readonly addresses: ReadonlySet<string>
  /** MAC address -> number */
  private readonly machines = new Map<number, number>()
  /** two numbers, the lower first -> 1 lower to higher seen, 2 the other way, 3 both */
  private readonly pairs = new Map<number, number>()
  private readonly src = new Uint32Array(4)
  private readonly dst = new Uint32Array(4)

  constructor(facts: Pick<InterfaceFacts, 'mac' | 'mtu' | 'linkType' | 'addresses'>) {
    const own = facts.mac === undefined ? undefined : parseMac(facts.mac)
    this.mac = own === undefined ? -1 : macNumber(own.high, own.low)
    this.mtu = facts.mtu
    this.hasMacs = facts.linkType === ETHERNET
    this.addresses = new Set(
      facts.addresses.map(({ text, version }) => `${version}/${parseAddress(text)?.words.join(',')}`),
    )
  }

  sent(bytes: Uint8Array, offset: number, captured: number): void {
    raise(this.own, this.hasMacs ? ownFrameName(bytes, offset, captured) : 'a frame', 1)
  }

  take(burst: Burst): void {
    const { bytes, offset, captured, wire, count } = burst
    this.frames += count
    for (let i = 0; i < count; i++) {
      this.bytes += wire[i]
      if (wire[i] > this.longest) this.longest = wire[i]
      if (wire[i] > this.mtu + BEYOND_MTU) this.oversize++
      const end = offset[i] + captured[i]
      if (this.hasMacs) this.ethernet(bytes, offset[i], end, 0, MOST_LAYERS)
      else this.ip(bytes, offset[i], end, bytes[offset[i]] >>> 4 === 6 ? ethertype.IPV6 : ethertype.IPV4, 1)
    }
  }

  /** Pairs of machines that were seen talking, and of how many both directions were. */
  conversations(): { pairs: number; bothWays: number } {
    let bothWays = 0
    for (const seen of this.pairs.values()) if (seen === 3) bothWays++
    return { pairs: this.pairs.size, bothWays }
  }

  get sentFrames(): number {
    let sum = 0
    for (const n of this.own.values()) sum += n
    return sum
  }

  /** `noted` = VLAN that the mirror noted for the frame, 0 = none. */
  private ethernet(b: Uint8Array, start: number, end: number, noted: number, layers: number): void {
    if (ethernet.check(b, start, end) <= 0) return
    let type = ethernet.type(b, start)
    let at = start + ethernet.HEADER
    let stack = ''
    for (let tags = 0; ethertype.isTag(type) && tags < MOST_TAGS && vlan.check(b, at, end) > 0; tags++) {
      stack = stack === '' ? String(vlan.id(b, at)) : `${stack}.${vlan.id(b, at)}`
      type = vlan.type(b, at)
      at += vlan.HEADER
    }
    // what is wrapped for us counts as what is in it
    if (layers > 0 && this.ip(b, at, end, type, layers)) return
    raise(this.vlans, stack === '' ? (noted === 0 ? 'untagged' : String(noted)) : stack, 1)
    const dst = macNumber(ethernet.dstHigh(b, start), ethernet.dstLow(b, start))
    const src = macNumber(ethernet.srcHigh(b, start), ethernet.srcLow(b, start))
    if ((b[start] & 1) === 1) this.forGroups++
    else if (dst === this.mac) this.forUs++
    else {
      this.forOthers++
      this.pair(src, dst)
    }
  }

  private pair(src: number, dst: number): void {
    const a = this.machine(src)
    const b = this.machine(dst)
    if (a < 0 || b < 0) return
    const key = Math.min(a, b) * MOST_MACHINES + Math.max(a, b)
    const seen = this.pairs.get(key) ?? 0
    if (seen === 0 && this.pairs.size === MOST_PAIRS) return
    this.pairs.set(key, seen | (a < b ? 1 : 2))
  }

  private machine(mac: number): number {
    const known = this.machines.get(mac)
    if (known !== undefined) return known
    if (this.machines.size === MOST_MACHINES) return -1
    this.machines.set(mac, this.machines.size)
    return this.machines.size - 1
  }

  /** True where a mirrored frame was inside, and was counted. */
  private ip(b: Uint8Array, at: number, end: number, type: number, layers: number): boolean {
    const { src, dst } = this
    if (type === ethertype.IPV4) {
      const header = ipv4.check(b, at, end)
      if (header <= 0) return false
      src.fill(0)
      dst.fill(0)
      src[3] = ipv4.src(b, at)
      dst[3] = ipv4.dst(b, at)
      const fragment = ipv4.fragment(b, at)
      if ((fragment & (ipv4.MORE_FRAGMENTS | ipv4.OFFSET_MASK)) !== 0 && this.isOurs(4)) this.pieces++
      if ((fragment & ipv4.OFFSET_MASK) !== 0) return false
      return this.transport(b, at + header, end, 4, ipv4.protocol(b, at), layers)
    }
    if (type !== ethertype.IPV6 || ipv6.check(b, at, end) <= 0) return false
    for (let word = 0; word < 4; word++) {
      src[word] = ipv6.src(b, at, word)
      dst[word] = ipv6.dst(b, at, word)
    }
    let next = ipv6.next(b, at)
    let header = ipv6.HEADER
    if (next === ipv6.FRAGMENT && end - at >= header + ipv6.FRAGMENT_HEADER) {
      if (this.isOurs(6)) this.pieces++
      if (ipv6.fragmentOffset(b, at + header) !== 0) return false
      next = b[at + header]
      header += ipv6.FRAGMENT_HEADER
    }
    return this.transport(b, at + header, end, 6, next, layers)
  }

  private transport(
    b: Uint8Array,
    at: number,
    end: number,
    version: 4 | 6,
    protocol: number,
    layers: number,
  ): boolean {
    if (protocol === PROTO_GRE) return this.gre(b, at, end, version, layers)
    if (protocol !== PROTO_UDP || udp.check(b, at, end) <= 0) return false
    const kind = UDP_TUNNELS[(b[at + 2] << 8) | b[at + 3]]
    const inner = at + udp.HEADER
    if (kind === 'vxlan') {
      if (vxlan.check(b, inner, end) <= 0) return false
      return (
        this.tunnel('vxlan', version, vxlan.vni(b, inner)) &&
        this.inside(b, inner + vxlan.HEADER, end, 0, layers)
      )
    }
    if (kind === 'geneve') {
      const header = geneve.check(b, inner, end)
      if (header <= 0) return false
      const isOurs = this.tunnel('geneve', version, geneve.vni(b, inner))
      return (
        isOurs &&
        geneve.protocol(b, inner) === ethertype.TEB &&
        this.inside(b, inner + header, end, 0, layers)
      )
    }
    if (kind === 'tzsp') this.tunnel('tzsp', version, -1)
    return false
  }

  private gre(b: Uint8Array, at: number, end: number, version: 4 | 6, layers: number): boolean {
    const header = gre.check(b, at, end)
    if (header <= 0) return false
    const protocol = gre.protocol(b, at)
    const inner = at + header
    if (protocol !== ethertype.ERSPAN_II && protocol !== ethertype.ERSPAN_III) {
      const isOurs = this.tunnel('gre', version, -1)
      return isOurs && protocol === ethertype.TEB && this.inside(b, inner, end, 0, layers)
    }
    // type I has no header of its own, and no sequence number
    if (protocol === ethertype.ERSPAN_II && !gre.hasSequence(b, at))
      return this.tunnel('erspan', version, -1) && this.inside(b, inner, end, 0, layers)
    const more = erspan.check(b, inner, end)
    if (more <= 0) return false
    const isOurs = this.tunnel('erspan', version, erspan.session(b, inner))
    const isFrame = erspan.frameType(b, inner) === erspan.FRAME_ETHERNET
    return isOurs && isFrame && this.inside(b, inner + more, end, erspan.vlan(b, inner), layers)
  }

  private inside(b: Uint8Array, at: number, end: number, noted: number, layers: number): boolean {
    this.ethernet(b, at, end, noted, layers - 1)
    return true
  }

  /** Whether the packet at hand is sent to an address of the interface. */
  private isOurs(version: 4 | 6): boolean {
    return this.addresses.has(`${version}/${this.dst.join(',')}`)
  }

  /** Counts a wrapped frame; true where it is for us. */
  private tunnel(kind: TunnelKind, version: 4 | 6, id: number): boolean {
    const { src, dst } = this
    const key = `${kind} ${version} ${src.join()} ${dst.join()} ${id}`
    const known = this.tunnels.get(key)
    if (known !== undefined) {
      known.frames++
      return known.isOurs
    }
    const isOurs = this.isOurs(version)
    if (this.tunnels.size < MOST_KINDS)
      this.tunnels.set(key, { kind, version, src: src.slice(), dst: dst.slice(), id, frames: 1, isOurs })
    return isOurs
  }
}

/** The six bytes as one number. */
const macNumber = (high: number, low: number): number => high * 2 ** 32 + (low >>> 0)

function raise(counts: Map<string, number>, key: string, by: number): void {
  const before = counts.get(key)
  if (before === undefined && counts.size === MOST_KINDS) return
  counts.set(key, (before ?? 0) + by)
}

/** Text of an address in four words. */
export const addressText = (version: 4 | 6, words: Uint32Array): string =>
  formatAddress(version, words[0], words[1], words[2], words[3])
