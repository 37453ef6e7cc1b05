/**
 * FTP's control connection: RFC 959 (commands: section 5.3, replies: 4.2), RFC 2428 (EPRT, EPSV), RFC 4217 (AUTH TLS). Data
 * connections are announced; transfers themselves are not read.
 *
 * Only the end that opened the conversation commands, only the other one replies, and a passive port is told only to who asked
 * for one, once for each time: other lines announce nothing. Where no command was seen at all, what was asked is not known.
 */
import { bytesFrom, initialsOfAnyCase } from '../first-bytes.ts'
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
import {
  afterDigits,
  decimal,
  dottedAddress,
  findAnyCase,
  isAnyCase,
  isCode,
  isDigit,
  isText,
  isWord,
  lineEnd,
} from './text.ts'

const COMMA = 0x2c
const DOT = 0x2e
/** commands that nothing else of this kind has, and those that POP3 and SMTP have too */
const OWN = [
  'pasv',
  'epsv',
  'eprt ',
  'port ',
  'syst',
  'feat',
  'type ',
  'stor ',
  'cwd ',
  'pwd',
  'mlsd',
  'pbsz ',
]
const SHARED = ['user ', 'auth ', 'retr ', 'list', 'quit', 'opts ', 'size ', 'mkd ', 'pass ']
const FIRST_LETTERS = [...OWN, ...SHARED].reduce((bits, word) => bits | (1 << (word.charCodeAt(0) & 31)), 0)
const MOST_LINE = 2048

/** memory, as bits: what the client commanded; passive ports that the server owes it */
const ASKED_TLS = 1
const HAS_COMMANDED = 2
const PASSIVE = 4
const EXTENDED_PASSIVE = 8

export const ftp: Protocol = {
  id: 'ftp',
  service: 'ftp',
  transports: [TCP],
  firstBytes: [...bytesFrom(0x31, 0x36), ...initialsOfAnyCase([...OWN, ...SHARED])],
  memory: 1,

  probe(b, at, end) {
    if (end - at < 4) return NOT
    if (isCode(b, at, end, 6)) return replyLikeness(b, at, end)
    const letter = b[at]
    if ((letter & 0xc0) !== 0x40 || (FIRST_LETTERS & (1 << (letter & 31))) === 0) return NOT
    const feed = lineEnd(b, at, end, MOST_LINE)
    if (feed < 0 || !isText(b, at, feed, 64)) return NOT
    for (const word of OWN) if (isCommand(b, at, end, word)) return CERTAIN | FROM_CLIENT
    for (const word of SHARED) if (isCommand(b, at, end, word)) return UNSURE | FROM_CLIENT
    return NOT
  },

  length(b, at, end) {
    // digits of a reply, letters of a command, blanks of a line that goes on; Telnet's interrupt comes before ABOR
    if (b[at] < 0x09 || (b[at] > 0x7a && b[at] < 0xf0)) return -1
    const feed = lineEnd(b, at, end, MOST_LINE)
    return feed >= 0 ? feed + 1 - at : end - at < MOST_LINE ? 0 : -1
  },

  read(b, at, end, length, to) {
    const last = Math.min(end, at + length)
    if (to.fromOrig) readCommand(b, at, last, to)
    else if (isDigit(b[at])) readReply(b, at, last, to)
  },
}

/** A command without argument ends its line. */
function isCommand(b: Uint8Array, at: number, end: number, word: string): boolean {
  if (!isAnyCase(b, at, end, word)) return false
  const behind = b[at + word.length]
  return word.endsWith(' ') || behind === 0x0d || behind === 0x0a || behind === 0x20
}

function replyLikeness(b: Uint8Array, at: number, end: number): number {
  if ((b[at + 3] !== 0x20 && b[at + 3] !== 0x2d) || !isText(b, at, end, 32)) return NOT
  if (isWord(b, at, end, '227 Entering Passive') || isWord(b, at, end, '229 ')) return CERTAIN | FROM_SERVER
  const feed = lineEnd(b, at, end, MOST_LINE)
  if (feed < 0) return NOT
  if (!isWord(b, at, end, '220')) return UNSURE | FROM_SERVER
  const says = findAnyCase(b, at, feed, 'ftp') >= 0 || findAnyCase(b, at, feed, 'filezilla') >= 0
  return (says && findAnyCase(b, at, feed, 'smtp') < 0 ? CERTAIN : UNSURE) | FROM_SERVER
}

function readCommand(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (isDigit(b[at])) return
  to.memory[0] |= HAS_COMMANDED
  if (isAnyCase(b, at, end, 'port ')) return announceFrom(b, at + 5, end, to)
  if (isAnyCase(b, at, end, 'eprt ')) return announceExtended(b, at + 5, end, to)
  if (isCommand(b, at, end, 'pasv')) to.memory[0] |= PASSIVE
  else if (isCommand(b, at, end, 'epsv')) to.memory[0] |= EXTENDED_PASSIVE
  else if (isAnyCase(b, at, end, 'auth tls') || isAnyCase(b, at, end, 'auth ssl')) to.memory[0] |= ASKED_TLS
}

function readReply(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (isWord(b, at, end, '234') && (to.memory[0] & ASKED_TLS) !== 0) {
    to.opaque()
    return to.done()
  }
  const isExtended = isWord(b, at, end, '229')
  if (!isExtended && !isWord(b, at, end, '227')) return
  const owed = isExtended ? EXTENDED_PASSIVE : PASSIVE
  if ((to.memory[0] & HAS_COMMANDED) !== 0 && (to.memory[0] & owed) === 0) return
  to.memory[0] &= ~owed
  let i = at + 4
  while (i < end && b[i] !== 0x28) i++
  if (isExtended) return announceExtended(b, i + 1, end, to)
  // some servers leave the bracket out
  if (i === end) for (i = at + 3; i + 1 < end && !isDigit(b[i + 1]); ) i++
  announceFrom(b, i + 1, end, to)
}

/** `192,0,2,1,195,80`: an address and the two bytes of a port that the sender listens at. */
function announceFrom(b: Uint8Array, at: number, end: number, to: Notes): void {
  const address = dottedAddress(b, at, end, COMMA)
  let i = at
  for (let part = 0; part < 4; part++) i = afterDigits(b, i, end) + 1
  const high = decimal(b, i, end)
  const low = decimal(b, afterDigits(b, i, end) + 1, end)
  if (high < 0 || high > 255 || low < 0 || low > 255 || high + low === 0) return
  to.announce(TCP, (high << 8) | low, true, address)
}

/** `|1|192.0.2.1|50000|` or `|||50000|`: protocol, address and port between three equal signs. */
function announceExtended(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at >= end) return
  const sign = b[at]
  let i = at + 1
  while (i < end && b[i] !== sign) i++
  const address = b[at + 1] === 0x31 ? dottedAddress(b, i + 1, end, DOT) : 0
  i++
  while (i < end && b[i] !== sign) i++
  const port = decimal(b, i + 1, end)
  if (port > 0 && port < 65536) to.announce(TCP, port, true, address)
}
