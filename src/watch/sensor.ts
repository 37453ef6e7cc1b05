import { readFileSync } from 'node:fs'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { dropCapabilities } from '../live/capabilities.ts'
import { mapped, PAGE_BYTES, Page } from '../live/page.ts'
import { memoryAt } from '../live/system.ts'
import { type Caution, cautionAfter, type Progress, progressOf } from './caution.ts'
import type { LiveTask, WorkerCommand } from './live-task.ts'
import type { Command, SensorTask, Told } from './messages.ts'

const isSource = import.meta.url.endsWith('.ts')
const WORKER = new URL(isSource ? '../../workers/live.ts' : './workers/live.js', import.meta.url).href
/** Deaths of workers within so many milliseconds after which the next one is waited for a while: it will die, too. */
const OFTEN = 5
const WITHIN = 10_000
const PAUSE = 1000

/**
 * The process that looks at bytes from the network: it holds no capability, maps the rings whose descriptors it was given,
 * and keeps one worker at them. A worker that dies is replaced at once; the rings go on filling meanwhile.
 */
export function runSensor(): void {
  process.on('disconnect', () => process.exit(0))
  // whoever stops the supervisor from a terminal stops the sensor by it
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('SIGHUP', () => {})
  let sensor: Sensor | undefined
  process.on('message', (command: Command) => {
    if (command.type === 'start') {
      // one that has to open something itself gives them up before it reads a byte
      if (command.task.rings.every(({ library }) => library === undefined)) refuseCapabilities()
      sensor = new Sensor(command.task)
    } else sensor?.command(command)
  })
}

/** Ends this process where it holds capabilities: nothing it reads may come to have them. */
function refuseCapabilities(): void {
  const held = capabilitiesOf(readFileSync('/proc/self/status', 'utf8'))
  if (held === undefined) {
    // what could be inherited goes, too
    dropCapabilities()
    return
  }
  const reason = `the sensor process still holds capabilities (${held})`
  send({ type: 'refused', reason }, () => process.exit(1))
  throw new Error(reason)
}

/** Effective capabilities in /proc/self/status (proc(5)); undefined = none. */
export function capabilitiesOf(status: string): string | undefined {
  const held = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return held === undefined || /^0+$/.test(held) ? undefined : held
}

function send(told: Told, done: () => void = () => {}): void {
  process.send!(told, undefined, undefined, done)
}

class Sensor {
  private readonly task: SensorTask
  private readonly pool: Piscina
  private readonly page: bigint
  private readonly counts: Page
  private readonly addresses: bigint[]
  private readonly commands: (message: WorkerCommand) => void
  private model: SensorTask['model']
  private toWorker: MessagePort | undefined
  private stop: WorkerCommand | undefined
  private fresh: boolean[]
  private voted: SensorTask['voted']
  private deaths: number[] = []
  /** workers that have died since this process was told to stop */
  private lastDeaths = 0

  constructor(task: SensorTask) {
    this.task = task
    this.model = task.model
    this.voted = task.voted
    this.page = mapped(task.page, PAGE_BYTES)
    this.counts = new Page(memoryAt(this.page, PAGE_BYTES))
    this.addresses = task.rings.map(({ fd, blockBytes, blocks }) =>
      fd < 0 ? 0n : mapped(fd, blockBytes * blocks),
    )
    this.fresh = task.rings.map(({ isFresh }) => isFresh)
    this.pool = new Piscina({
      filename: task.worker ?? WORKER,
      minThreads: 1,
      maxThreads: 1,
      recordTiming: false,
    })
    this.commands = message => this.toWorker?.postMessage(message)
    void this.watch()
  }

  command(command: Exclude<Command, { type: 'start' }>): void {
    if (command.type === 'reload') this.model = command.model
    else this.stop = command
    this.commands(command)
  }

  private async watch(): Promise<void> {
    let { caution } = this.task
    for (let life = 1; ; life++) {
      const before = this.progress()
      const reason = await this.live(life, caution)
      if (reason === undefined) break
      caution = cautionAfter(caution, before, this.progress())
      if (this.opensItself) {
        // what the worker had opened is closed with it, and nobody here may open it again
        send({ type: 'refused', reason }, () => process.exit(1))
        return
      }
      send({ type: 'died', life, reason })
      // one more judges what waits in the rings
      if (this.stop !== undefined && ++this.lastDeaths > 1) break
      await this.pause()
    }
    send({ type: 'ended' }, () => process.exit(0))
  }

  /** One worker from its start to its end; answers why it died, undefined when it was told to stop. */
  private async live(life: number, caution: Caution): Promise<string | undefined> {
    const { task, page, addresses, model } = this
    const commands = new MessageChannel()
    const reports = new MessageChannel()
    const taken = new SharedArrayBuffer(4)
    const counter = new Int32Array(taken)
    const isDropped = this.opensItself ? new SharedArrayBuffer(4) : undefined
    this.toWorker = commands.port1
    const ended = new Promise<void>(resolve => {
      reports.port1.on('message', (told: Told) => {
        send(told, () => {
          Atomics.add(counter, 0, 1)
          Atomics.notify(counter, 0)
        })
        if (told.type === 'opened') this.giveUpRights(isDropped!)
        if (told.type === 'started') {
          this.fresh.fill(false)
          this.voted = told.voted
        }
        if (told.type === 'state' && told.isFinal) resolve()
      })
      reports.port1.on('close', resolve)
    })
    const workerTask: LiveTask = {
      ...task,
      life,
      page,
      rings: task.rings.map((ring, i) => ({
        ...ring,
        address: addresses[i],
        linkType: task.ports[ring.port].linkType,
        isFresh: this.fresh[i],
      })),
      model,
      caution,
      voted: this.voted,
      commands: commands.port2,
      told: reports.port2,
      taken,
      isDropped,
    }
    if (this.stop !== undefined) this.commands(this.stop)
    try {
      await this.pool.run(workerTask, { transferList: [commands.port2, reports.port2] })
      await ended
      return undefined
    } catch (error) {
      return reasonOf(error)
    } finally {
      commands.port1.close()
      reports.port1.close()
    }
  }

  private progress(): Progress {
    this.counts.read()
    return progressOf(this.counts.cells)
  }

  private get opensItself(): boolean {
    return this.task.rings.some(({ library }) => library !== undefined)
  }

  /** The worker has opened what it had to; from here on this process is nobody. */
  private giveUpRights(isDropped: SharedArrayBuffer): void {
    const { dropTo } = this.task
    if (dropTo !== undefined) {
      process.setgroups!([])
      process.setgid!(dropTo.gid)
      process.setuid!(dropTo.uid)
    }
    dropCapabilities()
    refuseCapabilities()
    Atomics.store(new Int32Array(isDropped), 0, 1)
    Atomics.notify(new Int32Array(isDropped), 0)
  }

  private async pause(): Promise<void> {
    const now = Date.now()
    this.deaths = [...this.deaths.filter(at => now - at < WITHIN), now]
    if (this.deaths.length > OFTEN) await new Promise(resolve => setTimeout(resolve, PAUSE))
  }
}

type MessagePort = MessageChannel['port1']

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it needed more memory than it may have'
  return message ?? String(error)
}
