/**
 * NTP: RFC 5905 (header: section 7.3, control messages: RFC 9327, section 2), RFC 4330 (SNTP). Values that clocks have, not only the
 * length, make it one.
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const HEADER = 48
const CLIENT = 3
const SERVER = 4
const BROADCAST = 5
const CONTROL = 6
const PRIVATE = 7
const MOST_STRATUM = 16
/** seconds of eras 0 and 1: 2000 to 2036, and from there to 2060 */
const isNow = (seconds: number): boolean =>
  seconds >>> 0 >= 0xbc17c200 || (seconds >= 0 && seconds < 0x2d000000)

/** Leap indicator (0 in control messages), version 1 to 4, mode. */
function isFirst(byte: number): boolean {
  const version = (byte >> 3) & 7
  const mode = byte & 7
  return version >= 1 && version <= 4 && mode !== 0 && (mode !== CONTROL || (byte & 0xc0) === 0)
}

export const ntp: Protocol = {
  id: 'ntp',
  service: 'ntp',
  transports: [UDP],
  firstBytes: bytesFrom(0, 0xff).filter(isFirst),

  probe(b, at, end, { length }) {
    const mode = b[at] & 7
    if (!isFirst(b[at]) || length % 4 !== 0 || end - at < 8) return NOT
    if (mode === CONTROL) return controlLikeness(b, at, length)
    // many implementations pad a private request to 48 bytes; sequence, implementation (0, 2, 3), error
    if (mode === PRIVATE) return b[at + 2] <= 3 && b[at + 1] <= 0x80 && length >= 8 ? UNSURE : NOT
    if (length < HEADER || b[at + 1] > MOST_STRATUM) return NOT
    // poll 2^0 to 2^17 s, precision of 2^-32 s to 1 s; clients that give nothing away say 2^32
    if (b[at + 2] > 17 || (b[at + 3] > 1 && b[at + 3] < 0xe0 && (b[at + 3] !== 32 || mode !== CLIENT)))
      return NOT
    if (end - at < HEADER) return end - at < length ? UNSURE : NOT
    // a refusal of a digest, or extension fields of 16 bytes and more and a digest
    if (length > HEADER + 4 && length < HEADER + 16) return NOT
    // the way to the reference clock is not longer than the Internet
    if (u16(b, at + 4) > 64 && u16(b, at + 4) < 0xffc0) return NOT
    const who = mode === CLIENT ? FROM_CLIENT : mode === SERVER ? FROM_SERVER : 0
    const sent = u32(b, at + 40)
    if (mode === CLIENT) {
      // a simple client has nothing to say but when it sent, if that
      if (u32(b, at + 24) === 0 && u32(b, at + 32) === 0)
        return (isNow(sent) && sent !== 0 ? CERTAIN : UNSURE) | who
      return isNow(u32(b, at + 24)) || isNow(sent) ? CERTAIN | who : UNSURE | who
    }
    if (!isNow(sent) || sent === 0) return b[at + 1] === 0 ? UNSURE | who : NOT
    const isNear = mode === BROADCAST || mode < CLIENT || Math.abs((sent - u32(b, at + 32)) | 0) < 86_400
    return (isNear ? CERTAIN : UNSURE) | who
  },
}

/** Operation, sequence, status, association, offset, count of what follows. */
function controlLikeness(b: Uint8Array, at: number, length: number): number {
  if (length < 12 || (b[at + 1] & 31) === 0) return NOT
  return UNSURE | ((b[at + 1] & 0x80) !== 0 ? FROM_SERVER : FROM_CLIENT)
}
