import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause, Running, run } from './command.ts'

/** Names of everything a lab makes begin with this and the process it belongs to. */
const PREFIX = /^cw(\d+)-/
const NAMESPACES = '/run/netns'
const FOLDERS = tmpdir()

let made = 0
const open = new Set<Lab>()

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Ends all processes in a namespace of the lab (all were started by it), then takes the namespace away. */
function removeNamespace(name: string): void {
  for (let turn = 0; turn < 50; turn++) {
    const pids = run(['ip', 'netns', 'pids', name]).split('\n').filter(Boolean).map(Number)
    if (pids.length === 0) break
    for (const pid of pids)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it ended in the meantime
      }
    pause(10)
  }
  run(['ip', 'netns', 'del', name])
}

/** Takes away what labs left behind whose process was ended without a chance to clean up; only root could have, or can. */
export function sweep(): void {
  if (process.getuid?.() !== 0) return
  const isOrphan = (name: string): boolean => {
    const pid = PREFIX.exec(name)?.[1]
    return pid !== undefined && !isAlive(Number(pid))
  }
  for (const name of list(NAMESPACES).filter(isOrphan)) removeNamespace(name)
  for (const name of list(FOLDERS).filter(isOrphan))
    rmSync(join(FOLDERS, name), { recursive: true, force: true })
}

/**
 * Everything a test file makes: namespaces, processes, files. `close` takes all of it away and is called when the file's tests
 * are over, also when they failed; see `useLab`.
 */
export class Lab {
  /** a folder for files of the lab */
  readonly folder: string
  private readonly closers: (() => void)[] = []
  private readonly running: Running[] = []

  constructor() {
    if (open.size === 0) sweep()
    this.folder = mkdtempSync(join(FOLDERS, `cw${process.pid}-`))
    open.add(this)
  }

  /** A name no other lab has, at most 40 characters. */
  name(label: string): string {
    return `cw${process.pid}-${++made}-${label}`.slice(0, 40)
  }

  /** A new network namespace, as its name. It goes, with all that runs in it, when the lab does. */
  namespace(label: string): string {
    const name = this.name(label)
    run(['ip', 'netns', 'add', name])
    this.onClose(() => {
      if (statSync(join(NAMESPACES, name), { throwIfNoEntry: false }) !== undefined) removeNamespace(name)
    })
    return name
  }

  /** Starts a command that ends with the lab at the latest. */
  start(words: readonly string[], env?: Record<string, string>): Running {
    const running = new Running(words, env)
    this.running.push(running)
    return running
  }

  /** What has to be done when the lab closes; the last one comes first. */
  onClose(close: () => void): void {
    this.closers.push(close)
  }

  /** Takes everything away, whatever fails on the way; then throws what failed. */
  close(): void {
    open.delete(this)
    const failures: unknown[] = []
    for (const running of this.running) if (!running.isOver) running.child.kill('SIGKILL')
    for (const close of this.closers.splice(0).toReversed())
      try {
        close()
      } catch (error) {
        failures.push(error)
      }
    rmSync(this.folder, { recursive: true, force: true })
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
  }
}

const closeAll = (): void => {
  for (const lab of open)
    try {
      lab.close()
    } catch {
      // the next lab sweeps
    }
}
process.on('exit', closeAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    closeAll()
    process.kill(process.pid, signal)
  })
