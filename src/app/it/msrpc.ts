/**
 * MS-RPC and DCOM over TCP: DCE 1.1 RPC (The Open Group C706, chapter 12, connection-oriented PDUs), [MS-RPCE], [MS-DCOM].
 *
 * Functions of `act`: 256 x number of the interface (rpc-interfaces.ts; 255 = not known, or bound before it was seen) + number
 * of the call; below 256 the PDU type of what belongs to the association (11 bind, 14 alter context, 16 auth3, 18 cancel, 19
 * orphaned). No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { u16le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Notes, type Protocol, TCP } from '../protocol.ts'
import { readStringBindings, readTowers } from './rpc-bindings.ts'
import {
  ENDPOINT_MAPPER,
  INTERFACES,
  interfaceAt,
  OBJECT_EXPORTER,
  REMOTE_ACTIVATION,
  SYSTEM_ACTIVATOR,
} from './rpc-interfaces.ts'

const HEADER = 16
const REQUEST = 0
const RESPONSE = 2
const FAULT = 3
const BIND = 11
const BIND_ACK = 12
const BIND_NAK = 13
const ALTER = 14
const ALTER_RESPONSE = 15
const AUTH3 = 16
const SHUTDOWN = 17
const CANCEL = 18
const ORPHANED = 19

const FIRST_FRAGMENT = 0x01
/** authentication level of calls that are encrypted */
const PRIVACY = 6
const ELSE = 255

/** memory: interface + 1 of each presentation context, then the interface and call that were asked last */
const CONTEXTS = 16
const ASKED = 16

const isLittle = (b: Uint8Array, at: number): boolean => (b[at + 4] & 0xf0) === 0x10
const word = (b: Uint8Array, at: number, pdu: number): number =>
  isLittle(b, pdu) ? u16le(b, at) : u16(b, at)

const isKnownType = (type: number): boolean =>
  type === REQUEST || type === RESPONSE || type === FAULT || (type >= BIND && type <= ORPHANED)
const isFromClient = (type: number): boolean =>
  type === REQUEST ||
  type === BIND ||
  type === ALTER ||
  type === AUTH3 ||
  type === CANCEL ||
  type === ORPHANED

/** Whether the first 16 bytes at `at`, so far as they are here, are a header. */
function isHeader(b: Uint8Array, at: number, end: number): boolean {
  if (b[at] !== 5 || (end - at > 1 && b[at + 1] > 1)) return false
  if (end - at > 2 && !isKnownType(b[at + 2])) return false
  // data representation: byte order and ASCII or EBCDIC, IEEE, VAX, Cray or IBM, two zeroes
  if (end - at < 8) return true
  return (b[at + 4] & 0xee) === 0 && b[at + 5] <= 3 && u16(b, at + 6) === 0
}

export const msrpc: Protocol = {
  id: 'msrpc',
  service: 'msrpc',
  transports: [TCP],
  firstBytes: [5],
  memory: 18,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || !isHeader(b, at, end)) return NOT
    const fragment = word(b, at + 8, at)
    const auth = word(b, at + 10, at)
    if (fragment < HEADER || (auth > 0 && auth + 8 + HEADER > fragment)) return NOT
    if (b[at + 2] === BIND && carrier.length >= fragment && fragment < 28 + 44) return NOT
    return CERTAIN | (isFromClient(b[at + 2]) ? FROM_CLIENT : FROM_SERVER)
  },

  length(b, at, end) {
    if (end <= at) return 0
    if (!isHeader(b, at, end)) return -1
    if (end - at < 10) return 0
    const fragment = word(b, at + 8, at)
    return fragment < HEADER ? -1 : fragment
  },

  read(b, at, end, length, to) {
    if (end - at < HEADER) return to.short()
    const type = b[at + 2]
    to.client(isFromClient(type))
    const auth = word(b, at + 10, at)
    const trailer = auth > 0 ? at + length - auth - 8 : at + length
    if (trailer < at + HEADER) return to.unfit()
    const level = auth > 0 && trailer + 2 <= end ? b[trailer + 1] : 0
    const bodyEnd = Math.min(end, trailer)
    switch (type) {
      case BIND:
      case ALTER:
        to.act(A.SESSION, type, -1, -1, 0, 0)
        return readContexts(b, at, bodyEnd, to)
      case AUTH3:
      case CANCEL:
      case ORPHANED:
        return to.act(A.SESSION, type, -1, -1, 0, 0)
      case BIND_ACK:
        return to.answer(BIND, -1, false)
      case BIND_NAK:
        return to.answer(BIND, -1, true)
      case ALTER_RESPONSE:
        return to.answer(ALTER, -1, false)
      case SHUTDOWN:
        return
      case REQUEST:
        return readRequest(b, at, end, level, to)
      case FAULT:
        return to.answer(functionOf(to.memory[ASKED], to.memory[ASKED + 1]), -1, true)
      default:
        return readResponse(b, at, bodyEnd, level, to)
    }
  },

  functionActions: fn => (fn < 256 ? A.SESSION : callActions(fn >> 8, fn & 255)),

  functionName(fn) {
    if (fn < 256) return ASSOCIATION[fn]
    const of = INTERFACES[fn >> 8]
    if (of === undefined) return undefined
    return `${of.name} ${of.calls?.[fn & 255]?.[1] ?? `call ${fn & 255}`}`
  },
}

const ASSOCIATION: Readonly<Record<number, string>> = {
  [BIND]: 'bind',
  [ALTER]: 'alter context',
  [AUTH3]: 'authenticate',
  [CANCEL]: 'cancel',
  [ORPHANED]: 'orphaned',
}

function callActions(known: number, call: number): number {
  const of = INTERFACES[known]
  return of === undefined ? A.UNKNOWN : (of.calls?.[call]?.[0] ?? of.actions)
}

const functionOf = (known: number, call: number): number => ((known || ELSE) << 8) | Math.min(call, 255)

/** Presentation contexts: number, transfer syntaxes, interface UUID and version, the transfer syntaxes (20 bytes each). */
function readContexts(b: Uint8Array, at: number, end: number, to: Notes): void {
  let context = at + HEADER + 12
  if (end - context < 0) return to.short()
  for (let left = b[context - 4]; left > 0; left--) {
    if (end - context < 20) return to.short()
    const number = word(b, context, at)
    const known = interfaceAt(b, context + 4, isLittle(b, at))
    if (number < CONTEXTS) to.memory[number] = known + 1
    if (known > 0) to.detail('interface', INTERFACES[known]!.name)
    context += 24 + 20 * b[context + 2]
  }
}

function readRequest(b: Uint8Array, at: number, end: number, level: number, to: Notes): void {
  // later fragments of a request repeat its header: they do nothing more
  if ((b[at + 3] & FIRST_FRAGMENT) === 0) return
  if (end - at < HEADER + 8) {
    to.act(A.UNKNOWN, ELSE << 8, -1, -1, 0, 0)
    return to.short()
  }
  const context = word(b, at + HEADER + 4, at)
  const call = word(b, at + HEADER + 6, at)
  const known = context < CONTEXTS ? Math.max(0, to.memory[context] - 1) : 0
  if (to.fromOrig) {
    to.memory[ASKED] = known
    to.memory[ASKED + 1] = call
  }
  to.act(callActions(known, call), functionOf(known, call), -1, -1, 0, 0)
  if (level >= PRIVACY) to.opaque()
}

function readResponse(b: Uint8Array, at: number, end: number, level: number, to: Notes): void {
  if ((b[at + 3] & FIRST_FRAGMENT) === 0) return
  const known = to.memory[ASKED]
  const call = to.memory[ASKED + 1]
  to.answer(functionOf(known, call), -1, false)
  if (level >= PRIVACY) return to.opaque()
  // only who was asked says where others are
  if (to.fromOrig) return
  const parameters = at + HEADER + 8
  if (known === ENDPOINT_MAPPER) {
    if (call === 3 && isLittle(b, at)) readTowers(b, parameters, end, to)
  } else if (known === OBJECT_EXPORTER || known === SYSTEM_ACTIVATOR || known === REMOTE_ACTIVATION)
    readStringBindings(b, parameters, end, to)
}
