/**
 * Objects that BACnet services name, and what devices say of themselves: ANSI/ASHRAE 135-2020, clause 20.2 (tags), 13 to 16
 * (parameters of services).
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import type { Heard, Notes } from '../protocol.ts'
import {
  CREATED,
  FIRST,
  FOURTH,
  LIST,
  NOWHERE,
  placeOf,
  SECOND,
  serviceActions,
  THIRD,
} from './bacnet-services.ts'

/** a tag: number above its low nibble; then class and length (6 opens, 7 closes a list) */
const IS_CONTEXT = 0x08
const OPENING = 0x0e
const CLOSING = 0x0f
const LISTING = 0x06
/** object identifiers: application tag 12, context tag 0, of four bytes */
const APPLICATION_OBJECT = 0xc4
const CONTEXT_OBJECT = 0x0c
/** an enumeration of one byte under context tag 0 */
const CONTEXT_TYPE = 0x09
const DEVICE = 8

const objectType = (b: Uint8Array, at: number): number => u32(b, at) >>> 22
const objectInstance = (b: Uint8Array, at: number): number => u32(b, at) & 0x3fffff
const INSTANCES = 22

/** Where the element at `at` ends, tag and value; an opening or closing tag by itself. -1 = not before `end`. */
function elementEnd(b: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const tag = b[at]
  let next = at + (tag >> 4 === 15 ? 2 : 1)
  if ((tag & IS_CONTEXT) !== 0 && (tag & LISTING) === LISTING) return next <= end ? next : -1
  let length = tag & 7
  // an application tag 1 is a truth: its value is its length
  if (tag >> 4 === 1 && (tag & IS_CONTEXT) === 0) length = 0
  else if (length === 5) {
    if (next >= end) return -1
    length = b[next++]
    if (length === 254) {
      if (next + 2 > end) return -1
      length = u16(b, next)
      next += 2
    } else if (length === 255) return -1
  }
  return next + length <= end ? next + length : -1
}

/** The element of context tag `number` and four bytes, behind others of lower numbers; -1 = none. */
function contextObject(b: Uint8Array, at: number, end: number, number: number): number {
  let element = at
  for (let i = 0; i < 4 && element < end; i++) {
    if (b[element] === ((number << 4) | CONTEXT_OBJECT)) return element + 5 <= end ? element + 1 : -1
    const next = elementEnd(b, element, end)
    if (next < 0) return -1
    element = next
  }
  return -1
}

/** Tells what service `fn` does, its parameters at `at`, with the objects it names. `isCut` = more of them was sent. */
export function readObjects(
  b: Uint8Array,
  at: number,
  end: number,
  fn: number,
  isCut: boolean,
  to: Notes,
): void {
  const place = placeOf(fn)
  if (place === NOWHERE) return to.act(serviceActions(fn), fn, -1, -1, 0, 0)
  if (place === LIST) return readList(b, at, end, fn, isCut, to)
  let object = -1
  if (place === SECOND || place === THIRD || place === FOURTH)
    object = contextObject(b, at, end, place === SECOND ? 1 : place === THIRD ? 2 : 3)
  else if (place === FIRST && at + 5 <= end && (b[at] === CONTEXT_OBJECT || b[at] === APPLICATION_OBJECT))
    object = at + 1
  else if (place === CREATED && at + 3 <= end && b[at] === OPENING) {
    if (b[at + 1] === CONTEXT_TYPE) {
      // an object of this type, whatever its instance
      const type = b[at + 2]
      return to.act(serviceActions(fn), fn, -1, type, type << INSTANCES, (type << INSTANCES) | 0x3fffff)
    }
    object = contextObject(b, at + 1, end, 1)
  }
  if (object >= 0) return tell(b, object, fn, to)
  to.act(serviceActions(fn), fn, -1, -1, 0, 0)
  // a life safety operation may be meant for all objects
  if (place === FOURTH && !isCut) return
  if (isCut) to.short()
  else to.unfit()
}

/** Object identifiers, each with a list of properties (and values) in tags that open and close. */
function readList(b: Uint8Array, at: number, end: number, fn: number, isCut: boolean, to: Notes): void {
  let element = at
  let depth = 0
  let isTold = false
  while (element < end) {
    const tag = b[element]
    const next = elementEnd(b, element, end)
    if (next < 0) break
    if ((tag & CLOSING) === CLOSING) depth--
    else if ((tag & CLOSING) === OPENING) depth++
    else if (depth === 0 && tag === CONTEXT_OBJECT) {
      tell(b, element + 1, fn, to)
      isTold = true
    }
    if (depth < 0) break
    element = next
  }
  if (element >= end && depth === 0 && isTold && !isCut) return
  to.act(serviceActions(fn), fn, -1, -1, 0, 0)
  if (isCut) to.short()
  else to.unfit()
}

function tell(b: Uint8Array, object: number, fn: number, to: Notes): void {
  const identifier = u32(b, object)
  to.act(serviceActions(fn), fn, -1, objectType(b, object), identifier, identifier)
}

/** I-Am: device, largest PDU, segmentation, vendor. */
export function hearWhoIAm(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at + 5 > end || b[at] !== APPLICATION_OBJECT) return
  to.heard('name', `BACnet device ${objectInstance(b, at + 1)}`)
  let vendor = at
  for (let i = 0; i < 3; i++) {
    vendor = elementEnd(b, vendor, end)
    if (vendor < 0) return
  }
  if (b[vendor] === 0x21 && vendor + 2 <= end) to.heard('vendor', `BACnet vendor ${b[vendor + 1]}`)
  else if (b[vendor] === 0x22 && vendor + 3 <= end) to.heard('vendor', `BACnet vendor ${u16(b, vendor + 1)}`)
}

/** properties of a device that are texts */
const SPOKEN: Readonly<Record<number, Heard>> = {
  12: 'version',
  44: 'version',
  70: 'product',
  77: 'name',
  121: 'vendor',
}

/** A property that was read: object, property, its value in tag 3. */
export function hearProperty(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at + 9 > end || b[at] !== CONTEXT_OBJECT || objectType(b, at + 1) !== DEVICE) return
  const what = b[at + 5] === 0x19 ? SPOKEN[b[at + 6]] : undefined
  // a text of UTF-8, one byte of length
  if (what === undefined || b[at + 7] !== 0x3e || b[at + 8] >> 3 !== 14) return
  const isLong = (b[at + 8] & 7) === 5
  const text = at + (isLong ? 10 : 9)
  const length = isLong && text <= end ? b[at + 9] : b[at + 8] & 7
  if (text >= end || length >= 254 || b[text] !== 0) return
  const said = printable(b, text + 1, Math.min(end, text + length))
  if (said !== '') to.heard(what, said)
}
