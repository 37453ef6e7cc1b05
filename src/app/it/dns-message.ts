/**
 * Messages of DNS and of those that took its format: RFC 1035, section 4.1. Names are followed to their end, and a message has
 * to hold what its header counts: other bytes do not pass.
 */
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, UNSURE } from '../protocol.ts'

export const DNS_HEADER = 12
export const RESPONSE = 0x8000
/** the bit of a class that mDNS has a use for: "answer to me alone", "forget the others" (RFC 6762, section 18) */
const TOP_BIT = 0x8000
/** type, class, time to live, length */
export const RECORD_HEAD = 10
/** RFC 1035, section 2.3.4 */
const MOST_NAME = 255
const OPT = 41
const IN = 1
const ANY_CLASS = 255

/** what names are made of: ASCII is what people ask for, mDNS has UTF-8 and blanks, tunnels have anything */
const ASCII = 0
export const TEXT = 1
const ANY_BYTE = 2

const NOTIFY = 4
const UPDATE = 5

/** Position behind the name at `at`; -1 = no name, -2 = it goes on behind `end`. `start` is where the message begins. */
export function afterName(b: Uint8Array, at: number, end: number, start: number, letters: number): number {
  let i = at
  while (i < end) {
    const length = b[i]
    if (length === 0) return i + 1
    if (length >= 0xc0) {
      if (i + 2 > end) return -2
      const target = u16(b, i) & 0x3fff
      return target >= DNS_HEADER && target < i - start ? i + 2 : -1
    }
    if (length > 63 || i - at + length >= MOST_NAME) return -1
    const last = Math.min(end, i + 1 + length)
    for (let c = i + 1; c < last; c++) if (!isNameByte(b[c], letters)) return -1
    i += 1 + length
  }
  return -2
}

const isNameByte = (c: number, letters: number): boolean =>
  letters === ANY_BYTE || (c > 0x20 && c < 0x7f) || (letters === TEXT && c >= 0x20 && c !== 0x7f)

/** Types that IANA has a use for, or leaves to private use. */
const isType = (type: number): boolean =>
  (type >= 1 && type <= 128) ||
  (type >= 249 && type <= 262) ||
  type === 32768 ||
  type === 32769 ||
  type === 65281

/** IN, CH, HS, NONE, ANY */
const isClass = (value: number): boolean =>
  value === IN || value === 3 || value === 4 || value === 254 || value === ANY_CLASS

/** Likeness of a message of unicast DNS of `length` bytes, of which those before `end` are here. */
export function dnsLikeness(b: Uint8Array, at: number, end: number, length: number): number {
  // one question, or none in the later parts of a long answer
  if (end - at < DNS_HEADER || b[at + 4] !== 0 || b[at + 5] > 1) return NOT
  const flags = u16(b, at + 2)
  const operation = (flags >> 11) & 15
  const isAnswer = flags >= RESPONSE
  // the bit that stays zero
  if (operation > UPDATE || operation === 3 || (flags & 0x40) !== 0) return NOT
  const asked = b[at + 5]
  const answers = u16(b, at + 6)
  const authorities = u16(b, at + 8)
  const more = u16(b, at + 10)
  const records = answers + authorities + more
  if (records * (RECORD_HEAD + 1) > length) return NOT
  const who = isAnswer ? FROM_SERVER : FROM_CLIENT
  if (!isAnswer) {
    if (asked !== 1 || (flags & 15) !== 0) return NOT
    // a question brings at most what it wants to differ from, its options and its signature
    if (operation < NOTIFY && ((flags & 0x0480) !== 0 || answers > 0 || authorities > 1 || more > 2))
      return NOT
  }
  if (asked === 0) {
    // nothing but a header refuses what was no question
    if (records === 0) return length === DNS_HEADER && (flags & 15) !== 0 ? UNSURE | who : NOT
    return recordLikeness(b, at + DNS_HEADER, end, at, length) === NOT ? NOT : UNSURE | who
  }
  let type = afterName(b, at + DNS_HEADER, end, at, ASCII)
  const sure = type === -1 ? UNSURE : CERTAIN
  if (type === -1) type = afterName(b, at + DNS_HEADER, end, at, ANY_BYTE)
  if (type === -1) return NOT
  if (type === -2 || type + 4 > end)
    return end - at < length && end - at > DNS_HEADER + 4 ? UNSURE | who : NOT
  if (!isType(u16(b, type)) || !isClass(u16(b, type + 2))) return NOT
  const behind = type + 4
  if (records === 0) return behind - at === length ? sure | who : NOT
  if (behind >= end && end - at < length) return sure | who
  return recordLikeness(b, behind, end, at, length) === NOT ? NOT : sure | who
}

/** Likeness of the record at `at` in a message of `length` bytes that begins at `start`. */
function recordLikeness(b: Uint8Array, at: number, end: number, start: number, length: number): number {
  const type = afterName(b, at, end, start, ANY_BYTE)
  if (type === -1) return NOT
  if (type === -2 || type + RECORD_HEAD > end) return end - start < length ? CERTAIN : NOT
  const value = u16(b, type)
  if (!isType(value) || (value !== OPT && !isClass(u16(b, type + 2)))) return NOT
  return type + RECORD_HEAD + u16(b, type + 8) - start <= length ? CERTAIN : NOT
}

/** Likeness of a message that goes to a group: mDNS (any number of questions and records), LLMNR (one question). */
export function groupLikeness(b: Uint8Array, at: number, end: number, length: number): number {
  if (end - at < DNS_HEADER) return NOT
  // operation and result are none but 0
  const flags = u16(b, at + 2)
  if ((flags & 0x780f) !== 0) return NOT
  const asked = u16(b, at + 4)
  const records = u16(b, at + 6) + u16(b, at + 8) + u16(b, at + 10)
  if (asked + records === 0 || asked * 5 + records * (RECORD_HEAD + 1) > length) return NOT
  const who = flags >= RESPONSE ? FROM_SERVER : FROM_CLIENT
  const type = afterName(b, at + DNS_HEADER, end, at, TEXT)
  if (type === -1) return NOT
  if (type === -2 || type + 4 > end) return end - at < length ? UNSURE | who : NOT
  const value = u16(b, type)
  if (!isType(value) || (value !== OPT && !isClass(u16(b, type + 2) & ~TOP_BIT))) return NOT
  return CERTAIN | who
}

/** The first label of the name at `at` in plain letters, pointers not followed; '' where there is none. */
export function firstLabel(b: Uint8Array, at: number, end: number): string {
  const length = b[at]
  if (at >= end || length === 0 || length > 63 || at + 1 + length > end) return ''
  let text = ''
  for (let i = at + 1; i <= at + length; i++) {
    if (b[i] <= 0x20 || b[i] > 0x7e) return ''
    text += String.fromCharCode(b[i])
  }
  return text
}
