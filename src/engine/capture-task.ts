import type { MessagePort } from 'node:worker_threads'
import { CaptureError } from '../capture/source.ts'
import { Dispatcher } from '../dispatch/dispatcher.ts'
import { LazyPolicy } from '../policy/asked.ts'
import type { Model } from '../policy/model.ts'
import type { ShardPort } from '../shard/shard.ts'
import { Control } from '../shared/control.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import { type SlotMemory, Slots } from '../shared/slots.ts'
import { Blocks } from './blocks.ts'
import { type Dispatched, dispatchedOf } from './engine.ts'
import { type ReadingOptions, startReading } from './reading.ts'

/** What a shard is told between batches, before the batch that needs it. */
export interface Notice {
  places?: SeenPlace[]
  ports?: ShardPort[]
  block?: SharedArrayBuffer
}

/** The task of the thread that reads and dispatches. */
export interface CaptureTask {
  reading: Omit<ReadingOptions, 'stdin' | 'signal' | 'memory'>
  model: Model | undefined
  slots: SlotMemory
  control: SharedArrayBuffer
  /** one for each shard */
  notices: MessagePort[]
}

/** An error loses its kind between threads, so that there is nothing to read is a result. */
export interface CaptureResult {
  dispatched?: Dispatched
  unreadable?: { path: string; message: string }
}

/** Reads captures and deals their frames out to the shards; waits for them where they are slower. */
export async function captureTask(task: CaptureTask): Promise<CaptureResult> {
  try {
    return { dispatched: await dispatchAll(task) }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    new Control(task.slots.shards, task.control).finish(0)
    return { unreadable: { path: error.path, message: error.message } }
  }
}

async function dispatchAll(task: CaptureTask): Promise<Dispatched> {
  const { slots: memory, notices, model } = task
  const control = new Control(memory.shards, task.control)
  const slots = new Slots(memory, control)
  const policy = model === undefined ? undefined : new LazyPolicy(model)
  const tell = (notice: Notice): void => {
    for (const port of notices) port.postMessage(notice)
  }
  const blocks = new Blocks(slots, control, block => tell({ block }))
  const stop = new AbortController()
  const reading = await startReading({ ...task.reading, memory: blocks, signal: stop.signal })
  // what grows is waited for in the event loop
  const watch = setInterval(() => {
    if (control.isStopped) stop.abort()
  }, STOP_LOOK)
  const { source, ports } = reading
  const places: SeenPlace[] = []
  const dispatcher = new Dispatcher({
    ports,
    policy,
    lanes: slots.lanes,
    mirrors: reading.mirrors,
    since: reading.since,
    until: reading.until,
    onPlace: place => places.push(place),
  })
  let told = 0
  const publish = (block: number): void => {
    if (places.length > 0) tell({ places: places.splice(0) })
    if (told < ports.length) tell({ ports: ports.slice(told) })
    told = ports.length
    blocks.used(block)
    slots.publish(block)
  }
  try {
    for (;;) {
      if (control.isStopped) stop.abort()
      const burst = await reading.next()
      if (burst === undefined) break
      const block = blocks.numberOf(burst)
      for (let row = 0; row < burst.count; ) {
        if (block >= 0) {
          row = dispatcher.fill(slots.free(), burst, row)
          publish(block)
        } else {
          const copy = blocks.copy(burst, row)
          row = copy.next
          for (let at = 0; at < copy.burst.count; ) {
            at = dispatcher.fill(slots.free(), copy.burst, at)
            publish(blocks.numberOf(copy.burst))
          }
        }
      }
      const { done, total } = source.progress()
      control.setProgress(done, total ?? Number.NaN)
    }
  } finally {
    clearInterval(watch)
  }
  control.finish(dispatcher.counts().lastSeconds)
  return dispatchedOf(dispatcher, reading, policy, stop.signal.aborted)
}

/** milliseconds between two looks whether the reading is to end */
const STOP_LOOK = 50
