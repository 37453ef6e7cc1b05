/**
 * AMQP: 0-9-1 (section 4.2.2 protocol header, 4.2.3 frames) and OASIS AMQP 1.0 (part 2, section 2.2). Recognised only.
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP } from '../protocol.ts'
import { isWord } from './text.ts'

/** ids behind "AMQP": 0 AMQP, 1 0-9 and older, 2 TLS, 3 SASL */
const MOST_ID = 3
const METHOD = 1
const CONNECTION = 10
const START = 10

export const amqp: Protocol = {
  id: 'amqp',
  service: 'amqp',
  transports: [TCP],
  firstBytes: [METHOD, ...initials(['AMQP'])],

  probe(b, at, end) {
    if (end - at < 8) return NOT
    // version 1.0 is greeted by both ends, older ones by the client
    if (isWord(b, at, end, 'AMQP'))
      return b[at + 4] <= MOST_ID ? CERTAIN | (b[at + 5] === 1 ? 0 : FROM_CLIENT) : NOT
    // the server's first frame: method connection.start on channel 0, version 0-9
    if (b[at] !== METHOD || u16(b, at + 1) !== 0 || end - at < 13 || u32(b, at + 3) < 20) return NOT
    const isStart = u16(b, at + 7) === CONNECTION && u16(b, at + 9) === START
    return isStart && b[at + 11] === 0 && b[at + 12] <= 9 ? CERTAIN | FROM_SERVER : NOT
  },
}
