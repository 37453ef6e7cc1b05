/**
 * The objects of DNP3 application fragments (IEEE 1815-2012, clause 4.2.2.7 and annex A). Their headers are read as a stream: a
 * fragment may come in several link frames, and goes on wherever a frame ends.
 */
import * as A from '../../net/actions.ts'
import type { Notes } from '../protocol.ts'
import {
  AUTHENTICATE_NO_ACK,
  DIRECT_NO_ACK,
  FREEZE_AT_TIME,
  FREEZE_AT_TIME_NO_ACK,
  OPEN_FILE,
  objectActions,
  RESPONSE,
  UNSOLICITED,
  WRITE,
} from './dnp3-functions.ts'

/** the one area: addresses are object groups */
const OBJECTS = 0

/** sizes of objects in bytes by variation, from 1; annex A */
const EVENT_ANALOG = [5, 3, 11, 9, 5, 9, 11, 15]
const SIZES: Readonly<Record<number, readonly number[]>> = {
  2: [1, 7, 3],
  4: [1, 7, 3],
  11: [1, 7],
  12: [11, 11],
  13: [1, 7],
  20: [5, 3, 5, 3, 4, 2, 4, 2],
  21: [5, 3, 5, 3, 11, 9, 11, 9, 4, 2, 4, 2],
  22: [5, 3, 5, 3, 11, 9, 11, 9],
  23: [5, 3, 5, 3, 11, 9, 11, 9],
  30: [5, 3, 4, 2, 5, 9],
  31: [5, 3, 11, 9, 4, 2, 5, 9],
  32: EVENT_ANALOG,
  33: EVENT_ANALOG,
  34: [2, 4, 4],
  40: [5, 3, 5, 9],
  41: [5, 3, 5, 9],
  42: EVENT_ANALOG,
  43: EVENT_ANALOG,
  50: [6, 10, 6, 11],
  51: [6, 6],
  52: [2, 2],
}

const UNKNOWN_SIZE = -1
const BITS = -2
const DOUBLE_BITS = -3

function objectSize(group: number, variation: number): number {
  switch (group) {
    case 1:
    case 10:
      return variation === 1 ? BITS : variation === 2 ? 1 : UNKNOWN_SIZE
    case 3:
      return variation === 1 ? DOUBLE_BITS : variation === 2 ? 1 : UNKNOWN_SIZE
    case 12:
      if (variation === 3) return BITS
      break
    case 80:
      return variation === 1 ? BITS : UNKNOWN_SIZE
    case 60:
      return 0
    case 110:
    case 111:
    case 112:
    case 113:
      return variation
  }
  return SIZES[group]?.[variation - 1] ?? UNKNOWN_SIZE
}

/** Words kept of a fragment on its way: see the constants that follow. */
export const WALK_WORDS = 8
const FN = 0
const UNIT = 1
const STAGE = 2
/** group, variation, qualifier: a byte each */
const HEADER = 3
/** bytes that belong to the stage and were not met yet */
const LEFT = 4
/** the number that a range or a size is made of */
const FIRST = 5
/** objects to come, and bytes of each (0 = each tells its size) */
const OBJECTS_LEFT = 6
const EACH = 7

// stages
const GROUP = 0
const VARIATION = 1
const QUALIFIER = 2
const RANGE = 3
const SIZE = 4
const OBJECT = 5
/** what follows cannot be told apart */
const LOST = 6

/** what FN has besides the function */
const SHOWN = 1 << 8
/** the fragment answers a control request: its commands have a status each */
const HAS_STATUS = 1 << 9
const BAD_STATUS = 1 << 10

/** Begins a fragment whose words are at `w`. */
export function beginWalk(m: Int32Array, w: number, fn: number, unit: number, hasStatus: boolean): void {
  m[w + FN] = fn | (hasStatus ? HAS_STATUS : 0)
  m[w + UNIT] = unit
  m[w + STAGE] = GROUP
  m[w + LEFT] = 0
}

/** Whether objects of the fragment were told. */
export const wasShown = (m: Int32Array, w: number): boolean => (m[w + FN] & SHOWN) !== 0
/** Whether a command of the answer was not carried out. */
export const hasBadStatus = (m: Int32Array, w: number): boolean => (m[w + FN] & BAD_STATUS) !== 0
/** Whether the fragment may end here. */
export const isEven = (m: Int32Array, w: number): boolean => m[w + STAGE] === GROUP || m[w + STAGE] === LOST
export const walkUnit = (m: Int32Array, w: number): number => m[w + UNIT]

/** Goes on with a fragment: bytes [at, end) of its objects. */
export function walk(b: Uint8Array, at: number, end: number, m: Int32Array, w: number, to: Notes): void {
  let i = at
  while (i < end) {
    switch (m[w + STAGE]) {
      case GROUP:
        m[w + HEADER] = b[i++]
        m[w + STAGE] = VARIATION
        break
      case VARIATION:
        m[w + HEADER] |= b[i++] << 8
        m[w + STAGE] = QUALIFIER
        break
      case QUALIFIER:
        m[w + HEADER] |= b[i] << 16
        m[w + LEFT] = rangeBytes(b[i++])
        m[w + FIRST] = 0
        m[w + OBJECTS_LEFT] = 0
        m[w + STAGE] = RANGE
        if (m[w + LEFT] <= 0) headerEnds(m, w, to)
        break
      case RANGE:
        takeRange(b[i++], m, w)
        if (m[w + LEFT] === 0) headerEnds(m, w, to)
        break
      case SIZE: {
        const prefix = 1 << (((m[w + HEADER] >> 20) & 7) - 4)
        m[w + FIRST] |= b[i++] << (8 * (prefix - m[w + LEFT]))
        if (--m[w + LEFT] > 0) break
        m[w + LEFT] = m[w + FIRST]
        m[w + STAGE] = m[w + FIRST] < 0 ? LOST : OBJECT
        if (m[w + FIRST] === 0) objectEnds(m, w)
        break
      }
      case OBJECT: {
        const step = Math.min(m[w + LEFT], end - i)
        i += step
        m[w + LEFT] -= step
        if (m[w + LEFT] > 0) break
        noteStatus(b[i - 1], m, w)
        objectEnds(m, w)
        break
      }
      default:
        return
    }
  }
}

/** Bytes of the range field of a qualifier; -1 = there is no such qualifier. Clause 4.2.2.7.3. */
function rangeBytes(qualifier: number): number {
  switch (qualifier & 0x8f) {
    case 0x00:
    case 0x03:
    case 0x08:
      return 2
    case 0x01:
    case 0x04:
      return 4
    case 0x02:
    case 0x05:
      return 8
    case 0x06:
      return 0
    case 0x07:
    case 0x0b:
      return 1
    case 0x09:
      return 4
    default:
      return -1
  }
}

const hasStartAndStop = (qualifier: number): boolean => (qualifier & 0x0f) < 6

/** Two numbers of half the field each, or one; the second goes to OBJECTS_LEFT for the time being. */
function takeRange(byte: number, m: Int32Array, w: number): void {
  const qualifier = m[w + HEADER] >> 16
  const all = rangeBytes(qualifier)
  const done = all - m[w + LEFT]
  m[w + LEFT]--
  if (!hasStartAndStop(qualifier)) m[w + OBJECTS_LEFT] |= byte << (8 * done)
  else if (done < all / 2) m[w + FIRST] |= byte << (8 * done)
  else m[w + OBJECTS_LEFT] |= byte << (8 * (done - all / 2))
}

/** The header is complete: tells what is done to its group, and finds out what follows. */
function headerEnds(m: Int32Array, w: number, to: Notes): void {
  const header = m[w + HEADER]
  const group = header & 0xff
  const qualifier = header >> 16
  const prefix = (qualifier >> 4) & 7
  const ranged = hasStartAndStop(qualifier)
  const first = ranged ? m[w + FIRST] : 0
  const second = m[w + OBJECTS_LEFT]
  const fn = m[w + FN] & 0xff
  if (fn < RESPONSE || fn === UNSOLICITED) {
    const actions = objectActions(fn, group, first, ranged ? second : 0)
    to.act(actions, fn, m[w + UNIT], OBJECTS, group, group)
    m[w + FN] |= SHOWN
  }
  const count = ranged ? (second >>> 0) - (first >>> 0) + 1 : second >>> 0
  if (rangeBytes(qualifier) < 0 || prefix === 7 || count < 0) {
    to.unfit()
    lose(m, w, to)
    return
  }
  if (count === 0 || (qualifier & 0x0f) === 6) {
    m[w + STAGE] = GROUP
    return
  }
  objectsFollow(m, w, count, prefix, to)
}

/** Which bytes stand behind a header of `count` objects. */
function objectsFollow(m: Int32Array, w: number, count: number, prefix: number, to: Notes): void {
  const header = m[w + HEADER]
  const group = header & 0xff
  let size = 0
  if (prefix < 4 && hasData(m[w + FN] & 0xff, group)) size = objectSize(group, (header >> 8) & 0xff)
  if (size === UNKNOWN_SIZE || count > 0xffff) {
    lose(m, w, to)
    return
  }
  m[w + OBJECTS_LEFT] = count
  if (prefix >= 4) {
    m[w + EACH] = 0
    m[w + LEFT] = 1 << (prefix - 4)
    m[w + FIRST] = 0
    m[w + STAGE] = SIZE
    return
  }
  if (size < 0) {
    size = size === BITS ? (count + 7) >> 3 : (count + 3) >> 2
    m[w + OBJECTS_LEFT] = 1
  }
  const each = size + (prefix === 0 ? 0 : 1 << (prefix - 1))
  m[w + EACH] = each
  m[w + LEFT] = each
  m[w + STAGE] = each === 0 ? GROUP : OBJECT
}

/** Whether objects have content: reads and their like only name them. */
function hasData(fn: number, group: number): boolean {
  if (fn >= WRITE && fn <= DIRECT_NO_ACK) return true
  if (fn === FREEZE_AT_TIME || fn === FREEZE_AT_TIME_NO_ACK) return group === 50
  return (fn >= OPEN_FILE && fn <= AUTHENTICATE_NO_ACK) || fn >= RESPONSE
}

function objectEnds(m: Int32Array, w: number): void {
  if (--m[w + OBJECTS_LEFT] <= 0) {
    m[w + STAGE] = GROUP
    return
  }
  const each = m[w + EACH]
  m[w + LEFT] = each === 0 ? 1 << (((m[w + HEADER] >> 20) & 7) - 4) : each
  m[w + FIRST] = 0
  m[w + STAGE] = each === 0 ? SIZE : OBJECT
}

/** The last byte of a command in an answer is its status (clause 11.9.2): 0 = accepted. */
function noteStatus(byte: number, m: Int32Array, w: number): void {
  const group = m[w + HEADER] & 0xff
  if ((m[w + FN] & HAS_STATUS) !== 0 && (group === 12 || group === 41) && (byte & 0x7f) !== 0)
    m[w + FN] |= BAD_STATUS
}

/** Nothing behind this can be told apart: a request may do anything there. */
function lose(m: Int32Array, w: number, to: Notes): void {
  m[w + STAGE] = LOST
  const fn = m[w + FN] & 0xff
  if (fn < RESPONSE) to.act(A.UNKNOWN, fn, m[w + UNIT], -1, 0, 0)
}
