/**
 * Redis and what speaks like it: RESP2 and RESP3, Redis serialization protocol specification. What a command does is not read:
 * no actions are told.
 */
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { afterDigits, decimal, isDigit, isWord } from './text.ts'

const CR_LF = '\r\n'
/** arrays and strings of requests */
const ARRAY = 0x2a
const STRING = 0x24
/** replies: simple strings, errors, numbers, null, booleans, doubles, big numbers, verbatim, maps, sets, pushes */
const REPLIES = new Set(Array.from('+-:_#,(=%~>', sign => sign.charCodeAt(0)))

const isLetter = (c: number): boolean => (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a)

/** Position behind a number and the end of its line; -1 = there is none. */
function afterNumber(b: Uint8Array, at: number, end: number): number {
  const after = afterDigits(b, at, Math.min(end, at + 10))
  return after > at && isWord(b, after, end, CR_LF) ? after + 2 : -1
}

export const redis: Protocol = {
  id: 'redis',
  service: 'redis',
  transports: [TCP],
  firstBytes: [ARRAY, STRING, ...REPLIES],

  probe(b, at, end) {
    if (end - at < 4) return NOT
    if (b[at] === ARRAY) {
      const string = afterNumber(b, at + 1, end)
      if (string < 0) return NOT
      if (string >= end || b[string] !== STRING) return UNSURE
      const command = afterNumber(b, string + 1, end)
      const length = decimal(b, string + 1, end)
      if (command < 0 || length < 2 || length > 32) return UNSURE
      for (let i = command; i < command + length && i < end; i++)
        if (!isLetter(b[i]) && b[i] !== 0x2e) return UNSURE
      // requests hold commands; answers that are arrays may begin with any string
      return isWord(b, command + length, end, CR_LF) ? CERTAIN | FROM_CLIENT : UNSURE
    }
    if (b[at] === STRING)
      return afterNumber(b, at + 1, end) > 0 || isWord(b, at, end, '$-1\r\n') ? UNSURE | FROM_SERVER : NOT
    if (isWord(b, at, end, '+OK\r\n') || isWord(b, at, end, '+PONG\r\n')) return UNSURE | FROM_SERVER
    if (isWord(b, at, end, '-ERR ') || isWord(b, at, end, '-NOAUTH ')) return UNSURE | FROM_SERVER
    if (b[at] === 0x3a && isDigit(b[at + 1]))
      return afterNumber(b, at + 1, end) > 0 ? UNSURE | FROM_SERVER : NOT
    return REPLIES.has(b[at]) && isWord(b, end - 2, end, CR_LF) ? UNSURE | FROM_SERVER : NOT
  },
}
