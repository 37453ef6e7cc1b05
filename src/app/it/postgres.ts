/**
 * PostgreSQL: documentation of PostgreSQL 17, chapter 53 (frontend/backend protocol 3.0, 53.7 message formats). Nothing tells
 * whether a statement reads or writes, so that no actions are told, and nothing behind the login is read.
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { initials } from '../first-bytes.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'
import { isText, isWord, printable } from './text.ts'

const VERSION_3 = 3
const CANCEL = 80877102
const SSL = 80877103
const GSS = 80877104
const MOST = 1 << 28
const LONGEST_STARTUP = 10_000

const AUTHENTICATION = 0x52
const ERROR = 0x45
const READY = 0x5a
const STATUS = 0x53
const NOTICE = 0x4e

/** letters that messages begin with, from either end */
const LETTERS = '123ABCDEFGHIKNPQRSTVWXZcdfnpstv'
const LETTER = new Uint8Array(256)
for (const letter of LETTERS) LETTER[letter.charCodeAt(0)] = 1

const isTls = (b: Uint8Array, at: number, end: number): boolean =>
  b[at] === 0x16 && end - at > 1 && b[at + 1] === 3

/** Whether what asks for a connection, or for its encryption, stands at `at`: length and a code. */
function isStartup(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 8) return false
  const length = u32(b, at)
  const code = u32(b, at + 4)
  if (code === SSL || code === GSS) return length === 8
  if (code === CANCEL) return length === 16
  if (u16(b, at + 4) !== VERSION_3 || u16(b, at + 6) > 2 || length < 9 || length > LONGEST_STARTUP)
    return false
  return isText(b, at + 8, end, 4)
}

export const postgres: Protocol = {
  id: 'postgres',
  service: 'postgres',
  transports: [TCP],
  firstBytes: [0, ...initials(Array.from(LETTERS))],

  probe(b, at, end, carrier) {
    if (isStartup(b, at, end)) return u32(b, at) === carrier.length ? CERTAIN | FROM_CLIENT : NOT
    if (carrier.length === 1) return b[at] === STATUS || b[at] === NOTICE ? UNSURE | FROM_SERVER : NOT
    if (end - at < 9 || LETTER[b[at]] === 0) return NOT
    const length = u32(b, at + 1)
    if (length < 4 || length > MOST) return NOT
    // how to log in: 0 done, 3 clear, 5 MD5, 7 to 9 GSS, 10 to 12 SASL
    if (b[at] === AUTHENTICATION && u32(b, at + 5) >= 0 && u32(b, at + 5) <= 12 && length <= 200) {
      const next = at + 1 + length
      return next >= end || LETTER[b[next]] === 1 ? CERTAIN | FROM_SERVER : NOT
    }
    if (b[at] === ERROR && length > 12 && length < 2000 && isWord(b, at + 5, end, 'S'))
      return isText(b, at + 6, end, 4) && carrier.length >= length + 1 ? CERTAIN | FROM_SERVER : UNSURE
    return carrier.length >= length + 1 ? UNSURE : NOT
  },

  length(b, at, end) {
    if (end <= at) return 0
    if (b[at] === 0) {
      if (end - at < 8) return 0
      return isStartup(b, at, end) || (u16(b, at + 4) === VERSION_3 && u32(b, at) < LONGEST_STARTUP)
        ? u32(b, at)
        : -1
    }
    if (isTls(b, at, end)) return end - at < 5 ? 0 : 5 + u16(b, at + 3)
    if (LETTER[b[at]] === 0) return -1
    // the bare letter that answers a request for encryption; lengths of messages begin with a zero
    if (b[at] === STATUS || b[at] === NOTICE) {
      if (end - at < 2) return 1
      if (b[at + 1] !== 0) return 1
    }
    if (end - at < 5) return 0
    const length = u32(b, at + 1)
    return length < 4 || length > MOST ? -1 : 1 + length
  },

  read(b, at, end, length, to) {
    if (isTls(b, at, end)) {
      to.opaque()
      return to.done()
    }
    if (length === 1) return to.client(false)
    if (end - at < 5) return to.short()
    if (b[at] === 0) return to.client(true)
    if (b[at] === AUTHENTICATION) return to.client(false)
    if (b[at] === STATUS) return sayVersion(b, at + 5, end, to)
    if (b[at] === READY) to.done()
  },
}

/** A parameter's name and value, each ended by a zero: the server's version is one. */
function sayVersion(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (!isWord(b, at, end, 'server_version\0')) return
  to.client(false)
  to.heard('product', 'PostgreSQL')
  to.heard('version', printable(b, at + 15, end))
}
