import { CUT, u24, u32, WRONG } from './bytes.ts'

/** VXLAN, RFC 7348, and its generic protocol extension (draft-ietf-nvo3-vxlan-gpe). Reserved bits may be set. */
export const HEADER = 8
const VNI_VALID = 0x08
const NEXT_VALID = 0x04
export const NEXT_IPV4 = 1
export const NEXT_IPV6 = 2
export const NEXT_ETHERNET = 3
export const NEXT_NSH = 4

/** WRONG where the flag that makes the VNI valid is not set: then this is some other UDP payload. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  return b[at] & VNI_VALID ? HEADER : WRONG
}
export const vni = (b: Uint8Array, at: number): number => u24(b, at + 4)
/** No reserved bit is set: no other protocol on this port looks like that by chance. */
export const isPlain = (b: Uint8Array, at: number): boolean => u32(b, at) === 0x08000000 && b[at + 7] === 0
/** What follows: Ethernet unless the extension says otherwise; on its own port some senders forget the flag. */
export const next = (b: Uint8Array, at: number, extended: boolean): number =>
  b[at] & NEXT_VALID || (extended && b[at + 3] !== 0) ? b[at + 3] : NEXT_ETHERNET
