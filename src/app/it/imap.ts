/** IMAP: RFC 9051 and RFC 3501 (commands with tags: section 2.2.1, greeting: 7.1). Recognised only. */
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { findAnyCase, isAnyCase, isText, isWord, lineEnd } from './text.ts'

const COMMANDS = ['capability', 'login ', 'authenticate ', 'starttls', 'select ', 'logout', 'noop', 'id (']
/** tags are short */
const MOST_TAG = 12
const SPACE = 0x20

/** letters, digits, and the dot and dash that programs put between */
const isTagByte = (c: number): boolean =>
  (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x2e || c === 0x2d

export const imap: Protocol = {
  id: 'imap',
  service: 'imap',
  transports: [TCP],
  firstBytes: [0x2a, ...bytesFrom(0x20, 0x7e).filter(isTagByte)],

  probe(b, at, end) {
    if (end - at < 6) return NOT
    if (b[at] === 0x2a) {
      if (
        !isWord(b, at, end, '* OK') &&
        !isWord(b, at, end, '* PREAUTH') &&
        !isWord(b, at, end, '* CAPABILITY')
      )
        return NOT
      const feed = lineEnd(b, at, end, 1024)
      if (feed < 0 || !isText(b, at, end, 32)) return NOT
      return (findAnyCase(b, at, feed, 'imap') > 0 ? CERTAIN : UNSURE) | FROM_SERVER
    }
    let i = at
    while (i < end && i < at + MOST_TAG && isTagByte(b[i])) i++
    if (i === at || i >= end || b[i] !== SPACE || lineEnd(b, i, end, 1024) < 0) return NOT
    for (const command of COMMANDS) if (isAnyCase(b, i + 1, end, command)) return CERTAIN | FROM_CLIENT
    return NOT
  },
}
