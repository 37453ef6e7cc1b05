import type { Piscina } from 'piscina'
import type { CaptureResult, CaptureTask } from './capture-task.ts'
import type { ShardResult, ShardTask } from './shard-task.ts'
import { workersFor } from './workers.ts'

export interface CrewOptions {
  captures: readonly string[]
  /** see `workersFor` */
  workers?: number | undefined
  /** for tests: bytes of input from which threads are used, where not the usual, and how much memory each may have */
  threadsFrom?: number | undefined
  heapMegabytes?: number | undefined
}

const isSource = import.meta.url.endsWith('.ts')
const entry = (name: string): string =>
  new URL(isSource ? `../../workers/${name}.ts` : `./workers/${name}.js`, import.meta.url).href

/** The threads of a run: they start and load their code while this one goes on, and wait for their tasks. */
export class Crew {
  readonly shards: number
  private readonly readers: Piscina
  private readonly followers: Piscina

  private constructor(shards: number, readers: Piscina, followers: Piscina) {
    this.shards = shards
    this.readers = readers
    this.followers = followers
  }

  /** Starts the threads that are best for the captures; undefined = none, all is done in the thread that asks. */
  static async start(options: CrewOptions): Promise<Crew | undefined> {
    const shards = workersFor(options.captures, options.workers, options.threadsFrom) - 1
    if (shards === 0) return undefined
    const { Piscina } = await import('piscina')
    const { heapMegabytes } = options
    const pool = (name: string, threads: number): Piscina =>
      new Piscina({
        filename: entry(name),
        minThreads: threads,
        maxThreads: threads,
        recordTiming: false,
        ...(heapMegabytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } }),
      })
    return new Crew(shards, pool('capture', 1), pool('shard', shards))
  }

  capture(task: CaptureTask): Promise<CaptureResult> {
    return this.readers.run(task, { transferList: task.notices })
  }

  shard(task: ShardTask): Promise<ShardResult> {
    return this.followers.run(task, { transferList: [task.notices, task.reports] })
  }

  /** Ends the threads, whatever they are at. */
  async end(): Promise<void> {
    await Promise.all([this.readers.destroy(), this.followers.destroy()])
  }
}
