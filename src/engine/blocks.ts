import type { BlockMemory } from '../capture/memory.ts'
import { MergedBurst } from '../capture/merged-burst.ts'
import type { Burst } from '../shared/burst.ts'
import type { Control } from '../shared/control.ts'
import { BLOCK_BYTES, type Slots } from '../shared/slots.ts'

/**
 * The blocks of shared memory a capture is read into. A block is free when no reader fills it and all shards are done
 * with the last batch that points into it.
 */
export class Blocks implements BlockMemory {
  private readonly slots: Slots
  private readonly control: Control
  private readonly onMore: (memory: SharedArrayBuffer) => void
  private readonly held: boolean[]
  /** by block: batches published before nobody needs it */
  private readonly until: number[]
  private readonly numbers = new Map<ArrayBufferLike, number>()
  private readonly copies: MergedBurst

  /** `onMore` is told of a block that was added, before any batch speaks of it. */
  constructor(slots: Slots, control: Control, onMore: (memory: SharedArrayBuffer) => void) {
    this.slots = slots
    this.control = control
    this.onMore = onMore
    this.held = slots.blocks.map(() => false)
    this.until = slots.blocks.map(() => 0)
    for (const [number, { buffer }] of slots.blocks.entries()) this.numbers.set(buffer, number)
    this.copies = new MergedBurst(undefined, this)
  }

  /** A block of at least `size` bytes for a reader that gives back the one it had. Waits until one is free; throws Aborted. */
  exchange(old: Uint8Array | undefined, size: number): Uint8Array {
    const number = old === undefined ? undefined : this.numbers.get(old.buffer)
    if (number !== undefined) this.held[number] = false
    for (;;) {
      // looked at once a turn: what the shards finish after it was looked at ends the waiting below
      const { oldest } = this.control
      const free = this.free(size, oldest)
      if (free >= 0) {
        this.held[free] = true
        return this.slots.blocks[free]
      }
      const isWorthWaiting = this.slots.blocks.some(({ length }, i) => length >= size && !this.held[i])
      if (!isWorthWaiting) return this.more(size)
      this.control.awaitShards(oldest)
    }
  }

  /** The number of the block a burst lies in, -1 = in none; then `copy` brings its rows into one. */
  numberOf(burst: Burst): number {
    return this.numbers.get(burst.bytes.buffer) ?? -1
  }

  /** Copies rows of a burst from `row` on into a block; answers the first that was not taken. The copy is valid until the next. */
  copy(burst: Burst, row: number): { burst: Burst; next: number } {
    this.copies.clear()
    const next = this.copies.take(burst, this.copies.sourceOf(burst.bytes), row, burst.count)
    return { burst: this.copies.burst, next }
  }

  /** The batch about to be published points into this block. */
  used(number: number): void {
    this.until[number] = this.slots.count + 1
  }

  private free(size: number, oldest: number): number {
    const { length } = this.held
    // the first that is free: as few as will do stay in the cache
    for (let number = 0; number < length; number++) {
      if (!this.held[number] && this.until[number] <= oldest && this.slots.blocks[number].length >= size)
        return number
    }
    return -1
  }

  /** Sizes are powers of two, so that records which grow and grow make few blocks. */
  private more(size: number): Uint8Array {
    const memory = new SharedArrayBuffer(2 ** Math.ceil(Math.log2(Math.max(size, BLOCK_BYTES))))
    const number = this.slots.blocks.push(new Uint8Array(memory)) - 1
    this.held[number] = true
    this.until[number] = 0
    this.numbers.set(memory, number)
    this.onMore(memory)
    return this.slots.blocks[number]
  }
}
