import { readFileSync } from 'node:fs'
import { pause } from './command.ts'

/** Name of a process that has not ended: one that only waits to be reaped has. `/proc/PID/stat` is `PID (NAME) STATE ...`. */
function nameOf(pid: number): string | undefined {
  try {
    const [, name, state] = /^\d+ \((.*)\) (.)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return state === 'Z' || state === 'X' ? undefined : name
  } catch {
    return undefined
  }
}

export const isRunning = (pid: number): boolean => nameOf(pid) !== undefined

/** The process a pid file names; undefined if there is no such file. */
export function pidIn(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

/**
 * Ends the program whose pid file this is, and nobody who got its number later; waits until it is gone. One that does not end within
 * two seconds is killed.
 */
export function endByPidFile(path: string, program: string): void {
  const pid = pidIn(path)
  if (pid === undefined) return
  for (let turn = 0; nameOf(pid) === program; turn++) {
    if (turn % 100 === 0) process.kill(pid, turn < 100 ? 'SIGTERM' : 'SIGKILL')
    if (turn > 300) throw new Error(`${program} (${pid}) does not end`)
    pause(20)
  }
}
