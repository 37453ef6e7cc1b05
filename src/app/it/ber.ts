/**
 * Tag, length and content as BER and DER write them (ITU-T X.690, section 8.1), for tags of one byte and definite lengths of
 * up to four. Nothing here reads at or behind `end`.
 */

/** Bytes of the tag and the length at `at`; 0 = not all of them are here, -1 = none that are read. */
export function berHeader(b: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 0
  const first = b[at + 1]
  if (first < 0x80) return 2
  const more = first & 0x7f
  if (more === 0 || more > 4) return -1
  return end - at < 2 + more ? 0 : 2 + more
}

/** Bytes of the content of what stands at `at`, whose header is `header` (2 or more) bytes; -1 = more than 2^31. */
export function berContent(b: Uint8Array, at: number, header: number): number {
  if (header === 2) return b[at + 1]
  let length = 0
  for (let i = at + 2; i < at + header; i++) length = length * 256 + b[i]
  return length > 0x7fffffff ? -1 : length
}

/** Position behind what stands at `at`; -1 = its header is not here or no good. It may lie behind `end`. */
export function berNext(b: Uint8Array, at: number, end: number): number {
  const header = berHeader(b, at, end)
  if (header <= 0) return -1
  const content = berContent(b, at, header)
  return content < 0 ? -1 : at + header + content
}

/** The INTEGER or ENUMERATED at `at`, of up to four bytes; -1 = none, or negative. */
export function berNumber(b: Uint8Array, at: number, end: number): number {
  if (end - at < 3 || (b[at] !== 0x02 && b[at] !== 0x0a)) return -1
  const length = b[at + 1]
  if (length < 1 || length > 4 || end - at < 2 + length || b[at + 2] >= 0x80) return -1
  let value = 0
  for (let i = at + 2; i < at + 2 + length; i++) value = (value << 8) | b[i]
  return value
}
