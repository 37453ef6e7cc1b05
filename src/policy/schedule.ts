import type { Model, When } from './model.ts'

const DAY = 86_400
const QUARTER = 900

/**
 * Local time of the site: the offset of its time zone at a moment, asked of the runtime's time zone data once per
 * quarter of an hour (no zone changes its clock between quarters).
 */
export class SiteClock {
  private readonly format: Intl.DateTimeFormat | undefined
  private readonly offsets = new Map<number, number>()
  private lastQuarter = Number.NaN
  private lastOffset = 0

  /** `timezone` is an IANA name; a name the runtime does not know throws a RangeError. */
  constructor(timezone: string) {
    if (timezone === 'UTC') return
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** Seconds to add to UTC for local time, at `seconds` since 1970 UTC. */
  offset(seconds: number): number {
    if (this.format === undefined) return 0
    const quarter = Math.floor(seconds / QUARTER)
    if (quarter === this.lastQuarter) return this.lastOffset
    let offset = this.offsets.get(quarter)
    if (offset === undefined) {
      if (this.offsets.size > 10_000) this.offsets.clear()
      offset = this.ask(quarter * QUARTER)
      this.offsets.set(quarter, offset)
    }
    this.lastQuarter = quarter
    this.lastOffset = offset
    return offset
  }

  /** First second after `from`, up to `to`, from which the offset of `to` holds; `to` itself excluded when equal. */
  change(from: number, to: number): number {
    const target = this.offset(to)
    let low = Math.floor(from / QUARTER)
    let high = Math.floor(to / QUARTER)
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.offset(middle * QUARTER) === target) high = middle
      else low = middle
    }
    return high * QUARTER
  }

  private ask(seconds: number): number {
    const parts: Record<string, number> = {}
    for (const { type, value } of this.format!.formatToParts(seconds * 1000)) parts[type] = Number(value)
    const { year, month, day, hour, minute, second } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds
  }
}

/**
 * Which schedules and exceptions are in force, as a function of frame time. After `at(seconds)` the answers hold for
 * every second in [from, until), and `epoch` numbers the set: equal numbers, equal sets.
 */
export class Schedules {
  readonly whens: When[] = []
  /** 1 where in force, by index of `whens` and of Model.exceptions */
  readonly whenHolds: Uint8Array
  readonly exceptionHolds: Uint8Array
  from = Number.POSITIVE_INFINITY
  until = Number.NEGATIVE_INFINITY
  epoch = -1
  private readonly clock: SiteClock
  private readonly starts: Float64Array
  private readonly expires: Float64Array
  private readonly index = new Map<string, number>()
  private readonly epochs = new Map<string, number>()

  constructor(model: Model) {
    this.clock = new SiteClock(model.timezone)
    for (const conduit of model.conduits) for (const channel of conduit.channels) this.add(channel.when)
    for (const { channel } of model.exceptions) this.add(channel.when)
    this.whenHolds = new Uint8Array(this.whens.length)
    this.exceptionHolds = new Uint8Array(model.exceptions.length)
    this.starts = Float64Array.from(model.exceptions, exception => exception.starts)
    this.expires = Float64Array.from(model.exceptions, exception => exception.expires)
  }

  /** Index of a schedule of the model, -1 for none. */
  indexOf(when: When | undefined): number {
    return when === undefined ? -1 : (this.index.get(keyOf(when)) ?? -1)
  }

  /** Brings everything to `seconds` since 1970 UTC; free while the last answer still holds. */
  at(seconds: number): void {
    if (seconds >= this.from && seconds < this.until) return
    this.from = Number.NEGATIVE_INFINITY
    this.until = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.starts.length; i++) {
      const started = seconds >= this.starts[i]
      const over = seconds >= this.expires[i]
      this.exceptionHolds[i] = started && !over ? 1 : 0
      this.border(this.starts[i], started)
      this.border(this.expires[i], over)
    }
    if (this.whens.length > 0) this.atSchedules(seconds)
    const key = `${this.whenHolds.join('')}/${this.exceptionHolds.join('')}`
    const known = this.epochs.get(key)
    this.epoch = known ?? this.epochs.size
    if (known === undefined) this.epochs.set(key, this.epoch)
  }

  private add(when: When | undefined): void {
    if (when === undefined || this.index.has(keyOf(when))) return
    this.index.set(keyOf(when), this.whens.push(when) - 1)
  }

  private border(at: number, passed: boolean): void {
    if (passed) this.from = Math.max(this.from, at)
    else this.until = Math.min(this.until, at)
  }

  private atSchedules(seconds: number): void {
    const local = seconds + this.clock.offset(seconds)
    const midnight = Math.floor(local / DAY) * DAY
    // 1970-01-01 was a Thursday
    const day = (((midnight / DAY + 4) % 7) + 7) % 7
    const second = local - midnight
    let before = 0
    let after = DAY
    for (const [i, when] of this.whens.entries()) {
      this.whenHolds[i] = holds(when, day, Math.floor(second / 60)) ? 1 : 0
      if (when.hours === undefined) continue
      for (const minute of [when.hours.from, when.hours.to]) {
        if (minute * 60 <= second) before = Math.max(before, minute * 60)
        else after = Math.min(after, minute * 60)
      }
    }
    this.from = Math.max(this.from, this.unchangedSince(seconds, seconds - (second - before)))
    this.until = Math.min(this.until, this.unchangedUntil(seconds, seconds + (after - second)))
  }

  private unchangedSince(seconds: number, from: number): number {
    return this.clock.offset(from) === this.clock.offset(seconds) ? from : this.clock.change(from, seconds)
  }

  private unchangedUntil(seconds: number, until: number): number {
    return this.clock.offset(until) === this.clock.offset(seconds) ? until : this.clock.change(seconds, until)
  }
}

function keyOf(when: When): string {
  return `${[...when.days].sort()} ${when.hours?.from}-${when.hours?.to}`
}

/** Whether a schedule holds on a weekday (0 = Sunday) at a minute of the day. Hours that wrap belong to the day they begin on. */
function holds(when: When, day: number, minute: number): boolean {
  const on = (d: number) => when.days.length === 0 || when.days.includes(d)
  if (when.hours === undefined) return on(day)
  const { from, to } = when.hours
  if (from <= to) return on(day) && minute >= from && minute < to
  return (on(day) && minute >= from) || (on((day + 6) % 7) && minute < to)
}
