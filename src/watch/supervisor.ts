import { DEFAULT_ACTIVE, DEFAULT_IDLE, DEFAULT_MAX_FLOWS, type IdleLimits } from '../analyzer.ts'
import type { MirrorDestination } from '../dispatch/wrapping.ts'
import { severityRank } from '../finding/severity.ts'
import { keepAll } from '../live/capture-filter.ts'
import { fanoutProgram } from '../live/fanout.ts'
import { linkAddresses } from '../live/netlink.ts'
import { InterfaceProbe } from '../live/packet-socket.ts'
import * as P from '../live/page.ts'
import { newPageMemory, type Page, pageOf } from '../live/page.ts'
import type { Model } from '../policy/model.ts'
import type { AssetRecord, FindingRecord, GapRecord, Summary } from '../records.ts'
import { Accounts, type Sample } from './accounts.ts'
import { type Announced, Announcer, type Change } from './announcer.ts'
import { Books } from './books.ts'
import type { Caution } from './caution.ts'
import { steadyNow } from './clock.ts'
import { Gaps } from './gaps.ts'
import { MirrorHealth } from './health.ts'
import type { LibraryTask, Told } from './messages.ts'
import { sensorUser, type User, withholdCapabilities } from './privileges.ts'
import { runFactsOf } from './run-facts.ts'
import { SensorKeeper } from './sensor-keeper.ts'
import type { SensorProcessOptions } from './sensor-process.ts'
import { type StatusRecord, statusOf } from './status.ts'
import { Transmissions } from './transmissions.ts'
import { WatchedInterface } from './watched-interface.ts'

export type Mode = 'mirror' | 'terminated'

export interface SupervisorOptions {
  version: string
  interfaces: readonly string[]
  mode: Mode
  model: Model | undefined
  /** bytes kept of a frame */
  snapLength: number
  /** capture filter as it was given, and its program by interface; none where all frames are kept */
  filter?: { text: string; programs: readonly Uint8Array[] } | undefined
  /** how frames are got: rings in memory shared with the kernel, or libpcap where the kernel has none (one "ring" then) */
  captureBy?: 'ring' | 'libpcap'
  /** bytes of all rings of an interface, and how many it has */
  ringBytes: number
  rings: number
  idle?: IdleLimits
  activeTimeout?: number
  maxFlows?: number
  /** records of conversations are wanted as lines, and asset records at the end */
  withLines: boolean
  withAssets: boolean
  /** milliseconds between two status records */
  statusEvery: number
  /** milliseconds a sensor may not go round before it is ended, where not the usual time; for tests */
  hungAfter?: number
  /** who is to run the sensor, where not the usual one; and its worker's entry, for tests */
  user?: User | undefined
  worker?: string | undefined
  on: SupervisorEvents
}

export interface SupervisorEvents {
  finding: (record: FindingRecord, change: Change) => void
  gap: (gap: GapRecord) => void
  status: (status: StatusRecord) => void
  /** a record of a conversation, as flows.jsonl has it */
  line: (jsonl: string) => void
  /** a policy came into force */
  policy: (policyId: string | undefined, wasRestarted: boolean) => void
  /** watching has begun, or begins again */
  started: () => void
  /** it cannot go on; one sentence */
  failed: (reason: string) => void
}

export interface WatchResult {
  summary: Summary
  findings: FindingRecord[]
  assets: AssetRecord[]
}

/**
 * A block is handed over when it is full, or after RETIRE milliseconds: so a ring holds that many of them at the least, however
 * little is in each. Blocks are as small as the largest frames allow, so that frames can wait for a sensor that starts anew.
 */
const BLOCK_BYTES = 1 << 17
const SMALL_BLOCK_BYTES = 1 << 16
const RETIRE = 100
const STATE_EVERY = 200
const ACCOUNT_EVERY = 1000
const NEWS_EVERY = 100
/** Share of the time that may go into looking for what is new among findings. */
const NEWS_SHARE = 4
/** Sensors that may die before one has begun: then there is no use in another one. */
const MOST_BEFORE_BEGUN = 3
/** how long a sensor that was told to end may say nothing: a million conversations are put together without a word */
const LONGEST_END = 30_000
/** The privileged half of a run: opens sockets, counts, keeps what was found, and sees to it that a sensor is at work. */
export class Supervisor {
  private readonly options: SupervisorOptions
  private readonly interfaces: WatchedInterface[] = []
  private readonly probe = new InterfaceProbe()
  private readonly pageFd: number
  private readonly page: Page
  private readonly books: Books
  private readonly gaps: Gaps
  private readonly health: MirrorHealth
  private readonly accounts = new Accounts(RETIRE)
  private readonly transmissions: Transmissions
  private readonly announcer: Announcer
  private readonly user: User | undefined
  private readonly keeper: SensorKeeper
  private readonly timers: NodeJS.Timeout[] = []
  private readonly startedAt = Date.now()
  private readonly ringLost: number[] = []
  private readonly fresh: boolean[] = []
  private model: Model | undefined
  private newsAt = 0
  private statusAt = 0
  /** told to stop: resolved when the sensor is gone */
  private stopping: (() => void) | undefined
  private hasBegun = false
  /** when a sensor has said something last */
  private heardAt = 0
  /** the sensor is to end so that another one may take over with other sockets */
  private isChanging = false
  private isAborted = false
  /** nothing is taken in any more, so that what the interfaces count is no loss */
  private isMute = false
  /** what the vote of the first sensor has found */
  private voted: MirrorDestination[] | undefined
  private deathsBeforeBegun = 0
  /** sensors that have died since the run was told to stop */
  private lastSensors = 0

  /** Opens the sockets. Throws SystemError where the system refuses; every interface exists and can be decoded. */
  constructor(options: SupervisorOptions) {
    const { on, model, version } = options
    this.options = options
    this.model = model
    this.user = options.user ?? sensorUser()
    this.gaps = new Gaps(gap => on.gap(gap))
    this.health = new MirrorHealth(model?.site ?? '')
    this.transmissions = new Transmissions(this.health, options.mode, options.interfaces)
    this.announcer = new Announcer((record, change) => on.finding(record, change))
    this.books = new Books({ version, model, withAssets: options.withAssets, onLine: on.line })
    const blockBytes = options.rings === 1 ? BLOCK_BYTES : SMALL_BLOCK_BYTES
    const blocks = Math.max(2, Math.floor(options.ringBytes / options.rings / blockBytes))
    for (const [number, name] of options.interfaces.entries()) {
      const { linkType } = this.probe.state(name)!
      this.interfaces.push(
        new WatchedInterface(name, number, linkType!, this.probe, {
          blockBytes,
          blocks,
          retireMilliseconds: RETIRE,
          program: options.filter?.programs[number] ?? keepAll(options.snapLength),
          isPromiscuous: true,
          rings: options.rings,
          fanout: options.rings > 1 ? fanoutProgram() : undefined,
          isLibrary: options.captureBy === 'libpcap',
        }),
      )
      for (let ring = 0; ring < options.rings; ring++) this.fresh.push(true)
    }
    // libpcap opens interfaces in the sensor, which gives up the right to before it reads a byte
    if (options.captureBy !== 'libpcap') withholdCapabilities()
    this.pageFd = newPageMemory()
    this.page = pageOf(this.pageFd)
    this.keeper = new SensorKeeper({
      page: this.page,
      hungAfter: options.hungAfter,
      next: caution => this.nextSensor(caution),
      onTold: (told, sensor) => this.hear(told, sensor),
      onDied: reason => this.sensorDied(reason),
      onEnded: () => this.sensorEnded(),
    })
  }

  start(): void {
    this.statusAt = steadyNow() + this.options.statusEvery
    this.account()
    this.keeper.start()
    this.timers.push(
      setInterval(() => {
        this.lookAtInterfaces()
        this.keeper.look()
      }, STATE_EVERY),
      setInterval(() => this.account(), ACCOUNT_EVERY),
      setInterval(() => this.lookForNews(), NEWS_EVERY),
    )
  }

  /** Judges by another policy from here on. */
  reload(model: Model | undefined): void {
    this.model = model
    this.books.judgeBy(model)
    this.keeper.send({ type: 'reload', model })
  }

  /** Takes in nothing more, judges what is in the rings, and ends. */
  async stop(): Promise<WatchResult> {
    this.account()
    this.isMute = true
    for (const watched of this.interfaces) watched.mute()
    const ended = new Promise<void>(resolve => {
      this.stopping = resolve
    })
    // what waits in the rings is judged, if need be by one more sensor
    if (!this.keeper.isThere && this.hasBegun) this.keeper.startNow()
    this.keeper.giveUp()
    if (this.keeper.isThere) this.keeper.send({ type: 'stop', expected: this.expected() })
    else this.stopping?.()
    this.heardAt = steadyNow()
    const late = setInterval(() => {
      if (steadyNow() - this.heardAt > LONGEST_END) this.keeper.kill()
    }, ACCOUNT_EVERY)
    await ended
    clearInterval(late)
    for (const timer of this.timers) clearInterval(timer)
    this.account()
    this.gaps.close(Date.now())
    this.lookForNews(true)
    const result = await this.result()
    for (const watched of this.interfaces) watched.close()
    this.probe.close()
    return result
  }

  /** Ends at once, whatever is lost by it; nothing is told any more. */
  abort(): void {
    this.isAborted = true
    this.keeper.giveUp()
    this.keeper.kill()
    for (const timer of this.timers) clearInterval(timer)
    for (const watched of this.interfaces) watched.close()
    this.probe.close()
  }

  private nextSensor(caution: Caution): Omit<SensorProcessOptions, 'onTold' | 'onExit'> {
    const { options, model } = this
    const { rings } = options
    const { tcp, udp, icmp, other, attempt, closed } = options.idle ?? DEFAULT_IDLE
    return {
      page: this.pageFd,
      sockets: this.interfaces.flatMap(watched => watched.sockets.map(({ fd }) => fd)),
      user: options.captureBy !== 'libpcap' ? this.user : undefined,
      task: {
        rings: this.interfaces.flatMap(({ name, options: { blockBytes, blocks } }, port) =>
          Array.from({ length: rings }, (_, ring) => ({
            blockBytes,
            blocks,
            port,
            isFresh: this.fresh[port * rings + ring],
            library: this.libraryTask(name),
          })),
        ),
        caution,
        voted: this.voted,
        dropTo: options.captureBy === 'libpcap' ? this.user : undefined,
        ports: this.interfaces.map(({ name, linkType }) => ({ linkType, capture: name })),
        ownAddresses: options.mode === 'terminated' ? this.ownAddresses() : [],
        model,
        maxFlows: options.maxFlows ?? DEFAULT_MAX_FLOWS,
        limits: [tcp, udp, icmp, other, attempt, closed],
        activeTimeout: options.activeTimeout ?? DEFAULT_ACTIVE,
        desk: { jsonl: options.withLines, csv: false, everything: false, assets: options.withAssets },
        worker: options.worker,
      },
    }
  }

  private libraryTask(name: string): LibraryTask | undefined {
    const { captureBy, snapLength, ringBytes, filter } = this.options
    if (captureBy !== 'libpcap') return undefined
    return { name, snapLength, bufferBytes: ringBytes, filter: filter?.text }
  }

  private ownAddresses(): { version: 4 | 6; words: number[] }[] {
    const indexes = new Set(this.interfaces.map(({ name }) => this.probe.state(name)?.index))
    return linkAddresses()
      .filter(({ index }) => indexes.has(index))
      .map(({ version, bytes }) => ({ version, words: wordsOf(bytes) }))
  }

  private hear(told: Told, sensor: number): void {
    if (this.isAborted) return
    this.heardAt = steadyNow()
    const { on } = this.options
    if (told.type === 'report') this.books.take(told.report)
    else if (told.type === 'state') this.books.state(`${sensor} ${told.life}`, told.state)
    else if (told.type === 'sent')
      for (const [name, count] of told.frames) this.transmissions.seen(told.port, name, count, Date.now())
    else if (told.type === 'started') this.begun(told.voted)
    else if (told.type === 'died') this.lostState('worker-died', told.reason)
    else if (told.type === 'refused') {
      // what was watched once may come back
      if (!this.hasBegun) on.failed(told.reason)
    } else if (told.type === 'reloaded') {
      if (told.wasRestarted) {
        this.gaps.begin('taps-changed', Date.now())
        this.gaps.end('taps-changed', Date.now())
      }
      on.policy(told.policyId, told.wasRestarted)
    }
  }

  private begun(voted: MirrorDestination[]): void {
    const now = Date.now()
    this.voted = voted
    this.hasBegun = true
    this.fresh.fill(false)
    this.gaps.end('worker-died', now)
    this.gaps.end('sensor-died', now)
    this.options.on.started()
  }

  /** Conversations that were open are known no more; frames are not lost by it, they wait in the rings. */
  private lostState(cause: 'worker-died' | 'sensor-died', reason: string): void {
    this.page.read()
    this.gaps.begin(cause, Date.now(), { detail: reason })
    this.gaps.lost(cause, undefined, { conversations: this.page.cells[P.OPEN_FLOWS] })
  }

  private sensorDied(reason: string): void {
    if (this.isAborted) return
    if (!this.hasBegun && ++this.deathsBeforeBegun === MOST_BEFORE_BEGUN) {
      const who =
        this.user === undefined ? '' : ` as user ${this.user.uid}, who must be able to read this program`
      this.options.on.failed(`the sensor process cannot be started${who}: ${reason}`)
      return
    }
    this.lostState('sensor-died', reason)
    // the next one is told to make room, should it still be needed
    this.isChanging = false
    if (this.stopping === undefined) return
    if (this.lastSensors++ > 0) {
      this.stopping()
      return
    }
    this.keeper.startNow()
    this.keeper.send({ type: 'stop', expected: this.expected() })
  }

  private sensorEnded(): void {
    if (this.isAborted) return
    this.isChanging = false
    if (this.stopping === undefined) this.reopen()
    else this.stopping()
  }

  private lookAtInterfaces(): void {
    const now = Date.now()
    for (const watched of this.interfaces) {
      const before = watched.condition
      const condition = watched.look()
      const { name } = watched
      if (condition !== before) {
        this.gaps.end(before === 'down' ? 'interface-down' : 'interface-gone', now, name)
        if (condition !== 'watching') {
          this.gaps.begin(condition === 'down' ? 'interface-down' : 'interface-gone', now, {
            interface: name,
          })
          const what = condition === 'down' ? 'was down' : 'was not there'
          this.health.note('mirror-down', condition, now, {
            interface: name,
            message: `The interface ${name} ${what}, and nothing could be seen through it. Bring it up, and look whether its mirror is still set.`,
          })
        }
      }
      if (condition === 'gone' && watched.isBack && !this.isChanging && this.stopping === undefined)
        this.change()
    }
  }

  /** An interface has come back as another one: the sensor reads what it was handed, and another one gets new sockets. */
  private change(): void {
    if (!this.keeper.isThere) return
    this.isChanging = true
    this.keeper.send({ type: 'stop', expected: this.expected() })
  }

  private reopen(): void {
    const { rings } = this.options
    for (const [index, watched] of this.interfaces.entries()) {
      if (watched.condition !== 'gone' || !watched.isBack) continue
      try {
        watched.reopen()
      } catch {
        // gone again meanwhile: the next look tells
        continue
      }
      this.accounts.restart(index)
      this.transmissions.restart(index)
      for (let ring = 0; ring < rings; ring++) this.fresh[index * rings + ring] = true
      this.gaps.end('interface-gone', Date.now(), watched.name)
    }
    this.keeper.start()
  }

  /** Frames that each ring was handed in all. */
  private expected(): number[] {
    return this.interfaces.flatMap(watched => watched.rings().map(({ received, lost }) => received - lost))
  }

  private account(): void {
    const at = steadyNow()
    // before the kernel is asked: nothing can be read that it has not handed over
    this.page.read()
    const looks = this.interfaces.map(watched => watched.sample())
    const { rings, captureBy } = this.options
    const { cells } = this.page
    // of libpcap only its reader can ask
    if (captureBy === 'libpcap')
      for (const [i, look] of looks.entries())
        look.rings = [
          { received: cells[P.ofRing(i) + P.RECEIVED], lost: cells[P.ofRing(i) + P.LOST], freezes: 0 },
        ]
    const sample: Sample = {
      at,
      rings: looks.flatMap(look => look.rings),
      interfaces: looks.map(({ wire }, i) => ({
        first: i * rings,
        end: (i + 1) * rings,
        // what the sensor asked of libpcap is older than this look at the interface
        wire: captureBy === 'libpcap' || this.isMute ? undefined : wire,
      })),
      cells: this.page.cells,
    }
    const now = Date.now()
    for (const violation of this.accounts.take(sample)) {
      const name = violation.interface < 0 ? 'all' : this.interfaces[violation.interface].name
      this.health.note('mirror-unaccounted', violation.message, now, {
        interface: name,
        message: 'Frames are not accounted for: {what}. What was judged may be incomplete.',
      })
    }
    for (const [index, { wire }] of looks.entries()) {
      this.lookAtLoss(index, now)
      const { outgoing } = this.accounts.interface(index)
      if (wire !== undefined) this.transmissions.look(index, wire.sent, outgoing, now)
    }
    if (at < this.statusAt) return
    this.statusAt = at + this.options.statusEvery
    this.options.on.status(this.status())
  }

  private lookAtLoss(index: number, now: number): void {
    const { name } = this.interfaces[index]
    const { ring_lost, kernel_lost } = this.accounts.interface(index)
    const lost = ring_lost + kernel_lost
    const before = this.ringLost[index] ?? 0
    this.ringLost[index] = lost
    if (lost === before) {
      this.gaps.end('frames-lost', now, name)
      return
    }
    this.gaps.begin('frames-lost', now - ACCOUNT_EVERY, { interface: name })
    this.gaps.lost('frames-lost', name, { frames: lost - before })
    this.health.note('mirror-loss', ring_lost > 0 ? 'the ring was full' : 'before the ring', now, {
      interface: name,
      count: lost - before,
      message: `Frames that came to ${name} were lost before they could be looked at ({what}). Give it a larger ring (--ring), or send it less.`,
    })
  }

  private lookForNews(isLast = false): void {
    const now = steadyNow()
    if (now < this.newsAt && !isLast) return
    const found = this.books.news(isLast)
    const policyId = this.model?.policyId
    const announced: Announced[] = this.health.records(policyId).map(record => ({
      key: `health ${record.finding_id}`,
      severity: record.severity,
      about: record.message,
      count: () => record.count,
      record: () => record,
    }))
    for (const finding of found ?? [])
      announced.push({
        key: finding.key,
        severity: finding.severity,
        count: () => this.books.recordOf(finding).count,
        record: () => this.books.recordOf(finding),
      })
    this.announcer.look(announced, now, isLast)
    if (found !== undefined) this.announcer.keep(new Set(announced.map(({ key }) => key)))
    this.newsAt = now + (steadyNow() - now) * NEWS_SHARE
  }

  /** How it stands now. */
  status(): StatusRecord {
    return statusOf({
      at: Date.now(),
      startedAt: this.startedAt,
      accounts: this.accounts,
      interfaces: this.interfaces,
      cells: this.page.cells,
      policyId: this.model?.policyId,
      gaps: this.gaps.total,
    })
  }

  private result(): Promise<WatchResult> {
    const { accounts, gaps, options } = this
    const { mode, snapLength, filter } = options
    const interfaces = this.interfaces.map(({ name, linkType }, index) => ({
      interface: name,
      mode,
      link_type: linkType,
      snap_length: snapLength,
      ...(filter === undefined ? {} : { filter: filter.text }),
      ...accounts.interface(index),
    }))
    const health = this.health
      .records(this.model?.policyId)
      .sort((a, b) => severityRank(b.severity) - severityRank(a.severity))
    return this.books.close(runFactsOf({ accounts, cells: this.page.cells, interfaces, gaps }), health)
  }
}

/** An address as four words, IPv4 in the last. */
function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4))
  return words.length === 1 ? [0, 0, 0, words[0]] : words
}
