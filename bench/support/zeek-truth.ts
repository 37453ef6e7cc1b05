import type { ToolRow } from './tool-truth.ts'

/**
 * Tests whose connection logs say something else than what is in the capture, or come from another capture than the
 * inventory pairs them with. The sets of options are not in the corpus; each was found by reading the log.
 */
const INCOMPARABLE: Record<string, string> = {
  'core.checksums_ignore_nets': 'the test ignores packets with wrong checksums on purpose',
  'core.pcap.dynamic-filter': 'the test changes the capture filter while it runs',
  'scripts.base.frameworks.netcontrol.packetfilter': 'the test stops looking at some hosts while it runs',
  'scripts.base.protocols.modbus.events': 'the log is of another capture',
  'core.conn-size-flip': 'the logs are of several captures',
  'scripts.base.protocols.mysql.encrypted-aws-rds': 'the logs are of two captures',
  'scripts.policy.protocols.conn.speculative-service': 'the logs are of several captures',
  'core.tcp.rxmit-history': 'the logs are of several captures',
}

/** Services of a carrier: its packets are the ones inside, which are conversations of their own. */
const CARRIERS = new Set(['vxlan', 'geneve', 'gtpv1', 'teredo', 'ayiya'])
const ICMP_ERRORS = new Set(['3', '4', '5', '11', '12'])
const ICMP6_ERRORS = new Set(['1', '2', '3', '4'])
/** so many rows for one capture are several runs or a split by idle time, which sums make whole again */
const NAMES: Record<string, string> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmp6', '132': 'sctp' }

/** A connection log of the corpus: baselines have the file as written, or some columns of it under their names. */
export function parseZeekLog(path: string, text: string): ToolRow[] | { skip: string } {
  const test = path.split('/').at(-2)!
  const skip = INCOMPARABLE[test]
  if (skip) return { skip }
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('###'))
  const declared = lines.find(line => line.startsWith('#fields\t'))?.slice('#fields\t'.length)
  const rows = lines.filter(line => !line.startsWith('#')).map(line => line.split('\t'))
  const names = declared?.split('\t') ?? rows.shift() ?? []
  const column = (name: string): number => names.indexOf(name)
  const needed = ['id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto'].map(column)
  if (needed.some(i => i < 0)) return { skip: 'the baseline leaves out the ends' }
  const [ah, ap, bh, bp, proto] = needed
  const parents = new Set(rows.flatMap(row => (row[column('tunnel_parents')] ?? '-').split(',')))
  return rows.map(row => {
    const cell = (name: string): string | undefined => {
      const value = row[column(name)]
      return value === undefined || value === '-' ? undefined : value
    }
    const version6 = row[ah].includes(':')
    const icmp = row[proto] === 'icmp'
    const name = icmp
      ? version6
        ? 'icmp6'
        : 'icmp'
      : row[proto] === 'unknown_transport'
        ? (NAMES[cell('ip_proto') ?? ''] ?? cell('ip_proto') ?? '')
        : row[proto]
    const result: ToolRow = { proto: name, a: row[ah], ap: row[ap], b: row[bh], bp: row[bp] }
    const pair = (first: string, second: string): [number, number] | undefined => {
      const [x, y] = [cell(first), cell(second)]
      return x === undefined || y === undefined ? undefined : [Number(x), Number(y)]
    }
    const frames = pair('orig_pkts', 'resp_pkts')
    if (frames) result.frames = frames
    const ipBytes = pair('orig_ip_bytes', 'resp_ip_bytes')
    if (ipBytes) result.ipBytes = ipBytes
    const state = cell('conn_state')
    if (state !== undefined && name === 'tcp') result.state = state
    const history = cell('history')
    if (history !== undefined) result.history = history
    const carrier = (cell('service') ?? '').split(',').some(service => CARRIERS.has(service))
    if (carrier || parents.has(row[column('uid')] ?? '')) result.skip = 'the outside of a tunnel'
    else if (icmp && (version6 ? ICMP6_ERRORS : ICMP_ERRORS).has(row[ap]))
      result.skip = 'ICMP errors count with the flow they quote'
    return result
  })
}
