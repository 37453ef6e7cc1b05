/**
 * OSI session (ISO 8327-1, ITU-T X.225), presentation (ISO 8823-1, X.226) and association control (ISO 8650-1, X.227), so far as
 * they lead to what they carry. Session PDU: an identifier, a length (one byte, or FF and two), parameters with the same kind of
 * length. Data go as 01 00 01 00 and a presentation PDU.
 */
import { u16 } from '../../wire/bytes.ts'
import { CUT, element, find, isTag, NONE, read, THERE } from './mms-ber.ts'

/** session PDUs */
export const GIVE_TOKENS = 1
export const REFUSE = 12
export const CONNECT = 13
export const ACCEPT = 14
export const FINISH = 9
export const DISCONNECT = 10
export const NOT_FINISHED = 8
export const ABORT = 25
export const ABORT_ACCEPT = 26

const USER_DATA = 0xc1
const EXTENDED_USER_DATA = 0xc2
const DATA_HEAD = 4

/** presentation: fully encoded data, a list of it, contents; CP, CPA, CPR in the normal mode */
const FULLY_ENCODED = 0x61
const SEQUENCE = 0x30
const SINGLE = 0xa0
const SET = 0x31
const NORMAL_MODE = 0xa2

/** association control */
export const ASSOCIATE = 0x60
export const ASSOCIATED = 0x61
export const RELEASE = 0x62
export const RELEASED = 0x63
export const ABORTED = 0x64
const USER_INFORMATION = 0xbe
const EXTERNAL = 0x28

/** Where what was looked for begins and ends as stated: filled by the functions below. */
export const found = {
  from: 0,
  to: 0,
  /** fully encoded data: where the next of their list begins, and where the list ends; where what follows it begins */
  next: 0,
  end: 0,
  behind: 0,
}

/** The presentation PDU behind the head of data at `at`. */
export const isData = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= DATA_HEAD && b[at] === GIVE_TOKENS && b[at + 1] === 0 && b[at + 2] === 1 && b[at + 3] === 0

/** Whether a session PDU of a connection begins at `at`: its length is that of the `length` bytes it came in. */
export function isConnection(b: Uint8Array, at: number, end: number, length: number): boolean {
  const spdu = b[at]
  const isOne =
    (spdu >= NOT_FINISHED && spdu <= ACCEPT && spdu !== 11) || spdu === ABORT || spdu === ABORT_ACCEPT
  if (!isOne || end - at < 2) return false
  if (b[at + 1] !== 0xff) return 2 + b[at + 1] === length
  return end - at >= 4 && 4 + u16(b, at + 2) === length
}

/** Finds the user data of the session PDU at `at`, which ends at `stop` as stated. */
export function sessionData(b: Uint8Array, at: number, end: number, stop: number): number {
  let one = parameterContent(b, at, end)
  while (one > 0 && one < stop) {
    const from = parameterContent(b, one, end)
    if (from === 0) return CUT
    const to = from + (b[one + 1] === 0xff ? u16(b, one + 2) : b[one + 1])
    if (to > stop) return NONE
    if (b[one] === USER_DATA || b[one] === EXTENDED_USER_DATA) {
      found.from = from
      found.to = to
      return THERE
    }
    one = to
  }
  return one === 0 ? CUT : NONE
}

/** Where the content of a parameter (or PDU) begins; 0 = its length is not here. */
function parameterContent(b: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return 0
  if (b[at + 1] !== 0xff) return at + 2
  return at + 4 > end ? 0 : at + 4
}

/** Finds what the first of the fully encoded data at `at` carries. */
export function encodedData(b: Uint8Array, at: number, end: number, stop: number): number {
  const said = read(b, at, end, stop)
  if (said !== THERE || element.tag !== FULLY_ENCODED) return said === CUT ? CUT : NONE
  found.end = element.to
  found.behind = element.next
  return nextData(b, element.from, end, element.to)
}

/** Finds what the one at `at` carries, of a list that ends at `stop`. */
export function nextData(b: Uint8Array, at: number, end: number, stop: number): number {
  const said = read(b, at, end, stop)
  if (said !== THERE || !isTag(SEQUENCE)) return said === CUT ? CUT : NONE
  found.next = element.next
  return content(b, end)
}

/** Finds what a presentation PDU of a connection at `at` carries. */
export function connectionData(b: Uint8Array, at: number, end: number, stop: number): number {
  let said = read(b, at, end, stop)
  if (said !== THERE) return said
  if (element.tag === FULLY_ENCODED) return encodedData(b, at, end, stop)
  if (element.tag !== SET) return NONE
  for (const tag of [NORMAL_MODE, FULLY_ENCODED, SEQUENCE]) {
    said = find(b, element.from, end, element.to, tag)
    if (said !== THERE) return said
  }
  return content(b, end)
}

/** Finds the user information of the PDU of association control at hand, between `from` and `to`. */
export function userInformation(b: Uint8Array, from: number, end: number, to: number): number {
  let said = find(b, from, end, to, USER_INFORMATION)
  if (said === THERE) said = find(b, element.from, end, element.to, EXTERNAL)
  return said === THERE ? content(b, end) : said
}

/** The single ASN.1 value in the element at hand. */
function content(b: Uint8Array, end: number): number {
  const said = find(b, element.from, end, element.to, SINGLE)
  if (said !== THERE) return said
  found.from = element.from
  found.to = element.to
  return THERE
}
