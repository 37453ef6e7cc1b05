/**
 * What the DT of S7 stations carry: S7comm, S7comm-plus, or TLS with S7comm-plus in it. A station may speak both over one
 * connection, so both are read wherever either was recognised.
 */
import { u16 } from '../../wire/bytes.ts'
import type { Notes } from '../protocol.ts'
import { readS7, S7, S7_MEMORY, s7Length } from './s7-pdu.ts'
import { readPlus, S7_PLUS } from './s7plus-pdu.ts'
import { dataLength, isLast, readTpdu } from './tpkt.ts'

/** by sender: bytes of its S7 PDU still to come in further DT; whether more fragments of its S7comm-plus message follow */
const REST = 0
const PLUS = 2
const WORDS = 4
/** words of memory of a conversation */
export const S7_DATA_MEMORY = WORDS + S7_MEMORY

const TLS_HEADER = 5
const LEAST_HEADER = 10

/** Whether a TLS record begins at `at`. */
export const isTls = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= TLS_HEADER &&
  b[at] >= 0x14 &&
  b[at] <= 0x17 &&
  b[at + 1] === 3 &&
  b[at + 2] <= 4 &&
  u16(b, at + 3) > 0 &&
  u16(b, at + 3) <= 0x4800

/** Reads the TPKT packet at `at`. */
export function readS7Packet(b: Uint8Array, at: number, end: number, to: Notes): void {
  const from = readTpdu(b, at, end, to)
  if (from < 0) return
  const length = dataLength(b, from)
  // S7 stations acknowledge with empty ones
  if (length === 0) return
  if (from >= end) return to.short()
  const rest = REST + (to.fromOrig ? 0 : 1)
  const { memory } = to
  // a whole PDU is one, even in the place of a fragment: who ignores the fragments takes it for one
  if (memory[rest] > 0 && s7Length(b, from, end) !== length) {
    memory[rest] -= length
    if (memory[rest] !== 0 && (memory[rest] < 0 || isLast(b, from))) {
      memory[rest] = 0
      to.unfit()
    }
    return
  }
  memory[rest] = 0
  if (b[from] === S7_PLUS) return readPlus(b, from, end, length, PLUS + (to.fromOrig ? 0 : 1), to)
  if (isTls(b, from, end)) return to.opaque()
  if (b[from] !== S7) return to.unfit()
  if (end - from < LEAST_HEADER) return length < LEAST_HEADER ? to.unfit() : to.short()
  const stated = s7Length(b, from, end)
  if (stated <= 0) return to.unfit()
  readS7(b, from, end, from + stated, WORDS, to)
  if (stated > length && !isLast(b, from)) memory[rest] = stated - length
  else if (stated !== length) to.unfit()
}
