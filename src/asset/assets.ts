import type { FlowFacts } from '../finding/facts.ts'
import { serviceLabel } from '../finding/kinds.ts'
import { wasAnswered } from '../finding/severity.ts'
import { sanitise } from '../finding/words.ts'
import type { AssetRecord, FlowRecord, Identity } from '../records.ts'
import { Identities } from './identities.ts'
import {
  ascending,
  join,
  keep,
  type Machine,
  MOST_DEEDS,
  MOST_OF_EACH,
  NONE,
  newMachine,
  shortFirst,
  sooner,
  widen,
} from './machine.ts'
import { naturally } from './order.ts'
import { deedsOf, guessRole } from './roles.ts'
import { type Assignments, vendorOf } from './vendor.ts'

/** Assets kept in the end; what is met after that many is only counted. */
export const MOST_ASSETS = 100_000

/**
 * Machines kept in each partition of the flow table until then. Within a partition records always come in the same
 * order, so that who is kept does not depend on how partitions are spread over threads. A machine with one peer lies in
 * one partition, one with very many peers in all sixteen: between 16,384 and 262,144 machines (some 120 MB) in all.
 */
const MOST_IN_PARTITION = 16_384

interface Bound {
  mac: string
  /** -1 = none told */
  vlan: number
}

/** What one thread has seen, as a value that may travel. */
export interface AssetsState {
  machines: Machine[]
  overflow: number
  bindings: Map<string, Bound[]>
  identities: Map<string, Identity[]>
}

export interface AssetsOptions {
  most?: number
  mostInPartition?: number
  mostOfEach?: number
}

/**
 * Collects who was seen: one asset for each address in a zone, declared assets under their id, machines without an
 * address under their MAC. Only senders count; an address that was merely asked for is no asset. Memory is bounded.
 * Each thread may keep its own: however the partitions are spread over them, what they come to together is the same.
 */
export class Assets {
  private readonly most: number
  private readonly mostInPartition: number
  private readonly mostOfEach: number
  private readonly declared = new Map<string, Machine>()
  /** zone -> address or MAC -> who is no declared asset */
  private readonly others = new Map<string | undefined, Map<string, Machine>>()
  /** machines of each partition */
  private readonly kept = new Int32Array(32)
  /** ends for which a partition had no room */
  private refused = 0
  private readonly bindings = new Map<string, Bound[]>()
  private readonly names = new Map<string, Set<string>>()
  private readonly identities: Identities

  constructor(options: AssetsOptions = {}) {
    this.most = options.most ?? MOST_ASSETS
    this.identities = new Identities(this.most)
    this.mostInPartition = options.mostInPartition ?? MOST_IN_PARTITION
    this.mostOfEach = options.mostOfEach ?? MOST_OF_EACH
  }

  /**
   * Takes in one record of a flow in that partition of the table (0..31), interim or final. Tunnel records tell of
   * tunnel ends and count like flows; they may come as any partition that has its records in the same order every time.
   */
  observe(f: FlowFacts, partition = 0): void {
    const { record } = f
    const service = record.type === 'flow' && wasAnswered(f) ? serviceOf(record) : undefined
    const deeds = service !== undefined || f.respIsGroup ? deedsOf(record) : NONE
    if (record.orig_packets > 0) {
      const { orig_asset, orig_addr, orig_mac, orig_zone } = record
      const orig = this.machine(f, partition, orig_asset, orig_addr, orig_mac, orig_zone)
      if (orig !== undefined) {
        this.note(orig, f, orig_addr, orig_zone, f.origBound ?? macOf(orig_addr, orig_mac))
        if (service !== undefined) orig.used = keep(orig.used, service, this.mostOfEach, shortFirst)
        for (const deed of deeds) orig.deeds = keep(orig.deeds, `>${deed}`, MOST_DEEDS, shortFirst)
      }
    }
    if (record.resp_packets > 0 && !f.respIsGroup) {
      const { resp_asset, resp_addr, resp_mac, resp_zone } = record
      const resp = this.machine(f, partition, resp_asset, resp_addr, resp_mac, resp_zone)
      if (resp !== undefined) {
        this.note(resp, f, resp_addr, resp_zone, f.respBound ?? macOf(resp_addr, resp_mac))
        if (service !== undefined) resp.offered = keep(resp.offered, service, this.mostOfEach, shortFirst)
        for (const deed of deeds) resp.deeds = keep(resp.deeds, `<${deed}`, MOST_DEEDS, shortFirst)
      }
    }
  }

  /**
   * ARP, ND or DHCP bound an address to a MAC, in the broadcast domain of that VLAN where one is known. All bindings of
   * a run are told to the same assets, in their order.
   */
  bind(address: string, mac: string, vlan = -1): void {
    const known = this.bindings.get(address)
    if (known?.some(b => b.mac === mac && b.vlan === vlan)) return
    if (known && known.length < MOST_OF_EACH) known.push({ mac, vlan })
    else if (!known && this.bindings.size < this.most) this.bindings.set(address, [{ mac, vlan }])
  }

  /** A name the capture gives an address (name resolution blocks). */
  name(address: string, names: Iterable<string>): void {
    let known = this.names.get(address)
    if (!known) {
      if (this.names.size >= this.most) return
      known = new Set()
      this.names.set(address, known)
    }
    for (const name of names) add(known, sanitise(name))
  }

  /**
   * The machine at an address, or with a MAC, announced something about itself in protocol `how`. All announcements of a run are
   * told to the same assets, in their order.
   */
  heard(id: string, what: Identity['what'], text: string, how: string): void {
    this.identities.add(id, what, text, how)
  }

  /** Takes in what another thread has seen in other partitions. */
  absorb({ machines, overflow, bindings, identities }: AssetsState): void {
    this.refused += overflow
    for (const [address, bounds] of bindings)
      for (const { mac, vlan } of bounds) this.bind(address, mac, vlan)
    this.identities.absorb(identities)
    for (const machine of machines) {
      const { asset, id, zone } = machine
      const known = this.known(asset, id, zone)
      if (known !== undefined) join(known, machine, this.mostOfEach)
      else this.put({ ...machine })
    }
  }

  /** Everything seen so far, as a value of its own; names apart, which are the files'. */
  state(): AssetsState {
    return {
      machines: this.all().map(machine => ({ ...machine })),
      overflow: this.refused,
      bindings: new Map([...this.bindings].map(([address, bounds]) => [address, [...bounds]])),
      identities: this.identities.state(),
    }
  }

  /** Number of assets kept. */
  get size(): number {
    return Math.min(this.all().length, this.most)
  }

  /** ends that were not kept because there were too many */
  get overflow(): number {
    return this.cut().leftOut.reduce((sum, { ends }) => sum + ends, this.refused)
  }

  /** The records: declared assets by id first, then by address. `assignments` gives MACs their vendors. */
  records(assignments: Assignments = {}): AssetRecord[] {
    return this.cut()
      .kept.map(machine => ({ id: machine.id, record: this.record(machine, assignments) }))
      .sort(
        ({ id, record: a }, { id: other, record: b }) =>
          naturally(a.asset ?? '\u{10ffff}', b.asset ?? '\u{10ffff}') ||
          naturally(a.addresses[0] ?? a.macs[0]?.mac ?? '', b.addresses[0] ?? b.macs[0]?.mac ?? '') ||
          naturally(a.zones[0] ?? '', b.zones[0] ?? '') ||
          naturally(id, other),
      )
      .map(({ record }) => record)
  }

  private all(): Machine[] {
    return [this.declared, ...this.others.values()].flatMap(map => [...map.values()])
  }

  private cut(): { kept: Machine[]; leftOut: Machine[] } {
    const all = this.all()
    if (all.length <= this.most) return { kept: all, leftOut: [] }
    all.sort(sooner)
    return { kept: all.slice(0, this.most), leftOut: all.slice(this.most) }
  }

  private known(asset: string | undefined, id: string, zone: string | undefined): Machine | undefined {
    return asset === undefined ? this.others.get(zone)?.get(id) : this.declared.get(asset)
  }

  private put(machine: Machine): void {
    const { asset, id, zone } = machine
    if (asset !== undefined) {
      this.declared.set(asset, machine)
      return
    }
    const ofZone = this.others.get(zone) ?? new Map<string, Machine>()
    this.others.set(zone, ofZone)
    ofZone.set(id, machine)
  }

  /** Who stands at an end of a record; undefined when nobody can be told, or its partition has no room. */
  private machine(
    f: FlowFacts,
    partition: number,
    asset: string | undefined,
    address: string | undefined,
    mac: string | undefined,
    zone: string | undefined,
  ): Machine | undefined {
    const id = address ?? mac
    if (id === undefined) return undefined
    const bit = 1 << partition
    let machine = this.known(asset, id, zone)
    if (machine !== undefined && (machine.keepers & bit) !== 0) return machine
    if (this.kept[partition] >= this.mostInPartition) {
      this.refused++
      return undefined
    }
    this.kept[partition]++
    if (machine === undefined) {
      machine = newMachine(f, asset, address, mac, zone)
      this.put(machine)
    }
    machine.keepers |= bit
    return machine
  }

  private note(
    m: Machine,
    { record, startSeconds, endSeconds }: FlowFacts,
    address: string | undefined,
    zone: string | undefined,
    mac: string | undefined,
  ): void {
    m.ends++
    widen(m, record.start, startSeconds, record.end, endSeconds)
    // others have one address and one zone, by which they are known
    if (m.asset !== undefined) {
      if (address !== undefined) m.addresses = keep(m.addresses, address, this.mostOfEach, shortFirst)
      if (zone !== undefined) m.zones = keep(m.zones, zone, this.mostOfEach, shortFirst)
    }
    if (mac !== undefined) m.macs = keep(m.macs, mac, this.mostOfEach, shortFirst)
    const vlan = record.context?.vlans?.at(-1)
    if (vlan !== undefined) m.vlans = keep(m.vlans, vlan, this.mostOfEach, ascending)
  }

  private record(m: Machine, assignments: Assignments): AssetRecord {
    const macs = new Set(m.macs)
    const names = new Set<string>()
    for (const address of m.addresses) {
      for (const { mac, vlan } of this.bindings.get(address) ?? []) {
        // the same address in another VLAN is another machine
        if (vlan < 0 || m.vlans.length === 0 || m.vlans.includes(vlan)) macs.add(mac)
      }
      for (const name of this.names.get(address) ?? []) names.add(name)
    }
    const identity = this.identities.of([...m.addresses, ...macs])
    for (const { what, text } of identity) if (what === 'name') names.add(text)
    const guess = guessRole(m.deeds, identity)
    return {
      type: 'asset',
      ...(m.asset === undefined ? {} : { asset: m.asset }),
      addresses: [...m.addresses].sort(naturally),
      macs: [...macs].sort().map(mac => {
        const vendor = vendorOf(mac, assignments)
        return vendor === undefined ? { mac } : { mac, vendor }
      }),
      zones: [...m.zones].sort(naturally),
      vlans: [...m.vlans].sort((a, b) => a - b),
      names: [...names].sort(naturally),
      ...(guess === undefined ? {} : { role: guess.role, role_how: guess.how }),
      ...(identity.length === 0 ? {} : { identity }),
      services_offered: [...m.offered].sort(naturally),
      services_used: [...m.used].sort(naturally),
      first: m.first,
      last: m.last,
    }
  }
}

/** What a service is called, unless it is a guess which of two ports was the server's. */
function serviceOf(record: FlowRecord): string | undefined {
  if (record.service === undefined && record.direction === 'first' && record.resp_port !== undefined)
    return undefined
  return serviceLabel(record)
}

/** The MAC of frames without IP is the machine's own; with IP it may be a router's. */
const macOf = (address: string | undefined, mac: string | undefined): string | undefined =>
  address === undefined ? mac : undefined

function add<T>(set: Set<T>, item: T): void {
  if (set.size < MOST_OF_EACH) set.add(item)
}
