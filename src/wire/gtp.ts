import { CUT, u16, u32, WRONG } from './bytes.ts'

/** GTP-U version 1, 3GPP TS 29.281 section 5. Only message type 255 (G-PDU) carries a user packet. */
const HEADER = 8
const OPTIONAL = 4
const G_PDU = 255

/** Length of the header with extension headers; WRONG for other versions and messages. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  if (b[at] >>> 4 !== 3 || b[at + 1] !== G_PDU) return WRONG // version 1, protocol type GTP
  if (!(b[at] & 0x07)) return HEADER
  let length = HEADER + OPTIONAL
  if (end - at < length) return CUT
  let next = b[at] & 0x04 ? b[at + length - 1] : 0
  while (next !== 0) {
    if (end - at <= length) return CUT
    const units = b[at + length]
    if (units === 0) return WRONG
    length += units << 2
    if (end - at < length) return CUT
    next = b[at + length - 1]
  }
  return length
}
export const teid = (b: Uint8Array, at: number): number => u32(b, at + 4)
export const length = (b: Uint8Array, at: number): number => u16(b, at + 2)
