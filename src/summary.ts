import type { FileReport } from './capture/source.ts'
import type { FlowFacts } from './finding/facts.ts'
import { severityRank } from './finding/severity.ts'
import { type Beyond, limitSentences } from './limits.ts'
import type { Model, Zone } from './policy/model.ts'
import type {
  FindingRecord,
  FrameCounts,
  GapRecord,
  Observed,
  Severity,
  Summary,
  VerdictName,
  WatchedSummary,
} from './records.ts'
import { type Case, Tallies, type TallyState, type TotalsState } from './tallies.ts'

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
  findings: readonly Pick<FindingRecord, 'kind' | 'severity'>[]
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
  /** a run that watched interfaces: `gaps` are the first of so many */
  live?: { interfaces: WatchedSummary[]; gaps: readonly GapRecord[]; gapsTotal: number }
}

type Verdicts = Partial<Record<VerdictName, number>>

/** Adds up the records of a run into its summary: those it is given one by one, and those tallied in other threads. */
export class SummaryBuilder {
  private readonly version: string
  private readonly model: Model | undefined
  private readonly tallies = new Tallies()

  constructor(options: { version: string; model?: Model | undefined }) {
    this.version = options.version
    this.model = options.model
  }

  /** Takes in one record, interim or final, of a flow in that partition of the flow table. */
  flow(facts: FlowFacts, partition = 0): void {
    this.tallies.flow(facts, partition)
  }

  /** Takes in what another thread has tallied. */
  absorb(state: TallyState): void {
    this.tallies.absorb(state)
  }

  /** The summary of everything taken in so far. */
  build(run: RunFacts): Summary {
    const { model } = this
    const tallies = this.tallies.state()
    const counts = countsOf(tallies)
    const findings: Summary['findings'] = { total: run.findings.length, kinds: {}, severities: {} }
    for (const { kind, severity } of run.findings) {
      more(findings.kinds, kind, 1)
      more(findings.severities, severity, 1)
    }
    const summary: Partial<Summary> = { type: 'summary', version: this.version }
    if (model?.site !== undefined) summary.site = model.site
    if (model) summary.policy_id = model.policyId
    summary.complete =
      !run.interrupted &&
      run.frames.worker_lost + run.frames.ring_lost + run.frames.kernel_lost === 0 &&
      run.files.every(file => file.damage.length === 0) &&
      (run.live?.gapsTotal ?? 0) === 0
    if (run.start !== undefined) summary.start = run.start
    if (run.end !== undefined) summary.end = run.end
    summary.span = run.span
    summary.bytes = run.bytes
    summary.frames = run.frames
    summary.flows = {
      total: counts.flows,
      verdicts: ordered(counts.verdicts),
      evicted: tallies.evicted,
      inferred: tallies.inferred,
      reasons: Object.fromEntries([...counts.reasons].sort((a, b) => byName(a[0], b[0]))),
    }
    summary.tunnels = {
      total: counts.tunnels,
      verdicts: ordered(counts.tunnelVerdicts),
      mirror_wrapping: [...(run.mirrorWrapping ?? [])],
    }
    summary.findings = findings
    summary.conduits = model === undefined ? [] : conduitStates(model, counts)
    summary.exceptions = exceptionUse(
      model,
      counts,
      run.end === undefined ? undefined : Date.parse(run.end) / 1000,
    )
    summary.zones = (model?.zones ?? []).map(zone => ({ zone: zone.id, seen: counts.zones.has(zone.id) }))
    summary.zone_pairs = zonePairs(model, counts)
    summary.services = largest(tallies.services).map(([service, total]) => ({ service, ...total }))
    summary.talkers = largest(tallies.talkers).map(([address, total]) => ({ address, ...total }))
    summary.limits = limitSentences(summary as Summary, {
      files: run.files,
      judged: model !== undefined,
      interrupted: run.interrupted ?? false,
      crowded: run.crowded ?? 0,
      cutFlows: tallies.cut,
      assetsLeftOut: run.assetsLeftOut ?? 0,
      undeclaredMirrors: run.undeclaredMirrors ?? [],
      beyond: run.beyond ?? { places: 0, tunnels: 0, bindings: 0 },
      notes: run.notes ?? [],
      live: run.live,
    })
    if (run.live !== undefined) {
      summary.interfaces = run.live.interfaces
      summary.gaps = [...run.live.gaps]
    }
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
}

/** What the cases of a run come to. */
interface Counts {
  flows: number
  verdicts: Verdicts
  reasons: Map<string, number>
  tunnels: number
  tunnelVerdicts: Verdicts
  /** flows and tunnels judged, by zones */
  pairs: Map<string, Map<string, Verdicts>>
  /** records that ended, by conduit and channel; 0 where a channel was only seen in use */
  channels: Map<string, Map<string, number>>
  exceptions: Map<string, number>
  zones: Set<string>
}

function countsOf({ cases, formerExceptions }: TallyState): Counts {
  const counts: Counts = {
    flows: 0,
    verdicts: {},
    reasons: new Map(),
    tunnels: 0,
    tunnelVerdicts: {},
    pairs: new Map(),
    channels: new Map(),
    exceptions: new Map(formerExceptions),
    zones: new Set(),
  }
  for (const said of cases) {
    if (said.origZone !== undefined) counts.zones.add(said.origZone)
    if (said.respZone !== undefined) counts.zones.add(said.respZone)
    if (said.conduit !== undefined)
      addTo(within(counts.channels, said.conduit), said.channel ?? '', said.ended)
    if (said.exception !== undefined) addTo(counts.exceptions, said.exception, said.ended)
    if (said.ended > 0) countEnded(counts, said)
  }
  return counts
}

function countEnded(counts: Counts, { type, worst, reason, origZone, respZone, ended }: Case): void {
  if (type === 'tunnel') {
    counts.tunnels += ended
    more(counts.tunnelVerdicts, worst, ended)
  } else {
    counts.flows += ended
    more(counts.verdicts, worst, ended)
    if (reason !== undefined) addTo(counts.reasons, `${worst}:${reason}`, ended)
  }
  if (worst === 'unjudged') return
  const row = within(counts.pairs, origZone ?? '-')
  const verdicts = row.get(respZone ?? '-') ?? {}
  row.set(respZone ?? '-', verdicts)
  more(verdicts, worst, ended)
}

/** Zone pairs in the order in which the policy has its zones; `-` comes last. */
function zonePairs(model: Model | undefined, { pairs }: Counts): Summary['zone_pairs'] {
  const order = new Map(model?.zones.map((zone, i) => [zone.id, i]))
  const rank = (zone: string) => order.get(zone) ?? Number.MAX_SAFE_INTEGER
  const inOrder = (a: string, b: string) => rank(a) - rank(b) || byName(a, b)
  const listed: Summary['zone_pairs'] = []
  for (const [orig_zone, row] of pairs) {
    for (const [resp_zone, verdicts] of row)
      listed.push({ orig_zone, resp_zone, verdicts: ordered(verdicts) })
  }
  return listed.sort((a, b) => inOrder(a.orig_zone, b.orig_zone) || inOrder(a.resp_zone, b.resp_zone))
}

function conduitStates(model: Model, { channels, zones }: Counts): Summary['conduits'] {
  const visible = model.zones.map(zone => zones.has(zone.id) && isTapped(zone, model))
  return model.conduits.map(conduit => {
    const used = channels.get(conduit.id)
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

/** `end` is the last frame's time, seconds since 1970. */
function exceptionUse(
  model: Model | undefined,
  { exceptions }: Counts,
  end: number | undefined,
): Summary['exceptions'] {
  return (model?.exceptions ?? []).map(exception => {
    const expired = end !== undefined && end >= exception.expires
    const left = end === undefined || expired ? Number.POSITIVE_INFINITY : exception.expires - end
    return {
      exception: exception.id,
      used: exceptions.get(exception.id) ?? 0,
      expires: exception.expiresText ?? 'open',
      expired,
      ...(Number.isFinite(left) ? { days_left: Math.floor(left / DAY) } : {}),
    }
  })
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

function more<K extends string>(counts: Partial<Record<K, number>>, key: K, n: number): void {
  counts[key] = (counts[key] ?? 0) + n
}

function addTo(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}

function within<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const inner = map.get(key) ?? new Map<string, V>()
  map.set(key, inner)
  return inner
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The names with the most bytes, those that have as many by name. */
function largest({ names, flows, bytes }: TotalsState): [string, { flows: number; bytes: number }][] {
  // of a hundred thousand names only those that can be among the largest are worth comparing
  const least = Float64Array.from(bytes).sort().at(-LISTED) ?? 0
  return [...names.keys()]
    .filter(i => bytes[i] >= least)
    .sort((a, b) => bytes[b] - bytes[a] || byName(names[a], names[b]))
    .slice(0, LISTED)
    .map(i => [names[i], { flows: flows[i], bytes: bytes[i] }])
}

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
