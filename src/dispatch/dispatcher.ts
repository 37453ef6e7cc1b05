import { mayAnnounce } from '../decode/announce.ts'
import { Dissector } from '../decode/dissect.ts'
import * as F from '../decode/facts.ts'
import type { FlowFacts } from '../finding/facts.ts'
import { GROUPS, PARTITIONS, partitionOf } from '../flow/table.ts'
import type { AskedPolicy } from '../policy/asked.ts'
import type { Batch, LaneMemory } from '../shared/batch.ts'
import type { Burst } from '../shared/burst.ts'
import * as L from '../shared/lane.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import * as ip from '../wire/ip.ts'
import { makeCommonReader } from './common-reader.ts'
import { FlowKey } from './flow-key.ts'
import { isToGroup } from './group.ts'
import { Pieces } from './pieces.ts'
import { Quote } from './quote.ts'
import { shardOf } from './shards.ts'
import { Span } from './span.ts'
import { tunnelNews } from './tunnel-records.ts'
import { Wrappers } from './wrappers.ts'
import { type MirrorDestination, Wrapping } from './wrapping.ts'

/** What a frame has in common with the others of its port. */
export interface DispatchPort {
  linkType: number
  /** tap name given on the command line */
  tap?: string
  /** capture file or interface, for evidence */
  capture: string
}

export interface DispatcherOptions {
  /** grows while the source is read; a burst names only ports that are there */
  ports: readonly DispatchPort[]
  policy: AskedPolicy | undefined
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
  private readonly options: Omit<DispatcherOptions, 'policy'>
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
  private readonly wrappers: Wrappers
  private readonly read: ReturnType<typeof makeCommonReader>
  private readonly span = new Span()
  private places = 0
  private policy: AskedPolicy | undefined
  private frames = 0
  /** time as of the last tick */
  private seconds = 0
  private bytes = 0
  private block: Uint8Array | undefined
  private view: DataView = new DataView(new ArrayBuffer(0))

  constructor(options: DispatcherOptions) {
    const { policy, ...others } = options
    // what is replaced must not be kept
    this.options = others
    this.policy = policy
    this.facts = this.dissector.facts
    const { shards } = options.lanes
    this.shards = shards
    this.shardByPartition = Int32Array.from({ length: PARTITIONS }, (_, i) => shardOf(i, shards))
    this.wrapping = new Wrapping(policy, options.mirrors, options.ports)
    this.wrappers = new Wrappers(this.wrapping)
    this.read = makeCommonReader({
      memory: options.lanes,
      wrapping: this.wrapping,
      wrappers: this.wrappers,
      shardByPartition: this.shardByPartition,
      linkTypes: this.linkTypes,
      since: options.since,
      until: options.until,
      generalOnly: options.generalOnly === true,
      span: this.span,
      general: (batch, burst, n, lane) => this.general(batch, burst, n, lane),
    })
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
    batch.onePort = burst.onePort
    batch.firstFrame = burst.frame[start]
    if (burst.onePort < 0) copyColumns(batch, burst, start, count)
    if (burst.bytes !== this.block) {
      this.block = burst.bytes
      this.view = viewOf(burst.bytes)
    }
    const { common, filtered, bytes } = this.read(batch, burst, this.view, start, count)
    this.classes[F.DECODED] += common
    this.classes[FILTERED] += filtered
    this.bytes += bytes
    this.frames += count
    const { list } = this.wrapping.places
    while (this.places < list.length) this.options.onPlace(this.wrapping.seenPlace(this.places++))
    return start + count
  }

  /** The way every frame can take: row `n` of the burst into lane `i`, and into the lists of those who are to read it. */
  private general(batch: Batch, burst: Burst, n: number, i: number): void {
    const { bytes } = burst
    const { lanes } = batch.memory
    const lane = (batch.at + i) * L.LANE_WORDS
    lanes[lane + L.NOTE] = 0
    lanes[lane + L.OFFSET] = burst.offset[n]
    lanes[lane + L.CAPTURED] = burst.captured[n]
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
    if (f[F.LAYER_COUNT] === 1 && this.options.generalOnly !== true)
      this.wrappers.meet(f, this.view, burst.offset[n], burst.captured[n], burst.wire[n], burst.port[n])
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

  /**
   * Time has come to `seconds`, though no frame says so: tunnels in use are judged again at the second their schedule or
   * exception begins or ends. To be called about once a second.
   */
  tick(seconds: number): void {
    this.seconds = seconds
    this.wrapping.tick(seconds)
  }

  /**
   * Judges tunnels by another policy from now on, between two batches. The taps of both policies are the same (see
   * hasSameTaps), or a new dispatcher is needed.
   */
  reload(policy: AskedPolicy | undefined): void {
    this.policy = policy
    this.wrapping.reload(policy, Math.max(this.seconds, this.span.lastSeconds))
    this.wrappers.forget()
  }

  /** Interim records of tunnels that are new since the last call, or have another verdict; see tunnelNews. */
  news(): FlowFacts[] {
    return tunnelNews(this.wrapping, this.policy, this.options.ports)
  }

  /** What was counted until now; the sums of the contract hold between two batches. */
  counts(): DispatchCounts {
    const { bytes, pieces } = this
    const { any, firstSeconds, firstNanos, lastSeconds, lastNanos } = this.span
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

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

function copyColumns({ memory, at }: Batch, { port, frame }: Burst, start: number, count: number): void {
  for (let i = 0; i < count; i++) {
    memory.port[at + i] = port[start + i]
    memory.frame[at + i] = frame[start + i]
  }
}
