/**
 * PROFINET real time, straight on Ethernet: IEC 61158-6-10, 4.2.2.3 (frame ids), 4.6 and 4.7 (RT and RTA), 4.4 (PTCP).
 * DCP is in profinet-dcp.ts, the context manager over UDP in profinet-cm.ts; both count as service `profinet`.
 *
 * Functions of `act`: 1, 2, 3 = cyclic data of class 1, 2 and 3 (isochronous); 10 = alarm of high, 11 = of low priority, 12 = the
 * relation ends with an error; 20 = time synchronisation, 21 = its follow-up, 22 = announcement, 23 = delay measurement; 30-33 = DCP; 40 = fragment;
 * 0 = any other frame id. There is no unit. Area 0 holds frame ids; the other areas are DCP's. Whether cyclic data are inputs
 * or outputs is agreed by the context manager and cannot be told from the frame: they are reports.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import {
  CERTAIN,
  ETHERNET,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Protocol,
  UNSURE,
} from '../protocol.ts'
import { isPadding } from './datagram.ts'
import { DCP_GET, DCP_HELLO, DCP_IDENTIFY, DCP_SET, dcpEnd, dcpText, isDcp, readDcp } from './profinet-dcp.ts'

const REAL_TIME = 0x8892
const FRAME_IDS = 0

const RESERVED = 0
const CLASS_1 = 1
const CLASS_2 = 2
const CLASS_3 = 3
const ALARM_HIGH = 10
const ALARM_LOW = 11
const ABORT = 12
const SYNC = 20
const FOLLOW_UP = 21
const ANNOUNCE = 22
const DELAY = 23
const FRAGMENT = 40
const DCP = 30

const NAMES: Readonly<Record<number, string>> = {
  [RESERVED]: 'frame of an id that is not known',
  [CLASS_1]: 'cyclic data',
  [CLASS_2]: 'cyclic data, class 2',
  [CLASS_3]: 'cyclic data, isochronous',
  [ALARM_HIGH]: 'alarm, high priority',
  [ALARM_LOW]: 'alarm, low priority',
  [ABORT]: 'end of the relation with an error',
  [SYNC]: 'time synchronisation',
  [FOLLOW_UP]: 'time synchronisation, follow-up',
  [ANNOUNCE]: 'time synchronisation, announcement',
  [DELAY]: 'delay measurement',
  [DCP_GET]: 'DCP get',
  [DCP_SET]: 'DCP set',
  [DCP_IDENTIFY]: 'DCP identify',
  [DCP_HELLO]: 'DCP hello',
  [FRAGMENT]: 'fragment',
}

/** What frames of an id are. */
function classOf(id: number): number {
  if (id >= 0x8000 && id <= 0xbfff) return CLASS_2
  if (id >= 0xc000 && id <= 0xfbff) return CLASS_1
  if (id >= 0x0100 && id <= 0x0fff) return CLASS_3
  if (id < 0x8000) return id === 0x20 || id === 0x21 || id === 0x80 || id === 0x81 ? SYNC : RESERVED
  if (id === 0xfc01) return ALARM_HIGH
  if (id === 0xfe01) return ALARM_LOW
  if (id >= 0xfefc && id <= 0xfeff) return DCP
  if (id === 0xff00 || id === 0xff01) return ANNOUNCE
  if (id === 0xff20 || id === 0xff21) return FOLLOW_UP
  if (id >= 0xff40 && id <= 0xff43) return DELAY
  if (id >= 0xff80 && id <= 0xff8f) return FRAGMENT
  return RESERVED
}

/** cyclic data of at least 40 bytes end with a cycle counter, the data status and the transfer status */
const SHORTEST = 2 + 40 + 4
/** bits of the data status that are always 0 */
const NO_STATUS = 0x48
const hasStatus = (b: Uint8Array, at: number, end: number, length: number): boolean =>
  end - at === length && length >= SHORTEST && (b[end - 2] & NO_STATUS) === 0 && b[end - 1] === 0

/** after the frame id: destination and source of the alarm, its type, flags, three words, then data */
const ALARM_TYPE_AT = 6
const ALARM_DATA_AT = 14
const DATA_RTA = 1
const NACK_RTA = 2
const ACK_RTA = 3
const ERR_RTA = 4
/** block of an alarm's acknowledgement: this bit and the alarm's type */
const ACKNOWLEDGEMENT = 0x8000

export const profinet: Protocol = {
  id: 'profinet',
  service: 'profinet',
  transports: [ETHERNET],
  ethertypes: [REAL_TIME],

  probe(b, at, end, carrier) {
    if (carrier.ethertype !== REAL_TIME || end - at < 4) return NOT
    const kind = classOf(u16(b, at))
    if (kind === DCP) {
      if (!isDcp(b, at, end, carrier.length)) return NOT
      if (b[at + 2] === 6) return CERTAIN
      return CERTAIN | (b[at + 3] === 0 ? FROM_CLIENT : FROM_SERVER)
    }
    if (kind === ALARM_HIGH || kind === ALARM_LOW) {
      if (end - at <= ALARM_TYPE_AT) return UNSURE
      // version 1 and one of four types
      const type = b[at + ALARM_TYPE_AT]
      return type > 0x10 && type <= 0x14 ? CERTAIN : NOT
    }
    if (kind === RESERVED) return NOT
    return kind <= CLASS_3 && hasStatus(b, at, end, carrier.length) ? CERTAIN : UNSURE
  },

  read(b, at, end, length, to) {
    if (end - at < 2) {
      to.act(A.UNKNOWN, RESERVED, -1, -1, 0, 0)
      return length > end - at ? to.short() : to.unfit()
    }
    const id = u16(b, at)
    const kind = classOf(id)
    switch (kind) {
      case CLASS_1:
      case CLASS_2:
      case CLASS_3:
        return to.act(A.REPORT, kind, -1, FRAME_IDS, id, id)
      case SYNC:
      case FOLLOW_UP:
      case ANNOUNCE:
      case DELAY:
        return to.act(A.TIME, kind, -1, FRAME_IDS, id, id)
      case ALARM_HIGH:
      case ALARM_LOW: {
        if (end - at < ALARM_DATA_AT + 2) {
          to.act(A.REPORT, kind, -1, FRAME_IDS, id, id)
          return length > end - at ? to.short() : to.unfit()
        }
        const type = b[at + ALARM_TYPE_AT] & 15
        if (type === ACK_RTA || type === NACK_RTA) return to.answer(kind, -1, type === NACK_RTA)
        if (type === ERR_RTA) return to.act(A.SESSION, ABORT, -1, FRAME_IDS, id, id)
        if (type === DATA_RTA && (u16(b, at + ALARM_DATA_AT) & ACKNOWLEDGEMENT) !== 0)
          return to.answer(kind, -1, false)
        to.act(A.REPORT, kind, -1, FRAME_IDS, id, id)
        return type === DATA_RTA ? undefined : to.unfit()
      }
      case DCP:
        if (isDcp(b, at, end, length)) {
          readDcp(b, at, end, to)
          return isPadding(b, at, dcpEnd(b, at), end, length) ? undefined : to.unfit()
        }
        to.act(A.UNKNOWN, DCP_SET, -1, -1, 0, 0)
        return length > end - at ? to.short() : to.unfit()
      default:
        // fragments carry frames of any kind, in pieces
        return to.act(A.UNKNOWN, kind, -1, FRAME_IDS, id, id)
    }
  },

  functionActions(fn) {
    // what was set may have been a reset, too
    if (fn === DCP_SET) return A.CONFIGURE | MAYBE
    if (fn === DCP_GET) return A.READ
    if (fn === DCP_IDENTIFY || fn === DCP_HELLO) return A.DISCOVER
    if (fn >= SYNC && fn <= DELAY) return A.TIME
    if (fn === ABORT) return A.SESSION
    return NAMES[fn] === undefined || fn === RESERVED || fn === FRAGMENT ? A.UNKNOWN : A.REPORT
  },
  functionName: fn => NAMES[fn],

  areaText(area, first, last) {
    if (area !== FRAME_IDS) return dcpText(area, first, last)
    const hex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`
    return `frame id ${first === last ? hex(first) : `${hex(first)}-${hex(last)}`}`
  },
}
