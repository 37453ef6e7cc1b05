/**
 * Holds what we make of the corpus against capinfos, TShark, Zeek, nDPI, Arkime and Suricata:
 * `node bench/corpus.ts [part of a path or a glob] [--all] [--list]`. Prints every difference that
 * bench/corpus-differences.tsv does not explain (with `--all` those too, with `--list` as lines for that file) and the
 * sums per kind of truth. Exit status 1 when something is unexplained, or a line of the list explains nothing.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Counts, Held } from './support/comparison.ts'
import { type Capture, CORPUS, corpusText, hasCorpus, inventory } from './support/corpus.ts'
import { Explanations, parseDifferences } from './support/differences.ts'
import { compareFlowTruth, icmpErrors, parseFlowTruth } from './support/flow-truth.ts'
import { parseArkime, parseNdpi, parseSuricata } from './support/other-truth.ts'
import { type CaptureRun, runCapture } from './support/run-capture.ts'
import {
  compareCommunityIds,
  compareToolRows,
  type Likeness,
  OurConversations,
} from './support/tool-truth.ts'
import { parseZeekLog } from './support/zeek-truth.ts'

/** What was held of one capture against one kind of truth. */
interface Verified {
  truth: string
  held: Held[]
}

const likeness: Likeness = { originators: [0, 0], histories: [0, 0] }

async function verify(capture: Capture): Promise<{ run: CaptureRun; verified: Verified[] }> {
  const run = await runCapture(CORPUS + capture.path, capture.packets)
  const verified: Verified[] = [{ truth: 'run', held: heldOfRun(run, capture) }]
  const tshark = corpusText(`truth/${capture.path}.tsv`)
  let errors: ReadonlyMap<string, Counts> | undefined
  if (tshark !== undefined) {
    const truth = parseFlowTruth(tshark)
    errors = icmpErrors(truth)
    // where TShark stopped early there is nothing to compare but what it read
    const leftOver = run.frames.received - run.frames.placed.flows - run.frames.placed.icmp_errors
    verified.push({ truth: 'tshark', held: compareFlowTruth(truth, run.flows, leftOver) })
  }
  const ours = new OurConversations(run.flows, run.tunnels)
  for (const path of capture.truth) {
    const text = corpusText(path)
    if (text === undefined) continue
    const held = heldOfTool(path, text, ours, errors)
    if (held !== undefined) verified.push(held)
  }
  return { run, verified }
}

function heldOfRun(run: CaptureRun, capture: Capture): Held[] {
  const held: Held[] = run.faults.map(fault => ({
    conversation: `run ${fault}`,
    result: 'different',
    truth: '',
    ours: fault,
  }))
  const { received } = run.frames
  held.push({
    conversation: 'run frames',
    result: received === capture.packets ? 'equal' : 'different',
    truth: String(capture.packets),
    ours: String(received),
  })
  return held
}

function heldOfTool(
  path: string,
  text: string,
  ours: OurConversations,
  errors?: ReadonlyMap<string, Counts>,
): Verified | undefined {
  if (/conn\.(log|cut|log\.cut)$/.test(path)) {
    const rows = parseZeekLog(path, text)
    if (!Array.isArray(rows)) {
      const conversation = `zeek ${path}`
      return {
        truth: 'zeek',
        held: [{ conversation, result: 'skipped', truth: '', ours: '', why: rows.skip }],
      }
    }
    return { truth: 'zeek', held: compareToolRows('zeek', rows, ours, likeness) }
  }
  if (path.startsWith('ndpi/') && path.endsWith('.out'))
    return { truth: 'ndpi', held: compareToolRows('ndpi', parseNdpi(text), ours, likeness, errors) }
  if (path.startsWith('arkime/') && path.endsWith('.test'))
    return { truth: 'arkime', held: compareCommunityIds('arkime', parseArkime(text), ours) }
  if (path.startsWith('suricata-verify/') && path.endsWith('test.yaml'))
    return { truth: 'suricata', held: compareToolRows('suricata', parseSuricata(text), ours, likeness) }
  return undefined
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
  })
  if (!hasCorpus) {
    console.error('The corpus is not here; there is nothing to compare with.')
    return 2
  }
  const list = new URL('corpus-differences.tsv', import.meta.url)
  const explanations = new Explanations(parseDifferences(readFileSync(list, 'utf8')))
  const sums = new Map<string, Record<Held['result'] | 'explained', number>>()
  const looked = new Set<string>()
  let unexplained = 0
  let frames = 0
  let bytes = 0
  let milliseconds = 0
  const damaged: string[] = []
  for (const capture of inventory(positionals[0])) {
    looked.add(capture.path)
    let result: Awaited<ReturnType<typeof verify>>
    try {
      result = await verify(capture)
    } catch (error) {
      unexplained++
      console.log(`${capture.path}\n  ${error instanceof Error ? error.stack : error}`)
      continue
    }
    frames += result.run.frames.received
    bytes += capture.bytes
    milliseconds += result.run.milliseconds
    for (const { damage } of result.run.files)
      for (const { offset, reason } of damage) damaged.push(`${capture.path}\t${offset}\t${reason}`)
    for (const { truth, held } of result.verified) {
      const sum = sums.get(truth) ?? { equal: 0, notation: 0, different: 0, skipped: 0, explained: 0 }
      sums.set(truth, sum)
      for (const one of held) {
        const reason =
          one.result === 'different' ? explanations.reasonFor(capture.path, one.conversation) : undefined
        if (reason === undefined) sum[one.result]++
        else sum.explained++
        if (one.result !== 'different' || (reason !== undefined && !values.all)) continue
        if (reason === undefined) unexplained++
        if (values.list) console.log(`${capture.path}\t${one.conversation}\t${one.truth} / ${one.ours}`)
        else
          console.log(
            `${capture.path}: ${one.conversation}\n  truth ${one.truth}\n  ours  ${one.ours}${reason ? `\n  (${reason})` : ''}`,
          )
      }
    }
  }
  if (values.all) for (const line of damaged) console.log(`damage\t${line}`)
  const unneeded = explanations.unneeded(looked)
  for (const { line, capture, conversation } of unneeded)
    console.log(`line ${line} of the list explains nothing: ${capture} ${conversation}`)
  console.log(
    `\n${looked.size} captures, ${frames} frames, ${bytes} bytes, ${Math.round(milliseconds)} ms; ${damaged.length} places of damage`,
  )
  for (const [truth, s] of sums) {
    console.log(
      `${truth.padEnd(9)} ${s.equal} equal, ${s.notation} equal but written down otherwise, ${s.explained} explained, ${s.different} different, ${s.skipped} not comparable`,
    )
  }
  const share = ([equal, all]: [number, number]): string => `${equal} of ${all}`
  console.log(
    `originators as the tools have them ${share(likeness.originators)}, histories ${share(likeness.histories)}`,
  )
  return unexplained + unneeded.length > 0 ? 1 : 0
}

process.exitCode = await main()
