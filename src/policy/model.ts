import type { Action } from '../net/actions.ts'

/**
 * The checked site policy: what `check` makes of a policy document and `compile` turns into tables. Plain values, all
 * names resolved to indices into the lists of this model, all addresses parsed, every default filled in.
 */

/** Line and column (1-based) in the policy text, for messages and for `policy explain`. */
export interface Position {
  line: number
  column: number
}

/** An inclusive range of addresses of one family; words are the 128-bit value, most significant first (IPv4 in word 3). */
export interface AddressRange {
  version: 4 | 6
  first: [number, number, number, number]
  last: [number, number, number, number]
  /** as written */
  text: string
  /** number of leading bits for a prefix or single address, -1 for a free range */
  prefix: number
}

/** A MAC address or MAC prefix: 48 bits as two numbers, the high 16 and the low 32 (unsigned), and how many count. */
export interface MacPrefix {
  high: number
  low: number
  bits: number
  text: string
}

/** Where a zone's addresses count; an empty list of a kind does not restrict. VLAN 0 stands for untagged. */
export interface ZoneContext {
  vlans: number[]
  vnis: number[]
  taps: number[]
}

export interface SecurityLevel {
  /** as one number: the value, or the highest of the vector */
  level: number
  vector?: Record<'iac' | 'uc' | 'si' | 'dc' | 'rdf' | 'tre' | 'ra', number>
}

export interface Zone {
  id: string
  name?: string
  kind?: 'dmz' | 'safety' | 'external' | 'hypervisor'
  level?: number
  slT?: SecurityLevel
  rationale?: string
  owner?: string
  networks: AddressRange[]
  /** 0 = untagged */
  vlans: number[]
  macs: MacPrefix[]
  context?: ZoneContext
  at: Position
}

export interface Nat {
  /** one-to-one: outside address (and port, 0 = every port) stands for the inside one */
  outside?: { range: AddressRange; port: number; text: string }
  inside?: { range: AddressRange; port: number; text: string }
  /** address behind which `hides` zones (indices) hide */
  masquerade?: AddressRange
  hides: number[]
  at: Position
}

export interface Asset {
  id: string
  /** index into zones; -1 for a boundary, which belongs to the zone of each of its addresses */
  zone: number
  addresses: AddressRange[]
  macs: MacPrefix[]
  role?: string
  name?: string
  boundary: boolean
  /** what a boundary offers or uses itself */
  own: Transport[]
  nat: Nat[]
  mode: 'routed' | 'transparent'
  bridges: [number, number][]
  at: Position
}

export interface Tap {
  id: string
  host?: string
  type: 'local' | 'erspan' | 'gre' | 'vxlan' | 'geneve' | 'tzsp' | 'file'
  source?: AddressRange
  destination?: AddressRange
  session?: number
  vni?: number
  interface?: string
  vlans: number[]
  nativeVlan?: number
  directions: 'both' | 'rx' | 'tx'
  /** port group name -> zone index */
  portGroups: Map<string, number>
  at: Position
}

export interface PortRange {
  first: number
  last: number
}

/** One way traffic can be told: `service` names expand to a list of these. */
export type Transport =
  | { kind: 'tcp' | 'udp' | 'sctp'; ports: PortRange[] }
  | {
      kind: 'icmp' /** -1 = every type; v4 and v6 types of the same meaning are both listed */
      types: { version: 4 | 6; type: number }[]
      all: boolean
    }
  | { kind: 'ip_proto'; proto: number }
  | { kind: 'ethertype'; ethertype: number }

export interface Service {
  id: string
  transports: Transport[]
  dynamic: PortRange[]
  builtIn: boolean
}

export type { Action }

/** Days 0 (sunday) .. 6, minutes of the day [from, to); to < from wraps over midnight. */
export interface When {
  days: number[]
  hours?: { from: number; to: number }
  text: string
}

/** Who may be an end: address ranges and assets (indices). Empty = everyone in the zone. */
export interface Ends {
  ranges: AddressRange[]
  assets: number[]
}

export interface Channel {
  /** as written, or made from what it matches when absent, unique in its conduit */
  id: string
  /** index into Model.services when written with `service` */
  service?: number
  transports: Transport[]
  srcPorts: PortRange[]
  /** multicast and broadcast groups */
  groups: { ranges: AddressRange[]; macs: MacPrefix[] }
  vlans: number[]
  orig: Ends
  resp: Ends
  initiator: 'from' | 'to' | 'either'
  /** undefined = every action */
  actions?: Set<Action>
  opaque: 'accept' | 'undetermined'
  related: boolean
  when?: When
  units?: PortRange[]
  functions?: PortRange[]
  addresses?: PortRange[]
  at: Position
}

export interface Conduit {
  id: string
  /** zone indices */
  from: number[]
  to: number[]
  /** written as `any` */
  anyFrom: boolean
  anyTo: boolean
  slT?: SecurityLevel
  owner?: string
  rationale?: string
  name?: string
  channels: Channel[]
  at: Position
}

export interface Exception {
  id: string
  from: number[]
  to: number[]
  channel: Channel
  reason?: string
  compensatingControl?: string
  approvedBy?: string
  ticket?: string
  /** seconds since 1970 UTC, [starts, expires); -Infinity / Infinity when open */
  starts: number
  expires: number
  /** as written */
  startsText?: string
  expiresText?: string
  at: Position
}

export interface Expectation {
  from: string
  to: string
  service?: string
  action?: Action
  vlan?: number
  mac?: string
  srcPort?: number
  at?: number
  verdict: string
  /** where the verdict is written */
  position: Position
}

export interface Model {
  site?: string
  timezone: string
  transitVlans: number[]
  taps: Tap[]
  zones: Zone[]
  assets: Asset[]
  services: Service[]
  conduits: Conduit[]
  exceptions: Exception[]
  expect: Expectation[]
  /** addresses and MACs that several machines share on purpose */
  sharedAddresses: AddressRange[]
  sharedMacs: MacPrefix[]
  redundancy?: 'prp' | 'hsr'
  /** first 12 hex digits of SHA-256 over the canonical form */
  policyId: string
}

/** A mistake or a smell in the policy text. `length` characters are under the caret. */
export interface Issue {
  severity: 'error' | 'warning'
  /** stable, dotted, e.g. `zone.networks.overlap` */
  code: string
  message: string
  hint?: string
  at: Position
  length: number
  /** the other end: where the first of two duplicates stands, ... */
  also?: { at: Position; message: string }
}
