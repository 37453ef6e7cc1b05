/**
 * Telnet: RFC 854 (commands), RFC 855 (options). Recognised by options being negotiated; a login prompt alone is a hint.
 */
import { CERTAIN, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { findAnyCase, isText } from './text.ts'

const IAC = 255
const SUBNEGOTIATION = 250
const DONT = 254
/** IANA Telnet Options: 0-49, 138-140, 255 */
const isOption = (option: number): boolean => option < 50 || (option >= 138 && option <= 140)
const PROMPTS = ['login:', 'username:', 'password:']

export const telnet: Protocol = {
  id: 'telnet',
  service: 'telnet',
  transports: [TCP],

  probe(b, at, end, carrier) {
    if (end - at < 3) return NOT
    if (b[at] !== IAC) {
      // prompts end what a server sends first
      if (carrier.length > 512 || !isText(b, at, end, 512)) return NOT
      for (const prompt of PROMPTS) if (findAnyCase(b, at, end, prompt) >= 0) return UNSURE | FROM_SERVER
      return NOT
    }
    if (b[at + 1] < SUBNEGOTIATION || b[at + 1] > DONT || !isOption(b[at + 2])) return NOT
    if (b[at + 1] === SUBNEGOTIATION) return UNSURE
    if (end - at === 3) return UNSURE
    const isNext = b[at + 3] === IAC && (end - at === 4 || (b[at + 4] >= SUBNEGOTIATION && b[at + 4] < IAC))
    return isNext && end - at >= 6 && isOption(b[at + 5]) ? CERTAIN : UNSURE
  },
}
