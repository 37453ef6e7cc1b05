import * as F from '../decode/facts.ts'
import type { FlowFacts } from '../finding/facts.ts'
import { type Ends, newEnds, putEnds, putVerdict, timeText } from '../flow/record.ts'
import type { Tunnel } from '../flow/tunnels.ts'
import { serviceOfPort } from '../net/ports.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import { Question } from '../policy/question.ts'
import type { FlowRecord } from '../records.ts'
import type { Verdicts } from './verdicts.ts'
import type { Wrapping } from './wrapping.ts'

const UDP = 17

/** One record for each tunnel that is a conversation, judged by its outer addresses, in the order first seen. */
export function tunnelRecords(
  wrapping: Wrapping,
  verdicts: Verdicts,
  policy: CompiledPolicy | undefined,
  ports: readonly { capture: string }[],
): FlowFacts[] {
  const records: FlowFacts[] = []
  wrapping.tunnels.all().forEach((tunnel, index) => {
    if (wrapping.isConversation(index))
      records.push(tunnelRecord(tunnel, index, wrapping, verdicts, policy, ports))
  })
  return records
}

function endsOf(tunnel: Tunnel): Ends {
  const ends = newEnds()
  ends.version = tunnel.version as 4 | 6
  ends.proto = tunnel.proto
  ends.orig.set(tunnel.origSide === 0 ? tunnel.low : tunnel.high)
  ends.resp.set(tunnel.origSide === 0 ? tunnel.high : tunnel.low)
  if (tunnel.proto === UDP) {
    ends.origPort = tunnel.origPort
    ends.respPort = tunnel.respPort
    ends.direction = serviceOfPort('udp', tunnel.respPort) === undefined ? 'first' : 'port'
  }
  return ends
}

function tunnelRecord(
  tunnel: Tunnel,
  index: number,
  wrapping: Wrapping,
  verdicts: Verdicts,
  policy: CompiledPolicy | undefined,
  ports: readonly { capture: string }[],
): FlowFacts {
  const ends = endsOf(tunnel)
  const o = tunnel.origSide
  const r = 1 - o
  const question = tunnelQuestion(tunnel, ends)
  const judgement = policy?.judgement(policy.judge(question))
  const record = {
    type: 'tunnel',
    flow_id: wrapping.tunnelId(index),
    seq: 0,
    final: true,
    end_reason: 'eof',
  } as FlowRecord
  record.start = timeText(tunnel.firstSeconds, tunnel.firstNanos)
  record.end = timeText(tunnel.lastSeconds, tunnel.lastNanos)
  if (tunnel.vlans.length > 0 || tunnel.id >= 0) {
    record.context = {
      ...(tunnel.vlans.length > 0 ? { vlans: tunnel.vlans } : {}),
      ...(tunnel.id >= 0 ? { vni: tunnel.id } : {}),
    }
  }
  record.tunnel = F.TUNNEL_NAMES[tunnel.kind]
  const zone = (number: number): string | undefined =>
    policy === undefined || number < 0 ? undefined : policy.model.zones[number].id
  const parts = {
    final: true,
    origZone: judgement && zone(judgement.origZone),
    respZone: judgement && zone(judgement.respZone),
    verdict: judgement?.verdict ?? 'unjudged',
    worstVerdict: judgement?.verdict ?? 'unjudged',
    ...(judgement === undefined ? {} : verdicts.citation(judgement)),
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
  putVerdict(record, parts, 0)
  return {
    record,
    evidence: { capture: ports[tunnel.firstPort].capture, frame: tunnel.firstFrame },
    startSeconds: tunnel.firstSeconds,
    endSeconds: tunnel.lastSeconds,
    respSlT:
      judgement === undefined || judgement.respZone < 0
        ? 0
        : (policy!.model.zones[judgement.respZone].slT?.level ?? 0),
    respIsGroup: false,
    ...(judgement !== undefined && judgement.failed.length > 0
      ? { nearest: verdicts.nearestOf(judgement) }
      : {}),
  }
}

function tunnelQuestion(tunnel: Tunnel, ends: Ends): Question {
  const q = new Question()
  q.tunnel = true
  q.version = ends.version
  q.orig.set(ends.orig)
  q.resp.set(ends.resp)
  q.proto = ends.proto
  q.origPort = ends.origPort
  q.respPort = ends.respPort
  q.direction = ends.direction
  q.seconds = tunnel.lastSeconds
  q.vlanCount = Math.min(tunnel.vlans.length, q.vlans.length)
  for (let i = 0; i < q.vlanCount; i++) q.vlans[i] = tunnel.vlans[i]
  return q
}
