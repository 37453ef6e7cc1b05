import type { Evidence, Severity } from '../records.ts'
import { worse } from './severity.ts'
import { earlier, type Moment, type Sighting } from './sighting.ts'
import { timeOrder } from './words.ts'

/** Flows quoted as evidence of one finding. */
export const MOST_EVIDENCE = 5
/** More services or hosts than SCAN_TARGETS within this many seconds make a scan. */
export const SCAN_SECONDS = 600
/** Start times kept of one finding, to tell whether it is part of a scan: the latest, at least 42 hours of them. */
const MOST_TIMES = 512
const MOST_ACTIONS = 14

/** Repeats of one thing folded together. Everything in it is a sum, an extreme or the first few: order of arrival never matters. */
export interface Entry {
  /** the earliest sighting; words are taken from it */
  lead: Sighting
  severity: Severity
  count: number
  answered: number
  /** when the first that was answered began, seconds since 1970 */
  answeredAt: number
  refused: number
  packets: number
  bytes: number
  last: string
  lastSeconds: number
  actions: string[]
  /** the earliest few, in time order; of those folded in no more than evidence needs, for there may be thousands of entries */
  earliest: Moment[]
  /** start times, ascending, seconds since 1970, thinned by `keepTime` */
  times: number[]
}

/** A fold of one sighting; `repeat` = a later record of a flow that was counted before. */
export function newEntry(s: Sighting, repeat = false): Entry {
  return {
    lead: s,
    severity: s.severity,
    count: repeat ? 0 : 1,
    answered: s.answered && !repeat ? 1 : 0,
    answeredAt: s.answered ? s.startSeconds : Number.POSITIVE_INFINITY,
    refused: s.attempt === 'refused' && !repeat ? 1 : 0,
    packets: s.packets,
    bytes: s.bytes,
    last: s.end,
    lastSeconds: s.endSeconds,
    actions: s.actions.slice(0, MOST_ACTIONS),
    earliest: [s],
    times: [s.startSeconds],
  }
}

/** Adds `from` to `to`; `from` may go on being used unchanged. */
export function fold(to: Entry, from: Entry): void {
  widen(to, from.lead, from.severity, from.packets, from.bytes, from.last, from.lastSeconds)
  to.count += from.count
  to.answered += from.answered
  to.answeredAt = Math.min(to.answeredAt, from.answeredAt)
  to.refused += from.refused
  keepActions(to.actions, from.actions)
  for (const s of from.earliest) keepEarliest(to.earliest, s)
  for (const t of from.times) keepTime(to.times, t)
}

/** Adds one sighting: what `fold` does with a `newEntry` of it. */
export function foldSighting(to: Entry, s: Sighting, repeat = false): void {
  widen(to, s, s.severity, s.packets, s.bytes, s.end, s.endSeconds)
  if (!repeat) {
    to.count++
    if (s.answered) to.answered++
    if (s.attempt === 'refused') to.refused++
  }
  if (s.answered && s.startSeconds < to.answeredAt) to.answeredAt = s.startSeconds
  keepActions(to.actions, s.actions)
  keepEarliest(to.earliest, s)
  keepTime(to.times, s.startSeconds)
}

/** What entries and scans have in common: who came first, how grave, how much, until when. */
type Extent = Pick<Entry, 'lead' | 'severity' | 'packets' | 'bytes' | 'last' | 'lastSeconds'>

/** Widens `to` by another extent. */
export function widen(
  to: Extent,
  lead: Sighting,
  severity: Severity,
  packets: number,
  bytes: number,
  last: string,
  lastSeconds: number,
): void {
  if (earlier(lead, to.lead)) to.lead = lead
  to.severity = worse(to.severity, severity)
  to.packets += packets
  to.bytes += bytes
  if (lastSeconds > to.lastSeconds || (lastSeconds === to.lastSeconds && timeOrder(last, to.last) > 0)) {
    to.last = last
    to.lastSeconds = lastSeconds
  }
}

function keepActions(actions: string[], more: readonly string[]): void {
  for (const action of more)
    if (actions.length < MOST_ACTIONS && !actions.includes(action)) actions.push(action)
}

/** A copy that shares no list with the original. */
export const copyEntry = (e: Entry): Entry => ({
  ...e,
  actions: [...e.actions],
  earliest: [...e.earliest],
  times: [...e.times],
})

export const evidenceOf = (e: { earliest: Moment[] }): Evidence[] => e.earliest.map(s => s.evidence)

/** Puts a flow into a list of the earliest few. */
export function keepEarliest(list: Moment[], s: Moment): void {
  if (list.length === MOST_EVIDENCE && !earlier(s, list[list.length - 1])) return
  let i = list.length
  while (i > 0 && earlier(s, list[i - 1])) i--
  if (i > 0 && list[i - 1].evidence.flow_id === s.evidence.flow_id) return
  const moment = { start: s.start, startSeconds: s.startSeconds, evidence: s.evidence }
  if (i === list.length) list.push(moment)
  else list.splice(i, 0, moment)
  if (list.length > MOST_EVIDENCE) list.pop()
}

/**
 * Puts a time into an ascending list, without those that change nothing: between two times no further apart than
 * SCAN_SECONDS a third is in no window of that length that misses both. So at most two are kept for each such span.
 */
function keepTime(times: number[], t: number): void {
  let i = times.length
  while (i > 0 && times[i - 1] > t) i--
  if (i > 0 && times[i - 1] === t) return
  if (redundant(times[i - 1], times[i])) return
  times.splice(i, 0, t)
  if (redundant(times[i], times[i + 2])) times.splice(i + 1, 1)
  if (redundant(times[i - 2], times[i])) times.splice(i - 1, 1)
  if (times.length > MOST_TIMES) times.shift()
}

const redundant = (before: number | undefined, after: number | undefined): boolean =>
  before !== undefined && after !== undefined && after - before <= SCAN_SECONDS
