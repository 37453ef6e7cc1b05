/**
 * IPFIX: RFC 7011 (section 3.1 the message header, 3.3.2 sets).
 *
 * Functions of `act`: the version, 10.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'

const VERSION = 10
const HEADER = 16

/**
 * How the sets from `at` to `last` come out: 1 = evenly, 0 = not all of them are here, -1 = they do not. Ids of templates are
 * `templates` and the one after it (0 in NetFlow 9, 2 in IPFIX), those from 256 on are data.
 */
export function setsFit(b: Uint8Array, at: number, end: number, last: number, templates: number): number {
  let set = at
  while (set < last) {
    if (last - set < 4) return -1
    if (set + 4 > end) return 0
    const id = u16(b, set)
    const length = u16(b, set + 2)
    if (length < 4 || (id < 256 && id !== templates && id !== templates + 1)) return -1
    set += length
  }
  return set === last ? 1 : -1
}

export const ipfix: Protocol = {
  id: 'ipfix',
  service: 'ipfix',
  transports: [UDP, TCP],
  firstBytes: [0],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER + 4 || u16(b, at) !== VERSION) return NOT
    const length = u16(b, at + 2)
    if (
      length < HEADER + 4 ||
      length > carrier.length ||
      (carrier.transport === UDP && length !== carrier.length)
    )
      return NOT
    const fits = setsFit(b, at + HEADER, end, at + length, 2)
    return fits < 0 ? NOT : (fits > 0 ? CERTAIN : UNSURE) | FROM_CLIENT
  },

  length(b, at, end) {
    if (end - at < 4) return end - at >= 2 && u16(b, at) !== VERSION ? -1 : 0
    return u16(b, at) !== VERSION || u16(b, at + 2) < HEADER ? -1 : u16(b, at + 2)
  },

  read(b, at, end, _length, to) {
    if (end - at < 4) return to.short()
    to.client(true)
    if (u16(b, at) === VERSION) return to.act(A.REPORT, VERSION, -1, -1, 0, 0)
    to.act(A.UNKNOWN, u16(b, at), -1, -1, 0, 0)
    to.unfit()
  },

  functionName: () => 'export',
}
