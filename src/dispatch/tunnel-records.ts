import * as F from '../decode/facts.ts'
import type { FlowFacts } from '../finding/facts.ts'
import { type Ends, newEnds, putEnds, putVerdict, timeText } from '../flow/record.ts'
import type { Layer, Tunnel, Tunnels } from '../flow/tunnels.ts'
import { serviceOfPort } from '../net/ports.ts'
import type { AskedPolicy } from '../policy/asked.ts'
import { citation, nearestOf } from '../policy/citation.ts'
import { type Judgement, Question, VERDICTS } from '../policy/question.ts'
import type { FlowRecord } from '../records.ts'
import type { Wrapping } from './wrapping.ts'

const UDP = 17

/** A tunnel's judgement now and at its worst, and how often the verdict changed. */
interface Standing {
  epoch: number
  now: number
  worst: number
  changes: number
  /** exceptions that covered it once and do no longer */
  former: number[]
}

/**
 * Judges tunnels by their outer ends: when they are first seen, and again when the schedules or exceptions in force
 * have changed, as flows are.
 */
export class TunnelVerdicts {
  private readonly policy: AskedPolicy | undefined
  private readonly question = new Question()
  private readonly standings: Standing[] = []
  /** judgements (with the tunnel's kind) that some tunnel in the table was given */
  private readonly shown = new Set<number>()
  private epoch = -1
  /** `epoch` holds for [from, until) */
  private from = Number.POSITIVE_INFINITY
  private until = Number.NEGATIVE_INFINITY

  constructor(policy: AskedPolicy | undefined) {
    this.policy = policy
    this.question.tunnel = true
  }

  /** A frame of the tunnel with this index came at `seconds`. `tap` is an index into the policy's taps, -1 = none. */
  see(tunnels: Tunnels, index: number, tap: number, isVoted: boolean, seconds: number): void {
    const { policy } = this
    if (policy === undefined) return
    const epoch = seconds >= this.from && seconds < this.until ? this.epoch : this.epochAt(seconds)
    const known = this.standings[index]
    if (known?.epoch === epoch) return
    const tunnel = tunnels.identity(index)
    const { vlans, vni } = tunnel
    const ends = endsOf(tunnel)
    const now = this.judge(ends, vlans, vlans.length, vni, tap, seconds)
    this.shown.add(shownAs(now, tunnel.kind, isVoted))
    if (known === undefined) {
      this.standings[index] = { epoch, now, worst: now, changes: 0, former: [] }
      return
    }
    const [before, after] = [policy.judgement(known.now), policy.judgement(now)]
    if (before.verdict !== after.verdict) known.changes++
    if (
      before.exception >= 0 &&
      before.exception !== after.exception &&
      !known.former.includes(before.exception)
    )
      known.former.push(before.exception)
    if (rank(after) > rank(policy.judgement(known.worst))) known.worst = now
    known.now = now
    known.epoch = epoch
  }

  /** Whether no tunnel in the table was judged as the one of this layer is. False without a policy. */
  isNews(
    layer: Layer,
    vlans: ArrayLike<number>,
    vlanCount: number,
    tap: number,
    isVoted: boolean,
    seconds: number,
  ): boolean {
    if (this.policy === undefined) return false
    const { version, proto, srcPort, dstPort, words, at } = layer
    const ends = wrapped(
      version,
      proto,
      words.subarray(at, at + 4),
      words.subarray(at + 4, at + 8),
      srcPort,
      dstPort,
    )
    const answer = this.judge(ends, vlans, vlanCount, layer.vni, tap, seconds)
    return !this.shown.has(shownAs(answer, layer.kind, isVoted))
  }

  /** How a tunnel stands; undefined without a policy. */
  of(index: number): Standing | undefined {
    return this.standings[index]
  }

  private epochAt(seconds: number): number {
    const policy = this.policy!
    this.epoch = policy.epochOf(seconds)
    this.from = policy.epochFrom
    this.until = policy.epochUntil
    return this.epoch
  }

  private judge(
    ends: Ends,
    vlans: ArrayLike<number>,
    vlanCount: number,
    vni: number,
    tap: number,
    seconds: number,
  ): number {
    const policy = this.policy!
    const q = this.question
    q.version = ends.version
    q.orig.set(ends.orig)
    q.resp.set(ends.resp)
    q.proto = ends.proto
    q.origPort = ends.origPort
    q.respPort = ends.respPort
    q.direction = ends.direction
    q.seconds = seconds
    q.vlanCount = vlanCount
    for (let i = 0; i < vlanCount; i++) q.vlans[i] = vlans[i]
    q.vni = vni
    q.tap = tap
    return policy.judge(q)
  }
}

const rank = ({ verdict }: Judgement): number => VERDICTS.indexOf(verdict)
const shownAs = (judgement: number, kind: number, isVoted: boolean): number =>
  (judgement * F.TUNNEL_NAMES.length + kind) * 2 + (isVoted ? 1 : 0)

/**
 * One record for each tunnel that is a conversation, judged by its outer addresses, in the order first seen. `frames` is
 * how many the run looked at: a mirror's wrapping is what nearly all of them came in.
 */
export function tunnelRecords(
  wrapping: Wrapping,
  policy: AskedPolicy | undefined,
  ports: readonly { capture: string }[],
  frames: number,
): FlowFacts[] {
  wrapping.settle(frames)
  const records: FlowFacts[] = []
  wrapping.tunnels.all().forEach((tunnel, index) => {
    if (wrapping.isConversation(index)) records.push(tunnelRecord(tunnel, index, wrapping, policy, ports))
  })
  return records
}

function endsOf(tunnel: Tunnel): Ends {
  const { version, proto, low, high, origSide, origPort, respPort } = tunnel
  return origSide === 0
    ? wrapped(version, proto, low, high, origPort, respPort)
    : wrapped(version, proto, high, low, origPort, respPort)
}

function wrapped(
  version: number,
  proto: number,
  orig: ArrayLike<number>,
  resp: ArrayLike<number>,
  origPort: number,
  respPort: number,
): Ends {
  const ends = newEnds()
  ends.version = version as 4 | 6
  ends.proto = proto
  ends.orig.set(orig)
  ends.resp.set(resp)
  if (proto === UDP) {
    ends.origPort = origPort
    ends.respPort = respPort
    ends.direction = serviceOfPort('udp', respPort) === undefined ? 'first' : 'port'
  }
  return ends
}

function tunnelRecord(
  tunnel: Tunnel,
  index: number,
  wrapping: Wrapping,
  policy: AskedPolicy | undefined,
  ports: readonly { capture: string }[],
): FlowFacts {
  const ends = endsOf(tunnel)
  const o = tunnel.origSide
  const r = 1 - o
  const standing = wrapping.tunnelVerdicts.of(index)
  const judgement = standing && policy?.judgement(standing.now)
  const worst = standing && policy?.judgement(standing.worst)
  const record = {
    type: 'tunnel',
    flow_id: wrapping.tunnelId(index),
    seq: 0,
    final: true,
    end_reason: 'eof',
  } as FlowRecord
  record.start = timeText(tunnel.firstSeconds, tunnel.firstNanos)
  record.end = timeText(tunnel.lastSeconds, tunnel.lastNanos)
  const context = wrapping.tunnelContext(tunnel)
  if (context !== undefined) record.context = context
  record.tunnel = F.TUNNEL_NAMES[tunnel.kind]
  const zone = (number: number): string | undefined =>
    policy === undefined || number < 0 ? undefined : policy.model.zones[number].id
  const parts = {
    final: true,
    origZone: judgement && zone(judgement.origZone),
    respZone: judgement && zone(judgement.respZone),
    verdict: judgement?.verdict ?? 'unjudged',
    worstVerdict: worst?.verdict ?? 'unjudged',
    ...(judgement === undefined ? {} : citation(judgement, policy!.model)),
  } as const
  putEnds(record, ends, parts)
  record.orig_packets = tunnel.packets[o]
  record.orig_bytes = tunnel.bytes[o]
  record.orig_ip_bytes = tunnel.ipBytes[o]
  record.orig_payload_bytes = 0
  record.orig_copies = 0
  record.orig_retrans = 0
  record.resp_packets = tunnel.packets[r]
  record.resp_bytes = tunnel.bytes[r]
  record.resp_ip_bytes = tunnel.ipBytes[r]
  record.resp_payload_bytes = 0
  record.resp_copies = 0
  record.resp_retrans = 0
  record.missed_bytes = 0
  record.truncated_frames = 0
  record.attempt = tunnel.packets[r] > 0 ? 'established' : 'unanswered'
  record.direction = ends.direction
  if (tunnel.parent >= 0 && wrapping.isConversation(tunnel.parent))
    record.tunnel_parent = wrapping.tunnelId(tunnel.parent)
  putVerdict(record, parts, standing?.changes ?? 0)
  return {
    record,
    evidence: { capture: ports[tunnel.firstPort].capture, frame: tunnel.firstFrame },
    startSeconds: tunnel.firstSeconds,
    endSeconds: tunnel.lastSeconds,
    respSlT:
      worst === undefined || worst.respZone < 0 ? 0 : (policy!.model.zones[worst.respZone].slT?.level ?? 0),
    respIsGroup: false,
    ...(worst !== undefined && worst.failed.length > 0 ? { nearest: nearestOf(worst, policy!.model) } : {}),
    ...(standing !== undefined && standing.former.length > 0
      ? { formerExceptions: standing.former.map(exception => policy!.model.exceptions[exception].id) }
      : {}),
  }
}
