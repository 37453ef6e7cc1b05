/**
 * RTSP 1.0 and 2.0: RFC 2326 (request line: section 6.1, transport: 12.39, interleaved data: 10.12), RFC 7826. Media ports that
 * both ends agree on are announced as conversations of this one: the client's by its SETUP, or by the reply where that was not
 * seen, the server's by its reply.
 */
import { u16 } from '../../wire/bytes.ts'
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Notes, type Protocol, TCP, UDP } from '../protocol.ts'
import {
  afterDigits,
  blockEnd,
  decimal,
  fieldValue,
  findAnyCase,
  isCode,
  isOneOf,
  isWord,
  lineEnd,
} from './text.ts'

const METHODS = [
  'OPTIONS ',
  'DESCRIBE ',
  'SETUP ',
  'PLAY ',
  'PAUSE ',
  'TEARDOWN ',
  'ANNOUNCE ',
  'RECORD ',
  'GET_PARAMETER ',
  'SET_PARAMETER ',
  'REDIRECT ',
]
const TARGETS = ['rtsp://', 'rtspu://', '* RTSP/']
const FIRST_LETTERS = METHODS.reduce((bits, method) => bits | (1 << (method.charCodeAt(0) - 0x41)), 0)
const DOLLAR = 0x24
const DASH = 0x2d
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
  (isWord(b, at, end, 'RTSP/1.0 ') || isWord(b, at, end, 'RTSP/2.0 ')) && isCode(b, at + 9, end, 5)

export const rtsp: Protocol = {
  id: 'rtsp',
  service: 'rtsp',
  transports: [TCP, UDP],
  firstBytes: initials(['RTSP/', ...METHODS]),
  // whether the client was seen to set something up
  memory: 1,

  probe(b, at, end) {
    if (end - at < 12) return NOT
    if (isReply(b, at, end)) return CERTAIN | FROM_SERVER
    return isRequest(b, at, end) ? CERTAIN | FROM_CLIENT : NOT
  },

  length(b, at, end) {
    if (b[at] === DOLLAR) return end - at < 4 ? 0 : 4 + u16(b, at + 2)
    if (end - at < 20) return b[at] < 0x41 || b[at] > 0x5a ? -1 : 0
    if (!isReply(b, at, end) && !isRequest(b, at, end)) return -1
    const head = blockEnd(b, at, end, MOST_HEAD)
    if (head < 0) return end - at < MOST_HEAD ? 0 : -1
    const field = fieldValue(b, at, head, 'content-length:')
    const body = field < 0 ? 0 : decimal(b, field, head)
    return body < 0 || body > MOST_BODY ? -1 : head - at + body
  },

  read(b, at, end, _length, to) {
    if (b[at] === DOLLAR) return
    const transport = fieldValue(b, at, end, 'transport:')
    if (transport < 0) return
    const feed = lineEnd(b, transport, end)
    const last = feed < 0 ? end : feed
    const isAnswer = isReply(b, at, end)
    // neither end speaks for the other
    if (isAnswer === to.fromOrig || (!isAnswer && !isWord(b, at, end, 'SETUP '))) return
    if (!isAnswer) to.memory[0] = 1
    if (!isAnswer || to.memory[0] === 0)
      announcePorts(b, findAnyCase(b, transport, last, 'client_port='), last, !isAnswer, to)
    if (isAnswer) announcePorts(b, findAnyCase(b, transport, last, 'server_port='), last, true, to)
  },
}

/** `client_port=4588-4589`, or one port alone. */
function announcePorts(b: Uint8Array, at: number, end: number, isOfSender: boolean, to: Notes): void {
  if (at < 0) return
  const first = decimal(b, at + 12, end)
  const behind = afterDigits(b, at + 12, end)
  const last = behind < end && b[behind] === DASH ? decimal(b, behind + 1, end) : first
  if (first <= 0 || first > 65535) return
  to.announce(UDP, first, isOfSender, 0)
  if (last === first + 1 && last <= 65535) to.announce(UDP, last, isOfSender, 0)
}
