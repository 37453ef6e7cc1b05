/**
 * Telnet: RFC 854 (commands), RFC 855 (options). Recognised by options being negotiated; a login prompt alone is a hint.
 */
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { findAnyCase, isText } from './text.ts'

const IAC = 255
const SUBNEGOTIATION = 250
const DONT = 254
/** IANA Telnet Options: 0-49, 138-140, 255 */
const isOption = (option: number): boolean => option < 50 || (option >= 138 && option <= 140)
const PORT = 23
const PROMPTS = ['login:', 'username:', 'password:']

export const telnet: Protocol = {
  id: 'telnet',
  service: 'telnet',
  transports: [TCP],
  // commands, and text that ends with a prompt
  firstBytes: [IAC, 0x09, 0x0a, 0x0d, ...bytesFrom(0x20, 0x7e)],

  probe(b, at, end, carrier) {
    if (end - at < 3) return NOT
    if (b[at] !== IAC) return carrier.srcPort === PORT ? promptLikeness(b, at, end, carrier.length) : NOT
    if (b[at + 1] < SUBNEGOTIATION || b[at + 1] > DONT || !isOption(b[at + 2])) return NOT
    if (b[at + 1] === SUBNEGOTIATION) return UNSURE
    if (end - at === 3) return UNSURE
    const isNext = b[at + 3] === IAC && (end - at === 4 || (b[at + 4] >= SUBNEGOTIATION && b[at + 4] < IAC))
    return isNext && end - at >= 6 && isOption(b[at + 5]) ? CERTAIN : UNSURE
  },
}

/** A hint that counts at its own port only: text whose last bytes ask who is there. */
function promptLikeness(b: Uint8Array, at: number, end: number, wire: number): number {
  if (end - at < wire || !isText(b, at, end, 64)) return NOT
  for (const prompt of PROMPTS)
    if (findAnyCase(b, Math.max(at, end - 16), end, prompt) >= 0) return UNSURE | FROM_SERVER
  return NOT
}
