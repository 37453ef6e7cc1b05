/**
 * CoAP over UDP: RFC 7252 (messages, options), RFC 7641 (observing), RFC 8132 (FETCH, PATCH, iPATCH).
 *
 * Functions of `act` are the method codes: 1 GET, 2 POST, 3 PUT, 4 DELETE, 5 FETCH, 6 PATCH, 7 iPATCH; 0 = an empty message,
 * 31 = a request that was not seen, where its refusal does not tell the method.
 * Neither units nor addresses; paths are not kept. GET of /.well-known/core is a discovery, GET that observes is also a
 * report. Two bits of magic make certain of nothing: a request is only where its options are in order and name a path.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { isText, isWord } from '../it/text.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  type Protocol,
  UDP,
  UNSURE,
} from '../protocol.ts'

/** version and type and length of the token, code, message id; token; options; perhaps a payload */
const HEADER = 4
const MOST_TOKEN = 8
const PAYLOAD = 0xff

/** options: which are registered (0..63; RFC 7252, 7641, 7959, 8613, 8768), and those that mean something here */
const REGISTERED = new Set([
  1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 19, 20, 21, 23, 27, 28, 31, 35, 39, 60,
])
const OBSERVE = 6
const URI_PATH = 11
const HAS_PATH = 1
const IS_OBSERVED = 2
const IS_CORE = 4
const IS_ODD = 8

const NAMES = ['empty message', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH']
const GET = 1
const PUT = 3
const DELETE = 4
const UNSEEN = 31
/** codes of answers: 2.01 to 2.05, 2.31 */
const CREATED = 0x41
const DELETED = 0x42
const VALID = 0x43
const CHANGED = 0x44
const CONTENT = 0x45
const CONTINUE = 0x5f
const METHODS = [A.SESSION, A.READ, A.WRITE, A.WRITE, A.WRITE, A.READ, A.WRITE, A.WRITE]
const methodActions = (fn: number): number => METHODS[fn] ?? A.UNKNOWN

/** Whether a code is one of RFC 7252's and its relatives': a method, or a class of answers with what it may say. */
function isCode(code: number): boolean {
  const detail = code & 0x1f
  switch (code >> 5) {
    case 0:
      return detail < NAMES.length
    case 2:
      return (detail >= 1 && detail <= 5) || detail === 31
    case 4:
      return detail <= 15 || detail === 22 || detail === 29
    case 5:
      return detail <= 8
    default:
      return false
  }
}

/** version 1, a type and a length of the token; resets have none */
const FIRST = [...[0x40, 0x50, 0x60].flatMap(type => bytesFrom(type, type | MOST_TOKEN)), 0x70]

/** The options at `at` up to the payload, as bits; -1 = they do not hold together, or are cut. */
function optionBits(b: Uint8Array, at: number, end: number): number {
  let option = at
  let number = 0
  let bits = 0
  while (option < end && b[option] !== PAYLOAD) {
    let delta = b[option] >> 4
    let length = b[option] & 15
    option++
    if (delta === 15 || length === 15) return -1
    for (let i = 0; i < 2; i++) {
      let value = i === 0 ? delta : length
      if (value === 13 && option < end) value = 13 + b[option++]
      else if (value === 14 && option + 2 <= end) {
        value = 269 + u16(b, option)
        option += 2
      } else if (value >= 13) return -1
      if (i === 0) delta = value
      else length = value
    }
    number += delta
    if (option + length > end) return -1
    if (number === OBSERVE && (length === 0 || b[option] === 0)) bits |= IS_OBSERVED
    if (number === URI_PATH) {
      if (length > 0 && isText(b, option, option + length, length)) bits |= HAS_PATH
      else if (length > 0) bits |= IS_ODD
      if (isWord(b, option, option + length, '.well-known')) bits |= IS_CORE
    }
    if (!REGISTERED.has(number) && number < 64) bits |= IS_ODD
    option += length
  }
  // a payload that is announced has a byte at least
  return option === end - 1 ? -1 : bits
}

/** requests whose answer is awaited: a hash of the token, the method below it */
const SLOTS = 8

function tokenWord(b: Uint8Array, at: number, length: number): number {
  let hash = length + 1
  for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + b[i]) | 0
  return (hash << 3) | 0
}

export const coap: Protocol = {
  id: 'coap',
  service: 'coap',
  transports: [UDP],
  firstBytes: FIRST,
  memory: SLOTS,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || b[at] >> 6 !== 1 || !isCode(b[at + 1])) return NOT
    const token = b[at] & 15
    const code = b[at + 1]
    const options = at + HEADER + token
    if (token > MOST_TOKEN || HEADER + token > carrier.length) return NOT
    if (code === 0) return token === 0 && carrier.length === HEADER ? UNSURE : NOT
    // a reset carries no code, a request is not acknowledged by another
    const type = (b[at] >> 4) & 3
    if (type === 3 || (type === 2 && code < 0x20)) return NOT
    const bits = options <= end ? optionBits(b, options, end) : -1
    if (bits < 0 && end - at === carrier.length) return NOT
    if (code >= 0x20) return UNSURE | FROM_SERVER
    return bits > 0 && (bits & HAS_PATH) !== 0 && (bits & IS_ODD) === 0
      ? CERTAIN | FROM_CLIENT
      : UNSURE | FROM_CLIENT
  },

  read(b, at, end, length, to) {
    const token = end > at ? b[at] & 15 : 0
    const options = at + HEADER + token
    if (end - at < HEADER || options > end || b[at] >> 6 !== 1 || token > MOST_TOKEN) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return end - at < length ? to.short() : to.unfit()
    }
    const code = b[at + 1]
    const type = (b[at] >> 4) & 3
    const word = tokenWord(b, at + HEADER, token)
    const slot = (word >>> 3) & (SLOTS - 1)
    if (code === 0) {
      // a confirmable empty message is a ping; the others acknowledge and reset. Nothing follows (section 4.1)
      if (type === 0) to.act(A.SESSION, 0, -1, -1, 0, 0)
      return length > HEADER ? to.unfit() : undefined
    }
    if (code < 0x20) return readRequest(b, options, end, code, length > end - at, word, to)
    const asked = to.memory[slot]
    const isAsked = asked !== 0 && asked >> 3 === word >> 3
    to.answer(isAsked ? asked & 7 : answeredMethod(code), -1, code >= 0x80)
  },

  // whether a resource is looked for or observed was in the request
  functionActions: fn => methodActions(fn) | (fn === GET ? MAYBE : 0),
  functionName: fn => (fn === UNSEEN ? 'request that was not seen' : NAMES[fn]),
}

/** The method that an answer is to, as far as its code tells: RFC 7252 section 5.9.1, RFC 7959 section 2.9.1. */
function answeredMethod(code: number): number {
  switch (code) {
    case VALID:
    case CONTENT:
      return GET
    case CREATED:
    case CHANGED:
    case CONTINUE:
      return PUT
    case DELETED:
      return DELETE
    default:
      return UNSEEN
  }
}

function readRequest(
  b: Uint8Array,
  options: number,
  end: number,
  code: number,
  isCut: boolean,
  word: number,
  to: Notes,
): void {
  const bits = optionBits(b, options, end)
  to.client(true)
  if (code < NAMES.length) to.memory[(word >>> 3) & (SLOTS - 1)] = word | code
  if (bits < 0) {
    to.act(methodActions(code), code, -1, -1, 0, 0)
    return isCut ? to.short() : to.unfit()
  }
  let actions = methodActions(code)
  if (code === GET && (bits & IS_CORE) !== 0) actions = A.DISCOVER
  if (code === GET && (bits & IS_OBSERVED) !== 0) actions |= A.REPORT
  to.act(actions, code, -1, -1, 0, 0)
}
