/** IPv4, IPv6 and MAC addresses as numbers: strict reading and canonical text. Pure values, cold path only. */

/** A 128-bit value as four unsigned 32-bit words, most significant first; an IPv4 address lies in word 3. */
export type Words = [number, number, number, number]

/**
 * Reads an IPv4 address: four decimal numbers 0..255 without leading zeros (RFC 6943 section 3.1.1 on why the loose
 * forms are a trap). Unsigned 32-bit value, or undefined.
 */
export function parseIPv4(text: string): number | undefined {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text)
  if (match === null) return undefined
  let value = 0
  for (let i = 1; i <= 4; i++) {
    const part = Number(match[i])
    if (part > 255) return undefined
    value = value * 256 + part
  }
  return value
}

/** Reads an IPv6 address in any of the text forms of RFC 4291 section 2.2; no zone id, no brackets. */
export function parseIPv6(text: string): Words | undefined {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0], halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1], true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  const words: Words = [0, 0, 0, 0]
  for (let i = 0; i < 4; i++) words[i] = groups[i * 2] * 65536 + groups[i * 2 + 1]
  return words
}

/** 16-bit groups of one side of `::`; a dotted IPv4 address may stand at the very end. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const value = parseIPv4(part)
      if (value === undefined) return undefined
      groups.push(Math.floor(value / 65536), value % 65536)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/** Reads an address of either family. */
export function parseAddress(text: string): { version: 4 | 6; words: Words } | undefined {
  const four = parseIPv4(text)
  if (four !== undefined) return { version: 4, words: [0, 0, 0, four] }
  const six = parseIPv6(text)
  return six === undefined ? undefined : { version: 6, words: six }
}

/**
 * Text of an address: dotted decimal, or RFC 5952 (lower case, no leading zeros, the longest run of zero groups as
 * `::`, IPv4-mapped addresses in mixed notation). Words may be signed or unsigned; IPv4 uses the last one.
 */
export function formatAddress(version: 4 | 6, w0: number, w1: number, w2: number, w3: number): string {
  if (version === 4) return dotted(w3)
  if ((w0 | w1) === 0 && w2 >>> 0 === 0xffff) return `::ffff:${dotted(w3)}`
  const groups: number[] = []
  for (const word of [w0, w1, w2, w3]) groups.push(word >>> 16, word & 0xffff)
  let start = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > length) {
      start = i
      length = end - i
    }
    if (end > i) i = end
  }
  const text = (from: number, to: number) => groups.slice(from, to).map(hex).join(':')
  return start < 0 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`
}

/** two hex digits of each byte: numbers above 2^30 are slow to turn into text, and records have many of them */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A 32-bit word as eight hex digits. */
export const hex32 = (word: number): string =>
  HEX[word >>> 24] + HEX[(word >>> 16) & 255] + HEX[(word >>> 8) & 255] + HEX[word & 255]

/** Text of a MAC address from its high 16 and low 32 bits: `00:0e:8c:01:02:03`. */
export function formatMac(high: number, low: number): string {
  const [a, b] = [HEX[(high >>> 8) & 255], HEX[high & 255]]
  return `${a}:${b}:${HEX[low >>> 24]}:${HEX[(low >>> 16) & 255]}:${HEX[(low >>> 8) & 255]}:${HEX[low & 255]}`
}

/** Reads a MAC address, six pairs of hex digits separated by `:` or by `-`, as its high 16 and low 32 bits (unsigned). */
export function parseMac(text: string): { high: number; low: number } | undefined {
  if (!/^[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}$/.test(text)) return undefined
  const digits = text.replace(/[:-]/g, '')
  return { high: Number.parseInt(digits.slice(0, 4), 16), low: Number.parseInt(digits.slice(4), 16) }
}

/** First and last address of the prefix that holds `words`: `bits` counted within the family (0..32 or 0..128). */
export function prefixRange(version: 4 | 6, words: Words, bits: number): { first: Words; last: Words } {
  const first: Words = [0, 0, 0, 0]
  const last: Words = [0, 0, 0, 0]
  const fixed = version === 4 ? bits + 96 : bits
  for (let i = version === 4 ? 3 : 0; i < 4; i++) {
    const kept = Math.min(32, Math.max(0, fixed - i * 32))
    const mask = kept === 0 ? 0 : (0xffffffff << (32 - kept)) >>> 0
    first[i] = (words[i] & mask) >>> 0
    last[i] = (words[i] | ~mask) >>> 0
  }
  return { first, last }
}

function dotted(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

function hex(group: number): string {
  return group.toString(16)
}
