import {
  bytes,
  ETHERTYPE,
  ethernet,
  type IpHeader,
  icmp,
  icmp6,
  ip,
  PROTO,
  type Tag,
  tcp,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import type { Seen } from './shard-run.ts'

/** What a packet of a scene may differ in. */
export interface Look {
  vlans?: number[]
  port?: number
  /** bytes kept of the frame; the rest was cut by the mirror */
  kept?: number
  ip?: Partial<IpHeader>
  srcMac?: string
  dstMac?: string
}

export interface TcpLook extends Look {
  /** payload, in place of so many bytes that mean nothing */
  bytes?: Uint8Array
  seq?: number
  ack?: number
  data?: number
  window?: number
}

/** Frames written one line each; `at` in seconds since START, ends as `10.0.0.1:80` or `[fd00::1]:80`. */
export class Scene {
  readonly frames: Seen[] = []

  frame(at: number, frame: Uint8Array, look: Look = {}): this {
    const seen: Seen = { at: Math.round(at * 1e9), bytes: frame.subarray(0, look.kept), wire: frame.length }
    if (look.port !== undefined) seen.port = look.port
    this.frames.push(seen)
    return this
  }

  packet(at: number, from: string, to: string, proto: number, payload: Uint8Array, look: Look = {}): this {
    return this.frame(at, inFrame(from, to, proto, payload, look), look)
  }

  tcp(at: number, from: string, to: string, flags: string, look: TcpLook = {}): this {
    const [a, b] = [endOf(from), endOf(to)]
    const { seq = 0, ack = 0, data = 0, window = 8192 } = look
    const header = { srcPort: a.port, dstPort: b.port, seq, ack, flags, window }
    const isModbus = a.port === 502 || b.port === 502
    const payload = look.bytes ?? (isModbus ? modbusOf(data) : zeros(data))
    const segment = tcp({ src: a.ip, dst: b.ip }, header, payload)
    return this.packet(at, a.ip, b.ip, PROTO.tcp, segment, look)
  }

  udp(at: number, from: string, to: string, data = 20, look: Look = {}): this {
    const [a, b] = [endOf(from), endOf(to)]
    const datagram = udp({ src: a.ip, dst: b.ip }, a.port, b.port, zeros(data))
    return this.packet(at, a.ip, b.ip, PROTO.udp, datagram, look)
  }

  icmp(
    at: number,
    from: string,
    to: string,
    type: number,
    code = 0,
    look: Look = {},
    rest = zeros(36),
  ): this {
    const six = from.includes(':')
    const message = six ? icmp6({ src: from, dst: to }, type, code, rest) : icmp(type, code, rest)
    return this.packet(at, from, to, six ? PROTO.icmp6 : PROTO.icmp, message, look)
  }

  /** An ICMP error from `from` to `to` that quotes the start of a packet. */
  error(at: number, from: string, to: string, quoted: Uint8Array, look: Look = {}): this {
    const six = from.includes(':')
    const rest = bytes(zeros(4), quoted.subarray(0, six ? 96 : 28))
    return this.icmp(at, from, to, six ? 1 : 3, six ? 4 : 3, look, rest)
  }

  /** SYN, SYN ACK, ACK from `at` on, with first sequence numbers 1000 and 5000. */
  handshake(at: number, from: string, to: string, look: Look = {}): this {
    return this.tcp(at, from, to, 'S', { seq: 1000, ...look })
      .tcp(at + 0.001, to, from, 'SA', { seq: 5000, ack: 1001, ...look })
      .tcp(at + 0.002, from, to, 'A', { seq: 1001, ack: 5001, ...look })
  }
}

/** So many bytes of Modbus/TCP: a PDU of this length that asks for nothing known, or the beginning of one. */
function modbusOf(length: number): Uint8Array {
  const pdu = zeros(Math.max(length, 8))
  pdu.set([0, 1, 0, 0, 0, length < 8 ? 20 : length - 6, 1, 90])
  return pdu.subarray(0, length)
}

/** One packet in an Ethernet frame of its ends. */
export function inFrame(
  src: string,
  dst: string,
  proto: number,
  payload: Uint8Array,
  look: Look = {},
): Uint8Array {
  return framed(ip({ src, dst, proto, ...look.ip }, payload), src, dst, look)
}

/** A whole IP packet in an Ethernet frame between the machines of two addresses. */
export function framed(packet: Uint8Array, src: string, dst: string, look: Look = {}): Uint8Array {
  const type = src.includes(':') ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4
  return ethernet(look.dstMac ?? macOf(dst), look.srcMac ?? macOf(src), type, packet, tagsOf(look.vlans))
}

export const tagsOf = (vlans: readonly number[] = []): Tag[] => vlans.map(vlan => ({ vlan }))

/** The MAC a machine with this address has in the scenes; a group's is the one its address maps to (RFC 1112, RFC 2464). */
export function macOf(address: string): string {
  if (address === '255.255.255.255') return 'ff:ff:ff:ff:ff:ff'
  const hex = (n: number): string => n.toString(16).padStart(2, '0')
  if (address.includes(':')) {
    const last = address.split(':').at(-1)!.padStart(4, '0')
    const tail = `${last.slice(0, 2)}:${last.slice(2)}`
    return address.startsWith('ff') ? `33:33:00:00:${tail}` : `02:06:00:00:${tail}`
  }
  const [a, b, c, d] = address.split('.').map(Number)
  if (a >= 224) return `01:00:5e:${hex(b & 0x7f)}:${hex(c)}:${hex(d)}`
  return `02:04:${hex(a)}:${hex(b)}:${hex(c)}:${hex(d)}`
}

export function endOf(text: string): { ip: string; port: number } {
  const [, six, four, port] = /^(?:\[(.*)\]|([\d.]+)):(\d+)$/.exec(text)!
  return { ip: six ?? four, port: Number(port) }
}
