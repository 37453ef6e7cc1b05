import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import * as F from '../decode/facts.ts'
import type { MirrorDestination } from '../dispatch/wrapping.ts'
import { Reporter } from '../engine/reports.ts'
import { dropCapabilities } from '../live/capabilities.ts'
import { ALIVE_AT, EMPTY_AT, LOOKING, ofRing, PAGE_BYTES, Page, READ, SKIPPED } from '../live/page.ts'
import { memoryAt } from '../live/system.ts'
import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts'
import type { Model } from '../policy/model.ts'
import { hasSameTaps } from '../policy/taps.ts'
import type { Burst } from '../shared/burst.ts'
import { steadyNow } from './clock.ts'
import { type EngineState, EngineSum, LiveEngine } from './engine.ts'
import type { SensorTask, Told } from './messages.ts'
import { type MappedRing, Rings } from './rings.ts'

/** The task of the thread that watches: that of its sensor, with what is mapped there. */
export interface LiveTask extends Omit<SensorTask, 'page' | 'rings' | 'dropTo' | 'worker'> {
  life: number
  /** where the page is mapped */
  page: bigint
  rings: MappedRing[]
  commands: MessagePort
  /** to the sensor's main thread */
  told: MessagePort
  /** how many reports that one has handed on */
  taken: SharedArrayBuffer
  /** not zero once this process holds no capability; only where the worker opens something itself */
  isDropped?: SharedArrayBuffer | undefined
}

/** What the main thread may ask of a worker. */
export type WorkerCommand =
  | { type: 'reload'; model: Model | undefined }
  | { type: 'stop'; expected: number[] }

/** Reports under way beyond which news is held back, and beyond which nothing goes on. */
const MANY_UNTAKEN = 64
const MOST_UNTAKEN = 512
/** milliseconds between two looks at commands and news, while frames come without a pause */
const ROUND = 100
/** longest wait for a frame: how late a command is heard */
const LONGEST_WAIT = 100
/** milliseconds a sample for the vote about mirrors is gathered */
const SAMPLE_TIME = 1000
/** milliseconds between two accounts of all that was gathered; longer where they take long to give */
const STATE_EVERY = 10_000
const STATE_SHARE = 100
/** milliseconds without one of the frames that are still to come, once nothing comes in any more, after which none is waited for */
const LONGEST_DRAIN = 1000
/** seconds */
const CLOCK_STEP = 60
/** kinds of tunnels that may end at a sensor */
const ENDING_HERE = [F.TUNNEL_GRE, F.TUNNEL_NVGRE, F.TUNNEL_VXLAN, F.TUNNEL_GENEVE, F.TUNNEL_TZSP]

/** The tap of a policy that names an interface. */
function tapOf(name: string, model: Model | undefined): { tap?: string } {
  const tap = model?.taps.find(({ type, interface: own }) => type === 'local' && own === name)
  return tap === undefined ? {} : { tap: tap.id }
}

/**
 * Watches the rings until it is told to stop: takes in what the kernel hands over, ticks while it hands over nothing, and
 * reports. `onRound` is called each time round.
 */
export function liveTask(task: LiveTask, onRound: () => void = () => {}): void {
  new Watch(task).run(onRound)
}

class Watch {
  private readonly task: LiveTask
  private readonly page: Page
  /** what others had counted before this worker, and what was counted before its engine */
  private readonly found: Float64Array
  private readonly before: Float64Array
  private readonly rings: Rings
  private readonly taken: Int32Array
  private readonly reporter: Reporter
  private readonly mirrors: MirrorDestination[]
  /** of engines before */
  private readonly past = new EngineSum()
  private policy: CompiledPolicy | undefined
  private engine: LiveEngine
  private untaken = 0
  private ticked = 0
  private nextRound = 0
  private nextState = 0
  private hasMoreNews = false
  private isSkipping: boolean
  private stop: { expected: number[]; read: number; until: number } | undefined

  constructor(task: LiveTask) {
    this.task = task
    this.taken = new Int32Array(task.taken)
    this.isSkipping = task.caution === 'skip'
    this.page = new Page(memoryAt(task.page, PAGE_BYTES))
    this.found = this.page.cells.slice()
    this.before = this.page.cells.slice()
    this.rings = new Rings(task.rings, this.found, task.caution !== 'none')
    if (task.isDropped !== undefined) this.giveUpRights(task.isDropped)
    this.reporter = new Reporter(report => this.tell({ type: 'report', report }))
    this.policy = task.model === undefined ? undefined : compilePolicy(task.model)
    // a worker that takes another's place sees other frames, and where somebody died nobody looks at more of them than one
    const voted = task.voted ?? (task.caution === 'none' ? this.rings.vote(SAMPLE_TIME, steadyNow) : [])
    this.mirrors = [...this.ownTunnels(), ...voted]
    this.engine = this.newEngine()
    this.nextState = steadyNow() + STATE_EVERY
    // whoever comes after this one knows that it had begun, and where
    this.account(steadyNow(), false)
    this.tell({ type: 'started', life: task.life, voted })
  }

  /** What had to be opened is; before a byte is looked at, this thread and its process give up the right to. */
  private giveUpRights(isDropped: SharedArrayBuffer): void {
    this.tell({ type: 'opened' })
    // another user id has to be taken on by all threads, and one that had given up its right to would not
    Atomics.wait(new Int32Array(isDropped), 0, 0)
    dropCapabilities()
  }

  run(onRound: () => void): void {
    for (;;) {
      onRound()
      const now = steadyNow()
      const burst = this.rings.next()
      if (burst !== undefined) {
        this.lookingAt(burst.count > 0)
        if (this.isDeadly(burst)) this.skip(burst)
        else this.engine.run(burst)
        if (burst.count > 0) this.tickTo(burst.seconds[burst.count - 1])
      } else this.tickTo(Math.floor(Date.now() / 1000))
      this.account(now, burst === undefined)
      if (burst === undefined || now >= this.nextRound) {
        this.nextRound = now + ROUND
        this.round(now)
        if (this.stop !== undefined && this.isDrained(now)) break
        if (burst === undefined && !this.hasMoreNews) this.rings.wait(LONGEST_WAIT)
      }
    }
    this.end()
  }

  /** Says that frames are looked at, so that whoever finds this worker dead knows whether it died of one. */
  private lookingAt(isLooking: boolean): void {
    this.page.cells[LOOKING] = isLooking ? this.rings.latestRing + 1 : 0
    this.page.write()
  }

  /** Whether this is the frame of which two have died: the first one of the ring they were at. */
  private isDeadly(burst: Burst): boolean {
    return this.isSkipping && burst.count > 0 && this.rings.latestRing === this.found[LOOKING] - 1
  }

  /** The first frame was somebody's death, twice: it is not looked at, and counted. */
  private skip(burst: Burst): void {
    this.page.cells[SKIPPED] += burst.count
    this.isSkipping = false
  }

  private newEngine(): LiveEngine {
    const { maxFlows, limits, activeTimeout, desk } = this.task
    const { reporter, policy, mirrors } = this
    const ports = this.task.ports.map(port => ({ ...port, ...tapOf(port.capture, policy?.model) }))
    return new LiveEngine({ ports, policy, mirrors, maxFlows, limits, activeTimeout, desk, reporter })
  }

  /** Tunnels that end at an address of this machine carry a mirror, whatever share of the frames they have. */
  private ownTunnels(): MirrorDestination[] {
    return this.task.ownAddresses.flatMap(({ version, words }) =>
      ENDING_HERE.map(kind => ({ kind, version, address: Uint32Array.from(words), certain: true as const })),
    )
  }

  /** Frames carry the time; a silent port is told it. */
  private tickTo(seconds: number): void {
    // a clock that was set back a little stands still, one that was set back by much is believed
    if (seconds <= this.ticked && this.ticked - seconds < CLOCK_STEP) return
    this.ticked = seconds
    this.engine.tick(seconds)
  }

  private account(now: number, isEmpty: boolean): void {
    const { cells } = this.page
    this.rings.count(cells, this.found)
    // after what was read: nothing can be read that was not handed over
    this.rings.countLibrary(cells, this.found)
    this.engine.count(cells, this.before)
    cells[ALIVE_AT] = now
    cells[LOOKING] = 0
    // frames that came before this moment were there to be found
    if (isEmpty) cells[EMPTY_AT] = now
    this.page.write()
  }

  private round(now: number): void {
    this.listen()
    const waiting = this.untaken - Atomics.load(this.taken, 0)
    // what is new keeps; records that end a flow do not
    this.hasMoreNews = waiting < MANY_UNTAKEN && this.engine.news()
    for (const [port, name, count] of this.rings.takeSent())
      this.tell({ type: 'sent', port, frames: [[name, count]] })
    if (!this.reporter.isEmpty) this.reporter.flush()
    if (now < this.nextState) return
    this.tell({ type: 'state', life: this.task.life, state: this.state(), isFinal: false })
    const took = steadyNow() - now
    this.nextState = now + Math.max(STATE_EVERY, took * STATE_SHARE)
  }

  private listen(): void {
    for (;;) {
      const message = receiveMessageOnPort(this.task.commands) as { message: WorkerCommand } | undefined
      if (message === undefined) return
      const command = message.message
      if (command.type === 'stop') {
        this.rings.mute()
        this.stop = { expected: command.expected, read: 0, until: steadyNow() + LONGEST_DRAIN }
      } else this.reload(command.model)
    }
  }

  /** Judges by another policy from here on; frames wait in the rings for as long as that takes. */
  private reload(model: Model | undefined): void {
    const before = this.policy
    this.policy = model === undefined ? undefined : compilePolicy(model)
    const isSame = hasSameTaps(before?.model, model)
    if (isSame) this.engine.reload(this.policy)
    else {
      // what frames came wrapped in means something else now: all conversations begin anew
      this.past.absorb(this.engine.finish(this.ticked))
      this.before.set(this.page.cells)
      this.engine = this.newEngine()
    }
    this.tell({ type: 'reloaded', policyId: model?.policyId, wasRestarted: !isSame })
  }

  /** All frames that were to be expected are read, or no more of them come. */
  private isDrained(now: number): boolean {
    const { cells } = this.page
    const stop = this.stop!
    const read = stop.expected.reduce((sum, frames, i) => sum + Math.min(frames, cells[ofRing(i) + READ]), 0)
    if (read > stop.read) {
      stop.read = read
      stop.until = now + LONGEST_DRAIN
    }
    if (now >= stop.until) return true
    return this.rings.isLibraryRead && stop.expected.every((frames, i) => cells[ofRing(i) + READ] >= frames)
  }

  private end(): void {
    this.engine.news()
    this.past.absorb(this.engine.finish(this.ticked))
    this.account(steadyNow(), false)
    this.reporter.flush()
    this.tell({ type: 'state', life: this.task.life, state: this.past.with(), isFinal: true })
  }

  private state(): EngineState {
    return this.past.with(this.engine.state())
  }

  /** Reports are held up where nobody takes them: frames are then lost where they are counted, and findings are not. */
  private tell(told: Told): void {
    while (this.untaken - Atomics.load(this.taken, 0) > MOST_UNTAKEN)
      Atomics.wait(this.taken, 0, Atomics.load(this.taken, 0), LONGEST_WAIT)
    this.untaken++
    this.task.told.postMessage(told)
  }
}
