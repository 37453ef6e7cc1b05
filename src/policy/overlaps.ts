import { compare, holds, isGroupMac, isGroupRange, meets, sameMac } from './addresses.ts'
import type { Draft } from './draft.ts'
import type { AddressRange, Asset, MacPrefix, Model, Zone, ZoneContext } from './model.ts'
import { sizeOf } from './ranges.ts'

interface Owned<T> {
  value: T
  /** index of the zone or asset that lists it */
  owner: number
}

/** More pairs of overlapping ranges than any site has; looking at them all would take minutes. */
const MOST_PAIRS = 2_000_000

/** Whether a place (VLAN, VNI, tap) can exist in which both contexts count. */
export function contextsMeet(a: ZoneContext | undefined, b: ZoneContext | undefined): boolean {
  if (a === undefined || b === undefined) return true
  return (['vlans', 'vnis', 'taps'] as const).every(
    kind => a[kind].length === 0 || b[kind].length === 0 || a[kind].some(value => b[kind].includes(value)),
  )
}

/** Addresses and MACs that two zones, or two assets, claim in one and the same place. */
export function checkOverlaps(draft: Draft, model: Omit<Model, 'policyId'>): void {
  const { zones, assets } = model
  checkZoneNetworks(draft, zones)
  checkAssetAddresses(draft, model)
  checkMacs(
    draft,
    'zone',
    zones,
    (a, b) => contextsMeet(zones[a].context, zones[b].context),
    model.sharedMacs,
  )
  checkMacs(draft, 'asset', assets, (a, b) => assetsMeet(zones, assets[a], assets[b]), model.sharedMacs)
}

function checkZoneNetworks(draft: Draft, zones: readonly Zone[]): void {
  const owned = zones.flatMap((zone, owner) => zone.networks.map(value => ({ value, owner })))
  for (const { value, owner } of owned) {
    if (isGroupRange(value)) {
      draft.reporter.warning(
        'zone.networks.group',
        draft.spanOf(value),
        `${value.text} are multicast groups, which belong to no zone`,
        {
          hint: `list them under "groups" of a channel; "${zones[owner].id}" does not need them`,
        },
      )
    }
  }
  const all = eachMeeting(owned, (first, second) => {
    const [a, b] = [zones[first.owner], zones[second.owner]]
    const also = { span: draft.spanOf(first.value), message: `${first.value.text} of "${a.id}" stands here` }
    const span = draft.spanOf(second.value)
    const same = equal(first.value, second.value)
    if (first.owner === second.owner) {
      if (same)
        draft.reporter.warning(
          'zone.networks.repeated',
          span,
          `${second.value.text} is listed twice in zone "${a.id}"`,
          { also },
        )
      return same
    }
    if (!contextsMeet(a.context, b.context)) return false
    const rival = sizeOf(first.value) === sizeOf(second.value)
    if (rival) {
      const what = same
        ? `${second.value.text} is also in zone "${a.id}"`
        : `${second.value.text} and ${first.value.text} of zone "${a.id}" overlap and are equally large`
      draft.reporter.error('zone.networks.overlap', span, `${what}, and both may be meant in one place`, {
        also,
        hint: 'tell the zones apart with "context: {vlans: [...]}" in both, or give the addresses to one of them',
      })
    } else if (!holds(first.value, second.value) && !holds(second.value, first.value)) {
      draft.reporter.warning(
        'zone.networks.partial',
        span,
        `${second.value.text} overlaps ${first.value.text} of zone "${a.id}" in part`,
        {
          also,
          hint: 'the smaller of the two decides where both fit',
        },
      )
    }
    return rival
  })
  if (!all) tooMany(draft, 'networks')
}

function checkAssetAddresses(draft: Draft, model: Omit<Model, 'policyId'>): void {
  const { zones, assets, sharedAddresses } = model
  const owned = assets.flatMap((asset, owner) => asset.addresses.map(value => ({ value, owner })))
  for (const { value, owner } of owned) {
    if (!isGroupRange(value)) continue
    draft.reporter.error(
      'asset.addresses.group',
      draft.spanOf(value),
      `${value.text} is a multicast or broadcast address, and "${assets[owner].id}" cannot own it`,
    )
  }
  const all = eachMeeting(owned, (first, second) => {
    const also = {
      span: draft.spanOf(first.value),
      message: `${first.value.text} of "${assets[first.owner].id}" stands here`,
    }
    const span = draft.spanOf(second.value)
    if (first.owner === second.owner) {
      const same = equal(first.value, second.value)
      if (same) {
        draft.reporter.warning(
          'asset.addresses.repeated',
          span,
          `${second.value.text} is listed twice in "${assets[first.owner].id}"`,
          { also },
        )
      }
      return same
    }
    if (sizeOf(first.value) !== sizeOf(second.value)) return false
    if (!assetsMeet(zones, assets[first.owner], assets[second.owner])) return false
    if (sharedAddresses.some(shared => holds(shared, first.value) && holds(shared, second.value)))
      return false
    draft.reporter.error(
      'asset.addresses.overlap',
      span,
      `${second.value.text} already belongs to the asset "${assets[first.owner].id}"`,
      {
        also,
        hint: 'an address that machines share on purpose goes into "shared_addresses"',
      },
    )
    return true
  })
  if (!all) tooMany(draft, 'addresses of assets')
}

function assetsMeet(zones: readonly Zone[], a: Asset, b: Asset): boolean {
  return contextsMeet(zones[a.zone]?.context, zones[b.zone]?.context)
}

function checkMacs(
  draft: Draft,
  what: 'zone' | 'asset',
  owners: readonly { id: string; macs: MacPrefix[] }[],
  meet: (a: number, b: number) => boolean,
  shared: readonly MacPrefix[],
): void {
  const seen = new Map<string, Owned<MacPrefix>[]>()
  for (const [owner, { id, macs }] of owners.entries()) {
    for (const value of macs) {
      const span = draft.spanOf(value)
      if (isGroupMac(value)) {
        draft.reporter.error(
          `${what}.macs.group`,
          span,
          `${value.text} is a group address, and "${id}" cannot own it`,
          {
            hint: 'groups go into "groups" of a channel',
          },
        )
        continue
      }
      const key = `${value.high}/${value.low}/${value.bits}`
      const others = seen.get(key)
      if (others === undefined) {
        seen.set(key, [{ value, owner }])
        continue
      }
      const rival = others.find(other => other.owner !== owner && meet(other.owner, owner))
      others.push({ value, owner })
      if (rival === undefined || shared.some(mac => sameMac(mac, value))) continue
      draft.reporter.error(
        `${what}.macs.overlap`,
        span,
        `${value.text} already belongs to the ${what} "${owners[rival.owner].id}"`,
        {
          also: { span: draft.spanOf(rival.value), message: 'it is listed here' },
          hint: 'a MAC address that machines share on purpose goes into "shared_macs"',
        },
      )
    }
  }
}

/**
 * Calls back for each pair of ranges with an address in common, the one earlier in the text first. A range that equals
 * one already told about (`found` is true) is not compared any further. False when there are too many pairs to look at.
 */
function eachMeeting(
  owned: readonly Owned<AddressRange>[],
  found: (a: Owned<AddressRange>, b: Owned<AddressRange>) => boolean,
): boolean {
  const order = new Map(owned.map((item, i) => [item, i]))
  const sorted = [...owned].sort(
    (a, b) =>
      a.value.version - b.value.version ||
      compare(a.value.first, b.value.first) ||
      compare(b.value.last, a.value.last),
  )
  let open: Owned<AddressRange>[] = []
  let pairs = 0
  for (const item of sorted) {
    open = open.filter(({ value }) => meets(value, item.value))
    pairs += open.length
    if (pairs > MOST_PAIRS) return false
    let spent = false
    for (const other of open) {
      const told = order.get(other)! < order.get(item)! ? found(other, item) : found(item, other)
      if (told && equal(other.value, item.value)) {
        spent = true
        break
      }
    }
    if (!spent) open.push(item)
  }
  return true
}

function tooMany(draft: Draft, what: string): void {
  draft.reporter.error('policy.size', draft.root, `too many ${what} lie within each other to be checked`)
}

function equal(a: AddressRange, b: AddressRange): boolean {
  return a.version === b.version && compare(a.first, b.first) === 0 && compare(a.last, b.last) === 0
}
