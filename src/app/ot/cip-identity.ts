/**
 * What a CIP device says of itself: the Identity object (class 1), CIP Networks Library Volume 1, section 5A-2. Vendor numbers
 * are ODVA's; the common ones have names here.
 */

import { printable } from '../it/text.ts'
import { u16le, u32le } from '../little.ts'
import type { Notes } from '../protocol.ts'

const VENDORS: Readonly<Record<number, string>> = {
  1: 'Rockwell Automation',
  3: 'Honeywell',
  4: 'Parker Hannifin',
  5: 'Rockwell Automation (Reliance Electric)',
  7: 'SMC',
  8: 'Molex',
  12: 'Banner Engineering',
  26: 'Festo',
  37: 'Yaskawa',
  40: 'WAGO',
  43: 'Balluff',
  44: 'Yaskawa',
  46: 'ABB',
  47: 'Omron',
  48: 'Turck',
  50: 'Real Time Automation',
  57: 'Pepperl+Fuchs',
  58: 'Spectrum Controls',
  68: 'Eaton',
  75: 'ABB Robotics',
  77: 'Rockwell Software',
  83: 'Opto 22',
  90: 'HMS Industrial Networks',
  94: 'Advantech',
  97: 'Danfoss',
  108: 'Beckhoff',
  121: 'KUKA',
  143: 'GE',
  145: 'Siemens',
  161: 'Mitsubishi Electric',
  176: 'Red Lion Controls',
  181: 'Pilz',
  243: 'Schneider Electric',
  250: 'Yokogawa',
  255: 'Bosch Rexroth',
  256: 'Turck',
  283: 'Hilscher',
  309: 'ProSoft Technology',
  315: 'SEW-Eurodrive',
  322: 'ifm',
  326: 'GE Fanuc',
  345: 'Endress+Hauser',
  356: 'FANUC Robotics',
  367: 'Keyence',
  445: 'Lenze',
  562: 'Phoenix Contact',
  591: 'FANUC',
  634: 'Hirschmann',
  640: 'Murrelektronik',
  666: 'Mettler-Toledo',
  678: 'Cognex',
  680: 'Weidmüller',
  722: 'ABB',
  808: 'SICK',
  928: 'GE Multilin',
  939: 'Cisco',
  971: 'Siemens',
  991: 'Moxa',
  1006: 'N-Tron',
  1015: 'Weidmüller',
  1059: 'Delta Electronics',
  1182: 'Endress+Hauser',
}

/** device types (Volume 1, chapter 6) whose role is plain */
const ROLES: Readonly<Record<number, string>> = {
  2: 'drive',
  7: 'I/O',
  12: 'gateway',
  14: 'PLC',
  24: 'HMI',
  37: 'drive',
  44: 'switch',
}

/** vendor, device type, product code, revision, status (2 bytes each), serial number (4), name (length and text) */
const TYPE_AT = 2
const REVISION_AT = 6
const SERIAL_AT = 10
const NAME_AT = 14

/**
 * Tells who the sender is, from the attributes of its Identity object, which begin at `at`. `last`: what an earlier call
 * answered in this conversation, so that the same is told once.
 */
export function hearIdentity(b: Uint8Array, at: number, end: number, to: Notes, last: number): number {
  if (at + NAME_AT + 1 > end) return last
  const vendor = u16le(b, at)
  const serial = u32le(b, at + SERIAL_AT)
  const told = Math.imul(serial ^ (vendor << 16), 31) ^ (u16le(b, at + REVISION_AT) + 1)
  if (told === last) return last
  to.heard('vendor', VENDORS[vendor] ?? `CIP vendor ${vendor}`)
  const product = printable(b, at + NAME_AT + 1, Math.min(end, at + NAME_AT + 1 + b[at + NAME_AT]))
  if (product !== '') to.heard('product', product)
  to.heard('version', `${b[at + REVISION_AT]}.${`${b[at + REVISION_AT + 1]}`.padStart(3, '0')}`)
  if (serial !== 0) to.heard('serial', (serial >>> 0).toString(16).toUpperCase().padStart(8, '0'))
  const role = ROLES[u16le(b, at + TYPE_AT)]
  if (role !== undefined) to.heard('role', role)
  return told
}
