import type { FlowFacts } from '../finding/facts.ts'
import { timeOrder } from '../finding/words.ts'

/** Addresses, MACs, zones, VLANs and services kept of each machine. */
export const MOST_OF_EACH = 64

/** Deeds kept of each machine: all that there are of those that matter, for any that is no test bench. */
export const MOST_DEEDS = 96

/** One machine as far as it showed itself, as a value that may travel between threads. Its lists are never changed, only replaced. */
export interface Machine {
  /** declared: its id, and nothing else tells it apart */
  asset: string | undefined
  /** that id; of others the address, or the MAC where there is none, in this zone */
  id: string
  zone: string | undefined
  addresses: readonly string[]
  macs: readonly string[]
  zones: readonly string[]
  vlans: readonly number[]
  offered: readonly string[]
  used: readonly string[]
  /** what it was seen to do, with ">" where it asked and "<" where it was asked: texts of roles.ts */
  deeds: readonly string[]
  /** RFC 3339 UTC, and the same as seconds since 1970 */
  first: string
  firstSeconds: number
  last: string
  lastSeconds: number
  /** ends of records it stood at */
  ends: number
  /** partitions of the flow table in which it is among those kept, as bits */
  keepers: number
}

export const NONE: readonly never[] = []

/** A machine as the first record shows it of an end: its address, MAC and zone. */
export function newMachine(
  { record, startSeconds, endSeconds }: FlowFacts,
  asset: string | undefined,
  address: string | undefined,
  mac: string | undefined,
  zone: string | undefined,
): Machine {
  return {
    asset,
    id: asset ?? address ?? mac ?? '',
    zone: asset === undefined ? zone : undefined,
    addresses: address === undefined ? NONE : [address],
    zones: zone === undefined ? NONE : [zone],
    macs: NONE,
    vlans: NONE,
    offered: NONE,
    used: NONE,
    deeds: NONE,
    first: record.start,
    firstSeconds: startSeconds,
    last: record.end,
    lastSeconds: endSeconds,
    ends: 0,
    keepers: 0,
  }
}

/**
 * Adds an item to a list of the first `most` in `order`, and gives the list there is then. Which items are kept depends
 * on the items alone, not on when or in which thread they come.
 */
export function keep<T>(
  list: readonly T[],
  item: T,
  most: number,
  order: (a: T, b: T) => number,
): readonly T[] {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const o = order(item, list[middle])
    if (o === 0) return list
    if (o < 0) high = middle
    else low = middle + 1
  }
  if (low >= most) return list
  return list.length < most ? list.toSpliced(low, 0, item) : list.toSpliced(low, 0, item).slice(0, most)
}

/** Short before long, then by code: tcp/22, tcp/502, tcp/10000. Cheap, and good to cut by. */
export const shortFirst = (a: string, b: string): number =>
  a === b ? 0 : a.length - b.length || (a < b ? -1 : 1)

export const ascending = (a: number, b: number): number => a - b

/** Widens the time in which a machine was seen. */
export function widen(
  m: Machine,
  start: string,
  startSeconds: number,
  end: string,
  endSeconds: number,
): void {
  if (startSeconds < m.firstSeconds || (startSeconds === m.firstSeconds && timeOrder(start, m.first) < 0)) {
    m.first = start
    m.firstSeconds = startSeconds
  }
  if (endSeconds > m.lastSeconds || (endSeconds === m.lastSeconds && timeOrder(end, m.last) > 0)) {
    m.last = end
    m.lastSeconds = endSeconds
  }
}

/** Adds what was seen of the same machine elsewhere. */
export function join(m: Machine, other: Machine, most: number): void {
  for (const address of other.addresses) m.addresses = keep(m.addresses, address, most, shortFirst)
  for (const mac of other.macs) m.macs = keep(m.macs, mac, most, shortFirst)
  for (const zone of other.zones) m.zones = keep(m.zones, zone, most, shortFirst)
  for (const vlan of other.vlans) m.vlans = keep(m.vlans, vlan, most, ascending)
  for (const service of other.offered) m.offered = keep(m.offered, service, most, shortFirst)
  for (const service of other.used) m.used = keep(m.used, service, most, shortFirst)
  for (const deed of other.deeds) m.deeds = keep(m.deeds, deed, MOST_DEEDS, shortFirst)
  widen(m, other.first, other.firstSeconds, other.last, other.lastSeconds)
  m.ends += other.ends
}

/** Order in which machines are kept when there are too many: declared ones, then by when they were first seen. */
export function sooner(a: Machine, b: Machine): number {
  if ((a.asset === undefined) !== (b.asset === undefined)) return a.asset === undefined ? 1 : -1
  return timeOrder(a.first, b.first) || shortFirst(a.id, b.id) || shortFirst(a.zone ?? '', b.zone ?? '')
}
