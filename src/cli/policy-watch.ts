import { statSync } from 'node:fs'
import type { Model } from '../policy/model.ts'
import { type LoadedPolicy, loadPolicyApart } from './policy-file.ts'
import { usesColour } from './terminal.ts'

/** milliseconds between two looks: a file that is replaced, through links or not, is noticed by any file system */
const LOOK_EVERY = 1000

export interface PolicyWatchEvents {
  /** another policy, without mistakes */
  onPolicy: (model: Model) => void
  /** a changed policy with mistakes: all of them as text for standard error, and how many */
  onRefused: (issues: { text: string; mistakes: number }) => void
}

/** Reads a policy file again when it has changed, and when it is told to. */
export class PolicyWatch {
  private readonly path: string
  private readonly events: PolicyWatchEvents
  private readonly timer: NodeJS.Timeout
  private known: string
  private changed: string | undefined
  private isReading = false
  private isAskedAgain = false
  private isStopped = false
  private readonly stopped = new AbortController()

  constructor(path: string, events: PolicyWatchEvents) {
    this.path = path
    this.events = events
    this.known = this.mark()
    this.timer = setInterval(() => this.look(), LOOK_EVERY)
  }

  /** Reads it now, or once more when it is being read. */
  async read(): Promise<void> {
    this.known = this.mark()
    this.changed = undefined
    if (this.isReading) {
      this.isAskedAgain = true
      return
    }
    this.isReading = true
    const colour = usesColour(process.stderr)
    const task = { path: this.path, colour, without: 'the one before stays in force' }
    const loaded = await loadPolicyApart(task, this.stopped.signal).catch(
      (error: Error): LoadedPolicy => ({ issuesText: `conduitwatch: ${error.message}\n`, mistakes: 1 }),
    )
    this.isReading = false
    if (this.isStopped) return
    if (loaded.model === undefined)
      this.events.onRefused({ text: loaded.issuesText, mistakes: loaded.mistakes })
    else this.events.onPolicy(loaded.model)
    if (!this.isAskedAgain) return
    this.isAskedAgain = false
    await this.read()
  }

  stop(): void {
    this.isStopped = true
    this.stopped.abort()
    clearInterval(this.timer)
  }

  /** A file that is being written is waited for until it rests. */
  private look(): void {
    const mark = this.mark()
    if (mark === this.known) {
      this.changed = undefined
      return
    }
    if (mark === this.changed) void this.read()
    else this.changed = mark
  }

  private mark(): string {
    try {
      const { dev, ino, size, mtimeMs } = statSync(this.path)
      return `${dev} ${ino} ${size} ${mtimeMs}`
    } catch (error) {
      // gone, or out of reach: that is a change, and reading it tells why
      return (error as NodeJS.ErrnoException).code ?? ''
    }
  }
}
