import type { Frame, Trace } from '../../captures/support/captures.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { MirrorProbe } from '../../src/dispatch/mirror-probe.ts'
import { tunnelRecords } from '../../src/dispatch/tunnel-records.ts'
import type { MirrorDestination } from '../../src/dispatch/wrapping.ts'
import { frameCounts, lookedAt } from '../../src/engine/outcome.ts'
import type { AddressConflict, FlowFacts, NotedFacts } from '../../src/finding/facts.ts'
import type { CompiledPolicy } from '../../src/policy/compile.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { FlowRecord, FrameCounts } from '../../src/records.ts'
import { type RecordOrder, Shard, type ShardOptions, type ShardPort } from '../../src/shard/shard.ts'
import { Batch, LaneMemory } from '../../src/shared/batch.ts'
import { BURST_FRAMES, Burst } from '../../src/shared/burst.ts'
import type { SeenPlace } from '../../src/shared/seen-place.ts'
import { makeModel, type PolicySketch } from './policy-models.ts'

/** Seconds since 1970 at which the frames of tests begin: a Wednesday, 10:00 UTC. */
export const START = Date.parse('2026-11-04T10:00:00Z') / 1000

/** One frame as a source would hand it over. */
export interface Seen {
  /** nanoseconds since START; may be negative, may go back */
  at: number
  bytes: Uint8Array
  /** bytes on the wire, when the mirror cut the frame */
  wire?: number
  /** index into `ports` */
  port?: number
}

export interface RunOptions {
  policy?: PolicySketch | CompiledPolicy
  ports?: ShardPort[]
  maxFlows?: number
  /** tcp, udp, icmp, other, unanswered attempt, closed connection; seconds */
  limits?: readonly number[]
  activeTimeout?: number
  /** looks for a mirror session first, as the analyzer does */
  probe?: boolean
  /** seconds since START */
  since?: number
  until?: number
  /** frames in a burst */
  burst?: number
  /** every frame takes the general way */
  generalOnly?: boolean
  /** shards that share the work, one after the other in this thread */
  shards?: number
  /** lanes in a batch */
  lanes?: number
  /** what each shard counts records in */
  totals?: ShardOptions['totals'][]
  /** no records but what findings need of them */
  noted?: boolean
}

export interface ShardRun {
  /** in the order they were made: flows, then tunnels */
  facts: FlowFacts[]
  /** of each of the flows' facts, the partition it belongs to */
  partitions: number[]
  /** with the option `noted`, in the order in which facts would be */
  noted: NotedFacts[]
  records: FlowRecord[]
  /** the last record of each flow */
  finals: FlowRecord[]
  tunnels: FlowRecord[]
  conflicts: AddressConflict[]
  frames: FrameCounts
  evicted: number
  /** the first, or the only one */
  shard: Shard
  dispatcher: Dispatcher
}

/** What shards hand on, in one order. */
interface Told<T> {
  what: T
  isFinal: boolean
  order: RecordOrder
}

const inOrder = <T>(told: Told<T>[]): T[] =>
  told
    .sort(
      (a, b) =>
        Number(a.isFinal) - Number(b.isFinal) ||
        a.order[0] - b.order[0] ||
        a.order[1] - b.order[1] ||
        a.order[2] - b.order[2],
    )
    .map(({ what }) => what)

/** A dispatcher and its shards, one after the other in this thread. */
export class Lines {
  readonly dispatcher: Dispatcher
  readonly shards: Shard[]
  private readonly batch: Batch
  private isFinal = false
  private readonly records: Told<{ facts: FlowFacts; partition: number }>[] = []
  private readonly noted: Told<NotedFacts>[] = []
  private readonly told: Told<AddressConflict>[] = []

  constructor(
    options: RunOptions,
    mirrors: readonly MirrorDestination[],
    policy: CompiledPolicy | undefined,
  ) {
    const { ports = [{ linkType: 1, capture: 'test.pcap' }], shards = 1 } = options
    const places: SeenPlace[] = []
    const lanes = new LaneMemory(shards, 1, options.lanes ?? 64)
    this.dispatcher = new Dispatcher({
      ports,
      policy,
      lanes,
      mirrors,
      since: options.since === undefined ? 0 : START + options.since,
      until: options.until === undefined ? Number.MAX_SAFE_INTEGER : START + options.until,
      generalOnly: options.generalOnly === true,
      onPlace: place => places.push(place),
    })
    this.shards = Array.from(
      { length: shards },
      (_, index) =>
        new Shard({
          lanes,
          ports,
          places,
          policy: index === 0 || policy === undefined ? policy : compilePolicy(policy.model),
          maxFlows: options.maxFlows ?? 4096,
          limits: Int32Array.from(options.limits ?? LIMITS),
          activeTimeout: options.activeTimeout ?? 1800,
          shard: { index, shards },
          totals: options.totals?.[index],
          onRecord: (facts, partition, order) =>
            this.records.push({ what: { facts, partition }, isFinal: this.isFinal, order }),
          onNoted:
            options.noted === true
              ? (what, order) => this.noted.push({ what, isFinal: this.isFinal, order })
              : undefined,
          onConflict: (what, order) => this.told.push({ what, isFinal: this.isFinal, order }),
        }),
    )
    this.batch = new Batch(lanes)
  }

  run(burst: Burst): void {
    for (let row = 0; row < burst.count; ) {
      row = this.dispatcher.fill(this.batch, burst, row)
      for (const shard of this.shards) shard.run(this.batch)
    }
  }

  finish(): void {
    this.isFinal = true
    for (const shard of this.shards) shard.finish(this.dispatcher.counts().lastSeconds)
  }

  frames(): FrameCounts {
    return frameCounts(
      this.dispatcher.counts(),
      this.shards.map(shard => shard.counts()),
    )
  }

  facts(): { facts: FlowFacts; partition: number }[] {
    return inOrder(this.records)
  }

  notedFacts(): NotedFacts[] {
    return inOrder(this.noted)
  }

  conflicts(): AddressConflict[] {
    return inOrder(this.told)
  }
}

export const LIMITS = [300, 60, 60, 120, 60, 5]

/** Feeds frames to a shard in bursts and ends it: all that a run does between a source and the findings. */
export function runShard(input: readonly Seen[] | Trace, options: RunOptions = {}): ShardRun {
  const { ports = [{ linkType: 1, capture: 'test.pcap' }] } = options
  const bursts = burstsOf(input, options.burst)
  const mirrors = options.probe === true ? probed(bursts, ports) : []
  const policy = compiled(options.policy)
  const lines = new Lines(options, mirrors, policy)
  for (const burst of bursts) lines.run(burst)
  lines.finish()
  const { dispatcher, shards } = lines
  const told = lines.facts()
  const facts = told.map(({ facts }) => facts)
  facts.push(...tunnelRecords(dispatcher.wrapping, policy, ports, lookedAt(dispatcher.counts())))
  const records = facts.map(({ record }) => record)
  return {
    facts,
    partitions: told.map(({ partition }) => partition),
    noted: lines.notedFacts(),
    records,
    finals: records.filter(({ type, final }) => type === 'flow' && final),
    tunnels: records.filter(({ type }) => type === 'tunnel'),
    conflicts: lines.conflicts(),
    frames: lines.frames(),
    evicted: shards.reduce((sum, shard) => sum + shard.counts().evicted, 0),
    shard: shards[0],
    dispatcher,
  }
}

export function compiled(policy: PolicySketch | CompiledPolicy | undefined): CompiledPolicy | undefined {
  return policy === undefined || 'judge' in policy ? policy : compilePolicy(makeModel(policy))
}

function probed(bursts: readonly Burst[], ports: readonly ShardPort[]): MirrorDestination[] {
  const probe = new MirrorProbe()
  for (const burst of bursts) if (probe.look(burst, port => ports[port].linkType)) break
  return probe.result()
}

/** Frames as bursts, each over a block of its own with some strange bytes around every frame. */
export function burstsOf(input: readonly Seen[] | Trace, size: number = BURST_FRAMES): Burst[] {
  const frames = 'frames' in input ? input.frames().map(seenOf) : input
  const bursts: Burst[] = []
  for (let at = 0; at < frames.length; at += size) {
    bursts.push(burstOf(frames.slice(at, at + size), at + 1))
  }
  return bursts
}

function seenOf(frame: Frame): Seen {
  return { at: frame.at, bytes: frame.bytes, wire: frame.wire, port: frame.interface }
}

function burstOf(frames: readonly Seen[], first: number): Burst {
  const gap = 3
  const block = new Uint8Array(frames.reduce((sum, { bytes }) => sum + bytes.length + gap, gap)).fill(0xa5)
  const burst = new Burst(block, frames.length)
  let offset = gap
  frames.forEach(({ at, bytes, wire = bytes.length, port = 0 }, i) => {
    block.set(bytes, offset)
    burst.offset[i] = offset
    burst.captured[i] = bytes.length
    burst.wire[i] = wire
    const second = Math.floor(at / 1e9)
    burst.seconds[i] = START + second
    burst.nanos[i] = at - second * 1e9
    burst.port[i] = port
    burst.frame[i] = first + i
    offset += bytes.length + gap
  })
  burst.count = frames.length
  return burst
}

/** Classes of a conservation sum; every run has to satisfy `received` and `decoded`. */
export function sums({ records, frames }: Pick<ShardRun, 'records' | 'frames'>) {
  const { received, placed, ...classes } = frames
  const flows = records.filter(record => record.type === 'flow' && record.final)
  return {
    received: received - Object.values(classes).reduce((sum, n) => sum + n, 0),
    decoded: frames.decoded - Object.values(placed).reduce((sum, n) => sum + n, 0),
    packets: placed.flows - flows.reduce((sum, flow) => sum + flow.orig_packets + flow.resp_packets, 0),
  }
}

/** What `sums` answers when nothing is missing and nothing counted twice. */
export const BALANCED = { received: 0, decoded: 0, packets: 0 }
