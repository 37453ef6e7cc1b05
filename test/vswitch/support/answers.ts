import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AssetRecord, FindingRecord, FlowRecord, Summary } from '../../../src/records.ts'
import { conduitwatch } from '../../support/command.ts'

/** What a run has come to, whichever command it was. */
export interface Answer {
  summary: Summary
  findings: readonly FindingRecord[]
  flows: readonly FlowRecord[]
}

const lines = <T>(path: string): T[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))

/** Assets as a run wrote them into a folder. */
export const assetsIn = (folder: string): AssetRecord[] => lines(join(folder, 'assets.jsonl'))

/** What `analyze` makes of captures; its files go into `folder`. Throws what it said if it could not. */
export function analyzed(captures: readonly string[], policy: string, folder: string): Answer {
  const flags = ['-p', policy, '-o', folder, '-f', 'jsonl', '--exit-zero', '--no-progress']
  const { status, stderr } = conduitwatch(['analyze', ...captures, ...flags])
  if (status !== 0) throw new Error(`analyze ended with ${status}: ${stderr}`)
  return {
    summary: JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')),
    findings: lines(join(folder, 'findings.jsonl')),
    flows: lines(join(folder, 'flows.jsonl')),
  }
}

/** When something was first, as sentences have it: a moment, or the frame of a file. */
const FIRST = /first (at \d{4}-\d\d-\d\d [\d:.]+ UTC|in frame [\d,]+)/g

/** A copy without some keys, and without moments in its sentences. */
function without(record: object, ...keys: string[]): Record<string, unknown> {
  const left = Object.entries(record).filter(([key]) => !keys.includes(key))
  return JSON.parse(JSON.stringify(Object.fromEntries(left)).replaceAll(FIRST, 'first'))
}

const sorted = (records: readonly object[]): object[] =>
  records.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** Findings less moments and evidence. */
export const findingsOf = (findings: readonly FindingRecord[]): object[] =>
  sorted(findings.map(finding => without(finding, 'first', 'last', 'evidence')))

/** Assets less when they were seen. */
export const assetsOf = (assets: readonly AssetRecord[]): object[] =>
  sorted(assets.map(asset => without(asset, 'first', 'last')))

/** The last record of each conversation, less moments and what they make: its id, how often it was told, and why no more. */
export const flowsOf = (flows: readonly FlowRecord[]): object[] =>
  sorted(
    flows
      .filter(({ final }) => final)
      .map(flow => ({
        ...without(flow, 'flow_id', 'parent', 'tunnel_parent', 'seq', 'start', 'end', 'end_reason'),
        ...(flow.functions && { functions: flow.functions.map(each => without(each, 'frame', 'time')) }),
      })),
  )

/** Everything a summary says of what was seen; not when it was, and where it came from, which may be damaged files. */
export function seenIn({ summary }: Answer): object {
  const { exceptions, limits, ...seen } = summary
  return {
    limits: limits.filter(limit => !limit.includes('is damaged at byte')),
    ...without(seen, 'start', 'end', 'span', 'files', 'interfaces', 'gaps', 'complete'),
    exceptions: exceptions.map(exception => without(exception, 'days_left')),
  }
}
