import * as F from '../decode/facts.ts'
import { mayTunnel } from '../decode/tunnel-ports.ts'
import * as erspan from '../wire/erspan.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as gre from '../wire/gre.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as udp from '../wire/udp.ts'
import * as vlan from '../wire/vlan.ts'
import type { Wrapper, Wrapping } from './wrapping.ts'

/** Wrappers remembered: SETS times WAYS; where more fall into one set, they take turns. */
const SETS = 1024
const WAYS = 4
/** bits of the word of an ERSPAN type II header that the dissection looks at: version, VLAN, truncated, session */
const ERSPAN_WORD = 0xffff07ff | 0
const KINDS: readonly number[] = [
  F.TUNNEL_GRE,
  F.TUNNEL_NVGRE,
  F.TUNNEL_VXLAN,
  F.TUNNEL_GENEVE,
  F.TUNNEL_ERSPAN,
]
const NOT_FRAGMENTED = 0x3fff

/** Headers outside a frame that may be known again: Ethernet without or with a tag, IPv4, and what carries the frame. */
interface Known {
  wrapping: Wrapper
  port: number
  /** tag outside, 0x10000 + id; 0 = none */
  tag: number
  src: number
  dst: number
  proto: number
  /** bytes from the start of the frame to the IP header, and to the frame inside */
  l2: number
  length: number
  /** words behind the IP header by their offset there, and which bits of them are fixed */
  offsets: Int32Array
  masks: Int32Array
  values: Int32Array
  /** VLAN id that stands in the wrapper for a frame without a tag; 0 = none */
  vlan: number
}

/**
 * Wrappers seen before. A mirror session wraps frame after frame in the same headers but for lengths, numbers and checksums;
 * a frame whose headers are those of a known wrapper needs no walk through them. Only whole frames in whole IPv4 packets
 * are known again; the walk takes the others.
 */
export class Wrappers {
  private readonly wrapping: Wrapping
  private readonly known: (Known | undefined)[] = new Array(SETS * WAYS).fill(undefined)
  private next = 0

  constructor(wrapping: Wrapping) {
    this.wrapping = wrapping
  }

  /**
   * Number of the wrapper of the Ethernet frame at `frame`, `there` bytes of `length`, that came from `port`; -1 = not known.
   * The frame has at most one tag and an IPv4 header without options in its captured bytes.
   */
  match(b: DataView, frame: number, there: number, length: number, port: number): number {
    if (there !== length) return -1
    let at = frame + ethernet.HEADER
    let tag = 0
    if (b.getUint16(frame + 12) === ethertype.VLAN) {
      tag = 0x10000 | (b.getUint16(at) & 0xfff)
      at += vlan.HEADER
    }
    const l4 = at + ipv4.HEADER
    const end = frame + length
    if (l4 + 16 > end) return -1
    const total = b.getUint16(at + 2)
    if (at + total !== end || (b.getUint16(at + 6) & NOT_FRAGMENTED) !== 0) return -1
    const src = b.getInt32(at + 12)
    const dst = b.getInt32(at + 16)
    const proto = b.getUint8(at + 9)
    if (proto === ip.UDP && b.getUint16(l4 + 4) !== total - ipv4.HEADER) return -1
    const first = setOf(src, dst, b.getInt32(l4 + (proto === ip.UDP ? 12 : 8)))
    for (let place = first; place < first + WAYS; place++) {
      const known = this.known[place]
      if (known === undefined) return -1
      if (
        known.src === src &&
        known.dst === dst &&
        known.proto === proto &&
        known.tag === tag &&
        known.port === port &&
        length > known.length &&
        isSame(b, l4, known)
      )
        return place
    }
    return -1
  }

  /** Forgets all: what told tunnels apart does no longer. */
  forget(): void {
    this.known.fill(undefined)
  }

  /** Bytes in front of the frame inside. */
  lengthOf(wrapper: number): number {
    return this.known[wrapper]!.length
  }

  /** Place of a frame inside that has this tag (0x10000 + id, 0 = none). */
  placeOf(wrapper: number, tag: number): number {
    const { wrapping, vlan: noted } = this.known[wrapper]!
    return this.wrapping.placeInside(wrapping, tag === 0 && noted !== 0 ? 0x10000 | noted : tag)
  }

  /** Counts the wrapper's packet; `length` is that of the frame inside. */
  count(wrapper: number, length: number, seconds: number, nanos: number): void {
    const { wrapping, length: header, l2 } = this.known[wrapper]!
    this.wrapping.again(wrapping, length + header, length + header - l2, seconds, nanos)
  }

  /**
   * Remembers what the frame at `frame` came in, whose facts `f` were read and placed just now: one tunnel, an Ethernet frame
   * inside. What cannot be known again, or is known, is left alone.
   */
  meet(f: Int32Array, b: DataView, frame: number, there: number, length: number, port: number): void {
    const layer = F.LAYERS
    if (there !== length || f[layer + F.LAYER_VERSION] !== 4 || f[F.MAC_DST_AT] < 0) return
    if (!KINDS.includes(f[layer + F.LAYER_KIND]) || f[layer + F.LAYER_ETHERNET] !== 1) return
    if (f[layer + F.LAYER_FRAGMENTED] === 0) this.learn(f, b, frame, length, port)
  }

  private learn(f: Int32Array, b: DataView, frame: number, length: number, port: number): void {
    const layer = F.LAYERS
    const kind = f[layer + F.LAYER_KIND]
    const inner = f[F.MAC_DST_AT]
    let at = frame + ethernet.HEADER
    let type = b.getUint16(frame + 12)
    let tag = 0
    if (type === ethertype.VLAN) {
      tag = 0x10000 | (b.getUint16(at) & 0xfff)
      type = b.getUint16(at + 2)
      at += vlan.HEADER
    }
    if (type !== ethertype.IPV4 || b.getUint8(at) !== 0x45) return
    const l4 = at + ipv4.HEADER
    if (inner < l4 + 8 || ((inner - l4) & 3) !== 0 || l4 + 16 > frame + length) return
    const total = b.getUint16(at + 2)
    // padded behind, or of a length that UDP states otherwise: never known again
    if (at + total !== frame + length) return
    if (b.getUint8(at + 9) === ip.UDP && b.getUint16(l4 + 4) !== total - ipv4.HEADER) return
    if (this.match(b, frame, length, length, port) >= 0) return
    const proto = b.getUint8(at + 9)
    const words = proto === ip.UDP ? udpWords(b, l4, kind, inner - l4) : greWords(b, l4, inner - l4, kind)
    const wrapping = this.wrapping.wrapperOfLast()
    if (words === undefined || wrapping === undefined) return
    const offsets = Int32Array.from(words, ([offset]) => offset)
    const masks = Int32Array.from(words, ([, mask]) => mask)
    const src = f[layer + F.LAYER_SRC + 3]
    const dst = f[layer + F.LAYER_DST + 3]
    const first = setOf(src, dst, b.getInt32(l4 + (proto === ip.UDP ? 12 : 8)))
    let place = first
    while (place < first + WAYS && this.known[place] !== undefined) place++
    if (place === first + WAYS) place = first + (this.next++ % WAYS)
    this.known[place] = {
      wrapping,
      port,
      tag,
      src,
      dst,
      proto,
      l2: at - frame,
      length: inner - frame,
      offsets,
      masks,
      values: Int32Array.from(offsets, (offset, i) => b.getInt32(l4 + offset) & masks[i]),
      vlan: kind === F.TUNNEL_ERSPAN && words.at(-1)![1] === ERSPAN_WORD ? vlanOf(b, inner) : 0,
    }
  }
}

function setOf(src: number, dst: number, word: number): number {
  const h = Math.imul(src, 0x9e3779b1) ^ Math.imul(dst, 0x85ebca6b) ^ Math.imul(word, 0xc2b2ae35)
  return ((h ^ (h >>> 16)) & (SETS - 1)) * WAYS
}

function isSame(b: DataView, at: number, { offsets, masks, values }: Known): boolean {
  for (let i = 0; i < offsets.length; i++)
    if ((b.getInt32(at + offsets[i]) & masks[i]) !== values[i]) return false
  return true
}

type Word = [offset: number, mask: number]

/** UDP: the destination port, and the source port where it may say what this is; then every word of the tunnel's header. */
function udpWords(b: DataView, at: number, kind: number, length: number): Word[] | undefined {
  if (kind !== F.TUNNEL_VXLAN && kind !== F.TUNNEL_GENEVE) return undefined
  const words: Word[] = [[0, mayTunnel(b.getUint16(at)) ? -1 : 0xffff]]
  for (let offset = udp.HEADER; offset < length; offset += 4) words.push([offset, -1])
  return words
}

/** GRE: flags and protocol, and the key; not the checksum, nor the number. Then an ERSPAN type II header. */
function greWords(b: DataView, at: number, length: number, kind: number): Word[] | undefined {
  const bytes = new Uint8Array(b.buffer, b.byteOffset, b.byteLength)
  const header = gre.check(bytes, at, at + length)
  if (header <= 0 || gre.version(bytes, at) !== 0) return undefined
  // ERSPAN type III has a time stamp, and is rare
  if (kind === F.TUNNEL_ERSPAN && gre.protocol(bytes, at) !== ethertype.ERSPAN_II) return undefined
  // source routes (RFC 1701) have any length
  const flags = gre.flags(bytes, at)
  if ((flags & 0x4000) !== 0) return undefined
  const words: Word[] = [[0, -1]]
  if (gre.hasKey(bytes, at)) {
    // a checksum stands in front of it
    if ((flags & 0x8000) !== 0) return undefined
    words.push([4, -1])
  }
  if (kind !== F.TUNNEL_ERSPAN) return header === length ? words : undefined
  // type I has no header
  if (header === length) return words
  if (length - header !== 8 || erspan.check(bytes, at + header, at + length) !== 8) return undefined
  if (erspan.truncated(bytes, at + header)) return undefined
  words.push([header, ERSPAN_WORD])
  return words
}

/** The VLAN id in the ERSPAN type II header that ends at `inner`. */
const vlanOf = (b: DataView, inner: number): number => b.getUint16(inner - 8) & 0xfff
