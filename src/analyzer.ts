import type { Readable } from 'node:stream'
import { openCaptures } from './capture/open.ts'
import { CaptureError, type CaptureSource, type FileReport } from './capture/source.ts'
import type { Announcement } from './decode/announce.ts'
import type { AddressConflict, FlowFacts } from './finding/facts.ts'
import type { Beyond } from './limits.ts'
import type { CompiledPolicy } from './policy/compile.ts'
import type { FrameCounts } from './records.ts'
import { MirrorProbe, SAMPLE_FRAMES } from './shard/mirror-probe.ts'
import { Shard, type ShardPort } from './shard/shard.ts'
import { tunnelRecords } from './shard/tunnel-records.ts'
import type { MirrorDestination } from './shard/wrapping.ts'
import { Burst } from './shared/burst.ts'

/** A moment: absolute seconds, or seconds after the first (`from: 'start'`) or before the last frame (`from: 'end'`). */
export interface Moment {
  seconds: number
  from: 'epoch' | 'start' | 'end'
}

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

export interface AnalyzeOptions {
  captures: string[]
  taps?: { name: string; glob: string }[]
  policy?: CompiledPolicy | undefined
  idle?: IdleLimits
  activeTimeout?: number
  maxFlows?: number
  since?: Moment | undefined
  until?: Moment | undefined
  stdin?: Readable
  /** stops reading; what was read until then is judged */
  signal?: AbortSignal
  /** records in the order they are made: by the frame that ended a flow, then what was open at the end by first frame, then tunnels */
  onRecord: (facts: FlowFacts) => void
  onConflict?: (conflict: AddressConflict) => void
  onBinding?: (announcement: Announcement, vlans: readonly number[], seconds: number) => void
  onProgress?: (done: number, total: number | undefined) => void
}

/** What a run saw besides its records. */
export interface Outcome {
  frames: FrameCounts
  bytes: number
  /** first and last frame; undefined when there was none */
  span: { firstSeconds: number; firstNanos: number; lastSeconds: number; lastNanos: number } | undefined
  evicted: number
  mirrorSessions: string[]
  /** those of them that are no declared tap */
  undeclaredMirrors: string[]
  beyond: Beyond
  files: FileReport[]
  /** stopped by the signal before the end of input */
  interrupted: boolean
}

/**
 * Judges captures: reads them as one stream in time order, decodes every frame into flows, judges the flows and hands
 * on records. Throws CaptureError when there is nothing to read; damage is told in `files`.
 */
export async function analyze(options: AnalyzeOptions): Promise<Outcome> {
  const open = (): Promise<CaptureSource> =>
    openCaptures(options.captures, {
      taps: options.taps ?? [],
      ...(options.stdin ? { stdin: options.stdin } : {}),
    })
  const end = await endOfSpan(options, open)
  const source = await open()
  options.signal?.addEventListener('abort', () => source.stop())
  const ports: ShardPort[] = []
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
  const { idle = DEFAULT_IDLE, signal } = options
  const shard = new Shard({
    ports,
    policy: options.policy,
    maxFlows: options.maxFlows ?? DEFAULT_MAX_FLOWS,
    limits: Int32Array.of(idle.tcp, idle.udp, idle.icmp, idle.other, idle.attempt, idle.closed),
    activeTimeout: options.activeTimeout ?? DEFAULT_ACTIVE,
    mirrors,
    since: second(options.since, 0),
    until: second(options.until, Number.MAX_SAFE_INTEGER),
    onRecord: options.onRecord,
    ...(options.onConflict ? { onConflict: options.onConflict } : {}),
    ...(options.onBinding ? { onBinding: options.onBinding } : {}),
  })
  const feed = (burst: Burst): void => {
    for (let i = ports.length; i < source.ports.length; i++) {
      const { linkType, tap, file } = source.ports[i]
      ports.push({ linkType, capture: source.files[file].name, ...(tap === undefined ? {} : { tap }) })
    }
    shard.run(burst)
    const { done, total } = source.progress()
    options.onProgress?.(done, total)
  }
  for (const burst of sample) feed(burst)
  let interrupted = signal?.aborted ?? false
  while (!interrupted) {
    const next = await bursts.next()
    if (next.done) break
    feed(next.value)
    interrupted = signal?.aborted ?? false
  }
  if (interrupted) await bursts.return?.()
  shard.finish()
  const frames = shard.frameCounts()
  // later pieces of a tunnel's packets had no vote either
  const looked = frames.received - frames.filtered - frames.placed.tunnel_fragments
  for (const facts of tunnelRecords(shard.wrapping, shard.verdicts, options.policy, ports, looked))
    options.onRecord(facts)
  const { any, bytes, ...times } = shard.span()
  return {
    frames,
    bytes,
    span: any ? times : undefined,
    evicted: shard.table.evicted,
    mirrorSessions: shard.wrapping.mirrorSessions(),
    undeclaredMirrors: shard.wrapping.mirrorSessions(true),
    beyond: {
      places: shard.wrapping.framesBeyond,
      tunnels: shard.wrapping.unkept,
      bindings: shard.neighbours.overflow,
    },
    files: source.files,
    interrupted,
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
async function endOfSpan(options: AnalyzeOptions, open: () => Promise<CaptureSource>): Promise<number> {
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
