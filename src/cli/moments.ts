import type { Moment } from '../analyzer.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 }
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/**
 * A moment as users type it: RFC 3339 with an offset, or `+30m` after the start and `-30m` before the end of the
 * capture (s, m, h, d). Undefined where it is none. Fractions of a second are cut off: frames are filtered by second.
 */
export function parseMoment(text: string): Moment | undefined {
  const relative = /^([+-])(\d{1,9})([smhd])$/.exec(text)
  if (relative) {
    const seconds = Number(relative[2]) * UNITS[relative[3]]
    return { seconds, from: relative[1] === '+' ? 'start' : 'end' }
  }
  if (!RFC3339.test(text)) return undefined
  const seconds = Math.floor(Date.parse(text.replace(' ', 'T').toUpperCase()) / 1000)
  return Number.isFinite(seconds) && seconds >= 0 ? { seconds, from: 'epoch' } : undefined
}

/** A whole number of seconds of frame time, `90`, `5m`, `2h`; undefined where it is none or not positive. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text)
  if (!match) return undefined
  const seconds = Number(match[1]) * (UNITS[match[2]] ?? 1)
  return seconds > 0 && seconds < 2 ** 31 ? seconds : undefined
}
