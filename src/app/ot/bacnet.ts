/**
 * BACnet/IP: ANSI/ASHRAE 135-2020, annex J (virtual link), clause 6 (network layer), clause 20 (application layer).
 *
 * Functions of `act`: 0..99 = confirmed service choice, 100 + unconfirmed service choice, 200 + BVLC function,
 * 300 + type of a network layer message; 99, 199 and 299 = one that cannot be known. There is no unit. Areas are object types
 * (0 analog input, 8 device ...); numbers are object identifiers, 4194304 x type + instance: the analog outputs are
 * 4194304-8388607.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { hearProperty, hearWhoIAm, readObjects } from './bacnet-objects.ts'
import {
  LINK,
  LIST,
  NETWORK,
  objectTypeName,
  placeOf,
  serviceActions,
  serviceName,
  UNCONFIRMED,
} from './bacnet-services.ts'
import { readEach } from './datagram.ts'

/** virtual link: type, function, length */
const BVLC = 4
const BVLC_TYPE = 0x81
const RESULT = 0
const FORWARDED = 4
const DISTRIBUTE = 9
const SECURE = 12
/** the address of the first sender, in what is forwarded */
const ORIGIN = 6

/** network layer: version, control */
const VERSION = 1
const IS_MESSAGE = 0x80
const HAS_DESTINATION = 0x20
const HAS_SOURCE = 0x08
const RESERVED = 0x50
const INITIALIZE_TABLE = 6
const TABLE_INITIALIZED = 7

/** types of application PDUs */
const CONFIRMED = 0
const WITHOUT_ANSWER = 1
const SIMPLE_ACK = 2
const COMPLEX_ACK = 3
const SEGMENT_ACK = 4
const ERROR = 5
const REJECT = 6
const ABORT = 7
const IS_SEGMENT = 0x08
const MORE_FOLLOWS = 0x04
const BY_SERVER = 0x01

/** any number that no service has */
const NO_SERVICE = 99

/** memory: services asked for by their invoke id, then the BVLC function asked last and whether the client was told */
const SLOTS = 16
const LINK_ASKED = SLOTS
const CLIENT_TOLD = SLOTS + 1

/** Whether a BVLC function has a length that it can have. */
function isLinkLength(fn: number, length: number): boolean {
  switch (fn) {
    case RESULT:
    case 5:
      return length === 6
    case 1:
    case 3:
    case 7:
      return (length - BVLC) % 10 === 0
    case 2:
    case 6:
      return length === BVLC
    case 8:
      return length === 10
    case FORWARDED:
      return length >= BVLC + ORIGIN + 3
    default:
      return fn <= SECURE && length >= BVLC + 3
  }
}

const networkStart = (at: number, fn: number): number => at + BVLC + (fn === FORWARDED ? ORIGIN : 0)
const hasNetwork = (fn: number): boolean => fn === FORWARDED || (fn >= DISTRIBUTE && fn < SECURE)

/** Where the application PDU or the type of the network message begins; -1 = too little is here, -2 = not possible. */
function behindNetwork(b: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1
  if (b[at] !== VERSION || (b[at + 1] & RESERVED) !== 0) return -2
  const control = b[at + 1]
  let next = at + 2
  for (const bit of [HAS_DESTINATION, HAS_SOURCE]) {
    if ((control & bit) === 0) continue
    if (next + 3 > end) return -1
    next += 3 + b[next + 2]
  }
  if ((control & HAS_DESTINATION) !== 0) next++
  return next < end ? next : -1
}

function readNetwork(b: Uint8Array, at: number, end: number, isCut: boolean, fn: number, to: Notes): void {
  const next = behindNetwork(b, at, end)
  if (next < 0) {
    to.act(A.UNKNOWN, LINK + fn, -1, -1, 0, 0)
    return next === -1 && isCut ? to.short() : to.unfit()
  }
  if ((b[at + 1] & IS_MESSAGE) !== 0) return readMessage(b, next, end, to)
  // whoever speaks for others does not speak of itself
  const isItself = fn !== FORWARDED && (b[at + 1] & HAS_SOURCE) === 0
  readApplication(b, next, end, isCut, isItself, to)
}

function readMessage(b: Uint8Array, at: number, end: number, to: Notes): void {
  const type = b[at]
  const fn = NETWORK + type
  if (type === TABLE_INITIALIZED) return to.answer(NETWORK + INITIALIZE_TABLE, -1, false)
  // no ports in it: the table is asked for
  const isQuestion = type === INITIALIZE_TABLE && at + 1 < end && b[at + 1] === 0
  to.act(isQuestion ? A.READ : serviceActions(fn), fn, -1, -1, 0, 0)
  // security messages of the edition of 2009: what follows is for those who have the key
  if (type >= 10 && type <= 17) to.opaque()
}

/** Which word remembers the service of an invoke id that one of the ends gave out. */
const slotOf = (id: number): number => id & (SLOTS - 1)
const slotWord = (id: number, byOrig: boolean, service: number): number =>
  0x1000000 | (byOrig ? 0x2000000 : 0) | (id << 8) | service

function askedFor(id: number, byOrig: boolean, to: Notes): number {
  const word = to.memory[slotOf(id)]
  return word >>> 8 === slotWord(id, byOrig, 0) >>> 8 ? word & 0xff : -1
}

function readApplication(
  b: Uint8Array,
  at: number,
  end: number,
  isCut: boolean,
  isItself: boolean,
  to: Notes,
): void {
  const type = b[at] >> 4
  const isSegment = (type === CONFIRMED || type === COMPLEX_ACK) && (b[at] & IS_SEGMENT) !== 0
  /** bytes up to the service choice, or to the last one that is needed */
  const header = type === CONFIRMED ? 3 : type === WITHOUT_ANSWER ? 1 : 2
  const service = at + header + (isSegment ? 2 : 0)
  if (type > ABORT || service >= end) {
    to.act(A.UNKNOWN, type === WITHOUT_ANSWER ? UNCONFIRMED + NO_SERVICE : NO_SERVICE, -1, -1, 0, 0)
    return isCut && type <= ABORT ? to.short() : to.unfit()
  }
  const id = b[at + (type === CONFIRMED ? 2 : 1)]
  switch (type) {
    case CONFIRMED: {
      const fn = Math.min(b[service], NO_SERVICE)
      tellClient(fn, to)
      to.memory[slotOf(id)] = slotWord(id, to.fromOrig, b[service])
      if (isSegment && b[at + header] > 0) {
        to.act(serviceActions(fn), fn, -1, -1, 0, 0)
        // objects may follow that the first segment did not name
        if (placeOf(fn) === LIST) to.short()
        return
      }
      return readObjects(b, service + 1, end, fn, isCut || (isSegment && (b[at] & MORE_FOLLOWS) !== 0), to)
    }
    case WITHOUT_ANSWER: {
      const fn = UNCONFIRMED + Math.min(b[service], NO_SERVICE)
      readObjects(b, service + 1, end, fn, isCut, to)
      if (fn === UNCONFIRMED && isItself) hearWhoIAm(b, service + 1, end, to)
      return
    }
    case SIMPLE_ACK:
    case ERROR:
      return to.answer(Math.min(b[service], NO_SERVICE), -1, type === ERROR)
    case COMPLEX_ACK:
      if (isSegment && b[at + header] > 0) return
      to.answer(Math.min(b[service], NO_SERVICE), -1, false)
      if (isItself && b[service] === 12) hearProperty(b, service + 1, end, to)
      return
    case REJECT:
    case ABORT: {
      // an abort by the client takes back what it asked for
      const byOther = type === REJECT || (b[at] & BY_SERVER) !== 0
      const asked = askedFor(id, byOther !== to.fromOrig, to)
      if (asked >= 0) to.answer(Math.min(asked, NO_SERVICE), -1, byOther)
      else if (byOther) to.answer(NO_SERVICE, -1, true)
      return
    }
    case SEGMENT_ACK:
      return
  }
}

/** Devices may ask each other; who reads, writes or commands first counts. Notifications go the other way. */
function tellClient(fn: number, to: Notes): void {
  if (to.memory[CLIENT_TOLD] !== 0 || (serviceActions(fn) & A.REPORT) !== 0) return
  to.memory[CLIENT_TOLD] = 1
  to.client(true)
}

function readResult(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at + BVLC + 2 > end) return to.short()
  const code = u16(b, at + BVLC)
  // 0x0010 write table, 0x0020 read table, 0x0030 register, 0x0040 read devices, 0x0050 delete, 0x0060 distribute
  const refused = [0, 1, 2, 5, 6, 8, DISTRIBUTE][code >> 4] ?? 0
  to.answer(LINK + (code === 0 ? to.memory[LINK_ASKED] : refused), -1, code !== 0)
}

/**
 * Bytes of the virtual link's message at `at`, where another one follows at once; 0 = that is not here, -1 = none begins at
 * `at`. Devices do not trust the length: where none follows, the datagram's counts.
 */
function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (b[at] !== BVLC_TYPE) return -1
  if (end - at < BVLC) return 0
  const stated = u16(b, at + 2)
  if (stated < BVLC) return -1
  return stated >= end - at || b[at + stated] === BVLC_TYPE ? stated : 0
}

function readLink(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  const stated = end - at < BVLC ? 0 : u16(b, at + 2)
  if (stated < BVLC || b[at] !== BVLC_TYPE) {
    to.act(A.UNKNOWN, LINK + NO_SERVICE, -1, -1, 0, 0)
    return end - at < Math.min(BVLC, length) ? to.short() : to.unfit()
  }
  const fn = b[at + 1]
  if (hasNetwork(fn)) return readNetwork(b, networkStart(at, fn), end, end - at < length, fn, to)
  if (stated < length) to.unfit()
  if (fn === RESULT) return readResult(b, at, end, to)
  // tables, as they were asked for
  if (fn === 3 || fn === 7) return to.answer(LINK + fn - 1, -1, false)
  to.memory[LINK_ASKED] = fn
  to.act(serviceActions(LINK + fn), LINK + fn, -1, -1, 0, 0)
  if (fn === SECURE) to.opaque()
  else if (fn > SECURE || !isLinkLength(fn, stated)) to.unfit()
}

export const bacnet: Protocol = {
  id: 'bacnet',
  service: 'bacnet',
  transports: [UDP],
  firstBytes: [BVLC_TYPE],
  memory: SLOTS + 2,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < BVLC || b[at] !== BVLC_TYPE || b[at + 1] > SECURE) return NOT
    const fn = b[at + 1]
    const stated = u16(b, at + 2)
    if (!isLinkLength(fn, stated)) return NOT
    // a length that is not the datagram's does not keep devices from reading it
    const likeness = stated === carrier.length ? CERTAIN : UNSURE
    if (fn === RESULT || fn === 3 || fn === 7) return likeness | FROM_SERVER
    if (!hasNetwork(fn)) return fn === SECURE ? likeness : likeness | FROM_CLIENT
    const network = networkStart(at, fn)
    const next = behindNetwork(b, network, end)
    if (next === -2 || (next < 0 && end - at === carrier.length)) return NOT
    if (next < 0 || (b[network + 1] & IS_MESSAGE) !== 0) return likeness
    const type = b[next] >> 4
    if (type > ABORT) return NOT
    if (type === CONFIRMED && next + 3 < end && (b[next] & IS_SEGMENT) === 0)
      return likeness | ((serviceActions(b[next + 3]) & A.REPORT) === 0 ? FROM_CLIENT : 0)
    return likeness
  },

  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readLink),

  // a routing table is written or asked for
  functionActions: fn => serviceActions(fn) | (fn === NETWORK + INITIALIZE_TABLE ? MAYBE : 0),
  functionName: serviceName,
  areaText: (area, first, last) =>
    `${objectTypeName(area)} ${numbersText(first & 0x3fffff, last & 0x3fffff)}`,
}
