import { CUT, u16, u32, WRONG } from './bytes.ts'

/** TCP header, RFC 9293 section 3.1. */
export const HEADER = 20
export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10
export const URG = 0x20

/** Length of the header with options; WRONG where the data offset is below 5 words. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  const length = (b[at + 12] >>> 4) << 2
  return length < HEADER ? WRONG : length
}
export const srcPort = (b: Uint8Array, at: number): number => u16(b, at)
export const dstPort = (b: Uint8Array, at: number): number => u16(b, at + 2)
/** both ports as one word, source in the high half */
export const ports = (b: Uint8Array, at: number): number => u32(b, at)
export const seq = (b: Uint8Array, at: number): number => u32(b, at + 4)
export const ack = (b: Uint8Array, at: number): number => u32(b, at + 8)
export const flags = (b: Uint8Array, at: number): number => b[at + 13]
export const window = (b: Uint8Array, at: number): number => u16(b, at + 14)
