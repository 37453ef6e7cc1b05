/**
 * PTP over UDP and Ethernet: IEEE 1588-2019 (version 2, clause 13), IEEE 802.1AS-2020; IEEE 1588-2002 (version 1).
 *
 * Functions of `act` are the message types: 0 = sync, 1 = delay request, 2 = peer delay request, 3 = its response, 8 = follow-up,
 * 9 = delay response, 10 = follow-up of a peer delay response, 11 = announce, 12 = signaling, 13 = management; version 1 goes by
 * the same numbers. The unit is the domain (version 2). No addresses.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { isPadding } from '../ot/datagram.ts'
import { CERTAIN, ETHERNET, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const PTP = 0x88f7
/** version 2: type, version, length, domain; 34 bytes in all */
const HEADER = 34
const LENGTH_AT = 2
const DOMAIN_AT = 4
const MANAGEMENT = 13
const SIGNALING = 12
/** what a management message wants: 0 get, 1 set, 2 response, 3 command, 4 acknowledgement */
const ACTION_AT = 46

/** version 1: version, network version, subdomain (a text of 16 bytes), kind; control */
const HEADER_1 = 40
const SUBDOMAIN_AT = 4
const KIND_AT = 20
const CONTROL_AT = 32
const OF_CONTROL = [0, 1, 8, 9, MANAGEMENT]

const NAMES: Readonly<Record<number, string>> = {
  0: 'sync',
  1: 'delay request',
  2: 'peer delay request',
  3: 'peer delay response',
  8: 'follow-up',
  9: 'delay response',
  10: 'peer delay response follow-up',
  11: 'announce',
  [SIGNALING]: 'signaling',
  [MANAGEMENT]: 'management',
}
/** the least that messages of version 2 have */
const LEAST: Readonly<Record<number, number>> = {
  0: 44,
  1: 44,
  2: 54,
  3: 54,
  8: 44,
  9: 54,
  10: 54,
  11: 64,
  [SIGNALING]: 44,
  [MANAGEMENT]: 48,
}

const isVersion1 = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= HEADER_1 &&
  u16(b, at) === 1 &&
  u16(b, at + 2) === 1 &&
  // subdomains begin with an underscore: _DFLT, _ALT1
  b[at + SUBDOMAIN_AT] === 0x5f &&
  (b[at + KIND_AT] === 1 || b[at + KIND_AT] === 2) &&
  b[at + CONTROL_AT] < OF_CONTROL.length

function managementActions(b: Uint8Array, at: number, end: number): number {
  if (at + ACTION_AT >= end) return A.UNKNOWN
  switch (b[at + ACTION_AT] & 15) {
    case 0:
      return A.READ
    case 1:
      return A.CONFIGURE
    case 3:
      return A.CONTROL
    default:
      return A.UNKNOWN
  }
}

export const ptp: Protocol = {
  id: 'ptp',
  service: 'ptp',
  transports: [ETHERNET, UDP],
  ethertypes: [PTP],
  isStrict: true,

  probe(b, at, end, carrier) {
    const isOwn = carrier.transport === ETHERNET
    if (isOwn && carrier.ethertype !== PTP) return NOT
    if (end - at < 4) return NOT
    const version = b[at + 1] & 15
    if (version !== 2) return version === 1 && isVersion1(b, at, end) ? CERTAIN : NOT
    const least = LEAST[b[at] & 15]
    const stated = u16(b, at + LENGTH_AT)
    if (least === undefined || stated < least || stated > carrier.length) return NOT
    if (isOwn) return CERTAIN
    // over UDP two bytes may follow, for hardware that sums up
    const rest = carrier.length - stated
    const isPort = carrier.dstPort === 319 || carrier.dstPort === 320
    return rest <= 2 && isPort ? CERTAIN : UNSURE
  },

  read(b, at, end, length, to) {
    if (isVersion1(b, at, end)) {
      const fn = OF_CONTROL[b[at + CONTROL_AT]]
      return to.act(fn === MANAGEMENT ? A.UNKNOWN : A.TIME, fn, -1, -1, 0, 0)
    }
    const fn = end > at ? b[at] & 15 : 0
    if (end - at < HEADER || LEAST[fn] === undefined || u16(b, at + LENGTH_AT) > length) {
      to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
      return end - at < Math.min(length, HEADER) ? to.short() : to.unfit()
    }
    // over UDP two bytes may follow, Ethernet fills frames up
    const stated = u16(b, at + LENGTH_AT)
    const isAlone =
      to.carrier.transport === UDP ? length - stated <= 2 : isPadding(b, at, at + stated, end, length)
    if (!isAlone) to.unfit()
    const domain = b[at + DOMAIN_AT]
    if (fn !== MANAGEMENT) return to.act(A.TIME, fn, domain, -1, 0, 0)
    const action = at + ACTION_AT < end ? b[at + ACTION_AT] & 15 : 0
    if (action === 2 || action === 4) return to.answer(fn, domain, false)
    to.act(managementActions(b, at, end), fn, domain, -1, 0, 0)
    if (at + ACTION_AT >= end) to.short()
  },

  functionActions: fn => (fn === MANAGEMENT || LEAST[fn] === undefined ? A.UNKNOWN : A.TIME),
  functionName: fn => NAMES[fn],
}
