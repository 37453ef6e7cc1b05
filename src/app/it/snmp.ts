/**
 * SNMP: RFC 1157 (version 1), RFC 1901 and RFC 3416 (version 2c, PDUs), RFC 3412 and RFC 3414 (version 3). BER, as far as the
 * kind of PDU; the community is told to be there, never what it is.
 *
 * Functions of `act` are the kinds of PDU (RFC 3416, section 3): 0 get, 1 get-next, 2 response, 3 set, 4 trap (version 1), 5
 * get-bulk, 6 inform, 7 trap, 8 report. There are no units and no addresses.
 */
import * as A from '../../net/actions.ts'
import { readEach } from '../ot/datagram.ts'
import {
  type Carrier,
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { berContent, berHeader, berNext, berNumber } from './ber.ts'

const SEQUENCE = 0x30
const OCTETS = 0x04
/** tags of PDUs: context-specific, constructed */
const FIRST_PDU = 0xa0
const LAST_PDU = 0xa8
const GET = 0
const GET_NEXT = 1
const RESPONSE = 2
const SET = 3
const TRAP_1 = 4
const GET_BULK = 5
const INFORM = 6
const TRAP = 7
const V3 = 3
const ENCRYPTED = 2

const NAMES = [
  'get',
  'get-next',
  'response',
  'set',
  'trap (version 1)',
  'get-bulk',
  'inform',
  'trap',
  'report',
]
const VERSIONS: Readonly<Record<number, string>> = { 0: '1', 1: '2c', 2: '2', [V3]: '3' }

/** memory: the version and the community were told; the kind that was asked for last */
const TOLD = 0
const ASKED = 1

const whose = (kind: number): number =>
  kind === RESPONSE
    ? FROM_SERVER
    : kind === 8
      ? 0
      : kind === INFORM || kind === TRAP || kind === TRAP_1
        ? 0
        : FROM_CLIENT

/** Position of the content of the sequence at `at`; -1 = none. */
function inside(b: Uint8Array, at: number, end: number, tag: number): number {
  if (at < 0 || at >= end || b[at] !== tag) return -1
  const header = berHeader(b, at, end)
  return header > 0 ? at + header : -1
}

/** Position of the PDU of a message of version 3; -1 = it is encrypted or not here. */
function scopedPdu(b: Uint8Array, at: number, end: number): number {
  // security parameters, then a sequence of engine, context and PDU
  const scoped = inside(b, berNext(b, at, end), end, SEQUENCE)
  if (scoped < 0) return -1
  const context = scoped < end ? berNext(b, scoped, end) : -1
  return context > 0 && context < end ? berNext(b, context, end) : -1
}

/** Bytes of the message at `at`; 0 = too few are here to tell, -1 = none begins there. */
function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (b[at] !== SEQUENCE) return -1
  const header = berHeader(b, at, end)
  return header > 0 ? header + berContent(b, at, header) : header
}

function readMessage(b: Uint8Array, at: number, end: number, _length: number, to: Notes): void {
  const version = inside(b, at, end, SEQUENCE)
  if (version < 0 || version + 4 > end) return to.short()
  if (b[version] !== 2 || b[version + 1] !== 1) return to.unfit()
  const second = version + 3
  const isV3 = b[version + 2] === V3
  if (to.memory[TOLD] === 0) {
    to.memory[TOLD] = 1
    const text = VERSIONS[b[version + 2]]
    if (text !== undefined) to.detail('version', text)
    if (!isV3) to.detail('community', 'in clear')
  }
  if (isV3) return readV3(b, second, end, to)
  if (b[second] !== OCTETS) return to.unfit()
  readPdu(b, berNext(b, second, end), end, to)
}

export const snmp: Protocol = {
  id: 'snmp',
  service: 'snmp',
  transports: [UDP],
  firstBytes: [SEQUENCE],
  memory: 2,
  isStrict: true,

  probe(b, at, end, { length }: Carrier) {
    if (b[at] !== SEQUENCE || end - at < 12) return NOT
    const version = inside(b, at, end, SEQUENCE)
    if (version < 0 || b[version] !== 2 || b[version + 1] !== 1 || VERSIONS[b[version + 2]] === undefined)
      return NOT
    if (berNext(b, at, end) - at !== length) return NOT
    const second = version + 3
    if (b[version + 2] === V3) {
      // number, size, flags of one byte, security model
      const number = inside(b, second, end, SEQUENCE)
      if (number < 0 || b[number] !== 2) return NOT
      const size = berNext(b, number, end)
      const flags = size < 0 || size >= end || b[size] !== 2 ? -1 : berNext(b, size, end)
      return flags > 0 && flags + 3 <= end && b[flags] === OCTETS && b[flags + 1] === 1 ? CERTAIN : NOT
    }
    if (second >= end || b[second] !== OCTETS) return NOT
    const pdu = berNext(b, second, end)
    if (pdu < 0 || pdu >= end) return pdu >= end && end - at < length ? UNSURE : NOT
    if (b[pdu] < FIRST_PDU || b[pdu] > LAST_PDU || berNext(b, pdu, end) - at > length) return NOT
    return CERTAIN | whose(b[pdu] - FIRST_PDU)
  },

  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readMessage),

  functionName: fn => NAMES[fn],
}

function readV3(b: Uint8Array, at: number, end: number, to: Notes): void {
  const number = inside(b, at, end, SEQUENCE)
  const size = number < 0 || number >= end ? -1 : berNext(b, number, end)
  const flags = size < 0 || size >= end ? -1 : berNext(b, size, end)
  if (flags < 0 || flags + 3 > end) return to.short()
  if ((b[flags + 2] & ENCRYPTED) !== 0) return to.opaque()
  readPdu(b, scopedPdu(b, berNext(b, at, end), end), end, to)
}

function readPdu(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at < 0 || at >= end) return to.short()
  const kind = b[at] - FIRST_PDU
  switch (kind) {
    case GET:
    case GET_NEXT:
    case GET_BULK:
      to.memory[ASKED] = kind
      return to.act(A.READ, kind, -1, -1, 0, 0)
    case SET:
      to.memory[ASKED] = kind
      return to.act(A.WRITE | A.CONFIGURE, kind, -1, -1, 0, 0)
    case TRAP_1:
    case INFORM:
    case TRAP:
      to.memory[ASKED] = kind
      return to.act(A.REPORT, kind, -1, -1, 0, 0)
    case RESPONSE: {
      // request number, error
      const number = inside(b, at, end, b[at])
      const error = number < 0 || number >= end ? -1 : berNext(b, number, end)
      const isRefused =
        error > 0 && error < end && berContent(b, error, 2) === 1 && berNumber(b, error, end) > 0
      return to.answer(to.memory[ASKED], -1, isRefused)
    }
    case 8:
      return
    default:
      to.act(A.UNKNOWN, kind & 0xff, -1, -1, 0, 0)
  }
}
