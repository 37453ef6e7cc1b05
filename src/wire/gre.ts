import { CUT, u16, u32, WRONG } from './bytes.ts'

/** GRE version 0, RFC 2784 and 2890 (with RFC 1701's routing bit), and version 1 of PPTP, RFC 2637. */
const CHECKSUM = 0x8000
const ROUTING = 0x4000
const KEY = 0x2000
const SEQUENCE = 0x1000
const V1_ACK = 0x0080
const VERSION = 0x0007

export const flags = (b: Uint8Array, at: number): number => u16(b, at)
export const protocol = (b: Uint8Array, at: number): number => u16(b, at + 2)
export const version = (b: Uint8Array, at: number): number => u16(b, at) & VERSION
export const hasKey = (b: Uint8Array, at: number): boolean => (u16(b, at) & (KEY | VERSION)) === KEY
export const hasSequence = (b: Uint8Array, at: number): boolean => (u16(b, at) & SEQUENCE) !== 0

/** Length of the header with its optional words. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return CUT
  const bits = u16(b, at)
  if ((bits & VERSION) > 1) return WRONG
  let length = 4
  if ((bits & VERSION) === 1) {
    length = 8 // the key (payload length and call id) is always there
    if (bits & SEQUENCE) length += 4
    if (bits & V1_ACK) length += 4
  } else {
    if (bits & (CHECKSUM | ROUTING)) length += 4
    if (bits & KEY) length += 4
    if (bits & SEQUENCE) length += 4
    if (bits & ROUTING) length = routed(b, at, length, end)
  }
  return length === CUT || end - at < length ? CUT : length
}

/** Source route entries of RFC 1701 end with one of family 0 and length 0. */
function routed(b: Uint8Array, at: number, start: number, end: number): number {
  let length = start
  while (end - at >= length + 4) {
    const entry = b[at + length + 3]
    const last = u16(b, at + length) === 0 && entry === 0
    length += 4 + entry
    if (last) return length
  }
  return CUT
}

/** The key word, or -1 where there is none (NVGRE, RFC 7637: the upper 24 bits are the virtual subnet). */
export function key(b: Uint8Array, at: number): number {
  if (!hasKey(b, at)) return -1
  return u32(b, at + (u16(b, at) & (CHECKSUM | ROUTING) ? 8 : 4))
}
