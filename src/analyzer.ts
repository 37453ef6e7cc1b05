import type { Announcement } from './decode/announce.ts'
import type { Crew } from './engine/crew.ts'
import { Desk, type DeskOptions, isNoted } from './engine/desk.ts'
import type { EngineOptions } from './engine/engine.ts'
import { runInline } from './engine/inline.ts'
import { frameCounts, type Outcome } from './engine/outcome.ts'
import type { ReadingOptions } from './engine/reading.ts'
import { runThreads } from './engine/threads.ts'
import type { AddressConflict, FlowFacts, NotedFacts, Statement } from './finding/facts.ts'
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
  /** what is wanted of records besides `onRecord` and `onNoted` */
  desk?: Partial<Omit<DeskOptions, 'everything'>>
  /**
   * Every record, in the order they are made: by the frame that ended a flow, then what was open at the end by first frame,
   * then tunnels. Where nobody asks for them most are never put together.
   */
  onRecord?: (facts: FlowFacts) => void
  /** in the same order, what findings need of the records they are made of */
  onNoted?: (facts: NotedFacts) => void
  /** lines of each record as flows.jsonl and `-f csv` have them, in the same order; empty where not wanted */
  onLines?: (jsonl: string, csv: string) => void
  onConflict?: (conflict: AddressConflict) => void
  onStatement?: (statement: Statement) => void
  onBinding?: (announcement: Announcement, vlans: readonly number[]) => void
  onProgress?: (done: number, total: number | undefined) => void
}

/**
 * Judges captures: reads them as one stream in time order, decodes every frame into flows, judges the flows and hands
 * on records. Throws CaptureError when there is nothing to read, ThreadError when a thread of the run died; damage is
 * told in `files`.
 */
export async function analyze(options: AnalyzeOptions): Promise<Outcome> {
  const { idle = DEFAULT_IDLE, onRecord, onNoted = () => {}, onLines = () => {} } = options
  const everything = onRecord !== undefined
  const wanted: DeskOptions = { jsonl: false, csv: false, assets: false, ...options.desk, everything }
  const desk = new Desk(wanted)
  const onFacts = (facts: NotedFacts): void => {
    // where every record is wanted they are whole
    onRecord?.(facts as FlowFacts)
    if (isNoted(facts)) onNoted(facts)
  }
  const handOn = (facts: FlowFacts): void => {
    if (wanted.jsonl || wanted.csv) onLines(desk.jsonl(facts), desk.csv(facts))
    onFacts(facts)
  }
  const flow = (facts: FlowFacts, partition: number): void => {
    desk.take(facts, partition)
    handOn(facts)
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
      ? { ...(await runInline({ ...engine, desk, onRecord: flow, onNoted })), desks: [] }
      : await runThreads({ ...engine, crew, desk: wanted, onLines, onFacts })
  for (const facts of dispatched.tunnels) {
    desk.tunnel(facts, OF_TUNNELS)
    handOn(facts)
  }
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
