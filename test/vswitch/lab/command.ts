import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { PATH } from './needs.ts'

export interface RunOptions {
  /** for standard input */
  input?: string
  env?: Record<string, string>
  /** milliseconds, 30 s unless told */
  timeout?: number
}

const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...more,
  PATH,
})

/** Runs a command to its end and hands over its standard output. Throws what it said if it failed. */
export function run(words: readonly string[], options: RunOptions = {}): string {
  const { status, signal, stdout, stderr, error } = spawnSync(words[0], words.slice(1), {
    encoding: 'utf8',
    env: environment(options.env),
    input: options.input ?? '',
    timeout: options.timeout ?? 30_000,
    maxBuffer: 1 << 28,
  })
  if (error !== undefined) throw new Error(`${words.join(' ')}: ${error.message}`)
  if (status !== 0)
    throw new Error(`${words.join(' ')}: ${(stderr + stdout).trim() || `ended by ${signal ?? status}`}`)
  return stdout
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds))

/** Sleeps without the event loop, where cleaning up has to be done before a process ends. */
export const pause = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** Waits until a question is answered with anything but undefined or false. Throws after `timeout` milliseconds. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeout = 10_000,
): Promise<T> {
  const end = Date.now() + timeout
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s in vain for ${what}`)
    await sleep(20)
  }
}

export interface Outcome {
  /** exit status, null if a signal ended it */
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A command under way. What it says is kept. */
export class Running {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  /** resolves when it has ended and everything it said is here */
  readonly ended: Promise<Outcome>
  private readonly words: readonly string[]

  constructor(words: readonly string[], env: Record<string, string> = {}) {
    this.words = words
    this.child = spawn(words[0], words.slice(1), { env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stdout!.setEncoding('utf8').on('data', text => {
      this.stdout += text
    })
    this.child.stderr!.setEncoding('utf8').on('data', text => {
      this.stderr += text
    })
    // a command that ended early breaks the pipe to it; its outcome tells more
    this.child.stdin!.on('error', () => {})
    this.ended = once(this.child, 'close').then(([status, signal]) => ({
      status,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
    // whoever waits for it gets the error; nobody has to
    this.ended.catch(() => {})
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.words.join(' ')}: not started`)
    return this.child.pid
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.child.stdin!.write(text)
  }

  /** Waits until standard output or error holds a pattern. Throws what was said when it ended, or time did, without. */
  async says(pattern: RegExp, timeout = 10_000): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | null => pattern.exec(this.stdout) ?? pattern.exec(this.stderr)
    try {
      return await until(
        String(pattern),
        async () => {
          const match = found()
          if (match === null && this.isOver) {
            await this.ended
            return found() ?? Promise.reject(new Error(`it ended without ${pattern}`))
          }
          return match ?? undefined
        },
        timeout,
      )
    } catch (error) {
      const said = `${this.stdout}${this.stderr}`.slice(-2000)
      throw new Error(`${this.words.join(' ')}: ${(error as Error).message}; it said: ${said}`)
    }
  }

  /** Its outcome. Throws what it said if it failed. */
  async succeeded(): Promise<Outcome> {
    const outcome = await this.ended
    if (outcome.status !== 0)
      throw new Error(`${this.words.join(' ')}: ${outcome.status ?? outcome.signal}; ${outcome.stderr}`)
    return outcome
  }

  /** Sends a signal and waits for the end; nothing happens if it is over. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Outcome> {
    if (!this.isOver) this.child.kill(signal)
    return this.ended
  }
}
