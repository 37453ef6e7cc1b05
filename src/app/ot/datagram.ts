/**
 * Payloads that hold more than the length of their first PDU says. Over TCP a PDU is cut out before it is read; in a datagram
 * or an Ethernet frame another one may stand behind the first, and a device that reads on does what that says, too.
 */
import { type Notes, TCP } from '../protocol.ts'

/** PDUs read of one payload */
const MOST = 64
/** payload of the shortest Ethernet frame, which has 60 bytes without its check sequence */
const LEAST_PAYLOAD = 46
/** no PDU that is straight on Ethernet is shorter */
const LEAST_PDU = 12

/**
 * Reads the payload at `at`, `length` bytes on the wire, PDU by PDU: `lengthAt` tells how many bytes the PDU at a position has
 * (0 = too few are here to tell, -1 = none begins there), as `length` of a protocol does, `read` reads it. What is left behind
 * the last PDU that holds together is unfit, or short where the capture cut it. Over TCP it is one PDU.
 */
export function readEach(
  b: Uint8Array,
  at: number,
  end: number,
  length: number,
  to: Notes,
  lengthAt: (b: Uint8Array, at: number, end: number) => number,
  read: (b: Uint8Array, at: number, end: number, length: number, to: Notes) => void,
): void {
  if (to.carrier.transport === TCP) return read(b, at, end, length, to)
  const stop = at + length
  let pdu = at
  for (let left = MOST; left > 0; left--) {
    const stated = pdu < end ? lengthAt(b, pdu, end) : 0
    const isLast = stated <= 0 || stated >= stop - pdu
    // the first is read whatever its length says: its own reader knows what to make of that
    if (isLast && (pdu === at || stated === stop - pdu)) return read(b, pdu, end, stop - pdu, to)
    if (isLast) return stated === 0 && end < stop ? to.short() : to.unfit()
    read(b, pdu, Math.min(end, pdu + stated), stated, to)
    pdu += stated
  }
  to.unfit()
}

/**
 * Whether the bytes from `from` on, behind what the Ethernet payload at `at` states, only fill its frame up: none are there, or
 * zeroes. Some devices fill the shortest frames with what was in their memory: that is less than any PDU.
 */
export function isPadding(b: Uint8Array, at: number, from: number, end: number, length: number): boolean {
  if (length <= LEAST_PAYLOAD && at + length - from < LEAST_PDU) return true
  for (let i = from; i < end; i++) if (b[i] !== 0) return false
  return true
}
