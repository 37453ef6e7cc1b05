/**
 * Mailboxes of EtherCAT slaves: ETG.1000.6 (IEC 61158-6-12), 5.4: header and errors, 5.6: CANopen over EtherCAT (CoE), 5.8:
 * files over EtherCAT (FoE). Other types (Ethernet, servo profile, ADS) are told by their number only.
 */
import * as A from '../../net/actions.ts'
import { u16le } from '../little.ts'
import type { Notes } from '../protocol.ts'

/** functions of mailbox messages: this and their type */
export const MAILBOX = 20
export const OBJECTS = 2

const COE = 3
const FOE = 4
const NAMES: Readonly<Record<number, string>> = {
  0: 'mailbox error',
  1: 'ADS over EtherCAT',
  2: 'Ethernet over EtherCAT',
  [COE]: 'CANopen over EtherCAT',
  [FOE]: 'file over EtherCAT',
  5: 'servo profile over EtherCAT',
  15: "manufacturer's mailbox message",
}

/** length, address, channel and priority, type and counter */
const HEADER = 6
const TYPE_AT = 5
/** CoE: number and service in 16 bits; then SDO: command, index, subindex, data */
const SDO = 2
const SDO_REQUEST = 2
const SDO_RESPONSE = 3
const SDO_INFORMATION = 8
const ABORT = 4
/** objects of the communication profile: settings, not values */
const COMMUNICATION = 0x2000

export const mailboxName = (fn: number): string | undefined => NAMES[fn - MAILBOX]

/** What mailbox messages do, as far as their type tells. */
export const mailboxActions = (fn: number): number =>
  fn === MAILBOX + COE ? A.READ | A.WRITE : fn === MAILBOX + FOE ? A.FILE : A.UNKNOWN

/**
 * Reads a mailbox message in the data of a datagram: those at [at, end), more if `isCut`. `isSent` = to a slave, else it comes
 * from one. False, and nothing told, where the bytes are no mailbox message: process data, an empty mailbox.
 */
export function readMailbox(
  b: Uint8Array,
  at: number,
  end: number,
  isCut: boolean,
  unit: number,
  isSent: boolean,
  to: Notes,
): boolean {
  if (end - at < HEADER + 2) return false
  const length = u16le(b, at)
  const type = b[at + TYPE_AT] & 15
  // counter 1 to 7, its top bit 0; a slave that has no counter leaves 0
  if (NAMES[type] === undefined || b[at + TYPE_AT] >= 0x80) return false
  if (length < 2 || (!isCut && HEADER + length > end - at)) return false
  const body = at + HEADER
  const stop = Math.min(end, body + length)
  if (type === COE) return readCoe(b, body, stop, unit, isSent, to)
  if (type === FOE) return readFoe(b, body, unit, isSent, to)
  if (type === 0) {
    // type 1: an error reply
    if (isSent || u16le(b, body) !== 1) return false
    to.answer(MAILBOX, unit, true)
    return true
  }
  if (!isSent) to.answer(MAILBOX + type, unit, false)
  else to.act(A.UNKNOWN, MAILBOX + type, unit, -1, 0, 0)
  return true
}

function readCoe(b: Uint8Array, at: number, end: number, unit: number, isSent: boolean, to: Notes): boolean {
  const service = u16le(b, at) >> 12
  const fn = MAILBOX + COE
  const sdo = at + SDO
  if (service < 1 || service > 8 || (u16le(b, at) & 0xe00) !== 0) return false
  if (!isSent) {
    // emergency, process data sent by mailbox
    if (service === 1 || service === 4) to.act(A.REPORT, fn, unit, -1, 0, 0)
    else to.answer(fn, unit, service === SDO_REQUEST && end > sdo && b[sdo] >> 5 === ABORT)
    return true
  }
  if (service === SDO_INFORMATION) to.act(A.DISCOVER, fn, unit, -1, 0, 0)
  else if (service === SDO_REQUEST && sdo + 4 <= end) {
    const index = u16le(b, sdo + 1)
    const writes = index < COMMUNICATION ? A.CONFIGURE : A.WRITE
    switch (b[sdo] >> 5) {
      // the rest of a value: the index is where data are
      case 0:
        to.act(A.WRITE, fn, unit, -1, 0, 0)
        break
      case 1:
        to.act(writes, fn, unit, OBJECTS, index, index)
        break
      case 2:
        to.act(A.READ, fn, unit, OBJECTS, index, index)
        break
      case 3:
        to.act(A.READ, fn, unit, -1, 0, 0)
        break
      case ABORT:
        to.act(A.SESSION, fn, unit, -1, 0, 0)
        break
      default:
        to.act(A.UNKNOWN, fn, unit, -1, 0, 0)
    }
  } else if (service === 5) to.act(A.WRITE, fn, unit, -1, 0, 0)
  else if (service === SDO_RESPONSE) to.answer(fn, unit, false)
  else to.act(A.UNKNOWN, fn, unit, -1, 0, 0)
  return true
}

/** Operation: 1 read, 2 write, 3 data, 4 acknowledge, 5 error, 6 busy; what is written to a device so is its firmware. */
function readFoe(b: Uint8Array, at: number, unit: number, isSent: boolean, to: Notes): boolean {
  const operation = b[at]
  const fn = MAILBOX + FOE
  if (operation < 1 || operation > 6) return false
  if (!isSent) to.answer(fn, unit, operation === 5)
  else if (operation === 2 || operation === 3) to.act(A.FILE | A.FIRMWARE, fn, unit, -1, 0, 0)
  else to.act(A.FILE, fn, unit, -1, 0, 0)
  return true
}
