/**
 * S7comm-plus: the same of Siemens S7-1200 and 1500 and their panels (see s7plus-pdu.ts), in TLS from TIA Portal V17 on.
 *
 * Functions of `act` are those of its PDUs (1211 explore, 1226 create object, 1346 set variables ...), 51 notifications, 254
 * system events; 224 and 128 connect and disconnect the transport. There is no unit; addresses as for S7comm.
 */
import * as A from '../../net/actions.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP } from '../protocol.ts'
import { s7AreaText } from './s7-areas.ts'
import { isTls, readS7Packet, S7_DATA_MEMORY } from './s7-data.ts'
import { s7Actions, s7Name } from './s7-functions.ts'
import { isPlus, plusAnswered, plusName, plusSender } from './s7plus-pdu.ts'
import * as T from './tpkt.ts'

const WHO = [0, FROM_CLIENT, FROM_SERVER]

export const s7commPlus: Protocol = {
  id: 's7comm-plus',
  service: 's7comm-plus',
  transports: [TCP],
  isStrict: 'at-first',
  firstBytes: [3],
  memory: S7_DATA_MEMORY,

  probe(b, at, end) {
    if (at >= end || b[at] !== 3) return NOT
    if (T.connectionKind(b, at, end) === T.S7_PLUS)
      return CERTAIN | (T.isConfirm(b, at) ? FROM_SERVER : FROM_CLIENT)
    const from = T.firstData(b, at, end)
    if (from < 0) return NOT
    const length = T.dataLength(b, from)
    const here = Math.min(end, from + length)
    if (isPlus(b, from, here, length)) return CERTAIN | WHO[plusSender(b, from, here)]
    return isTls(b, from, here) ? CERTAIN : NOT
  },

  length: T.tpktLength,

  read(b, at, end, _length, to) {
    readS7Packet(b, at, end, to)
  },

  functionActions: fn => plusAnswered(fn) ?? s7Actions(fn) ?? A.UNKNOWN,
  functionName: fn => plusName(fn) ?? s7Name(fn),
  areaText: s7AreaText,
}
