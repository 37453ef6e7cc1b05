import { expect, it } from 'vitest'
import {
  arp,
  BROADCAST,
  ETHERTYPE,
  echo,
  ethernet,
  icmp,
  icmp6,
  ipv4,
  ipv6,
  lldp,
  optionsHeader,
  PROTO,
  tcp,
  udp,
  unreachable,
  zeros,
} from '../../captures/support/frames.ts'
import { isAddressAnswer, ownFrameName } from '../../src/watch/own-frames.ts'

const MAC = '02:00:00:00:00:01'
const V4 = { src: '10.0.0.1', dst: '10.0.0.2' }
const V6 = { src: 'fe80::1', dst: 'ff02::16' }

const named = (bytes: Uint8Array, captured = bytes.length): string => {
  // where it lies in a ring
  const ring = new Uint8Array(400).fill(0xff)
  ring.set(bytes, 96)
  return ownFrameName(ring, 96, captured)
}
const framed = (type: number, payload: Uint8Array): Uint8Array => ethernet(BROADCAST, MAC, type, payload)
const in4 = (proto: number, payload: Uint8Array, options?: Uint8Array): Uint8Array =>
  framed(ETHERTYPE.ipv4, ipv4({ ...V4, proto, ...(options === undefined ? {} : { options }) }, payload))
const in6 = (proto: number, payload: Uint8Array, isListener = false): Uint8Array => {
  const extensions = isListener ? { extensions: [optionsHeader(0, [5, 2, 0, 0])] } : {}
  return framed(ETHERTYPE.ipv6, ipv6({ ...V6, proto, ...extensions }, payload))
}
const to = (port: number): Uint8Array => udp(V4, 40000, port, zeros(8))
const request = arp('request', { mac: MAC, ip: V4.src }, { mac: MAC, ip: V4.dst })

it.each<[string, Uint8Array]>([
  ['ARP', framed(ETHERTYPE.arp, request)],
  ['LLDP', framed(ETHERTYPE.lldp, lldp(MAC, 'eth1', 'sensor', 'a sensor'))],
  ['ICMP echo', in4(PROTO.icmp, icmp(8, 0, echo(1, 1)))],
  ['ICMP echo reply', in4(PROTO.icmp, icmp(0, 0, echo(1, 1)))],
  ['ICMP unreachable', in4(PROTO.icmp, unreachable(3, zeros(28)))],
  ['ICMP', in4(PROTO.icmp, icmp(42, 0, zeros(8)))],
  ['IGMP report', in4(PROTO.igmp, zeros(8), Uint8Array.of(0x94, 4, 0, 0))],
  ['DNS query', in4(PROTO.udp, to(53))],
  ['mDNS', in4(PROTO.udp, to(5353))],
  ['DHCP', in4(PROTO.udp, to(67))],
  ['UDP to port 4789', in4(PROTO.udp, to(4789))],
  ['TCP to port 443', in4(PROTO.tcp, tcp(V4, { srcPort: 40000, dstPort: 443, flags: 'S', seq: 1, ack: 0 }))],
  ['IP protocol 47', in4(PROTO.gre, zeros(8))],
  ['IPv6 router solicitation', in6(PROTO.icmp6, icmp6(V6, 133, 0, zeros(4)))],
  ['IPv6 neighbour solicitation', in6(PROTO.icmp6, icmp6(V6, 135, 0, zeros(20)))],
  ['IPv6 neighbour advertisement', in6(PROTO.icmp6, icmp6(V6, 136, 0, zeros(20)))],
  ['MLD report', in6(PROTO.icmp6, icmp6(V6, 143, 0, zeros(24)), true)],
  ['ICMPv6', in6(PROTO.icmp6, icmp6(V6, 128, 0, zeros(8)))],
  ['mDNS', in6(PROTO.udp, udp(V6, 5353, 5353, zeros(8)))],
  ['TCP to port 22', in6(PROTO.tcp, tcp(V6, { srcPort: 40000, dstPort: 22, flags: 'S', seq: 1, ack: 0 }))],
  ['IPv6 next header 47', in6(PROTO.gre, zeros(8))],
  ['EtherType 0x88b8', framed(ETHERTYPE.goose, zeros(46))],
])('is named %s', (name, bytes) => {
  expect(named(bytes)).toBe(name)
})

it('is named in a VLAN, too', () => {
  const tagged = ethernet(BROADCAST, MAC, ETHERTYPE.arp, request, [{ vlan: 120 }])
  expect(named(tagged)).toBe('ARP')
})

it('is named by what is there of it, and never by what lies behind', () => {
  const bytes = in4(PROTO.udp, to(53))
  expect(named(bytes, 38)).toBe('DNS query')
  expect(named(bytes, 37)).toBe('UDP')
  expect(named(bytes, 33)).toBe('EtherType 0x0800')
  expect(named(bytes, 14)).toBe('EtherType 0x0800')
  expect(named(bytes, 13)).toBe('a frame')
  expect(named(bytes, 1)).toBe('a frame')
  const listener = in6(PROTO.icmp6, icmp6(V6, 143, 0, zeros(24)), true)
  expect(named(listener, 62)).toBe('IPv6 next header 58')
  expect(named(listener, 58)).toBe('IPv6 next header 0')
})

it('answers for an address where it is ARP or its like in IPv6', () => {
  const names = ['ARP', 'IPv6 neighbour solicitation', 'IPv6 neighbour advertisement']
  expect(names.every(isAddressAnswer)).toBe(true)
  const others = ['IPv6 router solicitation', 'ICMP unreachable', 'MLD report', 'a frame', 'DHCP']
  expect(others.some(isAddressAnswer)).toBe(false)
})
