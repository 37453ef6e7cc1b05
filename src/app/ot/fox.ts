/**
 * Niagara Fox: no public specification; its greeting is plain text ("fox a 1 -1 fox hello", then a block of properties), as
 * public scanners and captures show it. Recognised, and the greeting is read for who the ends are; what is done after it is
 * not told.
 */

import { initials } from '../first-bytes.ts'
import { afterDigits, fieldValue, findAnyCase, isDigit, isWord, printable } from '../it/text.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'

const LONGEST_GREETING = 8192
const END = '\n};;\n'

/** "fox a 1 -1 fox hello": kind, sequence, what it answers (-1 = nothing), channel, command. */
function isHello(b: Uint8Array, at: number, end: number): boolean {
  if (!isWord(b, at, end, 'fox a ')) return false
  const after = afterDigits(b, at + 6, Math.min(end, at + 16))
  return isWord(b, after, end, ' -1 fox hello\n')
}

export const fox: Protocol = {
  id: 'fox',
  service: 'fox',
  transports: [TCP],
  firstBytes: initials(['fox ']),

  probe(b, at, end) {
    // the client's first number is 1, the server's 0
    if (isHello(b, at, end))
      return CERTAIN | (b[at + 6] === 0x31 ? FROM_CLIENT : b[at + 6] === 0x30 ? FROM_SERVER : 0)
    if (!isWord(b, at, end, 'fox ') || end - at < 8) return NOT
    return b[at + 5] === 0x20 && isDigit(b[at + 6]) ? UNSURE : NOT
  },

  length(b, at, end) {
    if (end - at < 6) return 0
    if (!isWord(b, at, end, 'fox ')) return -1
    const last = findAnyCase(b, at, Math.min(end, at + LONGEST_GREETING), END)
    return last >= 0 ? last + END.length - at : end - at >= LONGEST_GREETING ? -1 : 0
  },

  read(b, at, end, _length, to) {
    if (!isHello(b, at, end)) return to.done()
    if (b[at + 6] === 0x30 || b[at + 6] === 0x31) to.client(b[at + 6] === 0x31)
    say(b, at, end, 'hostname=s:', 'name', to)
    say(b, at, end, 'station.name=s:', 'name', to)
    say(b, at, end, 'app.name=s:', 'role', to)
    say(b, at, end, 'app.version=s:', 'version', to)
    say(b, at, end, 'brandid=s:', 'vendor', to)
  },
}

function say(
  b: Uint8Array,
  at: number,
  end: number,
  field: string,
  what: 'name' | 'role' | 'version' | 'vendor',
  to: Notes,
): void {
  const value = fieldValue(b, at, end, field)
  if (value < 0) return
  const text = printable(b, value, end)
  if (text !== '') to.heard(what, text)
}
