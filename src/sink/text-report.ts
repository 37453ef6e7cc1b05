import { SEVERITIES } from '../finding/severity.ts'
import {
  bytesText,
  count,
  counted,
  durationText,
  listText,
  sanitise,
  shareText,
  timeText,
} from '../finding/words.ts'
import type { AssetRecord, Evidence, FindingRecord, Severity, Summary } from '../records.ts'
import { hanging, type Look, type Paint, painter, table, wrap } from './layout.ts'
import { zoneMatrix } from './zone-matrix.ts'

export interface ReportInput {
  summary: Summary
  /** sorted, gravest first */
  findings: readonly FindingRecord[]
  /** shown when nothing was judged */
  assets?: readonly AssetRecord[]
}

export interface ReportOptions {
  /** width of the terminal; 100 where there is none */
  columns?: number
  /** the caller decides: a terminal, and no NO_COLOR */
  colour?: boolean
}

const DEFAULT_COLUMNS = 100
const LEAST_COLUMNS = 40
const MOST_FINDINGS = 20
const MOST_ROWS = 40
/** fragments without a first piece are told in the headline above this share of all frames */
const STRAY_SHARE = 0.01

const LOOKS: Readonly<Record<Severity, Look>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'notice',
  info: 'faint',
}

/**
 * The report for people: the answer first, then findings, zones, conduits and exceptions, then what was not seen or not
 * judged, then totals. Text from the capture cannot carry control characters into it. Ends with a line end.
 */
export function textReport(input: ReportInput, options: ReportOptions = {}): string {
  const columns = Math.max(LEAST_COLUMNS, options.columns ?? DEFAULT_COLUMNS)
  const paint = painter(options.colour ?? false)
  const { summary } = input
  const judged = summary.policy_id !== undefined
  const sections = judged
    ? [
        headline(summary, columns, paint),
        findingsSection(input.findings, columns, paint),
        titled(
          'Zones: who opened conversations (down) to whom (across)',
          zoneMatrix(summary, columns, paint),
          columns,
          paint,
        ),
        conduitsSection(summary, columns, paint),
        exceptionsSection(summary, columns, paint),
      ]
    : [
        unjudgedHeadline(summary, columns, paint),
        findingsSection(input.findings, columns, paint),
        ...trafficSections(input, columns, paint),
      ]
  sections.push(limitsSection(summary, columns, paint), totals(summary, columns, paint))
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

const titled = (title: string, lines: string[], columns: number, paint: Paint): string[] =>
  lines.length === 0 ? [] : [...wrap(title, columns).map(line => paint('title', line)), '', ...lines]

/** "3 conversations and 1 tunnel". */
function conversations(flows: number, tunnels: number): string {
  if (tunnels === 0) return counted(flows, 'conversation')
  return flows === 0
    ? counted(tunnels, 'tunnel')
    : `${counted(flows, 'conversation')} and ${counted(tunnels, 'tunnel')}`
}

function headline(summary: Summary, columns: number, paint: Paint): string[] {
  const { flows, tunnels } = summary
  const crossed = flows.verdicts.unsanctioned ?? 0
  const tunnelled = tunnels.verdicts.unsanctioned ?? 0
  const open = flows.verdicts.undetermined ?? 0
  const unzoned = flows.verdicts.unzoned ?? 0
  const all = flows.total
  let answer: string
  if (crossed + tunnelled > 0) {
    answer = `${conversations(crossed, tunnelled)} crossed zone borders outside the declared conduits.`
  } else if (all + tunnels.total === 0) answer = 'No conversation was seen, so there was nothing to judge.'
  else {
    const which = open + unzoned > 0 ? 'No conversation that could be judged' : 'No conversation'
    answer = `${which} crossed a zone border outside the declared conduits.`
  }
  const rest: string[] = []
  if (open > 0)
    rest.push(
      `${count(open)} of ${counted(all, 'conversation')} (${shareText(open, all)}) could not be judged.`,
    )
  else if (all > 0) rest.push(`0 of ${counted(all, 'conversation')} (0 %) could not be judged.`)
  if (unzoned > 0)
    rest.push(
      `${counted(unzoned, 'conversation')} (${shareText(unzoned, all)}) had an end in no declared zone.`,
    )
  const stray = summary.frames.placed.fragments_unplaced
  if (stray > summary.frames.received * STRAY_SHARE)
    rest.push(
      `${counted(stray, 'fragment')} (${shareText(stray, summary.frames.received)} of the frames) came without their first piece and belong to no conversation.`,
    )
  if (!summary.complete) rest.push(incompleteText(summary, 'judged'))
  const good = crossed + tunnelled === 0 && open + unzoned === 0 && summary.complete
  const look: Look = crossed + tunnelled > 0 ? 'bad' : good ? 'good' : 'head'
  const about = [
    summary.site === undefined ? '' : sanitise(summary.site),
    `policy ${summary.policy_id}`,
    inputs(summary),
    spanText(summary),
  ]
  return [
    ...wrap(answer, columns).map(line => paint(look, line)),
    ...wrap(rest.join(' '), columns),
    ...aboutLines(about, columns, paint),
  ]
}

function unjudgedHeadline(summary: Summary, columns: number, paint: Paint): string[] {
  const { total } = summary.flows
  const rest = [
    `${counted(total, 'conversation')} ${total === 1 ? 'was' : 'were'} observed; none was held against declared conduits.`,
  ]
  if (!summary.complete) rest.push(incompleteText(summary, 'listed'))
  return [
    ...wrap('Nothing was judged: no policy was given.', columns).map(line => paint('head', line)),
    ...wrap(rest.join(' '), columns),
    ...aboutLines([inputs(summary), spanText(summary)], columns, paint),
  ]
}

const incompleteText = ({ interfaces }: Summary, done: 'judged' | 'listed'): string =>
  interfaces === undefined
    ? `The input is damaged or was cut short: what could be read ${done === 'judged' ? 'was judged' : 'is listed'}.`
    : `Not everything could be seen: what was seen ${done === 'judged' ? 'was judged' : 'is listed'}.`

const aboutLines = (parts: string[], columns: number, paint: Paint): string[] =>
  wrap(parts.filter(part => part !== '').join(' · '), columns).map(line => paint('faint', line))

const inputs = ({ files, interfaces = [] }: Summary): string =>
  listText(
    [...interfaces.map(each => each.interface), ...files.map(file => baseName(file.name))].map(sanitise),
    3,
  )

/** Where to look: "plant.pcap frame 12", or "eth1 at 2026-10-01 08:14:03 UTC". */
function proofText({ capture, frame, interface: name, time }: Evidence): string {
  if (capture !== undefined && frame !== undefined)
    return `${sanitise(baseName(capture))} frame ${count(frame)}`
  return `${sanitise(name ?? '')}${time === undefined ? '' : ` at ${timeText(time)}`}`
}

const baseName = (name: string): string => name.replace(/^.*[/\\](?=[^/\\])/, '')

function spanText({ start, end, span }: Summary): string {
  if (start === undefined || end === undefined) return ''
  const sameDay = start.slice(0, 10) === end.slice(0, 10)
  return `${timeText(start).replace(' UTC', '')} to ${sameDay ? timeText(end).slice(11) : timeText(end)} (${durationText(span)})`
}

function findingsSection(findings: readonly FindingRecord[], columns: number, paint: Paint): string[] {
  const lines: string[] = []
  for (const severity of [...SEVERITIES].reverse()) {
    const some = findings.filter(finding => finding.severity === severity)
    if (some.length === 0) continue
    if (lines.length > 0) lines.push('')
    lines.push(
      paint(LOOKS[severity], `${severity[0].toUpperCase()}${severity.slice(1)} (${count(some.length)})`),
    )
    for (const finding of some.slice(0, MOST_FINDINGS))
      lines.push('', ...findingLines(finding, columns, paint))
    const more = some.length - MOST_FINDINGS
    if (more > 0)
      lines.push(
        '',
        ...wrap(`and ${count(more)} more: use -o DIR or -f jsonl to see them all`, columns - 2).map(
          l => `  ${l}`,
        ),
      )
  }
  return titled('Findings', lines, columns, paint)
}

/** One finding as lines: what it is, then its sentence, then where to look. */
export function findingLines(finding: FindingRecord, columns: number, paint: Paint): string[] {
  const { kind, severity, orig_zone, resp_zone, evidence } = finding
  const zone = (id: string | undefined) => (id === undefined ? '(no zone)' : sanitise(id))
  const where =
    resp_zone === undefined && orig_zone === undefined ? '' : ` · ${zone(orig_zone)} → ${zone(resp_zone)}`
  const times =
    finding.count > 1
      ? ` · ${count(finding.count)} ${kind === 'address-conflict' ? 'times' : kind.startsWith('mirror-') ? 'frames' : 'conversations'}`
      : ''
  const [first] = evidence
  const proof = first ? `${proofText(first)} · ` : ''
  const what =
    kind === 'address-conflict' || kind.startsWith('mirror-')
      ? `${kind}${orig_zone === undefined ? '' : ` · ${zone(orig_zone)}`}`
      : `${kind}${where}`
  return [
    ...hanging('  ● ', `${what}${times}`, columns, 4).map((line, i) =>
      i === 0 ? `  ${paint(LOOKS[severity], '●')} ${paint('strong', line.slice(4))}` : line,
    ),
    ...hanging('', sanitise(finding.message), columns, 4),
    ...hanging('', `${proof}last ${timeText(finding.last)} · id ${finding.finding_id}`, columns, 4).map(
      line => paint('faint', line),
    ),
  ]
}

const STATES = {
  observed: 'observed',
  'never-observed': 'never observed',
  'not-observable': 'not observable',
} as const

function conduitsSection(summary: Summary, columns: number, paint: Paint): string[] {
  const { conduits } = summary
  const width = Math.max(0, ...conduits.map(c => c.conduit.length))
  const lines: string[] = []
  for (const { conduit, state, channels } of conduits.slice(0, MOST_ROWS)) {
    const used = channels
      .filter(c => c.state === 'observed')
      .map(c => `${sanitise(c.channel)} ${count(c.flows)}`)
    const unused = channels.filter(c => c.state !== 'observed').map(c => sanitise(c.channel))
    const parts = []
    if (used.length > 0) parts.push(listText(used, 8))
    if (used.length > 0 && unused.length > 0) parts.push(`never observed: ${listText(unused, 8)}`)
    if (state === 'not-observable') parts.push('nothing of one of its zones can be seen from here')
    if (state === 'never-observed' && unused.length > 0) parts.push(listText(unused, 8))
    const look: Look = state === 'observed' ? 'strong' : state === 'never-observed' ? 'faint' : 'warn'
    const name = `  ${sanitise(conduit).padEnd(width)}  `
    const lead = `${name}${STATES[state].padEnd(14)}  `
    const [head, ...more] = hanging(lead, parts.join('; '), columns, lead.length)
    const stateEnd = name.length + STATES[state].length
    lines.push(
      (name + paint(look, head.slice(name.length, stateEnd)) + head.slice(stateEnd)).trimEnd(),
      ...more,
    )
  }
  if (conduits.length > MOST_ROWS) lines.push(`  and ${count(conduits.length - MOST_ROWS)} more conduits`)
  return titled('Conduits: conversations by channel', lines, columns, paint)
}

function exceptionsSection(summary: Summary, columns: number, paint: Paint): string[] {
  const lines: string[] = []
  for (const { exception, used, expires, expired, days_left } of summary.exceptions.slice(0, MOST_ROWS)) {
    const use = used === 0 ? 'not used' : `used by ${counted(used, 'conversation')}`
    const end = expired
      ? `expired (${sanitise(expires)})`
      : days_left === undefined
        ? 'no end date'
        : days_left === 0
          ? `expires within a day (${sanitise(expires)})`
          : `${counted(days_left, 'day')} left (until ${sanitise(expires)})`
    const look: Look = expired ? 'warn' : 'faint'
    lines.push(
      ...wrap(`${sanitise(exception)}: ${use}, ${end}`, columns - 2).map(
        line => `  ${paint(expired || used === 0 ? look : 'notice', line)}`,
      ),
    )
  }
  if (summary.exceptions.length > MOST_ROWS)
    lines.push(`  and ${count(summary.exceptions.length - MOST_ROWS)} more exceptions`)
  return titled('Exceptions', lines, columns, paint)
}

/** Without a policy: services, talkers, assets. */
function trafficSections({ summary, assets = [] }: ReportInput, columns: number, paint: Paint): string[][] {
  const services = summary.services.map(s => [
    `  ${sanitise(s.service)}`,
    counted(s.flows, 'conversation'),
    bytesText(s.bytes),
  ])
  const talkers = summary.talkers.map(t => [
    `  ${sanitise(t.address)}`,
    counted(t.flows, 'conversation'),
    bytesText(t.bytes),
  ])
  const seen: string[] = []
  for (const asset of assets.slice(0, MOST_FINDINGS)) {
    const offers = asset.services_offered.map(sanitise)
    const uses = asset.services_used.map(sanitise)
    const because = (asset.role_how ?? []).map(sanitise)
    const says = [
      asset.role === undefined ? '' : `seems to be ${asset.role} (${listText(because, 2)})`,
      offers.length > 0 ? `offers ${listText(offers, 5)}` : '',
      uses.length > 0 ? `uses ${listText(uses, 5)}` : '',
    ]
    const macs = asset.macs
      .slice(0, 2)
      .map(m => `${m.mac}${m.vendor === undefined ? '' : ` (${sanitise(m.vendor)})`}`)
    const name = asset.addresses[0] ?? asset.macs[0]?.mac ?? ''
    const rest = [...(asset.addresses.length > 0 ? macs : []), ...says].filter(part => part !== '')
    seen.push(...hanging('  ', rest.length === 0 ? name : `${name}: ${rest.join('; ')}`, columns, 2))
  }
  if (assets.length > MOST_FINDINGS) {
    const more = `and ${count(assets.length - MOST_FINDINGS)} more: use -o DIR to see them all`
    seen.push(...hanging('  ', more, columns, 2))
  }
  return [
    titled('Services with the most bytes', table(services, [1, 2]), columns, paint),
    titled('Addresses with the most bytes', table(talkers, [1, 2]), columns, paint),
    titled(`Assets (${count(assets.length)})`, seen, columns, paint),
  ]
}

function limitsSection(summary: Summary, columns: number, paint: Paint): string[] {
  const most = MOST_FINDINGS
  const lines = summary.limits.slice(0, most).flatMap(limit => hanging('  - ', sanitise(limit), columns, 4))
  if (summary.limits.length > most)
    lines.push(`  and ${count(summary.limits.length - most)} more: use -f json`)
  return titled('Not seen, not judged or only inferred', lines, columns, paint)
}

function totals(summary: Summary, columns: number, paint: Paint): string[] {
  const { files, interfaces, frames, bytes, span, flows, tunnels } = summary
  const policy = summary.policy_id === undefined ? 'no policy' : `policy ${summary.policy_id}`
  const parts = [
    interfaces === undefined ? counted(files.length, 'file') : counted(interfaces.length, 'interface'),
    `${counted(frames.received, 'frame')} (${bytesText(bytes)})`,
    durationText(span),
    counted(flows.total, 'conversation'),
    ...(tunnels.total > 0 ? [counted(tunnels.total, 'tunnel')] : []),
    policy,
    `conduitwatch ${summary.version}`,
  ]
  return wrap(parts.join(' · '), columns).map(line => paint('faint', line))
}
