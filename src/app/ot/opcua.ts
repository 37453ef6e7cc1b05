/**
 * OPC UA over TCP, binary encoding: OPC 10000-6, clauses 5.2 (encoding), 6.7 (secure conversation), 7.1 (connection protocol).
 *
 * Functions of `act` are the numbers of the requests' binary encodings (631 Read, 673 Write, 712 Call ...; 446 and 452 secure
 * channels), 1 hello and 2 reverse hello; areas are namespaces, with the numeric identifiers of nodes in them.
 */
import * as A from '../../net/actions.ts'
import { u24 } from '../../wire/bytes.ts'
import { u16le, u32le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  TCP,
} from '../protocol.ts'
import { readAnswer, readRequest } from './opcua-body.ts'
import {
  CLOSE_CHANNEL,
  HELLO,
  isService,
  OPEN_CHANNEL,
  REVERSE_HELLO,
  requestOf,
  SERVICE_FAULT,
  serviceActions,
  serviceName,
} from './opcua-services.ts'

// message types
const HEL = 0x48454c
const ACK = 0x41434b
const ERR = 0x455252
const RHE = 0x524845
const OPN = 0x4f504e
const CLO = 0x434c4f
const MSG = 0x4d5347

const INITIALS: readonly number[] = [HEL, ACK, ERR, RHE, OPN, CLO, MSG].map(type => type >> 16)

// the fourth byte
const FINAL = 0x46
const MORE = 0x43
const ABORTED = 0x41

/** type, size */
const HEADER = 8
/** channel, token, sequence number, request identifier behind the header */
const REQUEST_AT = 20
const BODY_AT = 24
const POLICY_AT = 12
/** no chunk is larger: senders agree on far less */
const MOST = 1 << 26
/** buffers that both ends must have (clause 7.1.2.3) */
const LEAST_BUFFER = 8192

/** memory: what secures the channel; by direction, whether a message is unfinished, and whose; then requests */
const SECURITY = 0
const UNFINISHED = 1
const UNFINISHED_REQUEST = 3
const REQUESTS = 5
const REQUEST_SLOTS = 32
const NOT_SECURED = 1
const SECURED = 2

/** Bytes of a message of this type before its size says more; -1 = there is no such type. */
function leastSize(type: number): number {
  switch (type) {
    case HEL:
      return 32
    case ACK:
      return 28
    case ERR:
    case RHE:
      return 16
    case OPN:
      return 32
    case CLO:
    case MSG:
      return BODY_AT
    default:
      return -1
  }
}

const isChunked = (type: number): boolean => type === MSG || type === OPN || type === CLO

/** The header is one, as far as its bytes are here. */
function isHeader(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 4) return INITIALS.includes(b[at])
  const type = u24(b, at)
  const least = leastSize(type)
  const kind = b[at + 3]
  if (least < 0 || (kind !== FINAL && !(isChunked(type) && (kind === MORE || kind === ABORTED)))) return false
  if (end - at < HEADER) return true
  const size = u32le(b, at + 4)
  return size >= (kind === ABORTED ? HEADER + 8 : least) && size <= MOST
}

/** A numeric node identifier of namespace 0 at `at` (clause 5.2.2.9); -1 = none, or it is not here. */
function typeIdentifier(b: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return -1
  if (b[at] === 0) return b[at + 1]
  if (b[at] === 1) return end - at >= 4 && b[at + 1] === 0 ? u16le(b, at + 2) : -1
  if (b[at] !== 2 || end - at < 7 || u16le(b, at + 1) !== 0) return -1
  return u32le(b, at + 3) >>> 0
}

const typeBytes = (b: Uint8Array, at: number): number => (b[at] === 0 ? 2 : b[at] === 1 ? 4 : 7)

const remember = (m: Int32Array, request: number, fn: number): void => {
  m[REQUESTS + (request & (REQUEST_SLOTS - 1))] = ((request & 0xffff) << 16) | fn
}

/** The function that a request identifier was used for; 0 = it was not seen. */
function remembered(m: Int32Array, request: number): number {
  const word = m[REQUESTS + (request & (REQUEST_SLOTS - 1))]
  return word >>> 16 === (request & 0xffff) ? word & 0xffff : 0
}

/** The channel is opened or renewed: from here on it is known whether the rest can be read. */
function readOpen(b: Uint8Array, at: number, end: number, to: Notes): void {
  const m = to.memory
  const size = end - at >= POLICY_AT + 4 ? u32le(b, at + POLICY_AT) : -1
  const policyEnd = at + POLICY_AT + 4 + size
  if (size < 5 || size > 255 || policyEnd > end) {
    openOf(to)
    if (policyEnd > end || size < 0) to.short()
    else to.unfit()
    return
  }
  // ...SecurityPolicy#None
  const isNone = u32le(b, policyEnd - 4) === 0x656e6f4e && b[policyEnd - 5] === 0x23
  m[SECURITY] = isNone ? NOT_SECURED : SECURED
  if (!isNone) {
    // what follows may be signed only: that is seen then
    openOf(to)
    return
  }
  // no certificates: two empty byte strings, sequence number, request identifier
  let next = policyEnd
  for (let i = 0; i < 2; i++) {
    if (end - next < 4) {
      openOf(to)
      to.short()
      return
    }
    next += 4 + Math.max(0, u32le(b, next))
  }
  if (next > end || end - next < 12) {
    openOf(to)
    to.short()
    return
  }
  readService(b, next + 8, end, u32le(b, next + 4), OPEN_CHANNEL, to)
}

/** Who asks can only be told by who opened the connection: the content is encrypted, or not here. */
function openOf(to: Notes): void {
  if (to.fromOrig) to.act(A.SESSION, OPEN_CHANNEL, -1, -1, 0, 0)
  else to.answer(OPEN_CHANNEL, -1, false)
}

/** A chunk of a message in a secure channel. */
function readChunk(b: Uint8Array, at: number, end: number, type: number, to: Notes): void {
  if (end - at < BODY_AT) {
    if (type === CLO) to.act(A.SESSION, CLOSE_CHANNEL, -1, -1, 0, 0)
    else to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    to.short()
    return
  }
  const m = to.memory
  const request = u32le(b, at + REQUEST_AT)
  const kind = b[at + 3]
  const side = to.fromOrig ? 0 : 1
  const isContinued = m[UNFINISHED + side] === 1 && m[UNFINISHED_REQUEST + side] === request
  m[UNFINISHED + side] = kind === MORE ? 1 : 0
  m[UNFINISHED_REQUEST + side] = request
  // what a message does stands in its first chunk
  if (isContinued || kind === ABORTED) return
  readService(b, at + BODY_AT, end, request, type === CLO ? CLOSE_CHANNEL : 0, to)
}

/** The beginning of a message: the encoding of its service, its header. `expected` = the service it must be, 0 = any. */
function readService(
  b: Uint8Array,
  at: number,
  end: number,
  request: number,
  expected: number,
  to: Notes,
): void {
  const m = to.memory
  const id = typeIdentifier(b, at, end)
  const asked = id >= 0 ? requestOf(id) : -1
  if (isService(id) && (expected === 0 || id === expected)) {
    to.client(true)
    remember(m, request, id)
    readRequest(b, at + typeBytes(b, at), end, id, serviceActions(id), to)
    return
  }
  if (asked > 0 || id === SERVICE_FAULT) {
    to.client(false)
    const fn = asked > 0 ? asked : remembered(m, request)
    readAnswer(b, at + typeBytes(b, at), end, fn, id === SERVICE_FAULT, to)
    return
  }
  if (m[SECURITY] !== NOT_SECURED) {
    if (expected !== 0) to.act(A.SESSION, expected, -1, -1, 0, 0)
    // neither a service nor known to be readable: encrypted
    to.opaque()
    return
  }
  if (to.fromOrig || id > 0) to.act(A.UNKNOWN, id > 0 && id <= 0xffff ? id : 0, -1, -1, 0, 0)
  if (end - at < 2) to.short()
  else if (id < 0) to.unfit()
}

export const opcua: Protocol = {
  id: 'opcua',
  service: 'opcua',
  transports: [TCP],
  firstBytes: INITIALS,
  memory: REQUESTS + REQUEST_SLOTS,
  isStrict: true,

  probe(b, at, end) {
    if (end - at < HEADER || !isHeader(b, at, end)) return NOT
    const type = u24(b, at)
    if (type === HEL) {
      // protocol version, then the buffers of the sender
      if (end - at >= 16 && u32le(b, at + 12) >>> 0 < LEAST_BUFFER) return NOT
      return CERTAIN | FROM_CLIENT
    }
    if (type === ACK || type === RHE) return CERTAIN | FROM_SERVER
    if (type !== MSG) return CERTAIN
    const id = typeIdentifier(b, at + BODY_AT, end)
    return CERTAIN | (isService(id) ? FROM_CLIENT : requestOf(id) > 0 ? FROM_SERVER : 0)
  },

  length(b, at, end) {
    if (!isHeader(b, at, end)) return -1
    return end - at < HEADER ? 0 : u32le(b, at + 4)
  },

  read(b, at, end, length, to) {
    if (end - at < HEADER) {
      to.short()
      return
    }
    const type = u24(b, at)
    switch (type) {
      case HEL:
        to.client(true)
        to.act(A.SESSION, HELLO, -1, -1, 0, 0)
        break
      case ACK:
        to.client(false)
        to.answer(HELLO, -1, false)
        break
      case RHE:
        to.client(false)
        to.act(A.SESSION, REVERSE_HELLO, -1, -1, 0, 0)
        break
      case ERR:
        // ends the connection, whatever was asked last
        if (to.memory[SECURITY] === 0) to.answer(HELLO, -1, true)
        break
      case OPN:
        readOpen(b, at, end, to)
        break
      default:
        readChunk(b, at, end, type, to)
    }
    if (end - at < Math.min(length, BODY_AT)) to.short()
  },

  functionActions: serviceActions,

  functionName: serviceName,

  areaText: (area, first, last) => `nodes ${numbersText(first, last)} of namespace ${area}`,
}
