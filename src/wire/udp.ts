import { CUT, u16 } from './bytes.ts'

/** UDP header, RFC 768; UDP-Lite (RFC 3828) has coverage where UDP has length. */
export const HEADER = 8
export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
export const length = (b: Uint8Array, at: number): number => u16(b, at + 4)
