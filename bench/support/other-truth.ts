import { parse } from 'yaml'
import type { ToolRow } from './tool-truth.ts'

/** A session as Arkime's regression tests expect it. */
interface ArkimeSession {
  body: {
    ipProtocol?: number
    source?: { ip?: string; port?: number; packets?: number }
    destination?: { ip?: string; port?: number; packets?: number }
    network?: { community_id?: string; packets?: number }
  }
}

/** Community ID, frames and ends of each session of an Arkime test. */
export function parseArkime(text: string): { id: string; frames?: number; label: string }[] {
  const { sessions3 = [] } = JSON.parse(text) as { sessions3?: ArkimeSession[] }
  return sessions3.flatMap(({ body }) => {
    const id = body.network?.community_id
    if (id === undefined) return []
    const { source = {}, destination = {}, ipProtocol } = body
    const label = `${ipProtocol} ${source.ip} ${source.port} ${destination.ip} ${destination.port}`
    return [{ id, label, ...(body.network?.packets === undefined ? {} : { frames: body.network.packets }) }]
  })
}

const NDPI_PROTOCOLS: Record<string, string> = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  ICMP: 'icmp',
  ICMPV6: 'icmp6',
  IGMP: '2',
  VRRP: '112',
  PIM: '103',
}
const NDPI_FLOW =
  /^\t\d+\t([A-Z0-9]+) (\S+):(\d+) <?-> (\S+):(\d+) .*?\[(\d+) pkts\/\d+ bytes <?-> (\d+) pkts\/\d+ bytes\]/

/** The flow lines of an nDPI result. Its flows of one pair are split by VLAN and by idle time; sums make them whole. */
export function parseNdpi(text: string): ToolRow[] {
  return text.split('\n').flatMap(line => {
    const match = NDPI_FLOW.exec(line)
    if (!match) return []
    const [, proto, a, ap, b, bp, there, back] = match
    const frames: [number, number] = [Number(there), Number(back)]
    return [{ proto: NDPI_PROTOCOLS[proto] ?? proto, a: ndpiAddress(a), ap, b: ndpiAddress(b), bp, frames }]
  })
}

/** nDPI writes the first `:0:` of an address as `::`, also where there is another `::`. */
export function ndpiAddress(text: string): string {
  const bare = text.replace(/^\[|\]$/g, '')
  return shortAddress(bare.split('::').length > 2 ? bare.replace('::', ':0:') : bare)
}

interface SuricataCheck {
  filter?: { count?: number; requires?: unknown; match?: Record<string, unknown> }
}

/**
 * The flow events a Suricata test expects by full five-tuple and packet counts; what a check leaves open (an end, a
 * count above one, a condition on the version) cannot be held. Byte counts are of frames and are left out.
 */
export function parseSuricata(text: string): ToolRow[] {
  const document = parse(text) as { checks?: SuricataCheck[] }
  return (document.checks ?? []).flatMap(({ filter }) => {
    const m = filter?.match
    if (!m || filter.count !== 1 || filter.requires !== undefined || m.event_type !== 'flow') return []
    const there = m['flow.pkts_toserver']
    const back = m['flow.pkts_toclient']
    const ends = [m.proto, m.src_ip, m.src_port, m.dest_ip, m.dest_port]
    if (ends.some(end => end === undefined) || typeof there !== 'number' || typeof back !== 'number')
      return []
    const [proto, a, ap, b, bp] = ends.map(String)
    const name = proto === 'IPv6-ICMP' ? 'icmp6' : proto.toLowerCase()
    return [{ proto: name, a: shortAddress(a), ap, b: shortAddress(b), bp, frames: [there, back] }]
  })
}

/** IPv6 text of full length in the short form of RFC 5952. */
export function shortAddress(text: string): string {
  return text.includes(':') ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text
}
