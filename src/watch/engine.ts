import { Dispatcher } from '../dispatch/dispatcher.ts'
import { tunnelRecords } from '../dispatch/tunnel-records.ts'
import type { MirrorDestination } from '../dispatch/wrapping.ts'
import { Desk, type DeskOptions, type DeskState, DeskSum } from '../engine/desk.ts'
import { notedText } from '../engine/noted-text.ts'
import { lookedAt } from '../engine/outcome.ts'
import {
  ITEM_BINDING,
  ITEM_CONFLICT,
  ITEM_NOTED,
  ITEM_RECORD,
  ITEM_STATEMENT,
  type Reporter,
} from '../engine/reports.ts'
import type { FlowFacts } from '../finding/facts.ts'
import { PARTITIONS } from '../flow/table.ts'
import * as P from '../live/page.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import { Shard, type ShardPort } from '../shard/shard.ts'
import { Batch, LaneMemory } from '../shared/batch.ts'
import type { Burst } from '../shared/burst.ts'
import type { SeenPlace } from '../shared/seen-place.ts'

/** Lanes filled before they are looked up: they stay in the first-level cache. */
const LANES = 256
/** the partition that tunnel records are counted in */
const OF_TUNNELS = PARTITIONS
const NOWHERE = [0, 0, 0] as const
/** Records of news made at a time: some twenty milliseconds, which a ring holds many times over. */
const MOST_NEWS = 8192

export interface LiveEngineOptions {
  ports: readonly ShardPort[]
  policy: CompiledPolicy | undefined
  /** tunnels that end here, and those that carry (nearly) all of the first frames */
  mirrors: readonly MirrorDestination[]
  maxFlows: number
  limits: readonly number[]
  activeTimeout: number
  desk: DeskOptions
  reporter: Reporter
}

/** What an engine gathered besides what it reported. Can be sent to another process. */
export interface EngineState {
  /** together what was gathered, under one policy after the other */
  desks: DeskState[]
  mirrorSessions: string[]
  undeclaredMirrors: string[]
}

/** What engines have gathered, one after the other. */
export class EngineSum {
  private readonly desks = new DeskSum()
  private readonly sessions = new Set<string>()
  private readonly undeclared = new Set<string>()

  absorb({ desks, mirrorSessions, undeclaredMirrors }: EngineState): void {
    for (const desk of desks) this.desks.absorb(desk)
    for (const session of mirrorSessions) this.sessions.add(session)
    for (const session of undeclaredMirrors) this.undeclared.add(session)
  }

  /** All of it, and what one that is still at work has gathered. */
  with(current?: EngineState): EngineState {
    return {
      desks: [...this.desks.states(), ...(current?.desks ?? [])],
      mirrorSessions: [...new Set([...this.sessions, ...(current?.mirrorSessions ?? [])])],
      undeclaredMirrors: [...new Set([...this.undeclared, ...(current?.undeclaredMirrors ?? [])])],
    }
  }
}

/** Dispatches and judges the bursts of a live source in this thread, as `analyze` does with those of a file. */
export class LiveEngine {
  private readonly options: Pick<LiveEngineOptions, 'ports' | 'desk' | 'reporter'>
  private readonly dispatcher: Dispatcher
  private readonly shard: Shard
  private readonly batch: Batch
  private readonly past = new DeskSum()
  private policy: CompiledPolicy | undefined
  private desk: Desk

  constructor(options: LiveEngineOptions) {
    const { ports, policy, reporter } = options
    const places: SeenPlace[] = []
    const lanes = new LaneMemory(1, 1, LANES)
    // no more of them: the first policy is not kept once another one is in force
    this.options = { ports, reporter, desk: options.desk }
    this.policy = policy
    this.desk = new Desk(options.desk)
    this.batch = new Batch(lanes)
    this.dispatcher = new Dispatcher({
      ports,
      policy,
      lanes,
      mirrors: options.mirrors,
      since: 0,
      until: Number.MAX_SAFE_INTEGER,
      onPlace: place => places.push(place),
    })
    this.shard = new Shard({
      lanes,
      ports,
      places,
      policy,
      news: true,
      maxFlows: options.maxFlows,
      limits: Int32Array.from(options.limits),
      activeTimeout: options.activeTimeout,
      totals: this.desk.tallies,
      onNoted: this.desk.isNotedEnough
        ? facts => reporter.put(ITEM_NOTED, NOWHERE, '', '', notedText(facts))
        : undefined,
      onRecord: (facts, partition) => {
        this.desk.take(facts, partition)
        this.report(facts)
      },
      onConflict: conflict => reporter.put(ITEM_CONFLICT, NOWHERE, '', '', JSON.stringify(conflict)),
      ...(options.desk.assets
        ? {
            onStatement: statement =>
              reporter.put(ITEM_STATEMENT, NOWHERE, '', '', JSON.stringify(statement)),
          }
        : {}),
      onBinding: (announcement, vlans) =>
        reporter.put(
          ITEM_BINDING,
          NOWHERE,
          '',
          '',
          JSON.stringify({ ...announcement, words: [...announcement.words], vlans }),
        ),
    })
  }

  /** Takes in all frames of a burst. */
  run(burst: Burst): void {
    const { dispatcher, shard, batch } = this
    for (let row = 0; row < burst.count; ) {
      row = dispatcher.fill(batch, burst, row)
      shard.run(batch)
    }
  }

  /** Time has come to `seconds`, whether or not frames came. */
  tick(seconds: number): void {
    this.dispatcher.tick(seconds)
    this.shard.tick(seconds)
  }

  /**
   * Reports what is new since the last call: conversations, tunnels, other verdicts; where there is much, what waited longest.
   * Whether more is left.
   */
  news(): boolean {
    const isMore = this.shard.news(MOST_NEWS)
    for (const facts of this.dispatcher.news()) this.report(facts)
    return isMore
  }

  /**
   * Judges by another policy from here on, what is open included. The taps of both are the same, or what frames came
   * wrapped in would mean something else: then the engine is to be finished and another one made.
   */
  reload(policy: CompiledPolicy | undefined): void {
    this.past.absorb(this.desk.state())
    this.policy = policy
    this.desk = new Desk(this.options.desk)
    this.dispatcher.reload(policy)
    this.shard.reload(policy, this.desk.tallies)
  }

  /** Puts what was counted into the cells of a page, on top of what others had counted before. */
  count(cells: Float64Array, before: Float64Array): void {
    const { classes, unplaced, ofTunnels, bytes, ...span } = this.dispatcher.counts()
    const { inFlows, icmpErrors, evicted, bindingsBeyond } = this.shard.counts()
    const { wrapping } = this.dispatcher
    for (let i = 0; i < classes.length; i++) cells[P.CLASSES + i] = before[P.CLASSES + i] + classes[i]
    cells[P.IN_FLOWS] = before[P.IN_FLOWS] + inFlows
    cells[P.ICMP_ERRORS] = before[P.ICMP_ERRORS] + icmpErrors
    cells[P.UNPLACED] = before[P.UNPLACED] + unplaced
    cells[P.OF_TUNNELS] = before[P.OF_TUNNELS] + ofTunnels
    cells[P.BYTES] = before[P.BYTES] + bytes
    cells[P.EVICTED] = before[P.EVICTED] + evicted
    cells[P.PLACES_BEYOND] = before[P.PLACES_BEYOND] + wrapping.framesBeyond
    cells[P.TUNNELS_BEYOND] = before[P.TUNNELS_BEYOND] + wrapping.unkept
    cells[P.BINDINGS_BEYOND] = before[P.BINDINGS_BEYOND] + bindingsBeyond
    cells[P.OPEN_FLOWS] = this.shard.size
    if (!span.any) return
    if (before[P.FIRST_SECONDS] === 0) {
      cells[P.FIRST_SECONDS] = span.firstSeconds
      cells[P.FIRST_NANOS] = span.firstNanos
    }
    cells[P.LAST_SECONDS] = span.lastSeconds
    cells[P.LAST_NANOS] = span.lastNanos
  }

  /** What was gathered until now. */
  state(): EngineState {
    const { wrapping } = this.dispatcher
    return {
      desks: [...this.past.states(), this.desk.state()],
      mirrorSessions: wrapping.mirrorSessions(),
      undeclaredMirrors: wrapping.mirrorSessions(true),
    }
  }

  /** Ends everything that is still open, at `seconds`; the engine is of no use after. */
  finish(seconds: number): EngineState {
    this.shard.finish(seconds, true)
    const { ports } = this.options
    const frames = lookedAt(this.dispatcher.counts())
    for (const facts of tunnelRecords(this.dispatcher.wrapping, this.policy, ports, frames, true)) {
      this.desk.tunnel(facts, OF_TUNNELS)
      this.report(facts)
    }
    return this.state()
  }

  private report(facts: FlowFacts): void {
    const { desk } = this
    const object = desk.isWanted(facts) ? JSON.stringify(facts) : ''
    const jsonl = desk.jsonl(facts)
    if (object !== '' || jsonl !== '')
      this.options.reporter.put(ITEM_RECORD, NOWHERE, jsonl, desk.csv(facts), object)
  }
}
