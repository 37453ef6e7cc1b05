import { holds } from './addresses.ts'
import type { Channel, Ends, Model, PortRange, Transport } from './model.ts'

/** A channel with the zones it joins: of a conduit or an exception. */
export interface Line {
  channel: Channel
  from: readonly number[]
  to: readonly number[]
  /** as in messages: `channel "reads" of "C-01"` */
  name: string
  exception: boolean
  /** from `any` to `any` */
  everywhere: boolean
}

/** All channels and exceptions of a policy, in the order of the text. */
export function linesOf(model: Omit<Model, 'policyId'>): Line[] {
  const lines: Line[] = []
  for (const { id, from, to, anyFrom, anyTo, channels } of model.conduits) {
    const everywhere = anyFrom && anyTo
    for (const channel of channels)
      lines.push({
        channel,
        from,
        to,
        name: `channel "${channel.id}" of "${id}"`,
        exception: false,
        everywhere,
      })
  }
  for (const { id, from, to, channel } of model.exceptions)
    lines.push({ channel, from, to, name: `exception "${id}"`, exception: true, everywhere: false })
  return lines
}

/**
 * Lines that add nothing, with the line that covers them. Only a channel can cover, never an exception (it ends). Of
 * two that are the same the later one is told.
 */
export function coveredLines(model: Omit<Model, 'policyId'>): { line: Line; by: Line; same: boolean }[] {
  const lines = linesOf(model)
  const index = new Map<string, number[]>()
  for (const [number, line] of lines.entries()) {
    if (line.exception) continue
    for (const key of keysOf(line)) {
      const list = index.get(key)
      if (list === undefined) index.set(key, [number])
      else list.push(number)
    }
  }
  const found: { line: Line; by: Line; same: boolean }[] = []
  for (const [number, line] of lines.entries()) {
    if (line.from.length === 0 || line.to.length === 0 || line.channel.transports.length === 0) continue
    for (const other of candidatesOf(line, index)) {
      const by = lines[other]
      if (other === number || !covers(by, line)) continue
      const same = covers(line, by)
      if (same && other > number && !line.exception) continue
      found.push({ line, by, same })
      break
    }
  }
  return found
}

/** Ranges up to this many ports are indexed port by port. */
const NARROW = 64

/** What a line is found under by those it may cover: zone and service, or zone and each way it can be told. */
function keysOf({ from, channel }: Line): string[] {
  const what = new Set<string>()
  if (channel.service !== undefined) what.add(`service ${channel.service}`)
  else {
    for (const transport of channel.transports) {
      if (!('ports' in transport)) what.add(transport.kind)
      else {
        for (const { first, last } of transport.ports) {
          if (last - first >= NARROW) what.add(`${transport.kind} wide`)
          else for (let port = first; port <= last; port++) what.add(`${transport.kind} ${port}`)
        }
      }
    }
  }
  return from.flatMap(zone => [...what].map(key => `${zone} ${key}`))
}

/** The lines that may cover one, in the order of the text. */
function candidatesOf({ from, channel }: Line, index: ReadonlyMap<string, number[]>): number[] {
  const [transport] = channel.transports
  const at = (key: string) => index.get(`${from[0]} ${key}`) ?? []
  if (channel.service !== undefined) return at(`service ${channel.service}`)
  if (!('ports' in transport)) return at(transport.kind)
  const both = [...at(`${transport.kind} ${transport.ports[0].first}`), ...at(`${transport.kind} wide`)]
  return [...new Set(both)].sort((a, b) => a - b)
}

/** Whether everything that `b` covers is covered by `a`. */
function covers(a: Line, b: Line): boolean {
  const [x, y] = [a.channel, b.channel]
  return (
    b.from.every(zone => a.from.includes(zone)) &&
    b.to.every(zone => a.to.includes(zone)) &&
    x.service === y.service &&
    (x.service !== undefined || transportsCover(x.transports, y.transports)) &&
    (x.initiator === y.initiator || x.initiator === 'either') &&
    (x.srcPorts.length === 0 || (y.srcPorts.length > 0 && portsCover(x.srcPorts, y.srcPorts))) &&
    (x.vlans.length === 0 || (y.vlans.length > 0 && y.vlans.every(vlan => x.vlans.includes(vlan)))) &&
    endsCover(x.orig, y.orig) &&
    endsCover(x.resp, y.resp) &&
    groupsText(x) === groupsText(y) &&
    (x.actions === undefined ||
      (y.actions !== undefined &&
        [...y.actions].every(
          // whoever may do something may connect for it
          action => x.actions!.has(action) || (action === 'session' && x.actions!.size > 0),
        ))) &&
    (x.when === undefined || x.when.text === y.when?.text) &&
    (x.opaque === y.opaque || x.opaque === 'accept') &&
    (x.related || !y.related) &&
    narrowCovers(x.units, y.units) &&
    narrowCovers(x.functions, y.functions) &&
    narrowCovers(x.addresses, y.addresses)
  )
}

function narrowCovers(a: PortRange[] | undefined, b: PortRange[] | undefined): boolean {
  return a === undefined || (b !== undefined && portsCover(a, b))
}

/** Whether every port of `b` is in `a`, however the ranges are cut. */
export function portsCover(a: readonly PortRange[], b: readonly PortRange[]): boolean {
  const sorted = [...a].sort((x, y) => x.first - y.first)
  return b.every(({ first, last }) => {
    let next = first
    for (const range of sorted) if (range.first <= next && range.last >= next) next = range.last + 1
    return next > last
  })
}

function transportsCover(a: readonly Transport[], b: readonly Transport[]): boolean {
  return b.every(inner => a.some(outer => transportCovers(outer, inner)))
}

function transportCovers(a: Transport, b: Transport): boolean {
  if (a.kind === 'ip_proto') return b.kind === 'ip_proto' && a.proto === b.proto
  if (a.kind === 'ethertype') return b.kind === 'ethertype' && a.ethertype === b.ethertype
  if (a.kind === 'icmp') {
    if (b.kind !== 'icmp') return false
    const has = (one: { version: number; type: number }) =>
      a.types.some(t => t.version === one.version && t.type === one.type)
    return a.all || (!b.all && b.types.every(has))
  }
  return b.kind === a.kind && portsCover(a.ports, b.ports)
}

function endsCover(a: Ends, b: Ends): boolean {
  if (a.ranges.length + a.assets.length === 0) return true
  if (b.ranges.length + b.assets.length === 0) return false
  return (
    b.assets.every(asset => a.assets.includes(asset)) &&
    b.ranges.every(range => a.ranges.some(outer => holds(outer, range)))
  )
}

function groupsText({ groups }: Channel): string {
  return [...groups.ranges, ...groups.macs]
    .map(({ text }) => text.toLowerCase())
    .sort()
    .join(' ')
}
