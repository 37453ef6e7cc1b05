/**
 * DNP3 over TCP and UDP: IEEE 1815-2012, clause 9 (link frames), 8 (transport segments), 4 (application fragments), 13 (IP).
 *
 * Functions of `act` are the application function codes (0..33 requests, 130 unsolicited response; 129 = a response to what
 * was not seen), and 256 + the link function code for link services; unit is the outstation's link address; the one area
 * holds object groups as its addresses.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { u16le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { crcDnp } from './crc.ts'
import {
  AUTHENTICATE,
  AUTHENTICATE_NO_ACK,
  AUTHENTICATE_RESPONSE,
  CONFIRM,
  DIRECT_NO_ACK,
  functionActions,
  functionName,
  groupName,
  isMeasured,
  READ,
  RESPONSE,
  UNSOLICITED,
} from './dnp3-functions.ts'
import { beginWalk, hasBadStatus, isEven, WALK_WORDS, walk, walkUnit, wasShown } from './dnp3-objects.ts'

const START = 0x0564
/** start, length, control, destination, source, check sequence */
const HEADER = 10
const LENGTH_AT = 2
const CONTROL_AT = 3
const DESTINATION_AT = 4
const SOURCE_AT = 6
/** control, destination and source are counted in the length */
const COUNTED = 5
const BLOCK = 16

const FROM_MASTER = 0x80
const PRIMARY = 0x40
const CONFIRMED_DATA = 3
const UNCONFIRMED_DATA = 4
const LINK_STATUS = 11
/** functions of the link stand above those of the application */
const LINK = 256
const LINK_NAMES: Readonly<Record<number, string>> = {
  0: 'reset link',
  2: 'test link',
  9: 'request link status',
}

const FIRST_SEGMENT = 0x40
const LAST_SEGMENT = 0x80
const SEQUENCE = 0x3f

/** function not supported, object unknown, parameter error, already executing: in the second octet of the indications */
const REFUSALS = 0x17

/** memory: what was asked, by unit and sequence number, and last of all; then for each direction a fragment on its way */
const ASKED = 0
const LATEST = 16
/** in such a word: outstation + 1 and function; above them, how often the same was asked again meanwhile */
const ASKED_BITS = 0x1ffffff
const AGAIN = 0x2000000
const MOST_AGAIN = 15 * AGAIN
const ASKED_WORDS = 17
const FRAGMENT = ASKED_WORDS
/** from here on all outstations are meant (clause 9.2.5.2) */
const BROADCAST = 0xfffd
/** 1 + sequence number of the last segment (0 = no fragment), function asked for << 8 where it is an answer */
const SEGMENT = WALK_WORDS
const FRAGMENT_WORDS = WALK_WORDS + 1

const frameLength = (counted: number): number => {
  const data = counted - COUNTED
  return HEADER + data + 2 * Math.ceil(data / BLOCK)
}

const isHeader = (b: Uint8Array, at: number): boolean =>
  u16(b, at) === START && b[at + LENGTH_AT] >= COUNTED && crcDnp(b, at, at + 8) === u16le(b, at + 8)

/** A link frame of which `end - at` bytes are here. */
function readFrame(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < HEADER) {
    to.short()
    return
  }
  if (!isHeader(b, at)) {
    to.unfit()
    return
  }
  const control = b[at + CONTROL_AT]
  const code = control & 0x0f
  const data = b[at + LENGTH_AT] - COUNTED
  const isFromMaster = (control & FROM_MASTER) !== 0
  const unit = u16le(b, at + (isFromMaster ? DESTINATION_AT : SOURCE_AT))
  if ((control & PRIMARY) === 0) {
    if (code === LINK_STATUS) to.answer(LINK + 9, unit, false)
    if (data !== 0) to.unfit()
    return
  }
  if (code !== CONFIRMED_DATA && code !== UNCONFIRMED_DATA) {
    to.act(linkActions(code), LINK + code, unit, -1, 0, 0)
    if (data !== 0) to.unfit()
    return
  }
  if (data === 0) {
    to.unfit()
    return
  }
  const frameEnd = at + frameLength(b[at + LENGTH_AT])
  // a receiver throws away what fails its check: before anything is made of it
  for (let block = at + HEADER; block < frameEnd; block += BLOCK + 2) {
    const crc = Math.min(block + BLOCK, frameEnd - 2)
    if (crc + 2 <= end && crcDnp(b, block, crc) !== u16le(b, crc)) {
      to.unfit()
      return
    }
  }
  readSegment(b, at + HEADER, Math.min(end, frameEnd), frameEnd, unit, isFromMaster, to)
  if (end < frameEnd) to.short()
}

const linkActions = (code: number): number => (LINK_NAMES[code] === undefined ? A.UNKNOWN : A.SESSION)

/** The blocks of a frame, their check sequences included: a transport segment. `frameEnd` = where it ends on the wire. */
function readSegment(
  b: Uint8Array,
  at: number,
  end: number,
  frameEnd: number,
  unit: number,
  isFromMaster: boolean,
  to: Notes,
): void {
  if (at >= end) return
  const m = to.memory
  const f = FRAGMENT + (isFromMaster ? 0 : FRAGMENT_WORDS)
  const segment = b[at]
  const firstEnd = Math.min(end, at + BLOCK, frameEnd - 2)
  let from = at + 1
  if ((segment & FIRST_SEGMENT) !== 0) {
    m[f + SEGMENT] = 0
    from = beginFragment(b, from, firstEnd, unit, f, to)
    if (from < 0) return
  } else {
    const last = m[f + SEGMENT] & 0xff
    // without its beginning nothing can be made of it; a segment sent twice is thrown away
    if (last === 0) {
      to.short()
      return
    }
    if ((segment & SEQUENCE) === last - 1) return
    if ((segment & SEQUENCE) !== (last & SEQUENCE)) {
      m[f + SEGMENT] = 0
      to.unfit()
      return
    }
  }
  walkBlocks(b, from, firstEnd, end, frameEnd, f, to)
  const isFirst = (segment & FIRST_SEGMENT) !== 0
  const fn = m[f] & 0xff
  if (isFirst && fn < RESPONSE && !wasShown(m, f)) to.act(functionActions(fn), fn, walkUnit(m, f), -1, 0, 0)
  if (isFirst && fn === UNSOLICITED && !wasShown(m, f)) to.act(A.REPORT, fn, walkUnit(m, f), -1, 0, 0)
  if ((segment & LAST_SEGMENT) === 0) {
    m[f + SEGMENT] = (m[f + SEGMENT] & ~0xff) | (1 + (segment & SEQUENCE))
    return
  }
  const asked = m[f + SEGMENT] >> 8
  if (asked !== 0) to.answer(asked, walkUnit(m, f), hasBadStatus(m, f))
  m[f + SEGMENT] = 0
  if (end >= frameEnd && !isEven(m, f)) to.unfit()
}

/** The objects in a frame, from `from` in its first block to its end. */
function walkBlocks(
  b: Uint8Array,
  from: number,
  firstEnd: number,
  end: number,
  frameEnd: number,
  f: number,
  to: Notes,
): void {
  if (from < firstEnd) walk(b, from, firstEnd, to.memory, f, to)
  for (let block = firstEnd + 2; block < end; block += BLOCK + 2)
    walk(b, block, Math.min(end, block + BLOCK, frameEnd - 2), to.memory, f, to)
}

/** Reads the head of an application fragment; answers where its objects begin, -1 = there is nothing to go on with. */
function beginFragment(b: Uint8Array, at: number, end: number, unit: number, f: number, to: Notes): number {
  if (end - at < 2) {
    to.short()
    return -1
  }
  const control = b[at]
  const fn = b[at + 1]
  const m = to.memory
  const slot = ASKED + ((control ^ unit) & 0x0f)
  if (fn === UNSOLICITED) {
    to.client(false)
    beginWalk(m, f, fn, unit, false)
    return at + 4
  }
  if (fn === RESPONSE || fn === AUTHENTICATE_RESPONSE) {
    to.client(false)
    const asked = askedBefore(m, slot, unit) || (fn === RESPONSE ? presumed(b, at, end) : AUTHENTICATE)
    // of a response in several fragments the first one answers
    if ((control & 0x80) !== 0) {
      const isCommand = asked >= 3 && asked <= 5
      const isRefused = end - at >= 4 && (b[at + 3] & REFUSALS) !== 0
      if (end - at < 4) to.short()
      if (isRefused || !isCommand) to.answer(asked, unit, isRefused)
      else m[f + SEGMENT] = asked << 8
    }
    beginWalk(m, f, fn, unit, true)
    return at + 4
  }
  if (fn > RESPONSE) {
    to.act(A.UNKNOWN, fn, unit, -1, 0, 0)
    return -1
  }
  if (fn !== CONFIRM) to.client(true)
  if (isAnswered(fn)) {
    const word = ((unit + 1) << 8) | fn
    // sent again before the answer, under the same number: each may get one
    m[slot] = (m[slot] & ASKED_BITS) === word && m[slot] < MOST_AGAIN ? m[slot] + AGAIN : word
    m[LATEST] = word
  }
  beginWalk(m, f, fn, unit, false)
  return at + 2
}

/** Requests that get an answer; those without acknowledgement do not. */
const isAnswered = (fn: number): boolean =>
  fn !== CONFIRM && fn !== AUTHENTICATE_NO_ACK && fn !== DIRECT_NO_ACK && fn !== 8 && fn !== 10 && fn !== 12

/** The request that a response of `unit` belongs to, once: by its number, else the latest; 0 = it was not seen. */
function askedBefore(m: Int32Array, slot: number, unit: number): number {
  const latest = m[LATEST]
  m[LATEST] = 0
  const word = m[slot] & ASKED_BITS
  const isKnown = word >>> 8 === unit + 1
  const asked = isKnown ? word : latest
  if (isKnown) m[slot] = m[slot] >= AGAIN ? m[slot] - AGAIN : 0
  return isKnown || asked >>> 8 === unit + 1 || asked >>> 8 > BROADCAST ? asked & 0xff : 0
}

/** What a response answers whose request was not seen: values are given to reads only. */
const presumed = (b: Uint8Array, at: number, end: number): number =>
  end - at >= 5 && isMeasured(b[at + 4]) ? READ : RESPONSE

export const dnp3: Protocol = {
  id: 'dnp3',
  service: 'dnp3',
  transports: [TCP, UDP],
  firstBytes: [START >> 8],
  memory: ASKED_WORDS + 2 * FRAGMENT_WORDS,
  isStrict: true,

  probe(b, at, end) {
    if (end - at < 3 || u16(b, at) !== START || b[at + LENGTH_AT] < COUNTED) return NOT
    if (end - at < HEADER) return UNSURE
    if (!isHeader(b, at)) return NOT
    return CERTAIN | ((b[at + CONTROL_AT] & FROM_MASTER) !== 0 ? FROM_CLIENT : FROM_SERVER)
  },

  length(b, at, end) {
    if (b[at] !== 0x05 || (end - at >= 2 && b[at + 1] !== 0x64)) return -1
    // the header is checked before its length is believed: what a receiver skips must not be hidden by it
    if (end - at < HEADER) return 0
    return isHeader(b, at) ? frameLength(b[at + LENGTH_AT]) : -1
  },

  read(b, at, end, length, to) {
    // a datagram may hold several frames
    const pduEnd = at + length
    let frame = at
    do {
      readFrame(b, frame, Math.min(end, pduEnd), to)
      if (end - frame < HEADER || !isHeader(b, frame)) return
      frame += frameLength(b[frame + LENGTH_AT])
    } while (frame < end && frame < pduEnd)
  },

  functionActions: fn => (fn >= LINK ? linkActions(fn - LINK) : functionActions(fn)),

  functionName: fn => (fn >= LINK ? LINK_NAMES[fn - LINK] : functionName(fn)),

  areaText: (_, first, last) =>
    first === last && groupName(first) !== undefined
      ? `object group ${first} (${groupName(first)})`
      : `object groups ${numbersText(first, last)}`,
}
