/**
 * S7comm PDUs: 0x32, the kind (1 job, 2 acknowledgement, 3 the same with data, 7 userdata), two reserved bytes, a reference, the
 * lengths of parameters and of data; in acknowledgements an error class and code. Layouts as Wireshark's packet-s7comm and
 * CISA's icsnpp-s7comm describe them: Siemens has published none.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import type { Notes } from '../protocol.ts'
import { actOnBlock, readItems } from './s7-areas.ts'
import * as F from './s7-functions.ts'
import { readUserdata, userdataKind } from './s7-userdata.ts'

export const S7 = 0x32
const JOB = 1
const ACK = 2
const ACK_DATA = 3
const USERDATA = 7
const REFERENCE_AT = 4
const PARAMETERS_AT = 6
const DATA_AT = 8
const ERROR_AT = 10
const HEADER = 10
const ACK_HEADER = 12
const SUCCESS = 0xff

/** Words of memory: from `LIST`, one; from `JOBS`, one that says where the next goes and `MOST_JOBS` of jobs not acknowledged. */
export const S7_MEMORY = 10
const LIST = 0
const NEXT = 1
const JOBS = 2
const MOST_JOBS = 8
const IS_JOB = 1 << 30
const FROM_ORIG = 1 << 29

/** Bytes of the header of the kind of PDU at `at`; 0 = there is no such kind. */
const headerOf = (kind: number): number =>
  kind === JOB || kind === USERDATA ? HEADER : kind === ACK || kind === ACK_DATA ? ACK_HEADER : 0

/** Bytes of the PDU at `at` as stated; 0 = its header is not here, -1 = it is none. */
export function s7Length(b: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 0
  const header = headerOf(b[at + 1])
  if (b[at] !== S7 || header === 0) return -1
  return end - at < HEADER ? 0 : header + u16(b, at + PARAMETERS_AT) + u16(b, at + DATA_AT)
}

/** Whether the PDU at `at`, whose header is here, has a function that is known: 1 asked, 2 answered or told, 3 either, 0 not known. */
export function s7Sender(b: Uint8Array, at: number, end: number): number {
  const kind = b[at + 1]
  const parameters = at + headerOf(kind)
  const length = u16(b, at + PARAMETERS_AT)
  if (kind === USERDATA) {
    const what = userdataKind(b, parameters, end, length)
    if (what === 2) return 0
    return (b[parameters + 5] & 15) === F.BSEND ? 3 : what < 0 ? 1 : 2
  }
  if (kind === ACK && length === 0) return 2
  if (parameters >= end || length === 0 || !F.isJob(b[parameters])) return 0
  // in a download, the PLC asks for the blocks
  const isTurned = b[parameters] === F.DOWNLOAD_BLOCK || b[parameters] === F.DOWNLOAD_ENDED
  return (kind === JOB) !== isTurned ? 1 : 2
}

/** Reads the PDU at `at`, whose header is here: `stop` is where it ends as stated. `words`: where its memory begins. */
export function readS7(b: Uint8Array, at: number, end: number, stop: number, words: number, to: Notes): void {
  const kind = b[at + 1]
  const parameters = at + headerOf(kind)
  const length = u16(b, at + PARAMETERS_AT)
  const data = parameters + length
  if (kind === USERDATA) return readUserdata(b, parameters, end, length, stop, words + LIST, to)
  if (kind === JOB) {
    if (length === 0 || parameters >= end) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return length === 0 ? to.unfit() : to.short()
    }
    const fn = b[parameters]
    remember(b, at, fn, words, to)
    if (F.isJob(fn)) to.client(fn !== F.DOWNLOAD_BLOCK && fn !== F.DOWNLOAD_ENDED)
    return job(b, parameters, Math.min(end, data), data, fn, to)
  }
  if (length > 0 && parameters >= end) return to.short()
  const fn = length > 0 ? b[parameters] : recall(b, at, words, to)
  if (fn < 0) return
  if (F.isJob(fn)) to.client(fn === F.DOWNLOAD_BLOCK || fn === F.DOWNLOAD_ENDED)
  const isRefused =
    (end >= at + ACK_HEADER && u16(b, at + ERROR_AT) !== 0) ||
    ((fn === F.READ || fn === F.WRITE) && length > 1 && areRefused(b, parameters, end, data, stop, fn))
  to.answer(fn, -1, isRefused)
}

/** A job: its parameters are at `at`, to `stop` as stated, what is here of them to `end`. */
function job(b: Uint8Array, at: number, end: number, stop: number, fn: number, to: Notes): void {
  switch (fn) {
    case F.READ:
    case F.WRITE:
      if (end - at < 2) {
        to.act(F.s7Actions(fn), fn, -1, -1, 0, 0)
        return stop - at < 2 ? to.unfit() : to.short()
      }
      return readItems(b, at + 2, end, stop, b[at + 1], F.s7Actions(fn), fn, to)
    case F.REQUEST_DOWNLOAD:
    case F.DOWNLOAD_BLOCK:
    case F.DOWNLOAD_ENDED:
    case F.START_UPLOAD:
      return namedBlock(b, at, end, stop, fn, to)
    case F.PI_SERVICE:
      return invocation(b, at, end, stop, fn, to)
    default:
      return to.act(F.s7Actions(fn), fn, -1, -1, 0, 0)
  }
}

/** status, two more, four of an identifier; length and text of the name: "_0A00001P" */
const NAME_AT = 8

function namedBlock(b: Uint8Array, at: number, end: number, stop: number, fn: number, to: Notes): void {
  const actions = F.s7Actions(fn)
  const name = at + NAME_AT + 1
  if (name + 1 <= end && b[name] === 0x5f && actOnBlock(b, name + 1, end, actions, fn, to)) return
  to.act(actions, fn, -1, -1, 0, 0)
  if (end < stop && name + 8 > end) to.short()
}

/** seven bytes, then length and content of a parameter, length and text of the name of what is invoked */
const ARGUMENT_AT = 8
const BLOCK = 8
const MOST_NAME = 16

function invocation(b: Uint8Array, at: number, end: number, stop: number, fn: number, to: Notes): void {
  const argument = at + ARGUMENT_AT + 2
  const name = argument <= end ? argument + u16(b, argument - 2) + 1 : end + 1
  if (name > end || name + b[name - 1] > end) {
    to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
    return end < stop ? to.short() : to.unfit()
  }
  let text = ''
  for (let i = 0; i < Math.min(b[name - 1], MOST_NAME); i++) text += String.fromCharCode(b[name + i])
  const actions = F.invocationActions(text)
  // blocks are inserted and deleted by a list of them: their number, a zero, each in eight bytes
  let count = 0
  if (actions === A.PROGRAM && name - 1 - argument >= 2 + BLOCK)
    for (let one = argument + 2; count < b[argument] && one + BLOCK < name; one += BLOCK, count++)
      if (!actOnBlock(b, one, name - 1, actions, fn, to)) break
  if (count === 0) to.act(actions, fn, -1, -1, 0, 0)
}

/** Whether each variable of an answer was refused: parameters are a function and a count, data a code for each. */
function areRefused(
  b: Uint8Array,
  parameters: number,
  end: number,
  data: number,
  stop: number,
  fn: number,
): boolean {
  const here = Math.min(end, stop)
  const count = parameters + 1 < end ? b[parameters + 1] : 0
  let one = data
  for (let i = 0; i < count && one < here; i++) {
    if (b[one] === SUCCESS) return false
    if (fn === F.WRITE) one++
    else {
      if (one + 4 > here) break
      // lengths of bits, bytes, integers are in bits
      const inBits = b[one + 1] >= 3 && b[one + 1] <= 5
      const length = inBits ? (u16(b, one + 2) + 7) >> 3 : u16(b, one + 2)
      one += 4 + length + (length & 1)
    }
  }
  return one > data || (count > 0 && data < here)
}

const jobWord = (b: Uint8Array, at: number, fromOrig: boolean, fn: number): number =>
  IS_JOB | (fromOrig ? FROM_ORIG : 0) | (fn << 16) | u16(b, at + REFERENCE_AT)

function remember(b: Uint8Array, at: number, fn: number, words: number, to: Notes): void {
  const { memory } = to
  const next = memory[words + NEXT]
  memory[words + JOBS + next] = jobWord(b, at, to.fromOrig, fn)
  memory[words + NEXT] = (next + 1) % MOST_JOBS
}

/** The function of the job that the acknowledgement at `at` is for; -1 = it was not met. */
function recall(b: Uint8Array, at: number, words: number, to: Notes): number {
  const wanted = jobWord(b, at, !to.fromOrig, 0)
  for (let i = 1; i <= MOST_JOBS; i++) {
    // the latest first: references come again
    const word = to.memory[words + JOBS + ((to.memory[words + NEXT] + MOST_JOBS - i) % MOST_JOBS)]
    if ((word & ~(0xff << 16)) === wanted) return (word >> 16) & 0xff
  }
  return -1
}
