import type { Announcement } from './decode/announce.ts'
import type { Crew } from './engine/crew.ts'
import { Desk, type DeskOptions } from './engine/desk.ts'
import type { EngineOptions } from './engine/engine.ts'
import { runInline } from './engine/inline.ts'
import { frameCounts, type Outcome } from './engine/outcome.ts'
import type { ReadingOptions } from './engine/reading.ts'
import { runThreads } from './engine/threads.ts'
import type { AddressConflict, FlowFacts } from './finding/facts.ts'
import { PARTITIONS } from './flow/table.ts'
import type { CompiledPolicy } from './policy/compile.ts'

export type { Outcome } from './engine/outcome.ts'
export type { Moment } from './engine/reading.ts'
export { ThreadError } from './engine/threads.ts'

/** Idle limits in seconds by what a flow is. */
export interface IdleLimits {
  tcp: number
  udp: number
  icmp: number
  other: number
  /** TCP connection nobody answered */
  attempt: number
  /** TCP connection after its end */
  closed: number
}

/** UDP and ICMP as Zeek has them, so that results can be held against it; TCP is what OT polling needs at least. */
export const DEFAULT_IDLE: IdleLimits = { tcp: 300, udp: 60, icmp: 60, other: 120, attempt: 60, closed: 5 }
export const DEFAULT_ACTIVE = 1800
export const DEFAULT_MAX_FLOWS = 1 << 20
/** the partition that tunnel records are counted in */
const OF_TUNNELS = PARTITIONS

export interface AnalyzeOptions extends Omit<ReadingOptions, 'memory'> {
  policy?: CompiledPolicy | undefined
  idle?: IdleLimits
  activeTimeout?: number
  maxFlows?: number
  /** threads to run in, which the caller ends; all is done in this thread when absent. The results never depend on it */
  crew?: Crew | undefined
  /** what is wanted of records besides `onRecord` */
  desk?: Partial<DeskOptions>
  /**
   * Records in the order they are made: by the frame that ended a flow, then what was open at the end by first frame, then
   * tunnels. All of them with `desk.everything`, else those that findings are made of.
   */
  onRecord: (facts: FlowFacts) => void
  /** lines of each record as flows.jsonl and `-f csv` have them, in the same order; empty where not wanted */
  onLines?: (jsonl: string, csv: string) => void
  onConflict?: (conflict: AddressConflict) => void
  onBinding?: (announcement: Announcement, vlans: readonly number[]) => void
  onProgress?: (done: number, total: number | undefined) => void
}

/**
 * Judges captures: reads them as one stream in time order, decodes every frame into flows, judges the flows and hands
 * on records. Throws CaptureError when there is nothing to read, ThreadError when a thread of the run died; damage is
 * told in `files`.
 */
export async function analyze(options: AnalyzeOptions): Promise<Outcome> {
  const { idle = DEFAULT_IDLE, onRecord, onLines = () => {} } = options
  const wanted: DeskOptions = { jsonl: false, csv: false, everything: true, assets: false, ...options.desk }
  const desk = new Desk(wanted)
  const take = (facts: FlowFacts, partition: number): void => {
    desk.take(facts, partition)
    if (wanted.jsonl || wanted.csv) onLines(desk.jsonl(facts), desk.csv(facts))
    if (desk.isWanted(facts)) onRecord(facts)
  }
  const engine: EngineOptions = {
    ...options,
    policy: options.policy,
    maxFlows: options.maxFlows ?? DEFAULT_MAX_FLOWS,
    limits: [idle.tcp, idle.udp, idle.icmp, idle.other, idle.attempt, idle.closed],
    activeTimeout: options.activeTimeout ?? DEFAULT_ACTIVE,
  }
  const { crew } = options
  const { dispatched, shards, desks } =
    crew === undefined
      ? { ...(await runInline({ ...engine, onRecord: take })), desks: [] }
      : await runThreads({ ...engine, crew, desk: wanted, onLines, onFacts: onRecord })
  for (const facts of dispatched.tunnels) take(facts, OF_TUNNELS)
  const { any, bytes, firstSeconds, firstNanos, lastSeconds, lastNanos } = dispatched.counts
  return {
    frames: frameCounts(dispatched.counts, shards),
    bytes,
    span: any ? { firstSeconds, firstNanos, lastSeconds, lastNanos } : undefined,
    evicted: shards.reduce((sum, { evicted }) => sum + evicted, 0),
    mirrorSessions: dispatched.mirrorSessions,
    undeclaredMirrors: dispatched.undeclaredMirrors,
    beyond: {
      places: dispatched.placesBeyond,
      tunnels: dispatched.tunnelsBeyond,
      bindings: shards[0].bindingsBeyond,
    },
    files: dispatched.files,
    interrupted: dispatched.interrupted,
    desks: [...desks, desk.state()],
  }
}
