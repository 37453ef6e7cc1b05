/**
 * S7comm-plus PDUs (S7-1200 and 1500): 0x72, a version (1 connect, 2 data, 3 data with a digest before it, FE system event, FF
 * keep-alive), the length of what follows; opcode (31 request, 32 and 02 answer, 33 notification), two zeroes, function, two zeroes,
 * sequence number; requests then have a session and a byte of flags, answers flags and a result. The last fragment of a message
 * ends with a trailer: 0x72, version, length 0. Siemens has published none of it; functions and object numbers as in the
 * s7comm-plus plugin for Wireshark and S7CommPlusDriver (T. Wiens).
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import { MAYBE, type Notes } from '../protocol.ts'
import { actOnSymbolic } from './s7-areas.ts'

export const S7_PLUS = 0x72
const VERSION_AT = 1
const LENGTH_AT = 2
const HEADER = 4
const TRAILER = 4
const CONNECT = 1
const SEALED = 3
const SYSTEM_EVENT = 0xfe
const KEEP_ALIVE = 0xff

const REQUEST = 0x31
const ANSWER = 0x32
const NOTIFICATION = 0x33
const SHORT_ANSWER = 0x02
const FUNCTION_AT = 3
const SESSION_AT = 9
const REQUEST_BODY = 14
const ANSWER_RESULT = 10

const EXPLORE = 0x04bb
const CREATE = 0x04ca
const DELETE = 0x04d4
const SET_VARIABLE = 0x04f2
const SET_MULTIPLE = 0x0542
const GET_MULTIPLE = 0x054c
const SET_STREAMED = 0x057c
const GET_STREAMED = 0x0586
const INIT_SSL = 0x05b3

const FUNCTIONS: ReadonlyMap<number, readonly [string, number]> = new Map<number, readonly [string, number]>([
  [NOTIFICATION, ['notification', A.REPORT]],
  [SYSTEM_EVENT, ['system event', A.REPORT]],
  [EXPLORE, ['explore', A.DISCOVER | A.READ]],
  [CREATE, ['create object', A.PROGRAM]],
  [DELETE, ['delete object', A.PROGRAM]],
  [SET_VARIABLE, ['set variable', A.WRITE]],
  [0x04fc, ['get variable', A.READ]],
  [0x0506, ['add link', A.PROGRAM]],
  [0x051a, ['remove link', A.PROGRAM]],
  [0x0524, ['get link', A.DISCOVER]],
  [SET_MULTIPLE, ['set variables', A.WRITE]],
  [GET_MULTIPLE, ['get variables', A.READ]],
  [0x0556, ['begin sequence', A.SESSION]],
  [0x0560, ['end sequence', A.SESSION]],
  [0x056b, ['invoke', A.CONTROL]],
  [SET_STREAMED, ['set streamed variable', A.WRITE]],
  [GET_STREAMED, ['get streamed variable', A.READ]],
  [0x0590, ['get addresses of variables', A.DISCOVER]],
  [0x059a, ['abort', A.SESSION]],
  [0x05a9, ['error', A.SESSION]],
  [INIT_SSL, ['start TLS', A.SESSION]],
])

/** What a function does when nothing is known of its object. */
export const plusActions = (fn: number): number | undefined => FUNCTIONS.get(fn)?.[1]
/** The same for what is known by its answer: which kind of object was made, deleted or set is in the request. */
export function plusAnswered(fn: number): number | undefined {
  const actions = plusActions(fn)
  const isSet = fn === SET_VARIABLE || fn === SET_MULTIPLE || fn === SET_STREAMED
  const isOfObject = fn === CREATE || fn === DELETE || isSet
  return actions !== undefined && isOfObject ? actions | MAYBE : actions
}
export const plusName = (fn: number): string | undefined => FUNCTIONS.get(fn)?.[0]

/** the unit that executes the program: setting it starts and stops the CPU */
const EXECUTION_UNIT = 0x34
const SESSION_CLASS = 287
const SUBSCRIPTION_CLASS = 1001

/** Whether a fragment begins at `at`: `length` bytes of a DT, all of which it fills. */
export function isPlus(b: Uint8Array, at: number, end: number, length: number): boolean {
  if (end - at < HEADER || b[at] !== S7_PLUS || !isVersion(b[at + VERSION_AT])) return false
  const stated = HEADER + u16(b, at + LENGTH_AT)
  if (stated === length) return length > HEADER
  if (stated + TRAILER !== length) return false
  const trailer = at + stated
  return trailer + TRAILER > end || (b[trailer] === S7_PLUS && u16(b, trailer + LENGTH_AT) === 0)
}

const isVersion = (version: number): boolean =>
  (version >= CONNECT && version <= SEALED) || version >= SYSTEM_EVENT

/** Where the opcode is: behind the header and, from version 3 on, a digest. */
function opcodeAt(b: Uint8Array, at: number, end: number): number {
  if (b[at + VERSION_AT] !== SEALED || at + HEADER >= end) return at + HEADER
  return at + HEADER + 1 + b[at + HEADER]
}

/** Who sends the fragment at `at`: 1 who asks, 2 who answers, 0 = that is not to be seen. */
export function plusSender(b: Uint8Array, at: number, end: number): number {
  const opcode = opcodeAt(b, at, end)
  if (opcode + FUNCTION_AT > end || b[at + VERSION_AT] > SEALED) return 0
  if (b[opcode] === NOTIFICATION) return 2
  if (u16(b, opcode + 1) !== 0) return 0
  return b[opcode] === REQUEST ? 1 : b[opcode] === ANSWER || b[opcode] === SHORT_ANSWER ? 2 : 0
}

/** Reads the fragment at `at`, `length` bytes as stated. `word`: of memory, whether more of the sender's message follows. */
export function readPlus(
  b: Uint8Array,
  at: number,
  end: number,
  length: number,
  word: number,
  to: Notes,
): void {
  if (end - at < HEADER) return to.short()
  if (!isPlus(b, at, end, length)) return to.unfit()
  const version = b[at + VERSION_AT]
  if (version === KEEP_ALIVE) return
  if (version === SYSTEM_EVENT) return to.act(A.REPORT, SYSTEM_EVENT, -1, -1, 0, 0)
  const opcode = opcodeAt(b, at, end)
  const isMore = to.memory[word] !== 0
  to.memory[word] = HEADER + u16(b, at + LENGTH_AT) === length ? 1 : 0
  // where the last fragment of the message before was lost, this is a new one
  if (isMore && !isFresh(b, opcode, end)) return
  const stop = at + HEADER + u16(b, at + LENGTH_AT)
  if (opcode + FUNCTION_AT + 2 > end) {
    if (opcode + FUNCTION_AT + 2 <= stop) return to.short()
    to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    return to.unfit()
  }
  const here = Math.min(end, stop)
  const fn = u16(b, opcode + FUNCTION_AT)
  switch (b[opcode]) {
    case REQUEST:
      to.client(true)
      return request(b, opcode, here, fn, to)
    case ANSWER:
    case SHORT_ANSWER:
      to.client(false)
      return answer(b, opcode, here, fn, to)
    case NOTIFICATION:
      to.client(false)
      return to.act(A.REPORT, NOTIFICATION, -1, -1, 0, 0)
    default:
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return to.unfit()
  }
}

const isFresh = (b: Uint8Array, opcode: number, end: number): boolean =>
  opcode + FUNCTION_AT + 2 <= end &&
  u16(b, opcode + 1) === 0 &&
  (b[opcode] === REQUEST ||
    b[opcode] === ANSWER ||
    (b[opcode] === SHORT_ANSWER && FUNCTIONS.has(u16(b, opcode + FUNCTION_AT))))

function request(b: Uint8Array, opcode: number, end: number, fn: number, to: Notes): void {
  const body = opcode + REQUEST_BODY
  const actions = plusActions(fn) ?? A.UNKNOWN
  if (body + 4 > end) {
    to.act(actions, fn, -1, -1, 0, 0)
    return fn === CREATE || fn === SET_MULTIPLE || fn === SET_VARIABLE || fn === GET_MULTIPLE
      ? to.short()
      : undefined
  }
  const object = u32(b, body)
  const isOwn = object === u32(b, opcode + SESSION_AT)
  switch (fn) {
    case CREATE:
      return to.act(creationActions(b, body + 4, end), fn, -1, -1, 0, 0)
    case DELETE:
      return to.act(isOwn ? A.SESSION : isPassing(object) ? A.REPORT : A.PROGRAM, fn, -1, -1, 0, 0)
    case SET_VARIABLE:
    case SET_MULTIPLE:
    case SET_STREAMED:
    case GET_MULTIPLE:
    case GET_STREAMED:
      // its own session: the login; a subscription: how much may be sent
      if (isOwn) return to.act(A.SESSION, fn, -1, -1, 0, 0)
      if (isPassing(object)) return to.act(A.REPORT, fn, -1, -1, 0, 0)
      if (object === EXECUTION_UNIT && actions === A.WRITE)
        return to.act(A.WRITE | A.CONTROL, fn, -1, -1, 0, 0)
      if (object === 0 && (fn === SET_MULTIPLE || fn === GET_MULTIPLE))
        return variables(b, body + 4, end, actions, fn, to)
      return to.act(actions, fn, -1, -1, 0, 0)
    case INIT_SSL:
      to.act(A.SESSION, fn, -1, -1, 0, 0)
      return to.opaque()
    default:
      return to.act(actions, fn, -1, -1, 0, 0)
  }
}

/** Objects that last as long as a connection: sessions and subscriptions, 0x10...... on the 1200, 0x7....... on the 1500. */
const isPassing = (object: number): boolean => object >>> 28 === 7 || object >>> 24 === 0x10

/** A value (flags, type UDInt, 0), four zeroes, then the object: A1, a number, its class. */
function creationActions(b: Uint8Array, at: number, end: number): number {
  if (at + 12 > end || u16(b, at) !== 4 || u32(b, at + 3) !== 0 || b[at + 7] !== 0xa1) return A.PROGRAM
  const kind = number(b, at + 12, end)
  return kind === SESSION_CLASS ? A.SESSION : kind === SUBSCRIPTION_CLASS ? A.REPORT : A.PROGRAM
}

/** How many, how many numbers in all, then for each: checksum of the symbol, area, how many numbers follow, those. */
function variables(b: Uint8Array, at: number, end: number, actions: number, fn: number, to: Notes): void {
  const count = number(b, at, end)
  if (count >= 0) number(b, next, end)
  if (count <= 0 || next > end) to.act(actions, fn, -1, -1, 0, 0)
  if (count < 0 || next > end) return to.short()
  for (let i = 0; i < count; i++) {
    number(b, next, end)
    const area = number(b, next, end)
    const depth = number(b, next, end)
    for (let j = 0; j < depth && next < end; j++) number(b, next, end)
    if (next > end || depth < 0) {
      to.act(actions, fn, -1, -1, 0, 0)
      return to.short()
    }
    actOnSymbolic(to, actions, fn, area >>> 16, area & 0xffff)
  }
}

/** position behind the number read last; behind the end where it was not all there */
let next = 0

/** A number of seven bits a byte, the most significant first, as a word: -1 where it is not all here. */
function number(b: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let i = at; i < end && i < at + 5; i++) {
    value = (value << 7) | (b[i] & 0x7f)
    if (b[i] < 0x80) {
      next = i + 1
      return value
    }
  }
  next = end + 1
  return -1
}

function answer(b: Uint8Array, opcode: number, end: number, fn: number, to: Notes): void {
  // the result is a number of 64 bits, an error in the lower 16 of them: negative ones are failures
  let error = 0
  let at = opcode + ANSWER_RESULT
  for (let i = 0; i < 9 && at < end; i++, at++) {
    error = ((error << 7) | (b[at] & 0x7f)) & 0xffff
    if (b[at] < 0x80) break
  }
  to.answer(fn, -1, error >= 0x8000)
  if (fn === CREATE) identity(b, at, end, to)
}

/** attribute 319 of a session, a text: "1;6ES7 214-1HE30-0XB0 ;V2.2" */
const VERSION_TEXT = [0x82, 0x3f, 0x00, 0x15]

function identity(b: Uint8Array, at: number, end: number, to: Notes): void {
  for (let i = at; i + 5 < end; i++) {
    if (b[i] !== VERSION_TEXT[0] || VERSION_TEXT.some((byte, j) => b[i + j] !== byte)) continue
    const text = printable(b, i + 5, Math.min(end, i + 5 + b[i + 4]))
    const said = /^\d+;([^;]+);([A-Z]\d[\d.]*)$/.exec(text)
    if (said === null) return
    to.heard('product', said[1].trim())
    to.heard('version', said[2])
    if (/^6[A-Z]{2}\d/.test(said[1])) to.heard('vendor', 'Siemens')
    return
  }
}
