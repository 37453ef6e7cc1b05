/**
 * Genisys (Union Switch & Signal railway field units) over TCP: Genisys serial communication protocol, section 5.1, as its
 * public parsers have it.
 *
 * Functions of `act` are the header bytes of the office (249..254); unit is the station; the one area holds the numbers of
 * control bytes.
 */
import * as A from '../../net/actions.ts'
import { bytesFrom } from '../first-bytes.ts'
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
import { crc16Step } from './crc.ts'

/** a byte from here on inside a message is sent as this one and its low digit */
const ESCAPE = 0xf0
const TERMINATOR = 0xf6

// from the field
const ACKNOWLEDGE = 0xf1
/** between them: indications */
const CHECKBACK = 0xf3
// from the office
const COMMON_CONTROL = 0xf9
const ACKNOWLEDGE_AND_POLL = 0xfa
const POLL = 0xfb
const CONTROL = 0xfc
const RECALL = 0xfd
const EXECUTE = 0xfe

const NAMES: Readonly<Record<number, string>> = {
  [COMMON_CONTROL]: 'common control',
  [ACKNOWLEDGE_AND_POLL]: 'acknowledge and poll',
  [POLL]: 'poll',
  [CONTROL]: 'control',
  [RECALL]: 'recall',
  [EXECUTE]: 'execute controls',
}

/** header, station, 256 pairs and a check sequence, all but the first escaped, and the terminator */
const MOST = 2 + 2 * (1 + 512 + 2)
const SHORTEST = 3
/** bytes of a check sequence, and the shortest message that has one */
const CHECK = 2
const CHECKED = 5
const CONTROL_BYTES = 0

/** memory: function asked for, by station */
const ASKED = 0

const isField = (header: number): boolean => header >= ACKNOWLEDGE && header <= CHECKBACK
const isOffice = (header: number): boolean => header >= COMMON_CONTROL && header <= EXECUTE

/**
 * Bytes up to the terminator, which is counted: 0 = it is not here, -1 = this is no message. There are senders that do not
 * escape the check sequence.
 */
function extent(b: Uint8Array, at: number, end: number): number {
  if (!isField(b[at]) && !isOffice(b[at])) return -1
  const last = Math.min(end, at + MOST)
  /** the first byte that only a check sequence may have as it is */
  let bare = last
  for (let i = at + 1; i < last; i++) {
    if (b[i] === TERMINATOR) return i - at >= SHORTEST - 1 && i - bare <= CHECK ? i + 1 - at : -1
    if (b[i] > ESCAPE || (b[i] === ESCAPE && i + 1 < last && b[i + 1] > 0x0f)) bare = Math.min(bare, i)
    if (i - bare > CHECK) return -1
  }
  return last === at + MOST ? -1 : 0
}

/**
 * The bytes between header and terminator without their check sequence, as they were sent: -1 = that is wrong.
 * Acknowledgements and simple polls have none (sections 5.1.2 and 5.1.3).
 */
function content(b: Uint8Array, at: number, length: number): number {
  const last = at + length - 1
  if (length < CHECKED) return b[at] === ACKNOWLEDGE || b[at] === POLL ? length - 2 : -1
  for (let sent = CHECK; sent <= 2 * CHECK && last - sent > at + 1; sent++)
    if (
      checkSent(b, last - sent, last) === checkOf(b, at, last - sent) &&
      isStationAndPairs(b, at + 1, last - sent)
    )
      return last - sent - at - 1
  return -1
}

/** The check sequence in the bytes [at, end) as they were sent: -1 = none. */
function checkSent(b: Uint8Array, at: number, end: number): number {
  if (end - at === CHECK) return b[at] | (b[at + 1] << 8)
  const isEscaped = b[at] === ESCAPE
  const low = isEscaped ? ESCAPE | b[at + 1] : b[at]
  const next = at + (isEscaped ? 2 : 1)
  if (end - next === 1) return low | (b[next] << 8)
  return end - next === 2 && b[next] === ESCAPE ? low | ((ESCAPE | b[next + 1]) << 8) : -1
}

/** Of two readings of a check sequence with 0xf0 in it, this tells the right one. */
function isStationAndPairs(b: Uint8Array, at: number, end: number): boolean {
  let bytes = 0
  for (let i = at; i < end; i++) if (b[i] !== ESCAPE) bytes++
  return (bytes & 1) === 1
}

function checkOf(b: Uint8Array, at: number, end: number): number {
  let crc = crc16Step(0xffff, b[at])
  for (let i = at + 1; i < end; i++) crc = crc16Step(crc, b[i] === ESCAPE ? ESCAPE | b[++i] : b[i])
  return crc
}

/** Tells the control bytes of a message: pairs of a number and a value behind the station. An act for each run of numbers. */
function readControls(b: Uint8Array, at: number, end: number, fn: number, unit: number, to: Notes): void {
  let from = -1
  let last = -1
  for (let n = 0, i = at + 1; i < end; n++, i++) {
    const byte = b[i] === ESCAPE ? ESCAPE | b[++i] : b[i]
    if (n === 0 || (n & 1) === 0) continue
    if (byte === last + 1 && from >= 0) last = byte
    else {
      if (from >= 0) to.act(A.CONTROL, fn, unit, CONTROL_BYTES, from, last)
      from = byte
      last = byte
    }
  }
  if (from < 0) to.act(A.CONTROL, fn, unit, -1, 0, 0)
  else to.act(A.CONTROL, fn, unit, CONTROL_BYTES, from, last)
}

const functionActions = (fn: number): number => {
  if (fn === CONTROL || fn === COMMON_CONTROL || fn === EXECUTE) return A.CONTROL
  return isOffice(fn) ? A.READ : A.UNKNOWN
}

export const genisys: Protocol = {
  id: 'genisys',
  service: 'genisys',
  transports: [TCP],
  firstBytes: [...bytesFrom(ACKNOWLEDGE, CHECKBACK), ...bytesFrom(COMMON_CONTROL, EXECUTE)],
  memory: 1,
  isStrict: true,

  probe(b, at, end) {
    const length = extent(b, at, end)
    if (length < 0 || (length === 0 && end - at < SHORTEST)) return NOT
    const who = isField(b[at]) ? FROM_SERVER : FROM_CLIENT
    if (length === 0) return UNSURE | who
    if (content(b, at, length) < 0) return NOT
    return (length < CHECKED ? UNSURE : CERTAIN) | who
  },

  length: extent,

  read(b, at, end, length, to) {
    const fn = b[at]
    to.client(isOffice(fn))
    if (end - at < length || length < SHORTEST) {
      if (isOffice(fn)) to.act(functionActions(fn), fn, -1, -1, 0, 0)
      to.short()
      return
    }
    const bytes = content(b, at, length)
    if (bytes < 0) {
      to.unfit()
      return
    }
    const unit = b[at + 1] === ESCAPE ? ESCAPE | b[at + 2] : b[at + 1]
    const asked = to.memory[ASKED]
    if (isField(fn)) {
      // whatever was asked for, an acknowledgement says that there is nothing to tell
      const isKnown = asked >> 8 === unit
      to.answer(isKnown && asked !== 0 ? asked & 0xff : fn === CHECKBACK ? CONTROL : POLL, unit, false)
      return
    }
    to.memory[ASKED] = (unit << 8) | fn
    if (fn === CONTROL || fn === COMMON_CONTROL) readControls(b, at, at + 1 + bytes, fn, unit, to)
    else to.act(functionActions(fn), fn, unit, -1, 0, 0)
  },

  functionActions,

  functionName: fn => NAMES[fn],

  areaText: (_, first, last) => `control bytes ${numbersText(first, last)}`,
}
