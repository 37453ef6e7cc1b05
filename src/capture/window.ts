import type { ByteInput } from './byte-input.ts'

/**
 * The bytes of a capture that are at hand: `bytes[at..end)`. A walker moves `at` on and asks for more with `fill`, which
 * moves the rest to the front; so what lay in `bytes` before is gone then. The memory stays the same, unless one record
 * needs more.
 */
export class Window {
  bytes: Uint8Array
  view: DataView
  at = 0
  end = 0
  /** offset in the capture of `bytes[0]` */
  private before = 0
  private input: ByteInput

  constructor(input: ByteInput, bytes: Uint8Array) {
    this.input = input
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  /** Offset in the (decompressed) capture of `bytes[at]`. */
  offsetOf(at: number): number {
    return this.before + at
  }

  /** Reads on until `need` bytes are at hand; false where the input ends before. Throws ReadFault. */
  async fill(need: number): Promise<boolean> {
    const rest = this.end - this.at
    if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.end)
      this.before += this.at
      this.at = 0
      this.end = rest
    }
    if (need > this.bytes.length) this.grow(need)
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

  private grow(need: number): void {
    const bytes = new Uint8Array(Math.max(need, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.end))
    this.bytes = bytes
    this.view = viewOf(bytes)
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
