import { readAddress } from './addresses.ts'
import { get, type MapNode } from './document.ts'
import type { Draft } from './draft.ts'
import { MAX_VLAN, REQUIREMENTS } from './grammar.ts'
import type { SecurityLevel, Tap, Zone } from './model.ts'
import { freeTextAt, itemsAt, mapsAt, spansAt, textAt } from './shape.ts'

const UNTAGGED: Readonly<Record<string, number>> = { untagged: 0 }

/** The taps of the policy, in its order. */
export function readTaps(draft: Draft): Tap[] {
  const { root, reporter } = draft
  return mapsAt(root, 'taps').map(map => {
    const tap: Tap = {
      id: textAt(map, 'id') ?? '',
      type: (textAt(map, 'type') as Tap['type'] | undefined) ?? 'local',
      vlans: vlansAt(map, 'vlans'),
      directions: (textAt(map, 'directions') as Tap['directions'] | undefined) ?? 'both',
      portGroups: new Map(),
      at: reporter.position(map),
    }
    draft.mark(tap, get(map, 'id') ?? map)
    assign(tap, 'host', freeTextAt(map, 'host'))
    assign(tap, 'interface', freeTextAt(map, 'interface'))
    assign(tap, 'session', numberAt(map, 'session'))
    assign(tap, 'vni', numberAt(map, 'vni'))
    assign(tap, 'nativeVlan', numberAt(map, 'native_vlan'))
    for (const key of ['source', 'destination'] as const) {
      const node = get(map, key)
      if (node?.kind === 'text')
        assign(tap, key, draft.take(readAddress(node.value as string), node, `tap.${key}`))
    }
    const groups = get(map, 'port_groups')
    if (groups?.kind === 'map') {
      for (const [name, { value }] of groups.entries) {
        if (value.kind !== 'text') continue
        const zone = draft.resolve('zones', value.value as string, value, 'zone')
        if (zone !== undefined) tap.portGroups.set(name, zone)
      }
    }
    checkTap(draft, map, tap)
    return tap
  })
}

function checkTap(draft: Draft, map: MapNode, tap: Tap): void {
  const tunnel = tap.type !== 'local' && tap.type !== 'file'
  const useless: [string, boolean][] = [
    ['session', tap.type === 'erspan'],
    ['vni', tap.type === 'vxlan' || tap.type === 'geneve' || tap.type === 'gre'],
    ['source', tunnel],
    ['destination', tunnel],
  ]
  for (const [key, fits] of useless) {
    const entry = map.entries.get(key)
    if (entry !== undefined && !fits) {
      draft.reporter.error('tap.key', entry.key, `a tap of type ${tap.type} has no "${key}"`)
    }
  }
  if (tunnel && !map.entries.has('source') && !map.entries.has('destination')) {
    draft.reporter.warning(
      'tap.unaddressed',
      draft.spanOf(tap),
      `the tap "${tap.id}" has neither source nor destination`,
      {
        hint: 'without one its frames cannot be told from other tunnels',
      },
    )
  }
}

/** The zones of the policy, in its order; taps of contexts are resolved by name. */
export function readZones(draft: Draft): Zone[] {
  const { root, reporter } = draft
  return mapsAt(root, 'zones').map(map => {
    const zone: Zone = {
      id: textAt(map, 'id') ?? '',
      networks: draft.rangesAt(map, 'networks', 'zone.networks.value'),
      vlans: vlansAt(map, 'vlans'),
      macs: draft.macsAt(map, 'macs', 'zone.macs.value'),
      at: reporter.position(map),
    }
    draft.mark(zone, get(map, 'id') ?? map)
    assign(zone, 'name', freeTextAt(map, 'name'))
    assign(zone, 'kind', textAt(map, 'kind') as Zone['kind'])
    assign(zone, 'level', numberAt(map, 'level'))
    assign(zone, 'slT', securityLevelAt(map))
    assign(zone, 'rationale', freeTextAt(map, 'rationale'))
    assign(zone, 'owner', freeTextAt(map, 'owner'))
    const context = get(map, 'context')
    if (context?.kind === 'map') {
      const taps = itemsAt(context, 'taps').flatMap(node => {
        const index =
          node.kind === 'text' ? draft.resolve('taps', node.value as string, node, 'tap') : undefined
        return index === undefined ? [] : [index]
      })
      const vnis = itemsAt(context, 'vnis').flatMap(node =>
        node.kind === 'number' ? [node.value as number] : [],
      )
      zone.context = { vlans: vlansAt(context, 'vlans'), vnis: [...new Set(vnis)], taps: [...new Set(taps)] }
      if (
        zone.context.vlans.length + vnis.length + taps.length === 0 &&
        itemsAt(context, 'taps').length === 0
      ) {
        reporter.error('zone.context.empty', context, `the context of zone "${zone.id}" is empty`)
      }
    }
    return zone
  })
}

/** VLANs of an entry, each once, `untagged` as 0. */
export function vlansAt(map: MapNode, key: string): number[] {
  const vlans = new Set<number>()
  for (const { first, last } of spansAt(map, key, 0, MAX_VLAN, UNTAGGED)) {
    for (let vlan = first; vlan <= last; vlan++) vlans.add(vlan)
  }
  return [...vlans]
}

/** `sl_t` of a map: one number, or the highest of its vector. */
export function securityLevelAt(map: MapNode): SecurityLevel | undefined {
  const node = get(map, 'sl_t')
  if (node?.kind === 'number') return { level: node.value as number }
  if (node?.kind !== 'map') return undefined
  const vector = {} as NonNullable<SecurityLevel['vector']>
  for (const name of REQUIREMENTS) {
    const value = numberAt(node, name)
    if (value === undefined) return undefined
    vector[name] = value
  }
  return { level: Math.max(...Object.values(vector)), vector }
}

/** Number of an entry, or undefined. */
export function numberAt(map: MapNode, key: string): number | undefined {
  const node = get(map, key)
  return node?.kind === 'number' ? (node.value as number) : undefined
}

/** Sets an optional property, if there is a value for it. */
export function assign<T extends object, K extends keyof T>(
  target: T,
  key: K,
  value: T[K] | undefined,
): void {
  if (value !== undefined) target[key] = value
}
