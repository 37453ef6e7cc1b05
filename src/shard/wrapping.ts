import * as F from '../decode/facts.ts'
import { Places } from '../flow/places.ts'
import { contextOf } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { type Layer, Tunnels } from '../flow/tunnels.ts'
import { formatAddress, hex32 } from '../net/address.ts'
import { mix } from '../net/hash.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import { matchTap } from '../policy/taps.ts'
import type { Context } from '../records.ts'

/** A destination that (nearly) the whole capture was tunnelled to: a mirror session, not a conversation. */
export interface MirrorDestination {
  kind: number
  version: number
  /** four unsigned words */
  address: Uint32Array
}

/** Ports of the source, as far as this room needs them. */
interface TapPort {
  tap?: string
}

/** Most places remembered per flow beyond its first; a flow seen in more is marked all the same. */
const MOST_SEEN = 16

const TAGGED_SLOTS = 256
/** bits of a context in front of a group's zone, which is 1 for a VLAN of several zones, 2 for one of none */
const CONTEXT_BITS = 20
const GROUP_ZONES = 3

/** The policy context of a row's key, whether or not it speaks to a group. */
export const flowContext = (context: number): number => context & ((1 << CONTEXT_BITS) - 1)

/** Identifiers that name a virtual network rather than a session. */
const isNetworkId = (kind: number): boolean =>
  kind === F.TUNNEL_VXLAN || kind === F.TUNNEL_GENEVE || kind === F.TUNNEL_NVGRE

/**
 * What a frame came wrapped in: turns tags, tunnels and taps into a place, and keeps tunnels that are conversations
 * apart from the wrapping of a mirror, which disappears.
 */
export class Wrapping {
  readonly places = new Places()
  readonly tunnels = new Tunnels()
  private readonly policy: CompiledPolicy | undefined
  private readonly mirrors: readonly MirrorDestination[]
  private readonly ports: readonly TapPort[]
  private readonly domains = new Places()
  /** by place: policy context, broadcast domain */
  private readonly contexts: number[] = []
  private readonly domainsByPlace: number[] = []
  /** by tunnel: -2 = a conversation, -1 = a mirror's wrapping without a name, else index into tapNames */
  private readonly tapByTunnel: number[] = []
  private readonly tapNames: string[]
  private readonly tapByPort: number[] = []
  private readonly seen = new Map<number, number[]>()
  private readonly vlans = new Uint16Array(8)
  private readonly layer: Layer
  private readonly readVlans: () => number[]
  private facts: Int32Array = new Int32Array(F.CELLS)
  /** places lately asked for by `taggedPlace`: tag, port, place + 1, VLANs as in the facts */
  private readonly tagged = new Int32Array(TAGGED_SLOTS * 4)
  private lastPlace = -1
  private lastPort = -1
  private lastCount = -1
  private lastVlans = -1

  constructor(
    policy: CompiledPolicy | undefined,
    mirrors: readonly MirrorDestination[],
    ports: readonly TapPort[],
  ) {
    this.policy = policy
    this.mirrors = mirrors
    this.ports = ports
    this.tapNames = policy === undefined ? [] : policy.model.taps.map(tap => tap.id)
    this.layer = {
      kind: 0,
      version: 0,
      proto: 0,
      srcPort: 0,
      dstPort: 0,
      id: 0,
      frameBytes: 0,
      ipBytes: 0,
      words: this.facts,
      at: 0,
    }
    this.readVlans = () => vlanList(this.facts)
  }

  /** Place of the frame the facts speak of; counts the tunnels it came through. */
  placeOf(f: Int32Array, port: number, seconds: number, nanos: number, frame: number): number {
    const count = f[F.VLAN_COUNT]
    if (f[F.LAYER_COUNT] !== 0) return this.wrappedPlace(f, port, seconds, nanos, frame)
    if (count === this.lastCount && f[F.VLANS] === this.lastVlans && port === this.lastPort && count <= 2)
      return this.lastPlace
    this.lastCount = count
    this.lastVlans = f[F.VLANS]
    this.lastPort = port
    this.lastPlace = this.places.intern(f, F.VLANS, count, -1, this.portTap(port), -1)
    return this.lastPlace
  }

  /** Place of a frame that came unwrapped; `tag` is 0x10000 + VLAN id, 0 = none. The same as `placeOf`, sooner. */
  taggedPlace(tag: number, port: number): number {
    const cache = this.tagged
    const slot = ((tag ^ (port << 4)) & (TAGGED_SLOTS - 1)) << 2
    if (cache[slot] === tag && cache[slot + 1] === port && cache[slot + 2] > 0) return cache[slot + 2] - 1
    cache[slot + 3] = tag << 16
    const place = this.places.intern(cache, slot + 3, tag >>> 16, -1, this.portTap(port), -1)
    cache[slot] = tag
    cache[slot + 1] = port
    cache[slot + 2] = place + 1
    return place
  }

  private wrappedPlace(f: Int32Array, port: number, seconds: number, nanos: number, frame: number): number {
    const layer = this.layer
    this.facts = f
    let vni = -1
    let tap = this.portTap(port)
    let parent = -1
    let child = -1
    for (let i = 0; i < f[F.LAYER_COUNT]; i++) {
      const at = F.LAYERS + i * F.LAYER_CELLS
      layer.kind = f[at + F.LAYER_KIND]
      layer.version = f[at + F.LAYER_VERSION]
      layer.proto = f[at + F.LAYER_PROTO]
      layer.srcPort = f[at + F.LAYER_SRC_PORT]
      layer.dstPort = f[at + F.LAYER_DST_PORT]
      layer.frameBytes = f[at + F.LAYER_FRAME_BYTES]
      layer.ipBytes = f[at + F.LAYER_IP_BYTES]
      // one session may use a key for each direction; only network ids and mirror sessions tell tunnels apart
      layer.id = isNetworkId(layer.kind) || layer.kind === F.TUNNEL_ERSPAN ? f[at + F.LAYER_ID] : -1
      layer.words = f
      layer.at = at + F.LAYER_SRC
      if (layer.version === 4) for (let w = 0; w < 3; w++) f[layer.at + w] = f[layer.at + 4 + w] = 0
      if (isNetworkId(layer.kind)) vni = layer.id
      parent = this.tunnels.note(layer, parent, this.readVlans, seconds, nanos, frame, port)
      if (parent === this.tapByTunnel.length) this.tapByTunnel.push(this.classify(f, at))
      const role = this.tapByTunnel[parent]
      if (role === -2) child = parent
      else if (role >= 0) tap = role
    }
    return this.places.intern(f, F.VLANS, f[F.VLAN_COUNT], vni, tap, child)
  }

  /** A mirror's wrapping or a conversation (contract, Tunnels); the answer holds for all frames of the tunnel. */
  private classify(f: Int32Array, at: number): number {
    const kind = f[at + F.LAYER_KIND]
    const version = f[at + F.LAYER_VERSION] as 4 | 6
    const words = (start: number): Uint32Array => Uint32Array.from(f.subarray(start, start + 4))
    const src = words(at + F.LAYER_SRC)
    const dst = words(at + F.LAYER_DST)
    const id = f[at + F.LAYER_ID]
    const name = F.TUNNEL_NAMES[kind]
    if (this.policy !== undefined) {
      const tap = matchTap(this.policy.model, name, version, src, dst, id)
      if (tap >= 0) return tap
    }
    const mirrored = this.mirrors.some(
      m => m.kind === kind && m.version === version && m.address.every((word, i) => word === dst[i]),
    )
    if (kind !== F.TUNNEL_ERSPAN && !mirrored) return -2
    const source = formatAddress(version, src[0], src[1], src[2], src[3])
    return this.tapNumber(id >= 0 ? `${name}:${source}/${id}` : `${name}:${source}`)
  }

  private tapNumber(name: string): number {
    const known = this.tapNames.indexOf(name)
    return known >= 0 ? known : this.tapNames.push(name) - 1
  }

  private portTap(port: number): number {
    const known = this.tapByPort[port]
    if (known !== undefined) return known
    const name = this.ports[port].tap
    const tap = name === undefined ? -1 : this.tapNumber(name)
    this.tapByPort[port] = tap
    return tap
  }

  tapName(tap: number): string {
    return this.tapNames[tap]
  }

  /** Policy context of a place; without a policy the VLAN stack and VNI make the context. */
  contextOf(place: number): number {
    return this.contexts[place] ?? this.newContext(place)
  }

  /**
   * Context of traffic to a group: it is judged once for each zone in whose VLAN it is seen (contract, One to many), so
   * that zone is part of the flow's key. `flowContext` takes it off again.
   */
  groupContextOf(place: number): number {
    const context = this.contextOf(place)
    if (this.policy === undefined) return context
    const { vlans } = this.places.list[place]
    const count = this.fillVlans(vlans, this.vlans)
    const zone = this.policy.zoneOfVlans(this.vlans, count, this.declaredTap(place))
    return context | ((zone + GROUP_ZONES) << CONTEXT_BITS)
  }

  private newContext(place: number): number {
    const { vlans, vni } = this.places.list[place]
    let context: number
    if (this.policy === undefined) context = this.domainOf(place)
    else {
      const count = this.fillVlans(vlans, this.vlans)
      context = this.policy.contextOf(this.vlans, count, vni, this.declaredTap(place))
    }
    this.contexts[place] = context
    return context
  }

  /** The tap of a place as an index into the policy's taps, -1 when it is none of them. */
  declaredTap(place: number): number {
    const { tap } = this.places.list[place]
    return this.policy !== undefined && tap < this.policy.model.taps.length ? tap : -1
  }

  /** Copies a VLAN stack into a question's array; returns how many there are. */
  fillVlans(vlans: readonly number[], into: Uint16Array): number {
    for (let i = 0; i < vlans.length; i++) into[i] = vlans[i]
    return vlans.length
  }

  /** Number of the broadcast domain of a place: its VLAN stack and VNI. */
  domainOf(place: number): number {
    const known = this.domainsByPlace[place]
    if (known !== undefined) return known
    const { vlans, vni } = this.places.list[place]
    const packed = new Int32Array(4)
    for (let i = 0; i < vlans.length; i++) packed[i >> 1] |= i & 1 ? vlans[i] : vlans[i] << 16
    const domain = this.domains.intern(packed, 0, vlans.length, vni, -1, -1)
    this.domainsByPlace[place] = domain
    return domain
  }

  /** Notes that a flow is now seen in `place`; true when it is new to this flow. */
  spread(table: FlowTable, row: number, place: number): boolean {
    const { hot, cold } = table
    const h = row * R.HOT_WORDS
    hot[h + R.PLACE] = place
    if (cold[row * R.COLD_WORDS + R.FIRST_PLACE] === place) return false
    hot[h + R.STATE] |= R.SPREAD
    const serial = cold[row * R.COLD_WORDS + R.SERIAL]
    const seen = this.seen.get(serial)
    if (seen === undefined) {
      this.seen.set(serial, [place])
      return true
    }
    if (seen.includes(place) || seen.length >= MOST_SEEN) return false
    seen.push(place)
    return true
  }

  /** True when a flow was seen in `place` before. */
  isSeenIn(table: FlowTable, row: number, place: number): boolean {
    if (table.cold[row * R.COLD_WORDS + R.FIRST_PLACE] === place) return true
    if ((table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD) === 0) return false
    return this.seen.get(table.cold[row * R.COLD_WORDS + R.SERIAL])?.includes(place) === true
  }

  /** The places a flow was seen in besides its first. */
  otherPlaces(table: FlowTable, row: number): readonly number[] {
    if ((table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD) === 0) return []
    return this.seen.get(table.cold[row * R.COLD_WORDS + R.SERIAL]) ?? []
  }

  /** Frees what was kept for a row that ends. */
  forget(table: FlowTable, row: number): void {
    if (table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD)
      this.seen.delete(table.cold[row * R.COLD_WORDS + R.SERIAL])
  }

  /** Context of a flow's first frame and of the other places it was seen in, as records have them. */
  contextsOf(table: FlowTable, row: number): { context: Context | undefined; seenIn: Context[] | undefined } {
    const name = (tap: number): string => this.tapNames[tap]
    const c = row * R.COLD_WORDS
    const context = contextOf(this.places.list[table.cold[c + R.FIRST_PLACE]], name)
    if (!(table.hot[row * R.HOT_WORDS + R.STATE] & R.SPREAD)) return { context, seenIn: undefined }
    const known = new Set([JSON.stringify(context)])
    const seenIn: Context[] = []
    for (const place of this.otherPlaces(table, row)) {
      const other = contextOf(this.places.list[place], name) ?? {}
      const text = JSON.stringify(other)
      if (known.has(text)) continue
      known.add(text)
      seenIn.push(other)
    }
    return { context, seenIn: seenIn.length > 0 ? seenIn : undefined }
  }

  /** A stable name of a tunnel: ends, kind and id, the same in every run and on every worker. */
  tunnelId(tunnel: number): string {
    const { kind, version, id, low, high } = this.tunnels.identity(tunnel)
    let a = mix(0x452821e6 ^ kind, version)
    let b = mix(0x38d01377 ^ kind, id)
    for (let i = 0; i < 4; i++) {
      a = mix(mix(a, low[i]), high[i])
      b = mix(mix(b, high[i]), low[i] ^ id)
    }
    return hex32(a) + hex32(b)
  }

  /** Mirror sessions whose wrapping disappeared, as text for the summary, e.g. `erspan 10.10.99.21 -> 10.10.99.1`. */
  mirrorSessions(): string[] {
    const names = new Set<string>()
    for (let i = 0; i < this.tapByTunnel.length; i++) {
      if (this.tapByTunnel[i] === -2) continue
      const { kind, version, low, high, origSide } = this.tunnels.identity(i)
      const text = (w: Uint32Array): string => formatAddress(version as 4 | 6, w[0], w[1], w[2], w[3])
      const [src, dst] = origSide === 0 ? [low, high] : [high, low]
      names.add(`${F.TUNNEL_NAMES[kind]} ${text(src)} -> ${text(dst)}`)
    }
    return [...names]
  }

  /** True for tunnels that are conversations, false for a mirror's wrapping. */
  isConversation(tunnel: number): boolean {
    return this.tapByTunnel[tunnel] === -2
  }
}

function vlanList(f: Int32Array): number[] {
  const list: number[] = []
  for (let i = 0; i < f[F.VLAN_COUNT]; i++) {
    const word = f[F.VLANS + (i >> 1)]
    list.push(i & 1 ? word & 0xffff : word >>> 16)
  }
  return list
}
