/**
 * The columns of the flow table. A row is an integer; what belongs to it lies in four arrays, grouped by when it is
 * touched: `hot` on every look-up, `sums` on every packet, `cold` on a flow's first packets and in records, `six`
 * only for IPv6. Ends are called A and B: A is the one with the smaller (address, port); who opened the flow is a bit.
 */

/** hot: 16 signed 32-bit words, one cache line */
export const HOT_WORDS = 16
/** addresses of A and B: IPv4 as they are, IPv6 folded (whole in `six`); without IP the first 64 of the 96 bits of both MACs */
export const K0 = 0
export const K1 = 1
/** ports of A and B in the high and low half; ICMP types as ports, see ICMP_ONE_WAY; last 32 bits of the MACs; a tunnel's id */
export const K2 = 2
/** kind (KIND_ below, never 0: an empty row has 0 here) and IP protocol or EtherType in the low 16 bits */
export const K3 = 3
/** policy context; without a policy the VLAN stack and VNI */
export const CONTEXT = 4
export const HASH = 5
/** time of the latest packet */
export const LAST_SECONDS = 6
export const LAST_NANOS = 7
export const STATE = 8
/** where it was last seen: index into Places */
export const PLACE = 9
/** index of the judgement that holds now, -1 = not judged */
export const JUDGEMENT = 10
/** set of schedules and exceptions the judgement was made under */
export const EPOCH = 11
/** second at which the next interim record is due */
export const REPORT_AT = 12
/** TCP: next sequence number expected from A and B */
export const NEXT_SEQ_A = 13
export const NEXT_SEQ_B = 14
/** TCP flags seen from A (low byte) and B (second byte), letters of the history seen (upper half) */
export const SEEN = 15

/** sums: 8 doubles, one cache line; index + side (0 = A, 1 = B) */
export const SUM_DOUBLES = 8
export const PACKETS = 0
export const BYTES = 2
export const IP_BYTES = 4
export const PAYLOAD = 6

/** cold: 24 words */
export const COLD_WORDS = 24
export const FIRST_SECONDS = 0
export const FIRST_NANOS = 1
export const FIRST_FRAME = 2
/** low 16 bits; above them its application, see APP_ below */
export const FIRST_PORT = 3
export const FIRST_PORT_MASK = 0xffff
export const APP = 3
/** serial number of the flow in its table: key of the side tables, never reused */
export const SERIAL = 4
/** three words: the first 16 bits of A's and B's MAC, then the last 32 of each */
export const MACS = 5
/** history letters, five bits each, six to a word */
export const HISTORY = 8
export const HISTORY_WORDS = 3
/** low 8 bits; above them the place of its conversation among those whose application is read + 1, 0 = none */
export const HISTORY_COUNT = 11
export const HISTORY_COUNT_MASK = 0xff
export const CONVERSATION = 11
export const CONVERSATION_SHIFT = 8
export const RETRANS = 12 // + side
export const COPIES = 14 // + side
export const MISSED = 16
export const TRUNCATED = 17
export const ICMP_ERRORS = 18
/** place of the first packet, for the record's context */
export const FIRST_PLACE = 19
/** records written so far, how often the verdict changed, worst judgement so far */
export const RECORDS = 20
export const CHANGES = 21
export const WORST = 22
/** TCP: what is needed to tell a retransmitted SYN from a new one */
export const SYN_SEQ = 23

/** six: 8 words, the addresses of A and B */
export const SIX_WORDS = 8

export const KIND_L2 = 1
export const KIND_V4 = 4
export const KIND_V6 = 6
export const KIND_SHIFT = 16
/** set in K3 beside the kind: PROTO is an LLC SAP pair */
export const KIND_LLC = 0x100

/**
 * set in K2 of ICMP rows whose type has no counterpart: type in the high half, code in the low byte, and whether B sent
 * it; others hold the type A sends and the one B sends. So a conversation has one asker, as in Community ID v1.
 */
export const ICMP_ONE_WAY = 0x8000
export const ICMP_FROM_B = 0x4000

/** STATE bits; those with `+ side` exist for A and, one higher, for B */
export const SYN = 1 << 0
export const SYN_ACK = 1 << 2
export const FIN = 1 << 4
export const RST = 1 << 6
export const SEQ_KNOWN = 1 << 8
export const DATA = 1 << 10
/** B opened the flow (else A) */
export const ORIG_IS_B = 1 << 12
/** how that is known, two bits: 0 first, 1 port, 2 request, 3 handshake */
export const DIRECTION_SHIFT = 13
export const DIRECTION_MASK = 3 << DIRECTION_SHIFT
export const FLIPPED = 1 << 15
/** TCP is over: both FINs or a RST */
export const CLOSED = 1 << 16
/** a finding rests on it: evicted last */
export const KEEP = 1 << 17
/** an ICMP error or RST answered */
export const REFUSED = 1 << 18
/** idle limit, three bits: index into Limits */
export const LIMIT_SHIFT = 19
export const LIMIT_MASK = 7 << LIMIT_SHIFT
/** responder is a multicast or broadcast group */
export const GROUP = 1 << 22
/** several places saw it (side table `seenIn`) */
export const SPREAD = 1 << 23
/** listed as news, and not told yet */
export const NEWS = 1 << 24
/** the RST that ended it, from A / + side */
export const RST_FIRST = 1 << 25
/** its payload is to be read: its application is not known yet, or its PDUs tell what it does */
export const READS = 1 << 27

/** APP: its service as recognised: place in the table of services + 1; 0 = not (yet), APP_OTHER = not what its port stands for */
export const APP_SERVICE_SHIFT = 16
export const APP_SERVICE = 0xff << APP_SERVICE_SHIFT
export const APP_OTHER = 0xff
/** payloads looked at in vain, four bits */
export const APP_TRIES_SHIFT = 24
export const APP_TRIES = 0xf << APP_TRIES_SHIFT
/** A / + side sent what may be of the service its port stands for */
export const APP_MAYBE = 1 << 28
/** its PDUs would be read if there were room for one conversation more */
export const APP_NO_ROOM = 1 << 30
/** its payloads were cut so far that they tell nothing */
export const APP_CUT = 1 << 31

export const LIMIT_TCP = 0
export const LIMIT_UDP = 1
export const LIMIT_ICMP = 2
export const LIMIT_OTHER = 3
export const LIMIT_ATTEMPT = 4
export const LIMIT_CLOSED = 5
