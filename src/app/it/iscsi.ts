/**
 * iSCSI: RFC 7143 (section 11 the PDUs); SCSI commands: SPC-4, SBC-3.
 *
 * Functions of `act`: the opcode of the PDU (3 login, 4 text, 6 logout ...); of SCSI commands 256 + the operation code (296 =
 * read(10)). Unit: none. Area: 0 where blocks are read or written by 10 and 16 byte commands, `first` to `last` their numbers.
 */
import * as A from '../../net/actions.ts'
import { u16, u24, u32 } from '../../wire/bytes.ts'
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
import { findAnyCase, isWord, printable } from './text.ts'

const HEADER = 48
const IMMEDIATE = 0x40
const COMMAND = 0x01
const LOGIN = 0x03
const LOGIN_ANSWER = 0x23
const LOGOUT = 0x06
const TEXT = 0x04
const RESPONSE = 0x21
const DATA_IN = 0x25
const REJECT = 0x3f
/** opcodes of either end */
const INITIATOR = [0x00, COMMAND, 0x02, LOGIN, TEXT, 0x05, LOGOUT, 0x10]
const TARGET = [0x20, RESPONSE, 0x22, LOGIN_ANSWER, 0x24, DATA_IN, 0x26, 0x31, 0x32, REJECT]
/** task tag that both ends give a command and its response; their statuses: it was carried out, or there is more to say */
const TAG_AT = 16
const GOOD = [0x00, 0x04, 0x10, 0x14]
const CHECK_CONDITION = 0x02
/** sense keys with which it was carried out all the same: none, and an error that was mended */
const MENDED = 1
const NAMES: Readonly<Record<number, string>> = {
  0: 'nop',
  2: 'task management',
  3: 'login',
  4: 'text',
  6: 'logout',
  256: 'test unit ready',
  259: 'request sense',
  274: 'inquiry',
  293: 'read capacity',
  296: 'read(10)',
  298: 'write(10)',
  392: 'read(16)',
  394: 'write(16)',
  416: 'report LUNs',
}

/**
 * memory: whether the ends went on to checksums, with which PDUs are longer than they say; commands that wait for their
 * response, tag and function each (0 = none), and which of them is replaced next
 */
const HAS_DIGESTS = 0
const NEXT = 1
const WAITING = 2
const SLOTS = 16

const isHeader = (b: Uint8Array, at: number): boolean => {
  const opcode = b[at] & 0x3f
  if (b[at] >= 0x80) return false
  return INITIATOR.includes(opcode) || ((b[at] & IMMEDIATE) === 0 && TARGET.includes(opcode))
}

export const iscsi: Protocol = {
  id: 'iscsi',
  service: 'iscsi',
  transports: [TCP],
  firstBytes: [...INITIATOR, ...INITIATOR.map(opcode => IMMEDIATE | opcode), ...TARGET],
  memory: WAITING + 2 * SLOTS,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || !isHeader(b, at)) return NOT
    const opcode = b[at] & 0x3f
    const length = HEADER + 4 * b[at + 4] + ((u24(b, at + 5) + 3) & ~3)
    const isWhole = carrier.length >= length
    const text = at + HEADER
    // versions 0, no extra header, and keys of a login behind it, which may go on in another segment
    if ((opcode === LOGIN || opcode === LOGIN_ANSWER) && b[at + 4] === 0 && u16(b, at + 2) === 0) {
      const side = opcode === LOGIN ? FROM_CLIENT : FROM_SERVER
      const last = Math.min(end, text + 512)
      const keys = opcode === LOGIN ? ['initiatorname=', 'digest='] : ['targetportalgrouptag=']
      for (const key of keys) if (findAnyCase(b, text, last, key) >= 0) return CERTAIN | side
      return isWhole ? UNSURE | side : NOT
    }
    return isWhole && u32(b, at + 16) !== 0 ? UNSURE | (opcode >= 0x20 ? FROM_SERVER : FROM_CLIENT) : NOT
  },

  length(b, at, end) {
    if (end <= at) return 0
    if (!isHeader(b, at)) return -1
    return end - at < 8 ? 0 : HEADER + 4 * b[at + 4] + ((u24(b, at + 5) + 3) & ~3)
  },

  read(b, at, end, _length, to) {
    if (end <= at) return to.short()
    const opcode = b[at] & 0x3f
    to.client(opcode < 0x20)
    if (opcode === COMMAND) return readCommand(b, at, end, to)
    if (opcode === LOGIN || opcode === TEXT) {
      to.act(A.SESSION, opcode, -1, -1, 0, 0)
      return readKeys(b, at + HEADER, end, false, to)
    }
    if (opcode === LOGIN_ANSWER) {
      if (end - at < 38) return to.short()
      readKeys(b, at + HEADER, end, true, to)
      const isFailed = b[at + 36] !== 0 && b[at + 36] !== 1
      to.answer(LOGIN, -1, isFailed)
      // the last answer of the login: full feature phase is next (T bit, next stage 3)
      if ((b[at + 1] & 0x83) === 0x83 && to.memory[HAS_DIGESTS] === 1) to.done()
      return
    }
    if (opcode === LOGOUT || opcode === 0 || opcode === 2)
      return to.act(functionActions(opcode), opcode, -1, -1, 0, 0)
    if (opcode === RESPONSE) return readResponse(b, at, end, to)
    // the last data may bring the status (S bit), which is good or comes by itself
    if (opcode === DATA_IN && end - at >= HEADER && (b[at + 1] & 1) !== 0)
      return answerTask(b, at, !GOOD.includes(b[at + 3]), to)
    const isRefused = end - at >= 3 && b[at + 2] !== 0
    if (opcode === 0x24) to.answer(TEXT, -1, false)
    else if (opcode === 0x26) to.answer(LOGOUT, -1, isRefused)
    else if (opcode === 0x22) to.answer(2, -1, isRefused)
    else if (opcode === 0x20) to.answer(0, -1, false)
    else if (opcode === REJECT) readReject(b, at + HEADER, end, to)
  },

  functionActions,

  functionName: fn => NAMES[fn],
  areaText: (_area, first, last) =>
    first === last ? `block ${first >>> 0}` : `blocks ${first >>> 0}-${last >>> 0}`,
}

/** What a function does: a SCSI command, or what the session itself is asked for. */
function functionActions(fn: number): number {
  if (fn >= 256) return commandActions(fn - 256)
  if (fn === LOGIN || fn === TEXT || fn === LOGOUT || fn === 0) return A.SESSION
  return fn === 2 ? A.CONTROL : A.UNKNOWN
}

/** What a SCSI command does, by its operation code. */
function commandActions(code: number): number {
  switch (code) {
    case 0x08:
    case 0x28:
    case 0xa8:
    case 0x88:
      return A.READ
    case 0x0a:
    case 0x2a:
    case 0xaa:
    case 0x8a:
    case 0x2e:
    case 0x8e:
    case 0x41:
    case 0x93:
    case 0x42:
      return A.WRITE
    case 0x00:
    case 0x03:
      return A.DIAGNOSE
    case 0x12:
    case 0x25:
    case 0x9e:
    case 0xa0:
    case 0x1a:
    case 0x5a:
      return A.DISCOVER
    case 0x1b:
      return A.CONTROL
    case 0x15:
    case 0x55:
    case 0x5f:
      return A.CONFIGURE
    case 0x5e:
      return A.DISCOVER
    case 0x35:
    case 0x91:
      return A.WRITE
    default:
      return A.UNKNOWN
  }
}

function readCommand(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < HEADER) {
    to.act(A.UNKNOWN, COMMAND, -1, -1, 0, 0)
    return to.short()
  }
  const cdb = at + 32
  const code = b[cdb]
  const actions = commandActions(code)
  const slot = WAITING + 2 * to.memory[NEXT]
  to.memory[slot] = u32(b, at + TAG_AT)
  to.memory[slot + 1] = 256 + code
  to.memory[NEXT] = (to.memory[NEXT] + 1) % SLOTS
  let first = 0
  let blocks = 0
  if (code === 0x28 || code === 0x2a) {
    first = u32(b, cdb + 2)
    blocks = u16(b, cdb + 7)
  } else if ((code === 0x88 || code === 0x8a) && u32(b, cdb + 2) === 0) {
    first = u32(b, cdb + 6)
    blocks = u32(b, cdb + 10)
  }
  const last = (first >>> 0) + (blocks >>> 0) - 1
  if (blocks === 0 || last > 0xffffffff) return to.act(actions, 256 + code, -1, -1, 0, 0)
  to.act(actions, 256 + code, -1, 0, first, last)
}

/** The command with the task tag of the PDU at `at` is answered; where it was not seen, nobody knows which it was. */
function answerTask(b: Uint8Array, at: number, isRefused: boolean, to: Notes): void {
  const tag = u32(b, at + TAG_AT)
  for (let slot = WAITING; slot < WAITING + 2 * SLOTS; slot += 2) {
    const fn = to.memory[slot + 1]
    if (fn === 0 || to.memory[slot] !== tag) continue
    to.memory[slot + 1] = 0
    return to.answer(fn, -1, isRefused)
  }
}

/** Response (0 = it came to the device), and the device's status; behind the header the length of the sense data, and these. */
function readResponse(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < HEADER) return to.short()
  const isDone = b[at + 2] === 0 && (GOOD.includes(b[at + 3]) || isMended(b, at, end))
  answerTask(b, at, !isDone, to)
}

/** Whether a check condition only tells of an error that was mended: sense data in fixed (0x70) or descriptor (0x72) format. */
function isMended(b: Uint8Array, at: number, end: number): boolean {
  const sense = at + HEADER + 4 * b[at + 4] + 2
  if (b[at + 3] !== CHECK_CONDITION || u24(b, at + 5) < 5 || sense + 3 > end) return false
  const format = b[sense] & 0x7e
  const key = format === 0x70 ? b[sense + 2] & 0x0f : format === 0x72 ? b[sense + 1] & 0x0f : MENDED + 1
  return key <= MENDED
}

/** The header of the PDU that the target does not take. */
function readReject(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < HEADER) return to.short()
  const opcode = b[at] & 0x3f
  if (opcode === COMMAND) answerTask(b, at, true, to)
  else if (functionActions(opcode) !== A.UNKNOWN) to.answer(opcode, -1, true)
}

/** Keys of a login: who the initiator is, and whether the target, which has the last word, wants checksums. */
function readKeys(b: Uint8Array, at: number, end: number, isAnswer: boolean, to: Notes): void {
  const last = Math.min(end, at + 2048)
  for (let key = at; key < last; ) {
    if (isWord(b, key, last, 'InitiatorName=')) to.heard('name', printable(b, key + 14, last, 128))
    else if (
      isAnswer &&
      (isWord(b, key, last, 'HeaderDigest=CRC32C') || isWord(b, key, last, 'DataDigest=CRC32C'))
    )
      to.memory[HAS_DIGESTS] = 1
    while (key < last && b[key] !== 0) key++
    key++
  }
}
