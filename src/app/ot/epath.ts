/**
 * Paths to what a CIP message is for, in their padded form: CIP Networks Library Volume 1, appendix C. Only what decides is
 * kept: the last class named (an object inside another one is what is meant), its instance and attribute, whether a tag is
 * named, and whether data come along.
 */
import { u16le, u32le } from '../little.ts'

/** What the last path that was read leads to: one object, filled anew each time. */
export const path = {
  /** class, -1 = none was named */
  classId: -1,
  instance: -1,
  attribute: -1,
  /** a tag or member is named by its symbol */
  hasSymbol: false,
  /** the path carries data: configuration of a module, in a Forward Open */
  hasData: false,
}

/** Reads the path in [at, end). Whether all of it is segments that are known: false = what was read so far stands. */
export function readPath(b: Uint8Array, at: number, end: number): boolean {
  path.classId = path.instance = path.attribute = -1
  path.hasSymbol = path.hasData = false
  let next = at
  while (next < end) {
    const length = readSegment(b, next, end)
    if (length === 0 || next + length > end) return false
    next += length
  }
  return true
}

/** Takes in one segment: its bytes, 0 where it is unknown or does not fit. */
function readSegment(b: Uint8Array, at: number, end: number): number {
  switch (b[at] >> 5) {
    case 0:
      return portSegment(b, at, end)
    case 1:
      return logicalSegment(b, at, end)
    case 2:
      // network: bit 4 set, a size in words follows
      if (at + 2 > end) return 0
      return (b[at] & 0x10) !== 0 ? 2 + 2 * b[at + 1] : 2
    case 3:
      return symbolicSegment(b, at, end)
    case 4:
      return dataSegment(b, at, end)
    default:
      return 0
  }
}

/** A port number, and an address on its link: one byte, or as many as are stated, padded. */
function portSegment(b: Uint8Array, at: number, end: number): number {
  const isLong = (b[at] & 0x10) !== 0
  const wide = (b[at] & 0x0f) === 0x0f ? 2 : 0
  if (!isLong) return 2 + wide
  if (at + 2 > end) return 0
  const length = 2 + wide + b[at + 1]
  return length + (length & 1)
}

/** Class, instance, member, connection point or attribute, in 8, 16 or 32 bits; or an electronic key. */
function logicalSegment(b: Uint8Array, at: number, end: number): number {
  const type = (b[at] >> 2) & 7
  const format = b[at] & 3
  // special: 0x34 is the electronic key, with its own format byte
  if (type === 5) return b[at] === 0x34 && at + 2 <= end && b[at + 1] === 4 ? 10 : 0
  if (type === 6) return 2
  if (type === 7 || format === 3) return 0
  const length = format === 0 ? 2 : format === 1 ? 4 : 6
  if (at + length > end) return 0
  const value = format === 0 ? b[at + 1] : format === 1 ? u16le(b, at + 2) : u32le(b, at + 2)
  if (type === 0) {
    path.classId = value
    path.instance = path.attribute = -1
  } else if (type === 1) path.instance = value
  else if (type === 4) path.attribute = value
  return length
}

function symbolicSegment(b: Uint8Array, at: number, end: number): number {
  path.hasSymbol = true
  const length = b[at] & 0x1f
  if (length > 0) return 1 + length + ((1 + length) & 1)
  // extended: double or triple byte characters, or a number
  if (at + 2 > end) return 0
  const kind = b[at + 1] >> 5
  const count = b[at + 1] & 0x1f
  const bytes = kind === 1 ? 2 * count : kind === 2 ? 3 * count : kind === 6 ? numberBytes(count) : 0
  return bytes === 0 ? 0 : 2 + bytes + (bytes & 1)
}

/** A number as symbol: 6, 7 and 8 stand for one, two and four bytes. */
const numberBytes = (kind: number): number => (kind === 6 ? 1 : kind === 7 ? 2 : kind === 8 ? 4 : 0)

function dataSegment(b: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return 0
  if (b[at] === 0x80) {
    if (b[at + 1] > 0) path.hasData = true
    return 2 + 2 * b[at + 1]
  }
  if (b[at] !== 0x91) return 0
  path.hasSymbol = true
  return 2 + b[at + 1] + (b[at + 1] & 1)
}
