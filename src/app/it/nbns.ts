/**
 * NetBIOS name service: RFC 1002, section 4.2. Who registers a name of its own, or answers for one, is heard by it.
 */
import { u16 } from '../../wire/bytes.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { afterNetbiosName, isNetbiosName, netbiosText, suffixOf, WORKSTATION } from './netbios-name.ts'
import { printable } from './text.ts'

const HEADER = 12
const NB = 0x20
const NBSTAT = 0x21
const QUERY = 0
const REGISTRATION = 5
const MULTIHOMED = 15
/** a name of a group is nobody's own */
const GROUP = 0x8000
/** authoritative, and recursion available: an answer for oneself has the one without the other */
const AUTHORITATIVE = 0x0400
const RECURSION_AVAILABLE = 0x0080

/** RFC 1002, section 4.2.1.1, and 15 as Windows sends it */
const isOperation = (operation: number): boolean =>
  operation === QUERY || (operation >= REGISTRATION && operation <= 9) || operation === MULTIHOMED

const operationOf = (flags: number): number => (flags >> 11) & 15

export const nbns: Protocol = {
  id: 'nbns',
  service: 'nbns',
  transports: [UDP],
  memory: 1,

  probe(b, at, end) {
    // one question or none, and the letters of a name
    if (end - at < HEADER + 1 || b[at + 4] !== 0 || b[at + 5] > 1 || b[at + HEADER] !== 32) return NOT
    const flags = u16(b, at + 2)
    if (!isOperation(operationOf(flags)) || b[at + 6] !== 0 || b[at + 7] > 1) return NOT
    const isAnswer = flags >= 0x8000
    const who = isAnswer ? FROM_SERVER : operationOf(flags) === QUERY ? FROM_CLIENT : 0
    if (!isNetbiosName(b, at + HEADER, end)) return NOT
    const type = afterNetbiosName(b, at + HEADER, end)
    if (type < 0 || type + 4 > end) return UNSURE | who
    const known = u16(b, type) === NB || u16(b, type) === NBSTAT || (isAnswer && u16(b, type) === 10)
    return known && u16(b, type + 2) === 1 ? CERTAIN | who : NOT
  },

  read(b, at, end, _length, to) {
    if ((to.memory[0] & senderBit(to)) !== 0 || !isNetbiosName(b, at + HEADER, end)) return
    const flags = u16(b, at + 2)
    const name = at + HEADER
    const type = afterNetbiosName(b, name, end)
    if (type < 0 || type + 10 > end) return
    if (flags < 0x8000) {
      const operation = operationOf(flags)
      if (operation !== REGISTRATION && operation !== MULTIHOMED) return
      // behind the question: the record, whose name is a pointer, type, class, time to live, length, flags
      const record = type + 4
      if (record + 14 > end || b[record] < 0xc0 || (u16(b, record + 12) & GROUP) !== 0) return
      return tellName(b, name, to)
    }
    if (operationOf(flags) !== QUERY || (flags & 15) !== 0 || u16(b, type) === 10) return
    const data = type + 10
    if (u16(b, type) === NBSTAT) return tellOwnNames(b, data, Math.min(end, data + u16(b, type + 8)), to)
    const isOwner = (flags & (AUTHORITATIVE | RECURSION_AVAILABLE)) === AUTHORITATIVE
    if (isOwner && data + 2 <= end && (u16(b, data) & GROUP) === 0) tellName(b, name, to)
  },
}

/** memory: whose name was told */
const senderBit = (to: Notes): number => (to.fromOrig ? 1 : 2)

function tellName(b: Uint8Array, at: number, to: Notes): void {
  if (suffixOf(b, at) !== WORKSTATION) return
  const name = netbiosText(b, at)
  if (name === '') return
  to.memory[0] |= senderBit(to)
  to.heard('name', name)
}

/** The table that a node answers with: a number, then fifteen characters, suffix and flags for each name. */
function tellOwnNames(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at >= end) return
  for (let i = at + 1, left = b[at]; left > 0 && i + 18 <= end; left--, i += 18) {
    if (b[i + 15] !== WORKSTATION || (u16(b, i + 16) & GROUP) !== 0) continue
    const name = printable(b, i, i + 15)
    if (name === '') continue
    to.memory[0] |= senderBit(to)
    return to.heard('name', name)
  }
}
