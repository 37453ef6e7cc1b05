import { address, bytes, mac, type Part, u16, u24, u32, zeros } from './bytes.ts'

/** Layer 2 frames: Ethernet II, IEEE 802.3 with LLC, tags, and the protocols that live there without IP. */

export interface Tag {
  vlan: number
  /** 0x8100 (IEEE 802.1Q) unless told */
  tpid?: number
  priority?: number
}

export const ETHERTYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  teb: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  serviceVlan: 0x88a8,
  profinet: 0x8892,
  ethercat: 0x88a4,
  goose: 0x88b8,
  sampledValues: 0x88ba,
  lldp: 0x88cc,
  ptp: 0x88f7,
} as const

export const BROADCAST = 'ff:ff:ff:ff:ff:ff'

function tagged(tags: readonly Tag[], type: number): number[] {
  return [
    ...tags.flatMap(t => [...u16(t.tpid ?? ETHERTYPE.vlan), ...u16(((t.priority ?? 0) << 13) | t.vlan)]),
    ...u16(type),
  ]
}

/** An Ethernet II frame without its check sequence, padded to the 60 bytes a wire demands. */
export function ethernet(
  to: string,
  from: string,
  type: number,
  payload: Uint8Array,
  tags: readonly Tag[] = [],
): Uint8Array {
  const frame = bytes(mac(to), mac(from), tagged(tags, type), payload)
  return frame.length < 60 ? bytes(frame, zeros(60 - frame.length)) : frame
}

/** An IEEE 802.3 frame: length instead of a type, then LLC (IEEE 802.2) with DSAP, SSAP and control. */
export function llc(
  to: string,
  from: string,
  sap: number,
  payload: Uint8Array,
  tags: readonly Tag[] = [],
): Uint8Array {
  const body = bytes(sap, sap, 0x03, payload)
  return ethernet(to, from, body.length, body, tags)
}

/** LLC with SNAP (RFC 1042): organization code and protocol. */
export function snap(to: string, from: string, oui: number, type: number, payload: Uint8Array): Uint8Array {
  const body = bytes(0xaa, 0xaa, 0x03, u24(oui), u16(type), payload)
  return ethernet(to, from, body.length, body)
}

/** Ethernet/IPv4 ARP, RFC 826. `targetMac` all zero in a request. */
export function arp(
  operation: 'request' | 'reply',
  sender: { mac: string; ip: string },
  target: { mac: string; ip: string },
): Uint8Array {
  const asked = operation === 'request' ? zeros(6) : mac(target.mac)
  return bytes(
    u16(1),
    u16(ETHERTYPE.ipv4),
    6,
    4,
    u16(operation === 'request' ? 1 : 2),
    mac(sender.mac),
    address(sender.ip),
    asked,
    address(target.ip),
  )
}

/** LLDP data unit, IEEE 802.1AB: chassis, port, time to live, system name and description. */
export function lldp(chassis: string, port: string, name: string, description: string): Uint8Array {
  const tlv = (type: number, ...parts: Part[]): Uint8Array => {
    const value = bytes(...parts)
    return bytes(u16((type << 9) | value.length), value)
  }
  return bytes(
    tlv(1, 4, mac(chassis)),
    tlv(2, 7, port),
    tlv(3, u16(120)),
    tlv(5, name),
    tlv(6, description),
    tlv(0),
  )
}

/** Rapid spanning tree configuration message, IEEE 802.1D-2004 clause 9.3.3, as an LLC frame. */
export function stp(bridge: string, port: number): Uint8Array {
  const id = bytes(u16(0x8000), mac(bridge))
  const message = bytes(
    u16(0),
    2,
    2,
    0x3c,
    id,
    u32(0),
    id,
    u16(0x8000 | port),
    u16(0),
    u16(0x1400),
    u16(0x0200),
    u16(0x0f00),
    0,
  )
  return llc('01:80:c2:00:00:00', bridge, 0x42, message)
}

const length127 = (value: Uint8Array): number[] =>
  value.length < 128 ? [value.length] : [0x81, value.length]
/** One ASN.1 BER element with a definite length. */
export function ber(tag: number, ...parts: Part[]): Uint8Array {
  const value = bytes(...parts)
  return bytes(tag, value.length < 256 ? length127(value) : [0x82, ...u16(value.length)], value)
}

/** GOOSE PDU, IEC 61850-8-1 annex A: a trip and an interlock of a feeder, `state` counts changes, `repeat` repetitions. */
export function goose(
  appId: number,
  reference: string,
  state: number,
  repeat: number,
  closed: boolean,
): Uint8Array {
  const pdu = ber(
    0x61,
    ber(0x80, `${reference}/LLN0$GO$gcb01`),
    ber(0x81, u16(2000)),
    ber(0x82, `${reference}/LLN0$DATASET1`),
    ber(0x83, `${reference}_G1`),
    ber(0x84, u32(0x65200000), u32(0x0000000a)),
    ber(0x85, state),
    ber(0x86, u16(repeat)),
    ber(0x87, 0),
    ber(0x88, 1),
    ber(0x89, 0),
    ber(0x8a, 2),
    ber(0xab, ber(0x83, closed ? 1 : 0), ber(0x84, 3, 0, 0)),
  )
  return bytes(u16(appId), u16(8 + pdu.length), u16(0), u16(0), pdu)
}

/** Sampled values, IEC 61850-9-2: one ASDU of four currents and four voltages. */
export function sampledValues(appId: number, id: string, count: number): Uint8Array {
  const channels = Array.from({ length: 8 }, (_, i) => [
    ...u32((1000 + 37 * i + count) >>> 0),
    ...u32(0),
  ]).flat()
  const unit = ber(
    0x30,
    ber(0x80, id),
    ber(0x82, u16(count)),
    ber(0x83, u32(1)),
    ber(0x85, 2),
    ber(0x87, channels),
  )
  const pdu = ber(0x60, ber(0x80, 1), ber(0xa2, unit))
  return bytes(u16(appId), u16(8 + pdu.length), u16(0), u16(0), pdu)
}

/** PROFINET cyclic data (RT class 1): frame id, provider data, cycle counter and data status. */
export function profinetCyclic(frameId: number, data: Uint8Array, cycle: number): Uint8Array {
  return bytes(u16(frameId), data, zeros(Math.max(0, 40 - data.length)), u16(cycle), 0x35, 0)
}

/** PROFINET DCP Identify-All request (frame id 0xfefe), IEC 61158-6-10. */
export function dcpIdentify(transaction: number): Uint8Array {
  return bytes(u16(0xfefe), 5, 0, u32(transaction), u16(1), u16(4), 0xff, 0xff, u16(0))
}

/** DCP Identify response (0xfeff) with station name and IP settings. */
export function dcpResponse(
  transaction: number,
  station: string,
  ip: string,
  mask: string,
  gateway: string,
): Uint8Array {
  const block = (option: number, sub: number, ...parts: Part[]): Uint8Array => {
    const value = bytes(u16(0), ...parts)
    return bytes(option, sub, u16(value.length), value, value.length % 2 ? 0 : [])
  }
  const blocks = bytes(
    block(2, 2, station),
    block(1, 2, address(ip), address(mask), address(gateway)),
    block(2, 3, u16(0x002a), u16(0x010d)),
  )
  return bytes(u16(0xfeff), 5, 1, u32(transaction), u16(0), u16(blocks.length), blocks)
}

/** EtherCAT frame with one logical read/write (LRW) datagram, IEC 61158-4-12. */
export function ethercat(index: number, data: Uint8Array, working: number): Uint8Array {
  const datagram = bytes(
    12,
    index,
    [0, 0, 1, 0],
    [data.length & 0xff, data.length >>> 8],
    0,
    0,
    data,
    working & 0xff,
    working >>> 8,
  )
  const header = datagram.length | (1 << 12)
  return bytes(header & 0xff, header >>> 8, datagram)
}
