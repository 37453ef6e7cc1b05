import type { FlowFacts } from '../finding/facts.ts'
import { serviceLabel } from '../finding/kinds.ts'
import { wasAnswered } from '../finding/severity.ts'
import { sanitise, timeOrder } from '../finding/words.ts'
import type { AssetRecord, FlowRecord } from '../records.ts'
import { type Assignments, vendorOf } from './vendor.ts'

/** Assets kept; what is met after that many is only counted. */
export const MOST_ASSETS = 100_000
const MOST_OF_EACH = 64

/** One machine as far as it showed itself. */
interface Machine {
  asset: string | undefined
  addresses: Set<string>
  macs: Set<string>
  zones: Set<string>
  vlans: Set<number>
  names: Set<string>
  offered: Set<string>
  used: Set<string>
  first: string
  last: string
}

/**
 * Collects who was seen: one asset for each address in a zone, declared assets under their id, machines without an
 * address under their MAC. Only senders count; an address that was merely asked for is no asset. Memory is bounded.
 */
export class Assets {
  /** ends that were not kept because there were too many */
  overflow = 0
  private readonly most: number
  private readonly machines = new Map<string, Machine>()
  /** address -> MACs bound to it, with the VLAN (-1 = none told) */
  private readonly bindings = new Map<string, { mac: string; vlan: number }[]>()
  private readonly heard = new Map<string, Set<string>>()

  constructor(options: { most?: number } = {}) {
    this.most = options.most ?? MOST_ASSETS
  }

  /** Takes in one record of a flow, interim or final. Tunnel records tell of tunnel ends and count like flows. */
  observe(f: FlowFacts): void {
    const { record } = f
    const answered = wasAnswered(f)
    const service = record.type === 'tunnel' ? undefined : this.serviceOf(record)
    if (record.orig_packets > 0) {
      const orig = this.machine(
        record.orig_asset,
        record.orig_addr,
        record.orig_mac,
        record.orig_zone,
        record,
      )
      if (orig) {
        this.note(
          orig,
          record,
          record.orig_addr,
          record.orig_zone,
          f.origBound ?? macOf(record.orig_addr, record.orig_mac),
        )
        if (answered && service !== undefined) add(orig.used, service)
      }
    }
    if (record.resp_packets > 0 && !f.respIsGroup) {
      const resp = this.machine(
        record.resp_asset,
        record.resp_addr,
        record.resp_mac,
        record.resp_zone,
        record,
      )
      if (resp) {
        this.note(
          resp,
          record,
          record.resp_addr,
          record.resp_zone,
          f.respBound ?? macOf(record.resp_addr, record.resp_mac),
        )
        if (answered && service !== undefined) add(resp.offered, service)
      }
    }
  }

  /** ARP, ND or DHCP bound an address to a MAC, in the broadcast domain of that VLAN where one is known. */
  bind(address: string, mac: string, vlan?: number): void {
    const known = this.bindings.get(address)
    if (known?.some(b => b.mac === mac && b.vlan === (vlan ?? -1))) return
    if (known && known.length < MOST_OF_EACH) known.push({ mac, vlan: vlan ?? -1 })
    else if (!known && this.bindings.size < this.most) this.bindings.set(address, [{ mac, vlan: vlan ?? -1 }])
  }

  /** A name the capture gives an address (name resolution blocks; later also what protocols tell). */
  name(address: string, names: Iterable<string>): void {
    let known = this.heard.get(address)
    if (!known) {
      if (this.heard.size >= this.most) return
      known = new Set()
      this.heard.set(address, known)
    }
    for (const name of names) add(known, sanitise(name))
  }

  /** Number of assets kept. */
  get size(): number {
    return this.machines.size
  }

  /** The records: declared assets by id first, then by address. `assignments` gives MACs their vendors. */
  records(assignments: Assignments = {}): AssetRecord[] {
    const records: AssetRecord[] = []
    for (const machine of this.machines.values()) records.push(this.record(machine, assignments))
    return records.sort(
      (a, b) =>
        naturally(a.asset ?? '\u{10ffff}', b.asset ?? '\u{10ffff}') ||
        naturally(a.addresses[0] ?? a.macs[0]?.mac ?? '', b.addresses[0] ?? b.macs[0]?.mac ?? '') ||
        naturally(a.zones[0] ?? '', b.zones[0] ?? ''),
    )
  }

  /** What a service is called, unless it is a guess which of two ports was the server's. */
  private serviceOf(record: FlowRecord): string | undefined {
    if (record.service === undefined && record.direction === 'first' && record.resp_port !== undefined)
      return undefined
    return serviceLabel(record)
  }

  private machine(
    asset: string | undefined,
    address: string | undefined,
    mac: string | undefined,
    zone: string | undefined,
    record: FlowRecord,
  ): Machine | undefined {
    if (address === undefined && mac === undefined) return undefined
    const key = asset === undefined ? `${address ?? mac} ${zone ?? ''}` : `asset ${asset}`
    const known = this.machines.get(key)
    if (known) return known
    if (this.machines.size >= this.most) {
      this.overflow++
      return undefined
    }
    const machine: Machine = {
      asset,
      addresses: new Set(),
      macs: new Set(),
      zones: new Set(),
      vlans: new Set(),
      names: new Set(),
      offered: new Set(),
      used: new Set(),
      first: record.start,
      last: record.end,
    }
    this.machines.set(key, machine)
    return machine
  }

  private note(
    m: Machine,
    record: FlowRecord,
    address: string | undefined,
    zone: string | undefined,
    mac: string | undefined,
  ): void {
    if (address !== undefined) add(m.addresses, address)
    if (zone !== undefined) add(m.zones, zone)
    if (mac !== undefined) add(m.macs, mac)
    const vlan = record.context?.vlans?.at(-1)
    if (vlan !== undefined) add(m.vlans, vlan)
    if (timeOrder(record.start, m.first) < 0) m.first = record.start
    if (timeOrder(record.end, m.last) > 0) m.last = record.end
  }

  private record(m: Machine, assignments: Assignments): AssetRecord {
    const macs = new Set(m.macs)
    const names = new Set(m.names)
    for (const address of m.addresses) {
      for (const { mac, vlan } of this.bindings.get(address) ?? []) {
        // the same address in another VLAN is another machine
        if (vlan < 0 || m.vlans.size === 0 || m.vlans.has(vlan)) macs.add(mac)
      }
      for (const name of this.heard.get(address) ?? []) names.add(name)
    }
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
      services_offered: [...m.offered].sort(naturally),
      services_used: [...m.used].sort(naturally),
      first: m.first,
      last: m.last,
    }
  }
}

/** The MAC of frames without IP is the machine's own; with IP it may be a router's. */
const macOf = (address: string | undefined, mac: string | undefined): string | undefined =>
  address === undefined ? mac : undefined

function add<T>(set: Set<T>, item: T): void {
  if (set.size < MOST_OF_EACH) set.add(item)
}

const collator = new Intl.Collator('en', { numeric: true })
const naturally = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
