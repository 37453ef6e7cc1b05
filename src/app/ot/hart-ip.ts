/**
 * HART-IP over TCP and UDP: HCF_SPEC-085 (network management), section 10.3; the token-passing PDU in it is that of HCF_SPEC-081.
 *
 * Functions of `act` are HART command numbers (0..65279: those of command 31 and of direct PDUs are extended ones), and 65280 +
 * the identifier of other messages (65280 session initiate, 65281 session close, 65282 keep alive, 65285 read audit log);
 * unit is the polling address where a PDU has one.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { readEach } from './datagram.ts'
import {
  AGGREGATED,
  commandActions,
  commandName,
  EXTENDED,
  isRefusal,
  TO_SUB_DEVICE,
} from './hart-commands.ts'

/** version, message type, message identifier, status, transaction, length with this header */
const HEADER = 8
const TYPE_AT = 1
const ID_AT = 2
const STATUS_AT = 3
const LENGTH_AT = 6
const NEWEST = 2

const REQUEST = 0
const RESPONSE = 1
const PUBLISH = 2
const NAK = 15

const INITIATE = 0
const CLOSE = 1
const KEEP_ALIVE = 2
const TOKEN_PASSING = 3
const DIRECT = 4
const AUDIT_LOG = 5
const MESSAGES = 0xff00

/** master type, inactivity timer */
const SESSION = 5
/** the one status that is no refusal besides 0: a timer was set to the nearest possible value */
const NEAREST = 8

const MESSAGE_NAMES: Readonly<Record<number, string>> = {
  [INITIATE]: 'initiate session',
  [CLOSE]: 'close session',
  [KEEP_ALIVE]: 'keep alive',
  [AUDIT_LOG]: 'read audit log',
}

// what a token-passing PDU begins with
const LONG_ADDRESS = 0x80
const BURST = 1
const FROM_MASTER = 2
const FROM_FIELD = 6
const POLLING_ADDRESS = 0x3f

/** sub-device commands in each other */
const MOST_DEPTH = 3

const isId = (id: number): boolean => id <= AUDIT_LOG
const isType = (type: number): boolean => type <= PUBLISH || type === NAK

/** Bytes of a PDU before its command: delimiter, address and expansion. */
const commandAt = (delimiter: number): number =>
  1 + ((delimiter & LONG_ADDRESS) !== 0 ? 5 : 1) + ((delimiter >> 5) & 3)

/** A token-passing PDU of `length` bytes that is all here: its frame type, length and check byte hold together. */
function isToken(b: Uint8Array, at: number, length: number): boolean {
  const command = commandAt(b[at])
  const kind = b[at] & 7
  if (kind !== BURST && kind !== FROM_MASTER && kind !== FROM_FIELD) return false
  if (length < command + 3 || length !== command + 3 + b[at + command + 1]) return false
  let check = 0
  for (let i = at; i < at + length; i++) check ^= b[i]
  return check === 0
}

function readToken(b: Uint8Array, at: number, end: number, length: number, type: number, to: Notes): void {
  if (end - at < 1 || end - at < commandAt(b[at]) + 2) {
    if (type !== RESPONSE) to.act(A.UNKNOWN, MESSAGES + TOKEN_PASSING, -1, -1, 0, 0)
    if (end - at < length) to.short()
    else to.unfit()
    return
  }
  // some gateways leave the check byte out, or send a wrong one: the length is what a PDU is told by
  const bare = commandAt(b[at]) + 2 + b[at + commandAt(b[at]) + 1]
  if (length > bare + 1 || (end - at >= length && length < bare)) to.unfit()
  const unit = (b[at] & LONG_ADDRESS) !== 0 ? -1 : b[at + 1] & POLLING_ADDRESS
  const content = at + commandAt(b[at])
  const last = Math.min(end, content + 2 + b[content + 1])
  readCommand(b, content + 2, last, b[content], unit, type, 0, to)
  if (last < content + 2 + b[content + 1] && end - at < length) to.short()
}

/** A command whose data are [at, end); those of a response begin with two bytes of status. */
function readCommand(
  b: Uint8Array,
  at: number,
  end: number,
  command: number,
  unit: number,
  type: number,
  depth: number,
  to: Notes,
): void {
  const isAnswer = type === RESPONSE || type === NAK
  const data = type === REQUEST ? at : at + 2
  if (command === EXTENDED && end - data >= 2) {
    said(b, at, end, u16(b, data), unit, type, to)
    return
  }
  if (command === TO_SUB_DEVICE && type === REQUEST && depth < MOST_DEPTH) {
    // card, channel, preambles; then a PDU without its check byte
    const inner = data + 3
    const content = inner < end ? inner + commandAt(b[inner]) : end
    if (content + 2 <= end) {
      to.act(commandActions(b[content]), command, unit, -1, 0, 0)
      readCommand(
        b,
        content + 2,
        Math.min(end, content + 2 + b[content + 1]),
        b[content],
        unit,
        type,
        depth + 1,
        to,
      )
      return
    }
  }
  if (command === AGGREGATED && type === REQUEST && readAggregated(b, data, end, unit, depth, to)) return
  if (isAnswer && end - at < 1) {
    to.short()
    return
  }
  said(b, at, end, command, unit, type, to)
}

function said(
  b: Uint8Array,
  at: number,
  end: number,
  fn: number,
  unit: number,
  type: number,
  to: Notes,
): void {
  if (type === REQUEST) to.act(commandActions(fn), fn, unit, -1, 0, 0)
  else if (type === PUBLISH) to.act(A.REPORT, fn, unit, -1, 0, 0)
  else to.answer(fn, unit, at >= end || isRefusal(b[at]))
}

/** Commands behind each other: number, length, data; a count stands before the first. Whether they came out even. */
function readAggregated(
  b: Uint8Array,
  at: number,
  end: number,
  unit: number,
  depth: number,
  to: Notes,
): boolean {
  if (end - at < 1 || depth >= MOST_DEPTH) return false
  let count = b[at]
  let next = at + 1
  let actions = 0
  for (; count > 0 && next + 3 <= end; count--, next += 3 + b[next + 2])
    actions |= commandActions(u16(b, next))
  if (count > 0 || actions === 0 || next > end) return false
  to.act(actions, AGGREGATED, unit, -1, 0, 0)
  return true
}

/** Device status, extended status; then commands, each with its length. */
function readDirect(b: Uint8Array, at: number, end: number, length: number, type: number, to: Notes): void {
  let next = at + 2
  const last = at + length
  if (next + 3 > end && type !== RESPONSE) to.act(A.UNKNOWN, MESSAGES + DIRECT, -1, -1, 0, 0)
  for (; next + 3 <= end; next += 3 + b[next + 2]) {
    const data = next + 3
    const dataEnd = data + b[next + 2]
    if (dataEnd > last) {
      to.act(A.UNKNOWN, u16(b, next), -1, -1, 0, 0)
      to.unfit()
      return
    }
    said(b, data, Math.min(end, dataEnd), u16(b, next), -1, type, to)
  }
  if (next < last && end < last) to.short()
  else if (next < last) to.unfit()
}

const messageActions = (id: number): number =>
  id <= KEEP_ALIVE ? A.SESSION : id === AUDIT_LOG ? A.DIAGNOSE : A.UNKNOWN

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (b[at] === 0 || b[at] > NEWEST) return -1
  if (end - at > TYPE_AT && !isType(b[at + TYPE_AT])) return -1
  if (end - at < HEADER) return 0
  const length = u16(b, at + LENGTH_AT)
  return length < HEADER ? -1 : length
}

function readMessage(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < HEADER) {
    to.short()
    return
  }
  const type = b[at + TYPE_AT]
  const id = b[at + ID_AT]
  const stated = u16(b, at + LENGTH_AT)
  // over UDP nothing else has looked at the header
  if (b[at] === 0 || b[at] > NEWEST || !isType(type) || stated < HEADER || stated > length) {
    to.unfit()
    return
  }
  to.client(type === REQUEST)
  const isRefused = b[at + STATUS_AT] !== 0 && b[at + STATUS_AT] !== NEAREST
  const body = at + HEADER
  const last = Math.min(end, at + stated)
  if (type === RESPONSE && isRefused && stated === HEADER) to.answer(MESSAGES + id, -1, true)
  else if (id === TOKEN_PASSING) readToken(b, body, last, stated - HEADER, type, to)
  else if (id === DIRECT) readDirect(b, body, last, stated - HEADER, type, to)
  else if (type === REQUEST) to.act(messageActions(id), MESSAGES + id, -1, -1, 0, 0)
  else if (type === PUBLISH) to.act(A.REPORT, MESSAGES + id, -1, -1, 0, 0)
  else to.answer(MESSAGES + id, -1, isRefused || type === NAK)
}

export const hartIp: Protocol = {
  id: 'hart-ip',
  service: 'hart-ip',
  transports: [TCP, UDP],
  firstBytes: bytesFrom(1, NEWEST),
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || b[at] === 0 || b[at] > NEWEST) return NOT
    const type = b[at + TYPE_AT]
    const id = b[at + ID_AT]
    const length = u16(b, at + LENGTH_AT)
    if (!isType(type) || !isId(id) || length < HEADER || (type === REQUEST && b[at + STATUS_AT] !== 0))
      return NOT
    if (carrier.transport === UDP && length !== carrier.length) return NOT
    const who = type === REQUEST ? FROM_CLIENT : FROM_SERVER
    const body = at + HEADER
    if (id === INITIATE && type <= RESPONSE && length === HEADER + SESSION && end > body && b[body] <= 1)
      return CERTAIN | who
    if (id === TOKEN_PASSING && end >= at + length && isToken(b, body, length - HEADER)) return CERTAIN | who
    return UNSURE | who
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readMessage),

  functionActions: fn => (fn >= MESSAGES ? messageActions(fn - MESSAGES) : commandActions(fn)),

  functionName: fn => (fn >= MESSAGES ? MESSAGE_NAMES[fn - MESSAGES] : commandName(fn)),
}
