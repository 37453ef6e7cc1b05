/**
 * Why part of a conversation could not be read, as bits: what is told first stands first. Parsers and streams set them, and a
 * judgement that would rest on what was read alone gives one of them as its reason.
 */

/** bytes were sent twice and said two things, or may have: what the receiver took is not known */
export const OVERLAP = 1 << 0
/** bytes that are none of the protocol */
export const UNREADABLE = 1 << 1
/** more was to be kept than there is room for */
export const BEYOND_LIMITS = 1 << 2
/** bytes were never seen */
export const GAP = 1 << 3
/** bytes were cut off by the capture */
export const TRUNCATED = 1 << 4
/** encrypted */
export const OPAQUE = 1 << 5

/** Reasons by bit, as verdicts have them. */
export const TROUBLE_NAMES = ['overlap', 'unreadable', 'beyond-limits', 'gap', 'truncated', 'opaque'] as const
export type Trouble = (typeof TROUBLE_NAMES)[number]

/** The reason for which something was not read; the first of several. */
export const troubleOf = (bits: number): Trouble => TROUBLE_NAMES[31 - Math.clz32(bits & -bits)]
