/**
 * Oracle Net (TNS): packet types and headers as Wireshark's documentation of TNS and Oracle's Database Net Services
 * Administrator's Guide (connect descriptors) describe them. Nothing tells whether a statement reads or writes.
 *
 * Functions of `act`: 1 connect. No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
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
import { decimal, dottedAddress, findAnyCase } from './text.ts'

const HEADER = 8
const CONNECT = 1
const ACCEPT = 2
const REFUSE = 4
const REDIRECT = 5
const LAST_TYPE = 15
/** packet lengths have four bytes from version 315 on, once a connection was accepted */
const OLDEST = 300
const NEWEST = 340
const MOST = 1 << 21

/** Header: length (two bytes, then a zero checksum; or four), type, flags, checksum of the header (0). */
function lengthAt(b: Uint8Array, at: number): number {
  return u16(b, at) === 0 ? u32(b, at) : u16(b, at + 2) === 0 ? u16(b, at) : -1
}

export const oracle: Protocol = {
  id: 'oracle',
  service: 'oracle',
  transports: [TCP],

  probe(b, at, end, carrier) {
    if (end - at < HEADER || b[at + 4] < 1 || b[at + 4] > LAST_TYPE || u16(b, at + 6) !== 0) return NOT
    const type = b[at + 4]
    const length = lengthAt(b, at)
    if (length < HEADER) return NOT
    if (end - at >= 12 && (type === CONNECT || type === ACCEPT)) {
      const version = u16(b, at + 8)
      if (version < OLDEST || version > NEWEST) return NOT
      if (type === ACCEPT) return length === carrier.length ? CERTAIN | FROM_SERVER : NOT
      const oldest = u16(b, at + 10)
      if (oldest < 100 || oldest > version || end - at < 28) return NOT
      // where the connect descriptor stands in the packet; a long one follows in a packet of its own
      const text = at + u16(b, at + 26)
      const fits = u16(b, at + 24) > length - HEADER || text >= end || b[text] === 0x28
      return fits && u16(b, at + 26) >= 26 ? CERTAIN | FROM_CLIENT : NOT
    }
    if (type === REFUSE || type === REDIRECT) {
      const from = type === REFUSE ? at + 12 : at + 10
      const who = from < end && b[from] === 0x28 ? CERTAIN : UNSURE
      return length === carrier.length ? who | FROM_SERVER : NOT
    }
    return length === carrier.length ? UNSURE : NOT
  },

  length(b, at, end) {
    if (end - at < 5) return 0
    const length = lengthAt(b, at)
    return length < HEADER || length > MOST || b[at + 4] > LAST_TYPE ? -1 : length
  },

  read(b, at, end, _length, to) {
    if (end - at < HEADER) return to.short()
    switch (b[at + 4]) {
      case CONNECT:
        to.client(true)
        return to.act(A.SESSION, CONNECT, -1, -1, 0, 0)
      case ACCEPT:
        to.client(false)
        to.answer(CONNECT, -1, false)
        return to.done()
      case REFUSE:
        to.client(false)
        return to.answer(CONNECT, -1, true)
      case REDIRECT:
        to.client(false)
        return readRedirect(b, at + HEADER, end, to)
    }
  },

  functionActions: () => A.SESSION,
  functionName: fn => (fn === CONNECT ? 'connect' : undefined),
}

/** "(ADDRESS=(PROTOCOL=tcp)(HOST=10.1.1.1)(PORT=1526))": where to connect to instead. */
function readRedirect(b: Uint8Array, at: number, end: number, to: Notes): void {
  const last = Math.min(end, at + 2048)
  const port = findAnyCase(b, at, last, '(port=')
  if (port < 0) return
  const host = findAnyCase(b, at, last, '(host=')
  const number = decimal(b, port + 6, last)
  if (number < 1 || number > 65535) return
  to.announce(TCP, number, true, host < 0 ? 0 : dottedAddress(b, host + 6, last, 0x2e))
}
