import { type AnalyzeOptions, analyze, type Outcome } from './analyzer.ts'
import { Assets } from './asset/assets.ts'
import { loadAssignments } from './asset/vendor.ts'
import { Findings } from './finding/findings.ts'
import { timeText } from './flow/record.ts'
import { formatAddress, formatMac } from './net/address.ts'
import type { AssetRecord, FindingRecord, Summary } from './records.ts'
import { SummaryBuilder } from './summary.ts'

export interface RunOptions
  extends Omit<AnalyzeOptions, 'onRecord' | 'onNoted' | 'onConflict' | 'onBinding' | 'onStatement' | 'desk'> {
  /** version that the summary names */
  version: string
  /** flow and tunnel records are wanted as lines: those of flows.jsonl, interim ones too, or those of `-f csv` */
  withLines?: { jsonl?: boolean; csv?: boolean }
  /** asset records are wanted (costs memory for every machine seen) */
  withAssets?: boolean
}

/** What a run comes to. Findings gravest first; `assets` is empty unless they were wanted. */
export interface RunResult {
  summary: Summary
  findings: FindingRecord[]
  assets: AssetRecord[]
}

/** Judges captures and gathers findings, assets and the summary. Throws CaptureError when there is nothing to read. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { policy, version, withLines } = options
  const model = policy?.model
  const findings = new Findings({ site: model?.site ?? '', policyId: model?.policyId, model })
  const builder = new SummaryBuilder({ version, model })
  const assets = options.withAssets ? new Assets() : undefined
  const outcome = await analyze({
    ...options,
    desk: { jsonl: false, csv: false, ...withLines, assets: assets !== undefined },
    onNoted: facts => findings.observe(facts),
    onConflict: conflict => findings.conflict(conflict),
    ...(assets === undefined
      ? {}
      : { onStatement: ({ id, what, text, how }) => assets.heard(id, what, text, how) }),
    onBinding: ({ version: ip, words, macHigh, macLow }, vlans) => {
      const [w0, w1, w2, w3] = ip === 4 ? [0, 0, 0, words[3]] : words
      assets?.bind(
        formatAddress(ip, w0 >>> 0, w1 >>> 0, w2 >>> 0, w3 >>> 0),
        formatMac(macHigh, macLow >>> 0),
        vlans.at(-1),
      )
    },
  })
  for (const desk of outcome.desks) {
    builder.absorb(desk.tallies)
    if (desk.assets !== undefined) assets?.absorb(desk.assets)
  }
  for (const { names } of outcome.files) for (const [address, known] of names) assets?.name(address, known)
  let listed: FindingRecord[] | undefined
  return {
    // there may be thousands, and nobody who asks for more than the summary
    get findings() {
      listed ??= findings.result()
      return listed
    },
    assets: assets?.records(await loadAssignments()) ?? [],
    summary: builder.build({
      ...outcome,
      ...times(outcome),
      findings: findings.found(),
      crowded: findings.crowded,
      assetsLeftOut: assets?.overflow ?? 0,
      mirrorWrapping: outcome.mirrorSessions,
    }),
  }
}

/** First and last frame as text, and the seconds between them. */
function times({ span }: Outcome): { start?: string; end?: string; span: number } {
  if (span === undefined) return { span: 0 }
  const { firstSeconds, firstNanos, lastSeconds, lastNanos } = span
  return {
    start: timeText(firstSeconds, firstNanos),
    end: timeText(lastSeconds, lastNanos),
    span: Math.round((lastSeconds - firstSeconds) * 1e9 + (lastNanos - firstNanos)) / 1e9,
  }
}
