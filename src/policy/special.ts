import type { AddressRange } from './model.ts'
import type { Question } from './question.ts'
import { type RangeItem, RangeTable } from './ranges.ts'

/** What is special about an address range; bits of `specialOf`. */
export const NOT_EXTERNAL = 1
export const LOCAL = 2

/**
 * Ranges an external zone never holds, whatever prefixes it lists (contract, "Which zone an end is in"; RFC 6890,
 * RFC 4291), and the unspecified and link-local addresses among them, which no prefix places.
 */
const SPECIAL: readonly [number, AddressRange][] = [
  [LOCAL, range4(0, 0, '0.0.0.0')],
  [NOT_EXTERNAL, range4(0, 0x00ffffff, '0.0.0.0/8')],
  [NOT_EXTERNAL, range4(0x7f000000, 0x7fffffff, '127.0.0.0/8')],
  [NOT_EXTERNAL | LOCAL, range4(0xa9fe0000, 0xa9feffff, '169.254.0.0/16')],
  [NOT_EXTERNAL, range4(0xe0000000, 0xefffffff, '224.0.0.0/4')],
  [NOT_EXTERNAL, range4(0xffffffff, 0xffffffff, '255.255.255.255')],
  [NOT_EXTERNAL | LOCAL, range6([0, 0, 0, 0], [0, 0, 0, 0], '::')],
  [NOT_EXTERNAL, range6([0, 0, 0, 1], [0, 0, 0, 1], '::1')],
  [
    NOT_EXTERNAL | LOCAL,
    range6([0xfe800000, 0, 0, 0], [0xfebfffff, 0xffffffff, 0xffffffff, 0xffffffff], 'fe80::/10'),
  ],
  [NOT_EXTERNAL, range6([0xff000000, 0, 0, 0], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], 'ff00::/8')],
]

/** The special ranges as items of a RangeTable; their ids are `base` + index, read back with `specialOf`. */
export function specialItems(base: number): RangeItem[] {
  return SPECIAL.map(([, range], i) => ({ range, id: base + i }))
}

/** Bits of one special range by its index. */
export function specialBits(index: number): number {
  return SPECIAL[index][0]
}

const table = new RangeTable(specialItems(0))
const bitsOfList = table.lists.map(ids => ids.reduce((bits, id) => bits | SPECIAL[id][0], 0))

/** Unspecified or link-local: no prefix says where it is. */
export function isLocalAddress(version: number, words: ArrayLike<number>): boolean {
  return (bitsOfList[table.find(version, words)] & LOCAL) !== 0
}

/** One to many: a multicast or limited broadcast address, or without IP a MAC with the group bit. */
export function isGroup(q: Question): boolean {
  if (q.version === 4) return q.resp[3] >>> 28 === 0xe || q.resp[3] === 0xffffffff
  if (q.version === 6) return q.resp[0] >>> 24 === 0xff
  return (q.respMacHigh & 0x0100) !== 0
}

const ARP = 0x0806
const RARP = 0x8035
const SLOW_PROTOCOLS = 0x8809
const LLDP = 0x88cc
const IGMP = 2
const UDP = 17
const ICMP6 = 58

/**
 * Traffic that no router forwards and that only feeds detectors: ARP; LLDP and LACP to a group; the bridge group
 * addresses 01:80:c2:00:00:00..0f (IEEE 802.1Q table 8-1) and the CDP and PVST addresses of Cisco; 224.0.0.0/24
 * (RFC 5771), which holds VRRP, HSRP and routing hellos; interface- and link-local IPv6 groups (RFC 4291 section 2.7,
 * whatever their flag bits); neighbour discovery (RFC 4861) and multicast listener reports to a group, or where an end is
 * link-local; IGMP to a group (RFC 3376, TTL 1);
 * DHCP to 255.255.255.255.
 */
export function isLinkScope(q: Question): boolean {
  if (q.version === 0) {
    if (q.ethertype === ARP || q.ethertype === RARP) return true
    if ((q.ethertype === LLDP || q.ethertype === SLOW_PROTOCOLS) && (q.respMacHigh & 0x0100) !== 0)
      return true
    if (q.respMacHigh === 0x0180) return (q.respMacLow & 0xfffffff0) >>> 0 === 0xc2000000
    return q.respMacHigh === 0x0100 && (q.respMacLow === 0x0ccccccc || q.respMacLow === 0x0ccccccd)
  }
  if (q.version === 4) {
    if (q.resp[3] >>> 8 === 0xe00000 || (q.proto === IGMP && q.resp[3] >>> 28 === 0xe)) return true
    return q.resp[3] === 0xffffffff && q.proto === UDP && (isDhcp(q.origPort) || isDhcp(q.respPort))
  }
  const scope = q.resp[0] >>> 16
  if ((scope & 0xff0f) === 0xff01 || (scope & 0xff0f) === 0xff02) return true
  const near = q.resp[0] >>> 24 === 0xff || isLocalAddress(6, q.orig) || isLocalAddress(6, q.resp)
  return near && isNeighbourDiscovery(q)
}

/**
 * Neighbour discovery and multicast listener messages, which no router forwards (RFC 4861, RFC 3810). Between two addresses
 * with a prefix each that is a claim of the sender's: it is link-scope only where both are in one zone.
 */
export function isNeighbourDiscovery(q: Question): boolean {
  if (q.version !== 6 || q.proto !== ICMP6) return false
  const type = q.icmpType
  return (type >= 130 && type <= 137) || type === 143
}

function isDhcp(port: number): boolean {
  return port === 67 || port === 68
}

const REQUEST_OF_4: Readonly<Record<number, number>> = { 0: 8, 14: 13, 16: 15, 18: 17 }
const REQUEST_OF_6: Readonly<Record<number, number>> = { 129: 128, 140: 139 }

/**
 * The ICMP request type a reply type answers (RFC 792, RFC 950, RFC 4443, RFC 4620), or -1 when `type` is no reply:
 * the end that asked opened the conversation, even where only the answers are seen.
 */
export function icmpRequestOf(version: number, type: number): number {
  return (version === 4 ? REQUEST_OF_4[type] : REQUEST_OF_6[type]) ?? -1
}

function range4(first: number, last: number, text: string): AddressRange {
  return { version: 4, first: [0, 0, 0, first], last: [0, 0, 0, last], text, prefix: -1 }
}

function range6(first: AddressRange['first'], last: AddressRange['last'], text: string): AddressRange {
  return { version: 6, first, last, text, prefix: -1 }
}
