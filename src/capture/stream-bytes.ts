import type { Readable } from 'node:stream'
import { type ByteInput, plainReason, ReadFault } from './byte-input.ts'

/**
 * What a stream delivers, as it comes: standard input, a FIFO, a decompressor. `hungry` is called when nothing is at
 * hand, for streams that must be fed; `wake` may be called to look again.
 */
export class StreamBytes implements ByteInput {
  taken = 0
  private readonly stream: Readable
  private readonly hungry: () => void
  private chunk: Uint8Array | undefined
  private chunkAt = 0
  private ended: boolean
  private failure: Error | undefined
  private awake = false
  private resolve: (() => void) | undefined

  constructor(stream: Readable, hungry: () => void = () => {}) {
    this.stream = stream
    this.hungry = hungry
    this.ended = stream.readableEnded || stream.destroyed
    stream.on('readable', this.wake)
    stream.on('end', this.end)
    stream.on('close', this.end)
    stream.on('error', this.fail)
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    while (this.chunk === undefined) {
      const chunk: Uint8Array | string | null = this.ended ? null : this.stream.read()
      if (chunk !== null && chunk.length > 0) {
        this.chunk = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
        this.chunkAt = 0
      } else if (this.failure) throw this.failure
      else if (this.ended) return 0
      else if (chunk === null) {
        this.hungry()
        await this.sleep()
      }
    }
    const count = Math.min(length, this.chunk.length - this.chunkAt)
    into.set(this.chunk.subarray(this.chunkAt, this.chunkAt + count), at)
    this.chunkAt += count
    this.taken += count
    if (this.chunkAt === this.chunk.length) this.chunk = undefined
    return count
  }

  readonly wake = (): void => {
    this.awake = true
    this.resolve?.()
    this.resolve = undefined
  }

  /** Ends with `error` once what is at hand has been read. */
  readonly fail = (error: Error): void => {
    this.failure ??= error instanceof ReadFault ? error : new ReadFault(plainReason(error))
    this.wake()
  }

  private readonly end = (): void => {
    this.ended = true
    this.wake()
  }

  close(): void {
    this.ended = true
    this.stream.destroy()
  }

  private async sleep(): Promise<void> {
    if (!this.awake) {
      await new Promise<void>(resolve => {
        this.resolve = resolve
      })
    }
    this.awake = false
  }
}
