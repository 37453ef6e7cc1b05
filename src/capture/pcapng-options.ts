/** Reads of a pcapng section, in its byte order. Lengths are checked by who calls. */
export interface Fields {
  bytes: Uint8Array
  view: DataView
  little: boolean
}

/** Options all blocks share (draft-ietf-opsawg-pcapng section 3.5). */
const END_OF_OPTIONS = 0
export const OPT_COMMENT = 1

/**
 * Calls `visit` with the code, place and length of each option in [at, end). False where one is longer than the place
 * it has; those before it have been visited.
 */
export function readOptions(
  fields: Fields,
  at: number,
  end: number,
  visit: (code: number, at: number, length: number) => void,
): boolean {
  const { view, little } = fields
  while (end - at >= 4) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === END_OF_OPTIONS) return true
    if (length > end - at - 4) return false
    visit(code, at + 4, length)
    at += 4 + ((length + 3) & ~3)
  }
  return true
}

const UTF8 = new TextDecoder()

/** Text of an option or name; writers that end it with a zero byte are forgiven. */
export function textAt(fields: Fields, at: number, length: number): string {
  return UTF8.decode(fields.bytes.subarray(at, at + length)).replace(/\0.*$/s, '')
}

/** An unsigned 64-bit counter, or 0 where it says "unknown" or is beyond belief. */
export function counterAt(fields: Fields, at: number): number {
  const value = Number(fields.view.getBigUint64(at, fields.little))
  return value <= Number.MAX_SAFE_INTEGER ? value : 0
}
