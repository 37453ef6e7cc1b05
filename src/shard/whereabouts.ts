import { MOST_PLACES, Places } from '../flow/places.ts'
import { contextOf } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Context } from '../records.ts'
import type { SeenPlace } from '../shared/seen-place.ts'

/** Most places remembered per flow beyond its first; a flow seen in more is marked all the same. */
const MOST_SEEN = 16
const UNKNOWN_ZONE = -2
/** tap of the broadcast domain that stands for the unknown place's */
const NOWHERE = -2
/** bits of a context in front of a group's zone, which is 1 for a VLAN of several zones, 2 for one of none */
const CONTEXT_BITS = 20
const GROUP_ZONES = 3

/** The policy context of a row's key, whether or not it speaks to a group. */
export const flowContext = (context: number): number => context & ((1 << CONTEXT_BITS) - 1)

/** Where the flows of a shard are seen: what the policy makes of a place, and the places a flow was seen in. */
export class Whereabouts {
  private policy: CompiledPolicy | undefined
  /** places by index, as the dispatcher tells them */
  private readonly list: readonly SeenPlace[]
  private readonly domains = new Places()
  /** by place: one more than its policy context, 0 = not asked for yet; touched only as far as there are places */
  readonly contexts = new Int32Array(MOST_PLACES)
  /** by place: broadcast domain */
  private readonly domainsByPlace: number[] = []
  private readonly seen = new Map<number, number[]>()
  private readonly vlans = new Uint16Array(8)

  /** `list` grows as the dispatcher meets places. */
  constructor(policy: CompiledPolicy | undefined, list: readonly SeenPlace[]) {
    this.policy = policy
    this.list = list
  }

  /** Another policy is to say what the contexts of places are; its taps are those of the one before. */
  reload(policy: CompiledPolicy | undefined): void {
    this.policy = policy
    this.contexts.fill(0, 0, this.list.length)
  }

  /** A place by its index. */
  at(place: number): SeenPlace {
    return this.list[place]
  }

  /** Policy context of a place; without a policy the VLAN stack and VNI make the context. */
  contextOf(place: number): number {
    const known = this.contexts[place]
    return known > 0 ? known - 1 : this.newContext(place)
  }

  /**
   * Context of traffic to a group: it is judged once for each zone in whose VLAN it is seen (contract, One to many), so
   * that zone is part of the flow's key. `flowContext` takes it off again.
   */
  groupContextOf(place: number): number {
    const context = this.contextOf(place)
    if (this.policy === undefined) return context
    const { vlans, declaredTap, unknown } = this.at(place)
    if (unknown) return context | ((UNKNOWN_ZONE + GROUP_ZONES) << CONTEXT_BITS)
    const count = this.fillVlans(vlans, this.vlans)
    const zone = this.policy.zoneOfVlans(this.vlans, count, declaredTap)
    return context | ((zone + GROUP_ZONES) << CONTEXT_BITS)
  }

  private newContext(place: number): number {
    const { vlans, vni, declaredTap, unknown } = this.at(place)
    let context: number
    if (this.policy === undefined) context = this.domainOf(place)
    // the policy's own context of a place of which nothing is known
    else if (unknown) context = 0
    else context = this.policy.contextOf(this.vlans, this.fillVlans(vlans, this.vlans), vni, declaredTap)
    this.contexts[place] = context + 1
    return context
  }

  /** Copies a VLAN stack into a question's array; returns how many there are. */
  fillVlans(vlans: readonly number[], into: Uint16Array): number {
    for (let i = 0; i < vlans.length; i++) into[i] = vlans[i]
    return vlans.length
  }

  /** Number of the broadcast domain of a place: its VLAN stack and VNI. */
  domainOf(place: number): number {
    const known = this.domainsByPlace[place]
    if (known !== undefined) return known
    const { vlans, vni, unknown } = this.at(place)
    const packed = new Int32Array(4)
    for (let i = 0; i < vlans.length; i++) packed[i >> 1] |= i & 1 ? vlans[i] : vlans[i] << 16
    const domain = this.domains.intern(packed, 0, vlans.length, vni, unknown ? NOWHERE : -1, -1)
    this.domainsByPlace[place] = domain
    return domain
  }

  /** Notes that a flow is now seen in `place`; true when it is new to this flow. */
  spread(table: FlowTable, row: number, place: number): boolean {
    const { hot, cold } = table
    const h = row * R.HOT_WORDS
    hot[h + R.PLACE] = place
    if (cold[row * R.COLD_WORDS + R.FIRST_PLACE] === place) return false
    hot[h + R.STATE] |= R.SPREAD
    const serial = cold[row * R.COLD_WORDS + R.SERIAL]
    const seen = this.seen.get(serial)
    if (seen === undefined) {
      this.seen.set(serial, [place])
      return true
    }
    if (seen.includes(place) || seen.length >= MOST_SEEN) return false
    seen.push(place)
    return true
  }

  /** True when a flow was seen in `place` before. */
  isSeenIn(table: FlowTable, row: number, place: number): boolean {
    if (table.cold[row * R.COLD_WORDS + R.FIRST_PLACE] === place) return true
    if ((table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD) === 0) return false
    return this.seen.get(table.cold[row * R.COLD_WORDS + R.SERIAL])?.includes(place) === true
  }

  /** The places a flow was seen in besides its first. */
  otherPlaces(table: FlowTable, row: number): readonly number[] {
    if ((table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD) === 0) return []
    return this.seen.get(table.cold[row * R.COLD_WORDS + R.SERIAL]) ?? []
  }

  /** Frees what was kept for a row that ends. */
  forget(table: FlowTable, row: number): void {
    if (table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD)
      this.seen.delete(table.cold[row * R.COLD_WORDS + R.SERIAL])
  }

  /** Context of a flow's first frame and of the other places it was seen in, as records have them. */
  contextsOf(table: FlowTable, row: number): { context: Context | undefined; seenIn: Context[] | undefined } {
    const c = row * R.COLD_WORDS
    const context = contextOf(this.at(table.cold[c + R.FIRST_PLACE]))
    if (!(table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD)) return { context, seenIn: undefined }
    const known = new Set([JSON.stringify(context)])
    const seenIn: Context[] = []
    for (const place of this.otherPlaces(table, row)) {
      const other = contextOf(this.at(place)) ?? {}
      const text = JSON.stringify(other)
      if (known.has(text)) continue
      known.add(text)
      seenIn.push(other)
    }
    return { context, seenIn: seenIn.length > 0 ? seenIn : undefined }
  }
}
