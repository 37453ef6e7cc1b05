import { CUT, u16, u32, WRONG } from './bytes.ts'

/** IPv6 header, RFC 8200 section 3, and its extension headers, section 4. */
export const HEADER = 40
const PAYLOAD_LENGTH = 4
const NEXT = 6
const SRC = 8
const DST = 24

export const HOP_BY_HOP = 0
export const ROUTING = 43
export const FRAGMENT = 44
export const AUTHENTICATION = 51
export const NO_NEXT = 59
export const DESTINATION = 60
export const MOBILITY = 135
export const HIP = 139
export const SHIM6 = 140

export const FRAGMENT_HEADER = 8
/** every header of the chain is at least this long */
export const SHORTEST_EXTENSION = 8

export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  return b[at] >>> 4 === 6 ? HEADER : WRONG
}
export const payloadLength = (b: Uint8Array, at: number): number => u16(b, at + PAYLOAD_LENGTH)
export const next = (b: Uint8Array, at: number): number => b[at + NEXT]
/** word 0..3 of the source or destination address */
export const src = (b: Uint8Array, at: number, word: number): number => u32(b, at + SRC + (word << 2))
export const dst = (b: Uint8Array, at: number, word: number): number => u32(b, at + DST + (word << 2))

/** True for headers that stand between the IPv6 header and the upper layer and tell their own length. */
export const isExtension = (protocol: number): boolean =>
  protocol === HOP_BY_HOP ||
  protocol === ROUTING ||
  protocol === DESTINATION ||
  protocol === MOBILITY ||
  protocol === HIP ||
  protocol === SHIM6

/** True for the extension headers that are messages of their own: RFC 6275, RFC 7401, RFC 5533. */
export const isMessage = (protocol: number): boolean =>
  protocol === MOBILITY || protocol === HIP || protocol === SHIM6

/** Length in bytes of an extension header: units of 8 beyond the first 8 (RFC 8200), of 4 beyond 8 for AH (RFC 4302). */
export const extensionLength = (b: Uint8Array, at: number): number => (b[at + 1] + 1) << 3
export const authenticationLength = (b: Uint8Array, at: number): number => (b[at + 1] + 2) << 2

export const fragmentOffset = (b: Uint8Array, at: number): number => u16(b, at + 2) >>> 3
export const fragmentMore = (b: Uint8Array, at: number): boolean => (b[at + 3] & 1) === 1
export const fragmentId = (b: Uint8Array, at: number): number => u32(b, at + 4)
