import type { Announcement } from './decode/announce.ts'
import { runInline } from './engine/inline.ts'
import { frameCounts, type Outcome } from './engine/outcome.ts'
import type { ReadingOptions } from './engine/reading.ts'
import type { AddressConflict, FlowFacts } from './finding/facts.ts'
import { PARTITIONS } from './flow/table.ts'
import type { CompiledPolicy } from './policy/compile.ts'

export type { Outcome } from './engine/outcome.ts'
export type { Moment } from './engine/reading.ts'

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

export interface AnalyzeOptions extends ReadingOptions {
  policy?: CompiledPolicy | undefined
  idle?: IdleLimits
  activeTimeout?: number
  maxFlows?: number
  /** records in the order they are made: by the frame that ended a flow, then what was open at the end by first frame, then tunnels */
  onRecord: (facts: FlowFacts, partition: number) => void
  onConflict?: (conflict: AddressConflict) => void
  onBinding?: (announcement: Announcement, vlans: readonly number[]) => void
  onProgress?: (done: number, total: number | undefined) => void
}

/**
 * Judges captures: reads them as one stream in time order, decodes every frame into flows, judges the flows and hands
 * on records. Throws CaptureError when there is nothing to read; damage is told in `files`.
 */
export async function analyze(options: AnalyzeOptions): Promise<Outcome> {
  const { idle = DEFAULT_IDLE } = options
  const { dispatched, shards } = await runInline({
    ...options,
    policy: options.policy,
    maxFlows: options.maxFlows ?? DEFAULT_MAX_FLOWS,
    limits: [idle.tcp, idle.udp, idle.icmp, idle.other, idle.attempt, idle.closed],
    activeTimeout: options.activeTimeout ?? DEFAULT_ACTIVE,
  })
  for (const facts of dispatched.tunnels) options.onRecord(facts, OF_TUNNELS)
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
  }
}
