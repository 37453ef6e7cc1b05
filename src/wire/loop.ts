import { CUT, u32 } from './bytes.ts'

/**
 * BSD loopback: LINKTYPE_NULL (0) has the address family in the capturing machine's byte order, LINKTYPE_LOOP (108)
 * in network order. Families: 2 = IPv4 everywhere; IPv6 is 10 (Linux), 24, 28, 30 (BSDs, macOS); 7 = OSI.
 */
export const HEADER = 4
export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
/** the family, whichever byte order it was written in: no family uses the upper half */
export function family(b: Uint8Array, at: number): number {
  const value = u32(b, at)
  return value >>> 16 === 0 ? value : b[at] | (b[at + 1] << 8)
}
export const isIpv6 = (family: number): boolean =>
  family === 10 || family === 24 || family === 28 || family === 30
