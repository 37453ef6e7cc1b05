/**
 * TeamViewer: no public specification. The two bytes that its messages over TCP begin with (17 24, and 11 30 in newer
 * connections) are known from the rules of public traffic classifiers; they are too few to be certain of, and nothing is read.
 */
import { u16 } from '../../wire/bytes.ts'
import { NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'

const MAGIC = 0x1724
const NEWER = 0x1130
/** over UDP the same two bytes come behind a zero and ten more */
const UDP_MAGIC_AT = 11

export const teamviewer: Protocol = {
  id: 'teamviewer',
  service: 'teamviewer',
  transports: [TCP, UDP],
  firstBytes: [0, MAGIC >> 8, NEWER >> 8],

  probe(b, at, end, carrier) {
    if (end - at < 4) return NOT
    if (carrier.transport === UDP)
      return end - at > UDP_MAGIC_AT + 2 && b[at] === 0 && u16(b, at + UDP_MAGIC_AT) === MAGIC ? UNSURE : NOT
    return u16(b, at) === MAGIC || u16(b, at) === NEWER ? UNSURE : NOT
  },
}
