/**
 * NTLM messages inside another protocol's bytes: MS-NLMP, sections 2.2.1.2 (challenge: the server's names) and 2.2.1.3
 * (authenticate: the client's workstation). They are in clear whatever carries them.
 */
import { u16le, u32le } from '../little.ts'
import type { Notes } from '../protocol.ts'
import { isWord } from './text.ts'

const SIGNATURE = 'NTLMSSP\0'
const CHALLENGE = 2
const AUTHENTICATE = 3
/** MsvAvNbComputerName */
const COMPUTER_NAME = 1
const MOST_PAIRS = 16
/** bytes looked through for a message: what wraps it is short */
const MOST_WRAPPING = 256

/** Tells the name that the sender of an NTLM message at or behind `at` gives itself, and answers whether it did. */
export function hearNtlm(b: Uint8Array, at: number, end: number, to: Notes): boolean {
  const last = Math.min(end, at + MOST_WRAPPING)
  for (let i = at; i + 12 <= last; i++) {
    if (b[i] !== 0x4e || !isWord(b, i, end, SIGNATURE)) continue
    const name =
      u32le(b, i + 8) === CHALLENGE
        ? computerName(b, i, end)
        : u32le(b, i + 8) === AUTHENTICATE
          ? field(b, i, i + 44, end)
          : ''
    if (name !== '') to.heard('name', name)
    return name !== ''
  }
  return false
}

/** The pair of that number in the target information of a challenge. */
function computerName(b: Uint8Array, message: number, end: number): string {
  if (message + 48 > end) return ''
  let pair = message + u32le(b, message + 44)
  const last = Math.min(end, pair + u16le(b, message + 40))
  if (pair < message) return ''
  for (let left = MOST_PAIRS; left > 0 && pair + 4 <= last; left--) {
    const length = u16le(b, pair + 2)
    if (u16le(b, pair) === COMPUTER_NAME) return wide(b, pair + 4, Math.min(last, pair + 4 + length))
    pair += 4 + length
  }
  return ''
}

/** A field of a message: its length, its room, and where it begins from the start of the message. */
function field(b: Uint8Array, message: number, at: number, end: number): string {
  if (at + 8 > end) return ''
  const start = message + u32le(b, at + 4)
  return start < message ? '' : wide(b, start, Math.min(end, start + u16le(b, at)))
}

/** Text of 16-bit characters, little-endian; '' where it is not plain ASCII, or longer than names are. */
function wide(b: Uint8Array, at: number, end: number): string {
  if (end - at > 128) return ''
  let text = ''
  for (let i = at; i + 2 <= end; i += 2) {
    const c = u16le(b, i)
    if (c < 0x20 || c > 0x7e) return ''
    text += String.fromCharCode(c)
  }
  return text.trim()
}
