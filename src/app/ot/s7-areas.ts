/**
 * What S7 functions are done to, as one number that policies name under `addresses`: a data block by its number (0..65535),
 * anything else by a code in the topmost byte and its place below: 0x83000000 + byte for flags, 0x81 inputs, 0x82 outputs, 0x80
 * peripherals, 0x1c counters and 0x1d timers by number, 0x08 OB, 0x0b SDB, 0x0c FC, 0x0d SFC, 0x0e FB, 0x0f SFB by number. The
 * area of `act` is that code, 0x84 for data blocks. Codes and layouts: Wireshark's value lists (s7comm.param.item.*).
 */
import { u16, u24 } from '../../wire/bytes.ts'
import { type Notes, numbersText } from '../protocol.ts'

export const DATA_BLOCKS = 0x84
const INSTANCE_BLOCKS = 0x85
const INPUTS = 0x81
const OUTPUTS = 0x82
const FLAGS = 0x83
const PERIPHERALS = 0x80
const COUNTERS = 0x1c
const TIMERS = 0x1d
const PLACE = 0x00ffffff

/** how variables are specified */
const S7ANY = 0x10
const S7ANY_LENGTH = 10
const DBREAD = 0xb0
const SYMBOLIC = 0xb2
const SPECIFICATION = 0x12

const NAMES: Readonly<Record<number, string>> = {
  1: 'data record',
  3: 'system information',
  5: 'system flags',
  6: 'analog inputs',
  7: 'analog outputs',
  8: 'OB',
  11: 'SDB',
  12: 'FC',
  13: 'SFC',
  14: 'FB',
  15: 'SFB',
  [COUNTERS]: 'counters',
  [TIMERS]: 'timers',
  30: 'IEC counters',
  31: 'IEC timers',
  [PERIPHERALS]: 'peripherals PB',
  [INPUTS]: 'inputs IB',
  [OUTPUTS]: 'outputs QB',
  [FLAGS]: 'flags MB',
  [DATA_BLOCKS]: 'DB',
  134: 'local data LB',
  135: 'memory VB',
}

/** "DB 5", "flags MB 10-19" */
export function s7AreaText(area: number, first: number, last: number): string {
  const name = NAMES[area] ?? `area ${area}`
  if (area === DATA_BLOCKS) return `${name} ${numbersText(first, last)}`
  // all of an area is not worth its numbers
  if ((first & PLACE) === 0 && (last & PLACE) === PLACE) return name
  return `${name} ${numbersText(first & PLACE, last & PLACE)}`
}

/** Tells `to` that `fn` does `actions` to places of an area. */
export function actOn(
  to: Notes,
  actions: number,
  fn: number,
  area: number,
  first: number,
  last: number,
): void {
  if (area === DATA_BLOCKS) return to.act(actions, fn, -1, area, first, last)
  to.act(actions, fn, -1, area, (area << 24) | Math.min(first, PLACE), (area << 24) | Math.min(last, PLACE))
}

/** Tells it of an area, all of it. */
export const actOnAll = (to: Notes, actions: number, fn: number, area: number): void =>
  actOn(to, actions, fn, area, 0, PLACE)

/** bytes of one element, by transport size */
const SIZES = Uint8Array.of(1, 1, 1, 1, 2, 2, 4, 4, 4, 2, 4, 4, 2, 1, 1, 8)

/**
 * Reads `count` variables that begin at `at`; their list ends at `stop` as stated, what is here of it at `end`. Each is told by
 * an `act` of its own.
 */
export function readItems(
  b: Uint8Array,
  at: number,
  end: number,
  stop: number,
  count: number,
  actions: number,
  fn: number,
  to: Notes,
): void {
  let item = at
  if (count === 0) to.act(actions, fn, -1, -1, 0, 0)
  for (let i = 0; i < count; i++) {
    if (item + 2 > Math.min(end, stop) || item + 2 + b[item + 1] > Math.min(end, stop)) {
      to.act(actions, fn, -1, -1, 0, 0)
      return item + 2 > stop || (item + 2 <= end && item + 2 + b[item + 1] > stop) ? to.unfit() : to.short()
    }
    const length = b[item + 1]
    if (b[item] !== SPECIFICATION || length < 1) {
      to.act(actions, fn, -1, -1, 0, 0)
      return to.unfit()
    }
    readItem(b, item, length, actions, fn, to)
    item += 2 + length + (length & 1)
  }
}

function readItem(b: Uint8Array, at: number, length: number, actions: number, fn: number, to: Notes): void {
  const syntax = b[at + 2]
  if (syntax === S7ANY && length >= S7ANY_LENGTH) return readAny(b, at, actions, fn, to)
  if (syntax === DBREAD && length >= 7) {
    // each: bytes, data block, start
    for (let one = at + 4, i = 0; i < b[at + 3] && one + 5 <= at + 2 + length; i++, one += 5)
      actOn(to, actions, fn, DATA_BLOCKS, u16(b, one + 1), u16(b, one + 1))
    return
  }
  if (syntax === SYMBOLIC && length >= 6)
    return actOnSymbolic(to, actions, fn, u16(b, at + 4), u16(b, at + 6))
  to.act(actions, fn, -1, -1, 0, 0)
}

/** Transport size, count, data block, area, and the number of the first bit, counter or timer. */
function readAny(b: Uint8Array, at: number, actions: number, fn: number, to: Notes): void {
  const area = b[at + 8]
  if (area === DATA_BLOCKS || area === INSTANCE_BLOCKS) {
    const block = u16(b, at + 6)
    return actOn(to, actions, fn, DATA_BLOCKS, block, block)
  }
  const count = u16(b, at + 4)
  const size = b[at + 3]
  const place = u24(b, at + 9)
  if (area >= COUNTERS && area <= 31) return actOn(to, actions, fn, area, place, place + (count || 1) - 1)
  const first = place >>> 3
  const bits = size === 1 ? count : 8 * count * (size < SIZES.length ? SIZES[size] : 1)
  actOn(to, actions, fn, area, first, bits < 2 ? first : (place + bits - 1) >>> 3)
}

const SYMBOLIC_BLOCK = 0x8a0e
const SYMBOLIC_AREAS = [INPUTS, OUTPUTS, FLAGS, COUNTERS, TIMERS]
const SYMBOLIC_FIRST = 0x50

/** S7-1200 and 1500 name a variable by its block (0x8a0e and a number) or area (0x50 .. 0x54), and then by identifiers. */
export function actOnSymbolic(to: Notes, actions: number, fn: number, area: number, number: number): void {
  if (area === SYMBOLIC_BLOCK) return actOn(to, actions, fn, DATA_BLOCKS, number, number)
  const known = area === 0 ? SYMBOLIC_AREAS[number - SYMBOLIC_FIRST] : undefined
  if (known === undefined) to.act(actions, fn, -1, -1, 0, 0)
  else actOnAll(to, actions, fn, known)
}

const TEST_AREAS: Readonly<Record<number, number>> = {
  0: FLAGS,
  1: INPUTS,
  2: OUTPUTS,
  3: PERIPHERALS,
  5: TIMERS,
  6: COUNTERS,
  7: DATA_BLOCKS,
}

/** A variable of the programming commands: kind, repetition, data block, start; six bytes that are here. */
export function readTestItem(b: Uint8Array, at: number, actions: number, fn: number, to: Notes): void {
  const area = TEST_AREAS[b[at] >> 4]
  if (area === undefined) return to.act(actions, fn, -1, -1, 0, 0)
  if (area === DATA_BLOCKS) return actOn(to, actions, fn, area, u16(b, at + 2), u16(b, at + 2))
  const start = u16(b, at + 4)
  const width = b[at] & 15
  const bytes = (b[at + 1] || 1) * (width === 3 ? 4 : width === 2 ? 2 : 1)
  actOn(to, actions, fn, area, start, start + bytes - 1)
}

/** "0A00001P": block type in two digits, number in five, file system. Tells it where it is one; whether it was. */
export function actOnBlock(
  b: Uint8Array,
  at: number,
  end: number,
  actions: number,
  fn: number,
  to: Notes,
): boolean {
  if (end - at < 7 || b[at] !== 0x30) return false
  const type = b[at + 1] === 0x38 ? 8 : b[at + 1] >= 0x41 && b[at + 1] <= 0x46 ? b[at + 1] - 0x37 : 0
  if (type === 0 || type === 9) return false
  let number = 0
  for (let i = at + 2; i < at + 7; i++) {
    if (b[i] < 0x30 || b[i] > 0x39) return false
    number = number * 10 + b[i] - 0x30
  }
  actOn(to, actions, fn, type === 0x0a ? DATA_BLOCKS : type, number, number)
  return true
}
