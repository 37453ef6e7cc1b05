/**
 * IEC 60870-5-104: clause 5 (APCI), 6 to 8 (ASDUs, with a cause of two bytes, a common address of two and object addresses of
 * three), IEC 60870-5-101 clause 7.
 *
 * Functions of `act` are type identifications (1..127), and 256 + the control octet of U frames (263 STARTDT, 275 STOPDT, 323
 * TESTFR); unit is the common address of the ASDU; the one area holds information object addresses.
 */
import * as A from '../../net/actions.ts'
import { u16le, u24le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'
import { elementBytes, isKnownType, isMonitor, typeActions, typeName } from './iec104-types.ts'

const START = 0x68
/** start, length, four control octets */
const APCI = 6
const LEAST = 4
const MOST = 253
/** type, qualifier, cause, originator, common address */
const ASDU_HEADER = 6
const ADDRESS = 3
const SEQUENCE = 0x80
const INTERROGATION = 100
const COUNTERS = 101
const SEGMENT_OF_FILE = 125

/** U frames */
const UNNUMBERED = 256
const START_ACT = 0x07
const START_CON = 0x0b
const STOP_ACT = 0x13
const STOP_CON = 0x23
const TEST_ACT = 0x43
const TEST_CON = 0x83
const U_NAMES: Readonly<Record<number, string>> = {
  [START_ACT]: 'start data transfer',
  [STOP_ACT]: 'stop data transfer',
  [TEST_ACT]: 'test frame',
}

/** causes of transmission, IEC 60870-5-101 clause 7.2.3 */
const NEGATIVE = 0x40
const REQUESTED = 5
const ACTIVATION = 6
const ACTIVATION_CON = 7
const DEACTIVATION = 8
const DEACTIVATION_CON = 9
const TERMINATION = 10
const FIRST_INTERROGATED = 20
const LAST_INTERROGATED = 41
const FIRST_UNKNOWN = 44
const LAST_CAUSE = 47

const OBJECTS = 0

/** The APCI holds together, as far as its bytes are here. Clause 5.1, figures 5 to 8. */
function isApci(b: Uint8Array, at: number, end: number): boolean {
  const here = end - at
  if (b[at] !== START || (here > 1 && (b[at + 1] < LEAST || b[at + 1] > MOST))) return false
  if (here < 3) return true
  const control = b[at + 2]
  if ((control & 1) === 0) return b[at + 1] >= LEAST + ASDU_HEADER && (here < 5 || (b[at + 4] & 1) === 0)
  if (b[at + 1] !== LEAST || (here > 3 && b[at + 3] !== 0)) return false
  if (control === 1) return here < 5 || (b[at + 4] & 1) === 0
  if (here > 4 && b[at + 4] !== 0) return false
  return isUnnumbered(control) && (here < 6 || b[at + 5] === 0)
}

const isUnnumbered = (control: number): boolean =>
  control === START_ACT ||
  control === START_CON ||
  control === STOP_ACT ||
  control === STOP_CON ||
  control === TEST_ACT ||
  control === TEST_CON

/** The bytes that objects of an ASDU take; -1 = that is not told by its type. */
function objectBytes(type: number, qualifier: number): number {
  const bytes = elementBytes(type)
  const count = qualifier & 0x7f
  if (bytes < 0) return -1
  return (qualifier & SEQUENCE) !== 0 ? ADDRESS + count * bytes : count * (ADDRESS + bytes)
}

const isCause = (cause: number): boolean => cause !== 0 && cause <= LAST_CAUSE

/** The ASDU of `length` bytes is one beyond doubt, as far as its header is here. */
function isAsdu(b: Uint8Array, at: number, length: number): boolean {
  const stated = objectBytes(b[at], b[at + 1])
  return (
    isKnownType(b[at]) &&
    isCause(b[at + 2] & 0x3f) &&
    (stated < 0 || ((b[at + 1] & 0x7f) !== 0 && stated === length - ASDU_HEADER))
  )
}

/** Who sends an ASDU: commands are activated by one end, and confirmed by the other. */
function senderOf(type: number, cause: number): number {
  if (isMonitor(type)) return FROM_SERVER
  if (type > 113 || (type >= 81 && type <= 95)) return 0
  if (cause === ACTIVATION || cause === DEACTIVATION || cause === REQUESTED) return FROM_CLIENT
  return isConfirmation(cause) ? FROM_SERVER : 0
}

const isConfirmation = (cause: number): boolean =>
  cause === ACTIVATION_CON ||
  cause === DEACTIVATION_CON ||
  cause === TERMINATION ||
  (cause >= FIRST_UNKNOWN && cause <= LAST_CAUSE)

function readUnnumbered(control: number, to: Notes): void {
  switch (control) {
    case START_ACT:
    case STOP_ACT:
      to.client(true)
      to.act(A.SESSION, UNNUMBERED + control, -1, -1, 0, 0)
      break
    case TEST_ACT:
      to.act(A.SESSION, UNNUMBERED + control, -1, -1, 0, 0)
      break
    case START_CON:
    case STOP_CON:
      to.client(false)
      to.answer(UNNUMBERED + (control === START_CON ? START_ACT : STOP_ACT), -1, false)
      break
    case TEST_CON:
      to.answer(UNNUMBERED + TEST_ACT, -1, false)
  }
}

/** An ASDU of `length` bytes as stated, of which those before `end` are here. */
function readAsdu(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < 1) return
  const type = b[at]
  if (end - at < ASDU_HEADER) {
    to.act(typeActions(type), type, -1, -1, 0, 0)
    return
  }
  const cause = b[at + 2] & 0x3f
  const unit = u16le(b, at + 4)
  const sender = senderOf(type, cause)
  if (sender !== 0) to.client(sender === FROM_CLIENT)
  if (!isMonitor(type) && isConfirmation(cause)) {
    // the end of a command was confirmed when it began
    if (cause !== TERMINATION) to.answer(type, unit, cause >= FIRST_UNKNOWN || (b[at + 2] & NEGATIVE) !== 0)
    return
  }
  const actions = actionsOf(b, at, end, type, cause)
  if (!isAsdu(b, at, length)) {
    to.act(actions, type, unit, -1, 0, 0)
    if (isKnownType(type)) to.unfit()
    return
  }
  told(b, at + ASDU_HEADER, Math.min(end, at + length), actions, type, b[at + 1], unit, to)
}

function actionsOf(b: Uint8Array, at: number, end: number, type: number, cause: number): number {
  if (isMonitor(type)) {
    // what comes because it was asked for is read
    const isAsked = cause === REQUESTED || (cause >= FIRST_INTERROGATED && cause <= LAST_INTERROGATED)
    return isAsked ? A.READ : typeActions(type)
  }
  // a counter interrogation may freeze or reset what it asks for (clause 7.2.6.23)
  const qualifierAt = at + ASDU_HEADER + ADDRESS
  if (type === COUNTERS && qualifierAt < end && (b[qualifierAt] & 0xc0) !== 0) return A.READ | A.CONTROL
  return typeActions(type)
}

/** Tells the objects from `at` on: an act for each run of addresses. */
function told(
  b: Uint8Array,
  at: number,
  end: number,
  actions: number,
  type: number,
  qualifier: number,
  unit: number,
  to: Notes,
): void {
  const count = qualifier & 0x7f
  // of interrogations and their like the address says nothing
  if (end - at < ADDRESS || (type >= INTERROGATION && type <= 107 && type !== 102)) {
    to.act(actions, type, unit, -1, 0, 0)
    return
  }
  const first = u24le(b, at)
  if ((qualifier & SEQUENCE) !== 0 || type === SEGMENT_OF_FILE || elementBytes(type) < 0) {
    const more = elementBytes(type) < 0 ? 0 : count - 1
    to.act(actions, type, unit, OBJECTS, first, first + more)
    return
  }
  const step = ADDRESS + elementBytes(type)
  let from = first
  let last = first
  for (let i = 1, next = at + step; i < count && next + ADDRESS <= end; i++, next += step) {
    const address = u24le(b, next)
    if (address === last + 1) last = address
    else {
      to.act(actions, type, unit, OBJECTS, from, last)
      from = address
      last = address
    }
  }
  to.act(actions, type, unit, OBJECTS, from, last)
}

export const iec104: Protocol = {
  id: 'iec104',
  service: 'iec104',
  transports: [TCP],
  firstBytes: [START],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (!isApci(b, at, end)) return NOT
    const here = end - at
    if (here < APCI) return UNSURE
    const length = 2 + b[at + 1]
    // the next one follows at once, or nothing does
    const isEven = carrier.length === length || (here > length && isApci(b, at + length, end))
    const control = b[at + 2]
    if ((control & 3) === 3) {
      const isAsked = control === START_ACT || control === STOP_ACT
      const isTold = control === START_CON || control === STOP_CON
      return (isEven ? CERTAIN : UNSURE) | (isAsked ? FROM_CLIENT : isTold ? FROM_SERVER : 0)
    }
    if ((control & 1) !== 0) return isEven ? CERTAIN : UNSURE
    if (here < APCI + ASDU_HEADER) return UNSURE
    const asdu = at + APCI
    if (!isAsdu(b, asdu, length - APCI)) return isKnownType(b[asdu]) ? NOT : UNSURE
    return (isEven || carrier.length < length ? CERTAIN : UNSURE) | senderOf(b[asdu], b[asdu + 2] & 0x3f)
  },

  length(b, at, end) {
    if (!isApci(b, at, end)) return -1
    return end - at < 3 ? 0 : 2 + b[at + 1]
  },

  read(b, at, end, length, to) {
    if (end - at < 3) {
      to.short()
      return
    }
    const control = b[at + 2]
    if ((control & 1) === 0) readAsdu(b, at + APCI, end, length - APCI, to)
    else if ((control & 3) === 3) readUnnumbered(control, to)
    if (end - at < length) to.short()
  },

  functionActions: fn => (fn >= UNNUMBERED ? A.SESSION : typeActions(fn)),

  functionName: fn => (fn >= UNNUMBERED ? U_NAMES[fn - UNNUMBERED] : typeName(fn)),

  areaText: (_, first, last) => `information objects ${numbersText(first, last)}`,
}
