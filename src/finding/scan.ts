import type { Severity } from '../records.ts'
import { copyEntry, type Entry, fold, keepEarliest, SCAN_SECONDS, widen } from './entry.ts'
import { identity, type Moment, type Sighting } from './sighting.ts'

/** More services or hosts than this within SCAN_SECONDS make a scan. */
export const SCAN_TARGETS = 16
/** Names of hosts and of services kept of one scan; beyond, only that there were more is said. */
export const MOST_NAMES = 4096
const MOST_ANSWERS = 256
/** Spells of activity kept apart for one originator and zone; older ones are settled. */
const MOST_SPELLS = 16
/** Spans of SCAN_SECONDS, the latest of a spell, that can be looked at again: at least 42 hours, as the times of an entry. */
const MOST_SPANS = 256

/** What is known of a scan: bounded, whatever was probed. */
export interface Scan {
  lead: Sighting
  severity: Severity
  count: number
  answered: number
  packets: number
  bytes: number
  last: string
  lastSeconds: number
  hosts: Set<string>
  services: Set<string>
  /** "ssh (tcp/22) on 10.10.2.10" -> seconds when it was first seen to answer */
  answers: Map<string, number>
  earliest: Moment[]
}

/** A time of activity with no pause longer than SCAN_SECONDS. */
interface Spell {
  from: number
  to: number
  entries: Map<string, Entry>
  scan: Scan | undefined
  index: Index | undefined
}

/** What tells quickly whether a spell with many entries is a scan. */
interface Index {
  /** hosts and services tried, as far as it takes to tell that there are enough of them, were they close together */
  hosts: Set<string>
  services: Set<string>
  /** span of SCAN_SECONDS -> entries with a time in it; made when hosts or services are enough */
  spans: Map<number, Entry[]> | undefined
}

const spanOf = (seconds: number): number => Math.floor(seconds / SCAN_SECONDS)

/**
 * What one originator did in one zone, cut into spells of activity. A spell in which more than SCAN_TARGETS services
 * or hosts were tried within SCAN_SECONDS is a scan: its single findings vanish into it. Which spells there are and
 * which of them are scans depends on the start times of the flows alone, not on the order in which they are told.
 */
export class Prober {
  private spells: Spell[] = []
  /** scans of spells that were settled */
  private settled: Scan | undefined

  /** One that knows the same and can go on by itself. */
  copy(): Prober {
    const copy = new Prober()
    copy.settled = this.settled && copyScan(this.settled)
    copy.spells = this.spells.map(({ from, to, entries, scan }) => ({
      from,
      to,
      entries: new Map(Array.from(entries, ([key, entry]) => [key, copyEntry(entry)])),
      scan: scan && copyScan(scan),
      index: undefined,
    }))
    return copy
  }

  /** Takes in one entry (a sighting just made, mostly); returns how many entries this holds more or less than before. */
  add(key: string, entry: Entry, settle: (key: string, entry: Entry) => void): number {
    const t = entry.lead.startSeconds
    const spell = this.spellAt(t)
    const before = this.size
    this.put(spell, key, entry)
    this.join(spell)
    if (!spell.scan && scanAround(spell, t)) collapse(spell)
    if (this.spells.length > MOST_SPELLS) this.settleOldest(settle)
    return this.size - before
  }

  /** Entries and scans held. */
  get size(): number {
    let n = this.settled ? 1 : 0
    for (const spell of this.spells) n += spell.scan ? 1 : spell.entries.size
    return n
  }

  has(key: string): boolean {
    return this.spells.some(s => s.entries.has(key))
  }

  /** Whether a sighting of that moment would vanish into a scan already known. */
  scanningAt(t: number): boolean {
    return this.spells.some(
      s => s.scan !== undefined && t >= s.from - SCAN_SECONDS && t <= s.to + SCAN_SECONDS,
    )
  }

  /** All scans as one, or undefined. */
  scan(): Scan | undefined {
    let all: Scan | undefined
    for (const scan of [this.settled, ...this.spells.map(s => s.scan)]) {
      if (!scan) continue
      if (all) foldScan(all, scan)
      else all = copyScan(scan)
    }
    return all
  }

  /** What is not part of a scan. */
  *entries(): Iterable<[string, Entry]> {
    for (const spell of this.spells) yield* spell.entries
  }

  private spellAt(t: number): Spell {
    for (const spell of this.spells) {
      if (t < spell.from - SCAN_SECONDS || t > spell.to + SCAN_SECONDS) continue
      spell.from = Math.min(spell.from, t)
      spell.to = Math.max(spell.to, t)
      return spell
    }
    const spell: Spell = { from: t, to: t, entries: new Map(), scan: undefined, index: undefined }
    let i = this.spells.length
    while (i > 0 && this.spells[i - 1].from > t) i--
    this.spells.splice(i, 0, spell)
    return spell
  }

  private put(spell: Spell, key: string, entry: Entry): void {
    if (spell.scan) {
      absorb(spell.scan, entry)
      return
    }
    const known = spell.entries.get(key)
    // folding may thin out the times of what is known, so those of `entry` are noted
    if (spell.index) noteNames(spell.index, entry)
    if (spell.index?.spans) noteTimes(spell.index.spans, known ?? entry, entry.times)
    if (known) fold(known, entry)
    else spell.entries.set(key, entry)
  }

  /** A spell that has grown may now touch its neighbours. */
  private join(spell: Spell): void {
    for (let i = this.spells.length - 1; i >= 0; i--) {
      const other = this.spells[i]
      if (other === spell || other.from > spell.to + SCAN_SECONDS || other.to < spell.from - SCAN_SECONDS)
        continue
      this.spells.splice(i, 1)
      spell.from = Math.min(spell.from, other.from)
      spell.to = Math.max(spell.to, other.to)
      if (other.scan && !spell.scan) collapse(spell)
      if (other.scan) foldScan(spell.scan!, other.scan)
      // the smaller moves, or a spell that grows from its early end would be moved again and again
      else if (!spell.scan && other.entries.size > spell.entries.size) swap(spell, other)
      for (const [key, entry] of other.entries) this.put(spell, key, entry)
    }
  }

  private settleOldest(settle: (key: string, entry: Entry) => void): void {
    const oldest = this.spells.shift()!
    if (oldest.scan && this.settled) foldScan(this.settled, oldest.scan)
    else if (oldest.scan) this.settled = oldest.scan
    for (const [key, entry] of oldest.entries) settle(key, entry)
  }
}

/** What two spells are made of changes places; from when to when they reach does not. */
function swap(a: Spell, b: Spell): void {
  const { entries, index } = a
  Object.assign(a, { entries: b.entries, index: b.index })
  Object.assign(b, { entries, index })
}

/** The index of a spell, made when there are entries enough for a scan; most spells never come so far. */
function indexOf(spell: Spell): Index | undefined {
  if (spell.index || spell.entries.size <= SCAN_TARGETS) return spell.index
  spell.index = { hosts: new Set(), services: new Set(), spans: undefined }
  for (const entry of spell.entries.values()) noteNames(spell.index, entry)
  return spell.index
}

const isWide = (index: Index): boolean =>
  index.hosts.size > SCAN_TARGETS || index.services.size > SCAN_TARGETS

function noteNames({ hosts, services }: Index, { lead }: Entry): void {
  if (hosts.size <= SCAN_TARGETS) hosts.add(identity(lead.resp))
  if (services.size <= SCAN_TARGETS) services.add(lead.port)
}

/** Notes in which spans an entry has times. */
function noteTimes(spans: Map<number, Entry[]>, entry: Entry, times: readonly number[]): void {
  for (const time of times) {
    const span = spanOf(time)
    const list = spans.get(span)
    if (list) {
      if (!list.includes(entry)) list.push(entry)
      continue
    }
    spans.set(span, [entry])
    if (spans.size > MOST_SPANS) {
      let oldest = span
      for (const other of spans.keys()) if (other < oldest) oldest = other
      spans.delete(oldest)
    }
  }
}

function spansOf(index: Index, spell: Spell): Map<number, Entry[]> {
  if (!index.spans) {
    index.spans = new Map()
    for (const entry of spell.entries.values()) noteTimes(index.spans, entry, entry.times)
  }
  return index.spans
}

/**
 * Whether some SCAN_SECONDS that hold the moment `t` saw more than SCAN_TARGETS hosts or services. Looks at nothing but
 * what happened around `t`, however long the spell is: while it is no scan, that is a few hundred entries at most.
 */
function scanAround(spell: Spell, t: number): boolean {
  const index = indexOf(spell)
  if (!index || !isWide(index)) return false
  const spans = spansOf(index, spell)
  const entries = new Set<Entry>()
  for (let span = spanOf(t) - 1; span <= spanOf(t) + 1; span++)
    for (const entry of spans.get(span) ?? []) entries.add(entry)
  if (entries.size <= SCAN_TARGETS) return false
  const near: { at: number; host: string; service: string }[] = []
  for (const { lead, times } of entries) {
    for (let i = times.length - 1; i >= 0 && times[i] >= t - SCAN_SECONDS; i--) {
      if (times[i] <= t + SCAN_SECONDS)
        near.push({ at: times[i], host: identity(lead.resp), service: lead.port })
    }
  }
  if (near.length <= SCAN_TARGETS) return false
  near.sort((a, b) => a.at - b.at)
  const hosts = new Map<string, number>()
  const services = new Map<string, number>()
  let from = 0
  for (const { at, host, service } of near) {
    hosts.set(host, (hosts.get(host) ?? 0) + 1)
    services.set(service, (services.get(service) ?? 0) + 1)
    for (; near[from].at < at - SCAN_SECONDS; from++) {
      leave(hosts, near[from].host)
      leave(services, near[from].service)
    }
    if (hosts.size > SCAN_TARGETS || services.size > SCAN_TARGETS) return true
  }
  return false
}

function leave(names: Map<string, number>, name: string): void {
  const n = names.get(name)! - 1
  if (n === 0) names.delete(name)
  else names.set(name, n)
}

function collapse(spell: Spell): void {
  for (const entry of spell.entries.values()) {
    if (spell.scan) absorb(spell.scan, entry)
    else spell.scan = newScan(entry)
  }
  spell.entries.clear()
  spell.index = undefined
}

const copyScan = (scan: Scan): Scan => ({
  ...scan,
  hosts: new Set(scan.hosts),
  services: new Set(scan.services),
  answers: new Map(scan.answers),
  earliest: [...scan.earliest],
})

function newScan(entry: Entry): Scan {
  const scan: Scan = {
    lead: entry.lead,
    severity: 'medium',
    count: 0,
    answered: 0,
    packets: 0,
    bytes: 0,
    last: entry.last,
    lastSeconds: entry.lastSeconds,
    hosts: new Set(),
    services: new Set(),
    answers: new Map(),
    earliest: [],
  }
  absorb(scan, entry)
  return scan
}

function absorb(scan: Scan, entry: Entry): void {
  sum(scan, entry)
  keepName(scan.hosts, identity(entry.lead.resp))
  keepName(scan.services, entry.lead.port)
  if (entry.answered > 0) {
    const name = `${entry.lead.serviceText} on ${identity(entry.lead.resp)}`
    keepAnswer(scan.answers, name, entry.answeredAt)
  }
}

function foldScan(to: Scan, from: Scan): void {
  sum(to, from)
  for (const host of from.hosts) keepName(to.hosts, host)
  for (const service of from.services) keepName(to.services, service)
  for (const [name, at] of from.answers) keepAnswer(to.answers, name, at)
}

function sum(to: Scan, from: Entry | Scan): void {
  widen(to, from.lead, from.severity, from.packets, from.bytes, from.last, from.lastSeconds)
  to.count += from.count
  to.answered += from.answered
  for (const s of from.earliest) keepEarliest(to.earliest, s)
}

function keepName(names: Set<string>, name: string): void {
  if (names.size < MOST_NAMES) names.add(name)
}

function keepAnswer(answers: Map<string, number>, name: string, at: number): void {
  const known = answers.get(name)
  if (known !== undefined) answers.set(name, Math.min(known, at))
  else if (answers.size < MOST_ANSWERS) answers.set(name, at)
}
