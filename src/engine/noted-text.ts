import type { NotedFacts } from '../finding/facts.ts'

/**
 * What findings need of a record as text, for the way to another thread: values without their names, which take three
 * times as long to write and to read.
 */
export const notedText = (facts: NotedFacts): string => JSON.stringify(valuesOf(facts))

type Values = ReturnType<typeof valuesOf>
/** JSON has null for what is undefined. */
type Read = {
  [K in keyof Values]: undefined extends Values[K] ? Exclude<Values[K], undefined> | null : Values[K]
}

// biome-ignore format: in groups, as notedOf takes them
function valuesOf({ record: r, evidence: e, ...f }: NotedFacts) {
  return [
    r.type, r.flow_id, r.seq, r.final, r.start, r.end, r.tunnel, r.ethertype, r.proto, r.icmp_type,
    r.orig_addr, r.orig_port, r.orig_mac, r.orig_zone, r.orig_asset, r.orig_packets, r.orig_bytes,
    r.resp_addr, r.resp_port, r.resp_mac, r.resp_zone, r.resp_asset, r.resp_packets, r.resp_bytes,
    r.nat, r.attempt, r.direction, r.service, r.service_how, r.actions, r.verdict, r.worst_verdict, r.reason, r.policy_id,
    e.capture, e.frame, f.startSeconds, f.endSeconds, f.respSlT, f.nearest, f.respIsGroup, f.offences, f.mismatch,
  ] as const
}

/** What `notedText` has written. */
export function notedOf(text: string): NotedFacts {
  // biome-ignore format: in the groups of valuesOf
  const [
    type, flow_id, seq, final, start, end, tunnel, ethertype, proto, icmp_type,
    orig_addr, orig_port, orig_mac, orig_zone, orig_asset, orig_packets, orig_bytes,
    resp_addr, resp_port, resp_mac, resp_zone, resp_asset, resp_packets, resp_bytes,
    nat, attempt, direction, service, service_how, actions, verdict, worst_verdict, reason, policy_id,
    capture, frame, startSeconds, endSeconds, respSlT, nearest, respIsGroup, offences, mismatch,
  ] = JSON.parse(text) as Read
  return {
    record: {
      type,
      flow_id,
      seq,
      final,
      start,
      end,
      tunnel: tunnel ?? undefined,
      ethertype: ethertype ?? undefined,
      proto: proto ?? undefined,
      icmp_type: icmp_type ?? undefined,
      orig_addr: orig_addr ?? undefined,
      orig_port: orig_port ?? undefined,
      orig_mac: orig_mac ?? undefined,
      orig_zone: orig_zone ?? undefined,
      orig_asset: orig_asset ?? undefined,
      orig_packets,
      orig_bytes,
      resp_addr: resp_addr ?? undefined,
      resp_port: resp_port ?? undefined,
      resp_mac: resp_mac ?? undefined,
      resp_zone: resp_zone ?? undefined,
      resp_asset: resp_asset ?? undefined,
      resp_packets,
      resp_bytes,
      nat: nat ?? undefined,
      attempt,
      direction,
      service: service ?? undefined,
      service_how: service_how ?? undefined,
      actions: actions ?? undefined,
      verdict,
      worst_verdict,
      reason: reason ?? undefined,
      policy_id: policy_id ?? undefined,
    },
    evidence: { capture, frame },
    startSeconds,
    endSeconds,
    respSlT,
    nearest: nearest ?? undefined,
    offences: offences ?? undefined,
    mismatch: mismatch ?? undefined,
    respIsGroup,
  }
}
