import { type Fault, looksLikeAddress, type Read, readMac, readRange } from './addresses.ts'
import { closest } from './closest.ts'
import { get, type MapNode, type Node } from './document.ts'
import type { AddressRange, MacPrefix, Service } from './model.ts'
import type { Reporter, Span } from './reporter.ts'
import { builtInServices } from './services.ts'
import { itemsAt, mapsAt, textAt } from './shape.ts'

/** A group of the policy, resolved: what each of its members is. */
export interface Group {
  name: string
  span: Span
  ranges: AddressRange[]
  macs: MacPrefix[]
  assets: number[]
  zones: number[]
  used: boolean
}

const MOST_EXPANDED = 1_000_000

/** Lists of the policy whose items have an `id`. */
export type ListKey = 'zones' | 'assets' | 'taps' | 'services' | 'conduits' | 'exceptions'

/** What the readers of the single subjects share: the document, the names in it, and where each value came from. */
export class Draft {
  readonly root: MapNode
  readonly reporter: Reporter
  timezone = 'UTC'
  readonly groups = new Map<string, Group>()
  /** built-in services first, then those of the policy */
  readonly services: Service[] = [...builtInServices()]
  private readonly ids = new Map<ListKey, Map<string, number>>()
  private readonly spans = new WeakMap<object, Span>()
  private expanded = 0

  constructor(root: MapNode, reporter: Reporter) {
    this.root = root
    this.reporter = reporter
    for (const key of ['zones', 'assets', 'taps', 'services', 'conduits', 'exceptions'] as const)
      this.collect(key)
  }

  /** Remembers where a value was written. */
  mark<T extends object>(value: T, span: Span): T {
    this.spans.set(value, span)
    return value
  }

  /** Where a value was written. */
  spanOf(value: object): Span {
    return this.spans.get(value) ?? this.root
  }

  /** Index of a name in a list of the policy. */
  find(list: ListKey, id: string): number | undefined {
    return this.ids.get(list)!.get(id)
  }

  names(list: ListKey): Iterable<string> {
    return this.ids.get(list)!.keys()
  }

  /** Index of a name in a list; an unknown one is an error with a guess at what was meant. */
  resolve(list: ListKey, text: string, span: Span, what: string): number | undefined {
    const index = this.find(list, text)
    if (index === undefined) this.unknown(text, span, what, this.names(list))
    return index
  }

  unknown(text: string, span: Span, what: string, names: Iterable<string>): void {
    const near = closest(text, names)
    this.reporter.error('name.unknown', span, `there is no ${what} "${text}"`, {
      hint: near === undefined ? undefined : `did you mean "${near}"?`,
    })
  }

  /** Value of a reader of texts; what is wrong is reported under `code`. */
  take<T extends object>(read: Read<T>, span: Span, code: string): T | undefined {
    if ('fault' in read) {
      this.fault(read, span, code)
      return undefined
    }
    return this.mark(read.value, span)
  }

  fault(fault: Fault, span: Span, code: string): void {
    this.reporter.error(code, span, fault.fault, { hint: fault.hint })
  }

  /** Zones of a list of zones and groups of zones; `any` = every zone. */
  zonesAt(map: MapNode, key: string, anyToo: boolean): { zones: number[]; any: boolean } {
    const zones = new Set<number>()
    let any = false
    for (const node of itemsAt(map, key)) {
      if (node.kind !== 'text' || node.value === '') continue
      const text = node.value as string
      const group = this.groups.get(text)
      const index = this.find('zones', text)
      if (index !== undefined) {
        if (zones.has(index))
          this.reporter.warning('list.repeated', node, `the zone "${text}" is listed twice`)
        zones.add(index)
      } else if (text === 'any' && anyToo) any = true
      else if (group !== undefined) {
        group.used = true
        if (group.zones.length === 0 && group.ranges.length + group.macs.length + group.assets.length > 0) {
          this.wrongGroup(group, node, 'zones')
        }
        for (const zone of group.zones) zones.add(zone)
      } else {
        const hint =
          this.find('assets', text) === undefined
            ? undefined
            : `"${text}" is an asset; use "orig" or "resp" of a channel for it`
        if (hint === undefined)
          this.unknown(text, node, 'zone or group', [...this.names('zones'), ...this.groups.keys()])
        else this.reporter.error('name.unknown', node, `there is no zone or group "${text}"`, { hint })
      }
    }
    if (any) for (const index of mapsAt(this.root, 'zones').keys()) zones.add(index)
    return { zones: [...zones], any }
  }

  /** Addresses, prefixes, ranges and groups of addresses of an entry. */
  rangesAt(map: MapNode, key: string, code: string): AddressRange[] {
    return itemsAt(map, key).flatMap(node => {
      if (node.kind !== 'text' || node.value === '') return []
      const text = node.value as string
      const group = this.groups.get(text)
      if (group !== undefined) {
        group.used = true
        if (group.ranges.length === 0) this.wrongGroup(group, node, 'addresses')
        return this.expand(group.ranges, node)
      }
      const range = this.take(readRange(text), node, code)
      return range === undefined ? [] : [range]
    })
  }

  /** MAC addresses and prefixes, and groups of them, of an entry. */
  macsAt(map: MapNode, key: string, code: string): MacPrefix[] {
    return itemsAt(map, key).flatMap(node => {
      if (node.kind !== 'text' || node.value === '') return []
      const group = this.groups.get(node.value as string)
      if (group !== undefined) {
        group.used = true
        if (group.macs.length === 0) this.wrongGroup(group, node, 'MAC addresses')
        return this.expand(group.macs, node)
      }
      const mac = this.take(readMac(node.value as string), node, code)
      return mac === undefined ? [] : [mac]
    })
  }

  /** The members of a group in one more place, each marked there; nothing when groups would blow the policy up. */
  expand<T extends object>(members: readonly T[], span: Span): T[] {
    const before = this.expanded
    this.expanded += members.length
    if (this.expanded <= MOST_EXPANDED) return members.map(member => this.mark({ ...member }, span))
    if (before <= MOST_EXPANDED) {
      const message = 'groups make this policy more than a million addresses large'
      this.reporter.error('policy.size', span, message)
    }
    return []
  }

  /** Groups have blown the policy up; what they stand for is not complete. */
  get overgrown(): boolean {
    return this.expanded > MOST_EXPANDED
  }

  wrongGroup(group: Group, span: Span, wanted: string): void {
    this.reporter.error(
      'group.kind',
      span,
      `the group "${group.name}" holds ${contents(group)}, and ${wanted} fit here`,
      {
        also: { span: group.span, message: `"${group.name}" is declared here` },
      },
    )
  }

  /** Resolves the groups; every reader after this may use them. */
  readGroups(): void {
    const node = get(this.root, 'groups')
    if (node?.kind !== 'map') return
    for (const [name, { key }] of node.entries) {
      const zone = this.find('zones', name) !== undefined
      if (name === 'any' || zone || this.find('assets', name) !== undefined) {
        const other =
          name === 'any' ? 'the word for every zone' : zone ? 'the name of a zone' : 'the name of an asset'
        this.reporter.error('group.name', key, `"${name}" is ${other}, and cannot name a group`)
      }
      const group: Group = { name, span: key, ranges: [], macs: [], assets: [], zones: [], used: false }
      for (const member of itemsAt(node, name)) this.readMember(group, member, node)
      const kinds = [group.zones, [...group.ranges, ...group.assets], group.macs].filter(
        list => list.length > 0,
      )
      if (kinds.length > 1) {
        this.reporter.error('group.mixed', key, `the group "${name}" mixes ${contents(group)}`, {
          hint: 'one group holds addresses and assets, or zones, or MAC addresses',
        })
      }
      this.groups.set(name, group)
    }
  }

  private readMember(group: Group, node: Node, table: MapNode): void {
    if (node.kind !== 'text' || node.value === '') return
    const text = node.value as string
    const zone = this.find('zones', text)
    const asset = this.find('assets', text)
    if (zone !== undefined && asset !== undefined) {
      // both exist: the rest of the group tells which is meant
      if (group.zones.length > 0) group.zones.push(zone)
      else if (group.assets.length + group.ranges.length > 0) group.assets.push(asset)
      else {
        this.reporter.error('group.ambiguous', node, `"${text}" is a zone and an asset`, {
          hint: 'give the asset another name, or put a member first that can only be one',
        })
      }
    } else if (zone !== undefined) group.zones.push(zone)
    else if (asset !== undefined) group.assets.push(asset)
    else if (table.entries.has(text)) {
      this.reporter.error('group.nested', node, `"${text}" is a group, and groups hold no groups`, {
        hint: 'list its members',
      })
    } else if (!looksLikeAddress(text)) {
      this.unknown(text, node, 'zone, asset or address', [...this.names('zones'), ...this.names('assets')])
    } else {
      const mac = readMac(text)
      if ('value' in mac) group.macs.push(this.mark(mac.value, node))
      else {
        const looksLikeMac = /^[0-9a-f]{2}[:-][0-9a-f]{2}[:-]/i.test(text)
        const range = this.take(looksLikeMac ? mac : readRange(text), node, 'group.value')
        if (range !== undefined) group.ranges.push(range as AddressRange)
      }
    }
  }

  private collect(list: ListKey): void {
    const indices = new Map<string, number>()
    const first = new Map<string, Span>()
    for (const [index, map] of mapsAt(this.root, list).entries()) {
      const id = textAt(map, 'id')
      const node = get(map, 'id')
      if (id === undefined || node === undefined) continue
      const other = first.get(id)
      if (other !== undefined) {
        this.reporter.error('id.duplicate', node, `the name "${id}" is given to two ${list}`, {
          also: { span: other, message: 'the first one stands here' },
        })
        continue
      }
      if (id === 'any' && list === 'zones') {
        this.reporter.error('id.reserved', node, '"any" stands for every zone, and cannot name one')
      }
      first.set(id, node)
      indices.set(id, index)
    }
    this.ids.set(list, indices)
  }
}

function contents(group: Group): string {
  const kinds: string[] = []
  if (group.zones.length > 0) kinds.push('zones')
  if (group.ranges.length > 0) kinds.push('addresses')
  if (group.assets.length > 0) kinds.push('assets')
  if (group.macs.length > 0) kinds.push('MAC addresses')
  return kinds.length === 0 ? 'nothing' : kinds.join(' and ')
}
