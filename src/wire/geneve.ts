import { CUT, u16, u24, WRONG } from './bytes.ts'

/** GENEVE, RFC 8926 section 3.4: eight bytes and up to 252 of options. */
export const HEADER = 8
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  if (b[at] >>> 6 !== 0) return WRONG
  const length = HEADER + ((b[at] & 0x3f) << 2)
  return end - at < length ? CUT : length
}
export const protocol = (b: Uint8Array, at: number): number => u16(b, at + 2)
export const vni = (b: Uint8Array, at: number): number => u24(b, at + 4)
