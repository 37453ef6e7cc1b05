import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Context, FindingRecord, FlowRecord } from '../../src/records.ts'

/** The expected.yaml of a scenario: its README's "What must be said" in a form that a test can hold records against. */
export interface Expected {
  /** exit status of `analyze` over all captures of the scenario */
  exit: number
  complete?: boolean
  /** frames received */
  frames?: number
  /** file -> byte offset of its damage */
  damaged?: Record<string, number>
  /** state of every channel of every conduit */
  every_channel?: string
  /** parts of the summary's exceptions, in the policy's order */
  exceptions?: { exception: string; expired: boolean; used: number }[]
  flows: FlowRow[]
  findings: FindingRow[]
  /** file -> exit status when it is analysed by itself */
  alone?: Record<string, number>
}

/** One row about conversations. What it does not name is not looked at. */
export interface FlowRow {
  /** `ends service`, see `Pattern`; with the keys from `orig_port` to `start` it says which records are meant */
  flow: string
  orig_port?: number
  /** a place where it was seen: this VLAN stack, from the outside in; [] = no tag */
  vlans?: number[]
  vni?: number
  tap?: string
  tunnel?: string
  /** in a tunnel that is a conversation of its own */
  inside?: boolean
  /** beginning of the record's `start` */
  start?: string
  /** how many final records; at least one where it is not told */
  records?: number

  verdict: string
  reason?: string
  conduit?: string
  channel?: string
  exception?: string
  direction?: string
  inferred?: boolean
  attempt?: string
  verdict_changes?: number
  orig_packets?: number
  resp_packets?: number
  /** `end_reason` */
  end?: string
  /** of originator and responder */
  zones?: [string, string]
  /** all VLAN stacks it was seen in, the first one first */
  seen?: number[][]
  nat?: boolean
  parent?: boolean
  service?: string
  /** `service_how` */
  how?: string
  actions?: Record<string, number>
  /** `actions_refused` */
  refused?: Record<string, number>
}

/** One row about findings. */
export interface FindingRow {
  about: string
  kind: string
  severity: string
  /** how many findings, 1 unless told */
  times?: number
  /** conversations folded into each */
  count?: number
  /** `C-01 / ping`; `|` between channels: any of them */
  nearest?: string
  failed?: string[]
  /** of a scan */
  services?: number
  hosts?: number
  /** part of its message */
  says?: string
}

/** Reads a scenario's expected.yaml; an unknown key is an error, for it would test nothing. */
export function readExpected(folder: string): Expected {
  const expected = parse(readFileSync(join(folder, 'expected.yaml'), 'utf8')) as Expected
  const known = (row: object, keys: readonly string[]): void => {
    for (const key in row)
      if (!keys.includes(key)) throw new Error(`${folder}/expected.yaml: unknown key ${key}`)
  }
  known(expected, [
    ...['exit', 'complete', 'frames', 'damaged', 'every_channel', 'exceptions', 'flows'],
    ...['findings', 'alone'],
  ])
  for (const row of expected.flows) known(row, FLOW_KEYS)
  for (const row of expected.findings) known(row, FINDING_KEYS)
  return expected
}

const FLOW_KEYS = [
  ...[
    'flow',
    'orig_port',
    'vlans',
    'vni',
    'tap',
    'tunnel',
    'inside',
    'start',
    'records',
    'verdict',
    'reason',
  ],
  ...[
    'conduit',
    'channel',
    'exception',
    'direction',
    'inferred',
    'attempt',
    'verdict_changes',
    'orig_packets',
  ],
  ...['resp_packets', 'end', 'zones', 'seen', 'nat', 'parent', 'service', 'how', 'actions', 'refused'],
]
const FINDING_KEYS = [
  ...['about', 'kind', 'severity', 'times', 'count', 'nearest', 'failed', 'services', 'hosts', 'says'],
]

/**
 * `A -> B service`, or `A - B service` where it does not matter which end opened. An end is an address, a MAC or (of a
 * scan) a zone, a service `tcp/502`, `icmp/8`, `253/*` (an IP protocol) or `ethertype/0x88b8`; `|` stands between
 * alternatives, `*` for anything, at the end of an address too.
 */
interface Pattern {
  ends: [string[], string[]]
  eitherWay: boolean
  transport: string
  ports: string[]
}

function patternOf(text: string): Pattern {
  const [, from, arrow, to, service = '*'] = /^(\S+) (->|-) (\S+)(?: (\S+))?$/.exec(text) ?? []
  if (from === undefined) throw new Error(`not a conversation: ${text}`)
  const [transport, ports = '*'] = service.split('/')
  return {
    ends: [from.split('|'), to.split('|')],
    eitherWay: arrow === '-',
    transport,
    ports: ports.split('|'),
  }
}

const fits = (wanted: string[], value: string | undefined): boolean =>
  wanted.includes('*') ||
  (value !== undefined &&
    wanted.some(one => one === value || (one.endsWith('*') && value.startsWith(one.slice(0, -1)))))

function fitsPattern(
  pattern: Pattern,
  orig: string | undefined,
  resp: string | undefined,
  transport: string | undefined,
  ports: (string | undefined)[],
): boolean {
  const [a, b] = pattern.ends
  return (
    ((fits(a, orig) && fits(b, resp)) || (pattern.eitherWay && fits(a, resp) && fits(b, orig))) &&
    fits([pattern.transport], transport) &&
    ports.some(port => fits(pattern.ports, port))
  )
}

/** Whether a record is one that the row speaks of. */
export function isMeant(row: FlowRow, record: FlowRecord): boolean {
  const pattern = patternOf(row.flow)
  const { ethertype, proto, icmp_type, resp_port, orig_port } = record
  const port = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : String(value)
  const [transport, ...ports] =
    ethertype !== undefined
      ? ['ethertype', `0x${ethertype.toString(16).padStart(4, '0')}`]
      : icmp_type !== undefined
        ? [proto, port(icmp_type)]
        : pattern.eitherWay
          ? [proto, port(resp_port), port(orig_port)]
          : [proto, port(resp_port)]
  const orig = record.orig_addr ?? record.orig_mac
  const resp = record.resp_addr ?? record.resp_mac
  return (
    fitsPattern(pattern, orig, resp, transport, ports) &&
    (row.orig_port === undefined || row.orig_port === orig_port) &&
    (row.vlans === undefined || stacksOf(record).some(stack => same(stack, row.vlans))) &&
    (row.vni === undefined || row.vni === record.context?.vni) &&
    (row.tap === undefined || row.tap === record.context?.tap) &&
    row.tunnel === record.tunnel &&
    (row.inside === undefined || row.inside === (record.tunnel_parent !== undefined)) &&
    (row.start === undefined || record.start.startsWith(row.start))
  )
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** VLAN stacks of all places a conversation was seen in, its own first. */
function stacksOf(record: FlowRecord): number[][] {
  const places: Context[] = [record.context ?? {}, ...(record.seen_in ?? [])]
  return places.map(place => place.vlans ?? [])
}

/** What the row says of its records, and what this one says: equal when it holds. */
export function statements(row: FlowRow, record: FlowRecord): [wanted: object, said: object] {
  const said = {
    verdict: record.verdict,
    worst_verdict: record.worst_verdict,
    reason: record.reason,
    conduit: record.conduit,
    channel: record.channel,
    exception: record.exception,
    direction: record.direction,
    inferred: record.inferred ?? false,
    attempt: record.attempt,
    verdict_changes: record.verdict_changes ?? 0,
    orig_packets: record.orig_packets,
    resp_packets: record.resp_packets,
    end: record.end_reason,
    zones: [record.orig_zone, record.resp_zone],
    seen: stacksOf(record),
    nat: record.nat !== undefined,
    parent: record.parent !== undefined,
    service: record.service,
    how: record.service_how,
    actions: record.actions,
    refused: record.actions_refused,
  }
  const wanted: Record<string, unknown> = { worst_verdict: row.verdict }
  for (const key of Object.keys(said)) if (key in row) wanted[key] = row[key as keyof FlowRow]
  return [wanted, Object.fromEntries(Object.entries(said).filter(([key]) => key in wanted))]
}

/** Whether a finding is one that the row speaks of. */
export function isAbout(row: FindingRow, finding: FindingRecord): boolean {
  const { subject, kind } = finding
  const name = (side: 'orig' | 'resp'): string | undefined =>
    (subject[`${side}_addr`] ?? subject[`${side}_mac`] ?? finding[`${side}_zone`]) as string | undefined
  const [transport, port] = String(subject.port ?? subject.service).split('/')
  return kind === row.kind && fitsPattern(patternOf(row.about), name('orig'), name('resp'), transport, [port])
}

/** As `statements`, of a finding. */
export function findingStatements(row: FindingRow, finding: FindingRecord): [wanted: object, said: object] {
  const { severity, count, nearest, subject, message } = finding
  const near = nearest?.exception ?? (nearest?.conduit && `${nearest.conduit} / ${nearest.channel}`)
  const [conduit, channels] = row.nearest?.split(' / ') ?? []
  const named = channels?.split('|').map(channel => `${conduit} / ${channel}`)
  const said = {
    severity,
    count,
    nearest: near !== undefined && named?.includes(near) ? row.nearest : near,
    failed: nearest?.failed,
    services: subject.service_count,
    hosts: subject.host_count,
    says: row.says !== undefined && message.includes(row.says) ? row.says : message,
  }
  const wanted = Object.fromEntries(
    Object.keys(said).flatMap(key => (key in row ? [[key, row[key as keyof FindingRow]]] : [])),
  )
  return [wanted, Object.fromEntries(Object.entries(said).filter(([key]) => key in wanted))]
}
