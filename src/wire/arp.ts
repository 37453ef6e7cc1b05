import { CUT, u16, u32, WRONG } from './bytes.ts'

/** ARP for IPv4 over Ethernet, RFC 826. */
export const HEADER = 28
export const REQUEST = 1
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  return u16(b, at + 2) === 0x0800 && b[at + 4] === 6 && b[at + 5] === 4 ? HEADER : WRONG
}
export const senderMacHigh = (b: Uint8Array, at: number): number => u16(b, at + 8)
export const senderMacLow = (b: Uint8Array, at: number): number => u32(b, at + 10)
export const senderAddress = (b: Uint8Array, at: number): number => u32(b, at + 14)
