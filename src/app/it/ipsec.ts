/**
 * IPsec's key exchange over UDP: RFC 7296 (IKEv2 header: section 3.1), RFC 2408 (ISAKMP: 3.1), and ESP in UDP with the four zero
 * bytes that tell IKE from it (RFC 3948, section 2).
 */
import { u32 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const NAT_T = 4500
const HEADER = 28
const LEAST_FRAGMENT = 1200
const MOST = 65_507
/** version 2: the sender is who began; this is an answer */
const INITIATOR = 0x08
const IS_RESPONSE = 0x20
/** ESP: SPI, number, then at least a block and a digest */
const LEAST_ESP = 28

/** IKE_SA_INIT to IKE_FOLLOWUP_KE; base to informational, quick and new group mode */
const isExchange = (major: number, exchange: number): boolean =>
  major === 2 ? exchange >= 34 && exchange <= 44 : exchange <= 6 || (exchange >= 32 && exchange <= 33)
/** payloads: those of version 2 from 33, encrypted 46 and 53; those of version 1 to 21 and the drafts' 130 and 131 */
const isPayload = (major: number, payload: number): boolean =>
  payload === 0 || (major === 2 ? payload >= 33 && payload <= 54 : payload <= 21 || payload >= 128)

function ikeLikeness(b: Uint8Array, at: number, end: number, length: number): number {
  if (end - at < HEADER) return NOT
  const major = b[at + 17] >> 4
  if ((major !== 1 && major !== 2) || (b[at + 17] & 15) > 1) return NOT
  if (u32(b, at) === 0 && u32(b, at + 4) === 0) return NOT
  // certificates make it longer than a frame: then this is its first fragment
  const stated = u32(b, at + 24)
  if (stated !== length && (length < LEAST_FRAGMENT || stated < length || stated > MOST)) return NOT
  const sure = stated === length ? CERTAIN : UNSURE
  if (!isPayload(major, b[at + 16]) || !isExchange(major, b[at + 18])) return NOT
  const isFirst = u32(b, at + 8) === 0 && u32(b, at + 12) === 0
  if (major === 2) {
    if ((b[at + 19] & ~(INITIATOR | IS_RESPONSE | 0x10)) !== 0) return NOT
    return sure | ((b[at + 19] & INITIATOR) !== 0 ? FROM_CLIENT : FROM_SERVER)
  }
  return (b[at + 19] & ~7) !== 0 ? NOT : isFirst ? sure | FROM_CLIENT : sure
}

export const ipsec: Protocol = {
  id: 'ipsec',
  service: 'ipsec',
  transports: [UDP],

  probe(b, at, end, { srcPort, dstPort, length }) {
    const isNatT = srcPort === NAT_T || dstPort === NAT_T
    // keeps the translation of a router alive
    if (isNatT && length === 1) return b[at] === 0xff ? UNSURE : NOT
    if (end - at < 8) return NOT
    if (u32(b, at) === 0) return ikeLikeness(b, at + 4, end, length - 4)
    const likeness = ikeLikeness(b, at, end, length)
    if (likeness !== NOT || !isNatT) return likeness
    // numbers below 256 are kept free; what is padded comes in words
    return u32(b, at) >>> 0 > 255 && length >= LEAST_ESP && length % 4 === 0 ? UNSURE : NOT
  },
}
