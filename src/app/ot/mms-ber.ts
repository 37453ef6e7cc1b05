/**
 * Tags, lengths and contents of BER (ITU-T X.690, section 8.1) as MMS has them: tags of several bytes, and lengths that are not
 * stated. What is here may end before what is stated: contents are followed as far as they are here.
 */

/** The element read last. */
export const element = {
  /** first byte of its tag */
  tag: 0,
  /** the number of its tag */
  number: 0,
  /** its content: where it begins, where it ends as stated (perhaps behind what is here) */
  from: 0,
  to: 0,
  /** where the element behind it begins */
  next: 0,
}

/** Whether the element read last has this tag. */
export const isTag = (tag: number): boolean => element.tag === tag

/** how `read` and `find` ended */
export const THERE = 1
/** what would tell is not here */
export const CUT = 0
/** there is none, or it is none */
export const NONE = -1

const HIGH = 0x1f
const INDEFINITE = 0x80

/** Reads the element at `at` into `element`: it is within one that ends at `stop` as stated; `end` is where what is here ends. */
export function read(b: Uint8Array, at: number, end: number, stop: number): number {
  const said = header(b, at, end, stop)
  if (said !== THERE) return said
  if (element.to < 0) return unstated(b, element.from, end, stop)
  element.next = element.to
  return element.to > stop ? NONE : THERE
}

/** Reads tag and length: `to` is -1 where the length is not stated. */
function header(b: Uint8Array, at: number, end: number, stop: number): number {
  if (at >= stop) return NONE
  if (at + 2 > end) return CUT
  element.tag = b[at]
  element.number = b[at] & HIGH
  let next = at + 1
  if (element.number === HIGH) {
    element.number = 0
    for (let i = 0; ; i++, next++) {
      if (i === 3) return NONE
      if (next >= end) return CUT
      element.number = (element.number << 7) | (b[next] & 0x7f)
      if (b[next] < 0x80) break
    }
    next++
  }
  if (next >= end) return CUT
  const first = b[next++]
  element.from = next
  element.to = -1
  if (first < INDEFINITE) element.to = next + first
  else if (first > INDEFINITE) {
    const bytes = first & 0x7f
    if (bytes > 4) return NONE
    if (next + bytes > end) return CUT
    let length = 0
    for (let i = 0; i < bytes; i++) length = length * 256 + b[next + i]
    element.from = next + bytes
    element.to = element.from + length
  }
  return THERE
}

/** Finds the end of the element at hand, whose length is not stated: two zeroes, not of one within it. */
function unstated(b: Uint8Array, from: number, end: number, stop: number): number {
  const { tag, number } = element
  let at = from
  let depth = 1
  let said = NONE
  while (depth > 0) {
    said = header(b, at, end, stop)
    if (said !== THERE) break
    if (element.to < 0) {
      depth++
      at = element.from
    } else {
      if (element.tag === 0 && element.to === element.from) depth--
      at = element.to
    }
  }
  element.tag = tag
  element.number = number
  element.from = from
  // where its end is not here, what is here of it is
  element.to = said === THERE ? at - 2 : stop
  element.next = said === THERE ? at : stop
  return said === NONE ? NONE : THERE
}

/** Reads the first element with this tag among those from `at` to `stop`. */
export function find(b: Uint8Array, at: number, end: number, stop: number, tag: number): number {
  let one = at
  for (;;) {
    const said = read(b, one, end, stop)
    if (said !== THERE || element.tag === tag) return said
    // bytes that are not here hide what comes after them
    if (element.to > end) return CUT
    one = element.next
  }
}

/** An INTEGER of up to four bytes between `from` and `to`, as a word. */
export function integer(b: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let i = to - from > 4 ? to - 4 : from; i < to; i++) value = (value << 8) | b[i]
  return value
}
