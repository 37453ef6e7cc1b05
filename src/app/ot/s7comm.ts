/**
 * S7comm: programming and operating of Siemens S7-300, 400, 1200 and 1500, and what imitates them, over ISO on TCP (see tpkt.ts,
 * s7-pdu.ts). A connection request alone is enough where both TSAPs are those of S7.
 *
 * Functions of `act` are those of jobs below 256, of userdata group * 256 + subfunction (see s7-functions.ts), and 224 and 128 for
 * connecting and disconnecting the transport; S7comm-plus within has its own. There is no unit. Addresses are numbers of data
 * blocks, and those of s7-areas.ts for all else.
 */
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'
import { s7AreaText } from './s7-areas.ts'
import { readS7Packet, S7_DATA_MEMORY } from './s7-data.ts'
import { s7Actions, s7Name } from './s7-functions.ts'
import { s7Length, s7Sender } from './s7-pdu.ts'
import { plusAnswered, plusName } from './s7plus-pdu.ts'
import * as T from './tpkt.ts'

export const s7comm: Protocol = {
  id: 's7comm',
  service: 's7comm',
  transports: [TCP],
  isStrict: 'at-first',
  firstBytes: [3],
  memory: S7_DATA_MEMORY,

  probe(b, at, end) {
    if (at >= end || b[at] !== 3) return NOT
    const kind = T.connectionKind(b, at, end)
    if (kind !== T.NO_CONNECTION) {
      const who = T.isConfirm(b, at) ? FROM_SERVER : FROM_CLIENT
      return kind === T.S7 ? CERTAIN | who : kind === T.S7_LIKE ? UNSURE | who : NOT
    }
    const from = T.firstData(b, at, end)
    if (from < 0) return NOT
    const length = T.dataLength(b, from)
    const here = Math.min(end, from + length)
    const stated = s7Length(b, from, here)
    if (stated <= 0 || (stated > length ? T.isLast(b, from) : stated < length)) return NOT
    const sender = s7Sender(b, from, here)
    if (sender === 0) return UNSURE
    return CERTAIN | (sender === 1 ? FROM_CLIENT : sender === 2 ? FROM_SERVER : 0)
  },

  length: T.tpktLength,

  read(b, at, end, _length, to) {
    readS7Packet(b, at, end, to)
  },

  functionActions: fn => plusAnswered(fn) ?? s7Actions(fn),
  functionName: fn => plusName(fn) ?? s7Name(fn),
  areaText: s7AreaText,
}
