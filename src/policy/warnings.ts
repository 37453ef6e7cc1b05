import { NUMBERED } from '../net/numbers.ts'
import { holds, meets } from './addresses.ts'
import { coveredLines, type Line, linesOf } from './covered.ts'
import { get } from './document.ts'
import type { Draft } from './draft.ts'
import type { Action, AddressRange, Conduit, Model, Zone } from './model.ts'
import { hasActions, mayCarryActions } from './services.ts'
import { itemsAt, mapsAt, textAt } from './shape.ts'

type Plain = Omit<Model, 'policyId'>

const DAY = 86_400
/** An exception that ends within so many days is told. */
const NEAR_END_DAYS = 30
const DMZ_LEVEL = 3.5
/** What changes a process or a controller: it should not come from a zone that is less protected. */
const CHANGING: readonly Action[] = ['write', 'control', 'program', 'firmware']

/**
 * What is legal but smells. Run on a policy without errors; `at` (seconds since 1970 UTC) is when it is looked at, and
 * without it nothing is said about the ends of exceptions.
 */
export function addWarnings(draft: Draft, model: Plain, at: number | undefined): void {
  warnZones(draft, model)
  warnNames(draft, model)
  warnAssets(draft, model)
  for (const conduit of model.conduits) warnConduit(draft, model, conduit)
  warnBothWays(draft, model)
  for (const line of linesOf(model)) warnLine(draft, model, line)
  warnExceptions(draft, model, at)
  for (const { line, by, same } of coveredLines(model)) {
    const what = same ? 'covers the same as' : 'covers nothing beyond'
    draft.reporter.warning(
      'channel.covered',
      spanOfLine(draft, model, line),
      `${line.name} ${what} ${by.name}`,
      {
        hint: line.exception ? 'the exception is never needed' : 'remove it, or narrow the other one',
        also: { span: spanOfLine(draft, model, by), message: 'the other one stands here' },
      },
    )
  }
}

function warnZones(draft: Draft, model: Plain): void {
  const { zones, assets, conduits, exceptions, taps } = model
  const named = new Set([...conduits, ...exceptions].flatMap(({ from, to }) => [...from, ...to]))
  const peopled = new Set([
    ...assets.map(({ zone }) => zone),
    ...taps.flatMap(({ portGroups }) => [...portGroups.values()]),
  ])
  for (const [index, zone] of zones.entries()) {
    const { networks, vlans, macs, context } = zone
    const places = networks.length + macs.length + vlans.length + (context?.vlans.length ?? 0)
    if (places === 0 && !peopled.has(index)) {
      draft.reporter.warning('zone.empty', draft.spanOf(zone), `nothing is ever in the zone "${zone.id}"`, {
        hint: 'give it networks, vlans or macs, or assets',
      })
    }
    if (named.has(index) || zone.kind === 'external') continue
    draft.reporter.warning(
      'zone.unused',
      draft.spanOf(zone),
      `no conduit and no exception names the zone "${zone.id}"`,
      {
        hint: 'whatever crosses its border is unsanctioned; if that is meant, leave it so',
      },
    )
  }
}

function warnNames(draft: Draft, model: Plain): void {
  for (const { name, span, used } of draft.groups.values()) {
    if (!used) draft.reporter.warning('group.unused', span, `the group "${name}" is used nowhere`)
  }
  const used = new Set<string>()
  for (const { channel } of linesOf(model))
    if (channel.service !== undefined) used.add(model.services[channel.service].id)
  for (const asset of mapsAt(draft.root, 'assets'))
    for (const node of itemsAt(asset, 'own')) if (node.kind === 'text') used.add(String(node.value))
  for (const expectation of mapsAt(draft.root, 'expect')) used.add(textAt(expectation, 'service') ?? '')
  for (const service of model.services) {
    if (service.builtIn || used.has(service.id)) continue
    draft.reporter.warning(
      'service.unused',
      draft.spanOf(service),
      `the service "${service.id}" is used nowhere`,
    )
  }
}

function warnAssets(draft: Draft, model: Plain): void {
  const networks = model.zones.flatMap(zone => zone.networks)
  for (const asset of model.assets) {
    if (asset.addresses.length + asset.macs.length === 0 && !asset.boundary) {
      draft.reporter.warning(
        'asset.unknown',
        draft.spanOf(asset),
        `nothing tells the asset "${asset.id}" in traffic`,
        {
          hint: 'give it addresses or macs',
        },
      )
    }
    if (!asset.boundary) continue
    for (const address of asset.addresses) {
      if (networks.some(network => holds(network, address))) continue
      draft.reporter.warning(
        'asset.boundary.unzoned',
        draft.spanOf(address),
        `${address.text} of the boundary "${asset.id}" is in no zone`,
        {
          hint: 'a boundary belongs to the zones that hold its addresses',
        },
      )
    }
  }
}

function warnConduit(draft: Draft, model: Plain, conduit: Conduit): void {
  const { id, from, to, anyFrom, anyTo } = conduit
  const { reporter } = draft
  if (anyFrom && anyTo) {
    reporter.warning(
      'conduit.any',
      draft.spanOf(conduit.from),
      `the conduit "${id}" joins every zone with every other`,
      {
        hint: 'a border that everything may cross is none; name the zones',
      },
    )
    return
  }
  if (anyFrom || anyTo) {
    const side = anyFrom ? 'from' : 'to'
    reporter.warning(
      'conduit.any',
      draft.spanOf(conduit[side]),
      `"${side}: any" of the conduit "${id}" also means zones that are added later`,
      {
        hint: 'name the zones',
      },
    )
    return
  }
  const inside = from.filter(zone => to.includes(zone))
  if (inside.length > 0 && (from.length > 1 || to.length > 1)) {
    reporter.warning(
      'conduit.inside',
      draft.spanOf(to),
      `"from" and "to" of the conduit "${id}" both name ${zoneNames(model, inside)}`,
      {
        hint: 'that makes traffic inside such a zone unsanctioned unless it is declared; two conduits say what is meant',
      },
    )
  }
  warnLevels(draft, model, conduit)
}

function warnLevels(draft: Draft, model: Plain, conduit: Conduit): void {
  for (const from of conduit.from) {
    for (const to of conduit.to) {
      const [a, b] = [model.zones[from], model.zones[to]]
      const names = `"${a.id}" (${levelText(a)}) and "${b.id}" (${levelText(b)})`
      if (skipsDmz(a, b)) {
        draft.reporter.warning(
          'conduit.dmz',
          draft.spanOf(conduit),
          `the conduit "${conduit.id}" joins ${names} past the DMZ`,
          {
            hint: 'have a machine in the DMZ take it over, and declare a conduit on either side of it',
          },
        )
        return
      }
      if (a.level === undefined || b.level === undefined || Math.abs(a.level - b.level) <= 1) continue
      draft.reporter.warning(
        'conduit.levels',
        draft.spanOf(conduit),
        `the conduit "${conduit.id}" joins ${names} and skips what lies between`,
      )
      return
    }
  }
}

/** One end above the DMZ or outside the site, the other below it. */
function skipsDmz(a: Zone, b: Zone): boolean {
  if (a.kind === 'dmz' || b.kind === 'dmz') return false
  const height = ({ level, kind }: Zone) => level ?? (kind === 'external' ? 5 : DMZ_LEVEL)
  return (height(a) > DMZ_LEVEL && height(b) < DMZ_LEVEL) || (height(b) > DMZ_LEVEL && height(a) < DMZ_LEVEL)
}

function levelText({ level, kind }: Zone): string {
  return level === undefined ? `${kind}` : `level ${level}`
}

/** Zones of which each may open conversations to the other: told once for each pair of lines that do it. */
function warnBothWays(draft: Draft, model: Plain): void {
  const openings = new Map<number, Line>()
  const size = model.zones.length
  const told = new Set<string>()
  for (const line of linesOf(model)) {
    if (line.exception || line.everywhere) continue
    for (const { openers, responders } of ways(line)) {
      for (const a of openers) {
        for (const b of responders) {
          if (a === b) continue
          if (!openings.has(a * size + b)) openings.set(a * size + b, line)
          const back = openings.get(b * size + a)
          const pair = `${Math.min(a, b)} ${Math.max(a, b)}`
          if (back === undefined || told.has(pair)) continue
          told.add(pair)
          const names = `"${model.zones[b].id}" and "${model.zones[a].id}"`
          const hint = 'is one direction enough? then the other end can only answer'
          draft.reporter.warning(
            'conduit.both-ways',
            spanOfLine(draft, model, line),
            `${names} may each open conversations to the other`,
            {
              hint,
              ...(back === line
                ? {}
                : {
                    also: {
                      span: spanOfLine(draft, model, back),
                      message: 'the other direction is declared here',
                    },
                  }),
            },
          )
        }
      }
    }
  }
}

/** Who opens to whom: one way, or both with `initiator: either`. */
function ways(line: Line): { openers: readonly number[]; responders: readonly number[] }[] {
  const ahead = { openers: line.from, responders: line.to }
  const back = { openers: line.to, responders: line.from }
  const { initiator } = line.channel
  return initiator === 'from' ? [ahead] : initiator === 'to' ? [back] : [ahead, back]
}

function warnLine(draft: Draft, model: Plain, line: Line): void {
  const { channel } = line
  const span = spanOfLine(draft, model, line)
  warnRising(draft, model, line)
  const service = channel.service === undefined ? undefined : model.services[channel.service]
  const readable = service?.builtIn ? hasActions(service.id) : channel.transports.some(mayReadActions)
  if (channel.actions !== undefined && !readable) {
    draft.reporter.warning(
      'channel.actions',
      span,
      `${line.name} lists actions, and nothing is known of any there`,
      {
        hint: 'actions are read from OT protocols; what decides stays undetermined elsewhere',
      },
    )
  } else if (service?.builtIn) warnNumbers(draft, line, service.id, span)
  const { groups, resp } = channel
  if (groups.ranges.length + groups.macs.length > 0 && resp.ranges.length + resp.assets.length > 0) {
    draft.reporter.warning(
      'channel.groups.resp',
      span,
      `"resp" means nothing beside "groups" in ${line.name}`,
      {
        hint: 'a channel with groups covers what is sent to them only',
      },
    )
  }
  const openers = channel.initiator === 'to' ? line.to : line.from
  const responders = channel.initiator === 'to' ? line.from : line.to
  warnEnds(draft, model, line, 'orig', openers)
  warnEnds(draft, model, line, 'resp', responders)
}

/** Numbers that the PDUs of a service do not have: what they narrow is never known. */
function warnNumbers(draft: Draft, line: Line, id: string, span: { start: number; end: number }): void {
  const { actions, functions, units, addresses } = line.channel
  const known = NUMBERED[id]
  const given = { functions, units, addresses }
  const has = { functions: known !== undefined, units: known?.includes('u'), addresses: known?.includes('a') }
  const missing = (['functions', 'units', 'addresses'] as const).filter(
    key => given[key] !== undefined && !has[key],
  )
  if (missing.length === 0) return
  const hint =
    known === undefined
      ? 'nothing that it does can be told by numbers; what decides stays undetermined'
      : actions === undefined
        ? 'nothing that it does is covered'
        : 'they narrow nothing: the actions are covered whatever they are done to'
  const what = missing.join(' and ')
  draft.reporter.warning('channel.numbers', span, `${line.name} lists ${what}, and ${id} has none`, { hint })
}

/** An action may be read wherever a port may carry an OT protocol on an unusual number, but not without ports. */
function mayReadActions(transport: Line['channel']['transports'][number]): boolean {
  return transport.kind === 'tcp' || transport.kind === 'udp' || mayCarryActions(transport)
}

function warnRising(draft: Draft, model: Plain, line: Line): void {
  const { actions, transports } = line.channel
  const changing = CHANGING.filter(action => actions?.has(action))
  if (changing.length === 0 && (actions !== undefined || !transports.some(mayCarryActions))) return
  const what = actions === undefined ? 'every action, write and program among them,' : changing.join(', ')
  for (const { openers, responders } of ways(line)) {
    for (const a of openers) {
      for (const b of responders) {
        const [low, high] = [model.zones[a].slT?.level, model.zones[b].slT?.level]
        if (low === undefined || high === undefined || low >= high) continue
        draft.reporter.warning(
          'channel.rising',
          spanOfLine(draft, model, line),
          `${line.name} covers ${what} from "${model.zones[a].id}" (SL-T ${low}) into "${model.zones[b].id}" (SL-T ${high})`,
          {
            hint:
              actions === undefined
                ? 'list the actions that are needed: "actions: [read]"'
                : 'the less protected zone commands the more protected one',
          },
        )
        return
      }
    }
  }
}

/** Assets and addresses that are in none of the zones the line joins: they never match. */
function warnEnds(
  draft: Draft,
  model: Plain,
  line: Line,
  side: 'orig' | 'resp',
  zones: readonly number[],
): void {
  const { assets, ranges } = line.channel[side]
  if (assets.length + ranges.length === 0) return
  const span = spanOfLine(draft, model, line)
  const among = zoneNames(model, zones)
  for (const index of assets) {
    const asset = model.assets[index]
    if (asset.boundary || zones.includes(asset.zone)) continue
    draft.reporter.warning(
      `channel.${side}.zone`,
      span,
      `"${asset.id}" in "${side}" of ${line.name} belongs to "${model.zones[asset.zone].id}", not to ${among}`,
      {
        hint: 'it never matches',
      },
    )
  }
  for (const range of ranges) {
    if (isIn(model, zones, range)) continue
    draft.reporter.warning(
      `channel.${side}.zone`,
      draft.spanOf(range),
      `${range.text} in "${side}" of ${line.name} has no address of ${among}`,
      {
        hint: 'it never matches',
      },
    )
  }
}

function isIn(model: Plain, zones: readonly number[], range: AddressRange): boolean {
  if (zones.some(zone => model.zones[zone].networks.some(network => meets(network, range)))) return true
  return model.assets.some(
    ({ boundary, zone, addresses }) =>
      (boundary || zones.includes(zone)) && addresses.some(address => meets(address, range)),
  )
}

function warnExceptions(draft: Draft, model: Plain, at: number | undefined): void {
  const maps = mapsAt(draft.root, 'exceptions')
  for (const [index, exception] of model.exceptions.entries()) {
    const { id, ticket, expires, expiresText } = exception
    const span = draft.spanOf(exception)
    if (ticket === undefined) {
      draft.reporter.warning('exception.ticket', span, `the exception "${id}" has no ticket`, {
        hint: 'auditors ask which change it belongs to',
      })
    }
    if (expires === Number.POSITIVE_INFINITY) {
      draft.reporter.warning('exception.endless', span, `the exception "${id}" never ends`, {
        hint: 'give it "expires"',
      })
    } else if (at !== undefined) {
      const end = get(maps[index], 'expires') ?? span
      const days = Math.ceil((expires - at) / DAY)
      if (at >= expires) {
        draft.reporter.warning('exception.over', end, `the exception "${id}" is over since ${expiresText}`, {
          hint: 'remove it, or have it approved again',
        })
      } else if (days <= NEAR_END_DAYS) {
        draft.reporter.warning(
          'exception.ending',
          end,
          `the exception "${id}" ends ${days === 1 ? 'within a day' : `in ${days} days`} (${expiresText})`,
        )
      }
    }
  }
}

function spanOfLine(draft: Draft, model: Plain, line: Line): { start: number; end: number } {
  if (!line.exception) return draft.spanOf(line.channel)
  return draft.spanOf(model.exceptions.find(({ channel }) => channel === line.channel)!)
}

function zoneNames(model: Plain, zones: readonly number[]): string {
  const names = zones.slice(0, 3).map(zone => `"${model.zones[zone].id}"`)
  const more = zones.length > 3 ? ` and ${zones.length - 3} more` : ''
  return names.length === 1 ? names[0] : `${names.join(', ')}${more}`
}
