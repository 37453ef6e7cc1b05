/** Little-endian reads without bound tests, as those of src/wire/bytes.ts: the caller has checked what these bytes belong to. */
export const u16le = (b: Uint8Array, at: number): number => b[at] | (b[at + 1] << 8)
export const u24le = (b: Uint8Array, at: number): number => b[at] | (b[at + 1] << 8) | (b[at + 2] << 16)
/** A signed 32-bit value, which stays a small integer wherever it is passed. */
export const u32le = (b: Uint8Array, at: number): number =>
  b[at] | (b[at + 1] << 8) | (b[at + 2] << 16) | (b[at + 3] << 24)
