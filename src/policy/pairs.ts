import type { Model, PortRange } from './model.ts'
import type { Rule } from './rules.ts'

/** Rules as entries: rule number * 2, plus 1 where a channel open to `either` is opened from its `to` side. */
export type Entries = Int32Array

const NOTHING: Entries = new Int32Array(0)
const ANY = -1

export const TCP = 6
export const UDP = 17
export const SCTP = 132
export const ICMP = 1
export const ICMP6 = 58

/**
 * What one zone may open towards another: rules found by transport and port in one binary search, whatever the
 * number of rules. Every list of entries is ordered, the most specific rule first.
 */
export class PairRules {
  readonly entries: Entries
  /** entries with ports that a service announces for related conversations */
  readonly dynamic: Entries
  /** no rule names ends or VLANs: zones, transport and the time decide */
  readonly isPlain: boolean
  /** some rule covers some actions only */
  readonly isRestricted: boolean
  /** by transport (tcp, udp, sctp): ports written as such and own services; and built-in services */
  private readonly plain: PortTable[]
  private readonly named: PortTable[]
  private readonly byService = new Map<string, Entries>()
  private readonly icmp = new Map<number, Entries>()
  private readonly protocols = new Map<number, Entries>()
  private readonly ethertypes = new Map<number, Entries>()

  constructor(rules: readonly Rule[], entries: number[]) {
    entries.sort((a, b) => a - b)
    this.entries = Int32Array.from(entries)
    this.dynamic = this.entries.filter(entry => rules[entry >> 1].dynamic.length > 0)
    this.isPlain = entries.every(entry => {
      const { orig, resp, model } = rules[entry >> 1]
      return orig === undefined && resp === undefined && model.vlans.length === 0
    })
    this.isRestricted = entries.some(entry => rules[entry >> 1].restricted)
    const plain: PortItem[][] = [[], [], []]
    const named: PortItem[][] = [[], [], []]
    const services = new Map<string, number[]>()
    const icmp = new Map<number, number[]>()
    const icmpAll: number[] = []
    const protocols = new Map<number, number[]>()
    const ethertypes = new Map<number, number[]>()
    for (const entry of entries) {
      const rule = rules[entry >> 1]
      if (rule.service !== '') push(services, rule.service, entry)
      for (const transport of rule.model.transports) {
        if (transport.kind === 'ip_proto') push(protocols, transport.proto, entry)
        else if (transport.kind === 'ethertype') push(ethertypes, transport.ethertype, entry)
        else if (transport.kind === 'icmp') {
          if (transport.all) icmpAll.push(entry)
          else for (const { version, type } of transport.types) push(icmp, version * 256 + type, entry)
        } else {
          const kind = ['tcp', 'udp', 'sctp'].indexOf(transport.kind)
          for (const range of transport.ports)
            (rule.service === '' ? plain : named)[kind].push({ range, entry })
        }
      }
    }
    for (const entry of icmpAll)
      for (let key = 4 * 256; key < 5 * 256; key++) {
        push(icmp, key, entry)
        push(icmp, key + 2 * 256, entry)
      }
    this.plain = plain.map(items => new PortTable(items))
    this.named = named.map(items => new PortTable(items))
    freeze(services, this.byService)
    freeze(icmp, this.icmp)
    freeze(protocols, this.protocols)
    freeze(ethertypes, this.ethertypes)
  }

  /** Rules written as ports (and own services) that take in a port of a transport. */
  atPort(proto: number, port: number): Entries {
    const kind = kindOf(proto)
    return kind < 0 ? NOTHING : this.plain[kind].find(port)
  }

  /** Rules written as a built-in service: by its ports until the application is recognised, then by the application. */
  atService(proto: number, port: number, application: string): Entries {
    if (application !== '') return this.byService.get(application) ?? NOTHING
    const kind = kindOf(proto)
    return kind < 0 ? NOTHING : this.named[kind].find(port)
  }

  /** Rules for an ICMP type of an IP version. */
  atIcmp(version: number, type: number): Entries {
    return this.icmp.get(version * 256 + type) ?? NOTHING
  }

  /** Rules for an IP protocol as a whole. */
  atProtocol(proto: number): Entries {
    return this.protocols.get(proto) ?? NOTHING
  }

  /** Rules for an ethertype. */
  atEthertype(ethertype: number): Entries {
    return this.ethertypes.get(ethertype) ?? NOTHING
  }
}

/** Ordered zone pairs to their rules; a pair is compiled when it is first asked for. */
export class Pairs {
  private readonly zones: number
  private readonly rules: readonly Rule[]
  /** entries by opener and responder; ANY stands for every zone */
  private readonly sources = new Map<number, number[]>()
  private readonly nothing = new PairRules([], [])
  private readonly compiled = new Map<number, PairRules>()

  constructor(model: Model, rules: readonly Rule[]) {
    this.zones = model.zones.length
    this.rules = rules
    for (const [index, rule] of rules.entries()) {
      const from = rule.anyFrom ? [ANY] : new Set(rule.from)
      const to = rule.anyTo ? [ANY] : new Set(rule.to)
      const initiator = rule.model.initiator
      for (const a of from)
        for (const b of to) {
          if (initiator !== 'to') push(this.sources, this.key(a, b), index * 2)
          if (initiator === 'either') push(this.sources, this.key(b, a), index * 2 + 1)
          if (initiator === 'to') push(this.sources, this.key(b, a), index * 2)
        }
    }
  }

  /** What `opener` may open towards `responder` (zone indices). */
  get(opener: number, responder: number): PairRules {
    const key = this.key(opener, responder)
    const found = this.compiled.get(key)
    if (found !== undefined) return found
    const keys = [key, this.key(ANY, responder), this.key(opener, ANY), this.key(ANY, ANY)]
    const entries = [...new Set(keys.flatMap(k => this.sources.get(k) ?? []))]
    const pair = entries.length === 0 ? this.nothing : new PairRules(this.rules, entries)
    this.compiled.set(key, pair)
    return pair
  }

  private key(opener: number, responder: number): number {
    return (opener + 1) * (this.zones + 1) + responder + 1
  }
}

interface PortItem {
  range: PortRange
  entry: number
}

/** Port ranges as sorted disjoint segments, each with its ordered entries. */
class PortTable {
  private readonly first: Int32Array
  private readonly lists: Entries[]

  constructor(items: readonly PortItem[]) {
    const borders = new Set<number>()
    for (const { range } of items) borders.add(range.first).add(range.last + 1)
    const sorted = [...borders].sort((a, b) => a - b)
    const lists: number[][] = sorted.map(() => [])
    const at = new Map(sorted.map((border, i) => [border, i]))
    for (const { range, entry } of items)
      for (let i = at.get(range.first)!; sorted[i] <= range.last; i++)
        if (lists[i].at(-1) !== entry) lists[i].push(entry)
    this.first = Int32Array.from(sorted)
    this.lists = lists.map(list => Int32Array.from(list))
  }

  find(port: number): Entries {
    const first = this.first
    let low = 0
    let high = first.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (first[middle] <= port) low = middle + 1
      else high = middle
    }
    return low === 0 ? NOTHING : this.lists[low - 1]
  }
}

function kindOf(proto: number): number {
  return proto === TCP ? 0 : proto === UDP ? 1 : proto === SCTP ? 2 : -1
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else if (list.at(-1) !== value) list.push(value)
}

function freeze<K>(from: Map<K, number[]>, into: Map<K, Entries>): void {
  for (const [key, list] of from) into.set(key, Int32Array.from(list.sort((a, b) => a - b)))
}
