/**
 * SIP: RFC 3261 (request line: section 7.1, status line: 7.2, framing over TCP: 18.3). Media that a body describes are
 * announced as conversations of this one.
 */
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UDP } from '../protocol.ts'
import { announceMedia } from './session-description.ts'
import { blockEnd, decimal, fieldValue, isCode, isOneOf, isWord } from './text.ts'

/** RFC 3261 and what was added by 3262, 3265, 3311, 3428, 3515, 3903, 6086 */
const METHODS = [
  'INVITE ',
  'ACK ',
  'BYE ',
  'CANCEL ',
  'REGISTER ',
  'OPTIONS ',
  'PRACK ',
  'SUBSCRIBE ',
  'NOTIFY ',
  'UPDATE ',
  'MESSAGE ',
  'REFER ',
  'PUBLISH ',
  'INFO ',
]
const FIRST_LETTERS = METHODS.reduce((bits, method) => bits | (1 << (method.charCodeAt(0) - 0x41)), 0)
const TARGETS = ['sip:', 'sips:', 'tel:']
/** header lines and bodies longer than this are none that telephones send */
const MOST_HEAD = 16384
const MOST_BODY = 65536

function isRequest(b: Uint8Array, at: number, end: number): boolean {
  const letter = b[at] - 0x41
  if (letter < 0 || letter > 25 || (FIRST_LETTERS & (1 << letter)) === 0) return false
  for (const method of METHODS) {
    if (!isWord(b, at, end, method)) continue
    return isOneOf(b, at + method.length, end, TARGETS)
  }
  return false
}

const isReply = (b: Uint8Array, at: number, end: number): boolean =>
  isWord(b, at, end, 'SIP/2.0 ') && isCode(b, at + 8, end, 6)

export const sip: Protocol = {
  id: 'sip',
  service: 'sip',
  transports: [UDP, TCP],
  firstBytes: initials(['SIP/2.0 ', ...METHODS]),

  probe(b, at, end) {
    if (end - at < 12) return NOT
    if (isReply(b, at, end)) return CERTAIN | FROM_SERVER
    return isRequest(b, at, end) ? CERTAIN | FROM_CLIENT : NOT
  },

  length(b, at, end) {
    // both ends keep the connection with empty lines (RFC 5626, section 3.5.1)
    if (b[at] === 0x0d || b[at] === 0x0a) return 1
    if (end - at < 12) return b[at] < 0x41 || b[at] > 0x5a ? -1 : 0
    if (!isReply(b, at, end) && !isRequest(b, at, end)) return -1
    const head = blockEnd(b, at, end, MOST_HEAD)
    if (head < 0) return end - at < MOST_HEAD ? 0 : -1
    let field = fieldValue(b, at, head, 'content-length:')
    if (field < 0) field = fieldValue(b, at, head, 'l:')
    const body = field < 0 ? 0 : decimal(b, field, head)
    return body < 0 || body > MOST_BODY ? -1 : head - at + body
  },

  read(b, at, end, length, to) {
    const last = Math.min(end, at + length)
    const head = blockEnd(b, at, last, MOST_HEAD)
    if (head < 0 || head >= last) return
    let field = fieldValue(b, at, head, 'content-type:')
    if (field < 0) field = fieldValue(b, at, head, 'c:')
    // in a body of several parts the description's lines are found just as well
    if (field < 0 || !(isWord(b, field, head, 'application/sdp') || isWord(b, field, head, 'multipart/')))
      return
    announceMedia(b, head, last, to)
  },
}
