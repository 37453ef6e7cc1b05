/**
 * LLDP: IEEE 802.1AB-2016, clauses 8 (elements) and 9; IEC 61158-6-10 (what PROFINET devices call themselves).
 *
 * Who is at this port of the switch: told by everybody to the next. Function of `act`: 1 = announcement. Neither units nor
 * addresses.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, ETHERNET, NOT, type Notes, type Protocol } from '../protocol.ts'
import { printable } from './text.ts'

const LLDP = 0x88cc
/** an element: 7 bits of type, 9 of length */
const CHASSIS = 1
const PORT = 2
const SYSTEM_NAME = 5
const SYSTEM_DESCRIPTION = 6
const CAPABILITIES = 7
/** identifiers of chassis and port that their owner chose */
const LOCAL = 7
const ANNOUNCEMENT = 1

/** capabilities that say what a system is, by their bits */
const ROLES: readonly (readonly [bit: number, role: string])[] = [
  [0x10, 'router'],
  [0x04, 'bridge'],
  [0x08, 'wireless access point'],
  [0x20, 'telephone'],
  [0x80, 'station'],
]

const type = (b: Uint8Array, at: number): number => b[at] >> 1
const size = (b: Uint8Array, at: number): number => u16(b, at) & 0x1ff

/** Whether an element of this type and at least `least` bytes is at `at`. */
const isElement = (b: Uint8Array, at: number, end: number, what: number, least: number): boolean =>
  at + 2 <= end && type(b, at) === what && size(b, at) >= least

function readElement(b: Uint8Array, at: number, end: number, to: Notes): void {
  const value = at + 2
  switch (type(b, at)) {
    case CHASSIS:
      // PROFINET before version 2.4: the name of the station
      if (b[value] === LOCAL) say(to, 'name', printable(b, value + 1, end))
      break
    case PORT:
      if (b[value] === LOCAL) hearStation(b, value + 1, end, to)
      break
    case SYSTEM_NAME:
      say(to, 'name', printable(b, value, end))
      break
    case SYSTEM_DESCRIPTION:
      say(to, 'product', printable(b, value, end))
      break
    case CAPABILITIES: {
      if (value + 4 > end) break
      const enabled = u16(b, value + 2)
      say(to, 'role', ROLES.find(([bit]) => (enabled & bit) !== 0)?.[1] ?? '')
      break
    }
  }
}

/** The name of a PROFINET station behind that of its port: port-001.plc-1. */
function hearStation(b: Uint8Array, at: number, end: number, to: Notes): void {
  const text = printable(b, at, end, 255)
  if (/^port-\d{3}(-\d{5})?\./.test(text)) say(to, 'name', text.slice(text.indexOf('.') + 1, 80))
}

function say(to: Notes, what: 'name' | 'product' | 'role', text: string): void {
  if (text !== '') to.heard(what, text)
}

export const lldp: Protocol = {
  id: 'lldp',
  service: 'lldp',
  transports: [ETHERNET],
  ethertypes: [LLDP],
  firstBytes: [2 * CHASSIS, 2 * CHASSIS + 1],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (carrier.ethertype !== LLDP || !isElement(b, at, end, CHASSIS, 2)) return NOT
    const port = at + 2 + size(b, at)
    return port >= end || isElement(b, port, end, PORT, 2) ? CERTAIN : NOT
  },

  read(b, at, end, length, to) {
    to.act(A.DISCOVER, ANNOUNCEMENT, -1, -1, 0, 0)
    let element = at
    while (element + 2 <= end && u16(b, element) !== 0) {
      const next = element + 2 + size(b, element)
      if (next > end) break
      readElement(b, element, next, to)
      element = next
    }
    // an end element of no length, at least behind these three
    if (element + 2 <= end && u16(b, element) === 0) return
    if (end - at < length) to.short()
    else if (!isElement(b, at, end, CHASSIS, 2) || element < end) to.unfit()
  },

  functionActions: () => A.DISCOVER,
  functionName: fn => (fn === ANNOUNCEMENT ? 'announcement' : undefined),
}
