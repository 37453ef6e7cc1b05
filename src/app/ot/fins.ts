/**
 * Omron FINS over UDP and TCP: FINS Commands Reference Manual W227, section 2 (frames) and 5 (commands); CS/CJ Ethernet Units
 * Operation Manual W421, section 7 (FINS/TCP).
 *
 * Functions of `act` are command codes, MRC and SRC as one number (0x0101), and 0xff00 + command for what the TCP header does
 * itself. The unit is the node that is commanded (DA1). Areas are memory area codes, `first` and `last` words in them.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../protocol.ts'
import {
  areaName,
  COMMANDS,
  CONTROLLER_DATA,
  FORCE,
  fits,
  isBitArea,
  MEMORY_FILE,
  MEMORY_FILL,
  MEMORY_READ,
  MEMORY_TRANSFER,
  MEMORY_WRITE,
  MULTIPLE_READ,
  PARAMETER_FILE,
  PROGRAM_FILE,
} from './fins-commands.ts'

/** ICF, 0, gateways left, to network, node, unit, from network, node, unit, service id, MRC, SRC */
const GATEWAYS_AT = 2
const TO_NODE_AT = 4
const FROM_NETWORK_AT = 6
const FROM_NODE_AT = 7
const SERVICE_ID_AT = 9
const COMMAND_AT = 10
const HEADER = 12
/** in ICF */
const RESPONSE = 0x40
const RESERVED = 0x3e
const MOST_NETWORK = 127
/** in the low byte of an end code: it passed on with a warning of the CPU; in the high byte: a relay failed */
const END_FLAGS = 0x80c0

/** over TCP before it: 'FINS', length of what follows that, command, error */
const MAGIC = 0x46494e53
const TCP_HEADER = 16
const TCP_COMMAND_AT = 8
const TCP_ERROR_AT = 12
const MOST_TCP = 8192
const CLIENT_NODE = 0
const SERVER_NODE = 1
const FRAME = 2
const ERROR_NOTICE = 3
const CONFIRM = 6
const TCP_FUNCTIONS = 0xff00

/** model and version of a controller: 20 bytes each */
const TEXT = 20

/** memory: whether the controller was named; the last commands, service id and node each */
const TOLD = 0
const ASKED = 1
const MOST_ASKED = 4
const IS_ASKED = 0x10000

/** Likeness of the frame in [at, end), `length` bytes on the wire. */
function likeness(b: Uint8Array, at: number, end: number, length: number): number {
  if (end - at < HEADER || (b[at] & RESERVED) !== 0 || b[at + 1] !== 0) return NOT
  if (b[at + GATEWAYS_AT] > 7 || b[at + 3] > MOST_NETWORK || b[at + FROM_NETWORK_AT] > MOST_NETWORK)
    return NOT
  const isResponse = (b[at] & RESPONSE) !== 0
  if (isResponse && length < HEADER + 2) return NOT
  const command = u16(b, at + COMMAND_AT)
  if (command < 0x0100) return NOT
  // without use of gateways there is little left to tell it by
  if (COMMANDS[command] === undefined || (b[at] & 0x80) === 0) return UNSURE
  if (!isResponse && !fits(b, at + HEADER, end, length - HEADER, command)) return UNSURE
  return CERTAIN | (isResponse ? FROM_SERVER : FROM_CLIENT)
}

/** A frame from its ICF on: `stop` is where it ends as stated, bytes before `end` are here. */
function readFrame(b: Uint8Array, at: number, end: number, stop: number, to: Notes): void {
  if (end - at < HEADER) {
    to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    return stop - at < HEADER ? to.unfit() : to.short()
  }
  const fn = u16(b, at + COMMAND_AT)
  if (likeness(b, at, end, stop - at) === NOT) {
    to.act(A.UNKNOWN, fn, b[at + TO_NODE_AT], -1, 0, 0)
    return to.unfit()
  }
  if ((b[at] & RESPONSE) !== 0) return readResponse(b, at, end, fn, to)
  to.client(true)
  readCommand(b, at, end, stop, fn, to)
  // frames state no length: where their data show it, nothing else may stand behind them
  if (!fits(b, at + HEADER, end, stop - at - HEADER, fn)) to.unfit()
}

/** The node that was commanded: 0 stands for the one that takes it, which answers with its number. */
function nodeAsked(b: Uint8Array, at: number, to: Notes): number {
  for (let i = ASKED; i < ASKED + MOST_ASKED; i++) {
    const asked = to.memory[i]
    if ((asked & IS_ASKED) !== 0 && ((asked >> 8) & 0xff) === b[at + SERVICE_ID_AT]) return asked & 0xff
  }
  return b[at + FROM_NODE_AT]
}

function readResponse(b: Uint8Array, at: number, end: number, fn: number, to: Notes): void {
  const unit = nodeAsked(b, at, to)
  const data = at + HEADER + 2
  to.client(false)
  if (end < data) {
    to.answer(fn, unit, false)
    return to.short()
  }
  const isRefused = (u16(b, at + HEADER) & ~END_FLAGS) !== 0
  to.answer(fn, unit, isRefused)
  if (fn !== CONTROLLER_DATA || isRefused || to.memory[TOLD] !== 0) return
  const model = printable(b, data, Math.min(end, data + TEXT), TEXT)
  // data of other units than the controller have no text there
  if (model.length < 3 || end < data + TEXT) return
  to.memory[TOLD] = 1
  to.heard('vendor', 'Omron')
  to.heard('product', model)
  const version = printable(b, data + TEXT, Math.min(end, data + 2 * TEXT), TEXT)
  if (version !== '') to.heard('version', version)
  to.heard('role', 'PLC')
}

function readCommand(b: Uint8Array, at: number, end: number, stop: number, fn: number, to: Notes): void {
  const unit = b[at + TO_NODE_AT]
  const data = at + HEADER
  to.memory.copyWithin(ASKED + 1, ASKED, ASKED + MOST_ASKED - 1)
  to.memory[ASKED] = IS_ASKED | (b[at + SERVICE_ID_AT] << 8) | unit
  switch (fn) {
    case MEMORY_READ:
    case MEMORY_WRITE:
    case MEMORY_FILL:
      return ranged(b, data, end, COMMANDS[fn].actions, fn, unit, to)
    case MULTIPLE_READ: {
      if (data + 4 > Math.min(end, stop)) {
        to.act(A.READ, fn, unit, -1, 0, 0)
        return data + 4 > stop ? to.unfit() : to.short()
      }
      for (let word = data; word + 4 <= end; word += 4)
        to.act(A.READ, fn, unit, b[word], u16(b, word + 1), u16(b, word + 1))
      if (end < stop) to.short()
      return
    }
    case MEMORY_TRANSFER:
      return transfer(b, data, end, unit, to)
    case FORCE:
      return forced(b, data, end, stop, unit, to)
    case MEMORY_FILE:
    case PARAMETER_FILE:
    case PROGRAM_FILE:
      return fileTransfer(b, data, end, fn, unit, to)
    default:
      to.act(COMMANDS[fn]?.actions ?? A.UNKNOWN, fn, unit, -1, 0, 0)
  }
}

/** Area, word (2), bit, and a count of bits or words. */
function ranged(
  b: Uint8Array,
  at: number,
  end: number,
  action: number,
  fn: number,
  unit: number,
  to: Notes,
): void {
  if (end - at < 6) {
    to.act(action, fn, unit, -1, 0, 0)
    return to.short()
  }
  const first = u16(b, at + 1)
  const count = Math.max(u16(b, at + 4), 1)
  const last = isBitArea(b[at]) ? first + ((b[at + 3] + count - 1) >> 4) : first + count - 1
  to.act(action, fn, unit, b[at], first, last)
}

/** From area, word and bit, to area, word and bit, a count of words. */
function transfer(b: Uint8Array, at: number, end: number, unit: number, to: Notes): void {
  if (end - at < 10) {
    to.act(A.READ | A.WRITE, MEMORY_TRANSFER, unit, -1, 0, 0)
    return to.short()
  }
  const more = Math.max(u16(b, at + 8), 1) - 1
  to.act(A.READ, MEMORY_TRANSFER, unit, b[at], u16(b, at + 1), u16(b, at + 1) + more)
  to.act(A.WRITE, MEMORY_TRANSFER, unit, b[at + 4], u16(b, at + 5), u16(b, at + 5) + more)
}

/** A count, and for each bit: what is done (2), area, word (2), bit. */
function forced(b: Uint8Array, at: number, end: number, stop: number, unit: number, to: Notes): void {
  if (at + 8 > end) {
    to.act(A.CONTROL, FORCE, unit, -1, 0, 0)
    return at + 8 > stop ? to.unfit() : to.short()
  }
  for (let bit = at + 2; bit + 6 <= end; bit += 6)
    to.act(A.CONTROL, FORCE, unit, b[bit + 2], u16(b, bit + 3), u16(b, bit + 3))
  if (end < stop) to.short()
}

/** What loading a file into the area of a file transfer does. */
const loadActions = (fn: number): number =>
  fn === MEMORY_FILE ? A.WRITE : fn === PARAMETER_FILE ? A.CONFIGURE : fn === PROGRAM_FILE ? A.PROGRAM : 0

/** What a function does, without what tells which way a file went: the worst. */
function functionActions(fn: number): number {
  const loads = loadActions(fn)
  if (loads !== 0) return A.FILE | loads | MAYBE
  if (fn < TCP_FUNCTIONS) return COMMANDS[fn]?.actions ?? A.UNKNOWN
  const isNodes = fn === TCP_FUNCTIONS + CLIENT_NODE || fn === TCP_FUNCTIONS + CONFIRM
  return isNodes ? A.SESSION : A.UNKNOWN
}

/** Between a file and an area: 0 = the area is read, 1 = the file is loaded into it, 2 = they are compared. */
function fileTransfer(b: Uint8Array, at: number, end: number, fn: number, unit: number, to: Notes): void {
  const way = end - at >= 2 ? u16(b, at) : -1
  const loads = loadActions(fn)
  const reads = fn === PROGRAM_FILE ? A.UPLOAD : A.READ
  const does = way === 0 ? reads : way === 2 ? 0 : loads
  to.act(A.FILE | does, fn, unit, -1, 0, 0)
  if (way < 0) to.short()
}

/** Header and command of FINS/TCP. */
const isTcpHeader = (b: Uint8Array, at: number): boolean => {
  const length = u32(b, at + 4)
  const command = u32(b, at + TCP_COMMAND_AT)
  return u32(b, at) === MAGIC && length >= 8 && length <= MOST_TCP && command >= 0 && command <= 0xff
}

function readTcp(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < TCP_HEADER) {
    to.act(A.UNKNOWN, TCP_FUNCTIONS, -1, -1, 0, 0)
    return to.short()
  }
  const command = u32(b, at + TCP_COMMAND_AT)
  const fn = TCP_FUNCTIONS + (command & 0xff)
  const isRefused = u32(b, at + TCP_ERROR_AT) !== 0
  switch (command) {
    case FRAME:
      return readFrame(b, at + TCP_HEADER, end, at + length, to)
    case CLIENT_NODE:
      to.client(true)
      return to.act(A.SESSION, fn, -1, -1, 0, 0)
    case SERVER_NODE:
      to.client(false)
      return to.answer(TCP_FUNCTIONS + CLIENT_NODE, -1, isRefused)
    case ERROR_NOTICE:
      to.client(false)
      return to.answer(TCP_FUNCTIONS + CLIENT_NODE, -1, true)
    case CONFIRM:
      return to.act(A.SESSION, fn, -1, -1, 0, 0)
    default:
      to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
  }
}

export const fins: Protocol = {
  id: 'fins',
  service: 'fins',
  transports: [UDP, TCP],
  firstBytes: [MAGIC >> 24, 0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xc0, 0xc1],
  memory: 1 + MOST_ASKED,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (carrier.transport === UDP) return likeness(b, at, end, carrier.length)
    if (end - at < TCP_HEADER || !isTcpHeader(b, at)) return NOT
    const command = u32(b, at + TCP_COMMAND_AT)
    if (command === CLIENT_NODE) return CERTAIN | FROM_CLIENT
    if (command === SERVER_NODE || command === ERROR_NOTICE) return CERTAIN | FROM_SERVER
    if (command !== FRAME) return CERTAIN
    const frame = at + TCP_HEADER
    if (frame >= end) return CERTAIN
    return CERTAIN | ((b[frame] & RESPONSE) !== 0 ? FROM_SERVER : FROM_CLIENT)
  },

  length(b, at, end) {
    if (b[at] !== 0x46 || (end - at >= 4 && u32(b, at) !== MAGIC)) return -1
    if (end - at < TCP_COMMAND_AT) return 0
    const length = u32(b, at + 4)
    return length < 8 || length > MOST_TCP ? -1 : 8 + length
  },

  read(b, at, end, length, to) {
    if (to.carrier.transport === TCP) return readTcp(b, at, end, length, to)
    readFrame(b, at, end, at + length, to)
  },

  functionActions,
  functionName: fn => (fn >= TCP_FUNCTIONS ? 'FINS/TCP node addresses' : COMMANDS[fn]?.name),
  areaText: (area, first, last) => `${areaName(area)} ${numbersText(first, last)}`,
}
