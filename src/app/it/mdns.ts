/**
 * Multicast DNS: RFC 6762 (messages: section 18). Who announces addresses of a name says that it is its own.
 */
import { u16 } from '../../wire/bytes.ts'
import { NOT, type Protocol, UDP } from '../protocol.ts'
import {
  afterName,
  DNS_HEADER,
  firstLabel,
  groupLikeness,
  RECORD_HEAD,
  RESPONSE,
  TEXT,
} from './dns-message.ts'

const PORT = 5353
const A = 1
const AAAA = 28
/** records looked at of one message */
const MOST_RECORDS = 32
/** of a class: nobody else has such a record */
const UNIQUE = 0x8001

export const mdns: Protocol = {
  id: 'mdns',
  service: 'mdns',
  transports: [UDP],
  memory: 1,

  probe(b, at, end, { srcPort, dstPort, length }) {
    // who asks from another port gets an answer of plain DNS from this one
    if (srcPort !== PORT && dstPort !== PORT) return NOT
    return groupLikeness(b, at, end, length)
  },

  read(b, at, end, _length, to) {
    const whose = to.fromOrig ? 1 : 2
    if ((to.memory[0] & whose) !== 0 || end - at < DNS_HEADER || u16(b, at + 2) < RESPONSE) return
    let i = at + DNS_HEADER
    for (let left = Math.min(MOST_RECORDS, u16(b, at + 4)); left > 0; left--) {
      i = afterName(b, i, end, at, TEXT) + 4
      if (i < at + DNS_HEADER) return
    }
    for (let left = MOST_RECORDS; left > 0 && i < end; left--) {
      const type = afterName(b, i, end, at, TEXT)
      if (type < 0 || type + RECORD_HEAD > end) return
      const isAddress = u16(b, type) === A || u16(b, type) === AAAA
      if (isAddress && u16(b, type + 2) === UNIQUE) {
        const label = b[i] >= 0xc0 ? at + (u16(b, i) & 0x3fff) : i
        const name = firstLabel(b, label, end)
        if (name === '') return
        to.memory[0] |= whose
        return to.heard('name', name)
      }
      i = type + RECORD_HEAD + u16(b, type + 8)
    }
  },
}
