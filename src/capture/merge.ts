import { BURST_FRAMES, Burst } from '../shared/burst.ts'
import { Ahead } from './ahead.ts'
import { CaptureReader, NotACapture, type ReaderContext } from './capture-reader.ts'
import { addDamage } from './faults.ts'
import type { Input } from './inputs.ts'
import { type BlockMemory, OWN_MEMORY } from './memory.ts'
import { isBefore, MergeQueue, type Moment } from './merge-queue.ts'
import { bufferOf, MergedBurst } from './merged-burst.ts'
import type { CaptureSource, FileReport, Port } from './source.ts'

/** A capture file that is opened when its first frame is due. */
export interface Waiting extends Moment {
  input: Input
  report: FileReport
  tap: string | undefined
}

/** bytes of a block */
const BLOCK = 1 << 20

/** Memory of one capture that is being read. */
interface Room {
  memory: Uint8Array
  burst: Burst
  blocks: BlockMemory
}

/** A capture that is being read. */
class Lane implements Moment {
  seconds = 0
  nanos = 0
  readonly order: number
  readonly reader: CaptureReader
  /** row of its burst that comes next */
  at = 0
  private source: Buffer | undefined

  constructor(order: number, reader: CaptureReader) {
    this.order = order
    this.reader = reader
  }

  /** Whether a next frame must be waited for. */
  get isLive(): boolean {
    return this.reader.input.kind !== 'file'
  }

  /** Reads the next burst; false at the end. */
  async next(): Promise<boolean> {
    this.at = 0
    if (!(await this.reader.next())) return false
    this.look()
    return true
  }

  /** Takes its moment from the row that comes next. */
  look(): void {
    const { burst } = this.reader
    this.seconds = burst.seconds[this.at]
    this.nanos = burst.nanos[this.at]
  }

  /** The first row from `at` on that does not come before `limit`. */
  rowsBefore(limit: Moment): number {
    const { seconds, nanos, count } = this.reader.burst
    const isFirst = this.order < limit.order
    for (let row = this.at; row < count; row++) {
      const difference = seconds[row] - limit.seconds || nanos[row] - limit.nanos
      if (difference > 0 || (difference === 0 && !isFirst)) return row
    }
    return count
  }

  /** The bytes of its burst as a Buffer. */
  bytes(): Buffer {
    const { bytes } = this.reader.burst
    if (this.source?.buffer !== bytes.buffer) this.source = bufferOf(bytes)
    return this.source
  }
}

export interface MergeOptions {
  /** bytes read at a time; by the number of open captures when absent */
  blockSize: number | undefined
  burstFrames: number | undefined
  /** what the only open capture is read into, and merged frames are copied into */
  memory: BlockMemory | undefined
}

/**
 * Captures as one stream in time order. Each keeps its own order: only what comes next in each is compared, and of
 * frames of one instant that of the earlier file goes first. Files whose spans do not overlap are read one after the
 * other, each open only then, and their bursts are handed on as they are.
 */
export class MergedCaptures implements CaptureSource {
  readonly files: FileReport[]
  private readonly context: ReaderContext
  private readonly options: MergeOptions
  private readonly queue = new MergeQueue<Lane>()
  /** earliest last */
  private readonly waiting: Waiting[]
  private readonly live: { order: number; reader: CaptureReader }[]
  private readonly spare: Room[] = []
  private readonly ahead = new Ahead()
  private readonly total: number | undefined
  private finished = 0
  private readonly growing: readonly CaptureReader[]

  constructor(
    files: FileReport[],
    waiting: readonly Waiting[],
    live: readonly { order: number; reader: CaptureReader }[],
    context: ReaderContext,
    options: MergeOptions,
  ) {
    this.files = files
    this.waiting = waiting.toSorted((a, b) => (isBefore(a, b) ? 1 : -1))
    this.live = [...live]
    this.growing = live.map(({ reader }) => reader)
    this.context = context
    this.options = options
    const sizes = [...waiting, ...live.map(({ reader }) => reader)].map(({ input }) => input)
    const isKnown = sizes.every(input => input.kind === 'file' || input.size > 0)
    this.total = isKnown ? sizes.reduce((sum, input) => sum + input.size, 0) : undefined
  }

  get ports(): Port[] {
    return this.context.ports.list
  }

  progress(): { done: number; total: number | undefined } {
    let done = this.finished
    for (const lane of this.queue) done += lane.reader.taken
    return { done, total: this.total }
  }

  stop(): void {
    for (const reader of this.growing) reader.close()
  }

  async *bursts(): AsyncGenerator<Burst, void, void> {
    const merged = new MergedBurst(this.options.burstFrames, this.options.memory)
    try {
      for (const { order, reader } of this.live.splice(0)) await this.enter(new Lane(order, reader))
      for (;;) {
        // asked first: a promise for every run of frames would cost more than the frames
        if (this.isOneDue()) await this.admit()
        const lane = this.queue.top
        if (lane === undefined) break
        const { burst } = lane.reader
        const limit = this.limit()
        const end = limit === undefined ? burst.count : lane.rowsBefore(limit)
        if (lane.at === 0 && end === burst.count) {
          if (merged.burst.count > 0) yield merged.burst
          merged.clear()
          lane.at = end
          yield burst
        }
        while (lane.at < end) {
          lane.at = merged.take(burst, lane.bytes(), lane.at, end)
          if (lane.at === end) break
          yield merged.burst
          merged.clear()
        }
        if (lane.at < burst.count) lane.look()
        else {
          if (lane.isLive && merged.burst.count > 0) {
            yield merged.burst
            merged.clear()
          }
          if (!(await lane.next())) {
            this.queue.pop()
            this.leave(lane)
            continue
          }
        }
        this.queue.settle()
      }
      if (merged.burst.count > 0) yield merged.burst
    } finally {
      for (const lane of this.queue) lane.reader.close()
      for (const { reader } of this.live) reader.close()
    }
  }

  /** Where the run of the queue's top ends: at what comes next in any other capture. */
  private limit(): Moment | undefined {
    const other = this.queue.second
    const next = this.waiting.at(-1)
    if (other === undefined || next === undefined) return other ?? next
    return isBefore(other, next) ? other : next
  }

  /** Whether the first frame of a file that is not open yet comes next. */
  private isOneDue(): boolean {
    const { top } = this.queue
    const next = this.waiting.at(-1)
    return next !== undefined && (top === undefined || isBefore(next, top))
  }

  /** Opens the files whose first frame is due. */
  private async admit(): Promise<void> {
    while (this.isOneDue()) {
      const next = this.waiting.pop()!
      const { memory, burst, blocks } = this.again() ?? this.room()
      const reader = new CaptureReader(
        next.input,
        next.report,
        next.order,
        next.tap,
        this.context,
        memory,
        burst,
        blocks,
      )
      try {
        await reader.start()
        await this.enter(new Lane(next.order, reader))
        const following = this.waiting.at(-1)
        if (following !== undefined) this.ahead.start(following.input.path)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        // it could be read a moment ago
        reader.close()
        addDamage(next.report, 0, changed(error))
      }
    }
  }

  private async enter(lane: Lane): Promise<void> {
    if (await lane.next()) this.queue.push(lane)
    else this.leave(lane)
  }

  private leave({ reader }: Lane): void {
    this.finished += reader.taken
    this.spare.push({ memory: reader.memory, burst: reader.burst, blocks: reader.blocks })
  }

  /** Memory that a capture is done with. Its last frames may still be looked at: the reader goes on in another piece. */
  private again(): Room | undefined {
    const room = this.spare.pop()
    return room && { ...room, memory: room.blocks.exchange(room.memory, 0) }
  }

  /** Memory for one more capture: the more are open, the less each gets. */
  private room(): Room {
    const { size } = this.queue
    const {
      memory: shared,
      blockSize,
      burstFrames = size < 64 ? BURST_FRAMES : BURST_FRAMES / 8,
    } = this.options
    if (size === 0 && shared !== undefined) {
      const memory = shared.exchange(undefined, 0)
      return { memory, burst: new Burst(memory, burstFrames), blocks: shared }
    }
    const block = size < 8 ? BLOCK : size < 64 ? BLOCK / 4 : BLOCK / 16
    const memory = new Uint8Array(blockSize ?? block)
    return { memory, burst: new Burst(memory, burstFrames), blocks: OWN_MEMORY }
  }
}

const changed = (error: Error): string =>
  error instanceof NotACapture ? `it was changed while it was read: ${error.message}` : error.message
