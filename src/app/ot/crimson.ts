/**
 * Red Lion Crimson 3: no public specification; the two questions that public scanners (nmap's cr3-fingerprint) ask: length of
 * what follows, number of a property (012B manufacturer, 012A model), two bytes; answers have the property and a text ended by
 * a zero. Recognised, and these two answers are read; nothing else is.
 *
 * Functions of `act`: the number of the property (299 manufacturer, 298 model).
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { isText, printable } from '../it/text.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'

const MANUFACTURER = 0x012b
const MODEL = 0x012a
/** of an answer: length, property, two bytes */
const HEADER = 6

const isQuestion = (b: Uint8Array, at: number): boolean =>
  u16(b, at) === 4 && (u32(b, at + 2) === 0x012b1b00 || u32(b, at + 2) === 0x012a1a00)

export const crimson: Protocol = {
  id: 'crimson',
  service: 'crimson',
  transports: [TCP],

  probe(b, at, end, carrier) {
    if (end - at < HEADER) return NOT
    if (isQuestion(b, at)) return carrier.length === HEADER ? CERTAIN | FROM_CLIENT : NOT
    if (u16(b, at) + 2 !== carrier.length) return NOT
    const saysSomething = end - at > HEADER + 3 && isText(b, at + HEADER, end - 1, 4)
    if ((u16(b, at + 2) === MANUFACTURER || u16(b, at + 2) === MODEL) && saysSomething)
      return UNSURE | FROM_SERVER
    return UNSURE
  },

  length(b, at, end) {
    if (end - at < 2) return 0
    return u16(b, at) < 2 || u16(b, at) > 8192 ? -1 : 2 + u16(b, at)
  },

  read(b, at, end, _length, to) {
    if (end - at < HEADER) return to.short()
    const property = u16(b, at + 2)
    if (isQuestion(b, at)) {
      to.client(true)
      return to.act(A.DISCOVER, property, -1, -1, 0, 0)
    }
    if (property === MANUFACTURER || property === MODEL) {
      const text = printable(b, at + HEADER, end)
      if (text !== '') {
        to.client(false)
        to.answer(property, -1, false)
        return to.heard(property === MODEL ? 'product' : 'vendor', text)
      }
    }
    // a question or an answer, nobody can say
    if (to.fromOrig) to.act(A.UNKNOWN, property, -1, -1, 0, 0)
    else to.answer(property, -1, false)
  },

  functionActions: fn => (fn === MANUFACTURER || fn === MODEL ? A.DISCOVER : A.UNKNOWN),
  functionName: fn => (fn === MANUFACTURER ? 'manufacturer' : fn === MODEL ? 'model' : undefined),
}
