/**
 * Commands of FINS: Omron FINS Commands Reference Manual W227 (CV series) and Communications Commands Reference Manual W342
 * (CS and CJ series).
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'

export const MEMORY_READ = 0x0101
export const MEMORY_WRITE = 0x0102
export const MEMORY_FILL = 0x0103
export const MULTIPLE_READ = 0x0104
export const MEMORY_TRANSFER = 0x0105
export const CONTROLLER_DATA = 0x0501
export const FORCE = 0x2301
export const MEMORY_FILE = 0x220a
export const PARAMETER_FILE = 0x220b
export const PROGRAM_FILE = 0x220c

interface Command {
  readonly name: string
  readonly actions: number
}

export const COMMANDS: Readonly<Record<number, Command>> = {
  [MEMORY_READ]: { name: 'memory area read', actions: A.READ },
  [MEMORY_WRITE]: { name: 'memory area write', actions: A.WRITE },
  [MEMORY_FILL]: { name: 'memory area fill', actions: A.WRITE },
  [MULTIPLE_READ]: { name: 'multiple memory area read', actions: A.READ },
  [MEMORY_TRANSFER]: { name: 'memory area transfer', actions: A.READ | A.WRITE },
  513: { name: 'parameter area read', actions: A.READ },
  514: { name: 'parameter area write', actions: A.CONFIGURE },
  515: { name: 'parameter area clear', actions: A.CONFIGURE },
  544: { name: 'data link table read', actions: A.READ },
  545: { name: 'data link table write', actions: A.CONFIGURE },
  772: { name: 'program area protect', actions: A.CONFIGURE },
  773: { name: 'program area protect clear', actions: A.CONFIGURE },
  774: { name: 'program area read', actions: A.UPLOAD },
  775: { name: 'program area write', actions: A.PROGRAM },
  776: { name: 'program area clear', actions: A.PROGRAM },
  1025: { name: 'run', actions: A.CONTROL },
  1026: { name: 'stop', actions: A.CONTROL },
  1027: { name: 'reset', actions: A.CONTROL },
  [CONTROLLER_DATA]: { name: 'controller data read', actions: A.DISCOVER },
  1282: { name: 'connection data read', actions: A.DISCOVER },
  1537: { name: 'controller status read', actions: A.DIAGNOSE },
  1538: { name: 'network status read', actions: A.DIAGNOSE },
  1539: { name: 'data link status read', actions: A.DIAGNOSE },
  1568: { name: 'cycle time read', actions: A.DIAGNOSE },
  1793: { name: 'clock read', actions: A.READ },
  1794: { name: 'clock write', actions: A.TIME },
  2049: { name: 'loop-back test', actions: A.DIAGNOSE },
  2050: { name: 'broadcast test results read', actions: A.DIAGNOSE },
  2051: { name: 'broadcast test data send', actions: A.DIAGNOSE },
  2336: { name: 'message read or clear', actions: A.DIAGNOSE },
  3073: { name: 'access right acquire', actions: A.SESSION },
  3074: { name: 'access right forced acquire', actions: A.SESSION },
  3075: { name: 'access right release', actions: A.SESSION },
  8449: { name: 'error clear', actions: A.DIAGNOSE },
  8450: { name: 'error log read', actions: A.DIAGNOSE },
  8451: { name: 'error log clear', actions: A.DIAGNOSE },
  8512: { name: 'FINS write access log read', actions: A.DIAGNOSE },
  8513: { name: 'FINS write access log clear', actions: A.DIAGNOSE },
  8705: { name: 'file name read', actions: A.FILE },
  8706: { name: 'single file read', actions: A.FILE },
  8707: { name: 'single file write', actions: A.FILE },
  8708: { name: 'memory card format', actions: A.FILE },
  8709: { name: 'file delete', actions: A.FILE },
  8710: { name: 'volume label create or delete', actions: A.FILE },
  8711: { name: 'file copy', actions: A.FILE },
  8712: { name: 'file name change', actions: A.FILE },
  8713: { name: 'file data check', actions: A.FILE },
  [MEMORY_FILE]: { name: 'memory area file transfer', actions: A.FILE },
  [PARAMETER_FILE]: { name: 'parameter area file transfer', actions: A.FILE },
  [PROGRAM_FILE]: { name: 'program area file transfer', actions: A.FILE },
  8719: { name: 'file memory index read', actions: A.FILE },
  8720: { name: 'file memory read', actions: A.FILE },
  8721: { name: 'file memory write', actions: A.FILE },
  8725: { name: 'directory create or delete', actions: A.FILE },
  [FORCE]: { name: 'forced set or reset', actions: A.CONTROL },
  8962: { name: 'forced set or reset cancel', actions: A.CONTROL },
  8970: { name: 'multiple forced status read', actions: A.DIAGNOSE },
  9729: { name: 'name set', actions: A.CONFIGURE },
  9730: { name: 'name delete', actions: A.CONFIGURE },
  9731: { name: 'name read', actions: A.DISCOVER },
}

const AREAS: Readonly<Record<number, string>> = {
  0: 'CIO (CV)',
  1: 'timers and counters (CV)',
  2: 'DM',
  3: 'transitions',
  4: 'steps',
  5: 'forced status',
  6: 'tasks',
  9: 'timers and counters',
  48: 'CIO',
  49: 'W',
  50: 'H',
  51: 'A',
  129: 'timers and counters (CV)',
  130: 'DM',
  152: 'EM',
  156: 'registers',
  188: 'DR',
  220: 'IR',
}

/** What a memory area is called: codes with 0x80 are words, 0x40 is forced status with it, and banks of EM have codes each. */
export function areaName(code: number): string {
  if ((code >= 0x20 && code <= 0x2f) || (code >= 0xa0 && code <= 0xaf) || (code >= 0x90 && code <= 0x97))
    return `EM bank ${(code & 0x0f).toString(16).toUpperCase()}`
  const name = AREAS[code] ?? AREAS[code & 0x3f] ?? AREAS[code & 0x7f]
  return name ?? `area 0x${code.toString(16).padStart(2, '0')}`
}

/** Whether accesses to an area count bits, so that several lie in one word. */
export const isBitArea = (code: number): boolean =>
  (code & 0x80) === 0 && (code & 0x3f) !== 0x01 && (code & 0x3f) !== 0x09

/** Whether the data of a command, which begin at `at` and are `length` bytes, are as long as they must be, where that is known. */
export function fits(b: Uint8Array, at: number, end: number, length: number, command: number): boolean {
  switch (command) {
    case MEMORY_READ:
      return length === 6
    case MEMORY_WRITE:
      return end - at < 6 || isAsLong(length - 6, b[at], u16(b, at + 4))
    case MEMORY_FILL:
      return length === 7 || length === 8
    case MULTIPLE_READ:
      return length > 0 && (length & 3) === 0
    case MEMORY_TRANSFER:
      return length === 10
    case LOOP_BACK:
    case BROADCAST_TEST:
      return true
    default:
      // what else reads, tests or commands is told a few words: a second frame has no room there
      return ((COMMANDS[command]?.actions ?? A.WRITE) & ~SMALL) !== 0 || command === FORCE || length < HEADER
  }
}

/** Bits are a byte each, words two, registers and words with their forced status four; a few bytes more are no second frame. */
function isAsLong(length: number, area: number, count: number): boolean {
  const width = (area & 0x80) === 0 ? 1 : (area & 0x40) === 0 ? 2 : 4
  return length >= count && length < width * count + HEADER
}

/** header of a frame, before the data */
const HEADER = 12
const LOOP_BACK = 2049
const BROADCAST_TEST = 2051
const SMALL = A.READ | A.DIAGNOSE | A.DISCOVER | A.SESSION | A.CONTROL | A.TIME
