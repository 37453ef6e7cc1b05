import { hash } from 'node:crypto'
import type { Model } from '../policy/model.ts'
import type { FindingKind, FindingRecord, Severity } from '../records.ts'
import { copyEntry, type Entry, evidenceOf, fold, foldSighting, newEntry } from './entry.ts'
import type { AddressConflict, NotedFacts } from './facts.ts'
import {
  answerNames,
  conflictMessage,
  crowdMessage,
  flowMessage,
  offenceText,
  scanMessage,
} from './messages.ts'
import { NearestWords } from './nearest.ts'
import { MOST_NAMES, Prober, type Scan } from './scan.ts'
import { severityRank } from './severity.ts'
import { type End, keyOf, partsOf, type Sighting, sightingOf, whereToLook } from './sighting.ts'
import { sanitise, timeOrder } from './words.ts'

/** Distinct findings kept; what comes beyond is folded by kind and zone pair. */
export const MOST_FINDINGS = 20_000
/** Open flows with a finding that are held back until their last record says the final word. */
const MOST_OPEN = 100_000
const MOST_LISTED = 20
const CONFLICT = { kind: 'address-conflict', severity: 'medium' } as const

/** A finding that was not put into words yet. */
export interface Found {
  kind: FindingKind
  severity: Severity
  first: string
  /** what it was folded by; its id, once that was needed */
  key: string
  id?: string
  /** to be called before more is told */
  record: (id: string) => FindingRecord
}

export interface FindingsOptions {
  /** site name of the policy; with the fold key it makes the finding's id */
  site: string
  policyId?: string | undefined
  /** for the wording of near misses */
  model?: Model | undefined
  /** distinct findings kept (default MOST_FINDINGS) */
  most?: number
}

/**
 * Folds flows with bad verdicts into findings: one for each kind, originator, responder, service and reason, never one
 * for each flow, and one for each scan. Memory is bounded, and the result depends on what was told, not on its order
 * (as long as no bound is reached: then what came first is kept apart).
 */
export class Findings {
  private readonly options: FindingsOptions
  private readonly most: number
  private nearest: NearestWords
  /** fold key -> what can never be part of a scan, or was settled */
  private readonly plain = new Map<string, Entry>()
  /** originator into a zone -> what may be part of a scan */
  private readonly probers = new Map<string, Prober>()
  /** flow_id -> the worst of a flow that has not ended */
  private readonly open = new Map<string, Sighting>()
  private openOverflowed = false
  private readonly crowds = new Map<string, Entry>()
  private readonly conflicts = new Map<
    string,
    { conflict: AddressConflict; last: AddressConflict; count: number }
  >()
  private size = 0

  constructor(options: FindingsOptions) {
    this.options = options
    this.most = options.most ?? MOST_FINDINGS
    this.nearest = new NearestWords(options.model)
  }

  /** Another policy is in force: what it declares words near misses from here on. Findings keep their ids. */
  judgeBy(model: Model | undefined): void {
    this.options.policyId = model?.policyId
    this.nearest = new NearestWords(model)
  }

  /** Flows folded into coarse findings because there were too many distinct ones. */
  get crowded(): number {
    let n = 0
    for (const entry of this.crowds.values()) n += entry.count
    return n
  }

  /** Takes in one record of a flow; records of one flow in the order of their `seq`. */
  observe(f: NotedFacts): void {
    const { record } = f
    const sighting = sightingOf(f)
    if (record.seq === 0 && record.final) {
      if (sighting) this.take(sighting, false)
      return
    }
    const known = this.open.get(record.flow_id)
    const worst = worstOf(known, sighting)
    if (!worst) return
    if (record.final) {
      this.open.delete(record.flow_id)
      // without a sighting held back, a flow may only have been counted if the store of them was full once
      this.take(worst, known === undefined && this.openOverflowed)
    } else if (known || this.open.size < MOST_OPEN) {
      this.open.set(record.flow_id, worst)
    } else {
      this.take(worst, record.seq > 0 && this.openOverflowed)
      this.openOverflowed = true
    }
  }

  /** Takes in two statements about an address that contradict each other. */
  conflict(conflict: AddressConflict): void {
    const { address, zone = '', macAsset, macZone = '' } = conflict
    const key = keyOf(['address-conflict', address, zone, macAsset ?? macZone])
    const known = this.conflicts.get(key)
    if (!known) {
      if (this.conflicts.size < this.most) {
        const own = { ...conflict, macs: [...new Set(conflict.macs)].sort() }
        this.conflicts.set(key, { conflict: own, last: conflict, count: 1 })
      }
      return
    }
    known.count++
    const macs = [...new Set([...known.conflict.macs, ...conflict.macs])].sort().slice(0, MOST_LISTED)
    if (conflict.atSeconds > known.last.atSeconds) known.last = conflict
    known.conflict = { ...(conflict.atSeconds < known.conflict.atSeconds ? conflict : known.conflict), macs }
  }

  /** All findings: gravest first, then by time, then by id. May be called while flows are still told. */
  result(): FindingRecord[] {
    return this.found().map(finding => this.recordOf(finding))
  }

  /** One of those `found` gave, in words. */
  recordOf(finding: Found): FindingRecord {
    return finding.record(this.idOf(finding))
  }

  /** The same before they are put into words: there may be thousands that nobody is to read. */
  found(): Found[] {
    const found: Found[] = []
    const entries = new Map<string, Entry>()
    const put = (key: string, entry: Entry) => {
      const known = entries.get(key)
      if (known === undefined) {
        entries.set(key, entry)
        return
      }
      // what was told stays as it is: more may come
      const both = copyEntry(known)
      fold(both, entry)
      entries.set(key, both)
    }
    for (const [key, entry] of this.plain) put(key, entry)
    const probing = new Map<string, Sighting[]>()
    for (const s of this.open.values()) {
      const others = s.scanKey === undefined ? undefined : probing.get(s.scanKey)
      if (s.scanKey === undefined) put(s.key, newEntry(s))
      else if (others === undefined) probing.set(s.scanKey, [s])
      else others.push(s)
    }
    const probers = new Map(this.probers)
    for (const [scanKey, open] of probing) probers.set(scanKey, this.proberWith(scanKey, open, put))
    for (const [scanKey, prober] of probers) {
      for (const [key, entry] of prober.entries()) put(key, entry)
      const scan = prober.scan()
      if (!scan) continue
      const { severity, lead } = scan
      const key = keyOf(['scan', scanKey])
      found.push({ key, kind: 'scan', severity, first: lead.start, record: id => this.scanRecord(id, scan) })
    }
    for (const [key, e] of entries) {
      const { kind, start } = e.lead
      found.push({ key, kind, severity: e.severity, first: start, record: id => this.record(id, e) })
    }
    for (const [key, e] of this.crowds) {
      const { kind, start } = e.lead
      found.push({ key, kind, severity: e.severity, first: start, record: id => this.crowdRecord(id, e) })
    }
    for (const [key, entry] of this.conflicts) {
      const { kind, severity } = CONFLICT
      const first = entry.conflict.at
      found.push({ key, kind, severity, first, record: id => this.conflictRecord(id, entry) })
    }
    return found.sort(
      (a, b) =>
        severityRank(b.severity) - severityRank(a.severity) ||
        timeOrder(a.first, b.first) ||
        (this.idOf(a) < this.idOf(b) ? -1 : 1),
    )
  }

  /** What an originator did in a zone, with what has not ended; what is held of it stays as it is. */
  private proberWith(
    scanKey: string,
    open: readonly Sighting[],
    put: (key: string, entry: Entry) => void,
  ): Prober {
    const known = this.probers.get(scanKey)
    const prober = known?.copy() ?? new Prober()
    for (const s of open) prober.add(s.key, newEntry(s), put)
    return prober
  }

  private take(s: Sighting, repeat: boolean): void {
    const { key, scanKey } = s
    if (scanKey === undefined) {
      const known = this.plain.get(key)
      if (known !== undefined) foldSighting(known, s, repeat)
      else if (this.size >= this.most) this.crowd(s, repeat)
      else this.settle(key, newEntry(s, repeat))
      return
    }
    let prober = this.probers.get(scanKey)
    if (this.size >= this.most && !prober?.has(key) && !prober?.scanningAt(s.startSeconds)) {
      this.crowd(s, repeat)
      return
    }
    if (!prober) {
      prober = new Prober()
      this.probers.set(scanKey, prober)
    }
    const settle = (settledKey: string, settled: Entry) => this.settle(settledKey, settled)
    this.size += prober.add(key, newEntry(s, repeat), settle)
  }

  private settle(key: string, entry: Entry): void {
    const known = this.plain.get(key)
    if (known) {
      fold(known, entry)
      return
    }
    this.plain.set(key, entry)
    this.size++
  }

  private crowd(s: Sighting, repeat: boolean): void {
    const { kind, orig, resp } = s
    const key = keyOf([kind, '', orig.zone ?? '', '', resp.zone ?? ''])
    const known = this.crowds.get(key)
    if (known) foldSighting(known, s, repeat)
    else this.crowds.set(key, newEntry(s, repeat))
  }

  private idOf(finding: Found): string {
    finding.id ??= hash('sha256', JSON.stringify([this.options.site, ...partsOf(finding.key)])).slice(0, 16)
    return finding.id
  }

  private record(id: string, e: Entry): FindingRecord {
    const { kind, nearest } = e.lead
    return this.finding(id, kind, e.severity, e, subjectOf(e), flowMessage(e, this.nearest), nearest)
  }

  private crowdRecord(id: string, e: Entry): FindingRecord {
    return this.finding(id, e.lead.kind, e.severity, e, {}, crowdMessage(e, this.most), undefined)
  }

  private scanRecord(id: string, scan: Scan): FindingRecord {
    const { lead } = scan
    const subject: FindingRecord['subject'] = {}
    putEnd(subject, 'orig', lead.orig)
    subject.services = listed(scan.services)
    subject.hosts = listed(scan.hosts)
    subject.service_count = scan.services.size
    subject.host_count = scan.hosts.size
    if (scan.answered > 0) subject.answered = answerNames(scan).slice(0, MOST_LISTED).map(sanitise)
    const message = scanMessage(scan, scan.lastSeconds)
    return this.finding(id, 'scan', scan.severity, scan, subject, message, undefined)
  }

  private finding(
    id: string,
    kind: FindingKind,
    severity: Severity,
    e: Pick<Entry, 'lead' | 'last' | 'count' | 'earliest'>,
    subject: FindingRecord['subject'],
    message: string,
    nearest: FindingRecord['nearest'],
  ): FindingRecord {
    const record: Partial<FindingRecord> = {
      type: 'finding',
      finding_id: id,
      kind,
      severity,
      first: e.lead.start,
      last: e.last,
      count: Math.max(1, e.count),
    }
    if (e.lead.orig.zone !== undefined) record.orig_zone = e.lead.orig.zone
    if (e.lead.resp.zone !== undefined) record.resp_zone = e.lead.resp.zone
    record.subject = subject
    if (nearest !== undefined && kind !== 'unzoned-asset') record.nearest = nearest
    record.message = message
    record.evidence = evidenceOf(e)
    const policyId = e.lead.policyId ?? this.options.policyId
    if (policyId !== undefined) record.policy_id = policyId
    return record as FindingRecord
  }

  private conflictRecord(
    id: string,
    { conflict: c, last, count }: { conflict: AddressConflict; last: AddressConflict; count: number },
  ): FindingRecord {
    const subject: FindingRecord['subject'] = { address: c.address, macs: c.macs }
    if (c.asset !== undefined) subject.asset = c.asset
    if (c.macAsset !== undefined) subject.mac_asset = c.macAsset
    if (c.macZone !== undefined) subject.mac_zone = c.macZone
    const record: Partial<FindingRecord> = {
      type: 'finding',
      finding_id: id,
      ...CONFLICT,
      first: c.at,
      last: last.at,
      count,
    }
    if (c.zone !== undefined) record.orig_zone = c.zone
    record.subject = subject
    record.message = conflictMessage(c)
    record.evidence = [whereToLook(c.evidence)]
    if (this.options.policyId !== undefined) record.policy_id = this.options.policyId
    return record as FindingRecord
  }
}

/** The graver of what was known of a flow and what its next record says; at a tie the later, which knows more. */
function worstOf(known: Sighting | undefined, next: Sighting | undefined): Sighting | undefined {
  if (!known || !next) return next ?? known
  if (severityRank(next.severity) >= severityRank(known.severity)) return next
  const { end, endSeconds, packets, bytes } = next
  return { ...known, end, endSeconds, packets, bytes }
}

function subjectOf(e: Entry): FindingRecord['subject'] {
  const s = e.lead
  const subject: FindingRecord['subject'] = {}
  putEnd(subject, 'orig', s.orig)
  putEnd(subject, 'resp', s.resp)
  subject.service = s.service
  if (s.port !== s.service) subject.port = s.port
  if (s.reason !== '') subject.reason = s.reason
  if (s.nat) subject.nat = [s.nat.outside, s.nat.inside]
  if (e.actions.length > 0) subject.actions = [...e.actions].sort()
  if (s.offences.length > 0)
    subject.offences = s.offences.slice(0, MOST_LISTED).map(offenceText).map(sanitise)
  if (s.mismatch !== undefined) subject.declared_service = s.mismatch.declared
  return subject
}

function putEnd(subject: FindingRecord['subject'], side: 'orig' | 'resp', end: End): void {
  subject[`${side}_${end.mac ? 'mac' : 'addr'}`] = end.address
  if (end.asset !== undefined) subject[`${side}_asset`] = end.asset
}

/** The first names of a set in natural order; none when the set was cut, for then it depends on who came first. */
function listed(names: Set<string>): string[] {
  if (names.size >= MOST_NAMES) return []
  return [...names].sort(naturally).slice(0, MOST_LISTED)
}

const naturally = new Intl.Collator('en', { numeric: true }).compare
