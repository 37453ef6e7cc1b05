import type { FileReport } from './capture/source.ts'
import type { FlowFacts } from './finding/facts.ts'
import { serviceLabel } from './finding/kinds.ts'
import { severityRank } from './finding/severity.ts'
import { type Beyond, limitSentences } from './limits.ts'
import type { Model, Zone } from './policy/model.ts'
import type {
  FindingRecord,
  FlowRecord,
  FrameCounts,
  Observed,
  Severity,
  Summary,
  VerdictName,
} from './records.ts'

/** Kept to name the largest; what comes beyond is left out of these two lists only. */
const MOST_TALKERS = 65_536
const MOST_SERVICES = 4_096
const LISTED = 20
const DAY = 86_400

/** What the composition root knows at the end of a run. */
export interface RunFacts {
  frames: FrameCounts
  files: readonly FileReport[]
  /** wire bytes of all frames received */
  bytes: number
  /** first and last frame, RFC 3339 UTC; absent when there was none */
  start?: string | undefined
  end?: string | undefined
  /** seconds between them */
  span: number
  findings: readonly FindingRecord[]
  /** Findings.crowded */
  crowded?: number
  /** Assets.overflow */
  assetsLeftOut?: number
  /** tunnels that were taken for a mirror's wrapping, e.g. "erspan 10.0.0.1 -> 10.0.0.2" */
  mirrorWrapping?: readonly string[]
  /** those of them that no tap of the policy declares */
  undeclaredMirrors?: readonly string[]
  /** what found tables full */
  beyond?: Beyond
  /** stopped before the end of input */
  interrupted?: boolean
  /** further sentences for `limits` */
  notes?: readonly string[]
}

type Verdicts = Partial<Record<VerdictName, number>>
interface Tally {
  flows: number
  bytes: number
}

/** Adds up the records of a run into its summary. A flow counts once, by its final record; interim ones only show that a channel is used. */
export class SummaryBuilder {
  private readonly version: string
  private readonly model: Model | undefined
  private total = 0
  private evicted = 0
  private inferred = 0
  private cutFlows = 0
  private readonly verdicts: Verdicts = {}
  private readonly reasons = new Map<string, number>()
  private tunnels = 0
  private readonly tunnelVerdicts: Verdicts = {}
  private readonly pairs = new Map<string, Map<string, Verdicts>>()
  private readonly channels = new Map<string, Map<string, number>>()
  private readonly exceptions = new Map<string, number>()
  private readonly zonesSeen = new Set<string>()
  private readonly services = new Map<string, Tally>()
  private readonly talkers = new Map<string, Tally>()

  constructor(options: { version: string; model?: Model | undefined }) {
    this.version = options.version
    this.model = options.model
  }

  /** Takes in one record, interim or final. */
  flow({ record, formerExceptions }: FlowFacts): void {
    this.seen(record)
    for (const exception of formerExceptions ?? [])
      if (exception !== record.exception)
        this.exceptions.set(exception, (this.exceptions.get(exception) ?? 0) + 1)
    if (!record.final) return
    const { worst_verdict } = record
    if (record.type === 'tunnel') {
      this.tunnels++
      more(this.tunnelVerdicts, worst_verdict)
    } else {
      this.total++
      more(this.verdicts, worst_verdict)
      if (record.end_reason === 'evicted') this.evicted++
      if (record.inferred) this.inferred++
      if (record.truncated_frames > 0) this.cutFlows++
      if (record.reason !== undefined && record.verdict === worst_verdict) {
        const key = `${worst_verdict}:${record.reason}`
        this.reasons.set(key, (this.reasons.get(key) ?? 0) + 1)
      }
      this.talk(record)
    }
    if (worst_verdict !== 'unjudged')
      this.pair(record.orig_zone ?? '-', record.resp_zone ?? '-', worst_verdict)
  }

  /** The summary of everything taken in so far. */
  build(run: RunFacts): Summary {
    const { model } = this
    const findings: Summary['findings'] = { total: run.findings.length, kinds: {}, severities: {} }
    for (const { kind, severity } of run.findings) {
      more(findings.kinds, kind)
      more(findings.severities, severity)
    }
    const summary: Partial<Summary> = { type: 'summary', version: this.version }
    if (model?.site !== undefined) summary.site = model.site
    if (model) summary.policy_id = model.policyId
    summary.complete =
      !run.interrupted && run.frames.worker_lost === 0 && run.files.every(file => file.damage.length === 0)
    if (run.start !== undefined) summary.start = run.start
    if (run.end !== undefined) summary.end = run.end
    summary.span = run.span
    summary.bytes = run.bytes
    summary.frames = run.frames
    summary.flows = {
      total: this.total,
      verdicts: ordered(this.verdicts),
      evicted: this.evicted,
      inferred: this.inferred,
      reasons: Object.fromEntries([...this.reasons].sort(byName)),
    }
    summary.tunnels = {
      total: this.tunnels,
      verdicts: ordered(this.tunnelVerdicts),
      mirror_wrapping: [...(run.mirrorWrapping ?? [])],
    }
    summary.findings = findings
    summary.conduits = this.conduitStates()
    summary.exceptions = this.exceptionUse(run.end === undefined ? undefined : Date.parse(run.end) / 1000)
    summary.zones = (model?.zones ?? []).map(zone => ({ zone: zone.id, seen: this.zonesSeen.has(zone.id) }))
    summary.zone_pairs = this.zonePairs()
    summary.services = largest(this.services).map(([service, tally]) => ({ service, ...tally }))
    summary.talkers = largest(this.talkers).map(([address, tally]) => ({ address, ...tally }))
    summary.limits = limitSentences(summary as Summary, {
      files: run.files,
      judged: model !== undefined,
      interrupted: run.interrupted ?? false,
      crowded: run.crowded ?? 0,
      cutFlows: this.cutFlows,
      assetsLeftOut: run.assetsLeftOut ?? 0,
      undeclaredMirrors: run.undeclaredMirrors ?? [],
      beyond: run.beyond ?? { places: 0, tunnels: 0, bindings: 0 },
      notes: run.notes ?? [],
    })
    summary.files = run.files.map(file => ({
      name: file.name,
      format: file.format,
      bytes: file.bytes,
      frames: file.frames,
      reported_lost: file.reportedLost,
      damage: file.damage.map(({ offset, reason }) => ({ offset, reason })),
      notes: [...file.notes],
    }))
    return summary as Summary
  }

  private seen(record: FlowRecord): void {
    if (record.orig_zone !== undefined) this.zonesSeen.add(record.orig_zone)
    if (record.resp_zone !== undefined) this.zonesSeen.add(record.resp_zone)
    const one = record.final ? 1 : 0
    if (record.conduit !== undefined) {
      const channels = this.channels.get(record.conduit) ?? new Map<string, number>()
      this.channels.set(record.conduit, channels)
      const channel = record.channel ?? ''
      channels.set(channel, (channels.get(channel) ?? 0) + one)
    }
    if (record.exception !== undefined) {
      this.exceptions.set(record.exception, (this.exceptions.get(record.exception) ?? 0) + one)
    }
  }

  private talk(record: FlowRecord): void {
    const bytes = record.orig_bytes + record.resp_bytes
    tally(this.services, serviceLabel(record), bytes, MOST_SERVICES)
    const orig = record.orig_addr ?? record.orig_mac
    const resp = record.resp_addr ?? record.resp_mac
    if (orig !== undefined) tally(this.talkers, orig, bytes, MOST_TALKERS)
    if (resp !== undefined && resp !== orig) tally(this.talkers, resp, bytes, MOST_TALKERS)
  }

  private pair(orig: string, resp: string, verdict: VerdictName): void {
    const row = this.pairs.get(orig) ?? new Map<string, Verdicts>()
    this.pairs.set(orig, row)
    const verdicts = row.get(resp) ?? {}
    row.set(resp, verdicts)
    more(verdicts, verdict)
  }

  /** Zone pairs in the order in which the policy has its zones; `-` comes last. */
  private zonePairs(): Summary['zone_pairs'] {
    const order = new Map(this.model?.zones.map((zone, i) => [zone.id, i]))
    const rank = (zone: string) => order.get(zone) ?? Number.MAX_SAFE_INTEGER
    const pairs: Summary['zone_pairs'] = []
    for (const [orig_zone, row] of this.pairs) {
      for (const [resp_zone, verdicts] of row)
        pairs.push({ orig_zone, resp_zone, verdicts: ordered(verdicts) })
    }
    return pairs.sort(
      (a, b) => rank(a.orig_zone) - rank(b.orig_zone) || rank(a.resp_zone) - rank(b.resp_zone),
    )
  }

  private conduitStates(): Summary['conduits'] {
    const { model } = this
    if (!model) return []
    const visible = model.zones.map(zone => this.zonesSeen.has(zone.id) && isTapped(zone, model))
    return model.conduits.map(conduit => {
      const used = this.channels.get(conduit.id)
      const observable = conduit.from.some(zone => visible[zone]) && conduit.to.some(zone => visible[zone])
      const unused: Observed = observable ? 'never-observed' : 'not-observable'
      return {
        conduit: conduit.id,
        state: used ? 'observed' : unused,
        channels: conduit.channels.map(channel => ({
          channel: channel.id,
          state: used?.has(channel.id) ? 'observed' : unused,
          flows: used?.get(channel.id) ?? 0,
        })),
      }
    })
  }

  private exceptionUse(end: number | undefined): Summary['exceptions'] {
    return (this.model?.exceptions ?? []).map(exception => {
      const expired = end !== undefined && end >= exception.expires
      const left = end === undefined || expired ? Number.POSITIVE_INFINITY : exception.expires - end
      return {
        exception: exception.id,
        used: this.exceptions.get(exception.id) ?? 0,
        expires: exception.expiresText ?? 'open',
        expired,
        ...(Number.isFinite(left) ? { days_left: Math.floor(left / DAY) } : {}),
      }
    })
  }
}

/** False when every tap says which VLANs it sees, and none of the zone's is among them. */
function isTapped(zone: Zone, model: Model): boolean {
  if (zone.vlans.length === 0 || model.taps.length === 0) return true
  return model.taps.some(tap => tap.vlans.length === 0 || tap.vlans.some(vlan => zone.vlans.includes(vlan)))
}

const ORDER: readonly VerdictName[] = [
  'unsanctioned',
  'unzoned',
  'undetermined',
  'exception',
  'sanctioned',
  'intra-zone',
  'unjudged',
]

function ordered(verdicts: Verdicts): Verdicts {
  const result: Verdicts = {}
  for (const verdict of ORDER) if (verdicts[verdict] !== undefined) result[verdict] = verdicts[verdict]
  return result
}

function more<K extends string>(counts: Partial<Record<K, number>>, key: K): void {
  counts[key] = (counts[key] ?? 0) + 1
}

function tally(map: Map<string, Tally>, key: string, bytes: number, most: number): void {
  const known = map.get(key)
  if (known) {
    known.flows++
    known.bytes += bytes
  } else if (map.size < most) map.set(key, { flows: 1, bytes })
}

const byName = (a: [string, unknown], b: [string, unknown]): number => (a[0] < b[0] ? -1 : 1)

const largest = (map: Map<string, Tally>): [string, Tally][] =>
  [...map].sort((a, b) => b[1].bytes - a[1].bytes || byName(a, b)).slice(0, LISTED)

export interface ExitOptions {
  /** lowest severity that gives 1 (default medium) */
  failOn?: Severity
  /** undetermined flows, fragments of no flow and conduits that are not observable give 1, too */
  strict?: boolean
  /** 0 unless 2 */
  exitZero?: boolean
}

/**
 * Exit status of `analyze` (contract section 1) once something was judged: 0 nothing at or above `failOn`, 1 findings at
 * or above it, 3 input damaged or cut short and nothing worse found. Usage and policy errors (2) never get here.
 */
export function exitStatus(summary: Summary, options: ExitOptions = {}): 0 | 1 | 3 {
  if (options.exitZero) return 0
  const least = severityRank(options.failOn ?? 'medium')
  for (const [severity, n] of Object.entries(summary.findings.severities)) {
    if (n > 0 && severityRank(severity as Severity) >= least) return 1
  }
  if (options.strict) {
    const undetermined =
      (summary.flows.verdicts.undetermined ?? 0) + (summary.tunnels.verdicts.undetermined ?? 0)
    const stray = summary.frames.placed.fragments_unplaced
    if (undetermined > 0 || stray > 0 || summary.conduits.some(c => c.state === 'not-observable')) return 1
  }
  return summary.complete ? 0 : 3
}
