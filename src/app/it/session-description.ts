/**
 * SDP (RFC 8866): where media are expected. Lines `m=audio 49170 RTP/AVP 0` and `c=IN IP4 192.0.2.1`, whose addresses count for
 * the medium they follow, or for all where they come first; RTCP goes to the next port (RFC 3550, section 11).
 */
import { type Notes, UDP } from '../protocol.ts'
import { afterDigits, decimal, dottedAddress, isWord, lineEnd } from './text.ts'

const DOT = 0x2e
const SPACE = 0x20
/** lines looked at of one description */
const MOST_LINES = 256

/** Announces the media ports that the sender describes in the lines at `at`. */
export function announceMedia(b: Uint8Array, at: number, end: number, to: Notes): void {
  let sessionAddress = 0
  let port = 0
  let address = 0
  let line = at
  for (let left = MOST_LINES; left > 0 && line < end; left--) {
    if (isWord(b, line, end, 'm=')) {
      announcePair(port, address, to)
      port = mediaPort(b, line, end)
      address = sessionAddress
    } else if (isWord(b, line, end, 'c=IN IP4 ')) {
      address = dottedAddress(b, line + 9, end, DOT)
      if (port === 0) sessionAddress = address
    }
    const feed = lineEnd(b, line, end)
    if (feed < 0) break
    line = feed + 1
  }
  announcePair(port, address, to)
}

/** The port of a media line whose transport is RTP's or UDP; 0 = none, or one that was refused. */
function mediaPort(b: Uint8Array, at: number, end: number): number {
  let i = at + 2
  while (i < end && b[i] > SPACE) i++
  const port = decimal(b, i + 1, end)
  const behind = afterDigits(b, i + 1, end)
  const transport = behind + 1
  const isDatagrams =
    isWord(b, transport, end, 'RTP/') || isWord(b, transport, end, 'UDP') || isWord(b, transport, end, 'udp')
  return isDatagrams && port > 0 && port < 65536 ? port : 0
}

function announcePair(port: number, address: number, to: Notes): void {
  if (port === 0) return
  to.announce(UDP, port, true, address)
  if (port < 65535) to.announce(UDP, port + 1, true, address)
}
