/**
 * Telegrams of the KNX bus as KNXnet/IP carries them: EN 50090-4-1 and -4-3 (cEMI: message code, additional information,
 * control, addresses, application code).
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import type { Notes } from '../protocol.ts'

export const GROUPS = 0
const DEVICES = 1
/** numbers of individual addresses begin behind those of groups */
const INDIVIDUAL = 0x10000

/** functions of the interface itself, behind the sixteen of the bus */
const RESET = 16
const PROPERTY = 17

const DATA_REQUEST = 0x11
const DATA_INDICATION = 0x29
const DATA_CONFIRMATION = 0x2e
const PROPERTY_WRITE = 0xf6
const PROPERTY_WRITE_CONFIRMATION = 0xf5
const PROPERTY_READ = 0xfc
const PROPERTY_READ_CONFIRMATION = 0xfb
const PROPERTY_INFORMATION = 0xf7
const RESET_REQUEST = 0xf1
const RESET_INDICATION = 0xf0

const TO_GROUP = 0x80
const NAMES: readonly (string | undefined)[] = [
  'group value read',
  'group value response',
  'group value write',
  'individual address write',
  'individual address read',
  'individual address response',
  'analogue value read',
  'analogue value response',
  'memory read',
  'memory response',
  'memory write',
  'user message',
  'device descriptor read',
  'device descriptor response',
  'restart',
  'properties and keys',
  'reset of the interface',
  'property of the interface',
]
export const telegramName = (fn: number): string | undefined => NAMES[fn]

/** What a telegram does: by the upper four bits of its application code, and all ten of them. */
export function telegramActions(fn: number, code: number): number {
  switch (fn) {
    case 0:
    case 6:
    case 8:
      return A.READ
    case 1:
    case 5:
    case 7:
    case 9:
    case 13:
      return A.REPORT
    case 2:
      return A.WRITE
    case 3:
    case 10:
      return A.CONFIGURE
    case 4:
    case 12:
      return A.DISCOVER
    case 14:
    case RESET:
      return A.CONTROL
    case 15:
      return propertyActions(code)
    case PROPERTY:
      return A.READ
    default:
      return A.UNKNOWN
  }
}

function propertyActions(code: number): number {
  switch (code) {
    // authorize
    case 0x3d1:
    case 0x3d2:
      return A.SESSION
    // key write, property value write, individual address by serial number
    case 0x3d3:
    case 0x3d7:
    case 0x3de:
      return A.CONFIGURE
    // property value and description read
    case 0x3d5:
    case 0x3d8:
      return A.READ
    case 0x3d6:
    case 0x3d9:
      return A.REPORT
    case 0x3dc:
      return A.DISCOVER
    default:
      return A.UNKNOWN
  }
}

/**
 * Reads the message at `at`. What the bus tells through a tunnel, to who opened it, is a report, whatever it is; `isRouted` = between lines of
 * the bus, where a telegram does what it says. False, and nothing told, where it is none.
 */
export function readTelegram(
  b: Uint8Array,
  at: number,
  end: number,
  isCut: boolean,
  isRouted: boolean,
  to: Notes,
): boolean {
  if (at + 2 > end) return false
  switch (b[at]) {
    case PROPERTY_READ:
      to.act(A.READ, PROPERTY, -1, -1, 0, 0)
      return true
    case PROPERTY_WRITE:
      to.act(A.CONFIGURE, PROPERTY, -1, -1, 0, 0)
      return true
    case PROPERTY_READ_CONFIRMATION:
    case PROPERTY_WRITE_CONFIRMATION:
      // no elements: an error
      to.answer(PROPERTY, -1, at + 6 <= end && b[at + 5] >> 4 === 0)
      return true
    case PROPERTY_INFORMATION:
    case RESET_INDICATION:
      to.act(A.REPORT, b[at] === RESET_INDICATION ? RESET : PROPERTY, -1, -1, 0, 0)
      return true
    case RESET_REQUEST:
      to.act(A.CONTROL, RESET, -1, -1, 0, 0)
      return true
    case DATA_REQUEST:
    case DATA_INDICATION:
    case DATA_CONFIRMATION:
      break
    default:
      return false
  }
  // additional information; control, source, destination, length; transport and application code
  const control = at + 2 + b[at + 1]
  if (control + 9 > end) {
    if (isCut) to.short()
    // without application code: a connection of the transport layer
    else if (control + 8 === end && b[control + 6] === 0) {
      const device = INDIVIDUAL + u16(b, control + 4)
      to.act(A.SESSION, 11, -1, DEVICES, device, device)
      return true
    }
    return false
  }
  const area = (b[control + 1] & TO_GROUP) !== 0 ? GROUPS : DEVICES
  const destination = u16(b, control + 4) + (area === DEVICES ? INDIVIDUAL : 0)
  const code = ((b[control + 7] & 3) << 8) | b[control + 8]
  const fn = code >> 6
  if (b[at] === DATA_CONFIRMATION) {
    to.answer(fn, -1, (b[control] & 1) !== 0)
    return true
  }
  const isTold = b[at] === DATA_INDICATION && !isRouted && !to.fromOrig
  to.act(isTold ? A.REPORT : telegramActions(fn, code), fn, -1, area, destination, destination)
  return true
}
