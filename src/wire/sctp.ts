import { CUT } from './bytes.ts'

/** SCTP common header, RFC 9260 section 3.1; its ports lie where those of TCP lie. First chunk's type tells INIT and INIT ACK. */
export const HEADER = 12
export const INIT = 1
export const INIT_ACK = 2
export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
export const firstChunk = (b: Uint8Array, at: number): number => b[at + HEADER]
