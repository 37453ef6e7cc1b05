/**
 * EtherNet/IP, explicit messages over TCP and UDP: the encapsulation of CIP Networks Library Volume 2, chapter 2.
 *
 * Functions of `act` are CIP services (0..127; what messages do is in cip.ts), and 0x1000 + command for what the encapsulation
 * does itself. There are no units. The one area are CIP classes: `first` and `last` are the class that is addressed, 0x6b
 * (Symbol) where a tag is named.
 */
import * as A from '../../net/actions.ts'
import { u16le, u32le } from '../little.ts'
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
import { around, CIP_MEMORY, hearItem, readMessage, readSockaddr, refuse } from './cip.ts'
import { classText, SERVICE_NAMES } from './cip-names.ts'
import { unseenActions } from './cip-services.ts'
import { readEach } from './datagram.ts'

/** command, length of what follows the header, session, status, context of the sender (8), options (0) */
const LENGTH_AT = 2
const SESSION_AT = 4
const STATUS_AT = 8
const CONTEXT_AT = 12
const OPTIONS_AT = 20
const HEADER = 24

const NOP = 0x00
const LIST_SERVICES = 0x04
const LIST_IDENTITY = 0x63
const LIST_INTERFACES = 0x64
const REGISTER = 0x65
const UNREGISTER = 0x66
const SEND_RR = 0x6f
const SEND_UNIT = 0x70
const START_DTLS = 0xc8

/** functions of the encapsulation begin here; the last one stands for commands beyond */
const COMMANDS = 0x1000
const MOST_COMMAND = 0xfff

const NAMES: Readonly<Record<number, string>> = {
  [NOP]: 'no operation',
  [LIST_SERVICES]: 'list services',
  [LIST_IDENTITY]: 'list identity',
  [LIST_INTERFACES]: 'list interfaces',
  [REGISTER]: 'register session',
  [UNREGISTER]: 'unregister session',
  [SEND_RR]: 'send RR data',
  [SEND_UNIT]: 'send unit data',
  [START_DTLS]: 'start DTLS',
}

/** items of the common packet format */
const NULL_ADDRESS = 0x0000
const IDENTITY_ITEM = 0x000c
const CONNECTED_ADDRESS = 0x00a1
const CONNECTED_DATA = 0x00b1
const UNCONNECTED_DATA = 0x00b2
const SOCKADDR_OUT = 0x8000
const SOCKADDR_IN = 0x8001
/** what these items may be besides: capability, usage, security information */
const isHarmlessItem = (type: number): boolean =>
  type === NULL_ADDRESS || type === CONNECTED_ADDRESS || (type >= 0x86 && type <= 0x88)
/** encapsulation version and address (16) before the identity */
const IDENTITY_AT = 18

/** Whether a header at `at`, wholly here, holds what every header does. */
function isHeader(b: Uint8Array, at: number): boolean {
  const status = u32le(b, at + STATUS_AT)
  return NAMES[u16le(b, at)] !== undefined && u32le(b, at + OPTIONS_AT) === 0 && status >= 0 && status <= 0xff
}

/** What a header at `at`, wholly here, is: likeness and sender, as far as it tells. */
function headerLikeness(b: Uint8Array, at: number): number {
  if (!isHeader(b, at)) return NOT
  const command = u16le(b, at)
  const length = u16le(b, at + LENGTH_AT)
  const status = u32le(b, at + STATUS_AT)
  const hasSession = u32le(b, at + SESSION_AT) !== 0
  switch (command) {
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES:
      if (length === 1) return NOT
      return CERTAIN | (length === 0 && status === 0 ? FROM_CLIENT : FROM_SERVER)
    case REGISTER:
      if (length !== 4 && status === 0) return NOT
      return CERTAIN | (hasSession || status !== 0 ? FROM_SERVER : FROM_CLIENT)
    case UNREGISTER:
      return length === 0 && hasSession ? CERTAIN : NOT
    case SEND_RR:
    case SEND_UNIT:
      if (status !== 0) return length === 0 ? CERTAIN | FROM_SERVER : UNSURE
      return length >= 16 ? CERTAIN : NOT
    case START_DTLS:
      return length === 0 || length === 2 ? UNSURE : NOT
    default:
      // no operation: anything may follow, and zeroes would be one
      return UNSURE
  }
}

/** Whether the data of a Send begin as they must: interface 0, a time-out, a few items, an address item first. */
function isSend(b: Uint8Array, at: number, end: number): boolean {
  if (end - at >= 4 && u32le(b, at) !== 0) return false
  if (end - at >= 8 && (u16le(b, at + 6) < 1 || u16le(b, at + 6) > 8)) return false
  if (end - at < 12) return true
  const type = u16le(b, at + 8)
  const length = u16le(b, at + 10)
  return type === NULL_ADDRESS ? length === 0 : type === CONNECTED_ADDRESS ? length === 4 : false
}

function readSend(b: Uint8Array, at: number, end: number, stop: number, command: number, to: Notes): void {
  const fn = COMMANDS + command
  if (stop - at < 8) return unreadable(fn, to)
  if (end - at < 8) {
    to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
    return to.short()
  }
  // other interfaces than CIP
  if (u32le(b, at) !== 0) return to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
  around.outPort = around.inPort = around.outAddress = around.inAddress = 0
  let data = -1
  let dataStop = 0
  let isConnected = false
  let item = at + 8
  for (let left = u16le(b, at + 6); left > 0; left--) {
    if (item + 4 > stop) return unreadable(fn, to)
    if (item + 4 > end) break
    const type = u16le(b, item)
    const body = item + 4
    const next = body + u16le(b, item + 2)
    if (next > stop) return unreadable(fn, to)
    if (type === CONNECTED_DATA || type === UNCONNECTED_DATA) {
      if (data >= 0) return unreadable(fn, to)
      data = body
      dataStop = next
      isConnected = type === CONNECTED_DATA
    } else if (type === SOCKADDR_OUT || type === SOCKADDR_IN) {
      if (next - body >= 8 && next <= end) readSockaddr(b, body, type === SOCKADDR_OUT)
    } else if (!isHarmlessItem(type)) {
      to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
    }
    item = next
  }
  if (data < 0) {
    to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
    return item > end || stop > end ? to.short() : to.unfit()
  }
  if (!isConnected) return readMessage(b, data, Math.min(end, dataStop), dataStop, to)
  // a sequence count comes first; alone it keeps the connection
  if (dataStop - data < 2) return unreadable(fn, to)
  if (dataStop - data === 2) return to.act(A.SESSION, fn, -1, -1, 0, 0)
  if (end - data >= 2) around.key = 0x10000 | u16le(b, data)
  readMessage(b, data + 2, Math.max(data + 2, Math.min(end, dataStop)), dataStop, to)
}

function unreadable(fn: number, to: Notes): void {
  to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
  to.unfit()
}

/** Items of a reply that lists: of identities, who the sender is. */
function readIdentities(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < 2) return
  let item = at + 2
  for (let left = u16le(b, at); left > 0 && item + 4 <= end; left--) {
    const next = item + 4 + u16le(b, item + 2)
    if (u16le(b, item) === IDENTITY_ITEM && item + 4 + IDENTITY_AT <= end)
      hearItem(b, item + 4 + IDENTITY_AT, Math.min(end, next), to)
    item = next
  }
}

/** Whether the header at `at` is of a reply, in commands whose data do not tell. */
function isReply(b: Uint8Array, at: number, command: number): boolean {
  if (u32le(b, at + STATUS_AT) !== 0) return true
  if (command === REGISTER) return u32le(b, at + SESSION_AT) !== 0
  return u16le(b, at + LENGTH_AT) > 0
}

/** What a command does by itself: a Send nothing that could be told without the message in it. */
function commandActions(command: number): number {
  switch (command) {
    case NOP:
    case REGISTER:
    case UNREGISTER:
    case START_DTLS:
      return A.SESSION
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES:
      return A.DISCOVER
    default:
      return A.UNKNOWN
  }
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (NAMES[b[at]] === undefined || (end - at >= 2 && b[at + 1] !== 0)) return -1
  if (end - at < 4) return 0
  if (end - at >= HEADER && !isHeader(b, at)) return -1
  return HEADER + u16le(b, at + LENGTH_AT)
}

function readPacket(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < HEADER) {
    to.act(A.UNKNOWN, COMMANDS + (end - at >= 2 ? Math.min(u16le(b, at), MOST_COMMAND) : 0), -1, -1, 0, 0)
    return to.short()
  }
  const command = u16le(b, at)
  const fn = COMMANDS + Math.min(command, MOST_COMMAND)
  const stop = at + HEADER + u16le(b, at + LENGTH_AT)
  // over UDP nothing else has looked at the header
  if (NAMES[command] === undefined || stop > at + length) return unreadable(fn, to)
  around.key = (u32le(b, at + CONTEXT_AT) ^ Math.imul(u32le(b, at + CONTEXT_AT + 4), 31)) | 1
  around.fn = fn
  const data = at + HEADER
  switch (command) {
    case NOP:
    case UNREGISTER:
      return to.act(A.SESSION, fn, -1, -1, 0, 0)
    case SEND_RR:
    case SEND_UNIT:
      if (u32le(b, at + STATUS_AT) !== 0) {
        to.client(false)
        return refuse(to)
      }
      return readSend(b, data, Math.min(end, stop), stop, command, to)
  }
  if (!isReply(b, at, command)) {
    to.client(true)
    return to.act(commandActions(command), fn, -1, -1, 0, 0)
  }
  to.client(false)
  const isRefused = u32le(b, at + STATUS_AT) !== 0
  to.answer(fn, -1, isRefused)
  if (command === LIST_IDENTITY && !isRefused) readIdentities(b, data, Math.min(end, stop), to)
  if (command === START_DTLS && !isRefused) to.opaque()
}

export const enip: Protocol = {
  id: 'enip',
  service: 'enip',
  transports: [TCP, UDP],
  firstBytes: Object.keys(NAMES).map(Number),
  memory: CIP_MEMORY,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER) return NOT
    if (b[at + 1] !== 0) return NOT
    const likeness = headerLikeness(b, at)
    if (likeness === NOT) return NOT
    const command = b[at]
    const next = at + HEADER + u16le(b, at + LENGTH_AT)
    const stated = next - at
    if (carrier.transport === UDP) {
      if (stated !== carrier.length) return NOT
    } else if (stated > carrier.length) {
      // it goes on in another segment: for a NOP that is too little
      if (likeness === UNSURE) return NOT
    } else if (stated < carrier.length) {
      // another one has to follow
      if (next + HEADER > end) return UNSURE
      const then = headerLikeness(b, next)
      if (then === NOT) return NOT
      if (likeness === UNSURE) return then
    }
    if (command === SEND_RR || command === SEND_UNIT)
      return isSend(b, at + HEADER, Math.min(end, next)) ? likeness : NOT
    return likeness
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readPacket),

  functionActions: fn => (fn >= COMMANDS ? commandActions(fn - COMMANDS) : unseenActions(fn)),
  functionName: fn => (fn >= COMMANDS ? NAMES[fn - COMMANDS] : SERVICE_NAMES[fn]),
  areaText: (_area, first) => classText(first),
}
