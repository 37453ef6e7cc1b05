import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { tunnelRecords } from '../../src/dispatch/tunnel-records.ts'
import type { MirrorDestination } from '../../src/dispatch/wrapping.ts'
import { frameCounts, lookedAt } from '../../src/engine/outcome.ts'
import type { FlowFacts } from '../../src/finding/facts.ts'
import type { CompiledPolicy } from '../../src/policy/compile.ts'
import type { FlowRecord } from '../../src/records.ts'
import { Shard, type ShardPort } from '../../src/shard/shard.ts'
import { Batch, LaneMemory } from '../../src/shared/batch.ts'
import type { SeenPlace } from '../../src/shared/seen-place.ts'
import { Tallies, type TallyState } from '../../src/tallies.ts'
import type { PolicySketch } from './policy-models.ts'
import type { Scene } from './scene.ts'
import { burstsOf, compiled, LIMITS, type Seen, START } from './shard-run.ts'

export interface LiveOptions {
  policy?: PolicySketch | CompiledPolicy
  ports?: ShardPort[]
  limits?: readonly number[]
  maxFlows?: number
  activeTimeout?: number
  mirrors?: readonly MirrorDestination[]
}

/** A dispatcher and a shard as a live run has them: frames come when they come, and time goes by between them. */
export class LiveRun {
  readonly dispatcher: Dispatcher
  readonly shard: Shard
  /** what was told, in order; `take` empties it */
  private facts: FlowFacts[] = []
  /** every record of the run */
  readonly records: FlowRecord[] = []
  private totals = new Tallies()
  /** those of policies that were replaced */
  private readonly totalsBefore: TallyState[] = []
  private policy: CompiledPolicy | undefined
  private readonly ports: ShardPort[]
  private readonly batch: Batch
  private frames = 0

  constructor(options: LiveOptions = {}) {
    const { ports = [{ linkType: 1, capture: 'eth1' }], mirrors = [] } = options
    const places: SeenPlace[] = []
    const lanes = new LaneMemory(1, 1, 64)
    this.ports = ports
    this.policy = compiled(options.policy)
    this.dispatcher = new Dispatcher({
      ports,
      policy: this.policy,
      lanes,
      mirrors,
      since: 0,
      until: Number.MAX_SAFE_INTEGER,
      onPlace: place => places.push(place),
    })
    this.shard = new Shard({
      lanes,
      ports,
      places,
      policy: this.policy,
      maxFlows: options.maxFlows ?? 4096,
      limits: Int32Array.from(options.limits ?? LIMITS),
      activeTimeout: options.activeTimeout ?? 1800,
      news: true,
      totals: this.totals,
      onRecord: facts => this.tell(facts),
    })
    this.batch = new Batch(lanes)
  }

  private tell(facts: FlowFacts): void {
    this.facts.push(facts)
    this.records.push(facts.record)
  }

  /** Frames that come now. */
  feed(input: Scene | readonly Seen[]): this {
    for (const burst of burstsOf('frames' in input ? input.frames : input)) {
      for (let i = 0; i < burst.count; i++) burst.frame[i] += this.frames
      for (let row = 0; row < burst.count; ) {
        row = this.dispatcher.fill(this.batch, burst, row)
        this.shard.run(this.batch)
      }
      this.frames += burst.count
    }
    return this
  }

  /** `at` in seconds since START. */
  tick(at: number): this {
    this.dispatcher.tick(START + at)
    this.shard.tick(START + at)
    return this
  }

  news(): this {
    this.shard.news()
    for (const facts of this.dispatcher.news()) this.tell(facts)
    return this
  }

  reload(policy: PolicySketch | CompiledPolicy | undefined): this {
    this.policy = compiled(policy)
    this.totalsBefore.push(this.totals.state())
    this.totals = new Tallies()
    this.dispatcher.reload(this.policy)
    this.shard.reload(this.policy, this.totals)
    return this
  }

  finish(isShutdown = true): this {
    const counts = this.dispatcher.counts()
    this.shard.finish(counts.lastSeconds, isShutdown)
    const { wrapping } = this.dispatcher
    for (const facts of tunnelRecords(wrapping, this.policy, this.ports, lookedAt(counts), isShutdown))
      this.tell(facts)
    return this
  }

  /** What was told since the last call. */
  take(): FlowFacts[] {
    const { facts } = this
    this.facts = []
    return facts
  }

  /** The same, as records. */
  told(): FlowRecord[] {
    return this.take().map(({ record }) => record)
  }

  frameCounts() {
    return frameCounts(this.dispatcher.counts(), [this.shard.counts()])
  }

  /** What was counted under each policy, the last one at the end. */
  tallies(): TallyState[] {
    return [...this.totalsBefore, this.totals.state()]
  }
}
