import { formatAddress, formatMac, hex32 } from '../net/address.ts'
import { mix } from '../net/hash.ts'
import type {
  Attempt,
  Context,
  Direction,
  EndReason,
  FlowRecord,
  FunctionRecord,
  ServiceHow,
  VerdictName,
} from '../records.ts'
import { communityId } from './community-id.ts'
import * as R from './row.ts'
import { END_ACTIVE, type FlowTable } from './table.ts'
import { connectionState, flagText, historyText, tcpAttempt } from './tcp.ts'

const DIRECTIONS: readonly Direction[] = ['first', 'port', 'request', 'handshake']
const NAMED: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' }
const HAS_PORTS = new Set([6, 17, 33, 132, 136])
const ICMP = 1
const TCP = 6
const ICMP6 = 58

/** The ends of a row from the originator's point of view; addresses are four unsigned words, IPv4 in the last. */
export interface Ends {
  version: 0 | 4 | 6
  proto: number
  llc: boolean
  orig: Uint32Array
  resp: Uint32Array
  origPort: number
  respPort: number
  icmpType: number
  icmpCode: number
  origMacHigh: number
  origMacLow: number
  respMacHigh: number
  respMacLow: number
  direction: Direction
}

/** A set of ends to be filled by `readEnds`. */
export const newEnds = (): Ends => ({
  version: 4,
  proto: 0,
  llc: false,
  orig: new Uint32Array(4),
  resp: new Uint32Array(4),
  origPort: 0,
  respPort: 0,
  icmpType: 0,
  icmpCode: 0,
  origMacHigh: 0,
  origMacLow: 0,
  respMacHigh: 0,
  respMacLow: 0,
  direction: 'first',
})

/** Reads who is at both ends of a row into `ends`. */
export function readEnds(table: FlowTable, row: number, ends: Ends): void {
  const { hot, cold, six } = table
  const h = row * R.HOT_WORDS
  const state = hot[h + R.STATE]
  const origIsB = (state & R.ORIG_IS_B) !== 0
  const kind = (hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff
  ends.version = kind === R.KIND_V4 ? 4 : kind === R.KIND_V6 ? 6 : 0
  ends.proto = hot[h + R.K3] & 0xffff
  ends.llc = ((hot[h + R.K3] >>> R.KIND_SHIFT) & R.KIND_LLC) !== 0
  ends.direction = DIRECTIONS[(state & R.DIRECTION_MASK) >>> R.DIRECTION_SHIFT]
  const a = origIsB ? ends.resp : ends.orig
  const b = origIsB ? ends.orig : ends.resp
  if (kind === R.KIND_V6) {
    for (let i = 0; i < 4; i++) {
      a[i] = six[row * R.SIX_WORDS + i]
      b[i] = six[row * R.SIX_WORDS + 4 + i]
    }
  } else {
    for (let i = 0; i < 3; i++) {
      a[i] = 0
      b[i] = 0
    }
    a[3] = hot[h + R.K0]
    b[3] = hot[h + R.K1]
  }
  const c = row * R.COLD_WORDS + R.MACS
  const aHigh = cold[c] >>> 16
  const bHigh = cold[c] & 0xffff
  ends.origMacHigh = origIsB ? bHigh : aHigh
  ends.respMacHigh = origIsB ? aHigh : bHigh
  ends.origMacLow = (origIsB ? cold[c + 2] : cold[c + 1]) >>> 0
  ends.respMacLow = (origIsB ? cold[c + 1] : cold[c + 2]) >>> 0
  ends.origPort = 0
  ends.respPort = 0
  ends.icmpType = 0
  ends.icmpCode = 0
  const k2 = hot[h + R.K2]
  if (ends.version === 0) return
  if (ends.proto === ICMP || ends.proto === ICMP6) {
    ends.icmpType = origIsB && !(k2 & R.ICMP_ONE_WAY) ? k2 & 0xff : k2 >>> 16
    ends.icmpCode = k2 & R.ICMP_ONE_WAY ? k2 & 0xff : 0
  } else {
    ends.origPort = origIsB ? k2 & 0xffff : k2 >>> 16
    ends.respPort = origIsB ? k2 >>> 16 : k2 & 0xffff
  }
}

/** Address of end `side` (0 = A) of a row, or its MAC where it has none (yet); undefined where it has neither. */
export function endName({ hot, cold, six }: FlowTable, row: number, side: number): string | undefined {
  const h = row * R.HOT_WORDS
  const kind = (hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff
  const v4 = hot[h + R.K0 + side]
  if (kind === R.KIND_V4 && v4 !== 0) return formatAddress(4, 0, 0, 0, v4 >>> 0)
  if (kind === R.KIND_V6) {
    const at = row * R.SIX_WORDS + 4 * side
    return formatAddress(6, six[at] >>> 0, six[at + 1] >>> 0, six[at + 2] >>> 0, six[at + 3] >>> 0)
  }
  const m = row * R.COLD_WORDS + R.MACS
  return macText(side === 0 ? cold[m] >>> 16 : cold[m] & 0xffff, cold[m + 1 + side] >>> 0)
}

/** A stable name: same frames, same id, whatever the number of workers. 64 bits as 16 hex digits. */
export function flowId(table: FlowTable, row: number): string {
  const { hot, cold, six } = table
  const h = row * R.HOT_WORDS
  const c = row * R.COLD_WORDS
  let a = 0x13198a2e
  let b = 0x03707344
  for (let i = R.K0; i <= R.K3; i++) {
    a = mix(a, hot[h + i])
    b = mix(b ^ 0x299f31d0, hot[h + i])
  }
  if (((hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff) === R.KIND_V6) {
    for (let i = 0; i < R.SIX_WORDS; i++) {
      a = mix(a, six[row * R.SIX_WORDS + i])
      b = mix(b ^ 0x082efa98, six[row * R.SIX_WORDS + i])
    }
  }
  for (let i = R.FIRST_SECONDS; i <= R.FIRST_PORT; i++) {
    const word = i === R.FIRST_PORT ? cold[c + i] & R.FIRST_PORT_MASK : cold[c + i]
    a = mix(a, word)
    b = mix(b ^ 0x0ec4e6c8, word)
  }
  return hex32(a) + hex32(b)
}

/** texts of seconds lately asked for: a run's flows begin and end in the same few, and making one costs more than the rest */
const SECOND_TEXTS = 256
const secondOf = new Float64Array(SECOND_TEXTS).fill(-1)
const textOf: string[] = new Array(SECOND_TEXTS).fill('')

/** `2026-11-04T10:00:00.` */
function secondText(seconds: number): string {
  const slot = seconds & (SECOND_TEXTS - 1)
  if (secondOf[slot] !== seconds) {
    secondOf[slot] = seconds
    textOf[slot] = `${new Date(seconds * 1000).toISOString().slice(0, 19)}.`
  }
  return textOf[slot]
}

/** RFC 3339 UTC; nanoseconds where there are any, else microseconds or nothing, as the source has them. */
export function timeText(seconds: number, nanos: number): string {
  const whole = secondText(seconds >>> 0)
  if (nanos === 0) return `${whole.slice(0, 19)}Z`
  // in two halves: numbers above 2^30 are slow to turn into text
  const micros = (nanos / 1000) | 0
  const rest = nanos - micros * 1000
  const digits = String(1_000_000 + micros).slice(1)
  return whole + (rest === 0 ? `${digits}Z` : `${digits}${String(1000 + rest).slice(1)}Z`)
}

/** A place as it stands in records: only what was there (`vni` -1 = none). */
export function contextOf(place: {
  vlans: readonly number[]
  vni: number
  tap?: string
}): Context | undefined {
  const context: Context = {}
  if (place.vlans.length > 0) context.vlans = [...place.vlans]
  if (place.vni >= 0) context.vni = place.vni
  if (place.tap !== undefined) context.tap = place.tap
  return Object.keys(context).length > 0 ? context : undefined
}

/** What came of the attempt to talk. */
function attemptOf(
  state: number,
  proto: number,
  seen: number,
  packetsOrig: number,
  packetsResp: number,
): Attempt {
  if (state & R.GROUP) return 'none'
  if (proto === TCP) return tcpAttempt(state, seen, packetsOrig, packetsResp)
  // answers alone are seen too: of one direction of a mirror, or to a question that went to a group
  if (packetsResp > 0) return 'established'
  return state & R.REFUSED ? 'refused' : 'unanswered'
}

/** Whether the responder of a row took part in the conversation, so far as findings care: never of a group's. */
export function isAnswered({ hot, sums }: FlowTable, row: number): boolean {
  const h = row * R.HOT_WORDS
  const s = row * R.SUM_DOUBLES + R.PACKETS
  const state = hot[h + R.STATE]
  if (((hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff) === R.KIND_L2) return sums[s] > 0 && sums[s + 1] > 0
  const o = state & R.ORIG_IS_B ? 1 : 0
  const proto = hot[h + R.K3] & 0xffff
  return attemptOf(state, proto, hot[h + R.SEEN], sums[s + o], sums[s + 1 - o]) === 'established'
}

/** What the row itself does not know: where it was seen, and what the policy made of it, in the contract's words. */
export interface RecordParts {
  final: boolean
  endReason?: EndReason | undefined
  context?: Context | undefined
  seenIn?: Context[] | undefined
  origZone?: string | undefined
  respZone?: string | undefined
  origAsset?: string | undefined
  respAsset?: string | undefined
  nat?: { outside: string; inside: string } | undefined
  service?: string | undefined
  serviceHow?: ServiceHow | undefined
  actions?: Record<string, number> | undefined
  actionsRefused?: Record<string, number> | undefined
  functions?: FunctionRecord[] | undefined
  app?: Record<string, string> | undefined
  parent?: string | undefined
  tunnelParent?: string | undefined
  verdict: VerdictName
  worstVerdict: VerdictName
  reason?: string | undefined
  inferred?: boolean | undefined
  conduit?: string | undefined
  channel?: string | undefined
  exception?: string | undefined
  policyId?: string | undefined
}

/** A row as an object in the contract's key order; absent rather than null. `ends` was filled by `readEnds`. */
export function flowRecord(table: FlowTable, row: number, ends: Ends, parts: RecordParts): FlowRecord {
  const { hot, sums, cold } = table
  const h = row * R.HOT_WORDS
  const c = row * R.COLD_WORDS
  const s = row * R.SUM_DOUBLES
  const state = hot[h + R.STATE]
  const seen = hot[h + R.SEEN]
  const o = state & R.ORIG_IS_B ? 1 : 0
  const r = 1 - o
  const ip = ends.version !== 0
  const tcp = ip && ends.proto === TCP
  const icmp = ip && (ends.proto === ICMP || ends.proto === ICMP6)
  const record = {
    type: 'flow',
    flow_id: flowId(table, row),
    seq: cold[c + R.RECORDS],
    final: parts.final,
  } as FlowRecord
  if (parts.endReason !== undefined) record.end_reason = parts.endReason
  record.start = timeText(cold[c + R.FIRST_SECONDS], cold[c + R.FIRST_NANOS])
  record.end = timeText(hot[h + R.LAST_SECONDS], hot[h + R.LAST_NANOS])
  if (parts.context !== undefined) record.context = parts.context
  if (parts.seenIn !== undefined) record.seen_in = parts.seenIn
  putEnds(record, ends, parts)
  record.orig_packets = sums[s + R.PACKETS + o]
  record.orig_bytes = sums[s + R.BYTES + o]
  record.orig_ip_bytes = sums[s + R.IP_BYTES + o]
  record.orig_payload_bytes = sums[s + R.PAYLOAD + o]
  record.orig_copies = cold[c + R.COPIES + o]
  record.orig_retrans = cold[c + R.RETRANS + o]
  record.resp_packets = sums[s + R.PACKETS + r]
  record.resp_bytes = sums[s + R.BYTES + r]
  record.resp_ip_bytes = sums[s + R.IP_BYTES + r]
  record.resp_payload_bytes = sums[s + R.PAYLOAD + r]
  record.resp_copies = cold[c + R.COPIES + r]
  record.resp_retrans = cold[c + R.RETRANS + r]
  record.missed_bytes = cold[c + R.MISSED]
  record.truncated_frames = cold[c + R.TRUNCATED]
  if (tcp) {
    record.orig_tcp_flags = flagText((seen >>> (o << 3)) & 0xff)
    record.resp_tcp_flags = flagText((seen >>> (r << 3)) & 0xff)
    record.conn_state = connectionState(state)
  } else if (ip) {
    record.conn_state = icmp ? 'OTH' : packetState(record.orig_packets, record.resp_packets)
  }
  if (ip && !icmp) record.history = historyText(hot, cold, row)
  record.attempt = ip ? attemptOf(state, ends.proto, seen, record.orig_packets, record.resp_packets) : 'none'
  record.direction = ends.direction
  if (state & R.FLIPPED) record.flipped = true
  if (parts.service !== undefined) record.service = parts.service
  if (parts.serviceHow !== undefined) record.service_how = parts.serviceHow
  if (parts.actions !== undefined) record.actions = parts.actions
  if (parts.actionsRefused !== undefined) record.actions_refused = parts.actionsRefused
  if (parts.functions !== undefined) record.functions = parts.functions
  if (parts.app !== undefined) record.app = parts.app
  if (parts.parent !== undefined) record.parent = parts.parent
  if (parts.tunnelParent !== undefined) record.tunnel_parent = parts.tunnelParent
  if (ip) {
    record.community_id = communityId(
      ends.version as 4 | 6,
      ends.proto,
      ends.orig,
      ends.resp,
      ends.origPort,
      ends.respPort,
      ends.icmpType,
      ends.icmpCode,
    )
  }
  putVerdict(record, parts, cold[c + R.CHANGES])
  return record
}

/** The part of a row's record that findings are made of; what the record would not have is undefined. */
export function notedRecord(table: FlowTable, row: number, ends: Ends, parts: RecordParts) {
  const { hot, sums, cold } = table
  const h = row * R.HOT_WORDS
  const c = row * R.COLD_WORDS
  const s = row * R.SUM_DOUBLES
  const state = hot[h + R.STATE]
  const o = state & R.ORIG_IS_B ? 1 : 0
  const { version, proto, orig, resp } = ends
  const packetsOrig = sums[s + R.PACKETS + o]
  const packetsResp = sums[s + R.PACKETS + 1 - o]
  const ports = version !== 0 && HAS_PORTS.has(proto)
  const hasMacs = version === 0
  return {
    type: 'flow' as const,
    flow_id: flowId(table, row),
    seq: cold[c + R.RECORDS],
    final: parts.final,
    start: timeText(cold[c + R.FIRST_SECONDS], cold[c + R.FIRST_NANOS]),
    end: timeText(hot[h + R.LAST_SECONDS], hot[h + R.LAST_NANOS]),
    ethertype: version === 0 ? proto : undefined,
    proto: version === 0 ? undefined : (NAMED[proto] ?? String(proto)),
    orig_addr: version === 0 ? undefined : formatAddress(version, orig[0], orig[1], orig[2], orig[3]),
    orig_port: ports ? ends.origPort : undefined,
    orig_mac: hasMacs ? macText(ends.origMacHigh, ends.origMacLow) : undefined,
    orig_zone: parts.origZone,
    orig_asset: parts.origAsset,
    resp_addr: version === 0 ? undefined : formatAddress(version, resp[0], resp[1], resp[2], resp[3]),
    resp_port: ports ? ends.respPort : undefined,
    resp_mac: hasMacs ? macText(ends.respMacHigh, ends.respMacLow) : undefined,
    resp_zone: parts.respZone,
    resp_asset: parts.respAsset,
    nat: parts.nat,
    icmp_type: version !== 0 && (proto === ICMP || proto === ICMP6) ? ends.icmpType : undefined,
    orig_packets: packetsOrig,
    orig_bytes: sums[s + R.BYTES + o],
    resp_packets: packetsResp,
    resp_bytes: sums[s + R.BYTES + 1 - o],
    attempt:
      version === 0 ? ('none' as const) : attemptOf(state, proto, hot[h + R.SEEN], packetsOrig, packetsResp),
    direction: ends.direction,
    service: parts.service,
    service_how: parts.serviceHow,
    actions: parts.actions,
    verdict: parts.verdict,
    worst_verdict: parts.worstVerdict,
    reason: parts.reason,
    policy_id: parts.policyId,
  }
}

const macText = (high: number, low: number): string | undefined =>
  (high | low) === 0 ? undefined : formatMac(high, low)

/** Who talked to whom, in the contract's order; also used for tunnel records. */
export function putEnds(record: FlowRecord, ends: Ends, parts: RecordParts): void {
  const ip = ends.version !== 0
  const ports = ip && HAS_PORTS.has(ends.proto)
  if (!ip) record.ethertype = ends.proto
  else {
    record.ip_version = ends.version as 4 | 6
    record.proto = NAMED[ends.proto] ?? String(ends.proto)
    record.orig_addr = formatAddress(
      ends.version as 4 | 6,
      ends.orig[0],
      ends.orig[1],
      ends.orig[2],
      ends.orig[3],
    )
    if (ports) record.orig_port = ends.origPort
  }
  const origMac = macText(ends.origMacHigh, ends.origMacLow)
  if (origMac !== undefined) record.orig_mac = origMac
  if (parts.origZone !== undefined) record.orig_zone = parts.origZone
  if (parts.origAsset !== undefined) record.orig_asset = parts.origAsset
  if (ip) {
    record.resp_addr = formatAddress(
      ends.version as 4 | 6,
      ends.resp[0],
      ends.resp[1],
      ends.resp[2],
      ends.resp[3],
    )
    if (ports) record.resp_port = ends.respPort
  }
  const respMac = macText(ends.respMacHigh, ends.respMacLow)
  if (respMac !== undefined) record.resp_mac = respMac
  if (parts.respZone !== undefined) record.resp_zone = parts.respZone
  if (parts.respAsset !== undefined) record.resp_asset = parts.respAsset
  if (parts.nat !== undefined) record.nat = parts.nat
  if (ip && (ends.proto === ICMP || ends.proto === ICMP6)) {
    record.icmp_type = ends.icmpType
    record.icmp_code = ends.icmpCode
  }
}

/** The verdict and what decided it, in the contract's order. */
export function putVerdict(record: FlowRecord, parts: RecordParts, changes: number): void {
  record.verdict = parts.verdict
  record.worst_verdict = parts.worstVerdict
  if (parts.reason !== undefined) record.reason = parts.reason
  if (parts.inferred) record.inferred = true
  if (parts.conduit !== undefined) record.conduit = parts.conduit
  if (parts.channel !== undefined) record.channel = parts.channel
  if (parts.exception !== undefined) record.exception = parts.exception
  if (changes > 0) record.verdict_changes = changes
  if (parts.policyId !== undefined) record.policy_id = parts.policyId
}

/** UDP and others, as Zeek has them: both directions, only the originator, only the responder. */
const packetState = (orig: number, resp: number): string => (resp === 0 ? 'S0' : orig === 0 ? 'SHR' : 'SF')

/** by END_ reason of the table */
const END_REASONS: readonly EndReason[] = ['idle', 'evicted', 'eof', 'active', 'shutdown']

/**
 * Why a record was made, in the contract's words, by the table's END_ reason: a closed TCP connection ended by itself,
 * whenever that was noticed.
 */
export function endReasonOf(state: number, reason: number): EndReason {
  if (reason === END_ACTIVE || (state & R.CLOSED) === 0) return END_REASONS[reason]
  return (state & (R.RST_FIRST * 3)) !== 0 ? 'rst' : 'fin'
}
