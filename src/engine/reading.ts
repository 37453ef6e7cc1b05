import type { Readable } from 'node:stream'
import type { BlockMemory } from '../capture/memory.ts'
import { openCaptures } from '../capture/open.ts'
import { CaptureError, type CaptureSource } from '../capture/source.ts'
import { MirrorProbe, SAMPLE_FRAMES } from '../dispatch/mirror-probe.ts'
import type { MirrorDestination } from '../dispatch/wrapping.ts'
import type { ShardPort } from '../shard/shard.ts'
import { Burst } from '../shared/burst.ts'

/** A moment: absolute seconds, or seconds after the first (`from: 'start'`) or before the last frame (`from: 'end'`). */
export interface Moment {
  seconds: number
  from: 'epoch' | 'start' | 'end'
}

export interface ReadingOptions {
  captures: readonly string[]
  taps?: { name: string; glob: string }[]
  since?: Moment | undefined
  until?: Moment | undefined
  stdin?: Readable
  /** shared memory to read into; frames then outlive the next ones */
  memory?: BlockMemory
  /** ends what grows; frames that are there already are still handed out */
  signal?: AbortSignal | undefined
}

/** What is known of a run's input once its first frames are there. */
export interface Reading {
  source: CaptureSource
  /** the source's ports as shards see them; brought up to date by `next` */
  ports: ShardPort[]
  mirrors: MirrorDestination[]
  /** frames outside [since, until) seconds are not looked at */
  since: number
  until: number
  /** the next frames; undefined at the end of input, or once the signal came. Valid until the next call */
  next: () => Promise<Burst | undefined>
}

/**
 * Opens captures and looks at their first frames: for mirror sessions, and for the moments that count from the start.
 * Throws CaptureError when there is nothing to read, or nothing that can be read twice where a moment counts from the end.
 */
export async function startReading(options: ReadingOptions): Promise<Reading> {
  const open = (): Promise<CaptureSource> =>
    openCaptures(options.captures, {
      taps: options.taps ?? [],
      ...(options.stdin ? { stdin: options.stdin } : {}),
      memory: options.memory,
    })
  const end = await endOfSpan(options, open)
  const source = await open()
  options.signal?.addEventListener('abort', () => source.stop())
  const bursts = source.bursts()[Symbol.asyncIterator]()
  const { sample, mirrors } = await sampleOf(bursts, source)
  const start = firstSecond(sample)
  const second = (moment: Moment | undefined, none: number): number =>
    moment === undefined
      ? none
      : moment.from === 'epoch'
        ? moment.seconds
        : moment.from === 'start'
          ? start + moment.seconds
          : end + 1 - moment.seconds
  const ports: ShardPort[] = []
  const next = async (): Promise<Burst | undefined> => {
    let burst = sample.shift()
    if (burst === undefined && options.signal?.aborted) await bursts.return?.()
    else if (burst === undefined) {
      const step = await bursts.next()
      if (!step.done) burst = step.value
    }
    for (let i = ports.length; i < source.ports.length; i++) {
      const { linkType, tap, file } = source.ports[i]
      ports.push({ linkType, capture: source.files[file].name, ...(tap === undefined ? {} : { tap }) })
    }
    return burst
  }
  return {
    source,
    ports,
    mirrors,
    since: second(options.since, 0),
    until: second(options.until, Number.MAX_SAFE_INTEGER),
    next,
  }
}

/**
 * Reads ahead the first SAMPLE_FRAMES frames, however the input comes in pieces, and looks for a mirror session in
 * them. They are copied: a source reuses its burst.
 */
async function sampleOf(
  bursts: AsyncIterator<Burst>,
  source: CaptureSource,
): Promise<{ sample: Burst[]; mirrors: MirrorDestination[] }> {
  const probe = new MirrorProbe()
  const sample: Burst[] = []
  for (let frames = 0; frames < SAMPLE_FRAMES; ) {
    const next = await bursts.next()
    if (next.done) break
    frames += next.value.count
    const copy = copyOf(next.value)
    probe.look(copy, port => source.ports[port].linkType)
    sample.push(copy)
  }
  return { sample, mirrors: probe.result() }
}

function copyOf(burst: Burst): Burst {
  let first = Number.MAX_SAFE_INTEGER
  let last = 0
  for (let i = 0; i < burst.count; i++) {
    first = Math.min(first, burst.offset[i])
    last = Math.max(last, burst.offset[i] + burst.captured[i])
  }
  const copy = new Burst(burst.bytes.slice(first, last), burst.count)
  copy.count = burst.count
  for (let i = 0; i < burst.count; i++) copy.offset[i] = burst.offset[i] - first
  for (const column of ['captured', 'wire', 'seconds', 'nanos', 'port', 'frame'] as const) {
    copy[column].set(burst[column].subarray(0, burst.count))
  }
  return copy
}

const firstSecond = (sample: readonly Burst[]): number => {
  let first = Number.MAX_SAFE_INTEGER
  for (const burst of sample) for (let i = 0; i < burst.count; i++) first = Math.min(first, burst.seconds[i])
  return first
}

/** Second of the last frame, which takes a pass of its own; only where a moment counts from there. */
async function endOfSpan(options: ReadingOptions, open: () => Promise<CaptureSource>): Promise<number> {
  if (options.since?.from !== 'end' && options.until?.from !== 'end') return 0
  const once = 'a time counted from the end needs captures that can be read twice, not a pipe'
  if (options.captures.includes('-')) throw new CaptureError('-', once)
  const source = await open()
  if (source.progress().total === undefined) {
    source.stop()
    throw new CaptureError(options.captures[0], once)
  }
  let last = 0
  for await (const burst of source.bursts())
    for (let i = 0; i < burst.count; i++) last = Math.max(last, burst.seconds[i])
  return last
}
