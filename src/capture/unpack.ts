import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { type ByteInput, ReadFault } from './byte-input.ts'
import { StreamBytes } from './stream-bytes.ts'
import { ZstdFrames } from './zstd-frames.ts'

/** Output is taken in pieces of this size: what a damaged piece of input may take with it. */
const PIECE = 64 * 1024

/**
 * The unpacked bytes of a gzip (several members too) or zstd input. Damage ends it with a ReadFault, after all bytes
 * before it: a decoder throws away what it made in the very step that fails, so gzip data is decoded `again` from the
 * start then, and byte by byte near the damage. Where the source cannot be read again (a pipe), up to 64 KiB are missing.
 */
export class Unpacked implements ByteInput {
  private readonly kind: 'gzip' | 'zstd'
  private again: (() => ByteInput) | undefined
  private source: ByteInput
  private output: Decoder
  private delivered = 0
  /** bytes of a second run that were delivered in the first */
  private passing = 0

  constructor(kind: 'gzip' | 'zstd', source: ByteInput, again: (() => ByteInput) | undefined) {
    this.kind = kind
    this.source = source
    this.again = kind === 'gzip' ? again : undefined
    this.output = new Decoder(kind, source)
  }

  /** packed bytes read */
  get taken(): number {
    return this.source.taken
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    for (;;) {
      try {
        while (this.passing > 0) {
          const passed = await this.output.read(into, at, Math.min(length, this.passing))
          if (passed === 0) return 0
          this.passing -= passed
        }
        const count = await this.output.read(into, at, length)
        this.delivered += count
        return count
      } catch (fault) {
        if (this.again === undefined || !this.output.mayHaveLost) throw fault
        this.restart(this.again())
      }
    }
  }

  close(): void {
    this.output.close()
    this.source.close()
  }

  private restart(source: ByteInput): void {
    const { decoded } = this.output
    this.close()
    this.again = undefined
    this.source = source
    this.passing = this.delivered
    this.output = new Decoder(this.kind, source, decoded)
  }
}

/** A decompressor of node:zlib that is fed only when everything it has made was taken. */
class Decoder {
  /** packed bytes that were decoded without fault */
  decoded = 0
  /** the fault was met while decoding, and what that step had made is gone */
  mayHaveLost = false
  private readonly stream: Transform
  private readonly bytes: StreamBytes
  private readonly pieces: { next(): Promise<Uint8Array | undefined> }
  private feeding = false

  /** After `careful` packed bytes it goes on byte by byte. */
  constructor(kind: 'gzip' | 'zstd', source: ByteInput, careful = Number.POSITIVE_INFINITY) {
    const options = { chunkSize: PIECE, readableHighWaterMark: 1 }
    this.stream = kind === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
    this.pieces = kind === 'gzip' ? new Pieces(source, careful) : new ZstdFrames(source)
    this.bytes = new StreamBytes(this.stream, () => void this.feed())
    // in front of the listener of StreamBytes: the first fault is the one that counts
    this.stream.prependListener('error', error => {
      this.mayHaveLost ||= (error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR'
      this.bytes.fail(decodeFault(kind, error))
    })
  }

  read(into: Uint8Array, at: number, length: number): Promise<number> {
    return this.bytes.read(into, at, length)
  }

  close(): void {
    this.bytes.close()
  }

  private async feed(): Promise<void> {
    if (this.feeding) return
    this.feeding = true
    try {
      const piece = await this.pieces.next()
      if (piece === undefined) {
        // `feeding` stays: there is nothing to come
        this.stream.end()
        return
      }
      this.stream.write(piece, error => {
        if (!error) this.decoded += piece.length
        this.feeding = false
        this.bytes.wake()
      })
    } catch (error) {
      this.bytes.fail(error as Error)
    }
  }
}

/** A source in pieces as they come, and single bytes from `careful` on. */
class Pieces {
  private readonly source: ByteInput
  private readonly buffer = new Uint8Array(PIECE)
  private left: number

  constructor(source: ByteInput, careful: number) {
    this.source = source
    this.left = careful
  }

  async next(): Promise<Uint8Array | undefined> {
    const most = this.left > 0 ? Math.min(PIECE, this.left) : 1
    const count = await this.source.read(this.buffer, 0, most)
    this.left -= count
    return count === 0 ? undefined : this.buffer.subarray(0, count)
  }
}

function decodeFault(kind: string, error: Error): ReadFault {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return new ReadFault(`the ${kind} data ends in the middle`)
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return new ReadFault('the zstd data was made with a window too large to unpack (over 128 MB)')
  if (message === 'incorrect header check')
    return new ReadFault('what follows here in the gzip data is something else')
  return new ReadFault(`the ${kind} data is damaged (${message.toLowerCase()})`)
}
