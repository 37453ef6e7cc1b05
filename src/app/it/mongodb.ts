/**
 * MongoDB: MongoDB Wire Protocol (message header, opcodes), BSON specification 1.1. What a command does stands in its document,
 * which is not read: no actions are told.
 */
import { u32le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { isText } from './text.ts'

const HEADER = 16
const REPLY = 1
const QUERY = 2004
const COMPRESSED = 2012
const MESSAGE = 2013
/** largest message by default, 48,000,000 bytes */
const MOST = 48_000_000
/** smallest BSON document: its length and a zero */
const SMALLEST = 5

const isOpcode = (opcode: number): boolean =>
  opcode === REPLY ||
  (opcode >= 2001 && opcode <= MESSAGE && opcode !== 2003 && (opcode <= 2007 || opcode >= 2010))

export const mongodb: Protocol = {
  id: 'mongodb',
  service: 'mongodb',
  transports: [TCP],

  probe(b, at, end) {
    if (end - at < HEADER + 10) return NOT
    const opcode = u32le(b, at + 12)
    if (!isOpcode(opcode)) return NOT
    const length = u32le(b, at)
    if (length < HEADER + 10 || length > MOST) return NOT
    const who = u32le(b, at + 8) === 0 ? FROM_CLIENT : FROM_SERVER
    const body = at + HEADER
    if (opcode === MESSAGE) {
      // flags: checksum, more to come, exhaust; a section of one document
      if ((u32le(b, body) & ~0x10003) !== 0 || b[body + 4] > 1) return NOT
      const document = u32le(b, body + 5)
      return document >= SMALLEST && document <= length - HEADER - 5 ? CERTAIN | who : NOT
    }
    if (opcode === QUERY) {
      // flags, then "database.collection"
      return (u32le(b, body) & ~0xfe) === 0 && isText(b, body + 4, end, 5) ? CERTAIN | FROM_CLIENT : NOT
    }
    if (opcode === COMPRESSED) return isOpcode(u32le(b, body)) && b[body + 8] <= 3 ? CERTAIN | who : NOT
    if (opcode !== REPLY) return UNSURE | who
    if (end - at < HEADER + 24) return UNSURE | FROM_SERVER
    const documents = u32le(b, body + 16)
    const first = u32le(b, body + 20)
    const fits = documents > 0 && documents < 10_000 && first >= SMALLEST && first <= length - HEADER - 20
    return fits && (u32le(b, body) & ~0xf) === 0 ? CERTAIN | FROM_SERVER : NOT
  },

  length(b, at, end) {
    if (end - at < HEADER) return 0
    const length = u32le(b, at)
    return length < HEADER || length > MOST || !isOpcode(u32le(b, at + 12)) ? -1 : length
  },
}
