import { SiteClock } from './schedule.ts'

const DAY = 86_400
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(?:([Zz])|([+-])(\d\d):(\d\d)))?$/

/** A moment or a whole day, in seconds since 1970 UTC: `first` is where it starts, `end` where it ends (excluded). */
export interface TimeSpan {
  first: number
  end: number
  /** a bare date */
  day: boolean
}

/**
 * Reads a bare date (the whole day in `timezone`, 23 or 25 hours long when clocks change) or a date-time with an
 * offset (RFC 3339 section 5.6; seconds may be left out). Undefined where it is neither or not in the calendar.
 */
export function parseTime(text: string, timezone: string): TimeSpan | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const midnight = Date.UTC(year, month - 1, day) / 1000
  const date = new Date(midnight * 1000)
  if (year < 100 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  if (match[4] === undefined) {
    const clock = new SiteClock(timezone)
    return { first: startOfDay(clock, midnight), end: startOfDay(clock, midnight + DAY), day: true }
  }
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)]
  const [offsetHours, offsetMinutes] = [Number(match[10] ?? 0), Number(match[11] ?? 0)]
  // a leap second is the last second of its minute
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined
  const offset = (offsetHours * 60 + offsetMinutes) * 60 * (match[9] === '-' ? -1 : 1)
  const moment = midnight + hour * 3600 + minute * 60 + Math.min(second, 59) + Number(match[7] ?? 0) - offset
  return { first: moment, end: moment, day: false }
}

/** First second of a local day; `midnight` is its 00:00 read as UTC. Where clocks skip midnight, the day starts later. */
function startOfDay(clock: SiteClock, midnight: number): number {
  const candidates = [midnight - clock.offset(midnight - DAY), midnight - clock.offset(midnight + DAY)]
  const fits = candidates.filter(at => at + clock.offset(at) >= midnight)
  return Math.min(...(fits.length > 0 ? fits : candidates))
}

/** Whether the runtime knows a time zone; names of the IANA time zone database, or UTC. */
export function isTimezone(name: string): boolean {
  if (/^[+-]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Minutes of the day of "06:00-14:00"; 24:00 is 1440. */
export function parseHours(text: string): { from: number; to: number } | undefined {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [from, to] = [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])]
  return { from, to }
}
