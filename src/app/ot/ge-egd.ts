/**
 * Ethernet Global Data of GE: GFK-1541 (TCP/IP Ethernet Communications, Ethernet Global Data), as public dissectors have it:
 * data messages are type 13, version 1, then number of the request, producer, exchange, time, status, configuration, a zero.
 *
 * Functions of `act`: 13, the type of data messages. Unit: none. Area 0: exchange numbers.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { u32le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, NOT, numbersText, type Protocol, UDP } from '../protocol.ts'

const DATA = 13
const VERSION = 1
const EXCHANGE_AT = 8
const NANOSECONDS_AT = 16
const RESERVED_AT = 28
const HEADER = 32
/** most bytes of an exchange */
const MOST = 1400

export const geEgd: Protocol = {
  id: 'ge-egd',
  service: 'ge-egd',
  transports: [UDP],
  firstBytes: [DATA],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || b[at] !== DATA || b[at + 1] !== VERSION) return NOT
    if (carrier.length <= HEADER || carrier.length > HEADER + MOST || u32(b, at + RESERVED_AT) !== 0)
      return NOT
    // the producer has an address, and a second has 10^9 of these
    const nanoseconds = u32le(b, at + NANOSECONDS_AT)
    if (u32(b, at + 4) === 0 || nanoseconds < 0 || nanoseconds > 999_999_999) return NOT
    return u32le(b, at + EXCHANGE_AT) > 0 ? CERTAIN | FROM_CLIENT : NOT
  },

  read(b, at, end, _length, to) {
    if (end - at < HEADER) return to.short()
    to.client(true)
    if (b[at] !== DATA || b[at + 1] !== VERSION) {
      to.act(A.UNKNOWN, b[at], -1, -1, 0, 0)
      return to.unfit()
    }
    const exchange = u32le(b, at + EXCHANGE_AT)
    to.act(A.REPORT, DATA, -1, 0, exchange, exchange)
  },

  functionName: fn => (fn === DATA ? 'data' : undefined),
  areaText: (_area, first, last) => `exchange ${numbersText(first, last)}`,
}
