import { CUT, u16, WRONG } from './bytes.ts'

/** PPPoE session stage, RFC 2516 section 4: version/type(1) code(1) session(2) length(2), then a PPP protocol field. */
export const HEADER = 6
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER + 2) return CUT
  return b[at] === 0x11 && b[at + 1] === 0 ? HEADER : WRONG
}
/** bytes behind this header: PPP protocol field and what it carries */
export const length = (b: Uint8Array, at: number): number => u16(b, at + 4)
export const session = (b: Uint8Array, at: number): number => u16(b, at + 2)
