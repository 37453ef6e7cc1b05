/**
 * MMS PDUs (ISO 9506-2, MMSpdu): requests, answers, errors, rejects and reports, with the variables that reads and writes name.
 */
import * as A from '../../net/actions.ts'
import { printable } from '../it/text.ts'
import type { Notes } from '../protocol.ts'
import { CUT, element, find, integer, isTag, NONE, read, THERE } from './mms-ber.ts'
import * as S from './mms-services.ts'

/** choices of the MMSpdu */
const REQUEST = 0xa0
const ANSWER = 0xa1
const ERROR = 0xa2
const UNCONFIRMED = 0xa3
const REJECT = 0xa4
const CANCEL = 0x85
const CANCEL_ANSWER = 0x86
const CANCEL_ERROR = 0xa7
const INITIATE = 0xa8
const INITIATE_ANSWER = 0xa9
const INITIATE_ERROR = 0xaa
const CONCLUDE = 0x8b
const CONCLUDE_ANSWER = 0x8c
const CONCLUDE_ERROR = 0xad

/** where messages end that go on in further DT */
export const UNKNOWN_END = 0x7fffffff

const INTEGER = 0x02
const SEQUENCE = 0x30
const CONTEXT = 0x80
const CONSTRUCTED = 0xa0
/** variables read or written of one PDU that are looked at */
const MOST_VARIABLES = 512

/** Words of memory: who opened is known, who asked; where the next request goes, and the latest of them. */
export const MMS_MEMORY = 18
const KNOWN = 0
const NEXT = 1
const REQUESTS = 2
const MOST_REQUESTS = 16
const OPENED = 4
const IS_REQUEST = 1 << 30
const FROM_ORIG = 1 << 29

/** The connection was seen to be opened: requests need not tell who did. */
export const opened = (words: number, to: Notes): void => {
  to.memory[words + KNOWN] |= OPENED
}

/** Whether the tag is that of an MMSpdu. */
export const isPdu = (tag: number): boolean =>
  (tag >= REQUEST && tag <= REJECT) ||
  (tag >= CANCEL_ERROR && tag <= INITIATE_ERROR) ||
  tag === CONCLUDE_ERROR ||
  tag === CANCEL ||
  tag === CANCEL_ANSWER ||
  tag === CONCLUDE ||
  tag === CONCLUDE_ANSWER

/**
 * Whether the MMSpdu at `at` has the shape of one that other users of the layers below do not have: 1 = of who asks, 2 = of who
 * answers, 3 = of either, 0 = it may be another's.
 */
export function pduShape(b: Uint8Array, at: number, end: number, stop: number): number {
  if (read(b, at, end, stop) !== THERE) return 0
  const { tag, from, to } = element
  if (tag === INITIATE || tag === INITIATE_ANSWER) {
    if (read(b, from, end, to) !== THERE || element.tag < 0x80 || element.tag > 0x83) return 0
    return tag === INITIATE ? 1 : 2
  }
  if (tag === UNCONFIRMED) return read(b, from, end, to) === THERE && element.tag >> 2 === 0xa0 >> 2 ? 3 : 0
  if (tag !== REQUEST && tag !== ANSWER) return 0
  if (read(b, from, end, to) !== THERE || !isTag(INTEGER) || element.to - element.from > 5) return 0
  const service = read(b, element.next, end, to)
  const isService = service === THERE && ((element.tag & 0xc0) === CONTEXT || isTag(SEQUENCE))
  return isService ? 3 : 0
}

/** Reads the MMSpdu at `at`; it ends within `stop` as stated, and what is here at `end`. `words`: where its memory begins. */
export function readPdu(
  b: Uint8Array,
  at: number,
  end: number,
  stop: number,
  words: number,
  to: Notes,
): void {
  const said = read(b, at, end, stop)
  if (said !== THERE) {
    to.act(A.UNKNOWN, S.OTHER, -1, -1, 0, 0)
    return said === CUT ? to.short() : to.unfit()
  }
  const { tag, from, to: last } = element
  // bytes behind it are none of it
  if (element.next !== stop && stop !== UNKNOWN_END) to.unfit()
  switch (tag) {
    case REQUEST:
      return request(b, from, end, last, words, to)
    case ANSWER:
      return answer(b, from, end, last, words, to)
    case ERROR:
    case REJECT: {
      const isThere = read(b, from, end, last) === THERE && isTag(CONTEXT) && element.to <= end
      const fn = isThere ? recall(b, words, to) : -1
      return fn < 0 ? undefined : to.answer(fn, -1, true)
    }
    case UNCONFIRMED: {
      const isThere = read(b, from, end, last) === THERE
      const fn = isThere ? S.UNCONFIRMED + Math.min(element.number, 255) : S.UNCONFIRMED + 255
      to.act(S.mmsActions(fn), fn, -1, -1, 0, 0)
      return isThere ? undefined : to.short()
    }
    case INITIATE:
      to.client(true)
      opened(words, to)
      return to.act(A.SESSION, S.INITIATE, -1, -1, 0, 0)
    case INITIATE_ANSWER:
    case INITIATE_ERROR:
      to.client(false)
      opened(words, to)
      return to.answer(S.INITIATE, -1, tag === INITIATE_ERROR)
    case CANCEL:
      return to.act(A.SESSION, S.CANCEL, -1, -1, 0, 0)
    case CANCEL_ANSWER:
    case CANCEL_ERROR:
      return to.answer(S.CANCEL, -1, tag === CANCEL_ERROR)
    case CONCLUDE:
      return to.act(A.SESSION, S.CONCLUDE, -1, -1, 0, 0)
    case CONCLUDE_ANSWER:
    case CONCLUDE_ERROR:
      return to.answer(S.CONCLUDE, -1, tag === CONCLUDE_ERROR)
    default:
      to.act(A.UNKNOWN, S.OTHER + element.number, -1, -1, 0, 0)
      return to.unfit()
  }
}

/** Number of the request, modifiers perhaps, the service. */
function request(b: Uint8Array, at: number, end: number, stop: number, words: number, to: Notes): void {
  let said = read(b, at, end, stop)
  if (said === THERE && !isTag(INTEGER)) said = NONE
  const last = element.to
  const number = said === THERE && last <= end ? integer(b, element.from, last) : 0
  if (said === THERE) said = read(b, last, end, stop)
  if (said === THERE && isTag(SEQUENCE)) said = read(b, element.next, end, stop)
  if (said !== THERE || (element.tag & 0xc0) !== CONTEXT) {
    to.act(A.UNKNOWN, 255, -1, -1, 0, 0)
    return said === CUT ? to.short() : to.unfit()
  }
  const fn = element.number
  const { from, to: serviceEnd } = element
  asked(fn, words, to)
  remember(number, fn, words, to)
  if (fn === S.READ || fn === S.WRITE) return variables(b, from, end, serviceEnd, fn, to)
  to.act(S.mmsActions(fn), fn, -1, -1, 0, 0)
}

/** Who asks opened, unless the other end does so too: control centres (TASE.2) ask each other. */
function asked(fn: number, words: number, to: Notes): void {
  const { memory } = to
  if (S.isAskedByServer(fn)) return
  memory[words + KNOWN] |= to.fromOrig ? 1 : 2
  if (memory[words + KNOWN] < 3) to.client(true)
}

/**
 * The variables of a read or a write: a list of them, or the name of one. An `act` for each kind of thing that is done to them.
 */
function variables(b: Uint8Array, at: number, end: number, stop: number, fn: number, to: Notes): void {
  // of a read: whether the specification shall come back, then the specification with a tag around it
  let from = at
  let last = stop
  if (fn === S.READ) {
    const said = find(b, at, end, stop, 0xa1)
    if (said !== THERE) return unclear(said, fn, to)
    from = element.from
    last = element.to
  }
  const said = read(b, from, end, last)
  if (said !== THERE) return unclear(said, fn, to)
  // a named list of variables, which holds no controls
  if (!isTag(CONSTRUCTED)) return to.act(S.mmsActions(fn), fn, -1, -1, 0, 0)
  let one = element.from
  const listEnd = element.to
  let latest = 0
  for (let i = 0; one < listEnd; i++) {
    const variable = read(b, one, end, listEnd)
    if (i === MOST_VARIABLES || variable === CUT) return unclear(CUT, fn, to)
    if (variable === NONE || !isTag(SEQUENCE)) return unclear(NONE, fn, to)
    one = element.next
    const actions = named(b, element.from, end, element.to, fn)
    if (actions === 0) return unclear(CUT, fn, to)
    if (actions !== latest) to.act(actions, fn, -1, -1, 0, 0)
    latest = actions
  }
  if (latest === 0) to.act(S.mmsActions(fn), fn, -1, -1, 0, 0)
}

function unclear(how: number, fn: number, to: Notes): void {
  to.act(S.mmsActions(fn), fn, -1, -1, 0, 0)
  return how === CUT ? to.short() : to.unfit()
}

/** What is done to one variable; 0 = its name is not all here. */
function named(b: Uint8Array, at: number, end: number, stop: number, fn: number): number {
  // by name, then of the whole device, of a domain, or of the association
  if (read(b, at, end, stop) !== THERE || !isTag(CONSTRUCTED)) return at + 2 > end ? 0 : S.mmsActions(fn)
  if (read(b, element.from, end, element.to) !== THERE) return 0
  if (isTag(0xa1)) {
    const last = element.to
    if (read(b, element.from, end, last) !== THERE || element.to > end) return 0
    if (read(b, element.next, end, last) !== THERE) return 0
  }
  return element.to > end ? 0 : S.variableActions(b, element.from, element.to, fn)
}

function answer(b: Uint8Array, at: number, end: number, stop: number, words: number, to: Notes): void {
  let said = read(b, at, end, stop)
  if (said === THERE && !isTag(INTEGER)) said = NONE
  if (said === THERE) said = read(b, element.next, end, stop)
  if (said !== THERE || (element.tag & 0xc0) !== CONTEXT) return said === CUT ? to.short() : to.unfit()
  const fn = element.number
  const { from, to: last } = element
  const { memory } = to
  const isAsker = (memory[words + KNOWN] & (OPENED | (to.fromOrig ? 1 : 2))) !== 0
  if (!isAsker && !S.isAskedByServer(fn)) to.client(false)
  to.answer(fn, -1, areRefused(b, from, end, last, fn))
  if (fn === S.IDENTIFY) identity(b, from, end, last, to)
}

/** Whether all of a read or write was refused: each result is a failure (tag 0 of the context), or something else. */
function areRefused(b: Uint8Array, at: number, end: number, stop: number, fn: number): boolean {
  let one = at
  let last = stop
  if (fn === S.READ) {
    if (find(b, at, end, stop, 0xa1) !== THERE) return false
    one = element.from
    last = element.to
  } else if (fn !== S.WRITE) return false
  const first = one
  for (let i = 0; i < MOST_VARIABLES && read(b, one, end, last) === THERE; i++) {
    if (!isTag(CONTEXT)) return false
    one = element.next
  }
  return one > first
}

function identity(b: Uint8Array, at: number, end: number, stop: number, to: Notes): void {
  let one = at
  for (let i = 0; i < 3 && read(b, one, end, stop) === THERE && element.to <= end; i++) {
    const text = printable(b, element.from, element.to)
    if (text !== '' && isTag(0x80)) to.heard('vendor', text)
    else if (text !== '' && isTag(0x81)) to.heard('product', text)
    else if (text !== '' && isTag(0x82)) to.heard('version', text)
    one = element.next
  }
}

const requestWord = (number: number, fromOrig: boolean, fn: number): number =>
  IS_REQUEST | (fromOrig ? FROM_ORIG : 0) | ((fn & 0xff) << 16) | (number & 0xffff)

function remember(number: number, fn: number, words: number, to: Notes): void {
  const { memory } = to
  const next = memory[words + NEXT]
  memory[words + REQUESTS + next] = requestWord(number, to.fromOrig, fn)
  memory[words + NEXT] = (next + 1) % MOST_REQUESTS
}

/** The service of the request whose number the element at hand is; -1 = it was not met. */
function recall(b: Uint8Array, words: number, to: Notes): number {
  const wanted = requestWord(integer(b, element.from, element.to), !to.fromOrig, 0)
  for (let i = 1; i <= MOST_REQUESTS; i++) {
    const word = to.memory[words + REQUESTS + ((to.memory[words + NEXT] + MOST_REQUESTS - i) % MOST_REQUESTS)]
    if ((word & ~(0xff << 16)) === wanted) return (word >> 16) & 0xff
  }
  return -1
}
