import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { sanitise } from '../finding/words.ts'
import type { Summary } from '../records.ts'

/** Nothing could be measured. The message is ready for standard error: one or more sentences. */
export class BenchError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BenchError'
  }
}

/** A BenchError of one sentence. */
export const benchError = (sentence: string): BenchError =>
  new BenchError(`conduitwatch: ${sanitise(sentence)}`)

/** One run of `analyze`, from the start of its process to its end. */
export interface Run {
  seconds: number
  /** user and system time of all its threads */
  cpuSeconds: number
  /** most memory it held at a time, in bytes */
  peakMemory: number
  answer: Answer
}

/** What a run answered, as far as it is needed: the summary of a large policy has megabytes. */
export interface Answer {
  frames: number
  /** on the wire */
  bytes: number
  /** of the capture as it is stored */
  fileBytes: number
  flows: number
  complete: boolean
  /** SHA-256 of the whole summary */
  digest: string
}

export interface Question {
  capture: string
  policy?: string
  workers: number
}

export type Runner = (question: Question) => Promise<Run>

/** Descriptor on which a child says what it used. */
const USED = 3
/**
 * Loaded into the child beside the command. Worker threads load it too, and are counted with their process. On Linux
 * maxRSS would count what this process held when it started the child; VmHWM does not (proc(5)).
 */
const HOOK = `
import { readFileSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
const peak = () => {
  try {
    return 1024 * /^VmHWM:\\s*(\\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]
  } catch {
    return 1024 * process.resourceUsage().maxRSS
  }
}
if (isMainThread)
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    writeSync(${USED}, JSON.stringify([(userCPUTime + systemCPUTime) / 1e6, peak()]))
  })
`
const HOOK_URL = `data:text/javascript,${encodeURIComponent(HOOK)}`

/**
 * Runs the command in `entry` (the program's first file) as a child process for each question. A run whose `analyze`
 * judged nothing, or died, rejects with a BenchError; an abort ends the child and rejects.
 */
export function childRunner(entry: string, signal: AbortSignal): Runner {
  return ({ capture, policy, workers }) =>
    new Promise((resolve, reject) => {
      const words = ['analyze', capture, '--workers', String(workers), '-f', 'json', '--no-progress']
      if (policy !== undefined) words.push('-p', policy)
      const started = performance.now()
      const child = spawn(process.execPath, ['--import', HOOK_URL, entry, ...words], {
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        signal,
        killSignal: 'SIGKILL',
        windowsHide: true,
      })
      let seconds = 0
      const said = [1, 2, USED].map(descriptor => {
        const pieces: Buffer[] = []
        child.stdio[descriptor]!.on('data', (piece: Buffer) => pieces.push(piece))
        return () => Buffer.concat(pieces).toString()
      })
      child.on('error', reject)
      child.on('exit', () => {
        seconds = (performance.now() - started) / 1000
      })
      child.on('close', (status, ended) => {
        const [stdout, stderr, used] = said.map(text => text())
        if (signal.aborted) return reject(signal.reason)
        if (status === 2) return reject(new BenchError(stderr.trimEnd()))
        // 1: there are findings; 3: the capture is damaged, what could be read was judged
        if (status !== 0 && status !== 1 && status !== 3) {
          const how = ended === null ? `with exit status ${status}` : `by ${ended}`
          return reject(
            benchError(`analyze of ${capture} with --workers ${workers} ended ${how}: ${stderr.trim()}`),
          )
        }
        try {
          const [cpuSeconds, peakMemory] = JSON.parse(used) as [number, number]
          resolve({ seconds, cpuSeconds, peakMemory, answer: answerOf(stdout) })
        } catch {
          reject(benchError(`analyze of ${capture} with --workers ${workers} did not say what it used`))
        }
      })
    })
}

function answerOf(stdout: string): Answer {
  const { frames, bytes, files, flows, complete } = JSON.parse(stdout) as Summary
  return {
    frames: frames.received,
    bytes,
    fileBytes: files.reduce((sum, file) => sum + file.bytes, 0),
    flows: flows.total,
    complete,
    digest: createHash('sha256').update(stdout).digest('hex'),
  }
}
