/**
 * HTTP/1.x: RFC 9112 (request line: section 3, status line: 4); HTTP/2 in clear by its preface and first frame: RFC 9113,
 * section 3.4 and 6.5. Methods: RFC 9110, WebDAV (RFC 4918). What is asked for is not read.
 */
import { u24, u32 } from '../../wire/bytes.ts'
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { isCode, isText, isWord, lineEnd } from './text.ts'

const METHODS = [
  'GET ',
  'POST ',
  'HEAD ',
  'PUT ',
  'DELETE ',
  'OPTIONS ',
  'CONNECT ',
  'PATCH ',
  'TRACE ',
  'PROPFIND ',
  'PROPPATCH ',
  'MKCOL ',
  'MOVE ',
  'COPY ',
  'LOCK ',
  'UNLOCK ',
  'REPORT ',
  'SEARCH ',
  'MERGE ',
]
/** one bit for each letter that a method begins with */
const FIRST_LETTERS = METHODS.reduce((bits, method) => bits | (1 << (method.charCodeAt(0) - 0x41)), 0)
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const SETTINGS = 4

/** Length of the method and its blank at `at`; 0 = none. */
function methodLength(b: Uint8Array, at: number, end: number): number {
  const letter = b[at] - 0x41
  if (letter < 0 || letter > 25 || (FIRST_LETTERS & (1 << letter)) === 0) return 0
  for (const method of METHODS) if (isWord(b, at, end, method)) return method.length
  return 0
}

export const http: Protocol = {
  id: 'http',
  service: 'http',
  transports: [TCP],
  firstBytes: [0, ...initials(['HTTP/1.', PREFACE, ...METHODS])],

  probe(b, at, end) {
    if (end - at < 9) return NOT
    if (b[at] === 0) return firstSettings(b, at, end)
    if (isWord(b, at, end, 'HTTP/1.'))
      return b[at + 8] === 0x20 && isCode(b, at + 9, end, 5) ? CERTAIN | FROM_SERVER : NOT
    if (isWord(b, at, end, PREFACE)) return CERTAIN | FROM_CLIENT
    const method = methodLength(b, at, end)
    if (method === 0) return NOT
    let feed = lineEnd(b, at, end)
    // a long target goes on in the next segment
    if (feed < 0) return isText(b, at + method, end, 64) ? UNSURE | FROM_CLIENT : NOT
    if (feed > at && b[feed - 1] === 0x0d) feed--
    return isWord(b, feed - 9, end, ' HTTP/1.') ? CERTAIN | FROM_CLIENT : NOT
  },
}

/** A frame of HTTP/2 as either end begins with it: settings, six bytes each, on stream 0. */
function firstSettings(b: Uint8Array, at: number, end: number): number {
  const isSettings = u24(b, at) % 6 === 0 && b[at + 1] === 0 && b[at + 3] === SETTINGS && b[at + 4] <= 1
  if (!isSettings || u32(b, at + 5) !== 0) return NOT
  // every setting has a number that is known
  return end - at >= 15 && u24(b, at) >= 6 && (b[at + 9] !== 0 || b[at + 10] === 0 || b[at + 10] > 9)
    ? NOT
    : UNSURE
}
