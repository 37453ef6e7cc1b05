import { readAddress, readMac, readNatEnd } from './addresses.ts'
import { get, type MapNode } from './document.ts'
import type { Draft } from './draft.ts'
import type { Asset, MacPrefix, Nat, Transport } from './model.ts'
import { sizeOf } from './ranges.ts'
import { assign } from './read-zones.ts'
import { parseServiceText } from './services.ts'
import { freeTextAt, itemsAt, mapsAt, textAt } from './shape.ts'

const BOUNDARY_KEYS = ['own', 'nat', 'mode', 'bridges'] as const

/** The assets of the policy, in its order. Needs the services to be read. */
export function readAssets(draft: Draft): Asset[] {
  const { root, reporter } = draft
  return mapsAt(root, 'assets').map(map => {
    const boundary = textAt(map, 'role') === 'boundary'
    const zoneNode = get(map, 'zone')
    const zone =
      zoneNode?.kind === 'text'
        ? draft.resolve('zones', zoneNode.value as string, zoneNode, 'zone')
        : undefined
    const asset: Asset = {
      id: textAt(map, 'id') ?? '',
      zone: boundary ? -1 : (zone ?? -1),
      addresses: draft.rangesAt(map, 'addresses', 'asset.addresses.value'),
      macs: macsAt(draft, map),
      boundary,
      own: ownAt(draft, map),
      nat: mapsAt(map, 'nat').map(entry => readNat(draft, entry)),
      mode: (textAt(map, 'mode') as Asset['mode'] | undefined) ?? 'routed',
      bridges: bridgesAt(draft, map),
      at: reporter.position(map),
    }
    draft.mark(asset, get(map, 'id') ?? map)
    assign(asset, 'role', freeTextAt(map, 'role'))
    assign(asset, 'name', freeTextAt(map, 'name'))
    checkPlace(draft, map, asset)
    return asset
  })
}

function checkPlace(draft: Draft, map: MapNode, asset: Asset): void {
  const { reporter } = draft
  const zone = map.entries.get('zone')
  if (asset.boundary) {
    if (zone !== undefined) {
      reporter.error(
        'asset.zone',
        zone.key,
        `"${asset.id}" is a boundary, which belongs to the zone of each of its addresses`,
        {
          hint: 'remove "zone"',
        },
      )
    }
    if (asset.mode === 'routed' && itemsAt(map, 'addresses').length === 0) {
      reporter.error(
        'asset.boundary',
        draft.spanOf(asset),
        `the boundary "${asset.id}" has no addresses, so nothing can be known of it`,
        {
          hint: 'list its address in each zone; one that has none is "mode: transparent"',
        },
      )
    }
    return
  }
  if (zone === undefined) {
    reporter.error('asset.zone', draft.spanOf(asset), `the asset "${asset.id}" needs a zone`, {
      hint: 'only "role: boundary" does without one',
    })
  }
  for (const key of BOUNDARY_KEYS) {
    const entry = map.entries.get(key)
    if (entry === undefined) continue
    reporter.error('asset.boundary', entry.key, `"${key}" is for boundaries only`, {
      hint: 'a machine that forwards between zones is "role: boundary"',
    })
  }
}

function macsAt(draft: Draft, map: MapNode): MacPrefix[] {
  return draft.macsAt(map, 'macs', 'asset.macs.value').filter(mac => {
    const read = readMac(mac.text, false)
    if ('fault' in read) draft.fault(read, draft.spanOf(mac), 'asset.macs.value')
    return 'value' in read
  })
}

function ownAt(draft: Draft, map: MapNode): Transport[] {
  return itemsAt(map, 'own').flatMap(node => {
    if (node.kind !== 'text') return []
    const found = parseServiceText(node.value as string, draft.services)
    if (found === undefined)
      draft.unknown(
        node.value as string,
        node,
        'service',
        draft.services.map(({ id }) => id),
      )
    return found?.transports ?? []
  })
}

function bridgesAt(draft: Draft, map: MapNode): [number, number][] {
  return itemsAt(map, 'bridges').flatMap(node => {
    if (node.kind !== 'list') return []
    const zones = node.items.map(item =>
      item.kind === 'text' ? draft.resolve('zones', item.value as string, item, 'zone') : undefined,
    )
    const [a, b] = zones
    if (zones.length !== 2 || a === undefined || b === undefined) return []
    if (a === b) draft.reporter.error('asset.bridges', node, 'a bridge joins two different zones')
    return [[a, b] as [number, number]]
  })
}

function readNat(draft: Draft, map: MapNode): Nat {
  const { reporter } = draft
  const nat: Nat = { hides: draft.zonesAt(map, 'hides', false).zones, at: reporter.position(map) }
  draft.mark(nat, map)
  for (const key of ['outside', 'inside'] as const) {
    const node = get(map, key)
    if (node?.kind === 'text' && node.value !== '')
      assign(nat, key, draft.take(readNatEnd(node.value as string), node, 'asset.nat.value'))
  }
  const node = get(map, 'masquerade')
  if (node?.kind === 'text' && node.value !== '') {
    assign(nat, 'masquerade', draft.take(readAddress(node.value as string), node, 'asset.nat.value'))
  }
  const { outside, inside } = nat
  if (outside === undefined || inside === undefined) return nat
  if ((outside.port === 0) !== (inside.port === 0)) {
    reporter.error(
      'asset.nat.port',
      draft.spanOf(inside),
      `${outside.text} and ${inside.text}: give both a port, or neither`,
    )
  }
  if (sizeOf(outside.range) !== sizeOf(inside.range) || outside.range.version !== inside.range.version) {
    reporter.error(
      'asset.nat.size',
      draft.spanOf(inside),
      `${outside.text} and ${inside.text} do not hold the same number of addresses`,
      {
        hint: 'each address outside stands for one inside',
      },
    )
  }
  return nat
}
