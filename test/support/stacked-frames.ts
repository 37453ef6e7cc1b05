import {
  arp,
  bytes,
  carried,
  carriedUdp,
  ETHERTYPE,
  erspan1,
  erspan2,
  erspan3,
  ethernet,
  fragments,
  geneve,
  gre,
  type IpHeader,
  icmp,
  icmp6,
  ip,
  optionsHeader,
  PROTO,
  type Random,
  type Tag,
  tcp,
  u16,
  u32,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { framed, macOf } from './scene.ts'

const OUTERS = ['10.9.9.1', '10.9.9.2', '10.8.8.1']
const OUTERS_6 = ['fd09::1', 'fd09::2', 'fd08::1']

const pickOf =
  (random: Random) =>
  <T>(list: readonly T[]): T =>
    list[random.between(0, list.length - 1)]

/** Two ends of a conversation, with addresses drawn from very many. */
export function randomEnds(random: Random): { src: string; dst: string } {
  const four = (): string =>
    `10.${random.between(0, 255)}.${random.between(0, 255)}.${random.between(1, 254)}`
  const six = (): string =>
    `fd00:${random.between(0, 0xffff).toString(16)}::${random.between(1, 0xffff).toString(16)}`
  return random.between(0, 2) === 0 ? { src: six(), dst: six() } : { src: four(), dst: four() }
}

/** What may stand in a frame between two ends; of both with the same seed, one for each direction. */
export function randomFrame(random: Random, src: string, dst: string): Uint8Array {
  const pick = pickOf(random)
  const isSix = src.includes(':')
  const tags = pick<Tag[]>([
    [],
    [],
    [{ vlan: 110 }],
    [{ vlan: 0 }],
    [{ vlan: 7, tpid: 0x88a8 }, { vlan: 201 }],
    [{ vlan: 7, tpid: pick([0x9100, 0x9200]) }, { vlan: 8 }],
    [{ vlan: 1, tpid: 0x88a8 }, { vlan: 2 }, { vlan: 3 }],
  ])
  const inFrame = (packet: Uint8Array): Uint8Array =>
    ethernet(macOf(dst), macOf(src), isSix ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4, packet, tags)
  const header: IpHeader = { src, dst, proto: PROTO.tcp, id: 7 }
  if (random.between(0, 3) === 0) {
    if (isSix) header.extensions = [optionsHeader(pick([0, 60]), 5, 2, 0, 0)]
    else header.options = zeros(pick([4, 8, 40]))
  }
  const packet = (proto: number, payload: Uint8Array): Uint8Array => ip({ ...header, proto }, payload)
  const ends = { src, dst }
  const segment = tcp(ends, { srcPort: 40000, dstPort: pick([502, 4789]), seq: 1, flags: 'A' }, zeros(20))
  const kinds: (() => Uint8Array)[] = [
    () => inFrame(packet(PROTO.tcp, segment)),
    () => inFrame(packet(PROTO.udp, udp(ends, 1000, 161, zeros(random.between(0, 20))))),
    // ports of tunnels, behind which there is none
    () => inFrame(packet(PROTO.udp, udp(ends, 1000, pick([4789, 6081, 8472]), zeros(random.between(0, 20))))),
    () => inFrame(packet(PROTO.gre, gre(0x1234, zeros(random.between(0, 20))))),
    () => inFrame(packet(isSix ? PROTO.icmp6 : PROTO.icmp, icmp(isSix ? 128 : 8, 0, zeros(12)))),
    () => inFrame(packet(PROTO.igmp, zeros(8))),
    () => inFrame(pick(fragments({ ...header, proto: PROTO.udp }, udp(ends, 1000, 4789, zeros(300)), 160))),
    () => ethernet(macOf(dst), macOf(src), ETHERTYPE.goose, zeros(50), tags),
    () =>
      ethernet(
        macOf(dst),
        macOf(src),
        ETHERTYPE.arp,
        arp('reply', { mac: macOf(src), ip: '10.0.0.1' }, { mac: macOf(dst), ip: '10.0.0.2' }),
        tags,
      ),
  ]
  return pick(kinds)()
}

/** An ICMP error from `router` about a packet from `src` to `dst`, to its sender or to somebody else. */
export function randomError(random: Random, router: string, src: string, dst: string): Uint8Array {
  const pick = pickOf(random)
  const isSix = src.includes(':')
  const segment = tcp({ src, dst }, { srcPort: 40000, dstPort: 502, seq: 1, flags: 'A' })
  const header: IpHeader = { src, dst, proto: PROTO.tcp, id: 7 }
  if (!isSix && random.between(0, 3) === 0) header.options = zeros(8)
  const quoted = pick([
    () => ip(header, segment),
    () => ip(header, segment).subarray(0, (isSix ? 40 : 20 + (header.options?.length ?? 0)) + 8),
    () => pick(fragments({ ...header, proto: PROTO.udp }, udp({ src, dst }, 1000, 2000, zeros(64)), 96)),
    () => zeros(30),
  ])()
  const to = pick([src, src, src, isSix ? 'fd07::9' : '10.7.7.9'])
  const rest = bytes(zeros(4), quoted)
  const message = isSix
    ? icmp6({ src: router, dst: to }, pick([1, 2, 3, 4, 100]), 0, rest)
    : icmp(pick([3, 4, 5, 11, 12, 6]), 0, rest)
  const packet = ip({ src: router, dst: to, proto: isSix ? PROTO.icmp6 : PROTO.icmp }, message)
  return framed(packet, router, to)
}

/** A frame in one of the tunnels that a fanout program opens. */
export function randomWrapping(random: Random, frame: Uint8Array): Uint8Array {
  const pick = pickOf(random)
  const list = pick([OUTERS, OUTERS, OUTERS_6])
  const [src, dst] = [pick(list), pick(list)]
  const tags = pick<Tag[]>([[], [], [{ vlan: 99 }], [{ vlan: 7, tpid: 0x88a8 }, { vlan: 99 }]])
  const outer = { src, dst, srcMac: macOf(src), dstMac: macOf(dst), tags }
  const key = random.word()
  const sequence = random.word()
  const options = pick([{}, { key }, { sequence }, { key, sequence }])
  const ports: [number, number] = pick([0, 1]) === 0 ? [50000, 0] : [0, 50000]
  const overUdp = (port: number, payload: Uint8Array): Uint8Array =>
    carriedUdp(outer, ports[0] || port, ports[1] || port, payload, 7)
  const overGre = (payload: Uint8Array): Uint8Array => carried(outer, PROTO.gre, payload, 7)
  const isIp = [ETHERTYPE.ipv4, ETHERTYPE.ipv6].includes(((frame[12] << 8) | frame[13]) as 0x0800)
  const packet = frame.subarray(14)
  const type = (frame[12] << 8) | frame[13]
  const kinds: (() => Uint8Array)[] = [
    () => overUdp(pick([4789, 8472]), vxlan(5, frame)),
    // the group policy extension sets a flag of its own
    () => overUdp(4789, bytes(0x88, 0, u16(77), 0, 0, 5, 0, frame)),
    () => overUdp(4790, bytes(0x0c, 0, 0, 3, 0, 0, 5, 0, frame)),
    () => overUdp(6081, geneve(5, frame)),
    () => overUdp(6081, bytes(0, 0, u16(ETHERTYPE.teb), 0, 0, 5, 0, frame)),
    () => overGre(erspan1(frame)),
    () => overGre(erspan2(1, 1, pick([0, 201]), frame)),
    () => overGre(erspan3(1, 1, 0, 5, frame, pick([true, false]))),
    () => overGre(gre(ETHERTYPE.teb, frame, options)),
    () => overGre(bytes(u16(0x8000), u16(ETHERTYPE.teb), u32(9), frame)),
    () => overGre(bytes(u16(0xb000), u16(ETHERTYPE.teb), u32(9), u32(key), u32(sequence), frame)),
  ]
  if (isIp) {
    kinds.push(
      () => overGre(gre(type, packet, options)),
      () => carried(outer, type === ETHERTYPE.ipv4 ? PROTO.ipip : PROTO.ipv6, packet, 7),
      () => overUdp(6081, bytes(0, 0, u16(type), 0, 0, 5, 0, packet)),
      () => overUdp(4790, bytes(0x0c, 0, 0, type === ETHERTYPE.ipv4 ? 1 : 2, 0, 0, 5, 0, packet)),
    )
  }
  return pick(kinds)()
}
