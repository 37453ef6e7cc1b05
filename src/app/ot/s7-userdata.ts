/**
 * Userdata of S7comm: programming commands, cyclic services, block and CPU functions, security, clock, NC programs. Parameters:
 * 00 01 12, their length, method, type and group, subfunction, sequence number; with a length of 8 also the number of a data
 * unit, whether it is the last one, and an error. Data: return code, transport size, length, content.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import type { Notes } from '../protocol.ts'
import { readItems, readTestItem } from './s7-areas.ts'
import * as F from './s7-functions.ts'

const TYPE_AT = 5
const SUBFUNCTION_AT = 6
const ERROR_AT = 10
const SHORT = 4
/** mode transitions have a head of their own, 01 00 10, and this length in all */
const MODE_LENGTH = 8
const LONG = 8
/** types, in the upper half of their byte: those of numeric controls are one less than those of the PLC */
const PUSH = [0, 3]
const REQUEST = [4, 7]
const RESPONSE = [8, 11]

const SUCCESS = 0xff
const NOTHING = 0x0a
/** return code, transport size, length */
const DATA_HEAD = 4

/** -1 asks, 1 answers, 0 is told unasked; 2 = no userdata. Parameters begin at `at`, `length` of them as stated. */
export function userdataKind(b: Uint8Array, at: number, end: number, length: number): number {
  if (end - at < SUBFUNCTION_AT + 1) return 2
  if (b[at] === 1 && b[at + 1] === 0 && b[at + 2] === 0x10)
    return (b[at + TYPE_AT] & 15) === F.MODE_TRANSITION && length === MODE_LENGTH ? 0 : 2
  if (b[at] !== 0 || b[at + 1] !== 1 || b[at + 2] !== 0x12 || b[at + 3] + 4 !== length) return 2
  if (b[at + 3] !== SHORT && b[at + 3] !== LONG) return 2
  const type = b[at + TYPE_AT] >> 4
  return REQUEST.includes(type) ? -1 : RESPONSE.includes(type) ? 1 : PUSH.includes(type) ? 0 : 2
}

/**
 * Reads userdata: parameters at `at`, `length` bytes of them as stated, then data up to `stop`; `end` is where what is here
 * ends. `listWord`: the word of memory that keeps what the latest system status list was.
 */
export function readUserdata(
  b: Uint8Array,
  at: number,
  end: number,
  length: number,
  stop: number,
  listWord: number,
  to: Notes,
): void {
  const kind = userdataKind(b, at, end, length)
  if (kind === 2) {
    to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    return end - at < SUBFUNCTION_AT + 1 && length > SUBFUNCTION_AT ? to.short() : to.unfit()
  }
  const group = b[at + TYPE_AT] & 15
  const fn = ((group === F.MODE_TRANSITION ? F.MODES : group) << 8) | b[at + SUBFUNCTION_AT]
  const data = at + length
  if (kind === 0) {
    if (group !== F.BSEND) to.client(false)
    return to.act(group === F.BSEND ? A.WRITE : A.REPORT, fn, -1, -1, 0, 0)
  }
  if (group !== F.BSEND) to.client(kind < 0)
  if (kind > 0) return answer(b, at, end, data, stop, fn, to)
  request(b, data, end, stop, fn, listWord, to)
}

function request(
  b: Uint8Array,
  data: number,
  end: number,
  stop: number,
  fn: number,
  listWord: number,
  to: Notes,
): void {
  const content = data + DATA_HEAD
  const here = Math.min(end, stop)
  switch (fn) {
    case F.READ_SZL:
      // without an identifier it asks for the next part of the list before
      if (content + 2 <= here) to.memory[listWord] = statusListActions(u16(b, content))
      else if (content + 2 <= stop) to.short()
      return to.act(to.memory[listWord] || A.DISCOVER, fn, -1, -1, 0, 0)
    case F.MODIFY_VARIABLE:
    case F.VARIABLE_STATUS:
      return testVariables(b, content, here, stop, fn, to)
    case F.ENABLE_JOB:
    case F.DISABLE_JOB:
    case F.DELETE_JOB:
    case F.REPLACE_JOB: {
      // sizes of parameters and data, both of them; the data end with the function and the number of the job
      const job = content + 4 <= here ? content + 2 + u16(b, content) + u16(b, content + 2) : here
      if (job >= here) {
        to.act(fn === F.REPLACE_JOB ? A.WRITE | A.UNKNOWN : A.UNKNOWN, fn, -1, -1, 0, 0)
        return end < stop ? to.short() : to.unfit()
      }
      const of = F.s7Actions((F.PROGRAMMING << 8) | b[job]) & (A.WRITE | A.CONTROL | A.PROGRAM | A.UNKNOWN)
      return to.act(A.DIAGNOSE | of, fn, -1, -1, 0, 0)
    }
    case F.CYCLIC_TRANSFER:
    case F.CHANGE_DRIVEN:
      // number of variables, base and factor of the interval
      if (content + 4 > here) {
        to.act(A.REPORT, fn, -1, -1, 0, 0)
        return content + 4 <= stop ? to.short() : undefined
      }
      return readItems(b, content + 4, here, stop, b[content + 1], A.REPORT, fn, to)
    default:
      return to.act(F.s7Actions(fn), fn, -1, -1, 0, 0)
  }
}

/** Sizes of parameters and data, the parameters; a count of variables, six bytes each. */
function testVariables(
  b: Uint8Array,
  content: number,
  here: number,
  stop: number,
  fn: number,
  to: Notes,
): void {
  const actions = F.s7Actions(fn)
  const list = content + 4 <= here ? content + 4 + u16(b, content) : here
  const count = list + 2 <= here ? u16(b, list) : 0
  if (count === 0) {
    to.act(actions, fn, -1, -1, 0, 0)
    return list + 2 > here && here < stop ? to.short() : undefined
  }
  for (let i = 0, one = list + 2; i < count; i++, one += 6) {
    if (one + 6 > here) {
      to.act(actions, fn, -1, -1, 0, 0)
      return one + 6 > stop ? to.unfit() : to.short()
    }
    readTestItem(b, one, actions, fn, to)
  }
}

/**
 * System status lists (the lower byte of their identifier) that say what a module is and has: identification, characteristics,
 * memory and system areas, block types, components, Ethernet; all others say how it does.
 */
const statusListActions = (id: number): number => {
  const list = id & 0xff
  const tellsWhat =
    list === 0 || (list >= 0x11 && list <= 0x15) || list === 0x1c || list === 0x31 || list === 0x37
  return tellsWhat ? A.DISCOVER : A.DIAGNOSE
}

function answer(
  b: Uint8Array,
  at: number,
  end: number,
  data: number,
  stop: number,
  fn: number,
  to: Notes,
): void {
  const isLong = b[at + 3] === LONG
  const error = isLong && at + ERROR_AT + 2 <= end ? u16(b, at + ERROR_AT) : 0
  const here = Math.min(end, stop)
  const code = data < here ? b[data] : SUCCESS
  // errors of the class D5 tell that more is to be had
  const isRefused = (error !== 0 && error >> 8 !== 0xd5) || (code !== SUCCESS && code !== NOTHING)
  to.answer(fn, -1, isRefused)
  // parts after the first have no head, and no list begins with sizes like these by chance
  if (fn === F.READ_SZL && !isRefused && code === SUCCESS) identity(b, data + DATA_HEAD, here, to)
}

/** identifier, index, bytes of an entry, entries */
const LIST_HEAD = 8
const MODULE = 0x11
const COMPONENTS = 0x1c
const MODULE_ENTRY = 28
const COMPONENT_ENTRY = 34
const TEXT = 32
const ORDER_NUMBER = 20
const VERSION_AT = 24

/** What a module says it is: lists xx11 (order number, firmware) and xx1C (names, serial number). */
function identity(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < LIST_HEAD) return
  const list = b[at + 1]
  const size = u16(b, at + 4)
  const isModule = list === MODULE && size === MODULE_ENTRY
  if (!isModule && !(list === COMPONENTS && size === COMPONENT_ENTRY)) return
  const count = u16(b, at + 6)
  for (let i = 0, one = at + LIST_HEAD; i < count && one + size <= end; i++, one += size) {
    const index = u16(b, one)
    if (isModule) moduleEntry(b, one, index, to)
    else if (index === 1 || index === 2) to.heard('name', printable(b, one + 2, one + 2 + TEXT))
    else if (index === 5) to.heard('serial', printable(b, one + 2, one + 2 + TEXT))
    else if (index === 7) to.heard('product', printable(b, one + 2, one + 2 + TEXT))
  }
}

function moduleEntry(b: Uint8Array, one: number, index: number, to: Notes): void {
  if (index === 1) {
    const order = printable(b, one + 2, one + 2 + ORDER_NUMBER)
    to.heard('product', order)
    if (/^6[A-Z]{2}\d/.test(order)) to.heard('vendor', 'Siemens')
  } else if (index === 7 && b[one + VERSION_AT] === 0x56)
    to.heard('version', `V${b[one + VERSION_AT + 1]}.${b[one + VERSION_AT + 2]}.${b[one + VERSION_AT + 3]}`)
}
