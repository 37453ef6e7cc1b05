import { Assets } from '../asset/assets.ts'
import { loadAssignments } from '../asset/vendor.ts'
import type { Announcement } from '../decode/announce.ts'
import { notedOf } from '../engine/noted-text.ts'
import {
  ITEM_BINDING,
  ITEM_CONFLICT,
  ITEM_NOTED,
  ITEM_RECORD,
  ITEM_STATEMENT,
  itemsOf,
  type Report,
} from '../engine/reports.ts'
import type { AddressConflict, NotedFacts, Statement } from '../finding/facts.ts'
import { Findings, type Found } from '../finding/findings.ts'
import { formatAddress, formatMac } from '../net/address.ts'
import type { Model } from '../policy/model.ts'
import type { AssetRecord, FindingRecord, Summary } from '../records.ts'
import { type RunFacts, SummaryBuilder } from '../summary.ts'
import { type EngineState, EngineSum } from './engine.ts'

export interface BooksOptions {
  version: string
  model: Model | undefined
  withAssets: boolean
  onLine: (jsonl: string) => void
}

/** What a run that watches has come to: kept outside of what looks at bytes, so that it outlives it. */
export class Books {
  private readonly options: BooksOptions
  private readonly findings: Findings
  private readonly assets: Assets | undefined
  /** what workers before had gathered, and the one at work when it last said so */
  private readonly past = new EngineSum()
  private latest: { worker: string; state: EngineState } | undefined
  private model: Model | undefined
  private hasNews = false

  constructor(options: BooksOptions) {
    const { model } = options
    this.options = options
    this.model = model
    this.findings = new Findings({ site: model?.site ?? '', policyId: model?.policyId, model })
    this.assets = options.withAssets ? new Assets() : undefined
  }

  /** Another policy is in force. */
  judgeBy(model: Model | undefined): void {
    this.model = model
    this.findings.judgeBy(model)
  }

  take(report: Report): void {
    for (const { kind, jsonl, object } of itemsOf(report)) {
      if (jsonl !== '') this.options.onLine(jsonl)
      if (object === '') continue
      if (kind === ITEM_NOTED) this.observe(notedOf(object))
      else if (kind === ITEM_RECORD) this.observe(JSON.parse(object) as NotedFacts)
      else if (kind === ITEM_CONFLICT) this.conflict(JSON.parse(object) as AddressConflict)
      else if (kind === ITEM_STATEMENT) this.heard(JSON.parse(object) as Statement)
      else if (kind === ITEM_BINDING) this.bind(JSON.parse(object) as Announcement & { vlans: number[] })
    }
  }

  private observe(facts: NotedFacts): void {
    // frames of an interface are nowhere to be looked up: what helps is when it was
    facts.evidence.time = facts.record.start
    this.findings.observe(facts)
    this.hasNews = true
  }

  private conflict(conflict: AddressConflict): void {
    conflict.evidence.time = conflict.at
    this.findings.conflict(conflict)
    this.hasNews = true
  }

  private heard({ id, what, text, how }: Statement): void {
    this.assets?.heard(id, what, text, how)
  }

  private bind({ version, words, macHigh, macLow, vlans }: Announcement & { vlans: number[] }): void {
    const [w0, w1, w2, w3] = version === 4 ? [0, 0, 0, words[3]] : words
    const address = formatAddress(version, w0 >>> 0, w1 >>> 0, w2 >>> 0, w3 >>> 0)
    this.assets?.bind(address, formatMac(macHigh, macLow >>> 0), vlans.at(-1))
  }

  /** What a worker has gathered until now. */
  state(worker: string, state: EngineState): void {
    if (this.latest !== undefined && this.latest.worker !== worker) this.past.absorb(this.latest.state)
    this.latest = { worker, state }
  }

  /** All findings, when something was observed since the last call, or when they are wanted anyway. */
  news(isWanted = false): Found[] | undefined {
    if (!this.hasNews && !isWanted) return undefined
    this.hasNews = false
    return this.findings.found()
  }

  recordOf(found: Found): FindingRecord {
    return this.findings.recordOf(found)
  }

  /** The result of the run; `run` lacks what the books know. */
  async close(
    run: Omit<RunFacts, 'findings' | 'crowded' | 'assetsLeftOut' | 'mirrorWrapping' | 'undeclaredMirrors'>,
    health: readonly FindingRecord[],
  ): Promise<{ summary: Summary; findings: FindingRecord[]; assets: AssetRecord[] }> {
    const { version } = this.options
    const builder = new SummaryBuilder({ version, model: this.model })
    const { desks, mirrorSessions, undeclaredMirrors } = this.past.with(this.latest?.state)
    for (const desk of desks) {
      builder.absorb(desk.tallies)
      if (desk.assets !== undefined) this.assets?.absorb(desk.assets)
    }
    const findings = [...this.findings.result(), ...health]
    return {
      findings,
      assets: this.assets?.records(await loadAssignments()) ?? [],
      summary: builder.build({
        ...run,
        findings,
        crowded: this.findings.crowded,
        assetsLeftOut: this.assets?.overflow ?? 0,
        mirrorWrapping: mirrorSessions,
        undeclaredMirrors,
      }),
    }
  }
}
