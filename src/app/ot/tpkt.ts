/**
 * ISO transport over TCP: RFC 1006 (TPKT, TCP port 102) and RFC 2126, with the TPDUs of ISO/IEC 8073 (ITU-T X.224) class 0. It
 * carries S7comm, S7comm-plus and MMS; RDP begins with the same two layers, but names no TSAPs.
 *
 * TPKT: version 3, a zero, the length of the packet with these four bytes. TPDU: a length indicator (of the header behind it),
 * a code. A message longer than one TPDU goes in several DT, the last of them with the mark EOT.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import type { Notes } from '../protocol.ts'

/** functions that all of the family have, besides their own: the codes of the TPDUs */
export const CONNECT = 0xe0
export const DISCONNECT = 0x80
const CONFIRM = 0xd0
const DISCONNECT_CONFIRM = 0xc0
const DATA = 0xf0
export const ERROR = 0x70
/** TPKT and length indicator */
const HEAD = 5
const CODE_AT = 5
const SOURCE_AT = 8
/** length indicator of a CR, CC or DR without parameters, of a DT */
const FIXED = 6
const DATA_FIXED = 2
const EOT = 0x80
const LEAST = HEAD + DATA_FIXED

const TPDU_SIZE = 0xc0
const CALLING = 0xc1
const CALLED = 0xc2
const LAST_OWN = 0xc7
const PREFERRED_SIZE = 0xf0
/** acknowledgement time .. reassignment time */
const TIMES_FROM = 0x85
const TIMES_TO = 0x8b

/** Bytes of the packet at `at`, as `Protocol.length` has it. */
export function tpktLength(b: Uint8Array, at: number, end: number): number {
  const here = end - at
  if (here < 1) return 0
  if (b[at] !== 3 || (here > 1 && b[at + 1] !== 0)) return -1
  if (here < 4) return 0
  const length = u16(b, at + 2)
  if (length < LEAST) return -1
  if (here <= CODE_AT)
    return here === HEAD && (b[at + 4] < DATA_FIXED || b[at + 4] > length - HEAD) ? -1 : length
  const header = b[at + 4]
  if (header > length - HEAD) return -1
  switch (b[at + CODE_AT]) {
    case DATA:
      return header === DATA_FIXED ? length : -1
    case CONNECT:
    case CONFIRM:
      return header >= FIXED && header === length - HEAD ? length : -1
    case DISCONNECT:
      return header >= FIXED ? length : -1
    case DISCONNECT_CONFIRM:
    case ERROR:
      return header >= FIXED - 2 ? length : -1
    default:
      return -1
  }
}

/** Where the user data of the first DT in a payload that has any begins; -1 = none is here. S7 sends empty ones between. */
export function firstData(b: Uint8Array, at: number, end: number): number {
  for (let packet = at, i = 0; i < 4; i++) {
    if (end - packet < LEAST || tpktLength(b, packet, end) <= 0 || b[packet + CODE_AT] !== DATA) return -1
    const length = u16(b, packet + 2)
    if (length > LEAST) return packet + LEAST
    packet += length
  }
  return -1
}

/** Bytes of user data that begin at `from`, which `firstData` found: as stated. */
export const dataLength = (b: Uint8Array, from: number): number => u16(b, from - LEAST + 2) - LEAST

/** Whether the DT whose user data begins at `from` ends its message. */
export const isLast = (b: Uint8Array, from: number): boolean => (b[from - 1] & EOT) !== 0

/** What a CR or CC is by its TSAPs. */
export const NO_CONNECTION = 0
/** an OSI stack: MMS where it is called at TSAP 00 01, as IEC 61850-8-1 servers are */
export const OSI = 1
export const MMS = 2
/** TSAPs of two bytes: a kind of connection (1 programming, 2 operating, 3 other, 0x10.. configured), then rack and slot */
export const S7_LIKE = 3
export const S7 = 4
/** TSAPs that are texts, one of them SIMATIC-ROOT-... */
export const S7_PLUS = 5

/** Where the two TSAPs of the CR or CC at hand are: filled by `findTsaps`. */
const tsaps = { called: -1, calledLength: 0, calling: -1, callingLength: 0 }

/** The kind of the CR or CC at `at`. */
export function connectionKind(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEAD + FIXED || tpktLength(b, at, end) <= 0) return NO_CONNECTION
  const code = b[at + CODE_AT]
  // a CR goes to reference 0, and classes above 4 there are none
  if ((code !== CONNECT && code !== CONFIRM) || b[at + 10] >> 4 > 4) return NO_CONNECTION
  if (code === CONNECT && u16(b, at + 6) !== 0) return NO_CONNECTION
  if (!findTsaps(b, at, end)) return NO_CONNECTION
  const { called, calledLength, calling, callingLength } = tsaps
  if (called < 0) return OSI
  if (isSimatic(b, called, calledLength) || (calling >= 0 && isSimatic(b, calling, callingLength)))
    return S7_PLUS
  if (calledLength !== 2) return OSI
  if (b[called] === 0) return b[called + 1] === 1 ? MMS : OSI
  // bare MMS has been met with such, but no S7
  if (callingLength === 2 && b[calling] === 0) return OSI
  if (callingLength !== 2 || b[called] > 3 || (b[calling] > 3 && b[calling] < 0x10)) return S7_LIKE
  return S7
}

/** Whether it is a CC. */
export const isConfirm = (b: Uint8Array, at: number): boolean => b[at + CODE_AT] === CONFIRM

/** Walks the parameters of the CR or CC at `at`; false where they are not such. What the capture cut is not looked at. */
function findTsaps(b: Uint8Array, at: number, end: number): boolean {
  const stop = at + HEAD + b[at + 4]
  tsaps.called = -1
  tsaps.calling = -1
  tsaps.callingLength = 0
  let one = at + HEAD + FIXED
  while (one + 2 <= Math.min(end, stop)) {
    const length = b[one + 1]
    const next = one + 2 + length
    if (next > stop || length === 0 || !isParameter(b[one])) return false
    if (next > end) return true
    if (b[one] === CALLED) {
      tsaps.called = one + 2
      tsaps.calledLength = length
    } else if (b[one] === CALLING) {
      tsaps.calling = one + 2
      tsaps.callingLength = length
    }
    one = next
  }
  return one === stop || end < stop
}

const isParameter = (code: number): boolean =>
  (code >= TPDU_SIZE && code <= LAST_OWN) ||
  (code >= TIMES_FROM && code <= TIMES_TO) ||
  code === PREFERRED_SIZE

const SIMATIC = 'SIMATIC-ROOT-'
function isSimatic(b: Uint8Array, at: number, length: number): boolean {
  if (length < SIMATIC.length) return false
  for (let i = 0; i < SIMATIC.length; i++) if (b[at + i] !== SIMATIC.charCodeAt(i)) return false
  return true
}

/**
 * Reads the TPDU at `at`, which came whole or cut at `end`. Answers where its user data begins where it is a DT, else -1: all
 * it says has been told.
 */
export function readTpdu(b: Uint8Array, at: number, end: number, to: Notes): number {
  if (end - at <= CODE_AT) {
    to.short()
    return -1
  }
  switch (b[at + CODE_AT]) {
    case DATA:
      if (end - at >= LEAST) return at + LEAST
      to.short()
      return -1
    case CONNECT:
      to.client(true)
      to.act(A.SESSION, CONNECT, -1, -1, 0, 0)
      return -1
    case CONFIRM:
      to.client(false)
      to.answer(CONNECT, -1, false)
      return -1
    case DISCONNECT:
      // who refuses a connection has given it no reference
      if (end - at >= SOURCE_AT + 2 && u16(b, at + SOURCE_AT) === 0) {
        to.client(false)
        to.answer(CONNECT, -1, true)
      } else to.act(A.SESSION, DISCONNECT, -1, -1, 0, 0)
      return -1
    case DISCONNECT_CONFIRM:
      to.answer(DISCONNECT, -1, false)
      return -1
    case ERROR:
      to.act(A.SESSION, ERROR, -1, -1, 0, 0)
      return -1
    default:
      to.unfit()
      return -1
  }
}

/** What a function of the transport is called. */
export const transportName = (fn: number): string | undefined =>
  fn === CONNECT
    ? 'connect transport'
    : fn === DISCONNECT
      ? 'disconnect transport'
      : fn === ERROR
        ? 'transport error'
        : undefined

export const isTransport = (fn: number): boolean => fn === CONNECT || fn === DISCONNECT || fn === ERROR
