/**
 * EtherCAT, straight on Ethernet and over UDP: ETG.1000.4 (IEC 61158-4-12: datagrams and their commands, registers of a slave
 * controller). Mailboxes inside of them are read by ethercat-mailbox.ts.
 *
 * A master's frame runs through all slaves and comes back with the same datagrams, filled in, and working counters that say
 * how many slaves took part: those are answers. Slaves set the bit of local administration in the MAC they come from (Beckhoff,
 * EtherCAT Slave Controller, section I, on frame processing), so they are mostly a conversation of their own, without requests:
 * the datagrams say themselves what they are for, so each is told like the request that was not seen, and answered.
 *
 * Functions of `act` are the commands 0..14; 23 = CoE, 24 = FoE and so on are mailbox messages (20 + their type), 30 = network
 * variables, 31 = mailbox gateway. The unit is the configured address of a slave (FP commands), -1 for positions, broadcasts
 * and logical addresses. Area 0 holds addresses in a slave (registers below 0x1000), area 1 logical addresses of the process
 * image, area 2 the indices of CoE objects.
 */
import * as A from '../../net/actions.ts'
import { u16le, u32le } from '../little.ts'
import { CERTAIN, ETHERNET, NOT, type Notes, numbersText, type Protocol, UDP, UNSURE } from '../protocol.ts'
import { isPadding } from './datagram.ts'
import { MAILBOX, mailboxActions, mailboxName, OBJECTS, readMailbox } from './ethercat-mailbox.ts'

const ETHERCAT = 0x88a4
export const MEMORY = 0
export const LOGICAL = 1

/** frame header: 11 bits of length, a reserved one, 4 of type */
const FRAME = 2
const LENGTH = 0x7ff
const RESERVED = 0x800
const DATAGRAMS = 1
const VARIABLES = 4
const GATEWAY = 5
const VARIABLES_FN = 30
const GATEWAY_FN = 31

/** datagram: command, index, address, length and flags, interrupt; data; working counter */
const DATAGRAM = 10
const COUNTER = 2
const ADDRESS_AT = 2
const OFFSET_AT = 4
const LENGTH_AT = 6
const DATA_RESERVED = 0x3800
const MORE = 0x8000

const NAMES = [
  'no operation',
  'auto increment read',
  'auto increment write',
  'auto increment read write',
  'configured address read',
  'configured address write',
  'configured address read write',
  'broadcast read',
  'broadcast write',
  'broadcast read write',
  'logical read',
  'logical write',
  'logical read write',
  'auto increment read, multiple write',
  'configured address read, multiple write',
]
const NOP = 0
/** memory: datagrams that went out, by their index */
const SLOTS = 16

const SLAVE_READ = 4
const SLAVE_WRITE = 5
const LOGICAL_READ = 10
const LOGICAL_READ_WRITE = 12
const READS = bits(1, 3, 4, 6, 7, 9, 10, 12, 13, 14)
const WRITES = bits(2, 3, 5, 6, 8, 9, 11, 12, 13, 14)
const TO_ONE = bits(4, 5, 6, 14)

function bits(...numbers: number[]): number {
  return numbers.reduce((all, n) => all | (1 << n), 0)
}

/** behind the registers: process data and mailboxes */
const PROCESS = 0x1000

/** What reading registers does. */
function readActions(offset: number): number {
  if (offset < 0x10) return A.DISCOVER
  return offset >= 0x300 && offset < 0x320 ? A.DIAGNOSE : A.READ
}

/** What writing to the registers [first, last] does: every one that means something of its own is asked. */
function writeActions(b: Uint8Array, data: number, end: number, first: number, last: number): number {
  if (last >= PROCESS) return first >= PROCESS ? A.WRITE : A.WRITE | A.CONFIGURE | A.CONTROL
  const meets = (from: number, to: number): boolean => first <= to && last >= from
  let actions = 0
  // reset of the controller, state asked for by the master
  if (meets(0x40, 0x41) || meets(0x120, 0x121)) actions |= A.CONTROL
  // EEPROM: a command to read it (1) or load it anew (4) changes nothing
  if (meets(0x500, 0x50f)) {
    const commands = first === 0x502 && data + 2 <= end ? b[data + 1] & 7 : 2
    actions |= commands === 1 || commands === 4 || commands === 0 ? A.DISCOVER : A.CONFIGURE
  }
  // distributed clocks: time, then cyclic signals
  if (meets(0x900, 0x97f)) actions |= A.TIME
  if (meets(0x300, 0x313)) actions |= A.DIAGNOSE
  if (actions === 0 || meets(0x10, 0x11) || meets(0x100, 0x103) || meets(0x200, 0x2ff)) actions |= A.CONFIGURE
  if (meets(0x400, 0x4ff) || meets(0x600, 0x8ff) || meets(0x980, 0x9ff)) actions |= A.CONFIGURE
  return actions
}

/** What commands do, as far as they tell by themselves. */
function commandActions(command: number): number {
  if (command === NOP) return A.SESSION
  if (command >= NAMES.length) return A.UNKNOWN
  return ((READS >> command) & 1 ? A.READ : 0) | ((WRITES >> command) & 1 ? A.WRITE : 0)
}

function readDatagram(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  const command = b[at]
  const data = at + DATAGRAM
  const stop = Math.min(end, data + length)
  const isCut = end < data + length
  const unit = (TO_ONE >> command) & 1 && command < 32 ? u16le(b, at + ADDRESS_AT) : -1
  const isBack = data + length + COUNTER <= end && u16le(b, data + length) > 0
  const isLogical = command >= LOGICAL_READ && command <= LOGICAL_READ_WRITE
  // a slave does not ask who raised the counter: what did not go out before is told as if it went out now
  const slot = b[at + 1] & (SLOTS - 1)
  const key = Math.imul(u32le(b, at + ADDRESS_AT), 31) + (command << 8) + b[at + 1] + 1
  const wentOut = isBack && to.memory[slot] === (key | 0)
  to.memory[slot] = isBack ? 0 : key
  if (command === NOP || command >= NAMES.length || isLogical) {
    const first = isLogical ? u32le(b, at + ADDRESS_AT) : 0
    const last = length > 0 ? (first + length - 1) | 0 : first
    if (!wentOut) to.act(commandActions(command), command, unit, isLogical ? LOGICAL : -1, first, last)
    if (isBack) to.answer(command, unit, false)
    return
  }
  const first = u16le(b, at + OFFSET_AT)
  const last = length > 0 ? Math.min(0xffff, first + length - 1) : first
  const isMailbox = first >= PROCESS && (command === SLAVE_WRITE ? !isBack : command === SLAVE_READ && isBack)
  if (isMailbox && readMailbox(b, data, stop, isCut, unit, command === SLAVE_WRITE, to)) return
  if (!wentOut) {
    const writes = (WRITES >> command) & 1 ? writeActions(b, data, stop, first, last) : 0
    const reads = (READS >> command) & 1 ? readActions(first) : 0
    to.act(reads | writes, command, unit, MEMORY, first, last)
  }
  if (isBack) to.answer(command, unit, false)
}

/** Reads datagrams until one says that none follows. */
function readDatagrams(b: Uint8Array, at: number, end: number, stop: number, to: Notes): void {
  let datagram = at
  for (;;) {
    if (datagram + DATAGRAM > end) {
      to.act(A.UNKNOWN, datagram < end ? b[datagram] : NOP, -1, -1, 0, 0)
      return end < stop ? to.short() : to.unfit()
    }
    const flags = u16le(b, datagram + LENGTH_AT)
    const next = datagram + DATAGRAM + (flags & LENGTH) + COUNTER
    readDatagram(b, datagram, end, flags & LENGTH, to)
    if (next > stop) return to.unfit()
    if ((flags & MORE) === 0) return next < stop ? to.unfit() : undefined
    datagram = next
  }
}

export const ethercat: Protocol = {
  id: 'ethercat',
  service: 'ethercat',
  transports: [ETHERNET, UDP],
  ethertypes: [ETHERCAT],
  memory: SLOTS,
  isStrict: true,

  probe(b, at, end, carrier) {
    const isOwn = carrier.transport === ETHERNET
    if ((isOwn && carrier.ethertype !== ETHERCAT) || end - at < FRAME + DATAGRAM) return NOT
    const header = u16le(b, at)
    const type = header >> 12
    const stated = header & LENGTH
    if ((header & RESERVED) !== 0 || FRAME + stated > carrier.length) return NOT
    // Ethernet pads short frames, UDP does not
    if (!isOwn && FRAME + stated !== carrier.length) return NOT
    if (type === VARIABLES || type === GATEWAY) return isOwn ? UNSURE : NOT
    if (type !== DATAGRAMS || stated < DATAGRAM + COUNTER) return NOT
    // the datagrams must fill the frame
    const stop = at + FRAME + stated
    let datagram = at + FRAME
    while (datagram + DATAGRAM <= end) {
      const flags = u16le(b, datagram + LENGTH_AT)
      if (b[datagram] >= NAMES.length || (flags & DATA_RESERVED) !== 0) return NOT
      datagram += DATAGRAM + (flags & LENGTH) + COUNTER
      if ((flags & MORE) === 0) return datagram === stop ? CERTAIN : NOT
    }
    return end < stop ? (isOwn ? CERTAIN : UNSURE) : NOT
  },

  read(b, at, end, length, to) {
    if (end - at < FRAME) return to.short()
    const header = u16le(b, at)
    const stop = at + FRAME + (header & LENGTH)
    if (stop > at + length) {
      to.act(A.UNKNOWN, NOP, -1, -1, 0, 0)
      return to.unfit()
    }
    const isFilled = to.carrier.transport === ETHERNET && isPadding(b, at, stop, end, length)
    if (stop < at + length && !isFilled) to.unfit()
    switch (header >> 12) {
      case DATAGRAMS:
        return readDatagrams(b, at + FRAME, Math.min(end, stop), stop, to)
      case VARIABLES:
        return to.act(A.REPORT, VARIABLES_FN, -1, -1, 0, 0)
      case GATEWAY:
        if (readMailbox(b, at + FRAME, Math.min(end, stop), end < stop, -1, to.fromOrig, to)) return
        return to.act(A.UNKNOWN, GATEWAY_FN, -1, -1, 0, 0)
      default:
        to.act(A.UNKNOWN, NOP, -1, -1, 0, 0)
        return to.unfit()
    }
  },

  functionActions(fn) {
    if (fn === VARIABLES_FN) return A.REPORT
    return fn >= MAILBOX ? mailboxActions(fn) : commandActions(fn)
  },

  functionName(fn) {
    if (fn === VARIABLES_FN) return 'network variables'
    if (fn === GATEWAY_FN) return 'mailbox gateway'
    return fn >= MAILBOX ? mailboxName(fn) : NAMES[fn]
  },

  areaText(area, first, last) {
    if (area === LOGICAL) return `logical addresses ${numbersText(first, last)}`
    const hex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`
    const numbers = first === last ? hex(first) : `${hex(first)}-${hex(last)}`
    return area === OBJECTS ? `object ${numbers}` : `${first < PROCESS ? 'registers' : 'memory'} ${numbers}`
  },
}
