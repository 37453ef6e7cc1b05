import type { ByteInput } from './byte-input.ts'
import { type BlockMemory, OWN_MEMORY } from './memory.ts'

/**
 * The bytes of a capture that are at hand: `bytes[at..end)`. A walker moves `at` on and asks for more with `fill`, which
 * moves the rest to the front of a piece of `memory`; unless that is shared, it is the same as before, and what lay in it
 * is gone.
 */
export class Window {
  bytes: Uint8Array
  view: DataView
  at = 0
  end = 0
  /** offset in the capture of `bytes[0]` */
  private before = 0
  private input: ByteInput
  private readonly memory: BlockMemory
  /** bytes at hand at most, unless one record needs more */
  private readonly usual: number

  constructor(input: ByteInput, bytes: Uint8Array, memory: BlockMemory = OWN_MEMORY) {
    this.input = input
    this.memory = memory
    this.bytes = bytes
    this.usual = bytes.length
    this.view = viewOf(bytes)
  }

  /** Offset in the (decompressed) capture of `bytes[at]`. */
  offsetOf(at: number): number {
    return this.before + at
  }

  /** Reads on until `need` bytes are at hand; false where the input ends before. Throws ReadFault. */
  async fill(need: number): Promise<boolean> {
    const rest = this.end - this.at
    if (this.at > 0 || need > this.bytes.length) {
      const bytes = this.memory.exchange(this.bytes, Math.max(need, this.usual))
      if (bytes === this.bytes) bytes.copyWithin(0, this.at, this.end)
      else {
        bytes.set(this.bytes.subarray(this.at, this.end))
        this.bytes = bytes
        this.view = viewOf(bytes)
      }
      this.before += this.at
      this.at = 0
      this.end = rest
    }
    while (this.end < need) {
      const read = this.input.read(this.bytes, this.end, this.bytes.length - this.end)
      const count = typeof read === 'number' ? read : await read
      if (count === 0) return false
      this.end += count
    }
    return true
  }

  /** From here on the bytes come from `input`, which begins with those at hand: the unpacked form of the same capture. */
  replace(input: ByteInput): void {
    this.input = input
    this.at = this.end = this.before = 0
  }

  close(): void {
    this.input.close()
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
