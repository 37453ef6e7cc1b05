/** STUN and TURN: RFC 8489 (header: section 5), RFC 8656 (methods: 17), RFC 3489 (without the cookie, a hint only). */
import { u16, u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'

const HEADER = 20
const COOKIE = 0x2112a442
const ANSWER_CLASS = 0x0100
const BINDING = 1
const MOST_ATTRIBUTES = 16

export const stun: Protocol = {
  id: 'stun',
  service: 'stun',
  transports: [UDP, TCP],
  firstBytes: bytesFrom(0, 0x3f),

  probe(b, at, end, { transport, length }) {
    // two zero bits, a length of whole words
    if (b[at] > 0x3f || end - at < HEADER || (b[at + 3] & 3) !== 0) return NOT
    const isNew = u32(b, at + 4) === COOKIE
    if (!isNew && transport !== UDP) return NOT
    const stated = HEADER + u16(b, at + 2)
    if (stated > length || (transport === UDP && stated !== length)) return NOT
    const type = u16(b, at)
    // requests and indications come from either end of a call
    const who = (type & ANSWER_CLASS) !== 0 ? FROM_SERVER : (type & 0x0010) === 0 ? FROM_CLIENT : 0
    if (isNew) return CERTAIN | who
    const isOld = (type & ~0x0110) === BINDING && isChain(b, at + HEADER, end, at + stated)
    return isOld && stated > HEADER ? UNSURE | who : NOT
  },
}

/** Attributes with their lengths come out even. */
function isChain(b: Uint8Array, at: number, end: number, last: number): boolean {
  let i = at
  for (let left = MOST_ATTRIBUTES; left > 0 && i + 4 <= end; left--) i += 4 + ((u16(b, i + 2) + 3) & ~3)
  return i === last
}
