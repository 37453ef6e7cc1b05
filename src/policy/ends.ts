import { NONE, UNKNOWN } from './context.ts'
import type { Locator } from './lookup.ts'
import type { Model, Nat } from './model.ts'
import type { Question } from './question.ts'
import { RangeTable } from './ranges.ts'
import { icmpRequestOf, isLocalAddress } from './special.ts'
import { transportMatches } from './transport.ts'

/** How an end got its zone. */
export type How =
  | 'none'
  | 'address'
  | 'mac'
  | 'vlan'
  | 'group-vlan'
  | 'group-scope'
  | 'nat'
  | 'masquerade'
  | 'own'
  | 'behind'

/** One end of the flow in question: where it is, and who stands for it. One instance per end, filled anew. */
export class End {
  version = 0
  readonly words = new Uint32Array(4)
  port = 0
  macHigh = 0
  macLow = 0
  macBound = false
  /** index, NONE or UNKNOWN */
  zone = NONE
  asset = NONE
  how: How = 'none'
  /** boundary asset whose own address this is */
  boundary = NONE
  /** the zones it hides in when it is behind a masquerading address */
  hides: readonly number[] = []
  natAsset = NONE
  natEntry = NONE

  /** Takes one side of a question. */
  load(q: Question, side: 'orig' | 'resp'): void {
    const orig = side === 'orig'
    this.version = q.version
    const words = orig ? q.orig : q.resp
    for (let i = 0; i < 4; i++) this.words[i] = words[i]
    this.port = orig ? q.origPort : q.respPort
    this.macHigh = orig ? q.origMacHigh : q.respMacHigh
    this.macLow = orig ? q.origMacLow : q.respMacLow
    this.macBound = orig ? q.origMacBound : q.respMacBound
    this.zone = NONE
    this.asset = NONE
    this.how = 'none'
    this.boundary = NONE
    this.natAsset = NONE
    this.natEntry = NONE
  }
}

interface NatRule {
  asset: number
  entry: number
  nat: Nat
}

/** Places the ends of flows: assets, networks, MACs, VLANs, and what boundary assets put in front of them. */
export class Ends {
  private readonly model: Model
  private readonly locator: Locator
  private readonly nats: NatRule[] = []
  private readonly natTable: RangeTable
  /** zones a boundary has an address in, by asset */
  private readonly zonesOf = new Map<number, Set<number>>()

  constructor(model: Model, locator: Locator) {
    this.model = model
    this.locator = locator
    for (const [asset, { boundary, nat, addresses }] of model.assets.entries()) {
      for (const [entry, rule] of nat.entries()) this.nats.push({ asset, entry, nat: rule })
      if (!boundary) continue
      const zones = new Set<number>()
      for (const range of addresses) {
        locator.address(range.version, range.first, 0)
        if (locator.zone >= 0) zones.add(locator.zone)
      }
      this.zonesOf.set(asset, zones)
    }
    this.natTable = new RangeTable(
      this.nats.flatMap(({ nat }, id) => {
        const range = nat.outside?.range ?? nat.masquerade
        return range === undefined ? [] : [{ range, id }]
      }),
    )
  }

  /** Zone and asset of the end as it is written in the frame. */
  place(end: End, q: Question, context: number): void {
    const { locator } = this
    if (end.version !== 0) {
      locator.address(end.version, end.words, context)
      end.zone = locator.zone
      end.asset = locator.asset
      if (end.zone !== NONE || end.asset !== NONE) end.how = 'address'
    }
    if (end.zone !== NONE) return
    const local = end.version === 0 || isLocalAddress(end.version, end.words)
    if (end.asset === NONE && (local || end.macBound)) {
      locator.mac(end.macHigh, end.macLow, context)
      // a router's MAC proves nothing about an address
      if (local || locator.asset === NONE || !this.model.assets[locator.asset].boundary) {
        end.zone = locator.zone
        end.asset = locator.asset
        if (end.zone !== NONE) end.how = 'mac'
      }
    }
    if (end.zone === NONE && local) {
      const zone = locator.vlans.find(q.vlans, q.vlanCount, q.tap)
      if (zone >= 0) {
        end.zone = zone
        end.how = 'vlan'
      }
    }
  }

  /** The responder of group traffic: the zone in whose VLAN it is seen. */
  placeGroup(end: End, q: Question, origin: End): void {
    const zone = this.locator.vlans.find(q.vlans, q.vlanCount, q.tap)
    if (zone >= 0) {
      end.zone = zone
      end.how = 'group-vlan'
    } else if (this.locator.vlans.any) {
      end.zone = UNKNOWN
      end.how = 'group-vlan'
    } else {
      end.zone = origin.zone
      end.how = 'group-scope'
    }
  }

  /** What a boundary asset puts in front of an end: its own services, address translation, or somebody unknown. */
  settle(end: End, q: Question): void {
    if (end.version !== 0) end.how = this.front(end, q)
  }

  private front(end: End, q: Question): How {
    if (end.asset >= 0 && this.model.assets[end.asset].boundary) end.boundary = end.asset
    const ids = this.natTable.lists[this.natTable.find(end.version, end.words)]
    if (end.boundary === NONE && ids.length === 0) return end.how
    for (const id of ids) {
      const { outside } = this.nats[id].nat
      if (outside !== undefined && outside.port !== 0 && outside.port === end.port)
        return this.substitute(end, id)
    }
    if (end.boundary !== NONE && this.isOwn(q, end.boundary)) return 'own'
    for (const id of ids) if (this.nats[id].nat.outside?.port === 0) return this.substitute(end, id)
    for (const id of ids) {
      const { nat, asset, entry } = this.nats[id]
      if (nat.masquerade === undefined || nat.hides.length === 0) continue
      end.zone = nat.hides[0]
      end.hides = nat.hides
      end.natAsset = asset
      end.natEntry = entry
      return 'masquerade'
    }
    if (end.boundary === NONE) return end.how
    end.zone = NONE
    return 'behind'
  }

  /** Whether a boundary (by its own address) and the other end of the flow have a zone in common. */
  sharesZone(boundary: End, other: End): boolean {
    if (other.zone < 0) return false
    if (other.how === 'masquerade')
      return other.hides.every(zone => this.zonesOf.get(boundary.boundary)!.has(zone))
    return other.zone === boundary.zone || this.zonesOf.get(boundary.boundary)!.has(other.zone)
  }

  /** Puts the inside end of a translation in place of the outside one. Its place is not the frame's: context 0. */
  private substitute(end: End, id: number): How {
    const { nat, asset, entry } = this.nats[id]
    const outside = nat.outside!.range
    const { range, port } = nat.inside!
    let carry = 0
    for (let i = 3; i >= 0; i--) {
      const sum = end.words[i] - outside.first[i] + range.first[i] + carry
      carry = Math.floor(sum / 0x100000000)
      end.words[i] = sum - carry * 0x100000000
    }
    end.version = range.version
    if (port !== 0) end.port = port
    this.locator.address(end.version, end.words, 0)
    end.zone = this.locator.zone
    end.asset = this.locator.asset
    end.boundary = NONE
    end.natAsset = asset
    end.natEntry = entry
    return 'nat'
  }

  private isOwn(q: Question, asset: number): boolean {
    const firm = q.direction === 'handshake' || q.direction === 'request'
    for (const transport of this.model.assets[asset].own) {
      if (transportMatches(transport, q, q.respPort, q.icmpType)) return true
      if (!firm && transportMatches(transport, q, q.origPort, q.icmpType)) return true
      const request = transport.kind === 'icmp' ? icmpRequestOf(q.version, q.icmpType) : -1
      if (request >= 0 && transportMatches(transport, q, 0, request)) return true
    }
    return false
  }
}
