/**
 * Emerson ROC Plus, over TCP and UDP: "ROC Plus Protocol Specifications Manual" (Emerson Remote Automation Solutions, form
 * A6127, 2022), sections 1 (format) and 2 (opcodes).
 *
 * Functions of `act` are the opcodes. The unit is the destination's unit of a request (its group is not kept). Areas are point
 * types; numbers are 65536 x point type + 256 x logical number of the point + parameter. A message that is stored and
 * forwarded (24) does what the opcode inside of it does.
 */
import * as A from '../../net/actions.ts'
import { u24 } from '../../wire/bytes.ts'
import { u16le } from '../little.ts'
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
import { crc16 } from './crc.ts'
import { readEach } from './datagram.ts'

/** destination and source, a unit and a group each; opcode, length of the data; data; CRC */
const OPCODE_AT = 4
const LENGTH_AT = 5
const HEADER = 6
const CHECK = 2

const LOGIN = 17
const FORWARD = 24
const SET_POINT = 166
const GET_POINT = 167
const GET_PARAMETERS = 180
const SET_PARAMETERS = 181
const SIGNAL = 224
const ACKNOWLEDGE_SIGNAL = 225
const ERROR = 255

const OPCODES: Readonly<Record<number, readonly [name: string, actions: number]>> = {
  6: ['system configuration', A.DISCOVER],
  7: ['read clock', A.READ],
  8: ['set clock', A.TIME],
  10: ['read configurable opcode table', A.READ],
  11: ['write configurable opcode table', A.WRITE],
  [LOGIN]: ['login', A.SESSION],
  [FORWARD]: ['store and forward', A.UNKNOWN],
  50: ['read I/O position', A.READ],
  100: ['read user-defined information', A.READ],
  105: ['read minimum and maximum', A.READ],
  108: ['read history tags', A.READ],
  118: ['read alarms', A.READ],
  119: ['read events', A.READ],
  135: ['read history of a point', A.READ],
  136: ['read history of several points', A.READ],
  137: ['read history index', A.READ],
  138: ['read daily history', A.READ],
  139: ['read history information', A.READ],
  [SET_POINT]: ['set parameters of a point', A.WRITE],
  [GET_POINT]: ['read parameters of a point', A.READ],
  [GET_PARAMETERS]: ['read parameters', A.READ],
  [SET_PARAMETERS]: ['write parameters', A.WRITE],
  203: ['file transfer', A.FILE],
  205: ['peer to peer message', A.UNKNOWN],
  206: ['read transaction history', A.READ],
  [SIGNAL]: ['report by exception', A.REPORT],
  [ACKNOWLEDGE_SIGNAL]: ['acknowledge report by exception', A.REPORT],
  [ERROR]: ['error', A.UNKNOWN],
}

/** memory: what was asked for last, and of which unit (one more than it) */
const OPCODE_ASKED = 0
const UNIT_ASKED = 1

const actionsOf = (opcode: number): number => OPCODES[opcode]?.[1] ?? A.UNKNOWN

/** Whether the data of an opcode are a request's: 1 = yes, 0 = an answer's, -1 = their length does not tell. */
function requestShape(opcode: number, length: number): number {
  switch (opcode) {
    // nothing is asked with, or nothing answered
    case 6:
    case 7:
      return length === 0 ? 1 : 0
    case 8:
    case 11:
    case SET_POINT:
    case SET_PARAMETERS:
      return length === 0 ? 0 : 1
    case GET_POINT:
      return length === 4 ? 1 : 0
    case ERROR:
      return 0
    default:
      return -1
  }
}

/** what a start at 0xffff adds to the CRC-16 of so many bytes */
const OF_START = Uint16Array.from({ length: HEADER + 256 }, (_, bytes) =>
  crc16(new Uint8Array(bytes), 0, bytes, 0xffff),
)

/** A CRC-16 over all before it, sent low byte first: it starts at 0xffff in the public capture, at 0 where it is the plain one. */
function isChecked(b: Uint8Array, at: number, check: number): boolean {
  const plain = crc16(b, at, check, 0)
  const sent = u16le(b, check)
  return plain === sent || (plain ^ OF_START[check - at]) === sent
}

function readRequest(b: Uint8Array, at: number, end: number, to: Notes): void {
  const unit = b[at]
  const opcode = b[at + OPCODE_AT]
  const data = at + HEADER
  const stop = data + b[at + LENGTH_AT]
  const here = Math.min(end, stop)
  switch (opcode) {
    case SET_POINT:
    case GET_POINT: {
      if (data + 4 > here) break
      // point type, logical number, how many parameters, the first of them
      const first = (b[data] << 16) | (b[data + 1] << 8) | b[data + 3]
      return to.act(actionsOf(opcode), opcode, unit, b[data], first, first + Math.max(0, b[data + 2] - 1))
    }
    case GET_PARAMETERS:
    case SET_PARAMETERS: {
      if (data + 4 > here) break
      const count = opcode === GET_PARAMETERS ? b[data] : 1
      let parameter = data + 1
      for (let i = 0; i < count && parameter + 3 <= here; i++, parameter += 3) {
        const number = u24(b, parameter)
        to.act(actionsOf(opcode), opcode, unit, b[parameter], number, number)
      }
      if (parameter <= here && opcode === GET_PARAMETERS && parameter === data + 1 + 3 * count) return
      // how long a value is depends on its parameter: what else is written cannot be told
      if (opcode === SET_PARAMETERS && b[data] === 1) return
      to.act(actionsOf(opcode), opcode, unit, -1, 0, 0)
      return to.short()
    }
    case FORWARD:
      // a host and four destinations, then the message's opcode
      if (data + 11 > here) break
      return to.act(actionsOf(b[data + 10]), opcode, unit, -1, 0, 0)
    default:
      return to.act(actionsOf(opcode), opcode, unit, -1, 0, 0)
  }
  to.act(actionsOf(opcode), opcode, unit, -1, 0, 0)
  if (end < stop) to.short()
  else to.unfit()
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (end - at <= OPCODE_AT) return 0
  if (OPCODES[b[at + OPCODE_AT]] === undefined) return -1
  return end - at < HEADER ? 0 : HEADER + b[at + LENGTH_AT] + CHECK
}

function readMessage(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < HEADER) {
    to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    return to.short()
  }
  const opcode = b[at + OPCODE_AT]
  const check = at + HEADER + b[at + LENGTH_AT]
  const isWhole = check + CHECK <= end
  if (check + CHECK > at + length || (isWhole && !isChecked(b, at, check))) {
    to.act(A.UNKNOWN, opcode, b[at], -1, 0, 0)
    return to.unfit()
  }
  if (opcode === SIGNAL || opcode === ACKNOWLEDGE_SIGNAL)
    return to.act(A.REPORT, opcode, opcode === SIGNAL ? b[at + 2] : b[at], -1, 0, 0)
  const shape = requestShape(opcode, b[at + LENGTH_AT])
  if (shape >= 0) to.client(shape === 1)
  if (shape === 1 || (shape < 0 && to.fromOrig)) {
    to.memory[OPCODE_ASKED] = opcode
    to.memory[UNIT_ASKED] = b[at] + 1
    return readRequest(b, at, end, to)
  }
  const unit = to.memory[UNIT_ASKED] > 0 ? to.memory[UNIT_ASKED] - 1 : b[at + 2]
  // an error does not say of what
  if (opcode === ERROR) to.answer(to.memory[OPCODE_ASKED], unit, true)
  else to.answer(opcode, unit, false)
}

export const roc: Protocol = {
  id: 'roc',
  service: 'roc',
  transports: [TCP, UDP],
  memory: 2,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || OPCODES[b[at + OPCODE_AT]] === undefined) return NOT
    const opcode = b[at + OPCODE_AT]
    const length = b[at + LENGTH_AT]
    const check = at + HEADER + length
    const next = check + CHECK
    if (next > at + carrier.length) return NOT
    // an error names one; without, it is Modbus RTU that switches on a coil
    if (opcode === ERROR && length === 0) return NOT
    if (next > end) return UNSURE
    if (!isChecked(b, at, check)) return NOT
    const shape = requestShape(opcode, length)
    const who = shape === 1 ? FROM_CLIENT : shape === 0 ? FROM_SERVER : 0
    if (next === at + carrier.length) return CERTAIN | who
    // another one follows, between the same two
    const follows = next + HEADER <= end && b[next] === b[at] && b[next + 2] === b[at + 2]
    return (follows && OPCODES[b[next + OPCODE_AT]] !== undefined ? CERTAIN : UNSURE) | who
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readMessage),

  functionActions: actionsOf,
  functionName: fn => OPCODES[fn]?.[0],

  areaText(area, first, last) {
    const parameters =
      last > first ? `parameters ${first & 0xff}-${last & 0xff}` : `parameter ${first & 0xff}`
    return `point type ${area}, logical ${(first >> 8) & 0xff}, ${parameters}`
  },
}
