/** NetBIOS sessions: RFC 1002, section 4.3, by the request that opens one and its answers. SMB follows, which is not read here. */
import { u16, u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { isNetbiosName, NAME_LENGTH } from './netbios-name.ts'

const REQUEST = 0x81
const POSITIVE = 0x82
const NEGATIVE = 0x83
const RETARGET = 0x84
const HEADER = 4

export const nbss: Protocol = {
  id: 'nbss',
  service: 'nbss',
  transports: [TCP],
  firstBytes: bytesFrom(REQUEST, RETARGET),

  probe(b, at, end, carrier) {
    if (b[at] < REQUEST || b[at] > RETARGET || end - at < HEADER || b[at + 1] > 1) return NOT
    switch (b[at]) {
      case REQUEST:
        // the name that is called, and the one that calls
        if (u16(b, at + 2) < 2 * NAME_LENGTH || !isNetbiosName(b, at + HEADER, end)) return NOT
        return CERTAIN | FROM_CLIENT
      case POSITIVE:
        return u32(b, at) === POSITIVE << 24 && carrier.length === HEADER ? UNSURE | FROM_SERVER : NOT
      case NEGATIVE:
        // RFC 1002, section 4.3.4: 0x80 to 0x83, 0x8f
        if (carrier.length !== HEADER + 1 || u16(b, at + 2) !== 1 || end - at < HEADER + 1) return NOT
        return (b[at + 4] & 0xf0) === 0x80 ? CERTAIN | FROM_SERVER : NOT
      default:
        return u16(b, at + 2) === 6 && carrier.length === HEADER + 6 ? UNSURE | FROM_SERVER : NOT
    }
  },
}
