/**
 * CODESYS runtimes. There is no public specification; what is read here was published by those who took the protocol apart:
 * Kaspersky ICS CERT, "Security research: CODESYS Runtime" (2019; layers and their headers), Tenable TRA-2020-04 (tags), and
 * Digital Bond's scripts for version 2.
 *
 * Version 3 over TCP (a block driver's header before each datagram) and UDP (datagrams alone); services in the first block of a
 * message of the channel layer. Functions of `act`: 256 x service group + service (codesys-services.ts), 32768 + command of
 * the channel layer, 33024 + service of the datagram layer. Version 2 over TCP: 40960 + service, of which only the identity
 * (1) is known. Neither units nor addresses.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
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
import { CHANNEL, DATAGRAM, serviceActions, serviceName, VERSION_2 } from './codesys-services.ts'

/** block driver: magic, length of all in little-endian order */
const BLOCK = 8
const BLOCK_MAGIC = 0x000117e8
/** version 2: magic, length of what follows in the processor's order; service */
const V2_HEADER = 6
const V2_MAGIC = 0xbb
const LARGEST = 0x100000

/** datagram: magic, hops and length of the header, packet, service, message, lengths of the addresses in words */
const DATAGRAM_MAGIC = 0xc5
const DATAGRAM_HEADER = 6
const CHANNELS = 0x40

/** channel: command, flags, channel; blocks are numbered, the first of a message has its size and check too */
const DATA = 1
const ACKNOWLEDGE = 2
const KEEP_ALIVE = 3
const IS_FIRST = 0x01
const IS_REQUEST = 0x80
const FIRST_BLOCK = 20
/** from command on, no command but data is longer than this */
const LONGEST_COMMAND = 48
/** service layer: protocol, size of the header, group, service, session, size, more */
const SERVICE_HEADER = 20
const IS_PLAIN = 0xcd55
const IS_ENCRYPTED = 0x5775
const IS_ANSWER = 0x80

/** Where the channel layer begins in the datagram at `at`: behind header and addresses, at a multiple of four. */
function behindDatagram(b: Uint8Array, at: number): number {
  const lengths = b[at + 5]
  return at + ((DATAGRAM_HEADER + 2 * ((lengths & 15) + (lengths >> 4)) + 3) & ~3)
}

const isDatagram = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= DATAGRAM_HEADER &&
  b[at] === DATAGRAM_MAGIC &&
  (b[at + 1] & 7) === 3 &&
  (b[at + 3] === CHANNELS || (b[at + 3] >= 1 && b[at + 3] <= 4))

/** The length of version 2's PDU in whichever order makes sense; -1 = neither does. */
function v2Length(b: Uint8Array, at: number): number {
  const little = u32le(b, at + 2)
  if (little > 0 && little < LARGEST) return V2_HEADER + little
  const big = u32(b, at + 2)
  return big > 0 && big < LARGEST ? V2_HEADER + big : -1
}

function readDatagram(b: Uint8Array, at: number, end: number, isCut: boolean, to: Notes): void {
  const service = b[at + 3]
  const channel = behindDatagram(b, at)
  if (service !== CHANNELS) return to.act(A.DISCOVER, DATAGRAM + service, -1, -1, 0, 0)
  if (channel + 2 > end) {
    to.act(A.UNKNOWN, DATAGRAM + service, -1, -1, 0, 0)
    return isCut ? to.short() : to.unfit()
  }
  const command = b[channel]
  const flags = b[channel + 1]
  // datagrams state no length: what would not belong to a command may be another one
  if (command !== DATA && end - channel > LONGEST_COMMAND) to.unfit()
  if (command === ACKNOWLEDGE) return
  if (command !== DATA) {
    // commands that others begin have bit 6, their answers have not
    if (command >= 0x80 && command < 0xc0) to.answer(CHANNEL + (command | 0x40), -1, false)
    else to.act(serviceActions(CHANNEL + command), CHANNEL + command, -1, -1, 0, 0)
    return
  }
  const side = (flags & IS_REQUEST) !== 0 ? 1 : 0
  if ((flags & IS_FIRST) === 0) {
    // the rest of a message whose service was told, if its beginning was seen
    if (to.memory[side] !== 0) return
    to.act(A.UNKNOWN, CHANNEL + DATA, -1, -1, 0, 0)
    return to.short()
  }
  readService(b, channel + FIRST_BLOCK, end, isCut, side, to)
}

function readService(b: Uint8Array, at: number, end: number, isCut: boolean, side: number, to: Notes): void {
  if (at + 8 > end || (u16le(b, at) !== IS_PLAIN && u16le(b, at) !== IS_ENCRYPTED)) {
    to.act(A.UNKNOWN, CHANNEL + DATA, -1, -1, 0, 0)
    return isCut ? to.short() : to.unfit()
  }
  to.memory[side] = 1
  const group = u16le(b, at + 4)
  const command = u16le(b, at + 6)
  const fn = ((group & 0x7f) << 8) | (command & 0xff)
  const isAnswer = (group & IS_ANSWER) !== 0
  to.client(!isAnswer)
  if (isAnswer) to.answer(fn, -1, false)
  else to.act(group > 0x7f || command > 0xff ? A.UNKNOWN : serviceActions(fn), fn, -1, -1, 0, 0)
  // the size of the message stands in its first block; whether it counts the header, or what fills it up, is not published
  const size = u32le(b, at - 8)
  if (size >= 0 && end - at > size + SERVICE_HEADER + 3) to.unfit()
  if (u16le(b, at) === IS_ENCRYPTED && end > at + SERVICE_HEADER) to.opaque()
}

export const codesys: Protocol = {
  id: 'codesys',
  service: 'codesys',
  transports: [TCP, UDP],
  firstBytes: [BLOCK_MAGIC >> 24, V2_MAGIC, DATAGRAM_MAGIC],
  memory: 2,

  probe(b, at, end, carrier) {
    if (end - at < DATAGRAM_HEADER) return NOT
    if (carrier.transport === UDP) {
      if (!isDatagram(b, at, end)) return NOT
      const channel = behindDatagram(b, at)
      if (channel > at + carrier.length) return NOT
      return b[at + 3] === CHANNELS && isServiceThere(b, channel, end) ? CERTAIN : UNSURE
    }
    if (b[at] === V2_MAGIC && b[at + 1] === V2_MAGIC) {
      const length = v2Length(b, at)
      return length < 0 || length > carrier.length + LARGEST
        ? NOT
        : length === carrier.length
          ? CERTAIN
          : UNSURE
    }
    if (end - at < BLOCK || u32(b, at) !== BLOCK_MAGIC) return NOT
    const stated = u32le(b, at + 4)
    if (stated < BLOCK || stated > LARGEST) return NOT
    if (end - at < BLOCK + DATAGRAM_HEADER) return UNSURE
    if (!isDatagram(b, at + BLOCK, end)) return NOT
    const channel = behindDatagram(b, at + BLOCK)
    if (channel + 2 > end || b[channel] !== DATA) return CERTAIN
    return CERTAIN | ((b[channel + 1] & IS_REQUEST) !== 0 ? FROM_CLIENT : FROM_SERVER)
  },

  length(b, at, end) {
    if (end === at) return 0
    if (b[at] === V2_MAGIC) {
      if (end - at > 1 && b[at + 1] !== V2_MAGIC) return -1
      return end - at < V2_HEADER ? 0 : v2Length(b, at)
    }
    for (let i = 0; i < 4 && at + i < end; i++)
      if (b[at + i] !== ((BLOCK_MAGIC >>> (24 - 8 * i)) & 0xff)) return -1
    if (end - at < BLOCK) return 0
    const stated = u32le(b, at + 4)
    return stated < BLOCK || stated > LARGEST ? -1 : stated
  },

  read(b, at, end, length, to) {
    if (to.carrier.transport === TCP && end - at > V2_HEADER && b[at] === V2_MAGIC) {
      const fn = VERSION_2 + b[at + V2_HEADER]
      if (to.fromOrig) to.act(serviceActions(fn), fn, -1, -1, 0, 0)
      else to.answer(fn, -1, false)
      return
    }
    const datagram = to.carrier.transport === TCP ? at + BLOCK : at
    if (isDatagram(b, datagram, end)) return readDatagram(b, datagram, end, end - at < length, to)
    to.act(A.UNKNOWN, DATAGRAM, -1, -1, 0, 0)
    if (end - at < length && end - datagram < DATAGRAM_HEADER) to.short()
    else to.unfit()
  },

  functionActions: serviceActions,
  functionName: serviceName,
}

/** Whether the first block of a message with a service is at `at`, or a command of the channel layer. */
function isServiceThere(b: Uint8Array, at: number, end: number): boolean {
  if (at + 4 > end) return false
  if (b[at] >= 0xc2 && b[at] <= 0xc4) return true
  const service = at + FIRST_BLOCK
  if (b[at] !== DATA || (b[at + 1] & IS_FIRST) === 0 || service + 2 > end) return b[at] === KEEP_ALIVE
  return u16le(b, service) === IS_PLAIN || u16le(b, service) === IS_ENCRYPTED
}
