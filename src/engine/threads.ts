import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { CaptureError } from '../capture/source.ts'
import type { Announcement } from '../decode/announce.ts'
import type { AddressConflict, NotedFacts, Statement } from '../finding/facts.ts'
import { Aborted, Control } from '../shared/control.ts'
import { newSlotMemory } from '../shared/slots.ts'
import type { CaptureTask } from './capture-task.ts'
import type { Crew } from './crew.ts'
import type { DeskOptions, DeskState } from './desk.ts'
import type { EngineOptions, EngineResult } from './engine.ts'
import { notedOf } from './noted-text.ts'
import {
  ITEM_CONFLICT,
  ITEM_NOTED,
  ITEM_RECORD,
  ITEM_STATEMENT,
  type Item,
  Merge,
  type Report,
} from './reports.ts'
import type { ShardTask } from './shard-task.ts'

/** A thread of the run died, and with it the run: what was judged until then is not the whole. */
export class ThreadError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ThreadError'
  }
}

export interface ThreadOptions extends EngineOptions {
  /** the threads, which are ended by the caller */
  crew: Crew
  desk: DeskOptions
  /** lines of each record, and the record itself where it is wanted, in order */
  onLines: (jsonl: string, csv: string) => void
  onFacts: (facts: NotedFacts) => void
}

const PROGRESS_EVERY = 100

/**
 * Reads in one thread of the crew, judges in the others, and puts their records into one order here. Throws what the reading
 * throws (CaptureError), and ThreadError when a thread dies.
 */
export async function runThreads(options: ThreadOptions): Promise<EngineResult & { desks: DeskState[] }> {
  const { crew, policy, signal } = options
  const { shards } = crew
  const model = policy?.model
  const slots = newSlotMemory(shards)
  const control = new Control(shards)
  const onStop = (): void => control.stop()
  if (signal?.aborted) onStop()
  signal?.addEventListener('abort', onStop)
  const progress = setInterval(() => {
    const { done, total } = control.getProgress()
    options.onProgress?.(done, Number.isNaN(total) ? undefined : total)
  }, PROGRESS_EVERY)
  const deaths: Death[] = []
  const watched = <T>(what: string, task: Promise<T>): Promise<T> =>
    task.catch((error: unknown) => {
      deaths.push({ what, error })
      control.abort()
      throw error
    })
  const merge = collect(options, control)
  try {
    const notices = Array.from({ length: shards }, () => new MessageChannel())
    const captureTask: CaptureTask = {
      reading: {
        captures: options.captures,
        ...(options.taps ? { taps: options.taps } : {}),
        since: options.since,
        until: options.until,
      },
      model,
      slots,
      control: control.memory,
      notices: notices.map(({ port1 }) => port1),
    }
    const capture = watched('the thread that reads', crew.capture(captureTask))
    const followed = notices.map(async ({ port2 }, index) => {
      const { port1, port2: reports } = new MessageChannel()
      const told = merge.listen(index, port1)
      const task: ShardTask = {
        index,
        model,
        slots,
        control: control.memory,
        maxFlows: options.maxFlows,
        limits: options.limits,
        activeTimeout: options.activeTimeout,
        desk: options.desk,
        notices: port2,
        reports,
      }
      const name = `shard thread ${index + 1} of ${shards}`
      const result = await watched(name, crew.shard(task))
      await told
      return result
    })
    const [{ dispatched, unreadable }, results] = await settled(capture, followed)
    if (unreadable !== undefined) throw new CaptureError(unreadable.path, unreadable.message)
    return {
      dispatched: dispatched!,
      shards: results.map(({ counts }) => counts),
      desks: results.map(({ desk }) => desk),
    }
  } catch (error) {
    throw merge.failure ?? (deaths.length === 0 ? error : causeOf(deaths))
  } finally {
    clearInterval(progress)
    signal?.removeEventListener('abort', onStop)
  }
}

interface Death {
  what: string
  error: unknown
}

/** All of them, or the first failure once every thread has ended: none is left waiting for another. */
async function settled<T, U>(capture: Promise<T>, followed: readonly Promise<U>[]): Promise<[T, U[]]> {
  await Promise.allSettled([capture, ...followed])
  return [await capture, await Promise.all(followed)]
}

/** Puts what the shards report into one order, and hands it on. */
function collect(options: ThreadOptions, control: Control) {
  const taken = new Array<number>(options.crew.shards).fill(0)
  const merge = new Merge(
    options.crew.shards,
    item => handOn(item, options),
    shard => control.taken(shard, ++taken[shard]),
  )
  const state: { failure: unknown } = { failure: undefined }
  return {
    /** what was thrown by those who take the records: a full disk perhaps */
    get failure() {
      return state.failure
    },
    /** Done when the shard has told all, or nobody needs the rest. */
    listen: (shard: number, port: MessagePort): Promise<void> =>
      new Promise(resolve => {
        port.on('close', resolve)
        port.on('message', (report: Report | undefined) => {
          if (state.failure !== undefined) return
          try {
            if (report !== undefined) merge.take(shard, report)
            else merge.end(shard)
          } catch (error) {
            state.failure = error
            control.abort()
          }
          if (report === undefined || state.failure !== undefined) port.close()
        })
      }),
  }
}

function handOn({ kind, jsonl, csv, object }: Item, options: ThreadOptions): void {
  if (kind === ITEM_NOTED) options.onFacts(notedOf(object))
  else if (kind === ITEM_RECORD) {
    if (jsonl !== '' || csv !== '') options.onLines(jsonl, csv)
    if (object !== '') options.onFacts(JSON.parse(object) as NotedFacts)
  } else if (kind === ITEM_STATEMENT) options.onStatement?.(JSON.parse(object) as Statement)
  else if (kind === ITEM_CONFLICT) options.onConflict?.(JSON.parse(object) as AddressConflict)
  else {
    const { vlans, ...announcement } = JSON.parse(object) as Announcement & { vlans: number[] }
    options.onBinding?.(announcement, vlans)
  }
}

/** The failure that ended the run: not that of a thread which only noticed that another had died. */
function causeOf(deaths: readonly Death[]): Error {
  const { what, error } = deaths.find(death => !isAborted(death.error)) ?? deaths[0]
  const reason = error instanceof Error ? error.message : String(error)
  return new ThreadError(
    `${what} has died before the captures were judged to their end: ${plain(error, reason)}`,
  )
}

const isAborted = (error: unknown): boolean =>
  error instanceof Error && error.message === new Aborted().message

function plain(error: unknown, reason: string): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needed more memory than it may have' : reason
}
