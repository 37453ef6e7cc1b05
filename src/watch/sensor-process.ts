import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Command, RingTask, SensorTask, Told } from './messages.ts'
import type { User } from './privileges.ts'

const isSource = import.meta.url.endsWith('.ts')
const ENTRY = fileURLToPath(new URL(isSource ? '../sensor.ts' : './sensor.js', import.meta.url))
/** Descriptor of the first thing a sensor inherits; before it stand the standard ones and the channel. */
const FIRST_FD = 4

/**
 * Where no other user is to run it, a program without capabilities of its own comes in between: a process keeps those it has and
 * the file of the next program has, too (capabilities(7), no_new_privs), and between Node.js and Node.js that may be all of them.
 */
const THROUGH = ['/bin/sh', '-c', 'exec "$@"', 'sh']

/** Hardly anything is made while frames come, so that little room for what is new saves five megabytes and costs nothing. */
const SMALL_YOUNG = '--max-semi-space-size=1'

export interface SensorProcessOptions {
  task: Omit<SensorTask, 'page' | 'rings'> & { rings: Omit<RingTask, 'fd'>[] }
  /** descriptors in this process; sockets of all rings, or of none where libpcap is asked */
  page: number
  sockets: readonly number[]
  user: User | undefined
  onTold: (told: Told) => void
  /** the process is gone; `reason` says why, undefined when it had ended by itself as it was told */
  onExit: (reason: string | undefined) => void
}

/** A sensor process, from its start to its end. */
export class SensorProcess {
  private readonly child: ChildProcess
  private hasEnded = false
  private isOver = false

  constructor(options: SensorProcessOptions) {
    const { task, page, sockets, user, onTold, onExit } = options
    const command = [process.execPath, ...process.execArgv.filter(isHarmless), SMALL_YOUNG, ENTRY]
    const [program, ...words] = user === undefined ? [...THROUGH, ...command] : command
    this.child = spawn(program, words, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', page, ...sockets],
      serialization: 'advanced',
      ...(user ?? {}),
    })
    this.child.on('message', (told: Told) => {
      if (told.type === 'ended') this.hasEnded = true
      onTold(told)
    })
    const over = (reason: string | undefined): void => {
      if (this.isOver) return
      this.isOver = true
      onExit(reason)
    }
    this.child.on('error', error => {
      if (this.child.pid === undefined) over(`it could not be started (${error.message})`)
    })
    this.child.on('close', (code, signal) =>
      over(
        this.hasEnded
          ? undefined
          : signal === null
            ? `it ended with status ${code}`
            : `it was ended by ${signal}`,
      ),
    )
    const rings = task.rings.map((ring, i) => ({
      ...ring,
      fd: ring.library === undefined ? FIRST_FD + 1 + i : -1,
    }))
    this.send({ type: 'start', task: { ...task, page: FIRST_FD, rings } })
  }

  /** A sensor that is gone hears nothing; that it is gone is told otherwise. */
  send(command: Command): void {
    if (this.child.connected) this.child.send(command, () => {})
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}

/** What a debugger or profiler of this process was told is not for another one. */
const isHarmless = (flag: string): boolean => !/^--(inspect|cpu-prof|heap-prof|test)/.test(flag)
