import { Contexts, NO, NONE, PERHAPS, UNKNOWN, VlanZones, YES } from './context.ts'
import type { MacPrefix, Model, ZoneContext } from './model.ts'
import { type RangeItem, RangeTable, sizeOf } from './ranges.ts'
import { LOCAL, NOT_EXTERNAL, specialBits, specialItems } from './special.ts'

/** Something that may place an end: an asset, or a network or MAC of a zone. */
interface Candidate {
  zone: number
  asset: number
}

const UNSET = -3

/**
 * Addresses and MACs to assets and zones. An answer is left in `zone` (index, NONE or UNKNOWN) and `asset` (index or
 * NONE). Assets win over networks, and among each kind the smallest range. A candidate that counts perhaps (its
 * zone's context cannot be told in this place) leaves the answer open as long as another zone could be meant.
 */
export class Locator {
  readonly contexts: Contexts
  readonly vlans: VlanZones
  zone = NONE
  asset = NONE
  private readonly model: Model
  private readonly table: RangeTable
  /** per list of the table: candidates in groups of equal rank, best first; and whether the address is local */
  private readonly groups: (Candidate[][] | undefined)[]
  private readonly candidates: Candidate[] = []
  private readonly ranks: bigint[] = []
  /** per context: zone and asset by list, UNSET until first asked */
  private readonly zoneOf: Int32Array[] = []
  private readonly assetOf: Int32Array[] = []
  private readonly assetMacs: MacTable
  private readonly zoneMacs: MacTable

  constructor(model: Model) {
    this.model = model
    this.contexts = new Contexts(model)
    this.vlans = new VlanZones(model, this.contexts)
    const items: RangeItem[] = []
    const add = (range: RangeItem['range'], candidate: Candidate) => {
      items.push({ range, id: this.candidates.push(candidate) - 1 })
      this.ranks.push(sizeOf(range))
    }
    for (const [index, asset] of model.assets.entries())
      for (const range of asset.addresses)
        add(range, { zone: asset.boundary ? NONE : asset.zone, asset: index })
    for (const [index, zone] of model.zones.entries())
      for (const range of zone.networks) add(range, { zone: index, asset: NONE })
    this.table = new RangeTable([...items, ...specialItems(this.candidates.length)])
    this.groups = new Array(this.table.lists.length)
    this.assetMacs = new MacTable(
      model.assets.flatMap((asset, index) =>
        asset.macs.map(mac => ({
          mac,
          candidate: { zone: asset.boundary ? NONE : asset.zone, asset: index },
        })),
      ),
    )
    this.zoneMacs = new MacTable(
      model.zones.flatMap((zone, index) =>
        zone.macs.map(mac => ({ mac, candidate: { zone: index, asset: NONE } })),
      ),
    )
  }

  /** Places an address (words as in a Question) in a context. */
  address(version: number, words: ArrayLike<number>, context: number): void {
    const list = this.table.find(version, words)
    let zones = this.zoneOf[context]
    if (zones === undefined) {
      zones = new Int32Array(this.table.lists.length).fill(UNSET)
      this.zoneOf[context] = zones
      this.assetOf[context] = new Int32Array(this.table.lists.length)
    }
    if (zones[list] === UNSET) {
      this.resolve(list, this.contexts.validity[context])
      zones[list] = this.zone
      this.assetOf[context][list] = this.asset
    }
    this.zone = zones[list]
    this.asset = this.assetOf[context][list]
  }

  /** Places a MAC in a context: an asset's, else a zone's; the longest prefix first. */
  mac(high: number, low: number, context: number): void {
    this.zone = NONE
    this.asset = NONE
    if (high === 0 && low === 0) return
    const valid = this.contexts.validity[context]
    if (!this.assetMacs.walk(this, high, low, valid)) this.zoneMacs.walk(this, high, low, valid)
  }

  /**
   * Takes the candidates of one rank into the answer. True when the answer is final: one of them counts for certain.
   * A boundary asset names the asset but leaves the zone to the networks.
   */
  take(group: readonly Candidate[], valid: Uint8Array): boolean {
    let best = NO
    for (const candidate of group) {
      const how = candidate.zone === NONE ? YES : valid[candidate.zone]
      if (how === YES) best = YES
      else if (how === PERHAPS && best === NO) best = PERHAPS
    }
    if (best === NO) return false
    let zoned = false
    for (const { zone, asset } of group) {
      if ((zone === NONE ? YES : valid[zone]) !== best) continue
      if (best === PERHAPS && this.isShadowed(zone)) continue
      if (this.asset === NONE && this.zone === NONE) this.asset = asset
      if (zone === NONE) continue
      zoned = true
      if (this.zone === NONE) this.zone = zone
      else if (this.zone !== zone) this.zone = UNKNOWN
    }
    return best === YES && zoned
  }

  /** Whether a zone counts only where the one already taken counts, too: then it cannot be the one that is meant. */
  private isShadowed(zone: number): boolean {
    if (this.zone < 0 || this.zone === zone) return false
    const taken = this.model.zones[this.zone].context
    const { context } = this.model.zones[zone]
    return taken !== undefined && context !== undefined && isWithinContext(context, taken)
  }

  private resolve(list: number, valid: Uint8Array): void {
    this.zone = NONE
    this.asset = NONE
    let groups = this.groups[list]
    if (groups === undefined) {
      groups = this.group(this.table.lists[list])
      this.groups[list] = groups
    }
    for (const group of groups) {
      const network = group[0].asset === NONE
      // a boundary's address: other assets do not matter, the networks say the zone
      if (!network && this.asset !== NONE && this.zone === NONE) continue
      if (this.take(group, valid)) break
    }
    if (this.zone === UNKNOWN && this.asset !== NONE && !this.model.assets[this.asset].boundary)
      this.asset = NONE
  }

  private group(ids: readonly number[]): Candidate[][] {
    let special = 0
    for (const id of ids)
      if (id >= this.candidates.length) special |= specialBits(id - this.candidates.length)
    const counted = ids.filter(id => {
      if (id >= this.candidates.length) return false
      const { zone, asset } = this.candidates[id]
      if (asset !== NONE) return true
      return (
        (special & LOCAL) === 0 &&
        !((special & NOT_EXTERNAL) !== 0 && this.model.zones[zone].kind === 'external')
      )
    })
    const order = (id: number) => (this.candidates[id].asset === NONE ? 1 : 0)
    counted.sort((a, b) => {
      if (order(a) !== order(b)) return order(a) - order(b)
      return this.ranks[a] === this.ranks[b] ? a - b : this.ranks[a] < this.ranks[b] ? -1 : 1
    })
    const groups: Candidate[][] = []
    counted.forEach((id, i) => {
      const last = counted[i - 1]
      if (i > 0 && order(last) === order(id) && this.ranks[last] === this.ranks[id])
        groups.at(-1)!.push(this.candidates[id])
      else groups.push([this.candidates[id]])
    })
    return groups
  }
}

/** Whether `inner` counts nowhere but where `outer` does. */
function isWithinContext(inner: ZoneContext, outer: ZoneContext): boolean {
  return (['vlans', 'vnis', 'taps'] as const).every(
    kind =>
      outer[kind].length === 0 ||
      (inner[kind].length > 0 && inner[kind].every(value => outer[kind].includes(value))),
  )
}

/** MAC addresses and prefixes, one map per prefix length, longest first. */
class MacTable {
  private readonly shifts: number[]
  private readonly maps: Map<number, Candidate[]>[]

  constructor(entries: readonly { mac: MacPrefix; candidate: Candidate }[]) {
    const bits = [...new Set(entries.map(({ mac }) => mac.bits))].sort((a, b) => b - a)
    this.shifts = bits.map(count => 2 ** (48 - count))
    this.maps = bits.map(() => new Map())
    for (const { mac, candidate } of entries) {
      const i = bits.indexOf(mac.bits)
      const key = Math.floor((mac.high * 0x100000000 + mac.low) / this.shifts[i])
      const found = this.maps[i].get(key)
      if (found === undefined) this.maps[i].set(key, [candidate])
      else found.push(candidate)
    }
  }

  /** True when the answer in `locator` is final or any candidate was taken. */
  walk(locator: Locator, high: number, low: number, valid: Uint8Array): boolean {
    const value = high * 0x100000000 + low
    for (let i = 0; i < this.shifts.length; i++) {
      const group = this.maps[i].get(Math.floor(value / this.shifts[i]))
      if (group !== undefined && locator.take(group, valid)) return true
    }
    return locator.zone !== NONE || locator.asset !== NONE
  }
}

/** Whether a MAC lies in a MAC prefix. */
export function macMatches(mac: MacPrefix, high: number, low: number): boolean {
  const shift = 2 ** (48 - mac.bits)
  return (
    Math.floor((mac.high * 0x100000000 + mac.low) / shift) === Math.floor((high * 0x100000000 + low) / shift)
  )
}
