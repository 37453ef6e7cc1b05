import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { OutputError, reasonOf } from './line-writer.ts'

/** Characters that may wait for a reader; more are lost, and counted. */
const MOST_WAITING = 16 << 20
const PIECE = 64 << 10
/** milliseconds after which a full pipe is tried again */
const PAUSE = 20

/**
 * Writes lines for a reader that may be slow, or stand still, without ever waiting for it: a run that watches has to go on. What
 * finds no room is lost line by line, and counted. Regular files are written at once.
 */
export class PatientWriter {
  /** nobody reads any more */
  closed = false
  /** lines that found no room */
  lost = 0
  private readonly fd: number
  private readonly name: string
  private waiting: string[] = []
  private length = 0
  private bytes: Uint8Array | undefined
  private timer: NodeJS.Timeout | undefined
  private readonly onError: (error: OutputError) => void

  /**
   * `unblock` makes a pipe or socket answer rather than wait (O_NONBLOCK); `onError` is told of what cannot be written, once.
   * `name` is what sentences call the output.
   */
  constructor(
    fd: number,
    name: string,
    unblock: (fd: number) => void,
    onError: (error: OutputError) => void,
  ) {
    this.name = name
    this.onError = onError
    this.fd = patientFd(fd, unblock)
  }

  /** Adds whole lines. */
  write(text: string): void {
    if (this.closed || text === '') return
    if (this.length + text.length > MOST_WAITING) {
      this.lost += text.split('\n').length - 1
      return
    }
    this.waiting.push(text)
    this.length += text.length
    this.pump()
  }

  /** Whether everything was handed to the operating system. */
  get isEmpty(): boolean {
    return this.length === 0 && this.bytes === undefined
  }

  /** Waits until all is written, at most so many milliseconds. */
  async end(milliseconds: number): Promise<void> {
    const until = Date.now() + milliseconds
    while (!this.isEmpty && !this.closed && Date.now() < until) {
      this.pump()
      if (!this.isEmpty) await new Promise(resolve => setTimeout(resolve, PAUSE))
    }
    clearTimeout(this.timer)
  }

  private pump(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    while (!this.closed) {
      this.bytes ??= this.next()
      if (this.bytes === undefined) return
      const done = this.some(this.bytes)
      if (done < 0) {
        this.timer = setTimeout(() => this.pump(), PAUSE)
        return
      }
      this.bytes = done < this.bytes.length ? this.bytes.subarray(done) : undefined
    }
  }

  private next(): Uint8Array | undefined {
    let text = ''
    while (this.waiting.length > 0 && text.length < PIECE) text += this.waiting.shift()
    this.length -= text.length
    return text === '' ? undefined : Buffer.from(text)
  }

  /** Bytes that were written, -1 = the reader needs a moment. */
  private some(bytes: Uint8Array): number {
    try {
      return writeSync(this.fd, bytes)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') return -1
      this.closed = true
      if (code !== 'EPIPE' && code !== 'EOF')
        this.onError(new OutputError(`cannot write ${this.name}: ${reasonOf(error)}`))
      return 0
    }
  }
}

/** The same output by a descriptor that does not wait: one of its own where there can be, for others may share the old one. */
function patientFd(fd: number, unblock: (fd: number) => void): number {
  const stat = fstatSync(fd)
  if (!stat.isFIFO() && !stat.isSocket() && !isatty(fd)) return fd
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // sockets cannot be opened again; whoever else has the terminal needs it as it is
    if (!isatty(fd)) unblock(fd)
    return fd
  }
}
