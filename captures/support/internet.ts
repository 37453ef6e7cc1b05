import { address, bytes, checksum, type Part, u16, u32, zeros } from './bytes.ts'

/** IPv4, IPv6 and what they carry, with right lengths and checksums unless a caller asks otherwise. */

export const PROTO = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  icmp6: 58,
  destination: 60,
  sctp: 132,
} as const

export interface IpHeader {
  src: string
  dst: string
  proto: number
  /** TTL or hop limit, 64 unless told */
  ttl?: number
  /** IPv4 identification, IPv6 fragment identification */
  id?: number
  dontFragment?: boolean
  /** type of service or traffic class */
  tos?: number
  /** IPv4 options, padded here to a multiple of four */
  options?: Uint8Array
  /** IPv6 extension headers in front of the payload, see `extension` */
  extensions?: { type: number; body: Uint8Array }[]
}

/** IPv4 header and payload, RFC 791. `offset` (bytes) and `more` make a fragment. */
export function ipv4(h: IpHeader, payload: Uint8Array, offset = 0, more = false): Uint8Array {
  const given = h.options ?? zeros(0)
  const options = bytes(given, zeros((4 - (given.length % 4)) % 4))
  const length = 20 + options.length
  const flags = (h.dontFragment && !more && offset === 0 ? 0x4000 : 0) | (more ? 0x2000 : 0) | (offset >>> 3)
  const header = bytes(
    0x40 | (length / 4),
    h.tos ?? 0,
    u16(length + payload.length),
    u16(h.id ?? 0),
    u16(flags),
    h.ttl ?? 64,
    h.proto,
    u16(0),
    address(h.src),
    address(h.dst),
    options,
  )
  header.set(u16(checksum(header)), 10)
  return bytes(header, payload)
}

/** IPv6 header, extension headers in the order given, payload, RFC 8200. */
export function ipv6(h: IpHeader, payload: Uint8Array): Uint8Array {
  const chain = h.extensions ?? []
  const next = (i: number): number => (i < chain.length ? chain[i].type : h.proto)
  const headers = chain.map((e, i) => bytes(next(i + 1), e.body))
  const body = bytes(...headers, payload)
  return bytes(
    u32((0x60000000 | ((h.tos ?? 0) << 20)) >>> 0),
    u16(body.length),
    next(0),
    h.ttl ?? 64,
    address(h.src),
    address(h.dst),
    body,
  )
}

/** IPv4 or IPv6, by the look of the addresses. */
export const ip = (h: IpHeader, payload: Uint8Array): Uint8Array =>
  h.src.includes(':') ? ipv6(h, payload) : ipv4(h, payload)

/** Hop-by-hop or destination options: content padded with PadN to a multiple of eight, less the next-header byte. */
export function optionsHeader(type: 0 | 60, ...parts: Part[]): { type: number; body: Uint8Array } {
  const content = bytes(...parts)
  const pad = (8 - ((2 + content.length) % 8)) % 8
  const padding = pad === 0 ? [] : pad === 1 ? [0] : [1, pad - 2, ...zeros(pad - 2)]
  return { type, body: bytes((2 + content.length + pad) / 8 - 1, content, padding) }
}

/** Routing header with no segments left (type 4, RFC 8754, one address that was visited). */
export function segmentRouting(visited: string): { type: number; body: Uint8Array } {
  return { type: PROTO.routing, body: bytes(2, 4, 0, 0, 0, u16(0), address(visited)) }
}

/** Cuts one packet into fragments of at most `mtu` bytes each, in order. */
export function fragments(h: IpHeader, payload: Uint8Array, mtu: number): Uint8Array[] {
  const six = h.src.includes(':')
  const room = (mtu - (six ? 48 : 20)) & ~7
  const out: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += room) {
    const piece = payload.subarray(at, at + room)
    const more = at + room < payload.length
    if (!six) out.push(ipv4(h, piece, at, more))
    else {
      const body = bytes(0, u16(at | (more ? 1 : 0)), u32(h.id ?? 0))
      out.push(ipv6({ ...h, extensions: [...(h.extensions ?? []), { type: PROTO.fragment, body }] }, piece))
    }
  }
  return out
}

export interface Ends {
  src: string
  dst: string
}

/** Checksum over the pseudo header of RFC 793 / RFC 8200 section 8.1 and the segment. */
export function pseudoChecksum(ends: Ends, proto: number, segment: Uint8Array): number {
  return checksum(
    address(ends.src),
    address(ends.dst),
    bytes(u32(segment.length), u16(0), u16(proto)),
    segment,
  )
}

export interface TcpHeader {
  srcPort: number
  dstPort: number
  seq: number
  ack?: number
  /** letters out of SAFRPUEC, e.g. `PA` */
  flags: string
  window?: number
  options?: Uint8Array
}

const FLAG_BITS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 }

/** TCP segment, RFC 9293. */
export function tcp(ends: Ends, h: TcpHeader, payload: Uint8Array = zeros(0)): Uint8Array {
  const options = h.options ?? zeros(0)
  const flags = [...h.flags].reduce((sum, letter) => sum | FLAG_BITS[letter], 0)
  const segment = bytes(
    u16(h.srcPort),
    u16(h.dstPort),
    u32(h.seq),
    u32(h.ack ?? 0),
    (5 + options.length / 4) << 4,
    flags,
    u16(h.window ?? 8192),
    u16(0),
    u16(0),
    options,
    payload,
  )
  segment.set(u16(pseudoChecksum(ends, PROTO.tcp, segment)), 16)
  return segment
}

/** UDP datagram, RFC 768. A checksum of 0 (`unchecked`) is what offload engines between two VMs leave. */
export function udp(
  ends: Ends,
  srcPort: number,
  dstPort: number,
  payload: Uint8Array,
  unchecked = false,
): Uint8Array {
  const datagram = bytes(u16(srcPort), u16(dstPort), u16(8 + payload.length), u16(0), payload)
  if (!unchecked) datagram.set(u16(pseudoChecksum(ends, PROTO.udp, datagram) || 0xffff), 6)
  return datagram
}

/** ICMP message; `rest` starts with the four bytes after the checksum (RFC 792). */
export function icmp(type: number, code: number, rest: Uint8Array): Uint8Array {
  const message = bytes(type, code, u16(0), rest)
  message.set(u16(checksum(message)), 2)
  return message
}

/** ICMPv6 message, RFC 4443: its checksum covers the pseudo header. */
export function icmp6(ends: Ends, type: number, code: number, rest: Uint8Array): Uint8Array {
  const message = bytes(type, code, u16(0), rest)
  message.set(u16(pseudoChecksum(ends, PROTO.icmp6, message)), 2)
  return message
}

/** Echo request or reply with the usual 32 bytes of text. */
export const echo = (id: number, sequence: number): Uint8Array =>
  bytes(u16(id), u16(sequence), 'abcdefghijklmnopqrstuvwabcdefghi')

/** Destination unreachable (code 3: port) quoting the packet that caused it. */
export const unreachable = (code: number, quoted: Uint8Array): Uint8Array =>
  icmp(3, code, bytes(u32(0), quoted.subarray(0, 28)))

const CRC32C = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
  return c >>> 0
})

/** SCTP packet, RFC 9260, with its CRC32c. */
export function sctp(srcPort: number, dstPort: number, tag: number, ...chunks: Uint8Array[]): Uint8Array {
  const packet = bytes(u16(srcPort), u16(dstPort), u32(tag), u32(0), ...chunks)
  let crc = 0xffffffff
  for (const byte of packet) crc = (crc >>> 8) ^ CRC32C[(crc ^ byte) & 0xff]
  packet.set(u32(~crc >>> 0).reverse(), 8)
  return packet
}

/** One SCTP chunk, padded to a multiple of four. */
export function chunk(type: number, flags: number, value: Uint8Array): Uint8Array {
  return bytes(type, flags, u16(4 + value.length), value, zeros((4 - (value.length % 4)) % 4))
}
