/**
 * What protocols of text lines share. Nothing here reads at or behind `end`, and only `printable` allocates.
 */

const SPACE = 0x20
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Whether the ASCII `word` stands at `at`, all of it before `end`. */
export function isWord(b: Uint8Array, at: number, end: number, word: string): boolean {
  if (at < 0 || end - at < word.length) return false
  for (let i = 0; i < word.length; i++) if (b[at + i] !== word.charCodeAt(i)) return false
  return true
}

/** Whether one of `words` stands at `at`. */
export function isOneOf(b: Uint8Array, at: number, end: number, words: readonly string[]): boolean {
  for (const word of words) if (isWord(b, at, end, word)) return true
  return false
}

/** Whether `word`, given in lower case, stands at `at` in any case. */
export function isAnyCase(b: Uint8Array, at: number, end: number, word: string): boolean {
  if (at < 0 || end - at < word.length) return false
  for (let i = 0; i < word.length; i++) if (lower(b[at + i]) !== word.charCodeAt(i)) return false
  return true
}

const lower = (c: number): number => (c >= 0x41 && c <= 0x5a ? c | 0x20 : c)

/** Position of the first `word` (lower case, any case meant) at or after `at`; -1 = none before `end`. */
export function findAnyCase(b: Uint8Array, at: number, end: number, word: string): number {
  for (let i = at; i + word.length <= end; i++) if (isAnyCase(b, i, end, word)) return i
  return -1
}

/** Position of the line feed that ends the line at `at`, looked for in at most `most` bytes; -1 = none. */
export function lineEnd(b: Uint8Array, at: number, end: number, most = 8192): number {
  const last = Math.min(end, at + most)
  for (let i = at; i < last; i++) if (b[i] === LINE_FEED) return i
  return -1
}

/** Position behind the empty line that ends a block of header lines, in at most `most` bytes; -1 = none. */
export function blockEnd(b: Uint8Array, at: number, end: number, most: number): number {
  const last = Math.min(end, at + most)
  for (let i = at; i < last; i++) {
    if (b[i] !== LINE_FEED) continue
    if (i + 1 < last && b[i + 1] === LINE_FEED) return i + 2
    if (i + 2 < last && b[i + 1] === CARRIAGE_RETURN && b[i + 2] === LINE_FEED) return i + 3
  }
  return -1
}

/**
 * Position of the value of a header field (`name` in lower case, with its colon) in the lines from `at`, blanks before it
 * passed over; -1 = no line begins with it.
 */
export function fieldValue(b: Uint8Array, at: number, end: number, name: string): number {
  let line = at
  while (line < end) {
    if (isAnyCase(b, line, end, name)) {
      let value = line + name.length
      while (value < end && b[value] === SPACE) value++
      return value
    }
    const feed = lineEnd(b, line, end)
    if (feed < 0) return -1
    line = feed + 1
  }
  return -1
}

export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39

/** Whether three digits stand at `at`, the first of them 1 to `most`: a reply code. */
export function isCode(b: Uint8Array, at: number, end: number, most: number): boolean {
  return end - at >= 3 && b[at] >= 0x31 && b[at] <= 0x30 + most && isDigit(b[at + 1]) && isDigit(b[at + 2])
}

/** The digits at `at` as a number up to 2^31 - 1; -1 = no digit there, or more than that. */
export function decimal(b: Uint8Array, at: number, end: number): number {
  if (at < 0 || at >= end || !isDigit(b[at])) return -1
  let value = 0
  for (let i = at; i < end && isDigit(b[i]); i++) {
    value = value * 10 + b[i] - 0x30
    if (value > 0x7fffffff) return -1
  }
  return value
}

/** Position behind the digits at `at`. */
export function afterDigits(b: Uint8Array, at: number, end: number): number {
  let i = at
  while (i < end && isDigit(b[i])) i++
  return i
}

/** The four numbers of an IPv4 address at `at`, between `between` (a dot, a comma), as a signed word; 0 = none. */
export function dottedAddress(b: Uint8Array, at: number, end: number, between: number): number {
  let word = 0
  let i = at
  for (let part = 0; part < 4; part++) {
    const value = decimal(b, i, end)
    if (value < 0 || value > 255) return 0
    word = (word << 8) | value
    i = afterDigits(b, i, end)
    if (part < 3 && (i >= end || b[i++] !== between)) return 0
  }
  return word
}

/** Whether the first bytes, at most `most`, are printable ASCII or end a line; false where there are none. */
export function isText(b: Uint8Array, at: number, end: number, most: number): boolean {
  const last = Math.min(end, at + most)
  for (let i = at; i < last; i++) {
    const c = b[i]
    if ((c < SPACE || c > 0x7e) && c !== LINE_FEED && c !== CARRIAGE_RETURN && c !== 0x09) return false
  }
  return at < last
}

/** The text from `at` to the end of its line, at most 64 characters; '' where it holds anything unprintable. */
export function printable(b: Uint8Array, at: number, end: number, most = 64): string {
  let text = ''
  const last = Math.min(end, at + most)
  for (let i = at; i < last; i++) {
    const c = b[i]
    if (c === LINE_FEED || c === CARRIAGE_RETURN || c === 0) break
    if (c < SPACE || c > 0x7e) return ''
    text += String.fromCharCode(c)
  }
  return text.trim()
}
