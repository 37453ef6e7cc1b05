import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What a program said and what it cost. */
export interface Said {
  /** wall time, start-up included */
  seconds: number
  /** processor time of all its threads, to 10 ms; undefined where the system does not tell */
  cpu: number | undefined
  status: number | null
  stdout: string
  stderr: string
}

/** A peer that hangs must not hang the measurement. */
const LONGEST = 3_600_000
const TICKS_PER_SECOND = 100

/**
 * Runs a program to its end. Throws where it cannot be started or does not end within an hour. One at a time: processor
 * time is told for all children together.
 */
export function run(program: string, words: readonly string[]): Promise<Said> {
  const cpuBefore = childrenCpu()
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST })
    const end = (): void => {
      child.kill()
    }
    // whoever interrupts the measurement does not leave its program running
    process.once('exit', end)
    const said = { seconds: 0, cpu: undefined as number | undefined, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', text => {
      said.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      said.stderr += text
    })
    child.on('error', reject)
    child.on('exit', () => {
      said.seconds = (performance.now() - started) / 1000
      const cpuAfter = childrenCpu()
      if (cpuBefore !== undefined && cpuAfter !== undefined) said.cpu = cpuAfter - cpuBefore
    })
    child.on('close', (status, signal) => {
      process.off('exit', end)
      if (signal === null) resolve({ ...said, status })
      else reject(new Error(`${program} was ended by ${signal}`))
    })
  })
}

/** Seconds of processor time of all children that have ended (proc(5), cutime and cstime of /proc/self/stat). */
function childrenCpu(): number | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // the name in parentheses may hold blanks; the fields behind it begin with the third
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}

/** Where a program lies, or undefined; the folders of PATH, and those of system programs, which PATH often leaves out. */
export function locate(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']
  return folders
    .filter(folder => folder !== '')
    .map(folder => join(folder, program))
    .find(path => {
      try {
        accessSync(path, constants.X_OK)
        return statSync(path).isFile()
      } catch {
        return false
      }
    })
}
