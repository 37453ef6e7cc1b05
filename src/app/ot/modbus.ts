/**
 * Modbus/TCP: MODBUS Messaging on TCP/IP Implementation Guide V1.0b (the MBAP header), MODBUS Application Protocol
 * Specification V1.1b3 (functions).
 *
 * Functions of `act` are the function codes; unit is the unit identifier; areas are the four tables of the data model, with
 * offsets as the PDU has them (0..65535).
 */
import * as A from '../../net/actions.ts'
import { modbusNumber } from '../../net/modbus-address.ts'
import { u16 } from '../../wire/bytes.ts'
import {
  type Carrier,
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { endsWithCrc16 } from './crc.ts'
import { readEach } from './datagram.ts'

/** tables of the data model: the first digit of their usual notation */
export const COILS = 0
export const DISCRETE_INPUTS = 1
export const INPUT_REGISTERS = 3
export const HOLDING_REGISTERS = 4
const FILES = 6
const FIFO = 7

/** MBAP: transaction, protocol (0), length of what follows, unit */
const PROTOCOL_AT = 2
const LENGTH_AT = 4
const UNIT_AT = 6
const FUNCTION_AT = 7
const HEADER = 7
/** the most that may follow the length: unit, function and 252 bytes (V1.0b, section 4.1) */
const MOST = 254
const EXCEPTION = 0x80

const NAMES: Readonly<Record<number, string>> = {
  1: 'read coils',
  2: 'read discrete inputs',
  3: 'read holding registers',
  4: 'read input registers',
  5: 'write single coil',
  6: 'write single register',
  7: 'read exception status',
  8: 'diagnostics',
  11: 'get comm event counter',
  12: 'get comm event log',
  15: 'write multiple coils',
  16: 'write multiple registers',
  17: 'report server id',
  20: 'read file record',
  21: 'write file record',
  22: 'mask write register',
  23: 'read/write multiple registers',
  24: 'read FIFO queue',
  43: 'encapsulated interface transport',
  90: 'Unity (Schneider) engineering',
}

const ACTIONS: Readonly<Record<number, number>> = {
  1: A.READ,
  2: A.READ,
  3: A.READ,
  4: A.READ,
  5: A.WRITE,
  6: A.WRITE,
  7: A.DIAGNOSE,
  8: A.DIAGNOSE,
  11: A.DIAGNOSE,
  12: A.DIAGNOSE,
  15: A.WRITE,
  16: A.WRITE,
  17: A.DISCOVER,
  20: A.FILE | A.READ,
  21: A.FILE | A.WRITE,
  22: A.WRITE,
  23: A.READ | A.WRITE,
  24: A.READ,
}

const TABLES: Readonly<Record<number, string>> = {
  [COILS]: 'coils',
  [DISCRETE_INPUTS]: 'discrete inputs',
  [INPUT_REGISTERS]: 'input registers',
  [HOLDING_REGISTERS]: 'holding registers',
  [FILES]: 'file',
  [FIFO]: 'FIFO queue',
}

/** Whether a PDU (from the function code on) has the shape of a request: 1 = yes, 0 = no, -1 = its length says nothing. */
export function requestShape(b: Uint8Array, at: number, end: number, length: number): number {
  const rest = length - 1
  const there = end - at - 1
  if (b[at] === 0 || b[at] >= EXCEPTION) return 0
  switch (b[at]) {
    case 1:
    case 2:
    case 3:
    case 4:
      return rest === 4 ? (there >= 1 && b[at + 1] === 3 && b[at] < 3 ? -1 : 1) : 0
    case 5:
    case 6:
      return rest === 4 ? -1 : 0
    case 8:
      return rest >= 2 ? -1 : 0
    case 7:
    case 11:
    case 12:
    case 17:
      return rest === 0 ? 1 : 0
    case 15:
    case 16:
      if (rest === 4) return 0
      return rest >= 6 && (there < 5 || rest === 5 + b[at + 5]) ? 1 : 0
    case 20:
    case 21:
      return rest >= 8 && (there < 1 || rest === 1 + b[at + 1]) ? -1 : 0
    case 22:
      return rest === 6 ? -1 : 0
    case 23:
      return rest >= 11 && (there < 9 || rest === 9 + b[at + 9]) ? 1 : 0
    case 24:
      return rest === 2 ? 1 : 0
    case 43:
      return rest === 3 ? 1 : rest > 3 ? -1 : 0
    default:
      return -1
  }
}

/** Whether a PDU has the shape of an answer: 1 = yes, 0 = no, -1 = its length says nothing. */
export function answerShape(b: Uint8Array, at: number, end: number, length: number): number {
  const rest = length - 1
  const there = end - at - 1
  if (b[at] >= EXCEPTION) return rest === 1 && (there < 1 || isExceptionCode(b[at + 1])) ? 1 : 0
  switch (b[at]) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 12:
    case 17:
    case 23:
      return rest >= 2 && (there < 1 || rest === 1 + b[at + 1]) ? 1 : 0
    case 20:
    case 21:
      // requests have it, too
      return rest >= 2 && (there < 1 || rest === 1 + b[at + 1]) ? -1 : 0
    case 5:
    case 6:
    case 11:
    case 15:
    case 16:
      return rest === 4 ? (b[at] < 7 ? -1 : 1) : 0
    case 7:
      return rest === 1 ? 1 : 0
    case 8:
      return rest >= 2 ? -1 : 0
    case 22:
      return rest === 6 ? -1 : 0
    case 24:
      return rest >= 4 && (there < 2 || rest === 2 + u16(b, at + 1)) ? 1 : 0
    case 43:
      return rest >= 3 ? -1 : 0
    default:
      return -1
  }
}

const isExceptionCode = (code: number): boolean => (code >= 1 && code <= 8) || code === 10 || code === 11

/** Tells `to` what a PDU does, from its function code on: `length` bytes as stated, those before `end` are here. */
export function readPdu(
  b: Uint8Array,
  at: number,
  end: number,
  length: number,
  unit: number,
  to: Notes,
): void {
  if (end <= at) return to.short()
  const fn = b[at]
  const asks = requestShape(b, at, end, length)
  const answers = answerShape(b, at, end, length)
  if (asks === 0 && answers === 0) {
    to.act(A.UNKNOWN, fn & 0x7f, unit, -1, 0, 0)
    return to.unfit()
  }
  // where both would do, who opened the conversation decides
  const isAnswer = answers === 1 ? asks !== 1 || !to.fromOrig : asks !== 1 && (asks === 0 || !to.fromOrig)
  if (isAnswer) {
    if (answers === 1 && asks === 0) to.client(false)
    to.answer(fn & 0x7f, unit, fn >= EXCEPTION)
    return
  }
  if (asks === 1 && answers === 0) to.client(true)
  readRequest(b, at, end, unit, to)
}

function readRequest(b: Uint8Array, at: number, end: number, unit: number, to: Notes): void {
  const fn = b[at]
  switch (fn) {
    case 1:
      return ranged(b, at, end, A.READ, unit, COILS, to)
    case 2:
      return ranged(b, at, end, A.READ, unit, DISCRETE_INPUTS, to)
    case 3:
      return ranged(b, at, end, A.READ, unit, HOLDING_REGISTERS, to)
    case 4:
      return ranged(b, at, end, A.READ, unit, INPUT_REGISTERS, to)
    case 5:
      return single(b, at, end, unit, COILS, to)
    case 6:
    case 22:
      return single(b, at, end, unit, HOLDING_REGISTERS, to)
    case 15:
      return ranged(b, at, end, A.WRITE, unit, COILS, to)
    case 16:
      return ranged(b, at, end, A.WRITE, unit, HOLDING_REGISTERS, to)
    case 23:
      ranged(b, at, end, A.READ, unit, HOLDING_REGISTERS, to)
      if (end - at < 9) return to.short()
      return ranged(b, at + 4, end, A.WRITE, unit, HOLDING_REGISTERS, to, fn)
    case 7:
    case 11:
    case 12:
      return to.act(A.DIAGNOSE, fn, unit, -1, 0, 0)
    case 8: {
      // sub-function 1 restarts communications, 4 silences the device, 10 and 20 clear counters
      const sub = end - at >= 3 ? u16(b, at + 1) : 0
      const commands = sub === 1 || sub === 4
      return to.act(commands ? A.DIAGNOSE | A.CONTROL : A.DIAGNOSE, fn, unit, -1, 0, 0)
    }
    case 17:
      return to.act(A.DISCOVER, fn, unit, -1, 0, 0)
    case 20:
      return files(b, at, end, A.FILE | A.READ, unit, to)
    case 21:
      return files(b, at, end, A.FILE | A.WRITE, unit, to)
    case 24:
      if (end - at < 3) return to.act(A.READ, fn, unit, -1, 0, 0)
      return to.act(A.READ, fn, unit, FIFO, u16(b, at + 1), u16(b, at + 1))
    case 43:
      // 14: device identification, 13: CANopen
      return to.act(end - at >= 2 && b[at + 1] === 14 ? A.DISCOVER : A.UNKNOWN, fn, unit, -1, 0, 0)
    default:
      return to.act(A.UNKNOWN, fn, unit, -1, 0, 0)
  }
}

/** A start and a quantity follow the function code. */
function ranged(
  b: Uint8Array,
  at: number,
  end: number,
  action: number,
  unit: number,
  table: number,
  to: Notes,
  fn = b[at],
): void {
  if (end - at < 5) {
    to.act(action, fn, unit, -1, 0, 0)
    return to.short()
  }
  const first = u16(b, at + 1)
  const quantity = u16(b, at + 3)
  to.act(action, fn, unit, table, first, quantity === 0 ? first : first + quantity - 1)
}

function single(b: Uint8Array, at: number, end: number, unit: number, table: number, to: Notes): void {
  if (end - at < 3) {
    to.act(A.WRITE, b[at], unit, -1, 0, 0)
    return to.short()
  }
  to.act(A.WRITE, b[at], unit, table, u16(b, at + 1), u16(b, at + 1))
}

/** Groups of a reference type (6), a file, a record and a length, for writes with as many words behind them. */
function files(b: Uint8Array, at: number, end: number, action: number, unit: number, to: Notes): void {
  const isWrite = b[at] === 21
  let group = at + 2
  if (group + 7 > end) to.act(action, b[at], unit, -1, 0, 0)
  for (; group + 7 <= end; group += 7 + (isWrite ? 2 * u16(b, group + 5) : 0))
    to.act(action, b[at], unit, FILES, u16(b, group + 1), u16(b, group + 1))
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (end - at >= PROTOCOL_AT + 2 && u16(b, at + PROTOCOL_AT) !== 0) return -1
  if (end - at < LENGTH_AT + 2) return 0
  const stated = u16(b, at + LENGTH_AT)
  return stated < 2 || stated > MOST ? -1 : 6 + stated
}

function readAdu(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < HEADER + 1) return to.short()
  // over UDP nothing else has looked at the header
  const stated = u16(b, at + LENGTH_AT)
  if (u16(b, at + PROTOCOL_AT) !== 0 || stated < 2 || 6 + stated > length) return to.unfit()
  readPdu(b, at + FUNCTION_AT, Math.min(end, at + 6 + stated), stated - 1, b[at + UNIT_AT], to)
}

export const modbus: Protocol = {
  id: 'modbus',
  service: 'modbus',
  transports: [TCP, UDP],
  isStrict: true,

  probe(b, at, end, carrier: Carrier) {
    const length = carrier.length
    if (end - at < HEADER + 1) return NOT
    const stated = u16(b, at + LENGTH_AT)
    if (u16(b, at + PROTOCOL_AT) !== 0 || stated < 2 || stated > MOST) return NOT
    const pduEnd = at + 6 + stated
    const here = Math.min(end, pduEnd)
    const asks = requestShape(b, at + FUNCTION_AT, here, stated - 1)
    const answers = answerShape(b, at + FUNCTION_AT, here, stated - 1)
    const fn = b[at + FUNCTION_AT]
    if (asks === 0 && answers === 0) return NOT
    if (NAMES[fn & 0x7f] === undefined || length < 6 + stated) return UNSURE
    const who = asks === 1 && answers === 0 ? FROM_CLIENT : answers === 1 && asks === 0 ? FROM_SERVER : 0
    // the next PDU follows at once, or nothing does
    if (length !== 6 + stated && !(pduEnd + 4 <= end && u16(b, pduEnd + PROTOCOL_AT) === 0))
      return UNSURE | who
    // reading two registers by RTU from 0 on has this shape, too, and a right check sequence
    if (pduEnd <= end && endsWithCrc16(b, at, pduEnd)) return UNSURE | who
    return CERTAIN | who
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readAdu),

  // the sub-function of diagnostics tells whether they restart or silence the device
  functionActions: fn => (fn === 8 ? A.DIAGNOSE | MAYBE : (ACTIONS[fn] ?? A.UNKNOWN)),

  functionName: fn => NAMES[fn],

  areaText(area, first, last) {
    const one = modbusNumber(area, first)
    if (one === undefined)
      return `${TABLES[area] ?? `table ${area}`} ${first === last ? first : `${first}-${last}`}`
    return first === last
      ? `${TABLES[area].slice(0, -1)} ${one}`
      : `${TABLES[area]} ${one}-${modbusNumber(area, last)}`
  },
}
