import { analyze, type Outcome } from '../../src/analyzer.ts'
import type { FlowRecord, FrameCounts } from '../../src/records.ts'

/** One capture through the analyzer, without policy. */
export interface CaptureRun {
  frames: FrameCounts
  /** newest record of each flow */
  flows: FlowRecord[]
  /** newest record of each tunnel that is no mirror's wrapping */
  tunnels: FlowRecord[]
  files: Outcome['files']
  /** sentences on what a run must never do: a flow id used twice, records that do not add up */
  faults: string[]
  milliseconds: number
}

/** Analyzes the capture at `path` in this process. Throws what the analyzer throws. */
export async function runCapture(path: string, packets: number): Promise<CaptureRun> {
  const started = performance.now()
  const newest = new Map<string, FlowRecord>()
  const closed = new Set<string>()
  const faults: string[] = []
  // a table as large as the capture can fill: making a thousand of full size takes longer than the captures
  const maxFlows = 2 ** Math.ceil(Math.log2(Math.min(1 << 20, Math.max(1024, packets * 2))))
  const outcome = await analyze({
    captures: [path],
    maxFlows,
    onRecord: ({ record }) => {
      const { type, flow_id, final } = record
      const id = `${type} ${flow_id}`
      if (closed.has(id)) faults.push(`flow_id ${flow_id} is used after its final record`)
      if (final) closed.add(id)
      newest.set(id, record)
    },
  })
  const records = [...newest.values()]
  const flows = records.filter(r => r.type === 'flow')
  const { frames } = outcome
  faults.push(...unbalanced(frames, flows))
  for (const { flow_id, final } of records) if (!final) faults.push(`flow ${flow_id} has no final record`)
  return {
    frames,
    flows,
    tunnels: records.filter(r => r.type === 'tunnel'),
    files: outcome.files,
    faults,
    milliseconds: performance.now() - started,
  }
}

/** What does not hold of the conservation sum. */
function unbalanced(frames: FrameCounts, flows: readonly FlowRecord[]): string[] {
  const { received, placed, ...classes } = frames
  const faults: string[] = []
  const sum = Object.values(classes).reduce((a, b) => a + b, 0)
  if (sum !== received) faults.push(`received ${received} frames, but the classes add up to ${sum}`)
  const places = Object.values(placed).reduce((a, b) => a + b, 0)
  if (places !== frames.decoded) faults.push(`decoded ${frames.decoded} frames, but placed ${places}`)
  const packets = flows.reduce((n, r) => n + r.orig_packets + r.resp_packets, 0)
  if (packets !== placed.flows)
    faults.push(`placed ${placed.flows} frames in flows, but records have ${packets}`)
  const copies = flows.reduce((n, r) => n + r.orig_copies + r.resp_copies, 0)
  if (copies !== placed.copies) faults.push(`placed ${placed.copies} copies, but records have ${copies}`)
  return faults
}
