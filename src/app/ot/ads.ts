/**
 * Beckhoff ADS over AMS: Beckhoff Information System, "ADS/AMS specification" (AMS/TCP header, AMS header, ADS commands),
 * index groups of TwinCAT's system and PLC services. Over UDP 48899 the discovery of TwinCAT routers, as Beckhoff's public
 * ADS library sends it.
 *
 * Functions of `act` are the ADS commands (1 to 9); 256 + service for those of UDP (257 = who is there, 262 = add route); 512 +
 * command for what local programs ask of their router. Unit is the AMS port of the target (851 = first PLC of TwinCAT 3);
 * areas are index groups, with index offsets in them.
 */
import * as A from '../../net/actions.ts'
import { printable } from '../it/text.ts'
import { u16le, u32le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  TCP,
  UDP,
} from '../protocol.ts'

/** AMS/TCP: 0, length. AMS: target and source (net id and port), command, flags, length, error, invocation */
const TCP_HEADER = 6
const AMS_HEADER = 32
const TARGET_PORT = 6
const COMMAND = 16
const FLAGS = 18
const DATA_LENGTH = 20
const ERROR = 24
const IS_ANSWER = 0x0001
const IS_ADS = 0x0004
const MOST = 1 << 24
/** header kinds with which a program speaks to its router */
const ROUTER_KINDS = [0x0001, 0x1000, 0x1001, 0x1002]
/** UDP: magic, invocation, service */
const DISCOVERY = 0x71146603
const TAGS_AT = 24
const ADD_ROUTE = 6

const READ_INFO = 1
const READ = 2
const WRITE = 3
const READ_STATE = 4
const WRITE_CONTROL = 5
const ADD_NOTIFICATION = 6
const DELETE_NOTIFICATION = 7
const NOTIFICATION = 8
const READ_WRITE = 9

const NAMES: Readonly<Record<number, string>> = {
  1: 'read device info',
  2: 'read',
  3: 'write',
  4: 'read state',
  5: 'write control',
  6: 'add device notification',
  7: 'delete device notification',
  8: 'device notification',
  9: 'read and write',
  257: 'who is there',
  262: 'add route',
}

/** What commands do, as far as they tell by themselves. */
const ACTIONS: Readonly<Record<number, number>> = {
  [READ_INFO]: A.DISCOVER,
  [READ]: A.READ,
  [WRITE]: A.WRITE,
  [READ_STATE]: A.DIAGNOSE,
  [WRITE_CONTROL]: A.CONTROL,
  [ADD_NOTIFICATION]: A.REPORT,
  [DELETE_NOTIFICATION]: A.SESSION,
  [NOTIFICATION]: A.REPORT,
  [READ_WRITE]: A.READ | A.WRITE,
  257: A.DISCOVER,
  [256 + ADD_ROUTE]: A.CONFIGURE,
}

/** AMS port of the system service, where index groups mean something else */
const SYSTEM_SERVICE = 10_000

/** What a function does whose index group is not known: accesses to values may be to names, handles, files or the clock as well. */
function functionActions(fn: number): number {
  if (fn >= 512) return A.SESSION
  const isAccess = fn === READ || fn === WRITE || fn === READ_WRITE
  return (ACTIONS[fn] ?? A.UNKNOWN) | (isAccess ? MAYBE : 0)
}

/** Whether the AMS header at `at` fits a packet of `length` bytes from there on. */
function isAms(b: Uint8Array, at: number, length: number): boolean {
  const flags = u16le(b, at + FLAGS)
  return (
    u16le(b, at + COMMAND) >= READ_INFO &&
    u16le(b, at + COMMAND) <= READ_WRITE &&
    (flags & IS_ADS) !== 0 &&
    flags <= 0xff &&
    u32le(b, at + DATA_LENGTH) === length - AMS_HEADER
  )
}

export const ads: Protocol = {
  id: 'ads',
  service: 'ads',
  transports: [TCP, UDP],
  firstBytes: [0, DISCOVERY & 0xff],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (carrier.transport === UDP) {
      if (end - at < 12 || u32le(b, at) !== DISCOVERY) return NOT
      return CERTAIN | (b[at + 11] === 0x80 ? FROM_SERVER : FROM_CLIENT)
    }
    if (end - at < TCP_HEADER + AMS_HEADER || u16le(b, at) !== 0) return NOT
    const length = u32le(b, at + 2)
    if (length < AMS_HEADER || length > MOST || !isAms(b, at + TCP_HEADER, length)) return NOT
    return CERTAIN | sender(b, at + TCP_HEADER)
  },

  length(b, at, end) {
    if (end - at < TCP_HEADER) return 0
    const kind = u16le(b, at)
    const length = u32le(b, at + 2)
    if (kind !== 0)
      return ROUTER_KINDS.includes(kind) && length >= 0 && length <= 64 ? TCP_HEADER + length : -1
    if (length < AMS_HEADER || length > MOST) return -1
    if (end - at >= TCP_HEADER + DATA_LENGTH + 4 && !isAms(b, at + TCP_HEADER, length)) return -1
    return TCP_HEADER + length
  },

  read(b, at, end, length, to) {
    if (to.carrier.transport === UDP) return readDiscovery(b, at, end, length, to)
    if (end - at < TCP_HEADER) return to.short()
    if (u16le(b, at) !== 0) return to.act(A.SESSION, 512 + (u16le(b, at) & 0xff), -1, -1, 0, 0)
    const ams = at + TCP_HEADER
    if (end - ams < AMS_HEADER) return to.short()
    if (!isAms(b, ams, length - TCP_HEADER)) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return to.unfit()
    }
    if ((u16le(b, ams + FLAGS) & IS_ANSWER) !== 0) return readAnswer(b, ams, end, to)
    const who = sender(b, ams)
    to.client(who === FROM_CLIENT)
    readRequest(b, ams, end, to)
  },

  functionActions,
  functionName: fn => NAMES[fn] ?? (fn >= 512 ? 'router command' : undefined),
  areaText: (area, first, last) =>
    `index group 0x${(area >>> 0).toString(16)}, offset ${numbersText(first, last)}`,
}

/** Notifications come from the server unasked; everything else by whether it is an answer. */
function sender(b: Uint8Array, ams: number): number {
  const isAnswer = (u16le(b, ams + FLAGS) & IS_ANSWER) !== 0
  return isAnswer !== (u16le(b, ams + COMMAND) === NOTIFICATION) ? FROM_SERVER : FROM_CLIENT
}

function readRequest(b: Uint8Array, ams: number, end: number, to: Notes): void {
  const command = u16le(b, ams + COMMAND)
  const port = u16le(b, ams + TARGET_PORT)
  const data = ams + AMS_HEADER
  const plain = ACTIONS[command]
  switch (command) {
    case READ_INFO:
    case READ_STATE:
    case WRITE_CONTROL:
    case DELETE_NOTIFICATION:
      return to.act(plain, command, port, -1, 0, 0)
    case NOTIFICATION:
      // the unit is that of the device, which sends this
      return to.act(plain, command, u16le(b, ams + 14), -1, 0, 0)
  }
  if (end - data < 12) {
    to.act(plain, command, port, -1, 0, 0)
    return to.short()
  }
  const group = u32le(b, data)
  const offset = u32le(b, data + 4) >>> 0
  const actions =
    port === SYSTEM_SERVICE ? serviceActions(group >>> 0, plain) : groupActions(group >>> 0, command, plain)
  const last = Math.min(0xffffffff, offset + Math.max(1, u32le(b, data + 8) >>> 0) - 1)
  // offsets of handles, names and sums are no addresses
  const isPlain = group >>> 0 < 0xf000 || group >>> 0 > 0xf0ff
  to.act(actions, command, port, group, offset, isPlain ? last : offset)
}

/** What a PLC's reserved index groups do; the others hold values. */
function groupActions(group: number, command: number, plain: number): number {
  switch (group) {
    case 0xf003: // handle of a symbol by its name
    case 0xf007: // a symbol's description by its name
    case 0xf009:
    case 0xf00a: // its declaration
    case 0xf00b: // all symbols
    case 0xf00c:
    case 0xf00e:
    case 0xf00f:
      return command === WRITE ? A.CONFIGURE : A.DISCOVER
    case 0xf006: // release a handle
      return A.SESSION
    case 0xf008: // version of the symbols
      return command === WRITE ? A.CONFIGURE : A.DISCOVER
    case 0xf080: // several reads in one
    case 0xf083:
    case 0xf084:
      return command === WRITE ? A.WRITE : A.READ
    case 0xf081: // several writes in one
      return A.WRITE
    case 0xf085: // several notifications in one
      return command === WRITE ? A.WRITE : A.REPORT
    case 0xf086:
      return command === WRITE ? A.WRITE : A.SESSION
    case 0xf082: // several commands that read and write in one
      return A.READ | A.WRITE
    case 0xf004: // a value by its name
    case 0xf005: // a value by its handle
      return plain
    default:
      return plain
  }
}

/** Files, registry, clock and programs of the system service. */
function serviceActions(group: number, plain: number): number {
  if (group >= 100 && group < 140) return A.FILE | plain
  if (group === 200) return plain === A.READ ? A.READ : A.CONFIGURE
  if (group === 400) return plain === A.READ ? A.READ : A.TIME
  if (group === 500) return A.CONTROL
  if (group >= 600 && group < 1000) return plain === A.READ ? A.READ : A.CONFIGURE
  return plain
}

function readAnswer(b: Uint8Array, ams: number, end: number, to: Notes): void {
  to.client(false)
  const command = u16le(b, ams + COMMAND)
  const data = ams + AMS_HEADER
  // the device is the source here
  const port = u16le(b, ams + 14)
  const length = u32le(b, ams + DATA_LENGTH)
  const hasResult = length >= 4 && end - data >= 4
  const isRefused = u32le(b, ams + ERROR) !== 0 || (hasResult && u32le(b, data) !== 0)
  to.answer(command, port, isRefused)
  if (command !== READ_INFO || isRefused || length < 24) return
  if (end - data < 24) return to.short()
  const name = printable(b, data + 8, data + 24, 16)
  if (name !== '') to.heard('product', name)
  to.heard('version', `${b[data + 4]}.${b[data + 5]}.${u16le(b, data + 6)}`)
}

/** Magic, invocation, service (answers have the highest bit), the sender's net id and port, then tagged values. */
function readDiscovery(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < 12) return to.short()
  if (u32le(b, at) !== DISCOVERY) return to.unfit()
  const service = u32le(b, at + 8)
  const fn = 256 + (service & 0xff)
  if (service < 0) {
    to.client(false)
    to.answer(fn, -1, false)
    return readTags(b, at + TAGS_AT, end, to)
  }
  to.client(true)
  to.act(service <= 0xff ? functionActions(fn) : A.UNKNOWN, fn, -1, -1, 0, 0)
  if (end - at === length && tagsEnd(b, at, end) < end) to.unfit()
}

/** Where the tags of a message end that begins at `at`: a count of them comes first. */
function tagsEnd(b: Uint8Array, at: number, end: number): number {
  let tag = at + TAGS_AT
  for (let left = tag <= end ? u32le(b, tag - 4) : 0; left > 0 && tag + 4 <= end; left--)
    tag += 4 + u16le(b, tag + 2)
  return tag
}

/** Tags: kind, length, value; 5 the host's name, 3 TwinCAT's version. */
function readTags(b: Uint8Array, at: number, end: number, to: Notes): void {
  let tag = at
  for (let i = 0; i < 16 && tag + 4 <= end; i++) {
    const kind = u16le(b, tag)
    const length = u16le(b, tag + 2)
    const value = tag + 4
    if (value + length > end) return
    if (kind === 5) to.heard('name', printable(b, value, value + length))
    if (kind === 3 && length >= 4) to.heard('version', `${b[value]}.${b[value + 1]}.${u16le(b, value + 2)}`)
    tag = value + length
  }
}
