import type { FindingKind, Severity } from '../records.ts'
import type { NotedFacts, NotedRecord } from './facts.ts'

/** From least to most; the index is the rank. */
export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']

/** Rank of a severity: 0 for info .. 4 for critical. */
export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity)

/** The graver of two severities. */
export const worse = (a: Severity, b: Severity): Severity =>
  a === b || severityRank(a) >= severityRank(b) ? a : b

/** Actions that change a process, its logic or its devices. */
const IMPACT = new Set(['write', 'control', 'program', 'firmware'])

/** The action names of a record's `actions` keys ("modbus:write" -> "write"), each once, in the order met. */
export function actionNames(record: NotedRecord): string[] {
  if (record.actions === undefined) return []
  const names = new Set<string>()
  for (const key in record.actions) names.add(key.slice(key.indexOf(':') + 1))
  return [...names]
}

/** Whether a write, control, program or firmware action was seen; a refused request still counts. */
export function hasImpact(record: NotedRecord): boolean {
  for (const key in record.actions) if (IMPACT.has(key.slice(key.indexOf(':') + 1))) return true
  return false
}

/** Whether the responder took part in the conversation. */
export function wasAnswered(f: NotedFacts): boolean {
  if (f.record.attempt === 'established') return true
  return (
    f.record.attempt === 'none' && !f.respIsGroup && f.record.resp_packets > 0 && f.record.orig_packets > 0
  )
}

const oneUp = (severity: Severity): Severity =>
  SEVERITIES[Math.min(severityRank(severity) + 1, SEVERITIES.length - 1)]

/**
 * Severity of one flow's finding (contract section 3). A tunnel is judged like an answered flow: it is a pathway
 * whether or not both its ends were seen to send.
 */
export function severityOf(kind: FindingKind, f: NotedFacts): Severity {
  switch (kind) {
    case 'forbidden-action':
      return 'high'
    case 'expired-exception':
    case 'address-conflict':
    case 'mirror-transmits':
    case 'mirror-unaccounted':
      return 'medium'
    case 'mirror-loss':
    case 'mirror-down':
      return 'low'
    case 'unzoned-asset':
      return f.record.orig_zone === undefined && f.record.resp_zone === undefined ? 'info' : 'medium'
    case 'undeclared-tunnel':
    case 'unsanctioned-flow':
    case 'service-mismatch':
    case 'scan': {
      const base = kind === 'undeclared-tunnel' || wasAnswered(f) ? 'high' : 'medium'
      return f.respSlT >= 3 || hasImpact(f.record) ? oneUp(base) : base
    }
  }
}
