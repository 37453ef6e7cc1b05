import { CARRIED, SERVICES } from '../../src/net/ports.ts'
import type { FlowRecord } from '../../src/records.ts'
import { type Capture, corpusText } from '../support/corpus.ts'
import { isOneOf, learnIds, ndpiNames, zeekNames } from '../support/service-truth.ts'
import { keyOf } from '../support/tool-truth.ts'
import { logConversations } from './log-truth.ts'
import type { Dissected } from './tshark.ts'
import { servicesIn } from './tshark-truth.ts'

// what is TLS or the like at an industrial protocol's port claims nothing of what is inside
const industrial = new Set(SERVICES.filter(({ ot }) => ot).map(({ id }) => id))
for (const [id] of CARRIED) industrial.delete(id)
learnIds(SERVICES.map(({ id }) => id))

/** Captures made of one protocol that TShark has no dissector for, or looks for on its own port only: paths begin so. */
const MADE_OF: readonly (readonly [path: string, service: string])[] = [
  ['malcolm-test-artifacts/pcap/protocols/ROCPlus', 'roc'],
  ['icsnpp/cisagov_icsnpp-bsap/', 'bsap'],
  ['iti-ics-security-tools/fox/', 'fox'],
  ['iti-ics-security-tools/OPC/opc-ua', 'opcua'],
  ['iti-ics-security-tools/s7/S7-1511_db3', 's7comm-plus'],
  ['iti-ics-security-tools/s7/V13_1200', 's7comm-plus'],
  ['arkime/pcap/synchrophasor', 'synchrophasor'],
  ['arkime/pcap/s7comm', 's7comm'],
  ['zeek/Traces/dnp3/', 'dnp3'],
]

/** Services of one conversation by their bytes, as one source names them. */
export interface Named {
  source: string
  /** by conversation; only industrial ones */
  services: Map<string, Set<string>>
}

const isByBytes = ({ service_how: how }: FlowRecord): boolean => how === 'parsed' || how === 'structure'
export const isClaim = (flow: FlowRecord): boolean =>
  flow.service !== undefined && industrial.has(flow.service) && isByBytes(flow)

const layer2 = (a: string, b: string): string => `l2 ${[a, b].sort().join(' ')}`

function keyOfFlow(flow: FlowRecord): string {
  if (flow.orig_addr === undefined) return layer2(flow.orig_mac ?? '', flow.resp_mac ?? '')
  const [key] = keyOf(
    flow.proto!,
    flow.orig_addr,
    String(flow.orig_port ?? '-'),
    flow.resp_addr!,
    String(flow.resp_port ?? '-'),
  )
  return key
}

function put(table: Map<string, Set<string>>, key: string, service: string): void {
  if (!industrial.has(service)) return
  const set = table.get(key)
  if (set === undefined) table.set(key, new Set([service]))
  else set.add(service)
}

/** What TShark dissects, by conversation: the innermost industrial protocol of each frame. */
export function namedByTshark(frames: readonly Dissected[]): Named {
  const services = new Map<string, Set<string>>()
  for (const frame of frames) {
    const service = servicesIn(frame).at(-1)
    if (service === undefined) continue
    const { ends } = frame
    const key =
      ends === undefined
        ? layer2(frame.list('eth.src').at(-1) ?? '', frame.list('eth.dst').at(-1) ?? '')
        : keyOf(ends.proto, ends.src, ends.srcPort, ends.dst, ends.dstPort)[0]
    put(services, key, service)
  }
  return { source: 'tshark', services }
}

/** Conversations that the ICSNPP parsers have in their logs. */
function namedByLogs(capture: Capture): Named[] {
  const services = new Map<string, Set<string>>()
  for (const { service, proto, a, ap, b, bp } of logConversations(capture.truth))
    put(services, keyOf(proto, a, ap, b, bp)[0], service)
  return services.size > 0 ? [{ source: 'icsnpp', services }] : []
}

/** What connection logs of Zeek and results of nDPI name, by conversation. */
export function namedByTools(capture: Capture): Named[] {
  const named = capture.truth.flatMap(path => {
    const isNdpi = path.startsWith('ndpi/') && path.endsWith('.out')
    if (!isNdpi && !/conn\.(log|cut|log\.cut)$/.test(path)) return []
    const text = corpusText(path)
    if (text === undefined) return []
    const services = new Map<string, Set<string>>()
    for (const row of isNdpi ? ndpiNames(text) : zeekNames(text))
      for (const service of row.services) put(services, row.key, service)
    return services.size > 0 ? [{ source: isNdpi ? 'ndpi' : 'zeek', services }] : []
  })
  return [...namedByLogs(capture), ...named]
}

export interface Recognised {
  protocol: string
  /** "service tshark": conversations that it names, and how many of them we recognised; "service": those only we name */
  what: string
  ours: string
  theirs: string
}

/**
 * Holds the industrial services that we recognised by their bytes against those that others name, conversation by
 * conversation; and our own that nobody else names at all.
 */
export function compareRecognition(
  capture: Capture,
  flows: readonly FlowRecord[],
  sources: readonly Named[],
): Recognised[] {
  const ours = new Map<string, Set<string>>()
  for (const flow of flows) if (isClaim(flow)) put(ours, keyOfFlow(flow), flow.service!)
  const seen = new Set(flows.map(keyOfFlow))
  const rows: Recognised[] = []
  for (const { source, services } of sources) {
    const counts = new Map<string, [agreed: number, named: number]>()
    for (const [key, named] of services) {
      // several names of one protocol stand in one row: any of them will do
      if (!seen.has(key)) continue
      const mine = ours.get(key)
      const agreed = [...named].find(service => [...(mine ?? [])].some(own => isOneOf(own, [service])))
      const count = counts.get(agreed ?? [...named][0]) ?? [0, 0]
      counts.set(agreed ?? [...named][0], [count[0] + (agreed === undefined ? 0 : 1), count[1] + 1])
    }
    for (const [protocol, [agreed, named]] of counts)
      rows.push({ protocol, what: `service ${source}`, ours: String(agreed), theirs: String(named) })
  }
  const claims = new Map<string, [all: number, known: number]>()
  const own = MADE_OF.find(([part]) => capture.path.startsWith(part))?.[1]
  for (const [key, services] of ours) {
    for (const service of services) {
      const isKnown =
        service === own ||
        sources.some(({ services: theirs }) => isOneOf(service, [...(theirs.get(key) ?? [])]))
      const [all, known] = claims.get(service) ?? [0, 0]
      claims.set(service, [all + 1, known + (isKnown ? 1 : 0)])
    }
  }
  for (const [protocol, [all, known]] of claims)
    rows.push({ protocol, what: 'service', ours: String(all), theirs: String(known) })
  return rows
}
