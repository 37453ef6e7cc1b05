/** POP3: RFC 1939 (commands and answers: section 3), RFC 2449 (CAPA), RFC 2595 (STLS). Recognised only. */
import { initials, initialsOfAnyCase } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { isAnyCase, isText, isWord, lineEnd } from './text.ts'

const OWN = ['capa\r\n', 'stls\r\n', 'apop ', 'uidl\r\n', 'uidl ']
const SHARED = ['user ', 'pass ', 'auth', 'stat\r\n', 'list', 'retr ', 'quit\r\n']

export const pop3: Protocol = {
  id: 'pop3',
  service: 'pop3',
  transports: [TCP],
  firstBytes: [...initials(['+OK', '-ERR']), ...initialsOfAnyCase([...OWN, ...SHARED])],

  probe(b, at, end) {
    if (end - at < 5) return NOT
    if (b[at] === 0x2b || b[at] === 0x2d) {
      const isAnswer = isWord(b, at, end, '+OK') || isWord(b, at, end, '-ERR')
      if (!isAnswer || !isText(b, at, end, 32)) return NOT
      // others say +OK too
      return UNSURE | FROM_SERVER
    }
    if ((b[at] & 0xc0) !== 0x40 || lineEnd(b, at, end, 512) < 0) return NOT
    for (const word of OWN) if (isAnyCase(b, at, end, word)) return CERTAIN | FROM_CLIENT
    for (const word of SHARED) if (isAnyCase(b, at, end, word)) return UNSURE | FROM_CLIENT
    return NOT
  },
}
