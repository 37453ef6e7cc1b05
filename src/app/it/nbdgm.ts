/** NetBIOS datagrams: RFC 1002, section 4.4. The name they come from is that of the machine. */
import { u16 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'
import { isNetbiosName, netbiosText, suffixOf, WORKSTATION } from './netbios-name.ts'

const DIRECT_UNIQUE = 0x10
const BROADCAST = 0x12
const ERROR = 0x13
const QUERY_NEGATIVE = 0x16
/** type, flags, number, address, port; then length and offset, or an error code, or a name */
const HEADER = 10
const NAMES = 14
/** file service: what Windows and Samba send browsing messages as */
const FILE_SERVICE = 0x20

export const nbdgm: Protocol = {
  id: 'nbdgm',
  service: 'nbdgm',
  transports: [UDP],
  firstBytes: bytesFrom(DIRECT_UNIQUE, QUERY_NEGATIVE),
  memory: 1,

  probe(b, at, end, carrier) {
    if (b[at] < DIRECT_UNIQUE || b[at] > QUERY_NEGATIVE || end - at < HEADER || b[at + 1] > 0x0f) return NOT
    if (b[at] === ERROR) return carrier.length === HEADER + 1 ? UNSURE : NOT
    const name = b[at] <= BROADCAST ? at + NAMES : at + HEADER
    return isNetbiosName(b, name, end) ? CERTAIN : NOT
  },

  read(b, at, end, _length, to) {
    const whose = to.fromOrig ? 1 : 2
    if ((to.memory[0] & whose) !== 0 || b[at] > BROADCAST || !isNetbiosName(b, at + NAMES, end)) return
    // who relays a datagram keeps its first sender's port, and is heard at another
    if (u16(b, at + 8) !== to.carrier.srcPort) return
    const suffix = suffixOf(b, at + NAMES)
    const name = suffix === WORKSTATION || suffix === FILE_SERVICE ? netbiosText(b, at + NAMES) : ''
    if (name === '') return
    to.memory[0] |= whose
    to.heard('name', name)
  },
}
