import { writeSync } from 'node:fs'

/** An output that cannot be written. The message is one sentence for an operator. */
export class OutputError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'OutputError'
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'part of the path is a file, not a directory',
  EISDIR: 'it is a directory',
  EMFILE: 'too many files are open',
  EIO: 'the device reports an input/output error',
  EFBIG: 'the file is larger than the file system takes',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'part of the path does not exist',
}

/** A system error in plain words, e.g. "the disk is full". */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code !== undefined && REASONS[code]) || message || String(error)
}

/** Characters held back before they are written: large enough that a write costs nothing per line. */
const HELD = 256 * 1024
const PAUSE = new Int32Array(new SharedArrayBuffer(4))

/**
 * Writes lines to an open file descriptor, many at a time and synchronously, so that nothing piles up in memory however
 * slow the reader is. When the reader of a pipe has gone (EPIPE) the rest is thrown away in silence: `closed` tells.
 */
export class LineWriter {
  /** nobody reads any more */
  closed = false
  private readonly fd: number
  private readonly name: string
  private held = ''

  /** `name` is what error sentences call it, e.g. "out/flows.jsonl" or "standard output". */
  constructor(fd: number, name: string) {
    this.fd = fd
    this.name = name
  }

  /** Adds text as it is. */
  write(text: string): void {
    this.held += text
    if (this.held.length >= HELD) this.flush()
  }

  /** Adds one record as a JSON line. Keys are written in the order in which the object has them. */
  record(record: object): void {
    this.write(`${JSON.stringify(record)}\n`)
  }

  /** Hands everything to the operating system. Throws OutputError. */
  flush(): void {
    const bytes = Buffer.from(this.held, 'utf8')
    this.held = ''
    let done = 0
    while (done < bytes.length && !this.closed) done += this.some(bytes, done)
  }

  private some(bytes: Buffer, from: number): number {
    try {
      return writeSync(this.fd, bytes, from, bytes.length - from)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') {
        // a pipe that does not block and is full: its reader needs a moment
        Atomics.wait(PAUSE, 0, 0, 2)
        return 0
      }
      if (code === 'EPIPE' || code === 'EOF') {
        this.closed = true
        return 0
      }
      throw new OutputError(`cannot write ${this.name}: ${reasonOf(error)}`)
    }
  }
}
