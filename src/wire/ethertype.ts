/** EtherTypes (IEEE Registration Authority) that carry something we open, or that the product names. */
export const IPV4 = 0x0800
export const ARP = 0x0806
export const RARP = 0x8035
export const TEB = 0x6558 // transparent Ethernet bridging, RFC 1701
export const VLAN = 0x8100
export const IPV6 = 0x86dd
export const PPP = 0x880b
export const ERSPAN_II = 0x88be
export const ERSPAN_III = 0x22eb
export const MPLS = 0x8847
export const MPLS_MULTICAST = 0x8848
export const PPPOE_SESSION = 0x8864
export const QINQ = 0x88a8
export const QINQ_OLD = 0x9100
export const QINQ_OLDER = 0x9200
export const HSR = 0x892f
export const PRP = 0x88fb
export const NSH = 0x894f
export const CISCO_METADATA = 0x8909

/** True for the tag protocol identifiers after which four bytes of tag have been read (802.1Q, 802.1ad and their forerunners). */
export const isTag = (type: number): boolean =>
  type === VLAN || type === QINQ || type === QINQ_OLD || type === QINQ_OLDER
