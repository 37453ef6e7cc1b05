/**
 * Synchrophasor data over TCP and UDP: IEEE C37.118.2-2011, clause 6 and annex B (check sequence).
 *
 * Functions of `act` are frame types (0 data, 1 header, 2, 3 and 5 configuration), and 256 + the command word (257 turn off
 * transmission, 258 turn on, 259 send header, 260, 261 and 262 send configuration 1, 2 and 3); unit is the IDCODE.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
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
import { crcCcitt } from './crc.ts'
import { readEach } from './datagram.ts'

const SYNC = 0xaa
const SIZE_AT = 2
const ID_AT = 4
/** synchronization, size, identity, second, fraction; then the content and a check sequence */
const HEADER = 14
const CHECK = 2
const LEAST = HEADER + CHECK

// frame types, bits 6 to 4 of the second byte
const DATA = 0
const HEADER_FRAME = 1
const CONFIGURATION_1 = 2
const CONFIGURATION_2 = 3
const COMMAND = 4
const CONFIGURATION_3 = 5
/** bits 3 to 0: 1 = 2005, 2 = 2011 */
const NEWEST = 2

const COMMANDS = 256
const MOST_FUNCTION = 0xffff
const TURN_OFF = 1
const TURN_ON = 2
const SEND_HEADER = 3
const SEND_CONFIGURATION_3 = 6

/** time base, number of units; then a name of 16 bytes (clause 6.4) */
const NAME_AT = HEADER + 6
const NAME = 16

const NAMES: Readonly<Record<number, string>> = {
  [DATA]: 'data',
  [HEADER_FRAME]: 'header',
  [CONFIGURATION_1]: 'configuration 1',
  [CONFIGURATION_2]: 'configuration 2',
  [CONFIGURATION_3]: 'configuration 3',
  257: 'turn off transmission',
  258: 'turn on transmission',
  259: 'send header',
  260: 'send configuration 1',
  261: 'send configuration 2',
  262: 'send configuration 3',
  264: 'extended frame',
}

/** Which command each frame answers. */
const ANSWERS: Readonly<Record<number, number>> = {
  [HEADER_FRAME]: 259,
  [CONFIGURATION_1]: 260,
  [CONFIGURATION_2]: 261,
  [CONFIGURATION_3]: 262,
}

/** The first bytes can begin a frame. */
function isStart(b: Uint8Array, at: number, end: number): boolean {
  if (b[at] !== SYNC) return false
  if (end - at < 2) return true
  const version = b[at + 1] & 0x0f
  if (b[at + 1] >> 4 > CONFIGURATION_3 || version === 0 || version > NEWEST) return false
  return end - at < ID_AT || u16(b, at + SIZE_AT) >= LEAST + (b[at + 1] >> 4 === COMMAND ? 2 : 0)
}

const isChecked = (b: Uint8Array, at: number, size: number): boolean =>
  crcCcitt(b, at, at + size - CHECK) === u16(b, at + size - CHECK)

function readCommand(b: Uint8Array, at: number, end: number, unit: number, to: Notes): void {
  to.client(true)
  if (end - at < HEADER + 2) {
    to.act(A.UNKNOWN, COMMANDS, unit, -1, 0, 0)
    to.short()
    return
  }
  const fn = Math.min(COMMANDS + u16(b, at + HEADER), MOST_FUNCTION)
  to.act(functionActions(fn), fn, unit, -1, 0, 0)
}

/** Turning data on and off begins and ends a subscription; words that users define may do anything. */
function functionActions(fn: number): number {
  if (fn === DATA) return A.REPORT
  if (fn === COMMANDS + TURN_OFF || fn === COMMANDS + TURN_ON) return A.SESSION
  return fn >= COMMANDS + SEND_HEADER && fn <= COMMANDS + SEND_CONFIGURATION_3 ? A.READ : A.UNKNOWN
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (!isStart(b, at, end)) return -1
  return end - at < ID_AT ? 0 : u16(b, at + SIZE_AT)
}

function readFrame(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < ID_AT + 2) {
    to.short()
    return
  }
  const size = u16(b, at + SIZE_AT)
  // over UDP nothing else has looked at the header
  if (!isStart(b, at, end) || size > length || (end - at >= size && !isChecked(b, at, size))) {
    to.unfit()
    return
  }
  const unit = u16(b, at + ID_AT)
  const type = b[at + 1] >> 4
  if (type === COMMAND) {
    readCommand(b, at, end, unit, to)
    return
  }
  to.client(false)
  if (type === DATA) to.act(A.REPORT, DATA, unit, -1, 0, 0)
  else to.answer(ANSWERS[type], unit, false)
  if ((type === CONFIGURATION_1 || type === CONFIGURATION_2) && end - at >= NAME_AT + NAME)
    to.heard('name', printable(b, at + NAME_AT, at + NAME_AT + NAME))
}

export const synchrophasor: Protocol = {
  id: 'synchrophasor',
  service: 'synchrophasor',
  transports: [TCP, UDP],
  firstBytes: [SYNC],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < ID_AT || !isStart(b, at, end)) return NOT
    const size = u16(b, at + SIZE_AT)
    const who = b[at + 1] >> 4 === COMMAND ? FROM_CLIENT : FROM_SERVER
    if (end - at >= size) return isChecked(b, at, size) ? CERTAIN | who : NOT
    // of a frame in several segments, or one that was cut, the check sequence is not here
    return carrier.transport === UDP && size > carrier.length ? NOT : UNSURE | who
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readFrame),

  functionActions,

  functionName: fn => NAMES[fn],
}
