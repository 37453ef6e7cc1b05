/**
 * A lane: what a dispatcher has read of one frame for the shard that follows its flow; 16 signed 32-bit words, one cache
 * line. Word w of the lane that begins at `lane` is `lane | w`: a sum would be checked for overflow. Lanes are filled before any of them is looked up, so that the look-ups wait for memory together, and they are
 * what crosses from one thread to another.
 */
export const LANE_WORDS = 16
/** the words of a flow's key, as a row of the table has them; valid for the short ways only */
export const K0 = 0
export const K1 = 1
export const K2 = 2
export const K3 = 3
/** hash of the key */
export const HASH = 4
/** see the masks below */
export const WHERE = 5
/** wire length of the frame, IP total length, transport payload by the lengths stated */
export const FRAME_BYTES = 6
export const IP_BYTES = 7
export const PAYLOAD_BYTES = 8
export const TCP_SEQ = 9
/** the word of the TCP header that holds data offset, flags and window (RFC 9293 section 3.1); 0 for UDP */
export const TCP_CONTROL = 10
/** time of the frame */
export const SECONDS = 11
export const NANOS = 12
/** where the frame lies in its block, and how much of it is there: for those who must read it again */
export const OFFSET = 13
export const CAPTURED = 14
/** general way: what fragments tell beyond their frame, see NOTE_ below; 0 = nothing */
export const NOTE = 15
/** short ways: where the payload begins in the block */
export const PAYLOAD_AT = 15

/** WHERE: index of the place, 18 bits */
export const PLACE_MASK = 0x3ffff
/** partition of the flow table, five bits */
export const PARTITION_SHIFT = 18
export const PARTITION_MASK = 0x1f
/** the shard that counts the frame, where several read it, four bits */
export const OWNER_SHIFT = 23
export const OWNER_MASK = 0xf
/** which end sent it: 0 = A, 1 = B */
export const SIDE_SHIFT = 27
/** the capture ends before the frame does */
export const CUT = 1 << 28
/** how the frame was read, two bits */
export const WAY_SHIFT = 29
/** not this stack: the shard dissects it */
export const WAY_GENERAL = 0
export const WAY_V4 = 1
/** IPv6 addresses stand 8 bytes behind the IP header, which follows an Ethernet header without or with a tag */
export const WAY_V6 = 2
export const WAY_V6_TAGGED = 3

/** NOTE of a later fragment: its transport stands in K3, its ports in K2, as its first fragment told */
export const NOTE_LATER = 1
/**
 * NOTE of a first fragment: others came before it. Frames in K0, their wire bytes in K1, IP bytes in K2, payload in K3, and
 * how many of them were cut in HASH
 */
export const NOTE_WAITING = 2
