import type { Attempt, Direction, Evidence, FindingKind, Nearest, Severity } from '../records.ts'
import type { FlowEvidence, Mismatch, NotedFacts, NotedRecord, Offence } from './facts.ts'
import { kindOf, portLabel, reasonOf, serviceText } from './kinds.ts'
import { actionNames, hasImpact, severityOf, wasAnswered } from './severity.ts'
import { timeOrder } from './words.ts'

/** One end as findings name it: address, or MAC where there is no IP. */
export interface End {
  address: string
  mac: boolean
  zone: string | undefined
  asset: string | undefined
}

/** One flow that is a finding, cut down to what folding and wording need (a few hundred bytes). */
export interface Sighting {
  kind: FindingKind
  severity: Severity
  orig: End
  resp: End
  respIsGroup: boolean
  /** short name for the fold key, and the same in words */
  service: string
  serviceText: string
  /** transport and port, whatever the service is called */
  port: string
  tcp: boolean
  reason: string
  nearest: Nearest | undefined
  /** of a forbidden action: what was done, the first of it first */
  offences: Offence[]
  mismatch: Mismatch | undefined
  attempt: Attempt
  direction: Direction
  answered: boolean
  actions: string[]
  nat: { outside: string; inside: string } | undefined
  start: string
  end: string
  startSeconds: number
  endSeconds: number
  packets: number
  bytes: number
  evidence: Evidence
  policyId: string | undefined
  /** of originator, its zone and the zone it goes to, when this may be part of a scan */
  scanKey: string | undefined
  /** of kind, originator, its zone, responder, its zone, service, reason */
  key: string
}

/** Parts of a key that are folded by, as one text; none of them has a line break. */
const BETWEEN = '\n'
export const keyOf = (parts: readonly string[]): string => parts.join(BETWEEN)
export const partsOf = (key: string): string[] => key.split(BETWEEN)

function endOf(
  addr: string | undefined,
  mac: string | undefined,
  zone: string | undefined,
  asset: string | undefined,
): End {
  return {
    address: addr ?? mac ?? 'unknown address',
    mac: addr === undefined && mac !== undefined,
    zone,
    asset,
  }
}

/** What names an end tomorrow as today: the declared asset, else the address. */
export const identity = (end: End): string => end.asset ?? end.address

/** When a flow began, and where to look for it. */
export type Moment = Pick<Sighting, 'start' | 'startSeconds' | 'evidence'>

/** Two flows in time order; those of the same instant by their id, so that the order never depends on arrival. */
export function earlier(a: Moment, b: Moment): boolean {
  if (a.startSeconds !== b.startSeconds) return a.startSeconds < b.startSeconds
  const order = timeOrder(a.start, b.start)
  if (order !== 0) return order < 0
  return (a.evidence.flow_id ?? '') < (b.evidence.flow_id ?? '')
}

/**
 * Whether a flow may be one probe of a scan: its opening was seen, or it got no answer. A TCP connection met in the
 * middle is no attempt, and where the originator is a guess an answer tells nothing about who asked.
 */
function mayBeScan(record: NotedRecord): boolean {
  if (record.attempt !== 'established') return true
  return record.proto === 'tcp' ? record.direction === 'handshake' : record.direction !== 'first'
}

/** Evidence as records have it: capture file and frame, or interface and time. */
export const whereToLook = ({ capture, frame, time }: FlowEvidence): Evidence =>
  time === undefined ? { capture, frame } : { interface: capture, time }

/** Cuts the facts of a flow down to a sighting; undefined when the flow is no finding. */
export function sightingOf(f: NotedFacts): Sighting | undefined {
  const kind = kindOf(f)
  if (kind === undefined) return undefined
  const { record } = f
  const orig = endOf(record.orig_addr, record.orig_mac, record.orig_zone, record.orig_asset)
  const resp = endOf(record.resp_addr, record.resp_mac, record.resp_zone, record.resp_asset)
  const who = identity(orig)
  const port = portLabel(record)
  const service = record.service ?? port
  const reason = reasonOf(f)
  // frames of an interface are nowhere to be looked up
  const isLive = f.evidence.time !== undefined
  const offences = (kind === 'forbidden-action' ? (f.offences ?? []) : []).map(offence =>
    isLive ? { ...offence, frame: -1 } : offence,
  )
  const offence = offences.at(0)
  // the frame that did it, not the one that opened the conversation
  const shown: FlowEvidence =
    offence === undefined
      ? f.evidence
      : {
          capture: offence.capture,
          frame: offence.frame,
          ...(isLive ? { time: offence.time } : {}),
        }
  const scannable =
    (kind === 'unsanctioned-flow' || kind === 'unzoned-asset') &&
    resp.zone !== undefined &&
    !f.respIsGroup &&
    !hasImpact(record) &&
    mayBeScan(record)
  return {
    kind,
    severity: severityOf(kind, f),
    orig,
    resp,
    respIsGroup: f.respIsGroup,
    service,
    serviceText: record.type === 'tunnel' ? service : serviceText(record, port),
    port,
    tcp: record.proto === 'tcp',
    reason,
    nearest: f.nearest,
    offences,
    mismatch: f.mismatch,
    attempt: record.attempt,
    direction: record.direction,
    answered: wasAnswered(f),
    actions: actionNames(record),
    nat: record.nat,
    start: offence?.time ?? record.start,
    end: record.end,
    startSeconds: offence?.seconds ?? f.startSeconds,
    endSeconds: f.endSeconds,
    packets: record.orig_packets + record.resp_packets,
    bytes: record.orig_bytes + record.resp_bytes,
    evidence: { ...whereToLook(shown), flow_id: record.flow_id },
    policyId: record.policy_id,
    scanKey: scannable ? keyOf([who, orig.zone ?? '', resp.zone ?? '']) : undefined,
    key: keyOf([kind, who, orig.zone ?? '', identity(resp), resp.zone ?? '', service, reason]),
  }
}
