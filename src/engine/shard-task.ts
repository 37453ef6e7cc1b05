import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { compilePolicy } from '../policy/compile.ts'
import type { Model } from '../policy/model.ts'
import { Shard, type ShardCounts, type ShardPort } from '../shard/shard.ts'
import { Control } from '../shared/control.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import { type SlotMemory, Slots } from '../shared/slots.ts'
import type { Notice } from './capture-task.ts'
import { Desk, type DeskOptions, type DeskState } from './desk.ts'
import { notedText } from './noted-text.ts'
import { ITEM_BINDING, ITEM_CONFLICT, ITEM_NOTED, ITEM_RECORD, ITEM_STATEMENT, Reporter } from './reports.ts'

/** The task of a thread that follows flows. */
export interface ShardTask {
  index: number
  model: Model | undefined
  slots: SlotMemory
  control: SharedArrayBuffer
  maxFlows: number
  limits: readonly number[]
  activeTimeout: number
  desk: DeskOptions
  /** from the reading thread */
  notices: MessagePort
  /** to the main thread */
  reports: MessagePort
}

export interface ShardResult {
  counts: ShardCounts
  desk: DeskState
}

/** Reports that may be under way to the main thread; more would only fill the memory. */
const MOST_UNTAKEN = 64
/** Batches after which a shard says how far it is, though it has nothing to tell. */
const SILENT_BATCHES = 16

/** Follows the flows of one shard, batch by batch, until the reading thread has no more. */
export function shardTask(task: ShardTask): ShardResult {
  const { index, slots: memory, model, reports, notices } = task
  const control = new Control(memory.shards, task.control)
  const slots = new Slots(memory, control)
  const desk = new Desk(task.desk)
  let sent = 0
  const reporter = new Reporter(report => {
    control.awaitTaken(index, ++sent - MOST_UNTAKEN)
    reports.postMessage(report)
  })
  const places: SeenPlace[] = []
  const ports: ShardPort[] = []
  const shard = new Shard({
    lanes: slots.lanes,
    ports,
    places,
    policy: model === undefined ? undefined : compilePolicy(model),
    maxFlows: task.maxFlows,
    limits: Int32Array.from(task.limits),
    activeTimeout: task.activeTimeout,
    shard: { index, shards: memory.shards },
    totals: desk.tallies,
    onNoted: desk.isNotedEnough
      ? (facts, order) => reporter.put(ITEM_NOTED, order, '', '', notedText(facts))
      : undefined,
    onRecord: (facts, partition, order) => {
      desk.take(facts, partition)
      const object = desk.isWanted(facts) ? JSON.stringify(facts) : ''
      const jsonl = desk.jsonl(facts)
      const csv = desk.csv(facts)
      if (object !== '' || jsonl !== '' || csv !== '') reporter.put(ITEM_RECORD, order, jsonl, csv, object)
    },
    onConflict: (conflict, order) => reporter.put(ITEM_CONFLICT, order, '', '', JSON.stringify(conflict)),
    ...(task.desk.assets
      ? {
          onStatement: (statement, order) =>
            reporter.put(ITEM_STATEMENT, order, '', '', JSON.stringify(statement)),
        }
      : {}),
    onBinding: (announcement, vlans, order) =>
      reporter.put(
        ITEM_BINDING,
        order,
        '',
        '',
        JSON.stringify({ ...announcement, words: [...announcement.words], vlans }),
      ),
  })
  const listen = (): void => {
    for (;;) {
      const message = receiveMessageOnPort(notices) as { message: Notice } | undefined
      if (message === undefined) return
      const notice = message.message
      if (notice.block) slots.blocks.push(new Uint8Array(notice.block))
      if (notice.places) places.push(...notice.places)
      if (notice.ports) ports.push(...notice.ports)
    }
  }
  for (;;) {
    const batch = slots.next()
    if (batch === undefined) break
    listen()
    slots.open(batch)
    shard.run(batch)
    reporter.passed(batch.first + batch.frames)
    slots.done(index)
    if (!reporter.isEmpty || slots.count % SILENT_BATCHES === 0) reporter.flush()
  }
  reporter.final()
  shard.finish(control.lastSeconds)
  reporter.flush()
  // the end: whatever was sent before has come by then
  reports.postMessage(undefined)
  return { counts: shard.counts(), desk: desk.state() }
}
