/**
 * MySQL and MariaDB: MySQL Internals, Client/Server Protocol (packets, connection phase). Nothing tells whether a statement
 * reads or writes, so that no actions are told, and nothing behind the login is read.
 */
import { u16le, u24le, u32le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { isDigit, isText, printable } from './text.ts'

const HEADER = 4
const PROTOCOL = 10
const ERROR = 0xff
/** capability flags: 4.1 protocol, TLS */
const PROTOCOL_41 = 0x200
const WANTS_TLS = 0x800

/** Position behind the zero that ends the version text of a greeting; -1 = this is no greeting. */
function afterVersion(b: Uint8Array, at: number, end: number): number {
  if (end - at < 12 || b[at + 3] !== 0 || b[at + 4] !== PROTOCOL || !isDigit(b[at + 5])) return -1
  for (let i = at + 5; i < end && i < at + 80; i++) {
    if (b[i] === 0) return i + 1
    if (b[i] < 0x20 || b[i] > 0x7e) return -1
  }
  return -1
}

/** Login of the 4.1 protocol, or what asks for TLS: flags, largest packet, character set, 23 zeroes (MariaDB: 19). */
function isLogin(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER + 32 || b[at + 3] !== 1 || (u16le(b, at + 4) & PROTOCOL_41) === 0) return false
  for (let i = at + 13; i < at + 32; i++) if (b[i] !== 0) return false
  return u24le(b, at) >= 32
}

export const mysql: Protocol = {
  id: 'mysql',
  service: 'mysql',
  transports: [TCP],

  probe(b, at, end, carrier) {
    // number of the packet: a greeting or a refusal has 0, what answers it 1
    const isFirst = b[at + 3] === 0 && (b[at + 4] === PROTOCOL || b[at + 4] === ERROR)
    if (end - at < 8 || (!isFirst && b[at + 3] !== 1)) return NOT
    const length = u24le(b, at)
    const version = afterVersion(b, at, end)
    if (version > 0) {
      // thread, eight bytes of challenge, a zero
      const filler = version + 12
      const fits = carrier.length === HEADER + length && (filler >= end || b[filler] === 0)
      return fits ? CERTAIN | FROM_SERVER : NOT
    }
    if (isLogin(b, at, end))
      return carrier.length >= HEADER + length ? CERTAIN | FROM_CLIENT : UNSURE | FROM_CLIENT
    // refused before a greeting: error number 1000 to 1999 and a text
    if (b[at + 3] === 0 && b[at + 4] === ERROR && carrier.length === HEADER + length && length > 9) {
      const number = u16le(b, at + 5)
      return number >= 1000 && number < 2000 && isText(b, at + 7, end, 40) ? UNSURE | FROM_SERVER : NOT
    }
    return NOT
  },

  length(b, at, end) {
    return end - at < HEADER ? 0 : HEADER + u24le(b, at)
  },

  read(b, at, end, _length, to) {
    const version = afterVersion(b, at, end)
    if (version > 0) {
      to.client(false)
      const text = printable(b, at + 5, version)
      to.heard('product', /mariadb/i.test(text) ? 'MariaDB' : 'MySQL')
      return to.heard('version', text)
    }
    if (isLogin(b, at, end)) {
      to.client(true)
      if ((u32le(b, at + 4) & WANTS_TLS) !== 0 && u24le(b, at) === 32) to.opaque()
    }
    to.done()
  },
}
