/**
 * Syslog: RFC 5424 (priority: section 6.2.1), RFC 3164 (the older form: 4.1), over TCP with a count before each message or a
 * line for it (RFC 6587, section 3.4).
 */
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'
import { afterDigits, decimal, isDigit, isOneOf, isText } from './text.ts'

const LESS = 0x3c
const GREATER = 0x3e
const SPACE = 0x20
/** facility 23, severity 7 */
const MOST_PRIORITY = 191
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ').map(month => `${month} `)

export const syslog: Protocol = {
  id: 'syslog',
  service: 'syslog',
  transports: [UDP, TCP],
  firstBytes: [LESS, ...bytesFrom(0x30, 0x39)],

  probe(b, at, end, { transport }) {
    let i = at
    if (transport === TCP && isDigit(b[at])) {
      i = afterDigits(b, at, Math.min(end, at + 6)) + 1
      if (i >= end || b[i - 1] !== SPACE) return NOT
    }
    if (b[i] !== LESS || end - i < 8) return NOT
    const priority = decimal(b, i + 1, Math.min(end, i + 4))
    const behind = afterDigits(b, i + 1, Math.min(end, i + 4))
    if (priority < 0 || priority > MOST_PRIORITY || b[behind] !== GREATER || behind + 6 > end) return NOT
    // no zeroes before the number
    if (b[i + 1] === 0x30 && behind !== i + 2) return NOT
    if (!isText(b, behind + 1, end, 16)) return NOT
    return (isDated(b, behind + 1, end) ? CERTAIN : UNSURE) | FROM_CLIENT
  },
}

/** "1 2026-" or "1 - " as RFC 5424 has it, "Nov 25 " or "2026-11-25T" as others do. */
function isDated(b: Uint8Array, at: number, end: number): boolean {
  if (isDigit(b[at]))
    return b[at + 1] === SPACE
      ? b[at + 2] === 0x2d || (isDigit(b[at + 2]) && isDigit(b[at + 3]))
      : isDigit(b[at + 3]) && b[at + 4] === 0x2d
  if (end - at < 7) return false
  return isOneOf(b, at, end, MONTHS) && isDigit(b[at + 5])
}
