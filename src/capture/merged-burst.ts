import { BURST_FRAMES, Burst } from '../shared/burst.ts'
import { type BlockMemory, OWN_MEMORY } from './memory.ts'

const NOTHING = new Uint8Array(0)

/** A burst that frames of several captures are copied into. */
export class MergedBurst {
  readonly burst: Burst
  private readonly frames: number
  private target: Buffer
  private used = 0
  private readonly memory: BlockMemory
  private source: Buffer | undefined
  private bytes: Uint8Array = NOTHING

  constructor(frames = BURST_FRAMES, memory: BlockMemory = OWN_MEMORY) {
    this.frames = frames
    this.memory = memory
    this.burst = new Burst(NOTHING, frames)
    this.target = bufferOf(NOTHING)
  }

  /** Empties it; what it held may still be needed by others, as its memory has it. */
  clear(): void {
    this.burst.count = 0
    this.used = 0
    this.burst.bytes = NOTHING
  }

  /** Bytes of a burst as `take` wants them. */
  sourceOf(bytes: Uint8Array): Buffer {
    if (this.source?.buffer !== bytes.buffer) this.source = bufferOf(bytes)
    return this.source
  }

  /**
   * Appends rows [at, end) of `from`, whose bytes are `source`, as far as there is room: answers the first row that was
   * not taken. An empty one takes at least one row. The rows lie one after the other in `source`, so one copy does for all.
   */
  take(from: Burst, source: Buffer, at: number, end: number): number {
    const { burst } = this
    if (burst.count === 0) this.fit(from.captured[at])
    const room = this.target.length - this.used
    const start = from.offset[at]
    const most = Math.min(end, at + this.frames - burst.count)
    let bytes = 0
    let next = at
    for (; next < most; next++) {
      const needed = from.offset[next] + from.captured[next] - start
      if (needed > room) break
      bytes = needed
    }
    source.copy(this.target, this.used, start, start + bytes)
    const shift = this.used - start
    for (let row = at, to = burst.count; row < next; row++, to++) {
      burst.offset[to] = from.offset[row] + shift
      burst.captured[to] = from.captured[row]
      burst.wire[to] = from.wire[row]
      burst.seconds[to] = from.seconds[row]
      burst.nanos[to] = from.nanos[row]
      burst.port[to] = from.port[row]
      burst.frame[to] = from.frame[row]
    }
    this.used += bytes
    burst.count += next - at
    return next
  }

  private fit(bytes: number): void {
    const old = this.target.length === 0 ? undefined : this.bytes
    this.bytes = this.memory.exchange(old, bytes)
    this.burst.bytes = this.bytes
    if (this.bytes !== old) this.target = bufferOf(this.bytes)
  }
}

/** The same memory as a Buffer, which copies parts of itself without making an object for each. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
