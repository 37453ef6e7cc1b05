import type { Model } from './model.ts'

/** Whether a zone's addresses count in a place. */
export const NO = 0
export const YES = 1
/** the tag, VNI or tap that would decide is missing, or it is a transit VLAN */
export const PERHAPS = 2

/** No zone, and a zone that the frame does not let us tell. */
export const NONE = -1
export const UNKNOWN = -2

const MISSING = 0
const OTHER = 1
const NAMED = 2

/**
 * Places (VLAN stack, VNI, tap) reduced to the contexts the policy tells apart. Context 0 is the place of which
 * nothing is known: there every zone with a `context` counts perhaps.
 */
export class Contexts {
  /** validity of each zone, per context */
  readonly validity: Uint8Array[] = []
  private readonly model: Model
  private readonly any: boolean
  /** VLANs, VNIs and taps that some `context` names, to small numbers from NAMED on; transit VLANs too */
  private readonly vlanClass = new Map<number, number>()
  private readonly vniClass = new Map<number, number>()
  private readonly tapClass = new Map<number, number>()
  private readonly nativeVlan: Int32Array
  private readonly known = new Map<number, number>()
  private readonly interned = new Map<string, number>()

  constructor(model: Model) {
    this.model = model
    this.any = model.zones.some(zone => zone.context !== undefined)
    for (const zone of model.zones) {
      for (const vlan of zone.context?.vlans ?? []) name(this.vlanClass, vlan)
      for (const vni of zone.context?.vnis ?? []) name(this.vniClass, vni)
      for (const tap of zone.context?.taps ?? []) name(this.tapClass, tap)
    }
    for (const vlan of model.transitVlans) name(this.vlanClass, vlan)
    this.nativeVlan = new Int32Array(model.taps.map(tap => tap.nativeVlan ?? -1))
    this.intern(model.zones.map(zone => (zone.context === undefined ? YES : PERHAPS)))
  }

  /** The context of a place; 0 where the policy has no contexts. Arguments as in a Question. */
  of(vlans: ArrayLike<number>, vlanCount: number, vni: number, tap: number): number {
    if (!this.any) return 0
    const vlan = this.vlanOf(vlans, vlanCount, tap)
    const vniClass = vni < 0 ? MISSING : (this.vniClass.get(vni) ?? OTHER)
    const tapClass = tap < 0 ? MISSING : (this.tapClass.get(tap) ?? OTHER)
    const key = (vlan * (this.vniClass.size + NAMED) + vniClass) * (this.tapClass.size + NAMED) + tapClass
    return this.known.get(key) ?? this.add(key, vlan, vniClass, tapClass)
  }

  /** VLAN of untagged frames of a tap, -1 when it is not declared. */
  native(tap: number): number {
    return tap >= 0 && tap < this.nativeVlan.length ? this.nativeVlan[tap] : -1
  }

  /** The innermost tag that a context names decides; a tap's native VLAN stands for the missing tag. */
  private vlanOf(vlans: ArrayLike<number>, vlanCount: number, tap: number): number {
    let tagged = false
    for (let i = vlanCount - 1; i >= 0; i--) {
      if (vlans[i] === 0) continue
      tagged = true
      const found = this.vlanClass.get(vlans[i])
      if (found !== undefined) return found
    }
    if (tagged) return OTHER
    const native = this.native(tap)
    if (native > 0) {
      const found = this.vlanClass.get(native)
      if (found !== undefined) return found
    }
    return this.vlanClass.get(0) ?? (native > 0 ? OTHER : MISSING)
  }

  private add(key: number, vlan: number, vni: number, tap: number): number {
    const untagged = this.vlanClass.get(0)
    const transit = this.model.transitVlans.some(id => this.vlanClass.get(id) === vlan)
    const lacking = vlan === MISSING || vlan === untagged || transit
    const valid = this.model.zones.map(zone => {
      const context = zone.context
      if (context === undefined) return YES
      const answers = [
        this.fits(context.vlans, this.vlanClass, vlan, lacking),
        this.fits(context.vnis, this.vniClass, vni, vni === MISSING),
        this.fits(context.taps, this.tapClass, tap, tap === MISSING),
      ]
      return answers.includes(NO) ? NO : answers.includes(PERHAPS) ? PERHAPS : YES
    })
    const index = this.intern(valid)
    this.known.set(key, index)
    return index
  }

  private fits(
    list: readonly number[],
    classes: Map<number, number>,
    seen: number,
    lacking: boolean,
  ): number {
    if (list.length === 0) return YES
    if (list.some(value => classes.get(value) === seen)) return YES
    return lacking ? PERHAPS : NO
  }

  private intern(valid: number[]): number {
    const key = valid.join('')
    let index = this.interned.get(key)
    if (index === undefined) {
      index = this.validity.push(Uint8Array.from(valid)) - 1
      this.interned.set(key, index)
    }
    return index
  }
}

/**
 * VLANs as places of zones: what a frame's tags say about the zone of traffic without IP and of groups. A zone
 * without `vlans` has those of its `context`.
 */
export class VlanZones {
  /** whether the policy lists VLANs of any zone */
  readonly any: boolean
  private readonly zoneOf = new Map<number, number>()
  private readonly contexts: Contexts

  constructor(model: Model, contexts: Contexts) {
    this.contexts = contexts
    for (const [index, zone] of model.zones.entries()) {
      const vlans = zone.vlans.length > 0 ? zone.vlans : (zone.context?.vlans ?? [])
      for (const vlan of new Set(vlans)) this.zoneOf.set(vlan, this.zoneOf.has(vlan) ? UNKNOWN : index)
    }
    this.any = this.zoneOf.size > 0
    for (const vlan of model.transitVlans) this.zoneOf.set(vlan, UNKNOWN)
  }

  /**
   * The zone that alone has the VLAN of a frame: the innermost tag that the policy gives to a zone (or lists as
   * transit) counts. UNKNOWN for a VLAN of several zones or a transit VLAN, NONE where no tag is anybody's.
   */
  find(vlans: ArrayLike<number>, vlanCount: number, tap: number): number {
    let tagged = false
    for (let i = vlanCount - 1; i >= 0; i--) {
      if (vlans[i] === 0) continue
      tagged = true
      const zone = this.zoneOf.get(vlans[i])
      if (zone !== undefined) return zone
    }
    if (tagged) return NONE
    return this.zoneOf.get(this.contexts.native(tap)) ?? this.zoneOf.get(0) ?? NONE
  }
}

function name(classes: Map<number, number>, value: number): void {
  if (!classes.has(value)) classes.set(value, classes.size + NAMED)
}
