/**
 * X Window System: X Window System Protocol, X Version 11 (section 8 connection setup). Recognised only.
 */
import { u16 } from '../../wire/bytes.ts'
import { u16le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'

/** byte orders, as the client names them */
const BIG = 0x42
const LITTLE = 0x6c
const MAJOR = 11
const SETUP = 12

const padded = (length: number): number => (length + 3) & ~3

export const x11: Protocol = {
  id: 'x11',
  service: 'x11',
  transports: [TCP],
  firstBytes: [BIG, LITTLE, 0, 1, 2],

  probe(b, at, end, carrier) {
    if (end - at < 8) return NOT
    if (b[at] === BIG || b[at] === LITTLE) {
      if (end - at < SETUP) return NOT
      const word = b[at] === BIG ? u16 : u16le
      if (word(b, at + 2) !== MAJOR || word(b, at + 4) !== 0) return NOT
      // names of the authorisation protocol and its data follow
      const length = SETUP + padded(word(b, at + 6)) + padded(word(b, at + 8))
      return length === carrier.length ? CERTAIN | FROM_CLIENT : NOT
    }
    // failed, success, authenticate; then the version, in the client's byte order, and the length in words
    if (b[at] > 2) return NOT
    const isBig = u16(b, at + 2) === MAJOR
    if (!isBig && u16le(b, at + 2) !== MAJOR) return NOT
    const length = 8 + 4 * (isBig ? u16(b, at + 6) : u16le(b, at + 6))
    return (isBig ? u16(b, at + 4) : u16le(b, at + 4)) === 0 && length > 8 && carrier.length <= length
      ? UNSURE | FROM_SERVER
      : NOT
  },
}
