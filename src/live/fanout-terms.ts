/** What both parts of the fanout program speak of: numbers of headers, and where the program keeps what it hashes. */

/** Words of memory with what is to be hashed: two words, or two IPv6 addresses in words 0 to 7. */
export const ONE = 0
export const OTHER = 1

export const IPV4 = 0x0800
export const IPV6 = 0x86dd
export const VLAN_TAGS = [0x8100, 0x88a8, 0x9100, 0x9200]
export const TEB = 0x6558
export const ERSPAN_II = 0x88be
export const ERSPAN_III = 0x22eb
export const ICMP = 1
export const IP_IN_IP = 4
export const TCP = 6
export const UDP = 17
export const SIX_IN_IP = 41
export const FRAGMENT = 44
export const GRE = 47
export const ICMPV6 = 58
export const VXLAN_PORTS = [4789, 8472, 4790]
export const GENEVE_PORT = 6081

export const FOUR_BYTES = 20
export const SIX_BYTES = 40
export const UDP_BYTES = 8
export const ETHERNET_BYTES = 14
export const OFFSET_MASK = 0x1fff
