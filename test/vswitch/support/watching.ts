import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FindingRecord, FlowRecord, GapRecord, Summary } from '../../../src/records.ts'
import type { StatusRecord } from '../../../src/watch/status.ts'
import { ROOT } from '../../support/command.ts'
import { type Running, until } from '../lab/command.ts'
import type { Interface } from '../lab/namespace.ts'

const MAIN = join(ROOT, 'src/main.ts')

/** A policy that came into force, or was refused. */
export interface PolicyRecord {
  type: 'policy'
  time: string
  policy_id?: string
  accepted: boolean
  mistakes?: number
}

/** What `watch -f jsonl` writes, by type. */
export interface WatchRecords {
  finding: FindingRecord
  gap: GapRecord
  status: StatusRecord
  policy: PolicyRecord
  summary: Summary
}

export interface WatchingOptions {
  /** path of the site policy; nothing is judged without */
  policy?: string
  /** flags besides `-i`, `-p`, `-f` and `-o`: `['--active', '2s']` */
  flags?: readonly string[]
  /** keeps records of conversations (`-o`), see `flows` */
  withFlows?: boolean
}

/** What is left when a run has ended. */
export interface Watched {
  summary: Summary
  /** as they stood at the end; where flows are kept, as findings.jsonl has them, else as they were told last */
  findings: FindingRecord[]
  /** of runs that keep them */
  flows: FlowRecord[]
  status: number | null
}

let runs = 0

const parsed = <T>(text: string): T[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))

/** `conduitwatch watch` under way in the namespace of the interfaces it watches, run from its sources. */
export class Watching {
  readonly running: Running
  /** the folder of `-o`, where flows are kept */
  readonly out: string | undefined

  private constructor(running: Running, out: string | undefined) {
    this.running = running
    this.out = out
  }

  /** Starts it, and returns when frames that come from now on are judged. Throws what it said if it does not watch. */
  static async begin(on: Interface | readonly Interface[], options: WatchingOptions = {}): Promise<Watching> {
    const watching = Watching.start(on, options)
    await watching.says(/watching .*stop with/)
    return watching
  }

  /** Starts it, and returns at once. */
  static start(on: Interface | readonly Interface[], options: WatchingOptions = {}): Watching {
    const { policy, flags = [], withFlows = false } = options
    const interfaces = Array.isArray(on) ? (on as readonly Interface[]) : [on as Interface]
    const { namespace } = interfaces[0]
    const out = withFlows ? join(namespace.lab.folder, `watched${++runs}`) : undefined
    const words = [
      ...[process.execPath, MAIN, 'watch', '-f', 'jsonl'],
      ...interfaces.flatMap(({ name }) => ['-i', name]),
      ...(policy === undefined ? [] : ['-p', policy]),
      ...(out === undefined ? [] : ['-o', out]),
      ...flags,
    ]
    return new Watching(namespace.start(words), out)
  }

  /** Waits until it has said something on standard error or output. */
  says(pattern: RegExp, timeout = 30_000): Promise<RegExpExecArray> {
    return this.running.says(pattern, timeout)
  }

  /** All records of a type that it has told until now. */
  records<T extends keyof WatchRecords>(type: T): WatchRecords[T][] {
    return parsed<WatchRecords[T] & { type: string }>(this.running.stdout).filter(
      record => record.type === type,
    )
  }

  /** Waits for a record of a type that answers to a description. Throws what there was instead. */
  async record<T extends keyof WatchRecords>(
    type: T,
    isMeant: (record: WatchRecords[T]) => boolean = () => true,
    timeout = 20_000,
  ): Promise<WatchRecords[T]> {
    return this.waited(type, () => this.records(type).find(isMeant), timeout)
  }

  /** Records of conversations written until now; of one that is under way as well. */
  flows(): FlowRecord[] {
    if (this.out === undefined) throw new Error('this run keeps no flows')
    const path = join(this.out, 'flows.jsonl')
    for (const file of [path, `${path}.partial`])
      if (existsSync(file)) return parsed(readFileSync(file, 'utf8'))
    return []
  }

  /** Waits for a record of a conversation that answers to a description. */
  async flow(isMeant: (record: FlowRecord) => boolean, timeout = 20_000): Promise<FlowRecord> {
    return this.waited('flow', () => this.flows().find(isMeant), timeout)
  }

  private async waited<T>(what: string, ask: () => T | undefined, timeout: number): Promise<T> {
    try {
      return await until(
        `a record (${what})`,
        () => {
          const answer = ask()
          if (answer === undefined && this.running.isOver) throw new Error('it has ended')
          return answer
        },
        timeout,
      )
    } catch (error) {
      const { stdout, stderr } = this.running
      throw new Error(`${(error as Error).message}; it said: ${stderr.slice(-2000)}${stdout.slice(-6000)}`)
    }
  }

  /** Stops it and hands over what is left. Throws what it said if it did not end with a summary. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Watched> {
    // the child of `ip netns exec` is the program itself
    const { status, stderr } = await this.running.stop(signal)
    const [summary] = this.records('summary')
    if (summary === undefined) throw new Error(`it ended (${status}) without a summary: ${stderr}`)
    const told = new Map(this.records('finding').map(finding => [finding.finding_id, finding]))
    const file = this.out === undefined ? undefined : join(this.out, 'findings.jsonl')
    const findings: FindingRecord[] =
      file === undefined ? [...told.values()] : parsed(readFileSync(file, 'utf8'))
    return { summary, findings, flows: this.out === undefined ? [] : this.flows(), status }
  }
}

/** The classes of a summary's frames, which have to add up to those received. */
export function sumOf({ frames }: Summary): number {
  const { received: _, placed: __, ...classes } = frames
  return Object.values(classes).reduce((sum, n) => sum + n, 0)
}

/** Ids of a process and all that descend from it, in the order in which they were started. */
export function processesOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : []
  return [pid, ...children.flatMap(processesOf)]
}
