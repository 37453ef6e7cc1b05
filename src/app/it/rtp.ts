/**
 * RTP and RTCP: RFC 3550 (headers: sections 5.1 and 6.4). Few bits of them are fixed, so that they are only a hint where no call
 * announced them; a report that is followed by another one to its very end is more.
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const HEADER = 12
/** version 2 in the first two bits */
const VERSION = 0x80
const SENDER_REPORT = 200
const EXTENDED_REPORT = 207
const MOST_REPORTS = 16

/** types with a meaning of their own (RFC 3551, section 6), and those that calls agree on */
const isType = (type: number): boolean => type <= 34 || (type >= 96 && type <= 127)

export const rtp: Protocol = {
  id: 'rtp',
  service: 'rtp',
  transports: [UDP],
  firstBytes: bytesFrom(VERSION, VERSION | 0x3f),

  probe(b, at, end, { length }) {
    if ((b[at] & 0xc0) !== VERSION || end - at < 8) return NOT
    const type = b[at + 1]
    if (type >= SENDER_REPORT && type <= EXTENDED_REPORT) return reportLikeness(b, at, end, length)
    if (!isType(type & 0x7f) || end - at < HEADER) return NOT
    const sources = b[at] & 15
    // behind the header: sources, and a padding whose length is the last byte
    const content = length - HEADER - 4 * sources
    if (content <= 0 || u32(b, at + 8) === 0 || sources > 4) return NOT
    return (b[at] & 0x20) !== 0 && end - at === length && (b[end - 1] === 0 || b[end - 1] > content)
      ? NOT
      : UNSURE
  },
}

/** Reports, each with its length in words, fill the datagram. */
function reportLikeness(b: Uint8Array, at: number, end: number, length: number): number {
  let i = at
  let reports = 0
  while (i + 8 <= end && reports < MOST_REPORTS) {
    if ((b[i] & 0xc0) !== VERSION || b[i + 1] < SENDER_REPORT || b[i + 1] > EXTENDED_REPORT) break
    i += 4 * (u16(b, i + 2) + 1)
    reports++
  }
  if (reports === 0 || i > at + length) return NOT
  return i === at + length && reports > 1 && b[at + 1] <= SENDER_REPORT + 1 ? CERTAIN : UNSURE
}
