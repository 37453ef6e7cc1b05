/**
 * MELSEC communication protocol (MC protocol, SLMP) over TCP and UDP, 3E and 4E frames, in binary and in ASCII: SLMP Reference
 * Manual SH-080956ENG. The 1E frame is in melsec-1e.ts.
 *
 * Functions of `act` are commands (0x0401). The unit is the station number. Areas are device codes, `first` and `last` device
 * numbers.
 */
import * as A from '../../net/actions.ts'
import { printable } from '../it/text.ts'
import { u16le, u24le, u32le } from '../little.ts'
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
import { readEach } from './datagram.ts'
import {
  BATCH_READ,
  BATCH_WRITE,
  BLOCK_READ,
  BLOCK_WRITE,
  COMMANDS,
  deviceOf,
  deviceText,
  isBitDevice,
  isHexDevice,
  ON_DEMAND,
  RANDOM_READ,
  RANDOM_WRITE,
  READ_TYPE,
} from './melsec-commands.ts'

/** subheaders: 3E, 4E (a serial number follows), and their answers */
const REQUEST_3E = 0x50
const REQUEST_4E = 0x54
const ANSWER = 0x80
/** behind subheader and serial number: network, PC, module (2), station, length of what follows (2) */
const MODULE_AT = 2
const STATION_AT = 4
const LENGTH_AT = 5
const ROUTE = 7
/** monitoring timer, command, subcommand (2 each); in an answer the end code (2) */
const COMMAND_AT = 2
const SUBCOMMAND_AT = 4
const LEAST_REQUEST = 6
const LEAST_ANSWER = 2
/** an access in bits; larger numbers for iQ-R; with a module or an index, which is not followed */
const BITS = 1
const LARGE = 2
const EXTENDED = 0x80

/** memory: command + 1 of the last request, whether the controller was named */
const LAST = 0
const TOLD = 1

/** subheaders in binary, and the first digits of them in ASCII */
const FIRST = [REQUEST_3E, REQUEST_4E].flatMap(request => [request, request | ANSWER]).concat(0x35, 0x44)

/** Value of a hexadecimal digit, -1 where it is none: in ASCII frames each byte is two. */
const digit = (c: number): number =>
  c >= 0x30 && c <= 0x39
    ? c - 0x30
    : c >= 0x41 && c <= 0x46
      ? c - 0x37
      : c >= 0x61 && c <= 0x66
        ? c - 0x57
        : -1

/** Number of `digits` hexadecimal digits; negative where they are none. */
function hexAt(b: Uint8Array, at: number, digits: number, base = 16): number {
  let value = 0
  for (let i = 0; i < digits; i++) {
    const d = digit(b[at + i])
    if (d < 0 || d >= base) return -1
    value = value * base + d
  }
  return value
}

/** What a header says: one object, filled anew each time. */
const head = {
  isAscii: false,
  isAnswer: false,
  station: 0,
  /** where what the length counts begins: the timer of a request, the end code of an answer */
  bodyAt: 0,
  /** bytes of the body */
  length: 0,
}

/** Reads the header at `at`: 1 = it is one, 0 = too few bytes are here to tell, -1 = it is none. */
function readHead(b: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0
  head.isAscii = b[at] === 0x35 || b[at] === 0x44
  const scale = head.isAscii ? 2 : 1
  if (end - at < 2 * scale) return head.isAscii || isSubheader(b[at]) ? 0 : -1
  const subheader = head.isAscii ? hexAt(b, at, 2) : b[at]
  if (!isSubheader(subheader) || (head.isAscii ? hexAt(b, at + 2, 2) : b[at + 1]) !== 0) return -1
  head.isAnswer = (subheader & ANSWER) !== 0
  const routeAt = at + ((subheader & ~ANSWER) === REQUEST_4E ? 6 : 2) * scale
  if (end < routeAt + ROUTE * scale) return 0
  const module = head.isAscii ? hexAt(b, routeAt + 2 * MODULE_AT, 4) : u16le(b, routeAt + MODULE_AT)
  // CPUs and modules of a base unit or a multidrop line
  if (module < 0 || module > 0x03ff) return -1
  head.station = head.isAscii ? hexAt(b, routeAt + 2 * STATION_AT, 2) : b[routeAt + STATION_AT]
  head.length = head.isAscii ? hexAt(b, routeAt + 2 * LENGTH_AT, 4) : u16le(b, routeAt + LENGTH_AT)
  head.bodyAt = routeAt + ROUTE * scale
  return head.station >= 0 && head.length >= (head.isAnswer ? LEAST_ANSWER : LEAST_REQUEST) * scale ? 1 : -1
}

const isSubheader = (value: number): boolean => {
  const request = value & ~ANSWER
  return request === REQUEST_3E || request === REQUEST_4E
}

/** A number of two bytes of the body. */
const wordAt = (b: Uint8Array, at: number): number => (head.isAscii ? hexAt(b, at, 4) : u16le(b, at))

function readRequest(b: Uint8Array, end: number, stop: number, to: Notes): void {
  const scale = head.isAscii ? 2 : 1
  const body = head.bodyAt
  if (end < body + SUBCOMMAND_AT * scale) {
    to.act(A.UNKNOWN, 0, head.station, -1, 0, 0)
    return to.short()
  }
  const command = wordAt(b, body + COMMAND_AT * scale)
  if (command < 0) {
    to.act(A.UNKNOWN, 0, head.station, -1, 0, 0)
    return to.unfit()
  }
  // this one a controller sends by itself
  to.client(command !== ON_DEMAND)
  to.memory[LAST] = command + 1
  const actions = COMMANDS.get(command)?.actions ?? A.UNKNOWN
  const subcommand = end >= body + LEAST_REQUEST * scale ? wordAt(b, body + SUBCOMMAND_AT * scale) : -1
  const data = body + LEAST_REQUEST * scale
  switch (command) {
    case BATCH_READ:
    case BATCH_WRITE:
      return batch(b, data, end, actions, command, subcommand, to)
    case RANDOM_READ:
    case RANDOM_WRITE:
    case BLOCK_READ:
    case BLOCK_WRITE:
      if (!head.isAscii && (subcommand & ~(BITS | LARGE)) === 0)
        return several(b, data, end, stop, actions, command, subcommand, to)
  }
  to.act(actions, command, head.station, -1, 0, 0)
  if (subcommand < 0 && end < data) to.short()
}

/** A first device and a count. */
function batch(
  b: Uint8Array,
  at: number,
  end: number,
  actions: number,
  command: number,
  subcommand: number,
  to: Notes,
): void {
  const isLarge = (subcommand & LARGE) !== 0
  const needed = head.isAscii ? (isLarge ? 16 : 12) : isLarge ? 8 : 6
  if (subcommand < 0 || (subcommand & EXTENDED) !== 0 || end < at + needed) {
    to.act(actions, command, head.station, -1, 0, 0)
    if ((subcommand & EXTENDED) === 0) to.short()
    return
  }
  // ASCII: letters before the number, four of them with an asterisk in front where numbers are large
  const code = head.isAscii ? deviceOf(b[at], b[at + 1]) : isLarge ? u16le(b, at + 4) & 0xff : b[at + 3]
  const first = head.isAscii
    ? hexAt(b, at + (isLarge ? 4 : 2), isLarge ? 8 : 6, isHexDevice(code) ? 16 : 10)
    : isLarge
      ? u32le(b, at)
      : u24le(b, at)
  const count = wordAt(b, at + needed - (head.isAscii ? 4 : 2))
  if (code === 0 || count < 0 || (head.isAscii && first < 0))
    return to.act(actions, command, head.station, -1, 0, 0)
  told(actions, command, code, first, Math.max(count, 1), (subcommand & BITS) === 0, to)
}

function told(
  actions: number,
  command: number,
  code: number,
  first: number,
  count: number,
  isWords: boolean,
  to: Notes,
): void {
  const numbers = isWords && isBitDevice(code) ? 16 * count : count
  to.act(actions, command, head.station, code, first, (first + numbers - 1) | 0)
}

/** Devices one by one, or blocks of them: counts of two kinds, then each with what is written. In binary. */
function several(
  b: Uint8Array,
  at: number,
  end: number,
  stop: number,
  actions: number,
  command: number,
  subcommand: number,
  to: Notes,
): void {
  const isBits = (subcommand & BITS) !== 0
  const device = (subcommand & LARGE) !== 0 ? 6 : 4
  const isBlocks = command === BLOCK_READ || command === BLOCK_WRITE
  const isWrite = command === RANDOM_WRITE || command === BLOCK_WRITE
  const kinds = isBits && !isBlocks ? 1 : 2
  if (end < at + kinds) {
    to.act(actions, command, head.station, -1, 0, 0)
    return to.short()
  }
  const words = b[at]
  const total = words + (kinds === 2 ? b[at + 1] : 0)
  let next = at + kinds
  for (let i = 0; i < total; i++) {
    if (next + device + (isBlocks ? 2 : 0) > end) {
      to.act(actions, command, head.station, -1, 0, 0)
      return end < stop ? to.short() : to.unfit()
    }
    const first = device === 6 ? u32le(b, next) : u24le(b, next)
    const code = device === 6 ? u16le(b, next + 4) & 0xff : b[next + 3]
    const isDouble = !isBlocks && i >= words
    const count = isBlocks ? Math.max(u16le(b, next + device), 1) : isDouble ? 2 : 1
    told(actions, command, code, first, count, !isBits, to)
    next += device + (isBlocks ? 2 : 0)
    if (isWrite) next += isBits ? (device === 6 ? 2 : 1) : 2 * count
  }
  if (total === 0) to.act(actions, command, head.station, -1, 0, 0)
}

function readAnswer(b: Uint8Array, end: number, to: Notes): void {
  const scale = head.isAscii ? 2 : 1
  const last = to.memory[LAST]
  to.client(false)
  const code = end >= head.bodyAt + 2 * scale ? wordAt(b, head.bodyAt) : -1
  if (last !== 0) to.answer(last - 1, head.station, code > 0)
  if (code < 0) return to.short()
  const name = head.bodyAt + 2 * scale
  if (last - 1 !== READ_TYPE || code !== 0 || end < name + 16 || to.memory[TOLD] !== 0) return
  to.memory[TOLD] = 1
  const product = printable(b, name, name + 16)
  if (product === '') return
  to.heard('vendor', 'Mitsubishi Electric')
  to.heard('product', product)
  to.heard('role', 'PLC')
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  const known = readHead(b, at, end)
  return known === 1 ? head.bodyAt - at + head.length : known
}

function readFrame(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  const known = readHead(b, at, end)
  if (known !== 1) {
    to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    return known === 0 && length > end - at ? to.short() : to.unfit()
  }
  const stop = head.bodyAt + head.length
  if (stop > at + length) {
    to.act(A.UNKNOWN, 0, head.station, -1, 0, 0)
    return to.unfit()
  }
  if (head.isAnswer) return readAnswer(b, Math.min(end, stop), to)
  readRequest(b, Math.min(end, stop), stop, to)
}

export const melsec: Protocol = {
  id: 'melsec',
  service: 'melsec',
  transports: [TCP, UDP],
  firstBytes: FIRST,
  hasMuteAnswers: true,
  memory: 2,

  probe(b, at, end, carrier) {
    if (readHead(b, at, end) !== 1) return NOT
    const stated = head.bodyAt - at + head.length
    if (stated > carrier.length && carrier.transport === UDP) return NOT
    if (stated < carrier.length) return carrier.transport === UDP ? NOT : UNSURE
    const side = head.isAnswer ? FROM_SERVER : FROM_CLIENT
    const scale = head.isAscii ? 2 : 1
    if (head.isAnswer) return stated === carrier.length ? CERTAIN | side : UNSURE | side
    if (end < head.bodyAt + SUBCOMMAND_AT * scale) return UNSURE | side
    return (COMMANDS.has(wordAt(b, head.bodyAt + COMMAND_AT * scale)) ? CERTAIN : UNSURE) | side
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readFrame),

  functionActions: fn => COMMANDS.get(fn)?.actions ?? A.UNKNOWN,
  functionName: fn => COMMANDS.get(fn)?.name,
  areaText: deviceText,
}
