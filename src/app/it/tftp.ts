/**
 * TFTP: RFC 1350 (packets: section 5), RFC 2347 (options, OACK). The transfer goes from a new port of the server to the port that
 * asked: it is announced, by requests of the end that opened the conversation only.
 */
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'
import { isAnyCase } from './text.ts'

const READ = 1
const WRITE = 2
const DATA = 3
const ACK = 4
const ERROR = 5
const OPTIONS = 6
const MODES = ['octet', 'netascii', 'mail']
const MOST_NAME = 512
/** RFC 2348: the largest block */
const MOST_BLOCK = 65464

/** Position behind the zero byte that ends the printable text at `at`; -1 = none. */
function afterText(b: Uint8Array, at: number, end: number): number {
  const last = Math.min(end, at + MOST_NAME)
  for (let i = at; i < last; i++) {
    if (b[i] === 0) return i + 1
    if (b[i] < 0x20 || b[i] === 0x7f) return -1
  }
  return -1
}

function isRequest(b: Uint8Array, at: number, end: number): boolean {
  const mode = afterText(b, at + 2, end)
  if (mode < at + 4) return false
  for (const name of MODES) if (isAnyCase(b, mode, end, name)) return b[mode + name.length] === 0
  return false
}

export const tftp: Protocol = {
  id: 'tftp',
  service: 'tftp',
  transports: [UDP],
  firstBytes: [0],

  probe(b, at, end, { length }) {
    if (end - at < 4 || b[at] !== 0 || b[at + 1] === 0 || b[at + 1] > OPTIONS) return NOT
    switch (b[at + 1]) {
      case READ:
      case WRITE:
        return isRequest(b, at, end) ? CERTAIN | FROM_CLIENT : NOT
      case DATA:
        return length <= 4 + MOST_BLOCK ? UNSURE : NOT
      case ACK:
        return length === 4 ? UNSURE : NOT
      case ERROR:
        return b[at + 2] === 0 && b[at + 3] <= 8 && afterText(b, at + 4, end) === at + length ? UNSURE : NOT
      default: {
        const value = afterText(b, at + 2, end)
        return value > at + 3 && afterText(b, value, end) > 0 ? UNSURE : NOT
      }
    }
  },

  read(b, at, end, _length, to) {
    if (end - at < 4 || (u16(b, at) !== READ && u16(b, at) !== WRITE) || !isRequest(b, at, end)) return
    to.client(true)
    if (to.fromOrig) to.announce(UDP, to.carrier.srcPort, true, 0)
  },
}
