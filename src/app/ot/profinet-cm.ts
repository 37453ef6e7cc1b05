/**
 * PROFINET's context manager over UDP: IEC 61158-6-10, 5.1 and 5.2 (records and their blocks), over connectionless RPC (The
 * Open Group C706, chapter 12). Controllers connect, write parameters and read records here, then data flow in real time.
 *
 * Functions of `act`: 100 = connect, 101 = release, 102 = read, 103 = write, 104 = control, 105 = read implicit; 110 = a call of
 * the end point mapper, 109 = any other. There is no unit. Area 256 holds the indices of records. Who connects agrees what
 * flows in real time afterwards: connecting counts as a session, as does control (end of parameters, application ready).
 * A record that the standard defines is configured; those of devices (below 0x8000) and profiles (0xb000-0xbfff) are also
 * written.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import { u16le, u32le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, MAYBE, NOT, type Notes, type Protocol, UDP } from '../protocol.ts'
import { readEach } from './datagram.ts'

export const RECORDS = 256

/** connectionless RPC: offsets in its header */
const HEADER = 80
const TYPE_AT = 1
const FLAGS_AT = 2
const DREP_AT = 4
const INTERFACE_AT = 24
const CALL_AT = 64
const OPNUM_AT = 68
const LENGTH_AT = 74
const FRAGMENT_AT = 76
const AUTH_AT = 78
/** byte order: the high nibble of the first byte of the data representation */
const LITTLE = 0x10
const IS_FRAGMENT = 0x04

const REQUEST = 0
const RESPONSE = 2
const FAULT = 3
const REJECT = 6
const TYPES = 10
/** types that the called end sends: response, fault, working, no call, reject, fragment and cancel acknowledged */
const FROM_CALLED = (1 << RESPONSE) | (1 << FAULT) | (1 << 4) | (1 << 5) | (1 << REJECT) | (3 << 9)
const FROM_CALLER = (1 << REQUEST) | (1 << 1) | (1 << 7) | (1 << 8)

/** the interfaces of device, controller, supervisor and parameter server: DEA0000n-6C97-11D1-8271-00A02442DF7D, n = 1 .. 4 */
const PNIO = [0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d]
const PNIO_LITTLE = [0x97, 0x6c, 0xd1, 0x11, 0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d]
/** the end point mapper: E1AF8308-5D1F-11C9-91A4-08002B14A0FA */
const MAPPER = [0x5d, 0x1f, 0x11, 0xc9, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa]
const MAPPER_LITTLE = [0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa]

const CONNECT = 100
const RELEASE = 101
const READ = 102
const WRITE = 103
const CONTROL = 104
const READ_IMPLICIT = 105
const OTHER = 109
const MAP = 110
const NAMES: Readonly<Record<number, string>> = {
  [CONNECT]: 'connect',
  [RELEASE]: 'release',
  [READ]: 'read',
  [WRITE]: 'write',
  [CONTROL]: 'control',
  [READ_IMPLICIT]: 'read implicit',
  [OTHER]: 'call that is not known',
  [MAP]: 'end point mapper',
}

/** arguments: the most that may be answered (or the status), their length, then an array of as many bytes */
const BLOCKS_AT = HEADER + 20
/** a block: type, length from the version on, version */
const BLOCK = 6
const AR_REQUEST = 0x0101
const WRITE_REQUEST = 0x0008
const READ_REQUEST = 0x0009
const READ_ANSWER = 0x8009
const IDENTIFICATION = 0x0020
/** in a block that asks to read or write a record */
const INDEX_AT = 34
const RECORD_LENGTH_AT = 36
const RECORD_HEADER = 64
const MULTIPLE_WRITE = 0xe040

/** memory: the call asked for last, and whether it writes several records */
const CALL = 0
const SEVERAL = 1

const isLittle = (b: Uint8Array, at: number): boolean => (b[at + DREP_AT] & 0xf0) === LITTLE
const word = (b: Uint8Array, at: number, little: boolean): number => (little ? u16le(b, at) : u16(b, at))
const int = (b: Uint8Array, at: number, little: boolean): number => (little ? u32le(b, at) : u32(b, at))

function isTail(b: Uint8Array, at: number, tail: readonly number[]): boolean {
  for (let i = 0; i < tail.length; i++) if (b[at + i] !== tail[i]) return false
  return true
}

/** Which of the known interfaces a header names: 1 = PROFINET's, 2 = the end point mapper, 0 = neither. */
function interfaceOf(b: Uint8Array, at: number): number {
  const little = isLittle(b, at)
  const first = int(b, at + INTERFACE_AT, little)
  const tail = at + INTERFACE_AT + 4
  if (first >>> 3 === 0xdea00000 >>> 3) return isTail(b, tail, little ? PNIO_LITTLE : PNIO) ? 1 : 0
  if (first === (0xe1af8308 | 0)) return isTail(b, tail, little ? MAPPER_LITTLE : MAPPER) ? 2 : 0
  return 0
}

function functionOf(b: Uint8Array, at: number): number {
  if (interfaceOf(b, at) === 2) return MAP
  const opnum = word(b, at + OPNUM_AT, isLittle(b, at))
  return opnum <= 5 ? CONNECT + opnum : OTHER
}

function actionsOf(fn: number): number {
  switch (fn) {
    case CONNECT:
    case RELEASE:
    case CONTROL:
      return A.SESSION
    case READ:
    case READ_IMPLICIT:
      return A.READ
    case WRITE:
      return A.CONFIGURE | A.WRITE
    case MAP:
      return A.DISCOVER
    default:
      return A.UNKNOWN
  }
}

const writeActions = (index: number): number =>
  index < 0x8000 || (index >= 0xb000 && index <= 0xbfff) ? A.CONFIGURE | A.WRITE : A.CONFIGURE

function readRequest(b: Uint8Array, at: number, end: number, fn: number, to: Notes): void {
  const block = at + BLOCKS_AT
  // the other end may open conversations itself, which says nothing of who wants what
  if (fn !== CONTROL) to.client(true)
  // answers may come from another port than the one that was called
  if (fn === CONNECT || fn === CONTROL) to.announce(UDP, to.carrier.srcPort, true, 0)
  if (fn !== READ && fn !== WRITE && fn !== READ_IMPLICIT) {
    to.act(actionsOf(fn), fn, -1, -1, 0, 0)
    if (fn === CONNECT) readInitiator(b, block, end, to)
    return
  }
  const type = fn === WRITE ? WRITE_REQUEST : READ_REQUEST
  if (end < block + INDEX_AT + 2) {
    to.act(actionsOf(fn), fn, -1, -1, 0, 0)
    return to.short()
  }
  if (u16(b, block) !== type) {
    to.act(actionsOf(fn) | A.UNKNOWN, fn, -1, -1, 0, 0)
    return to.unfit()
  }
  const index = u16(b, block + INDEX_AT)
  if (fn !== WRITE) return to.act(A.READ, fn, -1, RECORDS, index, index)
  if (index === MULTIPLE_WRITE) {
    to.memory[SEVERAL] = 1
    return readWrites(b, block + RECORD_HEADER, end, to)
  }
  to.act(writeActions(index), fn, -1, RECORDS, index, index)
}

/** Several records written by one call: a header and its data each, up to a multiple of four bytes. */
function readWrites(b: Uint8Array, at: number, end: number, to: Notes): void {
  let header = at
  while (header + RECORD_LENGTH_AT + 4 <= end && u16(b, header) === WRITE_REQUEST) {
    const index = u16(b, header + INDEX_AT)
    to.act(writeActions(index), WRITE, -1, RECORDS, index, index)
    const length = u32(b, header + RECORD_LENGTH_AT)
    if (length < 0 || length > end - header) break
    header += RECORD_HEADER + ((length + 3) & ~3)
  }
  if (header >= end && header > at) return
  to.act(A.CONFIGURE | A.WRITE, WRITE, -1, -1, 0, 0)
  to.short()
}

/** The name of the station that connects ends the block that asks for a relation. */
function readInitiator(b: Uint8Array, block: number, end: number, to: Notes): void {
  // behind: type of relation, UUID, session key, MAC, object UUID, properties, timeout, UDP port
  const length = block + BLOCK + 2 + 16 + 2 + 6 + 16 + 4 + 2 + 2
  if (length + 2 > end || u16(b, block) !== AR_REQUEST) return
  const name = printable(b, length + 2, Math.min(end, length + 2 + u16(b, length)))
  if (name !== '') to.heard('name', name)
}

/** Identification and maintenance 0, where a read brings it. */
function readIdentification(b: Uint8Array, block: number, end: number, to: Notes): void {
  const record = block + RECORD_HEADER
  if (record + BLOCK + 54 > end || u16(b, block) !== READ_ANSWER || u16(b, record) !== IDENTIFICATION) return
  const vendor = record + BLOCK
  to.heard('vendor', `PROFINET vendor 0x${u16(b, vendor).toString(16).padStart(4, '0')}`)
  const order = printable(b, vendor + 2, vendor + 22)
  if (order !== '') to.heard('product', order)
  const serial = printable(b, vendor + 22, vendor + 38)
  if (serial !== '') to.heard('serial', serial)
  const revision = vendor + 40
  const kind = printable(b, revision, revision + 1)
  to.heard('version', `${kind}${b[revision + 1]}.${b[revision + 2]}.${b[revision + 3]}`)
}

/** Bytes of the PDU at `at`; behind one that is authenticated stands a verifier that states no length: it is taken for the last. */
function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return 0
  if (b[at] !== 4 || b[at + TYPE_AT] > TYPES || interfaceOf(b, at) === 0) return -1
  return b[at + AUTH_AT] !== 0 ? 0 : HEADER + word(b, at + LENGTH_AT, isLittle(b, at))
}

function readCall(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  if (end - at < HEADER) {
    to.act(A.UNKNOWN, OTHER, -1, -1, 0, 0)
    return length > end - at ? to.short() : to.unfit()
  }
  if (b[at] !== 4 || b[at + TYPE_AT] > TYPES || interfaceOf(b, at) === 0) {
    to.act(A.UNKNOWN, OTHER, -1, -1, 0, 0)
    return to.unfit()
  }
  const fn = functionOf(b, at)
  const type = b[at + TYPE_AT]
  const little = isLittle(b, at)
  const stop = Math.min(end, at + HEADER + word(b, at + LENGTH_AT, little))
  const call = int(b, at + CALL_AT, little)
  if (type === REQUEST) {
    const fragment = word(b, at + FRAGMENT_AT, little)
    if ((b[at + FLAGS_AT] & IS_FRAGMENT) !== 0 && fragment > 0) {
      // what the first one asks for was told, unless it was not seen; several records may be written here
      if (to.memory[CALL] === (call ^ fn) + 1 && to.memory[SEVERAL] === 0) return
      to.act(actionsOf(fn), fn, -1, -1, 0, 0)
      return to.short()
    }
    to.memory[CALL] = (call ^ fn) + 1
    to.memory[SEVERAL] = 0
    if (b[at + AUTH_AT] !== 0) {
      to.act(actionsOf(fn), fn, -1, -1, 0, 0)
      return to.opaque()
    }
    return readRequest(b, at, stop, fn, to)
  }
  if (type === RESPONSE) {
    if (word(b, at + FRAGMENT_AT, little) > 0 && (b[at + FLAGS_AT] & IS_FRAGMENT) !== 0) return
    const status = fn !== MAP && stop >= at + HEADER + 4 ? int(b, at + HEADER, little) : 0
    to.answer(fn, -1, status !== 0)
    if (fn === READ || fn === READ_IMPLICIT) readIdentification(b, at + BLOCKS_AT, stop, to)
  } else if (type === FAULT || type === REJECT) to.answer(fn, -1, true)
}

export const profinetCm: Protocol = {
  id: 'profinet-cm',
  service: 'profinet',
  transports: [UDP],
  firstBytes: [4],
  memory: 2,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || b[at] !== 4 || b[at + TYPE_AT] > TYPES) return NOT
    const little = isLittle(b, at)
    if (!little && b[at + DREP_AT] !== 0) return NOT
    if (HEADER + word(b, at + LENGTH_AT, little) > carrier.length) return NOT
    const kind = interfaceOf(b, at)
    // the end point mapper is PROFINET's on its own port only
    const isOurs = kind === 1 || (kind === 2 && (carrier.srcPort === 34964 || carrier.dstPort === 34964))
    if (!isOurs) return NOT
    if ((FROM_CALLER >> b[at + TYPE_AT]) & 1) return CERTAIN | FROM_CLIENT
    return CERTAIN | ((FROM_CALLED >> b[at + TYPE_AT]) & 1 ? FROM_SERVER : 0)
  },

  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readCall),

  // whether the record is a setting is in the request
  functionActions: fn => actionsOf(fn) | (fn === WRITE ? MAYBE : 0),
  functionName: fn => NAMES[fn],

  areaText(_area, first, last) {
    const hex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`
    return first === last ? `record ${hex(first)}` : `records ${hex(first)}-${hex(last)}`
  },
}
