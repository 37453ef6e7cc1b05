/** IP protocol numbers (IANA "Assigned Internet Protocol Numbers") that are opened or named. */
export const ICMP = 1
export const IGMP = 2
export const IPV4 = 4
export const TCP = 6
export const UDP = 17
export const DCCP = 33
export const IPV6 = 41
export const GRE = 47
export const ESP = 50
export const AH = 51
export const ICMPV6 = 58
export const ETHERIP = 97
export const SCTP = 132
export const UDPLITE = 136
export const MPLS = 137
