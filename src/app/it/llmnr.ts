/** LLMNR: RFC 4795 (messages: section 2.1.1). Who answers for a name says that it is its own. */
import { u16 } from '../../wire/bytes.ts'
import { LIKENESS, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'
import { DNS_HEADER, firstLabel, groupLikeness, RESPONSE } from './dns-message.ts'

const PORT = 5355
/** another machine answered for the same name */
const CONFLICT = 0x0400

export const llmnr: Protocol = {
  id: 'llmnr',
  service: 'llmnr',
  transports: [UDP, TCP],
  memory: 1,

  probe(b, at, end, { transport, srcPort, dstPort, length }) {
    if (srcPort !== PORT && dstPort !== PORT) return NOT
    const start = transport === TCP ? at + 2 : at
    if (end - start < DNS_HEADER || u16(b, start + 4) !== 1) return NOT
    const likeness = groupLikeness(b, start, end, length - (start - at))
    return (likeness & LIKENESS) !== NOT && (u16(b, start + 2) & 0x00f0) !== 0 ? UNSURE : likeness
  },

  read(b, at, end, _length, to) {
    if (to.carrier.transport === TCP) return to.done()
    if (to.memory[0] !== 0 || end - at < DNS_HEADER) return
    const flags = u16(b, at + 2)
    if (flags < RESPONSE || (flags & CONFLICT) !== 0 || u16(b, at + 6) === 0) return
    const name = firstLabel(b, at + DNS_HEADER, end)
    // numbers are asked for the other way round: 4.3.2.1.in-addr.arpa
    if (name === '' || (name.charCodeAt(0) >= 0x30 && name.charCodeAt(0) <= 0x39)) return
    to.memory[0] = 1
    to.heard('name', name)
  },
}
