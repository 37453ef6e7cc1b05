/**
 * CIP messages, as EtherNet/IP carries them: CIP Networks Library Volume 1, chapters 2 (message router), 3 (Connection Manager)
 * and appendix A (services). What carries other messages does nothing by itself: of an Unconnected Send and a Multiple Service
 * Packet, the messages inside are told.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { u16le } from '../little.ts'
import { type Notes, UDP } from '../protocol.ts'
import { hearIdentity } from './cip-identity.ts'
import {
  CONNECTION_MANAGER,
  EXECUTE_PCCC,
  FORWARD_OPEN,
  GET_ALL,
  IDENTITY,
  LARGE_FORWARD_OPEN,
  MULTIPLE,
  PCCC,
  SYMBOL,
  serviceActions,
  UNCONNECTED_SEND,
} from './cip-services.ts'
import { path, readPath } from './epath.ts'
import { isPcccRefused, pcccActions } from './pccc.ts'

/** The one area: what is addressed are classes. */
export const CLASSES = 0

/** in the service of a message: it is a reply */
const REPLY = 0x80
/** general status of a reply that is no refusal: success, or more will follow */
const PARTIAL = 0x06
/** messages inside messages inside ... */
const MOST_DEPTH = 4
/** where class 0 and 1 connections meet, unless a sockaddr item says otherwise */
const IO_PORT = 2222

/** Words of memory: which request is open, what it asked, and which identity was told; then Forward Opens without a reply. */
export const CIP_MEMORY = 15
const OPEN_KEY = 0
const OPEN_ASKED = 1
const IDENTITY_TOLD = 2
/** a key (0 = none), a port with the bit of who asks, and an IPv4 address each; the oldest is given up first */
const OPENINGS = 3
const OPENING_WORDS = 3
const BY_ORIG = 0x10000
/** OPEN_ASKED: the service, whether it was inside an Unconnected Send, and whether the sender itself was asked who it is */
const ASKED_SERVICE = 0xff
const ASKED_SENT = 0x100
const ASKED_IDENTITY = 0x200

/** What the encapsulation knows of the message at hand: one object, filled anew each time. */
export const around = {
  /** what pairs a reply with its request: never 0 */
  key: 0,
  /** function of what carries the message */
  fn: 0,
  /** port and IPv4 address (signed word) that sockaddr items give for either direction; 0 = none */
  outPort: 0,
  outAddress: 0,
  inPort: 0,
  inAddress: 0,
}

/** Reads the message that begins at `at` and ends at `stop` as stated; bytes before `end` are here (end <= stop). */
export function readMessage(
  b: Uint8Array,
  at: number,
  end: number,
  stop: number,
  to: Notes,
  depth = 0,
): void {
  if (stop - at < 2 || depth > MOST_DEPTH) {
    to.act(A.UNKNOWN, at < end ? b[at] & ~REPLY : 0, -1, -1, 0, 0)
    return to.unfit()
  }
  if (end - at < 1) return to.short()
  const isReply = (b[at] & REPLY) !== 0
  if (depth === 0) to.client(!isReply)
  if (isReply) readReply(b, at, end, stop, to, depth)
  else readRequest(b, at, end, stop, to, depth)
}

function readRequest(b: Uint8Array, at: number, end: number, stop: number, to: Notes, depth: number): void {
  const service = b[at]
  if (depth === 0) {
    to.memory[OPEN_KEY] = around.key
    to.memory[OPEN_ASKED] = service
  }
  if (end - at < 2) {
    to.act(serviceActions(service, -1), service, -1, -1, 0, 0)
    return to.short()
  }
  const pathEnd = at + 2 + 2 * b[at + 1]
  const isWhole = readPath(b, at + 2, Math.min(pathEnd, end))
  if (pathEnd > stop || (!isWhole && pathEnd <= end)) {
    to.act(A.UNKNOWN, service, -1, -1, 0, 0)
    return to.unfit()
  }
  const { classId, hasSymbol } = path
  const aim = classId >= 0 ? classId : hasSymbol ? SYMBOL : -1
  if (pathEnd > end) {
    act(serviceActions(service, aim), service, aim, to)
    return to.short()
  }
  if (service === MULTIPLE) return multiple(b, pathEnd, end, stop, to, depth)
  if (aim === CONNECTION_MANAGER) {
    if (service === UNCONNECTED_SEND) return unconnectedSend(b, pathEnd, end, stop, to, depth)
    if (service === FORWARD_OPEN || service === LARGE_FORWARD_OPEN)
      return forwardOpen(b, pathEnd, end, stop, service, to)
  }
  if (aim === PCCC && service === EXECUTE_PCCC) return executePccc(b, pathEnd, end, to)
  if (depth === 0 && service === GET_ALL && aim === IDENTITY && path.instance === 1)
    to.memory[OPEN_ASKED] |= ASKED_IDENTITY
  act(serviceActions(service, aim), service, aim, to)
}

function act(actions: number, service: number, classId: number, to: Notes): void {
  to.act(actions, service, -1, classId < 0 ? -1 : CLASSES, Math.max(classId, 0), Math.max(classId, 0))
}

/** Count, as many offsets from here, and messages one after the other. */
function multiple(b: Uint8Array, at: number, end: number, stop: number, to: Notes, depth: number): void {
  if (stop - at < 2) return misfit(MULTIPLE, to)
  if (end - at < 2) {
    to.act(A.UNKNOWN, MULTIPLE, -1, -1, 0, 0)
    return to.short()
  }
  const count = u16le(b, at)
  const first = at + 2 + 2 * count
  if (count === 0 || first > stop) return misfit(MULTIPLE, to)
  let begin = 0
  for (let i = 0; i < count; i++) {
    const offsetAt = at + 2 + 2 * i
    // cut within the offsets: what else there is, is not known
    if (offsetAt + 2 > end) {
      to.act(A.UNKNOWN, MULTIPLE, -1, -1, 0, 0)
      return to.short()
    }
    const message = at + u16le(b, offsetAt)
    if (message < first || message <= begin || message >= stop) return misfit(MULTIPLE, to)
    begin = message
    const isLast = i === count - 1
    if (!isLast && offsetAt + 4 > end) continue
    const next = isLast ? stop : at + u16le(b, offsetAt + 2)
    if (next <= message || next > stop) return misfit(MULTIPLE, to)
    if (message >= end) {
      to.act(A.UNKNOWN, MULTIPLE, -1, -1, 0, 0)
      return to.short()
    }
    readMessage(b, message, Math.min(end, next), next, to, depth + 1)
  }
}

function misfit(service: number, to: Notes): void {
  to.act(A.UNKNOWN, service, -1, -1, 0, 0)
  to.unfit()
}

/** Time (2), length (2), a message, and the route to whom it is for. */
function unconnectedSend(
  b: Uint8Array,
  at: number,
  end: number,
  stop: number,
  to: Notes,
  depth: number,
): void {
  if (stop - at < 6) return misfit(UNCONNECTED_SEND, to)
  if (end - at < 5) {
    to.act(A.UNKNOWN, UNCONNECTED_SEND, -1, -1, 0, 0)
    return to.short()
  }
  const message = at + 4
  const messageStop = message + u16le(b, at + 2)
  // a reply has no place in here
  if (messageStop > stop || (b[message] & REPLY) !== 0) return misfit(UNCONNECTED_SEND, to)
  to.memory[OPEN_KEY] = around.key
  to.memory[OPEN_ASKED] = ASKED_SENT | b[message]
  readMessage(b, message, Math.min(end, messageStop), messageStop, to, depth + 1)
}

/** from the end of the path: transport class, size of the connection path; larger parameters move them on */
const TRANSPORT_AT = 34
const LARGER = 4

function forwardOpen(b: Uint8Array, at: number, end: number, stop: number, service: number, to: Notes): void {
  const transportAt = at + TRANSPORT_AT + (service === LARGE_FORWARD_OPEN ? LARGER : 0)
  if (stop < transportAt + 2) return misfit(service, to)
  if (end < transportAt + 2) {
    act(A.SESSION, service, CONNECTION_MANAGER, to)
    return to.short()
  }
  const pathAt = transportAt + 2
  const pathEnd = pathAt + 2 * b[transportAt + 1]
  if (pathEnd > stop) return misfit(service, to)
  readPath(b, pathAt, Math.min(pathEnd, end))
  // data in the path are the configuration of the module that is connected to
  act(path.hasData ? A.SESSION | A.CONFIGURE : A.SESSION, service, CONNECTION_MANAGER, to)
  if (pathEnd > end) to.short()
  if ((b[transportAt] & 0x0f) > 1) return
  const m = to.memory
  m.copyWithin(OPENINGS + OPENING_WORDS, OPENINGS, CIP_MEMORY - OPENING_WORDS)
  m[OPENINGS] = around.key
  m[OPENINGS + 1] = (around.inPort || IO_PORT) | (to.fromOrig ? BY_ORIG : 0)
  m[OPENINGS + 2] = around.inAddress
}

/**
 * The target accepts a connection: that announces what flows in it, to either end. Before, and where it refuses, nothing is
 * announced; where its reply was not seen, neither: the cyclic data are told by themselves.
 */
function opened(to: Notes): void {
  const m = to.memory
  for (let i = OPENINGS; i < CIP_MEMORY; i += OPENING_WORDS) {
    if (m[i] !== around.key || ((m[i + 1] & BY_ORIG) !== 0) === to.fromOrig) continue
    m[i] = 0
    to.announce(UDP, m[i + 1] & 0xffff, false, m[i + 2])
    to.announce(UDP, IO_PORT, true, 0)
    break
  }
  if (around.outPort !== 0) to.announce(UDP, around.outPort, true, around.outAddress)
  if (around.inPort !== 0) to.announce(UDP, around.inPort, false, around.inAddress)
}

/** The requester (its length, itself included, vendor, serial number), and a PCCC command. */
function executePccc(b: Uint8Array, at: number, end: number, to: Notes): void {
  const actions = at < end && b[at] > 0 ? pcccActions(b, at + b[at], end) : 0
  act(actions === 0 ? A.UNKNOWN : actions, EXECUTE_PCCC, PCCC, to)
  if (actions === 0) to.short()
}

/** What carries messages refuses the one it was sent: that answers the service asked for, where it is known. */
export function refuse(to: Notes): void {
  const isKnown = to.memory[OPEN_KEY] === around.key
  to.answer(isKnown ? to.memory[OPEN_ASKED] & ASKED_SERVICE : around.fn, -1, true)
}

/** Service, 0, general status, words of additional status; then what was asked for. */
function readReply(b: Uint8Array, at: number, end: number, stop: number, to: Notes, depth: number): void {
  const service = b[at] & ~REPLY
  if (end - at < 3) {
    to.answer(service, -1, false)
    return to.short()
  }
  const status = b[at + 2]
  const isRefused = status !== 0 && status !== PARTIAL
  const data = end - at >= 4 ? at + 4 + 2 * b[at + 3] : end
  if (service === MULTIPLE && multipleReplies(b, data, end, stop, to, depth)) return
  const asked = to.memory[OPEN_KEY] === around.key ? to.memory[OPEN_ASKED] : 0
  // an Unconnected Send that came to nothing answers for the message inside
  if (service === UNCONNECTED_SEND && (asked & ASKED_SENT) !== 0) {
    to.answer(asked & ASKED_SERVICE, -1, isRefused)
    return
  }
  // what it held was not seen: it is not taken for the service of tags that has its number
  if (service === UNCONNECTED_SEND && isRefused && asked === 0) return to.answer(around.fn, -1, true)
  const isPccc = service === EXECUTE_PCCC && !isRefused && data < end && b[data] === 7
  to.answer(service, -1, isRefused || (isPccc && isPcccReplyRefused(b, data, end)))
  if (isRefused || depth > 0) return
  if (service === GET_ALL && (asked & ASKED_IDENTITY) !== 0)
    to.memory[IDENTITY_TOLD] = hearIdentity(b, data, end, to, to.memory[IDENTITY_TOLD])
  if (service === FORWARD_OPEN || service === LARGE_FORWARD_OPEN) opened(to)
}

/** Behind the requester as it was sent (7 bytes): a PCCC reply. */
function isPcccReplyRefused(b: Uint8Array, at: number, end: number): boolean {
  const reply = at + 7
  return reply < end && (b[reply] & 0xb0) === 0 && (b[reply] & 0x40) !== 0 && isPcccRefused(b, reply, end)
}

/** Replies one after the other, as far as they are here; false where there are none. */
function multipleReplies(
  b: Uint8Array,
  at: number,
  end: number,
  stop: number,
  to: Notes,
  depth: number,
): boolean {
  if (end - at < 4 || depth >= MOST_DEPTH) return false
  const count = u16le(b, at)
  let begin = at + 2 + 2 * count - 1
  for (let i = 0; i < count; i++) {
    const offsetAt = at + 2 + 2 * i
    if (offsetAt + 2 > end) return i > 0
    const reply = at + u16le(b, offsetAt)
    if (reply <= begin || reply >= end || (b[reply] & REPLY) === 0) return i > 0
    begin = reply
    const next = i + 1 < count && offsetAt + 4 <= end ? at + u16le(b, offsetAt + 2) : stop
    readReply(b, reply, Math.max(reply, Math.min(end, next)), stop, to, depth + 1)
  }
  return count > 0
}

/** Takes in a sockaddr item: address family (2), port (2), IPv4 address (4), all big-endian. */
export function readSockaddr(b: Uint8Array, at: number, isOut: boolean): void {
  if (b[at] !== 0 || b[at + 1] !== 2) return
  const port = (b[at + 2] << 8) | b[at + 3]
  const address = u32(b, at + 4)
  if (isOut) {
    around.outPort = port
    around.outAddress = address
  } else {
    around.inPort = port
    around.inAddress = address
  }
}

/** Tells who the sender is: the item of a List Identity reply, behind the address. */
export function hearItem(b: Uint8Array, at: number, end: number, to: Notes): void {
  to.memory[IDENTITY_TOLD] = hearIdentity(b, at, end, to, to.memory[IDENTITY_TOLD])
}
