import { CUT, u16, WRONG } from './bytes.ts'

/**
 * ERSPAN header after GRE (draft-foschiano-erspan-03): type II eight bytes, type III twelve, with an optional
 * platform sub-header of eight more. Type I has no header: the frame follows GRE at once, when GRE has no sequence number.
 */
const TYPE_II = 8
const TYPE_III = 12
const SUBHEADER = 8

/** Length of the header for the version it names (1 = type II, 2 = type III). */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < TYPE_II) return CUT
  const version = b[at] >>> 4
  if (version === 1) return TYPE_II
  if (version !== 2) return WRONG
  if (end - at < TYPE_III) return CUT
  const length = b[at + 11] & 1 ? TYPE_III + SUBHEADER : TYPE_III
  return end - at < length ? CUT : length
}
/** VLAN of the mirrored frame as the switch noted it; 0 = none */
export const vlan = (b: Uint8Array, at: number): number => u16(b, at) & 0xfff
export const session = (b: Uint8Array, at: number): number => u16(b, at + 2) & 0x3ff
/** the frame was cut by the mirror to fit */
export const truncated = (b: Uint8Array, at: number): boolean => (b[at + 2] & 0x04) !== 0
/** what follows (frame type field of type III); other values are reserved */
export const frameType = (b: Uint8Array, at: number): number =>
  b[at] >>> 4 === 2 ? (u16(b, at + 10) >>> 10) & 0x1f : FRAME_ETHERNET
export const FRAME_ETHERNET = 0
export const FRAME_IP = 2
