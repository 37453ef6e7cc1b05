import type { Page } from '../live/page.ts'
import * as P from '../live/page.ts'
import { type Caution, cautionAfter, type Progress, progressOf } from './caution.ts'
import { steadyNow } from './clock.ts'
import type { Command, Told } from './messages.ts'
import { SensorProcess, type SensorProcessOptions } from './sensor-process.ts'

/** how long a sensor may not go round before it is ended: longer than reading the largest policy takes, or a stopped process */
const HUNG = 30_000
/** longest time between two looks that counts: where this process stood still, the sensor did, too */
const LONGEST_LOOK = 400
/** milliseconds before a sensor is started again that has died often lately */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 30_000
/** deaths in a row after which there is a pause, and the time without one after which they are forgotten */
const AT_ONCE = 2
const FORGIVEN = 60_000

export interface SensorKeeperOptions {
  page: Page
  /** milliseconds a sensor may not go round, where not the usual time */
  hungAfter?: number | undefined
  /** what the next sensor is to do */
  next: (caution: Caution) => Omit<SensorProcessOptions, 'onTold' | 'onExit'>
  /** `sensor` is the number of the process that told it */
  onTold: (told: Told, sensor: number) => void
  /** it has died; unless somebody wants to stop, another takes its place */
  onDied: (reason: string) => void
  /** it has ended as it was told */
  onEnded: () => void
}

/** Sees to it that a sensor process is at work: starts another one for each that dies, or goes round no more. */
export class SensorKeeper {
  private readonly options: SensorKeeperOptions
  private readonly hungAfter: number
  private sensor: SensorProcess | undefined
  private number = 0
  private caution: Caution = 'none'
  /** how far others had come when the sensor was started */
  private atStart: Progress = { aliveAt: 0, read: 0, isLooking: false }
  /** when the sensor was looked at last, when it had gone round then, and how long it has not since, in milliseconds */
  private lookedAt = 0
  private aliveAt = 0
  private silence = 0
  private isHung = false
  private deaths = 0
  private diedAt = 0
  private isOver = false
  private restart: NodeJS.Timeout | undefined

  constructor(options: SensorKeeperOptions) {
    this.options = options
    this.hungAfter = options.hungAfter ?? HUNG
  }

  get isThere(): boolean {
    return this.sensor !== undefined
  }

  /** Starts a sensor; one that takes over from another which ended as it was told begins without caution. */
  start(caution: Caution = 'none'): void {
    const { page, next, onTold } = this.options
    this.caution = caution
    page.read()
    this.atStart = progressOf(page.cells)
    this.silence = 0
    const number = ++this.number
    this.sensor = new SensorProcess({
      ...next(caution),
      onTold: told => onTold(told, number),
      onExit: reason => this.ended(reason),
    })
  }

  /** Starts the next sensor without a pause, where there is none. */
  startNow(): void {
    clearTimeout(this.restart)
    if (this.sensor === undefined) this.start(this.caution)
  }

  /** Tells the sensor something; nothing happens where there is none. */
  send(command: Command): void {
    this.sensor?.send(command)
  }

  /** No sensor is started any more; the one there is goes on. */
  giveUp(): void {
    this.isOver = true
    clearTimeout(this.restart)
  }

  kill(): void {
    this.sensor?.kill()
  }

  /** Ends a sensor that goes round no more, so that another one may take its place. To be called several times a second. */
  look(): void {
    const { page } = this.options
    page.read()
    const now = steadyNow()
    const alive = page.cells[P.ALIVE_AT]
    const passed = Math.min(now - this.lookedAt, LONGEST_LOOK)
    this.silence = alive === this.aliveAt ? this.silence + passed : 0
    this.lookedAt = now
    this.aliveAt = alive
    if (this.sensor === undefined || this.silence < this.hungAfter) return
    this.isHung = true
    this.sensor.kill()
  }

  private ended(reason: string | undefined): void {
    this.sensor = undefined
    if (reason === undefined) {
      this.options.onEnded()
      return
    }
    const { page, onDied } = this.options
    page.read()
    this.caution = cautionAfter(this.caution, this.atStart, progressOf(page.cells))
    const isHung = this.isHung
    this.isHung = false
    onDied(isHung ? `it had not answered for ${this.hungAfter / 1000} s` : reason)
    if (!this.isOver) this.startAgain()
  }

  private startAgain(): void {
    const now = steadyNow()
    if (now - this.diedAt > FORGIVEN) this.deaths = 0
    this.diedAt = now
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.deaths++)
    this.restart = setTimeout(
      () => {
        if (!this.isOver && this.sensor === undefined) this.start(this.caution)
      },
      this.deaths <= AT_ONCE ? 0 : pause,
    )
  }
}
