/**
 * SSH: RFC 4253 (version exchange: section 4.2, packets: 6). Both versions are told, the rest is encrypted.
 */
import { u32 } from '../../wire/bytes.ts'
import { initials } from '../first-bytes.ts'
import { CERTAIN, NOT, type Protocol, TCP } from '../protocol.ts'
import { isWord, lineEnd, printable } from './text.ts'

const MOST_BANNER = 255
/** RFC 4253, section 6.1 */
const MOST_PACKET = 35_000
const KEX_INIT = 20

const isBanner = (b: Uint8Array, at: number, end: number): boolean =>
  isWord(b, at, end, 'SSH-2.0-') || isWord(b, at, end, 'SSH-1.')

export const ssh: Protocol = {
  id: 'ssh',
  service: 'ssh',
  transports: [TCP],
  firstBytes: [0, ...initials(['SSH-'])],
  memory: 1,

  probe(b, at, end) {
    if (end - at < 8) return NOT
    if (b[at] === 0x53) return isBanner(b, at, end) ? CERTAIN : NOT
    // a key exchange begins: packet, padding, message, 16 bytes that are random, names of methods
    const isPacket = b[at] === 0 && b[at + 1] === 0 && b[at + 5] === KEX_INIT && b[at + 4] >= 4
    if (!isPacket || end - at < 48) return NOT
    return u32(b, at) <= MOST_PACKET && b[at + 22] === 0 && b[at + 23] === 0 && isMethods(b, at + 26, end)
      ? CERTAIN
      : NOT
  },

  length(b, at, end) {
    if (b[at] === 0x53) {
      const feed = lineEnd(b, at, end, MOST_BANNER)
      return feed >= 0 ? feed + 1 - at : end - at < MOST_BANNER ? 0 : -1
    }
    if (end - at < 4) return 0
    const length = u32(b, at)
    return length >= 5 && length <= MOST_PACKET ? 4 + length : -1
  },

  read(b, at, end, _length, to) {
    if (isBanner(b, at, end)) {
      const version = printable(b, at, end, MOST_BANNER)
      if (version !== '') to.detail(to.fromOrig ? 'client' : 'server', version)
      to.opaque()
      to.memory[0] |= to.fromOrig ? 1 : 2
      if (to.memory[0] === 3) to.done()
      return
    }
    to.opaque()
    to.done()
  },
}

/** Names of methods are small letters, digits and dashes. */
function isMethods(b: Uint8Array, at: number, end: number): boolean {
  const last = Math.min(end, at + 16)
  for (let i = at; i < last; i++) {
    const c = b[i]
    const isName = (c >= 0x61 && c <= 0x7a) || (c >= 0x2c && c <= 0x39) || c === 0x40
    if (!isName) return false
  }
  return true
}
