import type { FindingKind } from '../records.ts'
import type { NotedFacts, NotedRecord } from './facts.ts'

/**
 * Which kind of finding a flow is, by its worst verdict; undefined when it is none. A flow that only lacked an action
 * is a forbidden action, one of another application than its port is declared for a mismatch, one that only came too late (or too early) for its exception an expired exception.
 */
export function kindOf(f: NotedFacts): FindingKind | undefined {
  const { record, nearest } = f
  if (record.worst_verdict === 'unzoned') return 'unzoned-asset'
  if (record.worst_verdict !== 'unsanctioned') return undefined
  if (record.type === 'tunnel') return 'undeclared-tunnel'
  const failed = nearest?.failed ?? []
  if (failed.length === 1 && failed[0] === 'expired') return 'expired-exception'
  if (failed.length === 1 && failed[0] === 'action') return 'forbidden-action'
  if (f.mismatch !== undefined) return 'service-mismatch'
  return 'unsanctioned-flow'
}

/** Why, as it enters the fold key: the record's reason, unless a later and milder verdict has replaced it. */
export function reasonOf(f: NotedFacts): string {
  const { record, nearest } = f
  if (record.verdict === record.worst_verdict && record.reason !== undefined) return record.reason
  return nearest?.failed.join('+') ?? ''
}

const ICMP4: Readonly<Record<number, string>> = {
  0: 'ICMP echo reply',
  3: 'ICMP unreachable',
  5: 'ICMP redirect',
  8: 'ICMP echo',
  11: 'ICMP time exceeded',
  13: 'ICMP time stamp',
}
const ICMP6: Readonly<Record<number, string>> = {
  1: 'ICMPv6 unreachable',
  2: 'ICMPv6 packet too big',
  3: 'ICMPv6 time exceeded',
  128: 'ICMPv6 echo',
  129: 'ICMPv6 echo reply',
}

/** Transport and port as policies and operators write them: `tcp/22`, `icmp/8`, `ethertype/0x88b8`, `ip/47`, `gre`. */
export function portLabel(record: NotedRecord): string {
  if (record.type === 'tunnel') return record.tunnel ?? 'tunnel'
  if (record.ethertype !== undefined) return `ethertype/0x${record.ethertype.toString(16).padStart(4, '0')}`
  const { proto } = record
  if (proto === 'icmp' || proto === 'icmp6')
    return record.icmp_type === undefined ? proto : `${proto}/${record.icmp_type}`
  if (record.resp_port === undefined) return `ip/${proto ?? '?'}`
  // who opened it is a guess: the lower port is the steadier name
  const guessed =
    record.direction === 'first' && record.service === undefined && record.orig_port !== undefined
  const port = guessed ? Math.min(record.orig_port!, record.resp_port) : record.resp_port
  return `${proto}/${port}`
}

/** The service as one short name: what was recognised, else transport and port. */
export const serviceLabel = (record: NotedRecord): string => record.service ?? portLabel(record)

/**
 * The service in words for a sentence: "ssh (tcp/22)", "tcp/4711", "ICMP echo", "goose (ethertype/0x88b8)"; `port` is its
 * `portLabel`.
 */
export function serviceText(record: NotedRecord, port = portLabel(record)): string {
  if (record.proto === 'icmp' || record.proto === 'icmp6') {
    const named =
      record.icmp_type === undefined ? undefined : (record.proto === 'icmp' ? ICMP4 : ICMP6)[record.icmp_type]
    return named ?? port
  }
  return record.service === undefined || record.service === port ? port : `${record.service} (${port})`
}
