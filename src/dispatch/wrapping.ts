import * as F from '../decode/facts.ts'
import { Places } from '../flow/places.ts'
import { contextOf } from '../flow/record.ts'
import { type Layer, type Tunnel, Tunnels, UNKEPT } from '../flow/tunnels.ts'
import { formatAddress, hex32 } from '../net/address.ts'
import { mix } from '../net/hash.ts'
import type { AskedPolicy } from '../policy/asked.ts'
import { matchTap } from '../policy/taps.ts'
import type { Context } from '../records.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import { NEARLY_ALL } from './mirror-probe.ts'
import { TunnelVerdicts } from './tunnel-verdicts.ts'

/** A destination that (nearly) the whole capture was tunnelled to: a mirror session, not a conversation. */
export interface MirrorDestination {
  kind: number
  version: number
  /** four unsigned words */
  address: Uint32Array
  /** known to be a mirror session, as one that ends at the sensor's own address is, whatever share of the frames it carries */
  certain?: true
}

/** What frames came wrapped in, as far as it is the same for all that come in the same headers. */
export interface Wrapper {
  tunnel: number
  /** which end of the tunnel sends: 0 = the smaller address */
  side: number
  /** what the policy judges: a tunnel that is a conversation, or may be one after all */
  isJudged: boolean
  isVoted: boolean
  /** index of the policy's tap that saw the wrapper, -1 = none */
  seenBy: number
  /** index of the mirror whose share it counts for, -1 = none */
  mirror: number
  /** of the frames inside */
  vni: number
  tap: number
  child: number
}

/** Ports of the source, as far as this room needs them. */
interface TapPort {
  tap?: string
}

const TAGGED_SLOTS = 256
/** role of a tunnel that is a conversation, and of a mirror's wrapping without a name; else an index into tapNames */
const CONVERSATION = -2
const NAMELESS = -1
const UNKNOWN_ZONE = -2
/** A tunnel that was silent for longer is not judged again before its next frame. */
const SILENT_SECONDS = 300
/** Identifiers that name a virtual network rather than a session. */
const isNetworkId = (kind: number): boolean =>
  kind === F.TUNNEL_VXLAN || kind === F.TUNNEL_GENEVE || kind === F.TUNNEL_NVGRE

/**
 * What a frame came wrapped in: turns tags, tunnels and taps into a place, and keeps tunnels that are conversations
 * apart from the wrapping of a mirror, which disappears.
 */
export class Wrapping {
  readonly places: Places
  readonly tunnels: Tunnels
  readonly tunnelVerdicts: TunnelVerdicts
  /** frames that came through a tunnel there was no room for; they are in no tunnel's record */
  unkept = 0
  private policy: AskedPolicy | undefined
  private readonly mirrors: readonly MirrorDestination[]
  private readonly ports: readonly TapPort[]
  /** the policy has zones whose addresses count in some places only */
  private hasContexts: boolean
  /** by tunnel: its role */
  private readonly tapByTunnel: number[] = []
  /** by tunnel: the mirror of the vote that made it a wrapping, -1 = none */
  private readonly mirrorByTunnel: number[] = []
  /** by mirror: frames that came that way, as the layer furthest outside; and whether the whole capture contradicts the vote */
  private readonly mirrorFrames: number[]
  private readonly refuted: boolean[]
  /** by tunnel: records made so far */
  private readonly records: number[] = []
  /** tunnels that news were asked of */
  private told = 0
  /** schedules and exceptions in force at the last tick */
  private epoch = -1
  private readonly tapNames: string[]
  private readonly tapNumbers = new Map<string, number>()
  private readonly tapByPort: number[] = []
  private readonly inside = new Int32Array(4)
  private readonly outside = new Uint16Array(8)
  private readonly src = new Uint32Array(4)
  private readonly dst = new Uint32Array(4)
  private readonly layer: Layer
  private readonly readVlans: () => number[]
  private facts: Int32Array = new Int32Array(F.CELLS)
  /** frames whose place could not be told apart from others any more */
  framesBeyond = 0
  /** places lately asked for by `taggedPlace`: tag, port, place + 1, VLANs as in the facts */
  private readonly tagged = new Int32Array(TAGGED_SLOTS * 4)
  /** what `classify` found */
  private role = CONVERSATION
  private voted = -1
  /** of the frame `placeOf` was asked for last, where it came in one tunnel */
  private readonly last: Wrapper = {
    tunnel: -1,
    side: 0,
    isJudged: false,
    isVoted: false,
    seenBy: -1,
    mirror: -1,
    vni: -1,
    tap: -1,
    child: -1,
  }

  constructor(
    policy: AskedPolicy | undefined,
    mirrors: readonly MirrorDestination[],
    ports: readonly TapPort[],
    /** most places and tunnels told apart, where not the usual; for tests */
    most: { places?: number; tunnels?: number } = {},
  ) {
    this.places = new Places(most.places)
    this.tunnels = new Tunnels(most.tunnels)
    this.tunnelVerdicts = new TunnelVerdicts(policy)
    this.hasContexts = hasContexts(policy)
    this.mirrorFrames = mirrors.map(() => 0)
    this.refuted = mirrors.map(() => false)
    this.policy = policy
    this.mirrors = mirrors
    this.ports = ports
    this.tapNames = policy === undefined ? [] : policy.model.taps.map(tap => tap.id)
    for (const [number, name] of this.tapNames.entries()) this.tapNumbers.set(name, number)
    this.layer = {
      kind: 0,
      version: 0,
      proto: 0,
      srcPort: 0,
      dstPort: 0,
      id: 0,
      apart: 0,
      vni: -1,
      tap: -1,
      frameBytes: 0,
      ipBytes: 0,
      words: this.facts,
      at: 0,
    }
    // the layer at hand begins LAYER_SRC cells before its addresses
    this.readVlans = () => Array.from(this.outside.subarray(0, this.readOutside(this.layer.at - F.LAYER_SRC)))
  }

  /** Place of the frame the facts speak of; counts the tunnels it came through. To be asked once for each frame. */
  placeOf(f: Int32Array, port: number, seconds: number, nanos: number, frame: number): number {
    const place =
      f[F.LAYER_COUNT] === 0 ? this.plainPlace(f, port) : this.wrappedPlace(f, port, seconds, nanos, frame)
    if (place === this.places.unknown) this.framesBeyond++
    return place
  }

  private plainPlace(f: Int32Array, port: number): number {
    const count = f[F.VLAN_COUNT]
    if (count > 1) return this.places.intern(f, F.VLANS, count, -1, this.portTap(port), -1)
    return this.taggedPlace(count === 0 ? 0 : 0x10000 | (f[F.VLANS] >>> 16), port)
  }

  /** Place of a frame that came unwrapped; `tag` is 0x10000 + VLAN id, 0 = none. */
  taggedPlace(tag: number, port: number): number {
    const cache = this.tagged
    const slot = ((tag ^ (port << 4)) & (TAGGED_SLOTS - 1)) << 2
    if (cache[slot] === tag && cache[slot + 1] === port && cache[slot + 2] > 0) return cache[slot + 2] - 1
    cache[slot + 3] = tag << 16
    const place = this.places.intern(cache, slot + 3, tag >>> 16, -1, this.portTap(port), -1)
    cache[slot] = tag
    cache[slot + 1] = port
    cache[slot + 2] = place === this.places.unknown ? 0 : place + 1
    return place
  }

  private wrappedPlace(f: Int32Array, port: number, seconds: number, nanos: number, frame: number): number {
    const layer = this.layer
    this.facts = f
    let vni = -1
    let tap = this.portTap(port)
    let parent = -1
    let child = -1
    this.last.tunnel = -1
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
      layer.vni = vni
      layer.tap = tap
      layer.apart = this.hasContexts ? this.apartness(at) : 0
      if (isNetworkId(layer.kind)) vni = layer.id
      const outer = parent
      parent = this.tunnels.note(layer, outer, this.readVlans, seconds, nanos, frame, port)
      if (parent === this.tapByTunnel.length) this.takeIn(f, at)
      else if (parent < 0) parent = this.beyond(f, at, outer, seconds, nanos, frame, port)
      const kept = parent >= 0
      const role = kept ? this.tapByTunnel[parent] : this.role
      const voted = kept ? this.mirrorByTunnel[parent] : this.voted
      if (kept && (role === CONVERSATION || voted >= 0))
        this.tunnelVerdicts.see(this.tunnels, parent, this.declared(layer.tap), voted >= 0, seconds)
      const isShare = voted >= 0 && i === 0 && this.goesTo(this.mirrors[voted], f, at)
      if (isShare) this.mirrorFrames[voted]++
      const seenBy = this.declared(layer.tap)
      if (role === CONVERSATION) child = kept ? parent : -1
      else if (role >= 0) tap = role
      if (kept && f[F.LAYER_COUNT] === 1) {
        const { last } = this
        last.tunnel = parent
        last.side = this.tunnels.side
        last.isJudged = role === CONVERSATION || voted >= 0
        last.isVoted = voted >= 0
        last.seenBy = seenBy
        last.mirror = isShare ? voted : -1
        last.vni = vni
        last.tap = tap
        last.child = child
      }
    }
    return this.places.intern(f, F.VLANS, f[F.VLAN_COUNT], vni, tap, child)
  }

  /** What the frame that `placeOf` was asked for last came in, where that was one tunnel that is kept. */
  wrapperOfLast(): Wrapper | undefined {
    return this.last.tunnel < 0 ? undefined : { ...this.last }
  }

  /** Another frame in a wrapper: counts it as `placeOf` does. Lengths are those of the wrapper's frame and packet. */
  again(wrapper: Wrapper, frameBytes: number, ipBytes: number, seconds: number, nanos: number): void {
    const { tunnel, side, isJudged, isVoted, seenBy, mirror } = wrapper
    this.tunnels.again(tunnel, side, frameBytes, ipBytes, seconds, nanos)
    if (isJudged) this.tunnelVerdicts.see(this.tunnels, tunnel, seenBy, isVoted, seconds)
    if (mirror >= 0) this.mirrorFrames[mirror]++
  }

  /** Place of a frame in a wrapper; `tag` is 0x10000 + VLAN id, 0 = none. */
  placeInside({ vni, tap, child }: Wrapper, tag: number): number {
    this.inside[0] = tag << 16
    return this.places.intern(this.inside, 0, tag >>> 16, vni, tap, child)
  }

  private takeIn(f: Int32Array, at: number): void {
    this.classify(f, at, true)
    this.tapByTunnel.push(this.role)
    this.mirrorByTunnel.push(this.voted)
  }

  /**
   * A tunnel there is no room for: taken in all the same when nothing in the table was judged as it is, so that whatever
   * is undeclared has one that shows it. Otherwise its frame is counted as unkept. Its index, or UNKEPT.
   */
  private beyond(
    f: Int32Array,
    at: number,
    outer: number,
    seconds: number,
    nanos: number,
    frame: number,
    port: number,
  ): number {
    this.classify(f, at, false)
    const { layer } = this
    if (this.role === CONVERSATION || this.voted >= 0) {
      const count = this.readOutside(at)
      const tap = this.declared(layer.tap)
      if (this.tunnelVerdicts.isNews(layer, this.outside, count, tap, this.voted >= 0, seconds)) {
        const index = this.tunnels.note(layer, outer, this.readVlans, seconds, nanos, frame, port, true)
        if (index >= 0) {
          this.takeIn(f, at)
          return index
        }
      }
    }
    this.unkept++
    return UNKEPT
  }

  /** What keeps tunnels with the same ends apart: the zones the policy places the ends in, seen where they are. */
  private apartness(at: number): number {
    const { policy, layer, src, dst } = this
    const count = this.readOutside(at)
    const context = policy!.contextOf(this.outside, count, layer.vni, this.declared(layer.tap))
    for (let i = 0; i < 4; i++) {
      src[i] = layer.words[layer.at + i]
      dst[i] = layer.words[layer.at + 4 + i]
    }
    return this.zonesOf(layer.version, src, dst, context)
  }

  /** The same of a tunnel in the table, by where its first frame was seen. */
  private apartnessOf({ version, low, high, vlans, vni, tap }: Readonly<Tunnel>): number {
    if (!this.hasContexts) return 0
    const context = this.policy!.contextOf(vlans, vlans.length, vni, this.declared(tap))
    return this.zonesOf(version, low, high, context)
  }

  private zonesOf(version: number, one: Uint32Array, other: Uint32Array, context: number): number {
    const a = this.policy!.zoneOf(version as 4 | 6, one, context) - UNKNOWN_ZONE
    const b = this.policy!.zoneOf(version as 4 | 6, other, context) - UNKNOWN_ZONE
    return a < b ? (a << 16) | b : (b << 16) | a
  }

  /**
   * Judges tunnels by another policy from now on, those that are in use at `seconds` at once. Its taps are those of the one
   * before (see hasSameTaps): places, names and what is held for a mirror's wrapping stay.
   */
  reload(policy: AskedPolicy | undefined, seconds: number): void {
    this.policy = policy
    this.epoch = -1
    this.hasContexts = hasContexts(policy)
    this.tunnels.tellApart(tunnel => this.apartnessOf(tunnel))
    this.tunnelVerdicts.reload(policy)
    this.judgeInUse(seconds)
  }

  /** Time has come to `seconds`: judges tunnels in use again where other schedules or exceptions are in force. */
  tick(seconds: number): void {
    const epoch = this.tunnelVerdicts.epochAt(seconds)
    if (epoch === this.epoch) return
    this.epoch = epoch
    this.judgeInUse(seconds)
  }

  private judgeInUse(seconds: number): void {
    const { tunnels } = this
    for (let tunnel = 0; tunnel < tunnels.count; tunnel++) {
      const isVoted = this.mirrorByTunnel[tunnel] >= 0
      if (this.tapByTunnel[tunnel] !== CONVERSATION && !isVoted) continue
      if (seconds - tunnels.lastSeconds(tunnel) > SILENT_SECONDS) continue
      const { tap } = tunnels.identity(tunnel)
      this.tunnelVerdicts.see(tunnels, tunnel, this.declared(tap), isVoted, seconds)
    }
  }

  /** The tunnels that are new since the last call, or have another verdict, in the order first seen; no mirror's wrapping. */
  takeNews(): number[] {
    const news = [...this.tunnelVerdicts.takeChanged()].filter(tunnel => tunnel < this.told)
    news.sort((a, b) => a - b)
    while (this.told < this.tunnels.count) news.push(this.told++)
    return news.filter(tunnel => this.tapByTunnel[tunnel] === CONVERSATION)
  }

  /** A record of a tunnel is made: how many were before. */
  countRecord(tunnel: number): number {
    const before = this.records[tunnel] ?? 0
    this.records[tunnel] = before + 1
    return before
  }

  /** Reads the tags outside a layer into `outside`; returns how many there are. */
  private readOutside(at: number): number {
    const f = this.facts
    const count = f[at + F.LAYER_VLAN_COUNT]
    for (let i = 0; i < count; i++) {
      const word = f[at + F.LAYER_VLANS + (i >> 1)]
      this.outside[i] = i & 1 ? word & 0xffff : word >>> 16
    }
    return count
  }

  private goesTo({ address }: MirrorDestination, f: Int32Array, at: number): boolean {
    for (let i = 0; i < 4; i++) if (f[at + F.LAYER_DST + i] >>> 0 !== address[i]) return false
    return true
  }

  /**
   * A mirror's wrapping or a conversation (contract, Tunnels); the answer holds for all frames of the tunnel. Fills `role`
   * and `voted`. Only a tunnel that `isKept` may bring a new name.
   */
  private classify(f: Int32Array, at: number, isKept: boolean): void {
    this.voted = -1
    this.role = this.roleOf(f, at, isKept)
  }

  private roleOf(f: Int32Array, at: number, isKept: boolean): number {
    const kind = f[at + F.LAYER_KIND]
    const version = f[at + F.LAYER_VERSION] as 4 | 6
    const words = (start: number): Uint32Array => Uint32Array.from(f.subarray(start, start + 4))
    const src = words(at + F.LAYER_SRC)
    const dst = words(at + F.LAYER_DST)
    // keys and endpoint ids have 32 bits; one of 32 ones is read as none
    const id = f[at + F.LAYER_ID] === -1 ? -1 : f[at + F.LAYER_ID] >>> 0
    const name = F.TUNNEL_NAMES[kind]
    if (this.policy !== undefined) {
      const tap = matchTap(this.policy.model, name, version, src, dst, id)
      if (tap >= 0) return tap
    }
    if (kind !== F.TUNNEL_ERSPAN) {
      this.voted = this.mirrors.findIndex(
        m => m.kind === kind && m.version === version && this.goesTo(m, f, at),
      )
      if (this.voted < 0) return CONVERSATION
    }
    const source = formatAddress(version, src[0], src[1], src[2], src[3])
    const session = id >= 0 ? `${name}:${source}/${id}` : `${name}:${source}`
    return isKept ? this.tapNumber(session) : (this.tapNumbers.get(session) ?? NAMELESS)
  }

  private tapNumber(name: string): number {
    const known = this.tapNumbers.get(name)
    if (known !== undefined) return known
    const number = this.tapNames.push(name) - 1
    this.tapNumbers.set(name, number)
    return number
  }

  private portTap(port: number): number {
    const known = this.tapByPort[port]
    if (known !== undefined) return known
    const name = this.ports[port].tap
    const tap = name === undefined ? -1 : this.tapNumber(name)
    this.tapByPort[port] = tap
    return tap
  }

  /** A place as the shards are told of it. */
  seenPlace(place: number): SeenPlace {
    const { vlans, vni, tap, tunnel, unknown } = this.places.list[place]
    const seen: SeenPlace = { vlans, vni, declaredTap: this.declared(tap) }
    if (tap >= 0) seen.tap = this.tapNames[tap]
    if (tunnel >= 0) seen.tunnel = this.tunnelId(tunnel)
    if (unknown) seen.unknown = true
    return seen
  }

  private declared(tap: number): number {
    return this.policy !== undefined && tap < this.policy.model.taps.length ? tap : -1
  }

  /** A stable name of a tunnel: ends, kind, id and zones by context, the same in every run and on every worker. */
  tunnelId(tunnel: number): string {
    const { kind, version, id, low, high, apart } = this.tunnels.identity(tunnel)
    let a = mix(0x452821e6 ^ kind, version)
    let b = mix(0x38d01377 ^ kind, id ^ apart)
    for (let i = 0; i < 4; i++) {
      a = mix(mix(a, low[i]), high[i])
      b = mix(mix(b, high[i]), low[i] ^ id)
    }
    return hex32(a) + hex32(b)
  }

  /**
   * Mirror sessions whose wrapping disappeared, as text for the summary, e.g. `erspan 10.10.99.21 -> 10.10.99.1`; or only
   * those of no declared tap, which are held to be mirrors for what they look like.
   */
  mirrorSessions(undeclared = false): string[] {
    const names = new Set<string>()
    for (let i = 0; i < this.tapByTunnel.length; i++) {
      if (this.isConversation(i) || (undeclared && this.declared(this.tapByTunnel[i]) >= 0)) continue
      const { kind, version, low, high, origSide } = this.tunnels.identity(i)
      const text = (w: Uint32Array): string => formatAddress(version as 4 | 6, w[0], w[1], w[2], w[3])
      const [src, dst] = origSide === 0 ? [low, high] : [high, low]
      names.add(`${F.TUNNEL_NAMES[kind]} ${text(src)} -> ${text(dst)}`)
    }
    return [...names]
  }

  /** True for tunnels that are conversations, false for a mirror's wrapping. */
  isConversation(tunnel: number): boolean {
    return this.tapByTunnel[tunnel] === CONVERSATION || this.refuted[this.mirrorByTunnel[tunnel]] === true
  }

  /**
   * Holds the vote of the first frames against all `frames` of the run: what carried less than nearly all of them was a
   * conversation after all. Records made before then have no `tunnel_parent` for it, and its made-up tap in `context`.
   */
  settle(frames: number): void {
    for (const [mirror, carried] of this.mirrorFrames.entries())
      this.refuted[mirror] = this.mirrors[mirror].certain !== true && carried < frames * NEARLY_ALL
  }

  /** A tunnel's tap, tags and VNI as its record has them; the id of a virtual network is its own where it has one. */
  tunnelContext({ vlans, vni, id, tap }: Tunnel): Context | undefined {
    const network = id >= 0 ? id : vni
    return contextOf({ vlans, vni: network, ...(tap >= 0 ? { tap: this.tapNames[tap] } : {}) })
  }
}

const hasContexts = (policy: AskedPolicy | undefined): boolean =>
  policy?.model.zones.some(zone => zone.context !== undefined) ?? false
