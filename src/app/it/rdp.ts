/**
 * Remote Desktop: MS-RDPBCGR (connection request and confirm: sections 2.2.1.1 and 2.2.1.2) inside TPKT and X.224 class 0 (RFC
 * 1006, ITU-T X.224); over UDP MS-RDPEUDP (section 2.2.1). S7 and MMS begin with the same two layers, but name TSAPs where
 * this has a cookie or a negotiation. What comes after them is encrypted.
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { u32le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'
import { isAnyCase } from './text.ts'

const TPKT = 3
const TLS_RECORD = 0x16
const CONNECTION_REQUEST = 0xe0
const CONNECTION_CONFIRM = 0xd0
/** TPKT 4, length indicator, code, two references, class */
const FIXED = 11
const NEGOTIATION_REQUEST = 1
const NEGOTIATION_RESPONSE = 2
const NEGOTIATION_FAILURE = 3
const NEGOTIATION = 8

/** MS-RDPEUDP, flags */
const SYN = 1
const ACK = 4

/** RDP_NEG_RSP, selectedProtocol */
const SECURITY: Readonly<Record<number, string>> = {
  0: 'RDP',
  1: 'TLS',
  2: 'CredSSP',
  4: 'RDSTLS',
  8: 'CredSSP with early authorization',
  16: 'RDS AAD',
}

/** A structure of negotiation: its type, flags, its length in two little-endian bytes, four more. */
const isNegotiation = (b: Uint8Array, at: number, end: number, type: number): boolean =>
  end - at >= NEGOTIATION && b[at] === type && b[at + 2] === NEGOTIATION && b[at + 3] === 0

const isHead = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= FIXED && b[at] === TPKT && b[at + 1] === 0 && u16(b, at + 2) === b[at + 4] + 5

/** MS-RDPEUDP: a SYN acknowledges nothing, and is padded to the size that it asks for. */
function datagramLikeness(b: Uint8Array, at: number, end: number, wire: number): number {
  if (wire !== 1232 || end - at < 16 || (b[at + 7] & SYN) === 0) return NOT
  if (!isSize(u16(b, at + 12)) || !isSize(u16(b, at + 14))) return NOT
  if (u32(b, at) === -1) return CERTAIN | FROM_CLIENT
  return (b[at + 7] & ACK) !== 0 ? UNSURE | FROM_SERVER : NOT
}

const isSize = (size: number): boolean => size >= 1132 && size <= 1232

export const rdp: Protocol = {
  id: 'rdp',
  service: 'rdp',
  transports: [TCP, UDP],

  probe(b, at, end, carrier) {
    if (carrier.transport === UDP) return datagramLikeness(b, at, end, carrier.length)
    if (b[at] !== TPKT || !isHead(b, at, end)) return NOT
    const here = Math.min(end, at + 5 + b[at + 4])
    const isBare = b[at + 4] === FIXED - 5
    if (b[at + 5] === CONNECTION_REQUEST && u16(b, at + 6) === 0) {
      if (isBare) return UNSURE | FROM_CLIENT
      if (isAnyCase(b, at + FIXED, here, 'cookie: mst')) return CERTAIN | FROM_CLIENT
      return isNegotiation(b, at + FIXED, here, NEGOTIATION_REQUEST) ? CERTAIN | FROM_CLIENT : NOT
    }
    if (b[at + 5] !== CONNECTION_CONFIRM) return NOT
    if (isBare) return UNSURE | FROM_SERVER
    return isNegotiation(b, at + FIXED, here, NEGOTIATION_RESPONSE) ||
      isNegotiation(b, at + FIXED, here, NEGOTIATION_FAILURE)
      ? CERTAIN | FROM_SERVER
      : NOT
  },

  length(b, at, end) {
    if (b[at] !== TPKT && b[at] !== TLS_RECORD) return -1
    if (end - at < 5) return 0
    const length = b[at] === TPKT ? u16(b, at + 2) : 5 + u16(b, at + 3)
    return length > 5 ? length : -1
  },

  read(b, at, end, _length, to) {
    if (to.carrier.transport === UDP) return to.done()
    const isConfirm = b[at] === TPKT && end - at >= FIXED && b[at + 5] === CONNECTION_CONFIRM
    if (b[at] === TPKT && end - at >= FIXED && b[at + 5] === CONNECTION_REQUEST) return to.client(true)
    if (isConfirm) {
      to.client(false)
      const text = isNegotiation(b, at + FIXED, end, NEGOTIATION_RESPONSE)
        ? SECURITY[u32le(b, at + FIXED + 4)]
        : undefined
      if (text !== undefined) to.detail('security', text)
    }
    to.opaque()
    to.done()
  },
}
