/**
 * DHCPv6: RFC 8415 (messages: sections 8 and 9, options: 21), RFC 4704 (client name). What a client says of itself is heard,
 * unless a relay brings it.
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'
import { firstLabel } from './dns-message.ts'
import { printable } from './text.ts'

const ADVERTISE = 2
const REPLY = 7
const RECONFIGURE = 10
const INFORMATION_REQUEST = 11
const RELAY_FORWARD = 12
const RELAY_REPLY = 13
const CLIENT_ID = 1
const RELAYED = 9
const VENDOR_CLASS = 16
const CLIENT_NAME = 39
/** RFC 8415, section 21, and the registry behind it */
const MOST_OPTION = 148
const MOST_OPTIONS = 48

/** lease queries (RFC 5007, RFC 5460), DHCPv4 inside (RFC 7341), failover (RFC 8156) */
const MOST_TYPE = 36
const LEASEQUERY_REPLY = 15
const LEASEQUERY_DATA = 17
const DHCPV4_RESPONSE = 21

const isOfServer = (type: number): boolean =>
  type === ADVERTISE ||
  type === REPLY ||
  type === RECONFIGURE ||
  type === RELAY_REPLY ||
  (type >= LEASEQUERY_REPLY && type <= LEASEQUERY_DATA) ||
  type === DHCPV4_RESPONSE

export const dhcpv6: Protocol = {
  id: 'dhcpv6',
  service: 'dhcpv6',
  transports: [UDP],
  firstBytes: bytesFrom(1, MOST_TYPE),
  memory: 1,

  probe(b, at, end, { length }) {
    if (b[at] === 0 || b[at] > MOST_TYPE || end - at < 8) return NOT
    const isRelay = b[at] === RELAY_FORWARD || b[at] === RELAY_REPLY
    if (isRelay && b[at + 1] > 32) return NOT
    const options = isRelay ? at + 34 : at + 4
    const who = isOfServer(b[at]) ? FROM_SERVER : FROM_CLIENT
    // options fill the message, one says who the client is, or holds what is relayed
    let isShown = false
    let i = options
    for (let left = MOST_OPTIONS; left > 0 && i + 4 <= end; left--) {
      const option = u16(b, i)
      const size = u16(b, i + 2)
      if (option === 0 || option > MOST_OPTION || i + 4 + size > at + length) return NOT
      // an identifier of the client says its own kind: 1 to 4
      if (option === CLIENT_ID && (size < 6 || (i + 6 <= end && (b[i + 4] !== 0 || b[i + 5] > 4)))) return NOT
      if (option === (isRelay ? RELAYED : CLIENT_ID)) isShown = true
      i += 4 + size
    }
    if (i < at + length && end - at === length) return NOT
    if (isShown) return CERTAIN | who
    return b[at] === INFORMATION_REQUEST ? UNSURE | who : NOT
  },

  read(b, at, end, _length, to) {
    if (to.memory[0] !== 0 || b[at] === RELAY_FORWARD || isOfServer(b[at])) return
    let i = at + 4
    for (let left = MOST_OPTIONS; left > 0 && i + 4 <= end; left--) {
      const last = Math.min(end, i + 4 + u16(b, i + 2))
      if (u16(b, i) === CLIENT_NAME) {
        const name = firstLabel(b, i + 5, last)
        if (name !== '') {
          to.heard('name', name)
          to.memory[0] = 1
        }
      } else if (u16(b, i) === VENDOR_CLASS && last - i > 10 && u32(b, i + 4) > 0) {
        // enterprise number, then texts with their length before each
        const text = printable(b, i + 10, Math.min(last, i + 10 + u16(b, i + 8)))
        if (text !== '') to.heard('product', text)
      }
      i += 4 + u16(b, i + 2)
    }
  },
}
