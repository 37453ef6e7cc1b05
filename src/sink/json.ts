import type { FindingRecord, Summary } from '../records.ts'
import type { LineWriter } from './line-writer.ts'

/** `-f json`: one document, the summary. */
export function writeJson(out: LineWriter, summary: Summary): void {
  out.write(`${JSON.stringify(summary, null, 2)}\n`)
  out.flush()
}

/** `-f jsonl`: the findings, then the summary, one per line. */
export function writeJsonLines(out: LineWriter, findings: readonly FindingRecord[], summary: Summary): void {
  for (const finding of findings) out.record(finding)
  out.record(summary)
  out.flush()
}
