import { CUT, u16, u32, WRONG } from './bytes.ts'

/** IPv4 header, RFC 791 section 3.1. */
export const HEADER = 20
const LENGTH = 2
const ID = 4
const FRAGMENT = 6
const PROTOCOL = 9
const SRC = 12
const DST = 16
export const MORE_FRAGMENTS = 0x2000
export const OFFSET_MASK = 0x1fff

/** Length of the header with options; CUT where addresses are not all there, WRONG where version or length contradict. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  const first = b[at]
  const length = (first & 0x0f) << 2
  return first >>> 4 !== 4 || length < HEADER ? WRONG : length
}
export const totalLength = (b: Uint8Array, at: number): number => u16(b, at + LENGTH)
export const id = (b: Uint8Array, at: number): number => u16(b, at + ID)
/** flags and offset as they stand: mask with MORE_FRAGMENTS and OFFSET_MASK (units of 8 bytes) */
export const fragment = (b: Uint8Array, at: number): number => u16(b, at + FRAGMENT)
export const protocol = (b: Uint8Array, at: number): number => b[at + PROTOCOL]
export const src = (b: Uint8Array, at: number): number => u32(b, at + SRC)
export const dst = (b: Uint8Array, at: number): number => u32(b, at + DST)
