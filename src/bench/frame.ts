import type { Ends, Step, Wrap } from './traffic.ts'

const ETHERNET = 14
const TAG = 4
const IPV4 = 20
const IPV6 = 40
const TCP = 20
const UDP = 8
const GRE = 8
const ERSPAN = 8
const VXLAN = 8

const PROTO_TCP = 6
const PROTO_UDP = 17
const PROTO_GRE = 47

/** The mirror session of wrapped frames, from a switch to the sensor. */
export const MIRROR = { source: '10.250.0.2', vni: 4097, session: 7 }
const SWITCH = 0x0afa_0002
const SENSOR = 0x0afa_0001
const SWITCH_MAC = 0x0200_fafa_0002
const SENSOR_MAC = 0x0200_fafa_0001

const WRAPPED: Readonly<Record<Wrap, number>> = {
  vlan: TAG,
  vxlan: ETHERNET + IPV4 + UDP + VXLAN,
  erspan: ETHERNET + IPV4 + GRE + ERSPAN,
}

/** Bytes a frame has more for what it travels in. */
export const wrapBytes = (wrap: Wrap | undefined): number => (wrap === undefined ? 0 : WRAPPED[wrap])

/** Where bytes are written to. */
interface Sheet {
  bytes: Uint8Array
  view: DataView
}

export interface FrameSetting {
  version: 4 | 6
  wrap?: Wrap
  checksums: boolean
}

/** Writes whole frames into the same bytes again and again. */
export class FrameWriter {
  private readonly sheet: Sheet
  private readonly setting: FrameSetting
  private mirrored = 0

  constructor(bytes: Uint8Array, setting: FrameSetting) {
    this.sheet = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
    this.setting = setting
  }

  /** Bytes of a step's payload: its own, or what fills the frame. */
  payloadBytes(step: Step, ends: Ends): number {
    const room = step.size - ETHERNET - (this.setting.version === 4 ? IPV4 : IPV6) - (ends.udp ? UDP : TCP)
    if (room < (step.payload?.length ?? 0)) throw new RangeError('a frame is too small for its headers')
    return step.payload?.length ?? room
  }

  /**
   * Writes one frame at `at`: `step.size` bytes and those of the wrapping. A payload shorter than the frame leaves
   * Ethernet padding. Answers where it ends.
   */
  write(at: number, step: Step, ends: Ends, sequence: number, acknowledged: number): number {
    const { version, wrap } = this.setting
    const { bytes, view } = this.sheet
    const inside = wrap === 'vxlan' || wrap === 'erspan' ? at + WRAPPED[wrap] : at
    const end = inside + step.size + (wrap === 'vlan' ? TAG : 0)
    bytes.fill(0, at, end)
    if (inside !== at) this.mirror(at, end, wrap as 'vxlan' | 'erspan', step.flow)
    const [to, from] = step.toServer ? [ends.serverMac, ends.clientMac] : [ends.clientMac, ends.serverMac]
    let type = inside + 12
    macs(view, inside, to, from)
    if (wrap === 'vlan') {
      view.setUint16(type, 0x8100)
      view.setUint16(type + 2, ends.vlan)
      type += TAG
    }
    view.setUint16(type, version === 4 ? 0x0800 : 0x86dd)
    this.packet(type + 2, step, ends, sequence, acknowledged)
    return end
  }

  private packet(ip: number, step: Step, ends: Ends, sequence: number, acknowledged: number): void {
    const { version, checksums } = this.setting
    const { bytes, view } = this.sheet
    const { toServer } = step
    const payload = this.payloadBytes(step, ends)
    const length = (ends.udp ? UDP : TCP) + payload
    const proto = ends.udp ? PROTO_UDP : PROTO_TCP
    const l4 = ip + (version === 4 ? IPV4 : IPV6)
    if (version === 4) {
      const client = address4(ends.clientPrefix, ends.clientHost)
      const server = address4(ends.serverPrefix, ends.serverHost)
      ipv4(view, ip, length, 64, proto, toServer ? client : server, toServer ? server : client, checksums)
    } else {
      view.setUint32(ip, 0x6000_0000)
      view.setUint16(ip + 4, length)
      bytes[ip + 6] = proto
      bytes[ip + 7] = 64
      address6(view, ip + (toServer ? 8 : 24), ends.clientPrefix, ends.clientHost)
      address6(view, ip + (toServer ? 24 : 8), ends.serverPrefix, ends.serverHost)
    }
    view.setUint16(l4, toServer ? ends.clientPort : ends.serverPort)
    view.setUint16(l4 + 2, toServer ? ends.serverPort : ends.clientPort)
    if (ends.udp) view.setUint16(l4 + 4, length)
    else {
      view.setUint32(l4 + 4, sequence)
      view.setUint32(l4 + 8, acknowledged)
      view.setUint16(l4 + 12, 0x5010)
      view.setUint16(l4 + 14, 8192)
    }
    if (step.payload !== undefined) bytes.set(step.payload, l4 + length - payload)
    if (!checksums) return
    // pseudo-header: addresses, length and protocol (RFC 9293 section 3.1, RFC 8200 section 8.1)
    const addresses = version === 4 ? 8 : 32
    const sum = folded(total(view, l4 - addresses, addresses + length) + length + proto)
    // in UDP zero would say that there is none (RFC 768)
    view.setUint16(l4 + (ends.udp ? 6 : 16), sum === 0 && ends.udp ? 0xffff : sum)
  }

  /** The headers of a mirror session in front of the frame from `at` + wrapping to `end`. */
  private mirror(at: number, end: number, wrap: 'vxlan' | 'erspan', flow: number): void {
    const { view } = this.sheet
    const { checksums } = this.setting
    const ip = at + ETHERNET
    const l4 = ip + IPV4
    macs(view, at, SENSOR_MAC, SWITCH_MAC)
    view.setUint16(at + 12, 0x0800)
    ipv4(view, ip, end - l4, 255, wrap === 'vxlan' ? PROTO_UDP : PROTO_GRE, SWITCH, SENSOR, checksums)
    if (wrap === 'vxlan') {
      // RFC 7348: the source port spreads conversations, and the checksum should be zero
      view.setUint16(l4, 49_152 + (flow % 16_384))
      view.setUint16(l4 + 2, 4789)
      view.setUint16(l4 + 4, end - l4)
      view.setUint32(l4 + UDP, 0x0800_0000)
      view.setUint32(l4 + UDP + 4, MIRROR.vni << 8)
    } else {
      // GRE with a sequence number and ERSPAN type II (draft-foschiano-erspan-03 section 4.2)
      view.setUint16(l4, 0x1000)
      view.setUint16(l4 + 2, 0x88be)
      view.setUint32(l4 + 4, this.mirrored++)
      view.setUint16(l4 + GRE, 0x1000)
      view.setUint16(l4 + GRE + 2, MIRROR.session)
      view.setUint32(l4 + GRE + 4, 3)
    }
  }
}

function macs(view: DataView, at: number, to: number, from: number): void {
  view.setUint16(at, to / 2 ** 32)
  view.setUint32(at + 2, to % 2 ** 32)
  view.setUint16(at + 6, from / 2 ** 32)
  view.setUint32(at + 8, from % 2 ** 32)
}

const address4 = (prefix: number, host: number): number => ((10 << 24) | (prefix << 8) | host) >>> 0

function address6(view: DataView, at: number, prefix: number, host: number): void {
  view.setUint32(at, 0xfd00_0000)
  view.setUint16(at + 4, prefix)
  view.setUint32(at + 12, host)
}

/** The IPv4 header around `length` bytes. */
function ipv4(
  view: DataView,
  at: number,
  length: number,
  ttl: number,
  proto: number,
  source: number,
  destination: number,
  checksum: boolean,
): void {
  view.setUint8(at, 0x45)
  view.setUint16(at + 2, IPV4 + length)
  view.setUint8(at + 8, ttl)
  view.setUint8(at + 9, proto)
  view.setUint32(at + 12, source)
  view.setUint32(at + 16, destination)
  if (checksum) view.setUint16(at + 10, folded(total(view, at, IPV4)))
}

/** Sum of 16-bit words; an odd last byte counts as if a zero followed. */
function total(view: DataView, at: number, length: number): number {
  let sum = 0
  const even = at + (length & ~1)
  for (let i = at; i < even; i += 2) sum += view.getUint16(i)
  return length & 1 ? sum + (view.getUint8(even) << 8) : sum
}

/** The Internet checksum (RFC 1071) of a sum of words. */
function folded(sum: number): number {
  let rest = sum
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16)
  return ~rest & 0xffff
}
