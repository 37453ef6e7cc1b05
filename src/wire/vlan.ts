import { CUT, u16 } from './bytes.ts'

/** IEEE 802.1Q tag after its TPID: priority and VLAN id(2), type of what follows(2). */
export const HEADER = 4
export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
export const id = (b: Uint8Array, at: number): number => u16(b, at) & 0xfff
export const type = (b: Uint8Array, at: number): number => u16(b, at + 2)
