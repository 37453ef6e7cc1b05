/** WireGuard: "WireGuard: Next Generation Kernel Network Tunnel" (messages: section 5.4): type, three zero bytes, fixed lengths. */
import { u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const INITIATION = 1
const RESPONSE = 2
const COOKIE = 3
const DATA = 4
const INITIATION_LENGTH = 148
const RESPONSE_LENGTH = 92
const COOKIE_LENGTH = 64
/** zero unless a server under load has sent a cookie */
const MAC2 = 16

function isZero(b: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (b[i] !== 0) return false
  return true
}

export const wireguard: Protocol = {
  id: 'wireguard',
  service: 'wireguard',
  transports: [UDP],
  firstBytes: bytesFrom(INITIATION, DATA),

  probe(b, at, end, { length }) {
    if (b[at] === 0 || b[at] > DATA || end - at < 32 || b[at + 1] !== 0 || b[at + 2] !== 0 || b[at + 3] !== 0)
      return NOT
    // who the message is for, or from, is a number that is drawn; keys that are sent are never zero
    if (u32(b, at + 4) === 0 || isZero(b, at + 16, at + 24)) return NOT
    const isWhole = end - at >= length
    switch (b[at]) {
      case INITIATION:
        if (length !== INITIATION_LENGTH) return NOT
        return (isWhole && isZero(b, at + length - MAC2, at + length) ? CERTAIN : UNSURE) | FROM_CLIENT
      case RESPONSE:
        if (length !== RESPONSE_LENGTH) return NOT
        return (isWhole && isZero(b, at + length - MAC2, at + length) ? CERTAIN : UNSURE) | FROM_SERVER
      case COOKIE:
        return length === COOKIE_LENGTH ? UNSURE | FROM_SERVER : NOT
      default:
        // contents are padded; a counter of eight bytes, little-endian, that is never large
        return length % 16 === 0 && b[at + 14] === 0 && b[at + 15] === 0 ? UNSURE : NOT
    }
  },
}
