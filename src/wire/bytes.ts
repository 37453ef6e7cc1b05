/**
 * Big-endian reads without bound tests: the caller has checked the header these bytes belong to.
 * `u32` gives a signed 32-bit value, so that it stays a small integer wherever it is passed.
 */
export const u16 = (b: Uint8Array, at: number): number => (b[at] << 8) | b[at + 1]
export const u24 = (b: Uint8Array, at: number): number => (b[at] << 16) | (b[at + 1] << 8) | b[at + 2]
export const u32 = (b: Uint8Array, at: number): number =>
  (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]

/** What every `check` answers when it is not the header's length in bytes: cut by the capture, or wrong by itself. */
export const CUT = 0
export const WRONG = -1
