/**
 * Holds the applications that we recognise by their bytes against the names of nDPI, Zeek and Arkime, conversation by conversation:
 * `node bench/applications.ts [part of a path or a glob] [--pairs]`. For each service: how often both agree, what only we and
 * what only they recognised, and in which captures; with `--pairs` the other name beside each. Then every industrial protocol
 * claimed in a capture that, by its name and by what the tools say, has none of it. Exit status 1 when there is such a claim.
 */
import { parseArgs } from 'node:util'
import { CARRIED, SERVICES } from '../src/net/ports.ts'
import type { FlowRecord } from '../src/records.ts'
import { isIcmpError } from './support/comparison.ts'
import { type Capture, CORPUS, corpusText, hasCorpus, inventory } from './support/corpus.ts'
import { runCapture } from './support/run-capture.ts'
import {
  arkimeNames,
  isOneOf,
  learnIds,
  type NamedRow,
  ndpiNames,
  zeekNames,
} from './support/service-truth.ts'
import { keyOf } from './support/tool-truth.ts'

/** What else stands for a service in the names of captures and in the lists of TShark and the ICSNPP logs. */
const WORDS: Readonly<Record<string, string>> = {
  modbus: 'mbtcp mbrtu',
  'modbus-tls': 'modbus tls',
  s7comm: 's7 cotp',
  's7comm-plus': 's7 cotp',
  mms: 'cotp iccp 61850',
  enip: 'cip ethernetip',
  iec104: '60870 104asdu iec104 iec-104',
  opcua: 'opc-ua opcua',
  'hart-ip': 'hart',
  fins: 'omron',
  profinet: 'pn_ pnio pn-io dcp',
  synchrophasor: 'synphasor c37118 pmu',
  'ge-egd': 'egd',
  'ge-srtp': 'srtp',
  ethercat: 'ecat',
  tristation: 'trisis triton',
  goose: '61850',
  sv: '61850 sampled',
  ads: 'ams',
  melsec: 'slmp mitsubishi',
  'opcua-pubsub': 'uadp',
}

interface Sum {
  agreed: number
  /** by capture and the other name: conversations */
  oursOnly: Map<string, number>
  theirsOnly: Map<string, number>
}

const sums = new Map<string, Sum>()
const sumOf = (service: string): Sum => {
  let sum = sums.get(service)
  if (sum === undefined) {
    sum = { agreed: 0, oursOnly: new Map(), theirsOnly: new Map() }
    sums.set(service, sum)
  }
  return sum
}
const count = (table: Map<string, number>, key: string): void => {
  table.set(key, (table.get(key) ?? 0) + 1)
}

// what is TLS or the like at an industrial protocol's port claims nothing of what is inside
const industrial = new Set(SERVICES.filter(({ ot }) => ot).map(({ id }) => id))
for (const [id] of CARRIED) industrial.delete(id)
const isByBytes = ({ service_how: how }: FlowRecord): boolean => how === 'parsed' || how === 'structure'

/** Names of one tool against ours. What has no name of ours there counts as "ours only" only where the tool looked at all. */
function compare(rows: readonly NamedRow[], flows: readonly FlowRecord[], capture: Capture): void {
  const theirs = new Map<string, NamedRow>()
  for (const row of rows) if (!theirs.has(row.key) || row.services.length > 0) theirs.set(row.key, row)
  const met = new Set<string>()
  for (const flow of flows) {
    if (flow.orig_addr === undefined || isIcmpError(flow)) continue
    const [key] = keyOf(
      flow.proto!,
      flow.orig_addr,
      String(flow.orig_port ?? '-'),
      flow.resp_addr!,
      String(flow.resp_port ?? '-'),
    )
    const row = theirs.get(key)
    const ours = isByBytes(flow) ? flow.service! : undefined
    if (row === undefined || met.has(key)) continue
    met.add(key)
    if (ours !== undefined && isOneOf(ours, row.services)) sumOf(ours).agreed++
    else {
      if (ours !== undefined) count(sumOf(ours).oursOnly, `${capture.path}\t${row.name}`)
      if (row.services.length > 0)
        count(sumOf(row.services[0]).theirsOnly, `${capture.path}\t${ours ?? '(none)'}`)
    }
  }
}

/** Industrial claims in a capture that is not known to have any of that protocol. */
function wrongClaims(flows: readonly FlowRecord[], capture: Capture, names: readonly NamedRow[]): string[] {
  const about = `${capture.path} ${capture.protocols} ${capture.truth.join(' ')}`.toLowerCase()
  const wrong = new Map<string, number>()
  for (const flow of flows) {
    const { service } = flow
    if (service === undefined || !industrial.has(service) || !isByBytes(flow)) continue
    const words = [service, ...(WORDS[service] ?? '').split(' ').filter(Boolean)]
    if (words.some(word => about.includes(word))) continue
    if (names.some(({ services }) => services.includes(service))) continue
    count(wrong, `${service} (${flow.proto ?? 'ethernet'} ${flow.resp_port ?? ''})`)
  }
  return [...wrong].map(([claim, n]) => `${capture.path}: ${claim} ${n}`)
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pairs: { type: 'boolean', default: false } },
  })
  if (!hasCorpus) {
    console.error('The corpus is not here; there is nothing to compare with.')
    return 2
  }
  learnIds(SERVICES.map(({ id }) => id))
  const wrong: string[] = []
  let captures = 0
  let byBytes = 0
  for (const capture of inventory(positionals[0])) {
    captures++
    let flows: FlowRecord[]
    try {
      flows = (await runCapture(CORPUS + capture.path, capture.packets)).flows
    } catch (error) {
      console.log(`${capture.path}: ${error instanceof Error ? error.message : error}`)
      continue
    }
    byBytes += flows.filter(isByBytes).length
    const names: NamedRow[] = []
    for (const path of capture.truth) {
      const text = corpusText(path)
      if (text === undefined) continue
      const rows =
        path.startsWith('ndpi/') && path.endsWith('.out')
          ? ndpiNames(text)
          : /conn\.(log|cut|log\.cut)$/.test(path)
            ? zeekNames(text)
            : path.startsWith('arkime/') && path.endsWith('.test')
              ? arkimeNames(text)
              : []
      compare(rows, flows, capture)
      names.push(...rows)
    }
    wrong.push(...wrongClaims(flows, capture, names))
  }
  print(values.pairs)
  console.log(`\n${captures} captures, ${byBytes} conversations recognised by their bytes`)
  console.log(`industrial protocols claimed wrongly: ${wrong.length === 0 ? 'none' : ''}`)
  for (const line of wrong) console.log(`  ${line}`)
  return wrong.length > 0 ? 1 : 0
}

function print(withPairs: boolean): void {
  const total = (table: Map<string, number>): number => [...table.values()].reduce((a, b) => a + b, 0)
  for (const [service, { agreed, oursOnly, theirsOnly }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(
      `${service}: ${agreed} agreed, ${total(oursOnly)} ours only, ${total(theirsOnly)} theirs only`,
    )
    for (const [word, table] of [
      ['ours only', oursOnly],
      ['theirs only', theirsOnly],
    ] as const) {
      if (table.size === 0) continue
      if (withPairs)
        for (const [where, n] of table) {
          const [path, other] = where.split('\t')
          console.log(`  ${word}: ${path}: ${n}, the other name is ${other}`)
        }
      else
        console.log(`  ${word}: ${[...new Set([...table.keys()].map(key => key.split('\t')[0]))].join(', ')}`)
    }
  }
}

process.exitCode = await main()
