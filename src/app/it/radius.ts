/**
 * RADIUS: RFC 2865 (section 3 the packet, 5 attributes), RFC 2866 (accounting), RFC 5176 (disconnect, change of authorisation).
 *
 * Functions of `act`: the code of the request (1 access, 4 accounting, 12 status, 40 disconnect, 43 change of authorisation).
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const HEADER = 20
const LONGEST = 4096
const NAMES: Readonly<Record<number, string>> = {
  1: 'access request',
  4: 'accounting request',
  12: 'status server',
  40: 'disconnect request',
  43: 'change of authorisation request',
}
/** answers -> what they answer; 3, 42 and 45 refuse */
const ANSWERS: Readonly<Record<number, number>> = { 2: 1, 3: 1, 5: 4, 11: 1, 41: 40, 42: 40, 44: 43, 45: 43 }

const codeActions = (code: number): number => (code === 12 ? A.DIAGNOSE : A.SESSION)

/** How the attributes between `at` and `last` come out: 1 = evenly, 0 = not all of them are here, -1 = they do not. */
function attributes(b: Uint8Array, at: number, end: number, last: number): number {
  let attribute = at
  while (attribute < last) {
    if (attribute + 2 > end) return attribute + 2 > last ? -1 : 0
    if (b[attribute] === 0 || b[attribute + 1] < 2) return -1
    attribute += b[attribute + 1]
  }
  return attribute === last ? 1 : -1
}

export const radius: Protocol = {
  id: 'radius',
  service: 'radius',
  transports: [UDP],
  firstBytes: [...Object.keys(NAMES), ...Object.keys(ANSWERS)].map(Number),
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER) return NOT
    const asks = NAMES[b[at]] !== undefined
    if (!asks && ANSWERS[b[at]] === undefined) return NOT
    const length = u16(b, at + 2)
    if (length < HEADER || length > LONGEST || length > carrier.length) return NOT
    const fits = attributes(b, at + HEADER, end, at + length)
    if (fits < 0) return NOT
    const who = asks ? FROM_CLIENT : FROM_SERVER
    return fits === 1 && length > HEADER + 4 && length === carrier.length ? CERTAIN | who : UNSURE | who
  },

  read(b, at, end, length, to) {
    if (end - at < HEADER) return to.short()
    const code = b[at]
    const stated = u16(b, at + 2)
    if (stated < HEADER || stated > length) return to.unfit()
    if (NAMES[code] !== undefined) {
      to.client(true)
      to.act(codeActions(code), code, -1, -1, 0, 0)
    } else if (ANSWERS[code] !== undefined) {
      to.client(false)
      to.answer(ANSWERS[code], -1, code === 3 || code === 42 || code === 45)
    } else {
      to.act(A.UNKNOWN, code, -1, -1, 0, 0)
      to.unfit()
    }
  },

  functionActions: codeActions,
  functionName: fn => NAMES[fn],
}
