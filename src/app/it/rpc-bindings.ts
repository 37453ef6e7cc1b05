/**
 * Where RPC servers say that others are to be found: towers of the endpoint mapper (C706, appendix L; annex O for its calls)
 * and string bindings of DCOM ([MS-DCOM] 2.2.19.3).
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { u16le, u32le } from '../little.ts'
import { type Notes, TCP, UDP } from '../protocol.ts'

const OVER_TCP = 0x07
const OVER_UDP = 0x08
const OVER_IP = 0x09
/** announcements of one PDU */
const MOST = 16
/** behind which no port is looked for: the port of RPC services has at most five digits */
const DIGITS = 5

/**
 * Announces the ports in the answer to ept_map whose parameters stand at `at`: entry handle (20 bytes), number of towers, the
 * conformant varying array of pointers to them, the towers. Little-endian, as the towers themselves always are.
 */
export function readTowers(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < 36) return to.short()
  const count = u32le(b, at + 32)
  if (count < 0 || count > 500) return to.unfit()
  let tower = at + 36 + 4 * count
  for (let i = 0; i < count && i < MOST; i++) {
    if (end - tower < 8) return to.short()
    const length = u32le(b, tower + 4)
    if (length < 2 || length > 1000) return to.unfit()
    const floors = tower + 8
    readTower(b, floors, Math.min(end, floors + length), to)
    tower = floors + ((length + 3) & ~3)
  }
}

function readTower(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < 2) return
  let proto = 0
  let port = 0
  let address = 0
  let floor = at + 2
  for (let left = Math.min(u16le(b, at), 8); left > 0; left--) {
    if (end - floor < 2) return
    const right = floor + 2 + u16le(b, floor)
    if (end - right < 2) return
    const value = right + 2
    const length = u16le(b, right)
    if (value + length > end) return
    const kind = right > floor + 2 ? b[floor + 2] : 0
    if ((kind === OVER_TCP || kind === OVER_UDP) && length === 2) {
      proto = kind === OVER_TCP ? TCP : UDP
      port = u16(b, value)
    } else if (kind === OVER_IP && length === 4) address = u32(b, value)
    floor = value + length
  }
  if (proto !== 0 && port !== 0) to.announce(proto, port, true, address)
}

/**
 * Announces the ports of the string bindings somewhere in a DCOM answer: tower id 7 (TCP), then "host[port]" in UTF-16, ended
 * by a zero.
 */
export function readStringBindings(b: Uint8Array, at: number, end: number, to: Notes): void {
  let said = 0
  let last = 0
  for (let i = at; i + 2 < end && said < MOST; i++) {
    if (b[i] !== 0x5b || b[i + 1] !== 0 || !isWideDigit(b, i + 2, end)) continue
    const port = widePort(b, i + 2, end)
    const start = port > 0 ? bindingStart(b, at, i) : -1
    if (start < 0 || port === last) continue
    last = port
    said++
    to.announce(TCP, port, true, wideAddress(b, start, i))
  }
}

const isWideDigit = (b: Uint8Array, at: number, end: number): boolean =>
  at + 1 < end && b[at] >= 0x30 && b[at] <= 0x39 && b[at + 1] === 0

/** The number at `at`, ended by "]" and a zero, all in UTF-16; 0 = none. */
function widePort(b: Uint8Array, at: number, end: number): number {
  let port = 0
  let i = at
  for (; i < at + 2 * DIGITS && isWideDigit(b, i, end); i += 2) port = port * 10 + b[i] - 0x30
  return i + 3 < end && b[i] === 0x5d && u16(b, i + 1) === 0 && b[i + 3] === 0 && port <= 65535 ? port : 0
}

/** Where the host of the binding that ends at `at` begins: behind the tower id 7; -1 = there is none. */
function bindingStart(b: Uint8Array, from: number, at: number): number {
  for (let i = at - 2; i >= from && i > at - 512; i -= 2) {
    if (b[i] === OVER_TCP && b[i + 1] === 0) return i + 2
    if (b[i + 1] !== 0 || b[i] < 0x21) return -1
  }
  return -1
}

/** The IPv4 address in UTF-16 from `at` to `end`, as a signed word; 0 = it is none, but a name or IPv6. */
function wideAddress(b: Uint8Array, at: number, end: number): number {
  const length = (end - at) >> 1
  if (length < 7 || length > 15) return 0
  let word = 0
  let value = -1
  let dots = 0
  for (let i = at; i < end; i += 2) {
    if (b[i] === 0x2e && value >= 0 && dots < 3) {
      word = (word << 8) | value
      value = -1
      dots++
    } else if (isWideDigit(b, i, end)) {
      value = Math.max(0, value) * 10 + b[i] - 0x30
      if (value > 255) return 0
    } else return 0
  }
  return dots === 3 && value >= 0 ? (word << 8) | value : 0
}
