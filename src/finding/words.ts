/** Numbers, times and lists as people read them. */

const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1234567 -> "1,234,567". */
export const count = (n: number): string =>
  n >= 0 && n < 1000 && Number.isInteger(n) ? String(n) : INTEGER.format(n)

/** "1 packet", "12 packets"; `many` where adding s is not enough. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`

/** Decimal units, at most three digits: "912 bytes", "3.4 kB", "12 MB". */
export function bytesText(n: number): string {
  if (n < 1000) return counted(n, 'byte')
  const units = ['kB', 'MB', 'GB', 'TB', 'PB']
  let value = n
  let unit = -1
  do {
    value /= 1000
    unit++
  } while (value >= 999.5 && unit < units.length - 1)
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value).toString()} ${units[unit]}`
}

/** "0.4 s", "12 s", "5 min 3 s", "3 h 20 min", "12 days 4 h". */
export function durationText(seconds: number): string {
  if (seconds < 1)
    return seconds <= 0 ? '0 s' : seconds < 0.001 ? 'under 1 ms' : `${Number(seconds.toPrecision(2))} s`
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return two(Math.floor(s / 60), 'min', s % 60, 's')
  if (s < 172_800) return two(Math.floor(s / 3600), 'h', Math.round((s % 3600) / 60), 'min')
  return two(Math.floor(s / 86_400), 'days', Math.round((s % 86_400) / 3600), 'h')
}

const two = (a: number, unitA: string, b: number, unitB: string): string =>
  b === 0 ? `${count(a)} ${unitA}` : `${count(a)} ${unitA} ${b} ${unitB}`

/** A record's RFC 3339 time to the second, for sentences: "2026-10-01 08:14:03 UTC". */
export const timeText = (rfc3339: string): string => `${rfc3339.slice(0, 10)} ${rfc3339.slice(11, 19)} UTC`

/** Order of two RFC 3339 UTC times, whatever number of decimals each has: negative, 0 or positive. */
export function timeOrder(a: string, b: string): number {
  if (a.length === b.length) return a < b ? -1 : a > b ? 1 : 0
  const x = a.slice(0, -1)
  const y = b.slice(0, -1)
  return x < y ? -1 : x > y ? 1 : 0
}

/** A share as people say it: "3.5 %", "under 0.1 %", "100 %". */
export function shareText(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  const percent = (100 * part) / whole
  if (percent < 0.1) return 'under 0.1 %'
  if (part < whole && percent > 99.9) return 'over 99.9 %'
  return `${percent >= 9.95 ? Math.round(percent * 10) / 10 : percent.toFixed(1)} %`
}

/** "a", "a and b", "a, b and c"; beyond `most` the rest is counted: "a, b and 7 more". */
export function listText(items: readonly string[], most = Number.POSITIVE_INFINITY): string {
  const shown = items.length > most ? [...items.slice(0, most), `${count(items.length - most)} more`] : items
  if (shown.length < 2) return shown.join('')
  return `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`
}

/**
 * Text from a capture or a policy made safe for a terminal and for one line: control characters, line separators and
 * characters that turn the writing direction become U+FFFD. ECMA-48 sequences need one of them to start.
 */
export function sanitise(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, '\u{fffd}') : text
}

const CLASS = '[\\p{Cc}\\p{Cs}\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]'
const UNSAFE = new RegExp(CLASS, 'u')
const UNSAFE_ALL = new RegExp(CLASS, 'gu')
