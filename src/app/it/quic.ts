/**
 * QUIC by its long headers: RFC 8999 (section 5.1), RFC 9000 (17.2), RFC 9369 (version 2), and the versions of Google and Facebook
 * before it. What they carry is encrypted.
 */
import { u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP } from '../protocol.ts'

const LONG = 0x80
const FIXED = 0x40
const MOST_ID = 20
const MOST_DRAFT = 34
/** types of packets in version 1 */
const INITIAL = 0
const EARLY_DATA = 1
const RETRY = 3
/** a first flight fills this much */
const LEAST_INITIAL = 1200

/** kinds of versions */
const UNKNOWN = 0
const IETF = 1
const GOOGLE = 2
const FACEBOOK = 3
const RESERVED = 4
/** Google's last version with a header of its own */
const Q046 = 0x51303436

/** 1, 2 and 0xff0000nn of the drafts; Q0nn and T0nn of Google; 0xfaceb0nn of Facebook. */
function kindOf(version: number): number {
  if (version === 1 || version === 0x6b3343cf) return IETF
  if (version >>> 8 === 0xff0000 && (version & 0xff) <= MOST_DRAFT) return IETF
  const high = version >>> 16
  if ((high === 0x5130 || high === 0x5430) && isDigits(version)) return GOOGLE
  if (version >>> 8 === 0xfaceb0) return FACEBOOK
  // 0x?a?a?a?a are asked for so that the answer names the real ones (RFC 9000, section 15)
  return (version & 0x0f0f0f0f) === 0x0a0a0a0a ? RESERVED : UNKNOWN
}

function versionName(version: number): string | undefined {
  switch (kindOf(version)) {
    case IETF:
      return version === 1 ? '1' : version === 0x6b3343cf ? '2' : `draft ${version & 0xff}`
    case GOOGLE:
      return `${version >>> 24 === 0x51 ? 'Q' : 'T'}0${digit(version >> 8)}${digit(version)}`
    case FACEBOOK:
      return `Facebook ${version & 0xff}`
  }
  return undefined
}

const digit = (version: number): number => (version & 0xff) - 0x30
const isDigits = (version: number): boolean =>
  digit(version) >= 0 && digit(version) <= 9 && digit(version >> 8) >= 0 && digit(version >> 8) <= 9

const isOldFlags = (byte: number): boolean => (byte & 0x89) === 0x09

/** The older header of Google: flags, eight bytes of connection, version. */
const isOldGoogle = (b: Uint8Array, at: number, end: number): boolean =>
  isOldFlags(b[at]) && end - at >= 14 && b[at + 9] === 0x51 && b[at + 10] === 0x30

export const quic: Protocol = {
  id: 'quic',
  service: 'quic',
  transports: [UDP],
  firstBytes: bytesFrom(0, 0xff).filter(byte => byte >= LONG || isOldFlags(byte)),

  probe(b, at, end, { length }) {
    if (end - at < 8) return NOT
    if (b[at] < LONG) return isOldGoogle(b, at, end) && isDigits(u32(b, at + 9)) ? CERTAIN | FROM_CLIENT : NOT
    const version = u32(b, at + 1)
    if (version === 0) return negotiationLikeness(b, at, end, length)
    const kind = kindOf(version)
    if (kind === UNKNOWN) return NOT
    // one byte for the lengths of both identifiers before draft 22, Google's up to Q046
    if (kind === GOOGLE && version <= Q046)
      return b[at + 5] === 0x50 || b[at + 5] === 0x05 || b[at + 5] === 0x55 ? CERTAIN : NOT
    const target = b[at + 5]
    if (target > MOST_ID || at + 6 + target >= end || b[at + 6 + target] > MOST_ID) return NOT
    if ((b[at] & FIXED) === 0) return NOT
    const type = (b[at] >> 4) & 3
    if (kind === RESERVED) return length >= LEAST_INITIAL && target >= 8 ? CERTAIN | FROM_CLIENT : NOT
    if (version !== 1) return CERTAIN
    if (type === RETRY) return CERTAIN | FROM_SERVER
    if (type === EARLY_DATA) return CERTAIN | FROM_CLIENT
    // a client chooses eight bytes or more for the server that it does not know yet
    return type === INITIAL && length < LEAST_INITIAL && target === 0 ? CERTAIN | FROM_SERVER : CERTAIN
  },

  read(b, at, end, _length, to) {
    if (end - at >= 14) {
      const version = b[at] < LONG ? u32(b, at + 9) : u32(b, at + 1)
      const name = b[at] < LONG && !isOldGoogle(b, at, end) ? undefined : versionName(version)
      if (name !== undefined) to.detail('version', name)
      // others may be agreed on
      if (version === 0 || kindOf(version) === RESERVED) return
    }
    to.opaque()
    to.done()
  },
}

/** A server names the versions it speaks: two identifiers, then words, of which the first is known or kept free. */
function negotiationLikeness(b: Uint8Array, at: number, end: number, length: number): number {
  const target = b[at + 5]
  if (target > MOST_ID || at + 6 + target >= end) return NOT
  const first = at + 7 + target + b[at + 6 + target]
  if (b[at + 6 + target] > MOST_ID || first + 4 > end || (length - (first - at)) % 4 !== 0) return NOT
  for (let i = first; i + 4 <= end; i += 4) if (kindOf(u32(b, i)) !== UNKNOWN) return CERTAIN | FROM_SERVER
  return NOT
}
