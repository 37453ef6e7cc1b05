import { type FileHandle, open } from 'node:fs/promises'

/** Bytes of the next file that are asked for, and how many at a time. */
const BYTES = 8 << 20
const PIECE = 1 << 20

/**
 * Reads the beginning of the file that is due next while another one is being judged, so that the disk does not rest at
 * the end of each file of a folder. What is read is thrown away: it is in the page cache then. One file at a time.
 */
export class Ahead {
  private readonly memory = new Uint8Array(PIECE)
  private busy = false
  private last = ''

  /** Begins to read a file ahead, unless that was done or another one is under way. Whatever fails is told when it is read. */
  start(path: string): void {
    if (this.busy || path === this.last) return
    this.busy = true
    this.last = path
    this.read(path)
      .catch(() => {})
      .finally(() => {
        this.busy = false
      })
  }

  private async read(path: string): Promise<void> {
    const file: FileHandle = await open(path, 'r')
    try {
      for (let at = 0; at < BYTES; at += PIECE)
        if ((await file.read(this.memory, 0, PIECE, at)).bytesRead === 0) break
    } finally {
      await file.close()
    }
  }
}
