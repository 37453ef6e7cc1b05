import * as F from '../decode/facts.ts'
import type { FlowFacts } from '../finding/facts.ts'
import { putEnds, putVerdict, timeText } from '../flow/record.ts'
import type { AskedPolicy } from '../policy/asked.ts'
import { citation, nearestOf } from '../policy/citation.ts'
import type { EndReason, FlowRecord } from '../records.ts'
import { endsOf } from './tunnel-verdicts.ts'
import type { Wrapping } from './wrapping.ts'

/**
 * The last record of each tunnel that is a conversation, judged by its outer addresses, in the order first seen. `frames` is
 * how many the run looked at: a mirror's wrapping is what nearly all of them came in. `isShutdown` where it is not the input
 * that ends.
 */
export function tunnelRecords(
  wrapping: Wrapping,
  policy: AskedPolicy | undefined,
  ports: readonly { capture: string }[],
  frames: number,
  isShutdown = false,
): FlowFacts[] {
  wrapping.settle(frames)
  const records: FlowFacts[] = []
  const reason = isShutdown ? 'shutdown' : 'eof'
  for (let index = 0; index < wrapping.tunnels.count; index++)
    if (wrapping.isConversation(index)) records.push(tunnelRecord(index, reason, wrapping, policy, ports))
  return records
}

/**
 * An interim record of each tunnel that is new since the last call, or has another verdict, in the order first seen. What the
 * vote of the first frames made a mirror's wrapping is not among them: only the end tells whether that holds.
 */
export function tunnelNews(
  wrapping: Wrapping,
  policy: AskedPolicy | undefined,
  ports: readonly { capture: string }[],
): FlowFacts[] {
  return wrapping.takeNews().map(index => tunnelRecord(index, 'active', wrapping, policy, ports))
}

function tunnelRecord(
  index: number,
  reason: EndReason,
  wrapping: Wrapping,
  policy: AskedPolicy | undefined,
  ports: readonly { capture: string }[],
): FlowFacts {
  const tunnel = wrapping.tunnels.at(index)
  const final = reason !== 'active'
  const ends = endsOf(tunnel)
  const o = tunnel.origSide
  const r = 1 - o
  const standing = wrapping.tunnelVerdicts.of(index)
  const judgement = standing && policy?.judgement(standing.now)
  const worst = standing && policy?.judgement(standing.worst)
  const record = {
    type: 'tunnel',
    flow_id: wrapping.tunnelId(index),
    seq: wrapping.countRecord(index),
    final,
    end_reason: reason,
  } as FlowRecord
  record.start = timeText(tunnel.firstSeconds, tunnel.firstNanos)
  record.end = timeText(tunnel.lastSeconds, tunnel.lastNanos)
  const context = wrapping.tunnelContext(tunnel)
  if (context !== undefined) record.context = context
  record.tunnel = F.TUNNEL_NAMES[tunnel.kind]
  const zone = (number: number): string | undefined =>
    policy === undefined || number < 0 ? undefined : policy.model.zones[number].id
  const parts = {
    final,
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
    ...(final && standing !== undefined && standing.former.length > 0
      ? { formerExceptions: [...standing.former] }
      : {}),
  }
}
