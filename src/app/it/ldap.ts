/**
 * LDAP: RFC 4511 (sections 4 and 5), over UDP as CLDAP (RFC 1798, and [MS-ADTS] 6.3.3).
 *
 * Functions of `act` are the numbers of the operations' request tags: 0 bind, 2 unbind, 3 search, 6 modify, 8 add, 10 delete,
 * 12 modify DN, 14 compare, 16 abandon, 23 extended. No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { readEach } from '../ot/datagram.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { berContent, berHeader, berNext, berNumber } from './ber.ts'
import { isWord } from './text.ts'

const SEQUENCE = 0x30
const APPLICATION = 0x1f
const OCTETS = 0x04
const ENUMERATED = 0x0a
const START_TLS = '1.3.6.1.4.1.1466.20037'
const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1'
/** where no PDU is longer, lest noise makes synchronisation wait */
const MOST = 1 << 24

/** application tag, as it stands on the wire -> what it is; the low five bits are the operation */
const ACTIONS: Readonly<Record<number, number>> = {
  96: A.SESSION,
  66: A.SESSION,
  99: A.READ,
  102: A.WRITE,
  104: A.WRITE,
  74: A.WRITE,
  108: A.WRITE,
  110: A.READ,
  80: A.SESSION,
  119: A.SESSION,
}
/** by operation */
const OPERATIONS = new Map(
  Object.entries(ACTIONS).map(([tag, actions]) => [Number(tag) & APPLICATION, actions]),
)
/** responses -> the operation they answer */
const ANSWERS: Readonly<Record<number, number>> = {
  97: 0,
  100: 3,
  101: 3,
  103: 6,
  105: 8,
  107: 10,
  109: 12,
  111: 14,
  115: 3,
  120: 23,
  121: 23,
}
const NAMES: Readonly<Record<number, string>> = {
  0: 'bind',
  2: 'unbind',
  3: 'search',
  6: 'modify',
  8: 'add',
  10: 'delete',
  12: 'modify DN',
  14: 'compare',
  16: 'abandon',
  23: 'extended operation',
}
/** results that refuse nothing: success, compare false and true, referral, SASL goes on */
const isGood = (result: number): boolean =>
  result === 0 || result === 5 || result === 6 || result === 10 || result === 14

/** Where the operation stands in the message at `at`; -1 = no message, 0 = not here. */
function operation(b: Uint8Array, at: number, end: number): number {
  if (end <= at || b[at] !== SEQUENCE) return -1
  const header = berHeader(b, at, end)
  if (header <= 0) return header
  const id = at + header
  if (end - id < 2) return 0
  if (b[id] !== 0x02 || b[id + 1] < 1 || b[id + 1] > 4) return -1
  const operation = id + 2 + b[id + 1]
  return operation < end ? operation : 0
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (end <= at) return 0
  if (b[at] === 0) {
    // behind a SASL security layer: four bytes of length (RFC 4513, section 5.2.1; RFC 4422, section 3.7)
    if (end - at < 4) return 0
    const wrapped = u32(b, at)
    return wrapped > 0 && wrapped < MOST ? 4 + wrapped : -1
  }
  if (isTlsRecord(b, at, end)) return end - at < 5 ? 0 : 5 + u16(b, at + 3)
  if (operation(b, at, end) < 0) return -1
  const header = berHeader(b, at, end)
  if (header <= 0) return header
  const content = berContent(b, at, header)
  return content < 5 || content > MOST ? -1 : header + content
}

function readMessage(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end > at && (b[at] === 0 || isTlsRecord(b, at, end))) return to.opaque()
  const op = operation(b, at, end)
  if (op < 0) return to.unfit()
  if (op === 0) return to.short()
  if (berNext(b, at, end) > at + length) return to.unfit()
  const tag = b[op]
  const inside = op + Math.max(2, berHeader(b, op, end))
  if (ANSWERS[tag] !== undefined) return readAnswer(b, inside, end, tag, to)
  to.client(true)
  if (ACTIONS[tag] === undefined) {
    to.act(A.UNKNOWN, tag & APPLICATION, -1, -1, 0, 0)
    return to.unfit()
  }
  const name = inside + 2
  if (tag === 119 && isWord(b, name, end, PASSWORD_MODIFY)) return to.act(A.CONFIGURE, 23, -1, -1, 0, 0)
  to.act(ACTIONS[tag], tag & APPLICATION, -1, -1, 0, 0)
  if (tag === 119 && isWord(b, name, end, START_TLS)) to.detail('starttls', 'asked for')
}

export const ldap: Protocol = {
  id: 'ldap',
  service: 'ldap',
  transports: [TCP, UDP],
  firstBytes: [SEQUENCE],

  probe(b, at, end, carrier) {
    const op = operation(b, at, end)
    if (op <= 0) return NOT
    const whole = berNext(b, at, end)
    const tag = b[op]
    const asks = ACTIONS[tag] !== undefined
    if (!asks && ANSWERS[tag] === undefined) return NOT
    const opEnd = berNext(b, op, end)
    // controls follow, or nothing does
    if (opEnd < 0 || opEnd > whole || (opEnd < whole && opEnd < end && b[opEnd] !== 0xa0)) return NOT
    const who = asks ? FROM_CLIENT : FROM_SERVER
    const inside = op + berHeader(b, op, end)
    if (whole > at + carrier.length && carrier.transport === UDP) return NOT
    return hasShape(b, inside, end, tag) ? CERTAIN | who : UNSURE | who
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readMessage),

  // of an extended operation the answer does not say which: it may have set a password
  functionActions: fn => (fn === 23 ? A.CONFIGURE | MAYBE : (OPERATIONS.get(fn) ?? A.UNKNOWN)),
  functionName: fn => NAMES[fn],
}

/** Whether what the operation begins with is what its kind has to begin with. */
function hasShape(b: Uint8Array, at: number, end: number, tag: number): boolean {
  if (tag === 96) return berNumber(b, at, end) >= 2 && berNumber(b, at, end) <= 3 && b[at + 3] === OCTETS
  if (tag === 66) return end === at
  if (tag === 74 || tag === 80) return false
  if (tag === 119) return at + 4 < end && b[at] === 0x80 && b[at + 3] === 0x2e
  if (tag === 99) {
    // base object, then scope 0..3 and how aliases are followed 0..3
    const scope = end - at > 2 && b[at] === OCTETS ? berNext(b, at, end) : -1
    const aliases = scope + 3
    return scope > 0 && aliases + 3 <= end && isSmall(b, scope) && isSmall(b, aliases)
  }
  if (tag === 100) {
    const attributes = end - at > 2 && b[at] === OCTETS ? berNext(b, at, end) : -1
    return attributes > 0 && attributes < end && b[attributes] === SEQUENCE
  }
  if (ANSWERS[tag] !== undefined)
    return end - at >= 5 && b[at] === ENUMERATED && b[at + 1] === 1 && b[at + 3] === OCTETS
  const next = end - at > 2 && b[at] === OCTETS ? berNext(b, at, end) : -1
  return next > 0 && next < end && (b[next] === SEQUENCE || b[next] === OCTETS)
}

const isSmall = (b: Uint8Array, at: number): boolean =>
  b[at] === ENUMERATED && b[at + 1] === 1 && b[at + 2] <= 3

const isTlsRecord = (b: Uint8Array, at: number, end: number): boolean =>
  b[at] >= 0x14 && b[at] <= 0x17 && (end - at < 2 || b[at + 1] === 3)

function readAnswer(b: Uint8Array, at: number, end: number, tag: number, to: Notes): void {
  to.client(false)
  // entries, references and intermediate responses have no result
  if (tag === 100 || tag === 115 || tag === 121) return to.answer(ANSWERS[tag], -1, false)
  const result = berNumber(b, at, end)
  if (result < 0) {
    to.answer(ANSWERS[tag], -1, false)
    return end - at < 3 ? to.short() : to.unfit()
  }
  to.answer(ANSWERS[tag], -1, !isGood(result))
}
