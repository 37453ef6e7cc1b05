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
export const VN_TAG = 0x8926 // between a server's adapter and its switch
export const E_TAG = 0x893f // IEEE 802.1BR, the same between a port extender and its bridge

/** What else is met on plant and office links; a guess at Ethernet believes in these and in no other type. */
const others: ReadonlySet<number> = new Set([
  0x0842, // wake on LAN
  0x8809, // slow protocols: LACP, OAM
  0x8863, // PPPoE discovery
  0x886d, // Intel adapter teaming
  0x888e, // EAPOL
  0x8892, // PROFINET
  0x8899, // Realtek loop detection
  0x88a4, // EtherCAT
  0x88ab, // POWERLINK
  0x88b8, // GOOSE
  0x88b9, // GSE management
  0x88ba, // sampled values
  0x88cc, // LLDP
  0x88cd, // SERCOS III
  0x88e1, // HomePlug
  0x88e3, // media redundancy, IEC 62439-2
  0x88e5, // MACsec
  0x88e7, // provider backbone bridging
  0x88f5, // MVRP
  0x88f7, // PTP
  0x8902, // connectivity fault management
  0x890d, // fast roaming, TDLS
  0x891d, // TTEthernet
  0x9000, // loopback test
])
const ours: ReadonlySet<number> = new Set([
  ARP,
  RARP,
  MPLS,
  MPLS_MULTICAST,
  PPPOE_SESSION,
  HSR,
  PRP,
  CISCO_METADATA,
  VN_TAG,
  E_TAG,
])
export const isKnown = (type: number): boolean => ours.has(type) || others.has(type)

/** True for the tag protocol identifiers after which four bytes of tag have been read (802.1Q, 802.1ad and their forerunners). */
export const isTag = (type: number): boolean =>
  type === VLAN || type === QINQ || type === QINQ_OLD || type === QINQ_OLDER
