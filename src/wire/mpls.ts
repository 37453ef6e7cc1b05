import { CUT, u24, WRONG } from './bytes.ts'

/** MPLS label stack, RFC 3032. */
const ENTRY = 4
const MOST_LABELS = 16
/** Length of the whole stack up to and with the bottom label; WRONG where that is deeper than any network's. */
export function check(b: Uint8Array, at: number, end: number): number {
  for (let length = ENTRY; length <= MOST_LABELS * ENTRY; length += ENTRY) {
    if (end - at < length) return CUT
    if (b[at + length - 2] & 1) return length
  }
  return WRONG
}
export const label = (b: Uint8Array, at: number): number => u24(b, at) >>> 4
