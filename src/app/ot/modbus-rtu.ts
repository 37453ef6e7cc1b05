/**
 * Modbus RTU frames over TCP, as serial gateways pass them on: MODBUS over Serial Line V1.02, section 2.5.1 (unit, PDU, check
 * sequence); the PDU is that of Modbus/TCP (modbus.ts).
 *
 * Functions, unit and areas of `act` are those of Modbus/TCP. The frames state no length: it is that of a request or an answer
 * with the function code, whichever has the right check sequence. Functions of other lengths end with the segment.
 */
import { u16 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { endsWithCrc16 } from './crc.ts'
import { answerShape, modbus, readPdu, requestShape } from './modbus.ts'

/** units of a serial line (section 2.2); 0 = all of them */
const LAST_UNIT = 247
/** before and behind the PDU: unit, check sequence */
const UNIT = 1
const CHECK = 2
const SHORTEST = UNIT + 1 + CHECK
const MOST = 256
const QUANTITY_AT = 4
const EXCEPTION = 0x80
/** functions that read tables come first */
const LAST_READ = 4
const LAST_FUNCTION = 0x7f
const DIAGNOSTICS = 8
const TRANSPORT = 43
/** type of encapsulated transport: device identification */
const IDENTIFICATION = 14

/** Bytes of the PDU of a request: 0 = more bytes are needed to tell, -1 = no fixed length. */
function requestLength(b: Uint8Array, at: number, end: number): number {
  switch (b[at]) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case DIAGNOSTICS:
      return 5
    case 7:
    case 11:
    case 12:
    case 17:
      return 1
    case 15:
    case 16:
      return counted(b, at, end, 5)
    case 20:
    case 21:
      return counted(b, at, end, 1)
    case 22:
      return 7
    case 23:
      return counted(b, at, end, 9)
    case 24:
      return 3
    case TRANSPORT:
      if (at + 1 >= end) return 0
      return b[at + 1] === IDENTIFICATION ? 4 : -1
    default:
      return -1
  }
}

/** The same of an answer. */
function answerLength(b: Uint8Array, at: number, end: number): number {
  if (b[at] >= EXCEPTION) return 2
  switch (b[at]) {
    case 1:
    case 2:
    case 12:
    case 17:
    case 20:
    case 21:
      return counted(b, at, end, 1)
    case 3:
    case 4:
    case 23:
      // whole registers
      return at + 1 < end && (b[at + 1] & 1) !== 0 ? -1 : counted(b, at, end, 1)
    case 5:
    case 6:
    case DIAGNOSTICS:
    case 11:
    case 15:
    case 16:
      return 5
    case 7:
      return 2
    case 22:
      return 7
    case 24:
      return at + 2 < end ? 3 + u16(b, at + 1) : 0
    default:
      return -1
  }
}

/** A PDU that ends with as many bytes as the one at offset `count` says, at least one. */
function counted(b: Uint8Array, at: number, end: number, count: number): number {
  if (at + count >= end) return 0
  return b[at + count] === 0 ? -1 : count + 1 + b[at + count]
}

/** Whether a frame has this length: 1 = yes, 0 = its end is not here, -1 = no. `pdu`: as requestLength answers. */
function fits(b: Uint8Array, at: number, end: number, pdu: number): number {
  if (pdu === 0) return end - at < MOST ? 0 : -1
  const length = UNIT + pdu + CHECK
  if (pdu < 0 || length > MOST) return -1
  if (length > end - at) return 0
  return endsWithCrc16(b, at, at + length) ? 1 : -1
}

/** Devices' identifications, and what diagnostics return as it was sent (sub-function 0). */
function isOfAnyLength(b: Uint8Array, at: number, end: number): boolean {
  if (b[at] === TRANSPORT) return at + 1 >= end || b[at + 1] === IDENTIFICATION
  return b[at] === DIAGNOSTICS && (at + 2 >= end || u16(b, at + 1) === 0)
}

/** Bytes of the frame at `at`: 0 = more are needed to tell, -1 = there is none. */
function extent(b: Uint8Array, at: number, end: number): number {
  if (b[at] > LAST_UNIT) return -1
  if (end - at < 2) return 0
  const fn = b[at + UNIT]
  if (fn === 0 || fn === EXCEPTION) return -1
  if (fn > EXCEPTION && end - at > 2 && answerShape(b, at + UNIT, end, 2) === 0) return -1
  const request = fn > EXCEPTION ? -1 : requestLength(b, at + UNIT, end)
  const asks = fits(b, at, end, request)
  if (asks > 0) return UNIT + request + CHECK
  const answer = answerLength(b, at + UNIT, end)
  const answers = fits(b, at, end, answer)
  if (answers > 0) return UNIT + answer + CHECK
  const here = end - at
  const isWhole = fn <= LAST_FUNCTION && here >= SHORTEST && here <= MOST && endsWithCrc16(b, at, end)
  if (isWhole && requestShape(b, at + UNIT, end, here - UNIT - CHECK) !== 0) return here
  const isOpen = here < MOST && isOfAnyLength(b, at + UNIT, end)
  return asks === 0 || answers === 0 || isOpen ? 0 : -1
}

export const modbusRtu: Protocol = {
  id: 'modbus-rtu',
  service: 'modbus',
  transports: [TCP],
  firstBytes: bytesFrom(0, LAST_UNIT),
  isStrict: true,

  probe(b, at, end) {
    if (end - at < SHORTEST) return NOT
    const length = extent(b, at, end)
    // what follows must be another frame, as far as it is here
    if (length <= 0 || (at + length < end && extent(b, at + length, end) < 0)) return NOT
    const pdu = length - UNIT - CHECK
    const asks = requestShape(b, at + UNIT, at + length - CHECK, pdu)
    const answers = answerShape(b, at + UNIT, at + length - CHECK, pdu)
    const who = asks === 1 && answers === 0 ? FROM_CLIENT : answers === 1 && asks === 0 ? FROM_SERVER : 0
    // a check sequence alone, behind a function that nobody has described, may be chance; and requests of ROC Plus have the same
    // length and check sequence, with a zero at the end of what would be the quantity
    const isKnown = modbus.functionName!(b[at + UNIT] & LAST_FUNCTION) !== undefined
    const isRoc = b[at + UNIT] <= LAST_READ && asks !== 0 && b[at + QUANTITY_AT + 1] === 0
    // Genisys has the same check sequence, and one byte behind it
    const isGenisys = at + length + 1 === end
    return (isKnown && !isRoc && !isGenisys ? CERTAIN : UNSURE) | who
  },

  length: extent,

  read(b, at, end, length, to) {
    if (end - at < 2) return to.short()
    const pduEnd = at + length - CHECK
    readPdu(b, at + UNIT, Math.min(end, pduEnd), length - UNIT - CHECK, b[at], to)
    if (end < at + length) to.short()
  },

  functionActions: fn => modbus.functionActions!(fn),
  functionName: fn => modbus.functionName!(fn),
  areaText: (area, first, last) => modbus.areaText!(area, first, last),
}
