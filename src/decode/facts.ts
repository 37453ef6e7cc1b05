/**
 * Facts: the reusable record a dissection fills, cells of one Int32Array. Addresses, sequence numbers and
 * acknowledgements are signed 32-bit words; offsets (`_AT`) are positions in the block, -1 = not there.
 */

/** 0 = no IP in the innermost frame, 4, 6 */
export const VERSION = 0
/** IP protocol, or without IP the EtherType (for IEEE 802.3 frames with LLC: the length field is no type, see LLC_TYPE) */
export const PROTO = 1
/** ICMP: type and code */
export const SRC_PORT = 2
export const DST_PORT = 3
/** four words, most significant first; IPv4 in the last one, the others are then not valid */
export const SRC = 4
export const DST = 8
export const SRC_V4 = SRC + 3
export const DST_V4 = DST + 3
/** where the transport header starts; -1 in later fragments, where it is cut before the ports, and TCP before its flags */
export const L4_AT = 12
/** IP total length as stated (IPv6: with the header); wire length where the sender left 0 to its offload engine */
export const IP_BYTES = 13
/** wire length of the innermost frame, from its MAC header on (IP header where there is none) */
export const FRAME_BYTES = 14
/** transport payload by the lengths stated, and how much of it is here */
export const PAYLOAD_BYTES = 15
export const PAYLOAD_AT = 16
export const PAYLOAD_CAPTURED = 17
export const TCP_FLAGS = 18
export const TCP_SEQ = 19
export const TCP_ACK = 20
export const TCP_WINDOW = 21
/** see FLAG_ below */
export const FLAGS = 22
export const FRAGMENT_ID = 23
export const MAC_SRC_AT = 24
export const MAC_DST_AT = 25
/** VLAN ids of the innermost Ethernet frame, from the outside in, two to a cell (first in the high half) */
export const VLAN_COUNT = 26
export const VLANS = 27
export const VLAN_CELLS = 4
/** where the packet quoted by an ICMP error starts */
export const QUOTE_AT = 31
/** tunnels opened on the way in, outermost first, LAYER_CELLS cells each */
export const LAYER_COUNT = 32
export const LAYERS = 33
export const LAYER_CELLS = 24
export const MOST_LAYERS = 8
export const CELLS = LAYERS + MOST_LAYERS * LAYER_CELLS

/** cells of one tunnel layer */
export const LAYER_KIND = 0
export const LAYER_VERSION = 1
export const LAYER_PROTO = 2
export const LAYER_SRC_PORT = 3
export const LAYER_DST_PORT = 4
export const LAYER_SRC = 5
export const LAYER_DST = 9
/** VNI, virtual subnet, GRE key, ERSPAN session, TEID; -1 = none */
export const LAYER_ID = 13
export const LAYER_FRAME_BYTES = 14
export const LAYER_IP_BYTES = 15
/** 1 = an Ethernet frame follows */
export const LAYER_ETHERNET = 16
/** 1 = the packet outside was the first fragment of a larger one, with this identification */
export const LAYER_FRAGMENTED = 17
export const LAYER_FRAGMENT_ID = 18
/** VLAN ids the tunnel's own packet was tagged with, as in VLAN_COUNT and VLANS */
export const LAYER_VLAN_COUNT = 19
export const LAYER_VLANS = 20

/** the bytes end before the packet does: cut by the capture or the mirror */
export const FLAG_CUT = 1
/** first or later fragment of an IP packet */
export const FLAG_FIRST_FRAGMENT = 2
export const FLAG_LATER_FRAGMENT = 4
/** length left to an offload engine: packet counts are not comparable with the wire */
export const FLAG_OFFLOAD = 8
export const FLAG_ICMP_ERROR = 16
/** PROTO is the DSAP/SSAP pair of an LLC header, not an EtherType */
export const FLAG_LLC = 32
/** some layer outside was the first fragment of its packet */
export const FLAG_OUTER_FRAGMENT = 64

/** The class a frame ends in. */
export const DECODED = 0
export const MALFORMED = 1
export const TRUNCATED = 2
export const TOO_DEEP = 3
export const UNSUPPORTED = 4

/** Tunnel kinds, in the order of their numbers. */
export const TUNNEL_NAMES = [
  '',
  'gre',
  'nvgre',
  'erspan',
  'vxlan',
  'geneve',
  'ipip',
  '6in4',
  '4in6',
  'ip6ip6',
  'gtp-u',
  'tzsp',
  'teredo',
  'mpls-udp',
  'etherip',
  'pptp',
  'l2tp',
  'mpls-ip',
] as const
export const TUNNEL_GRE = 1
export const TUNNEL_NVGRE = 2
export const TUNNEL_ERSPAN = 3
export const TUNNEL_VXLAN = 4
export const TUNNEL_GENEVE = 5
export const TUNNEL_IPIP = 6
export const TUNNEL_6IN4 = 7
export const TUNNEL_4IN6 = 8
export const TUNNEL_IP6IP6 = 9
export const TUNNEL_GTPU = 10
export const TUNNEL_TZSP = 11
export const TUNNEL_TEREDO = 12
export const TUNNEL_MPLS_UDP = 13
export const TUNNEL_ETHERIP = 14
export const TUNNEL_PPTP = 15
export const TUNNEL_L2TP = 16
export const TUNNEL_MPLS_IP = 17
