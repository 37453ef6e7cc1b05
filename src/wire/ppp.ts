import { CUT, u16 } from './bytes.ts'

/** PPP, RFC 1661, with or without the HDLC address and control bytes of RFC 1662, protocol field of one or two bytes. */
export const IPV4 = 0x0021
export const IPV6 = 0x0057
export const MPLS = 0x0281

/** Length up to and with the protocol field. One byte 0xff is no protocol, but the half of an address and control. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at === 1 && b[at] === 0xff) return CUT
  const skip = addressed(b, at, end) ? 2 : 0
  if (end - at < skip + 1) return CUT
  const length = b[at + skip] & 1 ? skip + 1 : skip + 2
  return end - at < length ? CUT : length
}
const addressed = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= 2 && b[at] === 0xff && b[at + 1] === 0x03
export function protocol(b: Uint8Array, at: number, end: number): number {
  const start = addressed(b, at, end) ? at + 2 : at
  return b[start] & 1 ? b[start] : u16(b, start)
}
