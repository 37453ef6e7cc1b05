import { mayAnnounce } from '../decode/announce.ts'
import { makeReadCommon } from '../decode/common.ts'
import { Dissector } from '../decode/dissect.ts'
import * as F from '../decode/facts.ts'
import * as R from '../flow/row.ts'
import { GROUPS, PARTITIONS, partitionOf } from '../flow/table.ts'
import { mix, pairHash } from '../net/hash.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Batch, LaneMemory } from '../shared/batch.ts'
import type { Burst } from '../shared/burst.ts'
import * as L from '../shared/lane.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import * as ip from '../wire/ip.ts'
import { FlowKey } from './flow-key.ts'
import { isToGroup } from './group.ts'
import { Pieces } from './pieces.ts'
import { Quote } from './quote.ts'
import { shardOf } from './shards.ts'
import { foldSix } from './six.ts'
import { type MirrorDestination, Wrapping } from './wrapping.ts'

/** What a frame has in common with the others of its port. */
export interface DispatchPort {
  linkType: number
  /** tap name given on the command line */
  tap?: string
}

export interface DispatcherOptions {
  /** grows while the source is read; a burst names only ports that are there */
  ports: readonly DispatchPort[]
  policy: CompiledPolicy | undefined
  /** what batches are made of; its shards are 1 to PARTITIONS */
  lanes: LaneMemory
  /** mirror sessions that carry the whole capture: their wrapping is no tunnel */
  mirrors: readonly MirrorDestination[]
  /** frames outside [since, until) seconds are counted `filtered` */
  since: number
  until: number
  /** every frame takes the general way: for tests that hold the short ways against it */
  generalOnly?: boolean
  /** a place that no batch handed out before speaks of; told in the order of their indexes */
  onPlace: (place: SeenPlace) => void
}

/** What a dispatcher counted. */
export interface DispatchCounts {
  /** frames by class: DECODED, MALFORMED, TRUNCATED, TOO_DEEP, UNSUPPORTED, then those filtered */
  classes: readonly number[]
  /** later fragments that never met their first one, and later pieces of tunnels' packets */
  unplaced: number
  ofTunnels: number
  /** wire bytes and time of the frames that were not filtered */
  bytes: number
  any: boolean
  firstSeconds: number
  firstNanos: number
  lastSeconds: number
  lastNanos: number
}

const ETHERNET = 1
const FILTERED = 5
const CLASSES = 6
const UNUSUAL = F.FLAG_ICMP_ERROR | F.FLAG_FIRST_FRAGMENT | F.FLAG_LATER_FRAGMENT | F.FLAG_OUTER_FRAGMENT

/**
 * Reads frames as far as all shards have to agree on: what they came wrapped in, where they were seen, which fragments
 * belong together, and the addresses that choose a shard. Sees every frame, in order, so that nothing of it depends on
 * how many shards there are. What any shard may need goes to all of them: who announced an address, and UDP to groups,
 * whose answers come from other addresses.
 */
export class Dispatcher {
  readonly wrapping: Wrapping
  private readonly options: DispatcherOptions
  private readonly dissector = new Dissector()
  private readonly facts: Int32Array
  private readonly key = new FlowKey()
  private readonly quote = new Quote()
  private readonly pieces = new Pieces()
  private readonly linkTypes: number[] = []
  private readonly shards: number
  /** by partition; GROUPS has none */
  private readonly shardByPartition: Int32Array
  private readonly classes = new Float64Array(CLASSES)
  private readonly read: (batch: Batch, burst: Burst, start: number, count: number) => void
  private places = 0
  private frames = 0
  private bytes = 0
  private any = false
  private firstSeconds = 0
  private firstNanos = 0
  private lastSeconds = -1
  private lastNanos = 0
  private block: Uint8Array | undefined
  private view: DataView = new DataView(new ArrayBuffer(0))

  constructor(options: DispatcherOptions) {
    this.options = options
    this.facts = this.dissector.facts
    const { shards } = options.lanes
    this.shards = shards
    this.shardByPartition = Int32Array.from({ length: PARTITIONS }, (_, i) => shardOf(i, shards))
    this.wrapping = new Wrapping(options.policy, options.mirrors, options.ports)
    this.read = this.makeRead()
  }

  /**
   * Fills `batch`, one of the lane memory's, with rows of `burst` from `start` on, as many as it holds; answers the first row
   * that was not taken.
   */
  fill(batch: Batch, burst: Burst, start: number): number {
    const { ports } = this.options
    for (let i = this.linkTypes.length; i < ports.length; i++) this.linkTypes.push(ports[i].linkType)
    const count = Math.min(batch.memory.capacity, burst.count - start)
    batch.bytes = burst.bytes
    batch.first = this.frames
    batch.frames = count
    this.read(batch, burst, start, count)
    this.frames += count
    const { list } = this.wrapping.places
    while (this.places < list.length) this.options.onPlace(this.wrapping.seenPlace(this.places++))
    return start + count
  }

  /**
   * The loop over frames: the short way here, the others by `general`. Made once for one lane memory: code compiled for
   * arrays it knows is a third faster (docs/decisions/0008).
   */
  private makeRead(): (batch: Batch, burst: Burst, start: number, count: number) => void {
    const { since, until, generalOnly, lanes: memory } = this.options
    const { lanes, frame: frames, port: ports, lists, counts, shards, capacity } = memory
    const { wrapping, shardByPartition, classes, linkTypes } = this
    const readCommon = makeReadCommon(lanes)
    const isFiltering = since > 0 || until < Number.MAX_SAFE_INTEGER
    const isShort = generalOnly !== true
    // frames of one place come in runs
    let lastTag = -1
    let lastPort = -1
    let lastPlace = -1
    let isEthernet = false
    return (batch, burst, start, count) => {
      const { bytes, offset, captured, wire, seconds, nanos, port, frame } = burst
      if (bytes !== this.block) {
        this.block = bytes
        this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      }
      const { view } = this
      const first = batch.at
      const firstLane = first * L.LANE_WORDS
      const firstCount = batch.slot * shards
      const firstList = first * shards
      for (let shard = 0; shard < shards; shard++) counts[firstCount + shard] = 0
      let common = 0
      let wireBytes = 0
      let lastSecond = this.lastSeconds
      let lastNano = this.lastNanos
      for (let i = 0; i < count; i++) {
        const n = start + i
        const lane = firstLane + (i << 4)
        const second = seconds[n]
        if (isFiltering && (second < since || second >= until)) {
          classes[FILTERED]++
          continue
        }
        const nano = nanos[n]
        const length = wire[n]
        const there = captured[n]
        const at = offset[n]
        const from = port[n]
        ports[first + i] = from
        frames[first + i] = frame[n]
        wireBytes += length
        if (second === lastSecond && nano >= lastNano) lastNano = nano
        else {
          this.noteTime(lastSecond, lastNano)
          this.noteTime(second, nano)
          lastSecond = this.lastSeconds
          lastNano = this.lastNanos
        }
        lanes[lane | L.SECONDS] = second
        lanes[lane | L.NANOS] = nano
        lanes[lane | L.OFFSET] = at
        lanes[lane | L.CAPTURED] = there
        if (from !== lastPort) {
          lastPort = from
          lastTag = -1
          isEthernet = isShort && linkTypes[from] === ETHERNET
        }
        const way = isEthernet ? readCommon(view, at, there, length, lane) : L.WAY_GENERAL
        if (way === L.WAY_GENERAL) {
          this.general(batch, burst, n, i)
          continue
        }
        common++
        const tag = lanes[lane | L.WHERE]
        if (tag !== lastTag) {
          lastPlace = wrapping.taggedPlace(tag, from)
          lastTag = tag
        }
        if (lastPlace === wrapping.places.unknown) wrapping.framesBeyond++
        const words = lanes[lane | L.K2]
        let side: number
        let k0: number
        let k1: number
        if (way === L.WAY_V4) {
          const src = lanes[lane | L.K0]
          const dst = lanes[lane | L.K1]
          // without branches: which end is the smaller is anybody's guess, and a wrong guess costs more than the sum
          side = src === dst ? less(words & 0xffff, words >>> 16) : less(dst, src)
          const other = (src ^ dst) & -side
          k0 = src ^ other
          k1 = dst ^ other
        } else {
          side = foldSix(view, at + (way === L.WAY_V6 ? 22 : 26), words, lanes, lane)
          k0 = lanes[lane | L.K0]
          k1 = lanes[lane | L.K1]
        }
        const turned = (words << (side << 4)) | (words >>> (side << 4))
        const k3 = lanes[lane | L.K3] | ((way === L.WAY_V4 ? R.KIND_V4 : R.KIND_V6) << R.KIND_SHIFT)
        const pair = pairHash(k0, k1)
        const partition = partitionOf(pair)
        const shard = shardByPartition[partition]
        lanes[lane | L.K0] = k0
        lanes[lane | L.K1] = k1
        lanes[lane | L.K2] = turned
        lanes[lane | L.K3] = k3
        lanes[lane | L.HASH] = mix(mix(pair, turned), k3)
        lanes[lane | L.WHERE] =
          lastPlace |
          (partition << L.PARTITION_SHIFT) |
          (shard << L.OWNER_SHIFT) |
          (side << L.SIDE_SHIFT) |
          (there < length ? L.CUT : 0) |
          (way << L.WAY_SHIFT)
        const place = counts[firstCount + shard]
        lists[firstList + shard * capacity + place] = i
        counts[firstCount + shard] = place + 1
      }
      if (this.any) this.noteTime(lastSecond, lastNano)
      classes[F.DECODED] += common
      this.bytes += wireBytes
    }
  }

  /** The way every frame can take: row `n` of the burst into lane `i`, and into the lists of those who are to read it. */
  private general(batch: Batch, burst: Burst, n: number, i: number): void {
    const { bytes } = burst
    const { lanes } = batch.memory
    const lane = (batch.at + i) * L.LANE_WORDS
    lanes[lane + L.NOTE] = 0
    const f = this.facts
    const seconds = burst.seconds[n]
    const result = this.dissector.dissect(
      bytes,
      burst.offset[n],
      burst.captured[n],
      burst.wire[n],
      this.linkTypes[burst.port[n]],
    )
    this.classes[result]++
    if (result !== F.DECODED) return
    const place = this.wrapping.placeOf(f, burst.port[n], seconds, burst.nanos[n], burst.frame[n])
    const flags = f[F.FLAGS]
    let quoted = false
    if ((flags & UNUSUAL) !== 0) {
      if ((flags & F.FLAG_OUTER_FRAGMENT) !== 0) this.pieces.outer(f, seconds)
      quoted = (flags & F.FLAG_ICMP_ERROR) !== 0 && this.quote.read(f, bytes)
      if ((flags & F.FLAG_LATER_FRAGMENT) !== 0 && !this.pieces.later(f, seconds, lanes, lane)) return
      // an error is never so large that it comes in pieces; one that says so must not count twice
      if ((flags & F.FLAG_FIRST_FRAGMENT) !== 0 && !quoted) this.pieces.first(f, seconds, lanes, lane)
    }
    // an error belongs with what it quotes, if that was seen
    this.key.read(quoted ? this.quote.facts : f, bytes)
    const own = partitionOf(this.key.pair)
    const owner = this.shardByPartition[own]
    const toAll = f[F.VERSION] !== 0 && f[F.PROTO] === ip.UDP && isToGroup(f, bytes)
    lanes[lane + L.FRAME_BYTES] = burst.wire[n]
    lanes[lane + L.WHERE] = place | ((toAll ? GROUPS : own) << L.PARTITION_SHIFT) | (owner << L.OWNER_SHIFT)
    if (toAll || ((flags & UNUSUAL) === 0 && mayAnnounce(f)))
      for (let shard = 0; shard < this.shards; shard++) this.list(batch, shard, i)
    else this.list(batch, owner, i)
  }

  private list({ slot, at, memory }: Batch, shard: number, lane: number): void {
    const { shards, capacity, counts, lists } = memory
    lists[at * shards + shard * capacity + counts[slot * shards + shard]++] = lane
  }

  private noteTime(seconds: number, nanos: number): void {
    // none yet: seconds are -1
    if (seconds < 0) return
    if (!this.any) {
      this.any = true
      this.firstSeconds = this.lastSeconds = seconds
      this.firstNanos = this.lastNanos = nanos
    } else if (seconds > this.lastSeconds || (seconds === this.lastSeconds && nanos > this.lastNanos)) {
      this.lastSeconds = seconds
      this.lastNanos = nanos
    } else if (seconds < this.firstSeconds || (seconds === this.firstSeconds && nanos < this.firstNanos)) {
      this.firstSeconds = seconds
      this.firstNanos = nanos
    }
  }

  /** What was counted until now; the sums of the contract hold between two batches. */
  counts(): DispatchCounts {
    const { bytes, any, firstSeconds, firstNanos, lastNanos, pieces } = this
    const lastSeconds = Math.max(0, this.lastSeconds)
    return {
      classes: [...this.classes],
      unplaced: pieces.unplaced,
      ofTunnels: pieces.ofTunnels,
      bytes,
      any,
      firstSeconds,
      firstNanos,
      lastSeconds,
      lastNanos,
    }
  }
}

/** 1 where the unsigned words a < b, else 0: the borrow of a - b. */
const less = (a: number, b: number): number => ((~a & b) | ((~a | b) & (a - b))) >>> 31
