/** rsync daemons: the greeting "@RSYNCD: 31.0" of both ends (rsync's documentation, csprotocol.txt). Recognised only. */
import { initials } from '../first-bytes.ts'
import { CERTAIN, NOT, type Protocol, TCP } from '../protocol.ts'
import { isDigit, isWord } from './text.ts'

const GREETING = '@RSYNCD: '

export const rsync: Protocol = {
  id: 'rsync',
  service: 'rsync',
  transports: [TCP],
  firstBytes: initials([GREETING]),

  probe: (b, at, end) =>
    isWord(b, at, end, GREETING) && end - at > GREETING.length && isDigit(b[at + GREETING.length])
      ? CERTAIN
      : NOT,
}
