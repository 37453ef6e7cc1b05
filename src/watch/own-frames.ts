/** What this machine sends through the interface it watches, in the words of whoever has to stop it. */
const ETHERTYPE = 12
const DOT1Q = 0x8100
const ARP = 0x0806
const IPV4 = 0x0800
const IPV6 = 0x86dd
const LLDP = 0x88cc
const ICMP = 1
const IGMP = 2
const TCP = 6
const UDP = 17
const ICMP6 = 58
const HOP_BY_HOP = 0

/** ICMPv6 types (RFC 4861, RFC 3810) */
const ICMP6_NAMES: Readonly<Record<number, string>> = {
  131: 'MLD report',
  133: 'IPv6 router solicitation',
  135: 'IPv6 neighbour solicitation',
  136: 'IPv6 neighbour advertisement',
  143: 'MLD report',
}
/** ICMP types (RFC 792) */
const ICMP_NAMES: Readonly<Record<number, string>> = {
  0: 'ICMP echo reply',
  3: 'ICMP unreachable',
  5: 'ICMP redirect',
  8: 'ICMP echo',
  11: 'ICMP time exceeded',
}
const UDP_NAMES: Readonly<Record<number, string>> = {
  53: 'DNS query',
  67: 'DHCP',
  68: 'DHCP',
  123: 'NTP',
  137: 'NetBIOS',
  5353: 'mDNS',
  5355: 'LLMNR',
}

const ARP_NAME = 'ARP'

/** Names a frame by what it is; `captured` bytes of it are there. Ethernet only; others are "a frame". */
export function ownFrameName(bytes: Uint8Array, offset: number, captured: number): string {
  const end = offset + captured
  const u16 = (at: number): number => (at + 2 <= end ? (bytes[at] << 8) | bytes[at + 1] : -1)
  let at = offset + ETHERTYPE
  let type = u16(at)
  if (type === DOT1Q) {
    at += 4
    type = u16(at)
  }
  at += 2
  if (type === ARP) return ARP_NAME
  if (type === LLDP) return 'LLDP'
  if (type === IPV4 && at + 20 <= end) {
    const transport = at + (bytes[at] & 0xf) * 4
    const proto = bytes[at + 9]
    if (proto === ICMP && transport < end) return ICMP_NAMES[bytes[transport]] ?? 'ICMP'
    if (proto === IGMP) return 'IGMP report'
    return toPort(proto, u16(transport + 2)) ?? `IP protocol ${proto}`
  }
  if (type === IPV6 && at + 40 <= end) {
    let next = bytes[at + 6]
    at += 40
    if (next === HOP_BY_HOP && at + 8 <= end) {
      next = bytes[at]
      at += (bytes[at + 1] + 1) * 8
    }
    if (next === ICMP6 && at < end) return ICMP6_NAMES[bytes[at]] ?? 'ICMPv6'
    return toPort(next, u16(at + 2)) ?? `IPv6 next header ${next}`
  }
  return type < 0 ? 'a frame' : `EtherType 0x${type.toString(16).padStart(4, '0')}`
}

/** `port` is -1 where the frame does not reach that far. */
function toPort(proto: number, port: number): string | undefined {
  const name = proto === UDP ? 'UDP' : proto === TCP ? 'TCP' : undefined
  if (name === undefined || port < 0) return name
  return (proto === UDP ? UDP_NAMES[port] : undefined) ?? `${name} to port ${port}`
}

/** Whether a sensor that a mirror is sent to by address may send this: it has to answer who asks for that address. */
export const isAddressAnswer = (name: string): boolean =>
  name === ARP_NAME || name === ICMP6_NAMES[135] || name === ICMP6_NAMES[136]
