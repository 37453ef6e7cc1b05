import {
  arp,
  BROADCAST,
  bytes,
  carried,
  carriedUdp,
  chunk,
  dcpIdentify,
  ETHERTYPE,
  echo,
  erspan1,
  erspan2,
  erspan3,
  ethercat,
  ethernet,
  fragments,
  geneve,
  goose,
  gre,
  gtpu,
  hex,
  icmp,
  icmp6,
  ipv4,
  ipv6,
  lldp,
  mac,
  mpls,
  optionsHeader,
  PROTO,
  profinetCyclic,
  sampledValues,
  sctp,
  segmentRouting,
  snap,
  stp,
  tcp,
  u16,
  u24,
  u32,
  udp,
  unreachable,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'

/** One frame of every kind the dissector opens: what it must become is said beside it. */
export interface Piece {
  name: string
  frame: Uint8Array
  linkType: number
  /** as `Reading` has them; no key = nothing of the kind */
  flow: string
  vlans?: number[]
  layers?: string[]
  flags?: string[]
  /** transport payload by the lengths stated */
  payload: number
}

export const A = '02:00:00:00:00:0a'
export const B = '02:00:00:00:00:0b'
export const C = '02:00:00:00:00:0c'
export const D = '02:00:00:00:00:0d'
export const ends4 = { src: '10.1.0.1', dst: '10.2.0.2' }
export const ends6 = { src: 'fd00:1::1', dst: 'fd00:2::2' }
export const outer = { src: '10.9.0.1', dst: '10.9.0.2', srcMac: C, dstMac: D }
export const outer6 = { src: 'fd00:9::1', dst: 'fd00:9::2', srcMac: C, dstMac: D }

const segment = (e: { src: string; dst: string }): Uint8Array =>
  tcp(e, { srcPort: 40001, dstPort: 502, seq: 7, ack: 9, flags: 'PA', window: 512 }, bytes('hello'))
export const tcp4 = ipv4({ ...ends4, proto: PROTO.tcp, id: 1 }, segment(ends4))
export const tcp6 = ipv6({ ...ends6, proto: PROTO.tcp }, segment(ends6))
export const udp4 = ipv4({ ...ends4, proto: PROTO.udp, id: 2 }, udp(ends4, 5000, 47808, bytes('who-is')))
export const frame4 = ethernet(B, A, ETHERTYPE.ipv4, tcp4)
export const frame6 = ethernet(B, A, ETHERTYPE.ipv6, tcp6)

export const FLOW4 = '10.1.0.1:40001 > 10.2.0.2:502 6'
export const FLOW6 = '[fd00:1::1]:40001 > [fd00:2::2]:502 6'
const OUTER = '10.9.0.1 > 10.9.0.2'
const OUTER6 = 'fd00:9::1 > fd00:9::2'

const pppIp = bytes(u16(0x0021), tcp4)
const pppoe = (protocol: number, packet: Uint8Array, code = 0): Uint8Array =>
  bytes(0x11, code, u16(0x0042), u16(2 + packet.length), u16(protocol), packet)
const cooked = (protocol: number, packet: Uint8Array, hardware = 1): Uint8Array =>
  bytes(u16(4), u16(hardware), u16(6), mac(A), u16(0), u16(protocol), packet)
const cooked2 = (protocol: number, packet: Uint8Array): Uint8Array =>
  bytes(u16(protocol), u16(0), u32(3), u16(1), 0, 6, mac(A), u16(0), packet)
const over = (proto: number, payload: Uint8Array): Uint8Array => carried(outer, proto, payload, 77)
const overUdp = (port: number, payload: Uint8Array): Uint8Array => carriedUdp(outer, 50000, port, payload, 78)

/** GRE with any of its optional words, RFC 2784, 2890 and 1701. */
export function greWith(
  flags: { checksum?: boolean; routing?: Uint8Array; key?: number; sequence?: number },
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  const bits =
    (flags.checksum ? 0x8000 : 0) |
    (flags.routing ? 0x4000 : 0) |
    (flags.key === undefined ? 0 : 0x2000) |
    (flags.sequence === undefined ? 0 : 0x1000)
  return bytes(
    u16(bits),
    u16(protocol),
    flags.checksum || flags.routing ? u32(0xbeef0000) : [],
    flags.key === undefined ? [] : u32(flags.key),
    flags.sequence === undefined ? [] : u32(flags.sequence),
    flags.routing ?? [],
    payload,
  )
}

/** GRE version 1, RFC 2637: key is payload length and call id; sequence and acknowledgement are optional. */
export function pptp(ppp: Uint8Array, sequence = true, acknowledgement = false): Uint8Array {
  const bits = 0x2001 | (sequence ? 0x1000 : 0) | (acknowledgement ? 0x80 : 0)
  return bytes(
    u16(bits),
    u16(0x880b),
    u16(ppp.length),
    u16(5),
    sequence ? u32(1) : [],
    acknowledgement ? u32(0) : [],
    ppp,
  )
}

/** Tunnels in tunnels: `depth` IPv4 headers around an IPv4 packet. */
export function nested(depth: number): Uint8Array {
  let packet = tcp4
  for (let i = 0; i < depth; i++)
    packet = ipv4({ src: `10.9.${i}.1`, dst: `10.9.${i}.2`, proto: PROTO.ipip }, packet)
  return ethernet(B, A, ETHERTYPE.ipv4, packet)
}

/** IEC 62439-3 HSR tag: path and size, sequence number, then the type of the frame it protects. */
export const hsr = (type: number, payload: Uint8Array): Uint8Array =>
  ethernet(B, A, 0x892f, bytes(u16(0x1000 | (payload.length + 6)), u16(17), u16(type), payload))
/** PRP puts its six bytes behind the frame: sequence number, LAN and size, suffix. */
export const prp = (frame: Uint8Array): Uint8Array =>
  bytes(frame, u16(0x0101), u16(0xa000 | (frame.length - 14 + 6)), u16(0x88fb))

const link: Piece[] = [
  { name: 'Ethernet, IPv4, TCP', frame: frame4, linkType: 1, flow: FLOW4, payload: 5 },
  { name: 'Ethernet, IPv6, TCP', frame: frame6, linkType: 1, flow: FLOW6, payload: 5 },
  { name: 'Linux SLL', frame: cooked(0x0800, tcp4), linkType: 113, flow: FLOW4, payload: 5 },
  {
    name: 'Linux SLL, tagged',
    frame: cooked(0x8100, bytes(u16(9), u16(0x86dd), tcp6)),
    linkType: 113,
    flow: FLOW6,
    vlans: [9],
    payload: 5,
  },
  {
    name: 'Linux SLL, GRE device that bridges',
    frame: cooked(0x6558, frame4, 778),
    linkType: 113,
    flow: FLOW4,
    payload: 5,
  },
  {
    name: 'Linux SLL, LLC',
    frame: cooked(4, bytes(0x42, 0x42, 3, zeros(35))),
    linkType: 113,
    flow: `${A} > - 0x4242`,
    flags: ['llc'],
    payload: 35,
  },
  { name: 'Linux SLL2', frame: cooked2(0x86dd, tcp6), linkType: 276, flow: FLOW6, payload: 5 },
  {
    name: 'Linux SLL2 without IP',
    frame: cooked2(0x88b8, goose(1, 'IED', 1, 0, true)),
    linkType: 276,
    flow: `${A} > - 0x88b8`,
    payload: goose(1, 'IED', 1, 0, true).length,
  },
  { name: 'raw IP, version 4', frame: tcp4, linkType: 101, flow: FLOW4, payload: 5 },
  { name: 'raw IP, version 6', frame: tcp6, linkType: 101, flow: FLOW6, payload: 5 },
  { name: 'raw IP, BSD number', frame: tcp4, linkType: 12, flow: FLOW4, payload: 5 },
  { name: 'raw IP, OpenBSD number', frame: tcp6, linkType: 14, flow: FLOW6, payload: 5 },
  { name: 'IPv4 only link', frame: tcp4, linkType: 228, flow: FLOW4, payload: 5 },
  { name: 'IPv6 only link', frame: tcp6, linkType: 229, flow: FLOW6, payload: 5 },
  {
    name: 'null, little-endian IPv4',
    frame: bytes([2, 0, 0, 0], tcp4),
    linkType: 0,
    flow: FLOW4,
    payload: 5,
  },
  { name: 'null, big-endian IPv4', frame: bytes([0, 0, 0, 2], tcp4), linkType: 0, flow: FLOW4, payload: 5 },
  { name: 'null, FreeBSD IPv6', frame: bytes([28, 0, 0, 0], tcp6), linkType: 0, flow: FLOW6, payload: 5 },
  { name: 'null, macOS IPv6', frame: bytes([30, 0, 0, 0], tcp6), linkType: 0, flow: FLOW6, payload: 5 },
  {
    name: 'null, OpenBSD IPv6, big-endian',
    frame: bytes([0, 0, 0, 24], tcp6),
    linkType: 0,
    flow: FLOW6,
    payload: 5,
  },
  { name: 'null, Linux IPv6', frame: bytes([10, 0, 0, 0], tcp6), linkType: 0, flow: FLOW6, payload: 5 },
  { name: 'loop, IPv4', frame: bytes([0, 0, 0, 2], tcp4), linkType: 108, flow: FLOW4, payload: 5 },
  { name: 'PPP, two-byte protocol', frame: pppIp, linkType: 9, flow: FLOW4, payload: 5 },
  { name: 'PPP, one-byte protocol', frame: bytes(0x21, tcp4), linkType: 9, flow: FLOW4, payload: 5 },
  {
    name: 'PPP, address and control',
    frame: bytes(0xff, 3, u16(0x0057), tcp6),
    linkType: 9,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'PPP, MPLS',
    frame: bytes(0xff, 3, u16(0x0281), mpls(7, tcp4)),
    linkType: 9,
    flow: FLOW4,
    payload: 5,
  },
  { name: 'PPP in HDLC framing', frame: bytes(0xff, 3, pppIp), linkType: 50, flow: FLOW4, payload: 5 },
  {
    name: 'Cisco HDLC under the number of PPP in HDLC framing',
    frame: bytes(0x0f, 0, u16(0x0800), tcp4),
    linkType: 50,
    flow: FLOW4,
    payload: 5,
  },
  { name: 'PPPoE link', frame: pppoe(0x0021, tcp4), linkType: 51, flow: FLOW4, payload: 5 },
  { name: 'PPP with direction', frame: bytes(1, 0xff, 3, pppIp), linkType: 204, flow: FLOW4, payload: 5 },
  { name: 'Cisco HDLC', frame: bytes(0x8f, 0, u16(0x86dd), tcp6), linkType: 104, flow: FLOW6, payload: 5 },
]

const tagged: Piece[] = [
  {
    name: '802.1Q',
    frame: ethernet(B, A, 0x0800, tcp4, [{ vlan: 110, priority: 6 }]),
    linkType: 1,
    flow: FLOW4,
    vlans: [110],
    payload: 5,
  },
  {
    name: 'priority tag',
    frame: ethernet(B, A, 0x0800, tcp4, [{ vlan: 0, priority: 6 }]),
    linkType: 1,
    flow: FLOW4,
    vlans: [0],
    payload: 5,
  },
  {
    name: '802.1ad',
    frame: ethernet(B, A, 0x0800, tcp4, [{ vlan: 900, tpid: 0x88a8 }, { vlan: 110 }]),
    linkType: 1,
    flow: FLOW4,
    vlans: [900, 110],
    payload: 5,
  },
  {
    name: 'QinQ of two 802.1Q tags',
    frame: ethernet(B, A, 0x86dd, tcp6, [{ vlan: 900 }, { vlan: 110 }]),
    linkType: 1,
    flow: FLOW6,
    vlans: [900, 110],
    payload: 5,
  },
  {
    name: 'QinQ, forerunners',
    frame: ethernet(B, A, 0x0800, tcp4, [{ vlan: 1, tpid: 0x9100 }, { vlan: 2, tpid: 0x9200 }, { vlan: 3 }]),
    linkType: 1,
    flow: FLOW4,
    vlans: [1, 2, 3],
    payload: 5,
  },
  {
    name: 'eight tags',
    frame: ethernet(
      B,
      A,
      0x0800,
      tcp4,
      [1, 2, 3, 4, 5, 6, 7, 8].map(vlan => ({ vlan })),
    ),
    linkType: 1,
    flow: FLOW4,
    vlans: [1, 2, 3, 4, 5, 6, 7, 8],
    payload: 5,
  },
  {
    name: 'Cisco metadata',
    frame: ethernet(B, A, 0x8909, bytes(1, 1, u16(1), u16(42), u16(0x0800), tcp4)),
    linkType: 1,
    flow: FLOW4,
    payload: 5,
  },
  {
    name: 'MPLS, one label',
    frame: ethernet(B, A, 0x8847, mpls(16, tcp4)),
    linkType: 1,
    flow: FLOW4,
    payload: 5,
  },
  {
    name: 'MPLS, three labels',
    frame: ethernet(B, A, 0x8848, bytes(u32(0x00010040), u32(0x00011040), mpls(18, tcp6))),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'MPLS pseudowire with control word',
    frame: ethernet(D, C, 0x8847, mpls(16, bytes(u32(5), ethernet(B, A, 0x0800, tcp4, [{ vlan: 7 }])))),
    linkType: 1,
    flow: FLOW4,
    vlans: [7],
    payload: 5,
  },
  {
    name: 'MPLS pseudowire without control word',
    frame: ethernet(D, C, 0x8847, mpls(16, frame6)),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'MPLS with what nobody knows',
    frame: ethernet(D, C, 0x8847, mpls(13, bytes(u32(0x10000007), zeros(42)))),
    linkType: 1,
    flow: `${C} > ${D} 0x8847`,
    payload: 46,
  },
  {
    name: 'PPPoE session',
    frame: ethernet(B, A, 0x8864, pppoe(0x0057, tcp6)),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'PPPoE session that carries LCP',
    frame: ethernet(B, A, 0x8864, pppoe(0xc021, bytes(9, 1, u16(8), u32(1)))),
    linkType: 1,
    flow: `${A} > ${B} 0x8864`,
    payload: 8,
  },
  {
    name: 'PPPoE of another version',
    frame: ethernet(B, A, 0x8864, bytes(0x22, pppoe(0x0021, tcp4).subarray(1))),
    linkType: 1,
    flow: `${A} > ${B} 0x8864`,
    payload: 53,
  },
  { name: 'SNAP, RFC 1042', frame: snap(B, A, 0, 0x0800, tcp4), linkType: 1, flow: FLOW4, payload: 5 },
  {
    name: 'SNAP, bridge tunnel',
    frame: snap(B, A, 0xf8, 0x86dd, tcp6),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'LLC straight over IPv4',
    frame: ethernet(B, A, 3 + tcp4.length, bytes(6, 6, 3, tcp4)),
    linkType: 1,
    flow: FLOW4,
    payload: 5,
  },
  { name: 'HSR in front of IPv4', frame: hsr(0x0800, tcp4), linkType: 1, flow: FLOW4, payload: 5 },
  {
    name: 'HSR behind a tag',
    frame: ethernet(B, A, 0x892f, bytes(u16(60), u16(1), u16(0x0800), tcp4), [{ vlan: 3 }]),
    linkType: 1,
    flow: FLOW4,
    vlans: [3],
    payload: 5,
  },
  { name: 'PRP behind IPv4', frame: prp(frame4), linkType: 1, flow: FLOW4, payload: 5 },
  {
    name: 'PRP behind a padded frame',
    frame: prp(ethernet(B, A, 0x0800, udp4)),
    linkType: 1,
    flow: '10.1.0.1:5000 > 10.2.0.2:47808 17',
    payload: 6,
  },
]

const l2 = (type: number, payload: Uint8Array): Pick<Piece, 'frame' | 'linkType' | 'flow' | 'payload'> => {
  const frame = ethernet(B, A, type, payload)
  const flow = `${A} > ${B} 0x${type.toString(16).padStart(4, '0')}`
  return { frame, linkType: 1, flow, payload: frame.length - 14 }
}

const withoutIp: Piece[] = [
  { name: 'ARP', ...l2(0x0806, arp('request', { mac: A, ip: '10.1.0.1' }, { mac: B, ip: '10.1.0.2' })) },
  { name: 'PROFINET cyclic', ...l2(0x8892, profinetCyclic(0x8000, bytes(1, 2, 3), 4)) },
  { name: 'PROFINET DCP', ...l2(0x8892, dcpIdentify(1)) },
  { name: 'GOOSE', ...l2(0x88b8, goose(1, 'IED1', 1, 2, true)) },
  { name: 'sampled values', ...l2(0x88ba, sampledValues(0x4000, 'MU01', 3)) },
  { name: 'EtherCAT', ...l2(0x88a4, ethercat(1, zeros(20), 0)) },
  { name: 'LLDP', ...l2(0x88cc, lldp(A, 'port1', 'sw1', 'switch')) },
  { name: 'PRP supervision', ...l2(0x88fb, zeros(40)) },
  { name: 'MACsec', ...l2(0x88e5, zeros(60)) },
  { name: 'PPPoE discovery', ...l2(0x8863, bytes(0x11, 9, u16(0), u16(4), u16(0x0101), u16(0))) },
  { name: 'a type nobody knows', ...l2(0xabcd, zeros(50)) },
  { name: 'the type 0, no length of anything', ...l2(0, zeros(50)) },
  {
    name: 'GOOSE in a VLAN',
    frame: ethernet('01:0c:cd:01:00:01', A, 0x88b8, goose(1, 'IED1', 1, 2, true), [
      { vlan: 30, priority: 4 },
    ]),
    linkType: 1,
    flow: `${A} > 01:0c:cd:01:00:01 0x88b8`,
    vlans: [30],
    payload: goose(1, 'IED1', 1, 2, true).length,
  },
  {
    name: 'GOOSE behind an HSR tag',
    frame: hsr(0x88b8, goose(1, 'IED1', 1, 2, true)),
    linkType: 1,
    flow: `${A} > ${B} 0x88b8`,
    payload: goose(1, 'IED1', 1, 2, true).length,
  },
  {
    name: 'STP, padding left out',
    frame: stp(A, 1),
    linkType: 1,
    flow: `${A} > 01:80:c2:00:00:00 0x4242`,
    flags: ['llc'],
    payload: 36,
  },
  {
    name: 'CDP: SNAP of an organisation',
    frame: snap('01:00:0c:cc:cc:cc', A, 0x00000c, 0x2000, bytes(2, 180, u16(0), zeros(20))),
    linkType: 1,
    flow: `${A} > 01:00:0c:cc:cc:cc 0xaaaa`,
    flags: ['llc'],
    payload: 29,
  },
]

const atomic = { type: PROTO.fragment, body: bytes(0, u16(0), u32(9)) }
const fragmented4 = fragments(
  { ...ends4, proto: PROTO.udp, id: 0x1234 },
  udp(ends4, 5000, 47808, zeros(1600)),
  1500,
)
const fragmented6 = fragments(
  { ...ends6, proto: PROTO.udp, id: 0xdeadbeef },
  udp(ends6, 5000, 47808, zeros(1600)),
  1500,
)
const ah = (next: number, payload: Uint8Array): Uint8Array =>
  bytes(next, 4, u16(0), u32(0x100), u32(1), zeros(12), payload)

const internet: Piece[] = [
  {
    name: 'IPv4 with options',
    frame: ethernet(
      B,
      A,
      0x0800,
      ipv4({ ...ends4, proto: 6, options: hex('94 04 00 00 07 07 04 0a 00 00 01') }, segment(ends4)),
    ),
    linkType: 1,
    flow: FLOW4,
    payload: 5,
  },
  {
    name: 'UDP',
    frame: ethernet(B, A, 0x0800, udp4),
    linkType: 1,
    flow: '10.1.0.1:5000 > 10.2.0.2:47808 17',
    payload: 6,
  },
  {
    name: 'UDP-Lite: coverage is no length',
    frame: ethernet(
      B,
      A,
      0x0800,
      ipv4({ ...ends4, proto: 136 }, bytes(u16(5000), u16(6000), u16(8), u16(0), zeros(40))),
    ),
    linkType: 1,
    flow: '10.1.0.1:5000 > 10.2.0.2:6000 136',
    payload: 40,
  },
  {
    name: 'SCTP',
    frame: ethernet(
      B,
      A,
      0x0800,
      ipv4({ ...ends4, proto: 132 }, sctp(2905, 2904, 5, chunk(1, 0, zeros(16)))),
    ),
    linkType: 1,
    flow: '10.1.0.1:2905 > 10.2.0.2:2904 132',
    payload: 20,
  },
  {
    name: 'DCCP',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 33 }, bytes(u16(5001), u16(5002), zeros(20)))),
    linkType: 1,
    flow: '10.1.0.1:5001 > 10.2.0.2:5002 33',
    payload: 12,
  },
  {
    name: 'ICMP echo',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 1 }, icmp(8, 0, echo(1, 1)))),
    linkType: 1,
    flow: '10.1.0.1:8 > 10.2.0.2:0 1',
    payload: 32,
  },
  {
    name: 'ICMP unreachable',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 1 }, unreachable(3, udp4))),
    linkType: 1,
    flow: '10.1.0.1:3 > 10.2.0.2:3 1',
    flags: ['icmp-error'],
    payload: 28,
  },
  {
    name: 'ICMPv6 echo reply',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 58 }, icmp6(ends6, 129, 0, echo(1, 1)))),
    linkType: 1,
    flow: '[fd00:1::1]:129 > [fd00:2::2]:0 58',
    payload: 32,
  },
  {
    name: 'ICMPv6 too big',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 58 }, icmp6(ends6, 2, 0, bytes(u32(1280), tcp6)))),
    linkType: 1,
    flow: '[fd00:1::1]:2 > [fd00:2::2]:0 58',
    flags: ['icmp-error'],
    payload: tcp6.length,
  },
  {
    name: 'IGMP',
    frame: ethernet(
      '01:00:5e:00:00:16',
      A,
      0x0800,
      ipv4(
        { src: '10.1.0.1', dst: '224.0.0.22', proto: 2, options: hex('94 04 00 00') },
        bytes(0x22, 0, u16(0), u32(1), 4, 0, u16(0), u32(0xe0000181)),
      ),
    ),
    linkType: 1,
    flow: '10.1.0.1:0 > 224.0.0.22:0 2',
    payload: 16,
  },
  {
    name: 'ESP stays closed',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 50 }, bytes(u32(0x100), u32(1), zeros(40)))),
    linkType: 1,
    flow: '10.1.0.1:0 > 10.2.0.2:0 50',
    payload: 48,
  },
  {
    name: 'AH in IPv4 is walked through',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 51 }, ah(6, segment(ends4)))),
    linkType: 1,
    flow: FLOW4,
    payload: 5,
  },
  {
    name: 'AH twice, then ESP',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 51 }, ah(51, ah(50, zeros(24))))),
    linkType: 1,
    flow: '10.1.0.1:0 > 10.2.0.2:0 50',
    payload: 24,
  },
  {
    name: 'AH in IPv6',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 51 }, ah(6, segment(ends6)))),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'IPv6 with four extension headers',
    frame: ethernet(
      B,
      A,
      0x86dd,
      ipv6(
        {
          ...ends6,
          proto: 6,
          extensions: [
            optionsHeader(0, 5, 2, 0, 0),
            optionsHeader(60, 1, 2, 0, 0),
            segmentRouting('fd00:3::1'),
            optionsHeader(60),
          ],
        },
        segment(ends6),
      ),
    ),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'IPv6 atomic fragment is a whole packet',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 6, extensions: [atomic] }, segment(ends6))),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'IPv6 no next header',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 59 }, zeros(0))),
    linkType: 1,
    flow: '[fd00:1::1]:0 > [fd00:2::2]:0 59',
    payload: 0,
  },
  {
    name: 'IPv6 mobility message',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 135 }, bytes(59, 1, 5, 0, u16(0), zeros(10)))),
    linkType: 1,
    flow: '[fd00:1::1]:0 > [fd00:2::2]:0 135',
    payload: 16,
  },
  {
    name: 'IPv6 shim in front of a payload',
    frame: ethernet(
      B,
      A,
      0x86dd,
      ipv6({ ...ends6, proto: 140 }, bytes(6, 0, 0x80, zeros(5), segment(ends6))),
    ),
    linkType: 1,
    flow: FLOW6,
    payload: 5,
  },
  {
    name: 'a protocol nobody knows, IPv4',
    frame: ethernet(B, A, 0x0800, ipv4({ ...ends4, proto: 253 }, zeros(30))),
    linkType: 1,
    flow: '10.1.0.1:0 > 10.2.0.2:0 253',
    payload: 30,
  },
  {
    name: 'a protocol nobody knows, IPv6',
    frame: ethernet(B, A, 0x86dd, ipv6({ ...ends6, proto: 200 }, zeros(30))),
    linkType: 1,
    flow: '[fd00:1::1]:0 > [fd00:2::2]:0 200',
    payload: 30,
  },
  {
    name: 'IPv4 first fragment',
    frame: ethernet(B, A, 0x0800, fragmented4[0]),
    linkType: 1,
    flow: '10.1.0.1:5000 > 10.2.0.2:47808 17',
    flags: ['first-fragment'],
    payload: 1472,
  },
  {
    name: 'IPv4 later fragment',
    frame: ethernet(B, A, 0x0800, fragmented4[1]),
    linkType: 1,
    flow: '10.1.0.1:0 > 10.2.0.2:0 17',
    flags: ['later-fragment'],
    payload: 128,
  },
  {
    name: 'IPv6 first fragment',
    frame: ethernet(B, A, 0x86dd, fragmented6[0]),
    linkType: 1,
    flow: '[fd00:1::1]:5000 > [fd00:2::2]:47808 17',
    flags: ['first-fragment'],
    payload: 1440,
  },
  {
    name: 'IPv6 later fragment',
    frame: ethernet(B, A, 0x86dd, fragmented6[1]),
    linkType: 1,
    flow: '[fd00:1::1]:0 > [fd00:2::2]:0 17',
    flags: ['later-fragment'],
    payload: 160,
  },
]

const nsh = (next: number, payload: Uint8Array): Uint8Array =>
  bytes(u16(0x0fc6), 1, next, u32(0x0000aaff), zeros(16), payload)
const l2tp = (flags: number, ppp: Uint8Array): Uint8Array =>
  bytes(
    u16(flags | 2),
    flags & 0x4000 ? u16(0) : [],
    u16(3),
    u16(4),
    flags & 0x0800 ? u32(0x00010001) : [],
    flags & 0x0200 ? bytes(u16(2), 0, 0) : [],
    ppp,
  )
const opened = (name: string, frame: Uint8Array, layer: string, rest: Partial<Piece> = {}): Piece => ({
  name,
  frame,
  linkType: 1,
  flow: FLOW4,
  layers: [layer],
  payload: 5,
  ...rest,
})
const sre = bytes(u16(0x0800), 0, 4, [10, 0, 0, 1], u16(0), 0, 0)

const tunnels: Piece[] = [
  opened('GRE', over(47, gre(0x0800, tcp4)), `gre -1 ${OUTER}`),
  opened(
    'GRE with checksum, key and sequence',
    over(47, greWith({ checksum: true, key: 9, sequence: 1 }, 0x0800, tcp4)),
    `gre 9 ${OUTER}`,
  ),
  opened(
    'GRE with a source route',
    over(47, greWith({ routing: sre, key: 9 }, 0x86dd, tcp6)),
    `gre 9 ${OUTER}`,
    { flow: FLOW6 },
  ),
  opened('GRE over IPv6', carried(outer6, 47, gre(0x86dd, tcp6), 1), `gre -1 ${OUTER6}`, { flow: FLOW6 }),
  opened('GRE, MPLS', over(47, gre(0x8847, mpls(30, tcp4))), `gre 30 ${OUTER}`),
  opened('transparent Ethernet bridging', over(47, gre(0x6558, frame4)), `gre -1 ${OUTER}`),
  opened(
    'NVGRE',
    over(47, gre(0x6558, ethernet(B, A, 0x0800, tcp4, [{ vlan: 8 }]), { key: 0x00abcd07 })),
    `nvgre ${0xabcd} ${OUTER}`,
    { vlans: [8] },
  ),
  opened(
    'NVGRE, highest key',
    over(47, gre(0x6558, frame4, { key: 0xffffffff })),
    `nvgre ${0xffffff} ${OUTER}`,
  ),
  opened('PPTP', over(47, pptp(bytes(0xff, 3, pppIp))), `pptp -1 ${OUTER}`),
  opened('PPTP with acknowledgement', over(47, pptp(bytes(0x21, tcp4), true, true)), `pptp -1 ${OUTER}`),
  opened('ERSPAN I', over(47, erspan1(frame4)), `erspan -1 ${OUTER}`),
  opened('ERSPAN II', over(47, erspan2(12, 1, 110, frame4)), `erspan 12 ${OUTER}`, { vlans: [110] }),
  opened(
    'ERSPAN II, tag left in the frame',
    over(47, erspan2(12, 1, 110, ethernet(B, A, 0x0800, tcp4, [{ vlan: 120 }]))),
    `erspan 12 ${OUTER}`,
    { vlans: [120] },
  ),
  opened('ERSPAN III', over(47, erspan3(1023, 1, 0, 5, frame6)), `erspan 1023 ${OUTER}`, { flow: FLOW6 }),
  opened(
    'ERSPAN III with platform sub-header',
    over(47, erspan3(7, 1, 111, 5, frame4, true)),
    `erspan 7 ${OUTER}`,
    { vlans: [111] },
  ),
  opened(
    'ERSPAN III, IP without MACs',
    over(
      47,
      bytes(u16(0x1000), u16(0x22eb), u32(1), u16(0x2000), u16(7), u32(5), u16(0), u16(2 << 10), tcp4),
    ),
    `erspan 7 ${OUTER}`,
  ),
  opened(
    'ERSPAN II, GOOSE',
    over(47, erspan2(12, 1, 30, ethernet(B, A, 0x88b8, goose(1, 'IED1', 1, 2, true)))),
    `erspan 12 ${OUTER}`,
    { flow: `${A} > ${B} 0x88b8`, vlans: [30], payload: goose(1, 'IED1', 1, 2, true).length },
  ),
  opened('VXLAN', overUdp(4789, vxlan(5001, frame4)), `vxlan 5001 ${OUTER}`),
  opened('VXLAN, the old Linux port', overUdp(8472, vxlan(5001, frame4)), `vxlan 5001 ${OUTER}`),
  opened(
    'VXLAN, an answer from the port',
    carriedUdp(outer, 4789, 50000, vxlan(5001, frame4), 1),
    `vxlan 5001 ${OUTER}`,
  ),
  opened(
    'VXLAN, every reserved bit set',
    overUdp(4789, bytes(0xff, 0xff, 0xff, 0xff, u24(5001), 0xff, frame4)),
    `vxlan 5001 ${OUTER}`,
  ),
  opened(
    'VXLAN with a group policy',
    overUdp(4789, bytes(0x88, 0x08, u16(4), u24(5001), 0, frame6)),
    `vxlan 5001 ${OUTER}`,
    { flow: FLOW6 },
  ),
  opened(
    'VXLAN, an unknown type inside',
    overUdp(4789, vxlan(5001, ethernet(B, A, 0xabcd, zeros(46)))),
    `vxlan 5001 ${OUTER}`,
    { flow: `${A} > ${B} 0xabcd`, payload: 46 },
  ),
  opened('VXLAN-GPE, Ethernet', overUdp(4790, bytes(0x0c, 0, 0, 3, u24(6), 0, frame4)), `vxlan 6 ${OUTER}`),
  opened('VXLAN-GPE, IPv4', overUdp(4790, bytes(0x0c, 0, 0, 1, u24(6), 0, tcp4)), `vxlan 6 ${OUTER}`),
  opened(
    'VXLAN-GPE, IPv4, flag forgotten',
    overUdp(4790, bytes(0x08, 0, 0, 1, u24(6), 0, tcp4)),
    `vxlan 6 ${OUTER}`,
  ),
  opened(
    'VXLAN-GPE on the port of VXLAN',
    overUdp(4789, bytes(0x0c, 0, 0, 2, u24(6), 0, tcp6)),
    `vxlan 6 ${OUTER}`,
    { flow: FLOW6 },
  ),
  opened(
    'VXLAN-GPE, NSH',
    overUdp(4790, bytes(0x0c, 0, 0, 4, u24(6), 0, nsh(3, frame4))),
    `vxlan 6 ${OUTER}`,
  ),
  opened('GENEVE with an option', overUdp(6081, geneve(900, frame4)), `geneve 900 ${OUTER}`),
  opened('GENEVE, IPv6', overUdp(6081, bytes(0, 0, u16(0x86dd), u24(900), 0, tcp6)), `geneve 900 ${OUTER}`, {
    flow: FLOW6,
  }),
  opened('IP in IP', over(4, tcp4), `ipip -1 ${OUTER}`),
  opened('6in4', over(41, tcp6), `6in4 -1 ${OUTER}`, { flow: FLOW6 }),
  opened('4in6', carried(outer6, 4, tcp4, 1), `4in6 -1 ${OUTER6}`),
  opened('IPv6 in IPv6', carried(outer6, 41, tcp6, 1), `ip6ip6 -1 ${OUTER6}`, { flow: FLOW6 }),
  opened('GTP-U', overUdp(2152, gtpu(0x99, tcp4)), `gtp-u ${0x99} ${OUTER}`),
  opened(
    'GTP-U with extension headers',
    overUdp(
      2152,
      bytes(
        0x34,
        0xff,
        u16(12 + tcp6.length),
        u32(0x99),
        u16(0),
        0,
        0x85,
        [1, 0x10, 9, 0xc0],
        [1, 0, 0, 0],
        tcp6,
      ),
    ),
    `gtp-u ${0x99} ${OUTER}`,
    { flow: FLOW6 },
  ),
  opened(
    'GTP-U with sequence number',
    overUdp(2152, bytes(0x32, 0xff, u16(4 + tcp4.length), u32(0x99), u16(1), 0, 0, tcp4)),
    `gtp-u ${0x99} ${OUTER}`,
  ),
  opened('TZSP', overUdp(37008, bytes(1, 0, u16(1), [0, 0], [10, 1, 7], 1, frame4)), `tzsp -1 ${OUTER}`),
  opened('Teredo', overUdp(3544, tcp6), `teredo -1 ${OUTER}`, { flow: FLOW6 }),
  opened(
    'Teredo with authentication and origin',
    overUdp(3544, bytes(u16(1), 2, 3, zeros(5), zeros(8), 0, u16(0), zeros(6), tcp6)),
    `teredo -1 ${OUTER}`,
    { flow: FLOW6 },
  ),
  opened('MPLS in UDP', overUdp(6635, mpls(55, tcp4)), `mpls-udp 55 ${OUTER}`),
  opened('MPLS in UDP, pseudowire', overUdp(6635, mpls(55, bytes(u32(0), frame6))), `mpls-udp 55 ${OUTER}`, {
    flow: FLOW6,
  }),
  opened('MPLS in IP', over(137, mpls(55, tcp4)), `mpls-ip 55 ${OUTER}`),
  opened('EtherIP', over(97, bytes(u16(0x3000), frame4)), `etherip -1 ${OUTER}`),
  opened('L2TP, bare', overUdp(1701, l2tp(0, bytes(0xff, 3, pppIp))), `l2tp ${0x30004} ${OUTER}`),
  opened(
    'L2TP with length, sequence and offset',
    overUdp(1701, l2tp(0x4a00, pppIp)),
    `l2tp ${0x30004} ${OUTER}`,
  ),
  opened('AH around 6in4', over(51, ah(41, tcp6)), `6in4 -1 ${OUTER}`, { flow: FLOW6 }),
  opened(
    'VXLAN inside ERSPAN: the session kept the tag of the frame it mirrored',
    over(
      47,
      erspan2(
        12,
        1,
        110,
        carriedUdp({ ...outer, src: '10.8.0.1', dst: '10.8.0.2' }, 50000, 4789, vxlan(5, frame4), 1),
      ),
    ),
    `erspan 12 ${OUTER}`,
    { layers: [`erspan 12 ${OUTER}`, 'vxlan 5 10.8.0.1 > 10.8.0.2'] },
  ),
  opened(
    'GRE inside ERSPAN: no other frame, the tag stays',
    over(
      47,
      erspan2(12, 1, 110, carried({ ...outer, src: '10.8.0.1', dst: '10.8.0.2' }, 47, gre(0x0800, tcp4), 1)),
    ),
    `erspan 12 ${OUTER}`,
    { vlans: [110], layers: [`erspan 12 ${OUTER}`, 'gre -1 10.8.0.1 > 10.8.0.2'] },
  ),
  opened('eight deep', nested(8), '', {
    layers: Array.from({ length: 8 }, (_, i) => `ipip -1 10.9.${7 - i}.1 > 10.9.${7 - i}.2`),
  }),
]

export const gallery: readonly Piece[] = [...link, ...tagged, ...withoutIp, ...internet, ...tunnels]
export const broadcast = BROADCAST
