/**
 * Holds the functions that we make of the corpus, with their counts, against the logs of Zeek and of its ICSNPP parsers, IPAL's
 * transcripts and TShark; and the industrial protocols that we recognise against those that they and nDPI name:
 * `node bench/functions.ts [part of a path or a glob] [--logs] [--all] [--list]`. Prints each difference that
 * bench/functions-differences.tsv does not explain (with `--all` those too, with `--list` as lines for that file), then a line for
 * each protocol and source. `--logs`: without TShark, which takes minutes. Exit status 1 while anything is open, or a line of
 * the list explains nothing.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ipalTruths } from './functions/ipal-truth.ts'
import { type Entry, ExplainedList, parseList } from './functions/list.ts'
import { logTruths } from './functions/log-truth.ts'
import { compareRecognition, isClaim, namedByTools, namedByTshark } from './functions/recognition.ts'
import { compareFunctions } from './functions/tally.ts'
import { tsharkVersion } from './functions/tshark.ts'
import { COUNTERS, tsharkView } from './functions/tshark-truth.ts'
import { type Capture, CORPUS, hasCorpus, inventory } from './support/corpus.ts'
import { runCapture } from './support/run-capture.ts'

type Difference = Omit<Entry, 'reason' | 'line'>

/** Collections of industrial captures, and the protocols by which the inventory shows one elsewhere. */
const INDUSTRIAL_PATHS = /^(icsnpp|iti-ics-security-tools|ipal-transcriber|malcolm-test-artifacts|westermo)\//
const INDUSTRIAL =
  /\b(modbus|dnp3|enip|cip-io|bacnet|s7|iec104|opcua|mqtt|coap|hart-ip|omron-fins|c37\.118|goose|sv|pnio|profinet|ads|knx|c12\.22|ecat|ethercat)\b/

interface Held extends Difference {
  source: string
}

async function hold(capture: Capture, withTshark: boolean): Promise<Held[]> {
  const { flows } = await runCapture(CORPUS + capture.path, capture.packets)
  const claims = flows.some(isClaim)
  const isIndustrial = INDUSTRIAL_PATHS.test(capture.path) || INDUSTRIAL.test(capture.protocols)
  const view = withTshark && (claims || isIndustrial) ? tsharkView(CORPUS + capture.path) : undefined
  const held: Held[] = []
  for (const truth of [...logTruths(capture.truth), ...ipalTruths(capture.truth), ...(view?.truths ?? [])])
    for (const { source, protocol, fn, ours, theirs } of compareFunctions(truth, flows))
      held.push({ capture: capture.path, protocol, source, what: `${source} ${fn}`, ours, theirs })
  const sources = [...namedByTools(capture), ...(view === undefined ? [] : [namedByTshark(view.frames)])]
  // where there is industrial traffic, who is right about what only we name cannot be said without TShark
  for (const row of compareRecognition(capture, flows, sources))
    if (withTshark || !isIndustrial || row.what !== 'service')
      held.push({ capture: capture.path, source: row.what, ...row })
  return held
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      logs: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  if (!hasCorpus) {
    console.error('The corpus is not here; there is nothing to compare with.')
    return 2
  }
  const version = values.logs ? undefined : tsharkVersion()
  if (values.logs) console.log('TShark is left out (--logs): only logs are compared.')
  else if (version === undefined) console.log('tshark is not installed: what only it can tell is skipped.')
  else console.log(`tshark ${version}`)
  const list = new ExplainedList(
    parseList(readFileSync(new URL('functions-differences.tsv', import.meta.url), 'utf8')),
  )
  const sums = new Map<string, { equal: number; explained: number; open: number }>()
  const looked = new Set<string>()
  let open = 0
  for (const capture of inventory(positionals[0])) {
    looked.add(capture.path)
    let held: Held[]
    try {
      held = await hold(capture, version !== undefined)
    } catch (error) {
      open++
      console.log(`${capture.path}\n  ${error instanceof Error ? error.stack : error}`)
      continue
    }
    for (const one of held) {
      const key = `${one.protocol}\t${one.source}`
      const sum = sums.get(key) ?? { equal: 0, explained: 0, open: 0 }
      sums.set(key, sum)
      if (one.ours === one.theirs) {
        sum.equal++
        continue
      }
      const reason = list.reasonFor(one)
      sum[reason === undefined ? 'open' : 'explained']++
      if (reason === undefined) open++
      if (reason !== undefined && !values.all) continue
      const { protocol, what, ours, theirs } = one
      if (values.list) console.log([capture.path, protocol, what, ours, theirs].join('\t'))
      else
        console.log(
          `${capture.path}: ${protocol} ${what}: ours ${ours}, theirs ${theirs}${reason ? `\n  (${reason})` : ''}`,
        )
    }
  }
  const unneeded = list.unneeded(
    ({ capture, what }) =>
      (looked.has(capture) || (capture.endsWith('*') && positionals.length === 0)) &&
      (version !== undefined || !/tshark|^service$/.test(what)),
  )
  for (const { line, capture, what } of unneeded)
    console.log(`line ${line} of the list explains nothing: ${capture} ${what}`)
  console.log('')
  if (version !== undefined && positionals.length === 0) {
    const met = new Set([...sums.keys()].map(key => key.split('\t')[0]))
    const unmet = [...new Set(COUNTERS.map(({ protocol }) => protocol))].filter(one => !met.has(one))
    if (unmet.length > 0) console.log(`in no capture of the corpus: ${unmet.join(', ')}`)
  }
  const total = { equal: 0, explained: 0, open: 0 }
  for (const [key, { equal, explained, open: left }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [protocol, source] = key.split('\t')
    console.log(
      `${protocol.padEnd(14)} ${source.padEnd(15)} ${equal} equal, ${explained} explained, ${left} open`,
    )
    total.equal += equal
    total.explained += explained
    total.open += left
  }
  console.log(
    `${looked.size} captures: ${total.equal} equal, ${total.explained} explained, ${open} open, ${unneeded.length} lines of the list not needed`,
  )
  return open + unneeded.length > 0 ? 1 : 0
}

process.exitCode = await main()
