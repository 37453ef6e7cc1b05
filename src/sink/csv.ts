import type { Context, FlowRecord } from '../records.ts'

type Cell = string | number | boolean | undefined

const vlans = (c: Context | undefined): string | undefined => c?.vlans?.join('.')
const place = (c: Context): string =>
  [
    c.vlans ? `vlans=${vlans(c)}` : '',
    c.vni === undefined ? '' : `vni=${c.vni}`,
    c.tap === undefined ? '' : `tap=${c.tap}`,
  ]
    .filter(part => part !== '')
    .join(' ')
const counts = (actions: Record<string, number> | undefined): string | undefined =>
  actions &&
  Object.entries(actions)
    .map(([name, n]) => `${name}=${n}`)
    .join(';')

/** Columns of `-f csv` in order: those of the flow record, nested ones flattened. */
const COLUMNS: readonly [string, (r: FlowRecord) => Cell][] = [
  ['type', r => r.type],
  ['flow_id', r => r.flow_id],
  ['seq', r => r.seq],
  ['end_reason', r => r.end_reason],
  ['sensor', r => r.sensor],
  ['start', r => r.start],
  ['end', r => r.end],
  ['vlans', r => vlans(r.context)],
  ['vni', r => r.context?.vni],
  ['tap', r => r.context?.tap],
  ['seen_in', r => r.seen_in?.map(place).join(';')],
  ['tunnel', r => r.tunnel],
  ['ethertype', r => r.ethertype],
  ['ip_version', r => r.ip_version],
  ['proto', r => r.proto],
  ['orig_addr', r => r.orig_addr],
  ['orig_port', r => r.orig_port],
  ['orig_mac', r => r.orig_mac],
  ['orig_zone', r => r.orig_zone],
  ['orig_asset', r => r.orig_asset],
  ['resp_addr', r => r.resp_addr],
  ['resp_port', r => r.resp_port],
  ['resp_mac', r => r.resp_mac],
  ['resp_zone', r => r.resp_zone],
  ['resp_asset', r => r.resp_asset],
  ['nat_outside', r => r.nat?.outside],
  ['nat_inside', r => r.nat?.inside],
  ['icmp_type', r => r.icmp_type],
  ['icmp_code', r => r.icmp_code],
  ['orig_packets', r => r.orig_packets],
  ['orig_bytes', r => r.orig_bytes],
  ['orig_ip_bytes', r => r.orig_ip_bytes],
  ['orig_payload_bytes', r => r.orig_payload_bytes],
  ['orig_copies', r => r.orig_copies],
  ['orig_retrans', r => r.orig_retrans],
  ['resp_packets', r => r.resp_packets],
  ['resp_bytes', r => r.resp_bytes],
  ['resp_ip_bytes', r => r.resp_ip_bytes],
  ['resp_payload_bytes', r => r.resp_payload_bytes],
  ['resp_copies', r => r.resp_copies],
  ['resp_retrans', r => r.resp_retrans],
  ['missed_bytes', r => r.missed_bytes],
  ['truncated_frames', r => r.truncated_frames],
  ['orig_tcp_flags', r => r.orig_tcp_flags],
  ['resp_tcp_flags', r => r.resp_tcp_flags],
  ['conn_state', r => r.conn_state],
  ['history', r => r.history],
  ['attempt', r => r.attempt],
  ['direction', r => r.direction],
  ['flipped', r => r.flipped],
  ['service', r => r.service],
  ['service_how', r => r.service_how],
  ['actions', r => counts(r.actions)],
  ['actions_refused', r => counts(r.actions_refused)],
  ['parent', r => r.parent],
  ['tunnel_parent', r => r.tunnel_parent],
  ['community_id', r => r.community_id],
  ['verdict', r => r.verdict],
  ['worst_verdict', r => r.worst_verdict],
  ['reason', r => r.reason],
  ['inferred', r => r.inferred],
  ['conduit', r => r.conduit],
  ['channel', r => r.channel],
  ['exception', r => r.exception],
  ['verdict_changes', r => r.verdict_changes],
  ['policy_id', r => r.policy_id],
]

export const CSV_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name)

/** The header row, with its line end. RFC 4180: CRLF line ends. */
export const csvHeader = (): string => `${CSV_COLUMNS.join(',')}\r\n`

/** One flow as a row with its line end. */
export const csvRow = (record: FlowRecord): string =>
  `${COLUMNS.map(([, of]) => cell(of(record))).join(',')}\r\n`

/**
 * One cell, quoted where RFC 4180 section 2 asks for it. A text that a spreadsheet would take for a formula (it starts
 * with = + - @, tab or carriage return) gets an apostrophe in front, which spreadsheets do not show.
 */
function cell(value: Cell): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const FORMULA = /^[=+\-@\t\r]/
const SPECIAL = /[",\r\n]/
