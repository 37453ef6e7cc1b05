import { Dispatcher } from '../dispatch/dispatcher.ts'
import type { FlowFacts, NotedFacts } from '../finding/facts.ts'
import { Shard } from '../shard/shard.ts'
import { Batch, LaneMemory } from '../shared/batch.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import type { Desk } from './desk.ts'
import { dispatchedOf, type EngineOptions, type EngineResult } from './engine.ts'
import { startReading } from './reading.ts'

/** Lanes filled before they are looked up: they stay in the first-level cache. */
const LANES = 256

export interface InlineOptions extends EngineOptions {
  /** counts in its tallies, and says which records are to be made */
  desk: Desk
  /** each record, in order, with the partition it belongs to */
  onRecord: (facts: FlowFacts, partition: number) => void
  /** in its place where that is enough: what findings need */
  onNoted: (facts: NotedFacts) => void
}

/** Reads, dispatches and judges in this thread, without copying or waiting: what is best for small inputs. */
export async function runInline(options: InlineOptions): Promise<EngineResult> {
  const { policy, signal, onConflict, onBinding, onStatement } = options
  const reading = await startReading(options)
  const { source, ports, mirrors, since, until } = reading
  const places: SeenPlace[] = []
  const lanes = new LaneMemory(1, 1, LANES)
  const dispatcher = new Dispatcher({
    ports,
    policy,
    lanes,
    mirrors,
    since,
    until,
    onPlace: place => places.push(place),
  })
  const shard = new Shard({
    lanes,
    ports,
    places,
    policy,
    maxFlows: options.maxFlows,
    limits: Int32Array.from(options.limits),
    activeTimeout: options.activeTimeout,
    totals: options.desk.tallies,
    onNoted: options.desk.isNotedEnough ? options.onNoted : undefined,
    onRecord: options.onRecord,
    ...(onConflict ? { onConflict } : {}),
    ...(onBinding ? { onBinding } : {}),
    ...(onStatement ? { onStatement } : {}),
  })
  const batch = new Batch(lanes)
  for (;;) {
    const burst = await reading.next()
    if (burst === undefined) break
    for (let row = 0; row < burst.count; ) {
      row = dispatcher.fill(batch, burst, row)
      shard.run(batch)
    }
    const { done, total } = source.progress()
    options.onProgress?.(done, total)
  }
  const interrupted = signal?.aborted ?? false
  shard.finish(dispatcher.counts().lastSeconds)
  return { dispatched: dispatchedOf(dispatcher, reading, policy, interrupted), shards: [shard.counts()] }
}
