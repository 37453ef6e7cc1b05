/**
 * NetFlow: versions 1, 5 and 7 as Cisco's "NetFlow Export Datagram Format" gives them, version 9: RFC 3954 (section 5).
 *
 * Functions of `act`: the version.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'
import { setsFit } from './ipfix.ts'

/** version -> bytes of the header and of each record; 9 has sets instead */
const FIXED: Readonly<Record<number, readonly [header: number, record: number]>> = {
  1: [16, 52],
  5: [24, 48],
  7: [24, 52],
}
const HEADER_9 = 20
const MOST_RECORDS = 30

export const netflow: Protocol = {
  id: 'netflow',
  service: 'netflow',
  transports: [UDP],
  firstBytes: [0],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < 16) return NOT
    const version = u16(b, at)
    const count = u16(b, at + 2)
    if (version === 9) {
      if (count === 0 || count > 1000 || carrier.length < HEADER_9 + 4) return NOT
      const fits = setsFit(b, at + HEADER_9, end, at + carrier.length, 0)
      return fits < 0 ? NOT : (fits > 0 ? CERTAIN : UNSURE) | FROM_CLIENT
    }
    const fixed = FIXED[version]
    if (fixed === undefined || count === 0 || count > MOST_RECORDS) return NOT
    return carrier.length === fixed[0] + count * fixed[1] ? CERTAIN | FROM_CLIENT : NOT
  },

  read(b, at, end, _length, to) {
    if (end - at < 4) return to.short()
    to.client(true)
    const version = u16(b, at)
    if (version === 9 || FIXED[version] !== undefined) return to.act(A.REPORT, version, -1, -1, 0, 0)
    to.act(A.UNKNOWN, version, -1, -1, 0, 0)
    to.unfit()
  },

  functionName: fn => `export version ${fn}`,
}
