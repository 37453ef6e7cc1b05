import { type ByteInput, ReadFault } from './byte-input.ts'
import { Window } from './window.ts'

const FRAME = 0xfd2fb528
/** Magic numbers 0x184d2a50 to 0x184d2a5f: a frame of something else, to be passed over. */
const SKIPPABLE = 0x184d2a50
const SKIPPABLE_HEADER = 8
const BLOCK_HEADER = 3
const RLE = 1
const CHECKSUM = 4
const READ = 256 * 1024

/**
 * Cuts zstd data at its own seams (RFC 8878 section 3.1): frame header, each block, checksum. A decoder that is given one
 * such piece at a time loses nothing it has decoded when a later piece is damaged, and gets over the end of a frame,
 * where the one of Node.js forgets the rest of its input.
 */
export class ZstdFrames {
  private readonly window: Window
  private place: 'frame' | 'block' | 'checksum' = 'frame'
  private hasChecksum = false
  /** bytes of a frame of something else that are still to be passed over */
  private passing = 0

  constructor(source: ByteInput) {
    this.window = new Window(source, new Uint8Array(READ))
  }

  /** The next piece, good until the one after is asked for; undefined at the end. Throws ReadFault. */
  async next(): Promise<Uint8Array | undefined> {
    switch (this.place) {
      case 'frame':
        return this.frame()
      case 'block':
        return this.block()
      case 'checksum':
        this.place = 'frame'
        return this.take(CHECKSUM)
    }
  }

  private async frame(): Promise<Uint8Array | undefined> {
    const { window } = this
    for (;;) {
      await this.pass()
      if (!(await window.fill(1))) return undefined
      if (!(await window.fill(SKIPPABLE_HEADER))) throw cut()
      const magic = window.view.getUint32(window.at, true)
      if ((magic & 0xfffffff0) === SKIPPABLE) {
        this.passing = SKIPPABLE_HEADER + window.view.getUint32(window.at + 4, true)
      } else if (magic === FRAME) break
      else throw new ReadFault('what follows the end of the zstd data is something else')
    }
    const descriptor = window.bytes[window.at + 4]
    const single = (descriptor >>> 5) & 1
    this.hasChecksum = (descriptor & 4) !== 0
    this.place = 'block'
    const size = [single, 2, 4, 8][descriptor >>> 6]
    return this.take(5 + (1 - single) + [0, 1, 2, 4][descriptor & 3] + size)
  }

  private async block(): Promise<Uint8Array> {
    const { window } = this
    if (!(await window.fill(BLOCK_HEADER))) throw cut()
    const { bytes, at } = window
    const header = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
    if ((header & 1) !== 0) this.place = this.hasChecksum ? 'checksum' : 'frame'
    return this.take(BLOCK_HEADER + (((header >>> 1) & 3) === RLE ? 1 : header >>> 3))
  }

  /** Passes over a frame of something else. */
  private async pass(): Promise<void> {
    const { window } = this
    while (this.passing > 0) {
      if (!(await window.fill(1))) throw cut()
      const count = Math.min(this.passing, window.end - window.at)
      window.at += count
      this.passing -= count
    }
  }

  private async take(count: number): Promise<Uint8Array> {
    const { window } = this
    if (!(await window.fill(count))) throw cut()
    window.at += count
    return window.bytes.subarray(window.at - count, window.at)
  }
}

const cut = (): ReadFault => new ReadFault('the zstd data ends in the middle')
