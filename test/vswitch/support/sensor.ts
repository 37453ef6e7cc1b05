import { readFileSync } from 'node:fs'
import { until } from '../lab/command.ts'
import { isRunning } from '../lab/daemon.ts'
import { processesOf, type Watching } from './watching.ts'

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The sensor process of a run; waits for one where there is none yet. `other` is one that is not meant. */
export function sensorOf({ running }: Pick<Watching, 'running'>, other?: number): Promise<number> {
  const isSensor = (pid: number): boolean => /\/sensor\.[jt]s\0/.test(read(`/proc/${pid}/cmdline`))
  return until('a sensor process', () =>
    processesOf(running.pid).find(pid => pid !== other && isSensor(pid) && isRunning(pid)),
  )
}

/** A line of /proc/PID/status: `statusOf(pid, 'CapEff')`. */
export function statusOf(pid: number, key: string): string {
  const line = new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(read(`/proc/${pid}/status`))
  if (line === null) throw new Error(`process ${pid} has no ${key}`)
  return line[1]
}
