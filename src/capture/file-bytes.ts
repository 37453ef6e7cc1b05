import { closeSync, openSync, readSync } from 'node:fs'
import { type ByteInput, plainReason, ReadFault } from './byte-input.ts'

/** Bytes after which a reader of files lets timers and signals have their turn. */
const TURN = 4 << 20

/**
 * The files that are open at a time, newest last. There may be more captures to merge than a process may open: the one
 * that was not read for longest is closed, and opened again where it stood when it is read next.
 */
export class OpenFiles {
  private readonly most: number
  private readonly open = new Set<FileBytes>()

  constructor(most = 128) {
    this.most = most
  }

  /** `file` is read now: makes it the newest, and room for it. */
  use(file: FileBytes): void {
    if (!this.open.delete(file) && this.open.size >= this.most) {
      for (const oldest of this.open) {
        oldest.close()
        break
      }
    }
    this.open.add(file)
  }

  forget(file: FileBytes): void {
    this.open.delete(file)
  }
}

/** A regular file, read synchronously in large pieces: a read that waits for a thread costs more than the bytes. */
export class FileBytes implements ByteInput {
  taken = 0
  private readonly path: string
  private readonly files: OpenFiles
  private fd = -1
  private turnAt = TURN

  constructor(path: string, files: OpenFiles) {
    this.path = path
    this.files = files
  }

  read(into: Uint8Array, at: number, length: number): number | Promise<number> {
    let count: number
    try {
      this.files.use(this)
      if (this.fd < 0) this.fd = openSync(this.path, 'r')
      count = readSync(this.fd, into, at, length, this.taken)
    } catch (error) {
      throw new ReadFault(plainReason(error))
    }
    this.taken += count
    if (this.taken < this.turnAt) return count
    // without a turn of the event loop a run over files would be one long chain of microtasks, and no signal or timer
    // would be heard until its end
    this.turnAt = this.taken + TURN
    return new Promise(resolve => setImmediate(resolve, count))
  }

  /** Closes the descriptor; another read would open the file again where it stood. */
  close(): void {
    this.files.forget(this)
    if (this.fd < 0) return
    try {
      closeSync(this.fd)
    } catch {
      // it was only read: there is nothing to lose
    }
    this.fd = -1
  }
}
