import type { FlowFacts } from '../../src/finding/facts.ts'
import type { AddressRange, Channel, Conduit, Exception, Model, Zone } from '../../src/policy/model.ts'
import type { FlowRecord, FrameCounts, Nearest } from '../../src/records.ts'

/** Seconds since 1970 of 2026-10-01T08:00:00Z, where hand-made captures begin. */
export const T0 = Date.parse('2026-10-01T08:00:00Z') / 1000

/** RFC 3339 text of a moment given in seconds after T0. */
export const timeAt = (offset: number): string => {
  const text = new Date((T0 + offset) * 1000).toISOString()
  return text.endsWith('.000Z') ? `${text.slice(0, 19)}Z` : text
}

let serial = 0

/** What a test says of a flow; the rest is an answered SSH conversation from office to hmi-1 that nothing covers. */
export interface FlowSays extends Omit<Partial<FlowRecord>, 'start' | 'end'> {
  /** seconds after T0 */
  at?: number
  lasts?: number
  frame?: number
  nearest?: Nearest
  respSlT?: number
  respIsGroup?: boolean
  origBound?: string
  respBound?: string
}

/** A key given as undefined is left out, as records have no null. */
function without<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

/** Facts of one record, as the analyzer would tell them. Pass `key: undefined` to leave a default key out. */
export function flow(says: { [K in keyof FlowSays]?: FlowSays[K] | undefined } = {}): FlowFacts {
  const {
    at = 0,
    lasts = 2,
    frame,
    nearest,
    respSlT = 0,
    respIsGroup = false,
    origBound,
    respBound,
    ...rest
  } = says
  serial++
  const record = without({
    type: 'flow',
    flow_id: `f${String(serial).padStart(15, '0')}`,
    seq: 0,
    final: true,
    end_reason: 'fin',
    start: timeAt(at),
    end: timeAt(at + lasts),
    ip_version: 4,
    proto: 'tcp',
    orig_addr: '10.20.0.15',
    orig_port: 50123,
    orig_mac: '02:00:00:00:00:0f',
    orig_zone: 'office',
    resp_addr: '10.10.2.10',
    resp_port: 22,
    resp_mac: '02:00:00:00:02:0a',
    resp_zone: 'supervision',
    resp_asset: 'hmi-1',
    orig_packets: 44,
    orig_bytes: 5200,
    orig_ip_bytes: 4584,
    orig_payload_bytes: 2800,
    orig_copies: 0,
    orig_retrans: 0,
    resp_packets: 40,
    resp_bytes: 6000,
    resp_ip_bytes: 5440,
    resp_payload_bytes: 3800,
    resp_copies: 0,
    resp_retrans: 0,
    missed_bytes: 0,
    truncated_frames: 0,
    attempt: 'established',
    direction: 'handshake',
    service: 'ssh',
    service_how: 'port',
    verdict: 'unsanctioned',
    worst_verdict: rest.worst_verdict ?? rest.verdict ?? 'unsanctioned',
    reason: 'no-conduit',
    policy_id: '0123456789ab',
    ...rest,
  }) as FlowRecord
  const facts: FlowFacts = {
    record,
    evidence: { capture: 'plant.pcap', frame: frame ?? serial },
    startSeconds: Math.floor(T0 + at),
    endSeconds: Math.floor(T0 + at + lasts),
    respSlT,
    respIsGroup,
  }
  const near =
    'nearest' in says
      ? nearest
      : record.worst_verdict === 'unsanctioned'
        ? { failed: ['no-conduit' as const] }
        : undefined
  if (near !== undefined) facts.nearest = near
  if (origBound !== undefined) facts.origBound = origBound
  if (respBound !== undefined) facts.respBound = respBound
  return facts
}

/** Flow ids count from 1 again, so that expected texts do not depend on the tests before. */
export const restartIds = (): void => {
  serial = 0
}

const at = { line: 1, column: 1 }

export const range = (text: string): AddressRange => ({
  version: 4,
  first: [0, 0, 0, 0],
  last: [0, 0, 0, 0],
  text,
  prefix: 32,
})

export const zone = (id: string, rest: Partial<Zone> = {}): Zone => ({
  id,
  networks: [],
  vlans: [],
  macs: [],
  at,
  ...rest,
})

export const channel = (id: string, rest: Partial<Channel> = {}): Channel => ({
  id,
  transports: [],
  srcPorts: [],
  groups: { ranges: [], macs: [] },
  vlans: [],
  orig: { ranges: [], assets: [] },
  resp: { ranges: [], assets: [] },
  initiator: 'from',
  opaque: 'undetermined',
  related: true,
  at,
  ...rest,
})

export const conduit = (id: string, from: number[], to: number[], channels: Channel[]): Conduit => ({
  id,
  from,
  to,
  anyFrom: false,
  anyTo: false,
  channels,
  at,
})

export const exception = (id: string, rest: Partial<Exception> & { channel: Channel }): Exception => ({
  id,
  from: [0],
  to: [1],
  starts: Number.NEGATIVE_INFINITY,
  expires: Number.POSITIVE_INFINITY,
  at,
  ...rest,
})

/** Zones office, supervision, control, vendor, safety; two conduits; one valid and one expired exception. */
export function plant(): Model {
  const modbus = { id: 'modbus', transports: [], dynamic: [], builtIn: true }
  const s7comm = { id: 's7comm', transports: [], dynamic: [], builtIn: true }
  return {
    site: 'Bottling hall 3',
    timezone: 'UTC',
    transitVlans: [],
    taps: [],
    zones: [zone('office'), zone('supervision'), zone('control'), zone('vendor'), zone('safety')],
    assets: [
      {
        id: 'hmi-1',
        zone: 1,
        addresses: [range('10.10.2.10')],
        macs: [],
        boundary: false,
        own: [],
        nat: [],
        mode: 'routed',
        bridges: [],
        at,
      },
    ],
    services: [modbus, s7comm],
    conduits: [
      conduit(
        'C-01',
        [1],
        [2],
        [
          channel('reads', { service: 0, actions: new Set(['read'] as const) }),
          channel('logix', {
            transports: [{ kind: 'tcp', ports: [{ first: 44818, last: 44818 }] }],
            orig: { ranges: [], assets: [0] },
            resp: { ranges: [range('10.10.1.32/28')], assets: [] },
          }),
          channel('maintenance', {
            service: 1,
            when: { days: [6], hours: { from: 360, to: 840 }, text: 'sat 06:00-14:00' },
          }),
        ],
      ),
      conduit('C-02', [2], [4], [channel('trip', { service: 0 })]),
      conduit('C-03', [0], [2], [channel('reports', { service: 0 })]),
    ],
    exceptions: [
      exception('EX-2026-07', {
        channel: channel('EX-2026-07', { service: 1 }),
        ticket: 'CHG-1042',
        expires: T0 + 38.5 * 86_400,
        expiresText: '2026-11-08',
      }),
      exception('EX-2025-02', {
        channel: channel('EX-2025-02', { service: 1 }),
        ticket: 'CHG-0817',
        expires: T0 - 86_400,
        expiresText: '2026-09-29',
      }),
    ],
    expect: [],
    sharedAddresses: [],
    sharedMacs: [],
    policyId: '0123456789ab',
  }
}

export function frames(rest: Partial<FrameCounts> = {}): FrameCounts {
  return {
    received: 0,
    decoded: 0,
    unsupported_linktype: 0,
    malformed: 0,
    truncated: 0,
    too_deep: 0,
    filtered: 0,
    kernel_lost: 0,
    ring_lost: 0,
    worker_lost: 0,
    placed: { flows: 0, copies: 0, icmp_errors: 0, fragments_unplaced: 0, tunnel_fragments: 0 },
    ...rest,
  }
}
