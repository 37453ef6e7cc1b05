import type { FileReport } from '../capture/source.ts'
import type { Announcement } from '../decode/announce.ts'
import type { DispatchCounts, Dispatcher } from '../dispatch/dispatcher.ts'
import { tunnelRecords } from '../dispatch/tunnel-records.ts'
import type { AddressConflict, FlowFacts, Statement } from '../finding/facts.ts'
import type { AskedPolicy } from '../policy/asked.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { ShardCounts } from '../shard/shard.ts'
import { lookedAt } from './outcome.ts'
import type { Reading, ReadingOptions } from './reading.ts'

/** What an engine is to do: one that runs in this thread, or one in many. */
export interface EngineOptions extends ReadingOptions {
  policy: CompiledPolicy | undefined
  maxFlows: number
  /** idle limits in seconds, by LIMIT_ index */
  limits: readonly number[]
  activeTimeout: number
  onConflict?: ((conflict: AddressConflict) => void) | undefined
  onStatement?: ((statement: Statement) => void) | undefined
  onBinding?: ((announcement: Announcement, vlans: readonly number[]) => void) | undefined
  onProgress?: ((done: number, total: number | undefined) => void) | undefined
}

/** What the reading half of an engine comes to. Can be sent to another thread. */
export interface Dispatched {
  counts: DispatchCounts
  /** tunnels that are conversations, in the order first seen */
  tunnels: FlowFacts[]
  mirrorSessions: string[]
  undeclaredMirrors: string[]
  /** frames in places that could not be told apart, and in tunnels without a record */
  placesBeyond: number
  tunnelsBeyond: number
  files: FileReport[]
  interrupted: boolean
}

export interface EngineResult {
  dispatched: Dispatched
  shards: ShardCounts[]
}

/** The sum of what was read, once all of it was dispatched. */
export function dispatchedOf(
  dispatcher: Dispatcher,
  { source, ports }: Reading,
  policy: AskedPolicy | undefined,
  interrupted: boolean,
): Dispatched {
  const counts = dispatcher.counts()
  const { wrapping } = dispatcher
  return {
    counts,
    tunnels: tunnelRecords(wrapping, policy, ports, lookedAt(counts)),
    mirrorSessions: wrapping.mirrorSessions(),
    undeclaredMirrors: wrapping.mirrorSessions(true),
    placesBeyond: wrapping.framesBeyond,
    tunnelsBeyond: wrapping.unkept,
    files: source.files,
    interrupted,
  }
}
