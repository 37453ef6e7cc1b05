import { CUT, u16, u32 } from './bytes.ts'

/** Ethernet II and IEEE 802.3 MAC header: destination(6) source(6) type or length(2). */
export const HEADER = 14
const DST_HIGH = 0
const DST_LOW = 2
const SRC_HIGH = 6
const SRC_LOW = 8
const TYPE = 12

/** Types below this are lengths of an IEEE 802.3 frame with an LLC header (IEEE 802.3-2018, 3.2.6). */
export const MIN_TYPE = 0x600
/** the largest value that is a length */
export const MAX_LENGTH = 1500

export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
export const dstHigh = (b: Uint8Array, at: number): number => u16(b, at + DST_HIGH)
export const dstLow = (b: Uint8Array, at: number): number => u32(b, at + DST_LOW)
export const srcHigh = (b: Uint8Array, at: number): number => u16(b, at + SRC_HIGH)
export const srcLow = (b: Uint8Array, at: number): number => u32(b, at + SRC_LOW)
export const type = (b: Uint8Array, at: number): number => u16(b, at + TYPE)
