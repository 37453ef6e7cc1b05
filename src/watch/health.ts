import { hash } from 'node:crypto'
import { listText } from '../finding/words.ts'
import type { FindingKind, FindingRecord, Severity } from '../records.ts'

type HealthKind = Extract<FindingKind, `mirror-${string}`>

interface Health {
  kind: HealthKind
  severity: Severity
  interface: string
  first: number
  last: number
  count: number
  /** what of, with how many */
  names: Map<string, number>
  message: string
}

const SEVERITY: Readonly<Record<HealthKind, Severity>> = {
  'mirror-transmits': 'medium',
  'mirror-loss': 'low',
  'mirror-down': 'low',
  'mirror-unaccounted': 'medium',
}
const MOST_NAMES = 20

/** What is wrong with the mirror ports themselves, as findings: one for each kind and interface. */
export class MirrorHealth {
  private readonly site: string
  private readonly findings = new Map<string, Health>()

  /** `site` is that of the policy, '' without one; with kind and interface it makes the finding's id. */
  constructor(site: string) {
    this.site = site
  }

  /** Takes in one event, `count` times, at milliseconds since 1970; `name` is what was sent, or which sum was violated. */
  note(
    kind: HealthKind,
    name: string,
    at: number,
    about: { interface: string; count?: number; message: string },
  ): void {
    const key = `${kind}\n${about.interface}`
    const known = this.findings.get(key)
    const count = about.count ?? 1
    const finding: Health = known ?? {
      kind,
      severity: SEVERITY[kind],
      interface: about.interface,
      first: at,
      last: at,
      count: 0,
      names: new Map(),
      message: '',
    }
    finding.last = at
    finding.count += count
    if (finding.names.has(name) || finding.names.size < MOST_NAMES)
      finding.names.set(name, (finding.names.get(name) ?? 0) + count)
    finding.message = about.message
    this.findings.set(key, finding)
  }

  /** All of them; ids do not change from one call to the next. */
  records(policyId: string | undefined): FindingRecord[] {
    return [...this.findings].map(([key, f]) => {
      const names = [...f.names].sort((a, b) => b[1] - a[1])
      const record: FindingRecord = {
        type: 'finding',
        finding_id: hash('sha256', JSON.stringify([this.site, ...key.split('\n')])).slice(0, 16),
        kind: f.kind,
        severity: f.severity,
        first: new Date(f.first).toISOString(),
        last: new Date(f.last).toISOString(),
        count: f.count,
        subject: { interface: f.interface, what: names.map(([name, n]) => `${name} (${n})`) },
        message: f.message.replace(
          '{what}',
          listText(
            names.map(([name]) => name),
            5,
          ),
        ),
        evidence: [{ interface: f.interface, time: new Date(f.first).toISOString() }],
      }
      if (policyId !== undefined) record.policy_id = policyId
      return record
    })
  }
}
