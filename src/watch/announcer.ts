import { severityRank } from '../finding/severity.ts'
import type { FindingRecord } from '../records.ts'

/** Why a finding is told: it is new, it has become graver, or it has gone on for a while. */
export type Change = 'new' | 'graver' | 'again'

/** Milliseconds between two tellings of a finding that only goes on. */
const AGAIN = 60_000

interface Told {
  severity: number
  about: string | undefined
  count: number
  at: number
}

/** A finding before it is put into words. */
export interface Announced {
  key: string
  severity: FindingRecord['severity']
  /** what must not be told late: another one is told at once */
  about?: string
  count: () => number
  record: () => FindingRecord
}

/** Tells findings of a run that goes on: each when it is new, when it grows graver, and once a minute while it goes on. */
export class Announcer {
  private readonly told = new Map<string, Told>()
  private readonly onFinding: (record: FindingRecord, change: Change) => void

  constructor(onFinding: (record: FindingRecord, change: Change) => void) {
    this.onFinding = onFinding
  }

  /**
   * Looks through all findings there are at `now` (milliseconds); the last time each that has gone on is told once more, so that
   * the last word is the right one.
   */
  look(findings: readonly Announced[], now: number, isLast = false): void {
    for (const finding of findings) {
      const known = this.told.get(finding.key)
      const severity = severityRank(finding.severity)
      if (known === undefined) this.tell(finding, 'new', now)
      else if (severity > known.severity) this.tell(finding, 'graver', now)
      else if (finding.about !== known.about) this.tell(finding, 'again', now)
      else if ((isLast || now - known.at >= AGAIN) && finding.count() !== known.count)
        this.tell(finding, 'again', now)
    }
  }

  /** Forgets findings that are none any more: single attempts that became a scan. `keys` are those there are. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.told.keys()) if (!keys.has(key)) this.told.delete(key)
  }

  private tell(finding: Announced, change: Change, at: number): void {
    const record = finding.record()
    this.told.set(finding.key, {
      severity: severityRank(record.severity),
      about: finding.about,
      count: record.count,
      at,
    })
    this.onFinding(record, change)
  }
}
