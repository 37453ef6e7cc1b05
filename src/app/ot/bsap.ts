/**
 * BSAP, the Bristol protocol, as serial frames in UDP: "BSAP Communications Protocol" (Bristol Babcock / Emerson, D4052 and
 * 4041A). BSAP/IP with its own headers (port 1234) is not read.
 *
 * Functions of `act`: the remote data base functions (4 = read signals by name, 132 = write signals by name ...), 256 + the
 * number of any other function a message is for. The unit is the address of the station. No addresses.
 */
import * as A from '../../net/actions.ts'
import { CERTAIN, NOT, type Notes, type Protocol, UDP } from '../protocol.ts'
import { readEach } from './datagram.ts'

/** DLE STX ... DLE ETX, check sequence; a DLE in between is doubled */
const DLE = 0x10
const STX = 0x02
const ETX = 0x03
const TAIL = 4
/** address, serial; globally: destination, source, control; what it is for, sequence (two), who asks, status */
const LOCAL = 5
const GLOBAL = 10
const IS_GLOBAL = 0x80

/** the remote data base */
const DATA_BASE = 0xa0
const OTHER = 256

const NAMES: Readonly<Record<number, string>> = {
  0: 'read signals by address',
  1: 'read signals by address, short',
  4: 'read signals by name',
  12: 'read signals by list',
  13: 'read signals by list, continued',
  128: 'write signals by address',
  132: 'write signals by name',
  140: 'write signals by list',
  141: 'write signals by list, continued',
}

const functionActions = (fn: number): number =>
  NAMES[fn] === undefined ? A.UNKNOWN : fn < 128 ? A.READ : A.WRITE

/** The byte that stands `count` bytes behind `at` once doubled DLEs are one; -1 = not before `end`. */
function byteAt(b: Uint8Array, at: number, end: number, count: number): number {
  let i = at
  for (let left = count; left > 0; left--) i += b[i] === DLE ? 2 : 1
  return i < end ? b[i] : -1
}

function readMessage(b: Uint8Array, at: number, end: number, to: Notes): boolean {
  const unit = b[at] & 0x7f
  const header = (b[at] & IS_GLOBAL) !== 0 ? GLOBAL - 3 : LOCAL - 3
  const forWhom = byteAt(b, at, end, header)
  const byWhom = byteAt(b, at, end, header + 3)
  if (byWhom < 0) return false
  // who asks is answered: the data base is then the sender
  if (forWhom !== DATA_BASE && byWhom === DATA_BASE) {
    to.client(false)
    if (to.memory[0] > 0) to.answer(to.memory[0] - 1, unit === 0 ? to.memory[1] : unit, false)
    return true
  }
  const fn = forWhom === DATA_BASE ? byteAt(b, at, end, header + 5) : OTHER + forWhom
  if (fn < 0) return false
  to.client(true)
  to.memory[0] = fn + 1
  to.memory[1] = unit
  to.act(functionActions(fn), fn, unit, -1, 0, 0)
  return true
}

/** Bytes of the frame at `at`, up to the check sequence behind its DLE ETX; 0 = its end is not here, -1 = none begins there. */
function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (b[at] !== DLE || (end - at > 1 && b[at + 1] !== STX)) return -1
  for (let i = at + 2; i + 1 < end; i++) {
    if (b[i] !== DLE) continue
    if (b[i + 1] === ETX) return i + TAIL - at
    i++
  }
  return 0
}

function readFrame(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  const isFrame = end - at > 2 + TAIL && b[at] === DLE && b[at + 1] === STX
  if (isFrame && readMessage(b, at + 2, end - at < length ? end : end - TAIL, to)) return
  to.act(A.UNKNOWN, OTHER, -1, -1, 0, 0)
  if (end - at < length) to.short()
  else to.unfit()
}

export const bsap: Protocol = {
  id: 'bsap',
  service: 'bsap',
  transports: [UDP],
  firstBytes: [DLE],
  hasMuteAnswers: true,
  memory: 2,

  probe(b, at, end, carrier) {
    if (end - at < 14 || b[at] !== DLE || b[at + 1] !== STX || end - at < carrier.length) return NOT
    return b[end - TAIL] === DLE && b[end - TAIL + 1] === ETX ? CERTAIN : NOT
  },

  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readFrame),

  functionActions,
  functionName: fn => NAMES[fn],
}
