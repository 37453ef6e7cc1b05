/** SMTP and submission: RFC 5321 (commands: section 4.1, replies: 4.2), LMTP (RFC 2033). Recognised only. */
import { bytesFrom, initialsOfAnyCase } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { findAnyCase, isAnyCase, isCode, isText, isWord, lineEnd } from './text.ts'

const COMMANDS = ['ehlo ', 'helo ', 'lhlo ', 'mail from:', 'rcpt to:']

export const smtp: Protocol = {
  id: 'smtp',
  service: 'smtp',
  transports: [TCP],
  firstBytes: [...bytesFrom(0x31, 0x35), ...initialsOfAnyCase(COMMANDS)],

  probe(b, at, end) {
    if (end - at < 6) return NOT
    if (isCode(b, at, end, 5)) {
      if ((b[at + 3] !== 0x20 && b[at + 3] !== 0x2d) || !isText(b, at, end, 32)) return NOT
      const feed = lineEnd(b, at, end, 2048)
      if (feed < 0) return NOT
      return (
        (isWord(b, at, end, '220') && findAnyCase(b, at, feed, 'smtp') > 0 ? CERTAIN : UNSURE) | FROM_SERVER
      )
    }
    // e h l m r s in either case
    const letter = b[at] | 0x20
    if (
      letter !== 0x65 &&
      letter !== 0x68 &&
      letter !== 0x6c &&
      letter !== 0x6d &&
      letter !== 0x72 &&
      letter !== 0x73
    )
      return NOT
    for (const command of COMMANDS)
      if (isAnyCase(b, at, end, command) && isText(b, at, end, 64)) return CERTAIN | FROM_CLIENT
    return NOT
  },
}
