/**
 * Bodies of OPC UA messages, binary encoding (OPC 10000-6, clause 5.2; structures of OPC 10000-4, clauses 5 and 7): which nodes
 * a request names, whether an answer refuses it, and what an application says of itself.
 */

import { printable } from '../it/text.ts'
import { u16le, u32le } from '../little.ts'
import type { Notes } from '../protocol.ts'
import { CALL, CREATE_SESSION, GET_ENDPOINTS, READ, WRITE } from './opcua-services.ts'

const BAD = 2
const GOOD_BYTES = 3
/** nodes of one request that are told each by itself */
const MOST_NODES = 512
const LOST = -1
const SERVER = 0
const CLIENT = 1

// Each of these answers where the next field begins; LOST = it is not here, or cannot be told.

/** A string or byte string: its length, -1 = none. */
function afterString(b: Uint8Array, at: number, end: number): number {
  if (at < 0 || end - at < 4) return LOST
  const size = u32le(b, at)
  if (size < -1 || size > end - at - 4) return LOST
  return at + 4 + Math.max(0, size)
}

function afterLocalizedText(b: Uint8Array, at: number, end: number): number {
  if (at < 0 || end - at < 1) return LOST
  let next = at + 1
  if ((b[at] & 1) !== 0) next = afterString(b, next, end)
  if ((b[at] & 2) !== 0) next = afterString(b, next, end)
  return next
}

/** A node identifier, clause 5.2.2.9. */
function afterNode(b: Uint8Array, at: number, end: number): number {
  if (at < 0 || end - at < 2) return LOST
  switch (b[at] & 0x3f) {
    case 0:
      return at + 2
    case 1:
      return at + 4
    case 2:
      return at + 7
    case 3:
    case 5:
      return afterString(b, at + 3, end)
    case 4:
      return at + 19
    default:
      return LOST
  }
}

/** The header of a request, clause 7.33 of part 4. */
function afterRequestHeader(b: Uint8Array, at: number, end: number): number {
  // authentication token; time stamp, handle, diagnostics; audit entry; time-out; additional header
  let next = afterNode(b, at, end)
  if (next < 0) return LOST
  next = afterString(b, next + 16, end)
  if (next < 0) return LOST
  next = afterNode(b, next + 4, end)
  if (next < 0 || next >= end) return LOST
  return b[next] === 0 ? next + 1 : afterString(b, next + 1, end)
}

/** Tells a request whose header begins at `at`. */
export function readRequest(
  b: Uint8Array,
  at: number,
  end: number,
  fn: number,
  actions: number,
  to: Notes,
): void {
  const body =
    fn === READ || fn === WRITE || fn === CALL || fn === CREATE_SESSION
      ? afterRequestHeader(b, at, end)
      : LOST
  if (fn === CREATE_SESSION && body > 0) readApplication(b, body, end, CLIENT, to)
  // maximum age and time stamps come before what is to be read
  const list = fn === READ && body > 0 ? body + 12 : body
  if (fn === CREATE_SESSION || list < 0 || !readNodes(b, list, end, fn, actions, to))
    to.act(actions, fn, -1, -1, 0, 0)
}

/** Tells the nodes of a list, as far as they are numbers; whether all were. */
function readNodes(b: Uint8Array, at: number, end: number, fn: number, actions: number, to: Notes): boolean {
  if (end - at < 4) return false
  const count = u32le(b, at)
  let next = at + 4
  if (count <= 0 || count > MOST_NODES) return false
  for (let i = 0; i < count; i++) {
    // a call names its object before its method
    const node = fn === CALL ? afterNode(b, next, end) : next
    const behind = afterNode(b, node, end)
    if (behind < 0 || behind > end || (b[node] & 0x3f) > 2) return false
    tell(b, node, fn, actions, to)
    next = i + 1 < count ? afterItem(b, behind, end, fn) : behind
    if (next < 0) return false
  }
  return true
}

function tell(b: Uint8Array, node: number, fn: number, actions: number, to: Notes): void {
  const form = b[node] & 0x3f
  const namespace = form === 0 ? 0 : form === 1 ? b[node + 1] : u16le(b, node + 1)
  const id = form === 0 ? b[node + 1] : form === 1 ? u16le(b, node + 2) : u32le(b, node + 3)
  to.act(actions, fn, -1, namespace, id, id)
}

/** What stands behind the node of an item: attribute and index range; then a data encoding, or a value. */
function afterItem(b: Uint8Array, at: number, end: number, fn: number): number {
  if (fn === CALL) return LOST
  const range = afterString(b, at + 4, end)
  if (range < 0) return LOST
  // a qualified name: namespace and text
  return fn === READ ? afterString(b, range + 2, end) : afterDataValue(b, range, end)
}

/** bytes of built-in types 1 (boolean) to 13 (date and time), and 19 (status) */
const SIZES = [0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, -1, 8, 16, -1, -1, -1, -1, 4]

/** A value with its status and times, clause 5.2.2.17; values of structured types cannot be told. */
function afterDataValue(b: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return LOST
  const mask = b[at]
  let next = at + 1
  if ((mask & 1) !== 0) next = afterVariant(b, next, end)
  if (next < 0) return LOST
  if ((mask & 2) !== 0) next += 4
  if ((mask & 4) !== 0) next += 8
  if ((mask & 8) !== 0) next += 8
  if ((mask & 16) !== 0) next += 2
  if ((mask & 32) !== 0) next += 2
  return next <= end ? next : LOST
}

function afterVariant(b: Uint8Array, at: number, end: number): number {
  if (end - at < 1) return LOST
  const type = b[at] & 0x3f
  const isText = type === 12 || type === 15 || type === 16
  const size = SIZES[type] ?? -1
  if ((b[at] & 0x40) !== 0 || (size < 0 && !isText)) return LOST
  if ((b[at] & 0x80) === 0) return isText ? afterString(b, at + 1, end) : at + 1 + size
  if (end - at < 5) return LOST
  const count = u32le(b, at + 1)
  if (count > end - at) return LOST
  let next = at + 5
  if (!isText) return next + Math.max(0, count) * size
  for (let i = 0; i < count && next >= 0; i++) next = afterString(b, next, end)
  return next
}

/** Tells an answer whose header begins at `at`: time stamp, handle, result (clause 7.34 of part 4). */
export function readAnswer(
  b: Uint8Array,
  at: number,
  end: number,
  fn: number,
  isFault: boolean,
  to: Notes,
): void {
  const result = at + 12
  if (end - result < 4) {
    to.answer(fn, -1, isFault)
    to.short()
    return
  }
  const isBad = b[result + 3] >> 6 >= BAD
  // no diagnostics, no strings for them, no additional header: as nearly all have it
  const body = result + 4 + 1 + 4 + GOOD_BYTES
  const isPlain =
    body + 4 <= end &&
    b[result + 4] === 0 &&
    u32le(b, result + 5) <= 0 &&
    b[body - 3] === 0 &&
    b[body - 1] === 0
  to.answer(fn, -1, isFault || isBad || (isPlain && allBad(b, body, end, fn)))
  if (!isPlain || isBad) return
  if (fn === CREATE_SESSION) readCreated(b, body, end, to)
  // the first of its endpoints
  else if (fn === GET_ENDPOINTS && u32le(b, body) > 0)
    readApplication(b, afterString(b, body + 4, end), end, SERVER, to)
}

/** Whether nothing of a write or call was carried out. */
function allBad(b: Uint8Array, at: number, end: number, fn: number): boolean {
  if (fn !== WRITE && fn !== CALL) return false
  const count = u32le(b, at)
  if (count <= 0 || (fn === CALL && count > 1) || count > (end - at - 4) >> 2) return false
  for (let i = 0; i < count; i++) if (b[at + 7 + 4 * i] >> 6 < BAD) return false
  return true
}

/** Session, token, time-out, nonce, certificate; then the endpoints of the server. */
function readCreated(b: Uint8Array, at: number, end: number, to: Notes): void {
  let next = afterNode(b, afterNode(b, at, end), end)
  if (next < 0) return
  next = afterString(b, afterString(b, next + 8, end), end)
  if (next < 0 || end - next < 4 || u32le(b, next) <= 0) return
  readApplication(b, afterString(b, next + 4, end), end, SERVER, to)
}

/** An application's description of itself (clause 7.2 of part 4): URIs of it and of its product, its name, its type. */
function readApplication(b: Uint8Array, at: number, end: number, expected: number, to: Notes): void {
  const product = afterString(b, at, end)
  const name = afterString(b, product, end)
  const type = afterLocalizedText(b, name, end)
  if (type < 0 || end - type < 4) return
  // 0 server, 1 client, 2 both
  const kind = u32le(b, type)
  if (kind !== expected && kind !== 2) return
  to.heard('product', textAt(b, product, end))
  const locale = (b[name] & 1) !== 0 ? afterString(b, name + 1, end) : name + 1
  if ((b[name] & 2) !== 0) to.heard('name', textAt(b, locale, end))
}

const textAt = (b: Uint8Array, at: number, end: number): string =>
  u32le(b, at) > 0 ? printable(b, at + 4, Math.min(end, at + 4 + u32le(b, at)), 128) : ''
