/** The records of contract section 4, as they are written: keys in this order, absent rather than null. */

export type VerdictName =
  | 'sanctioned'
  | 'exception'
  | 'intra-zone'
  | 'unsanctioned'
  | 'unzoned'
  | 'undetermined'
  | 'unjudged'
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'
export type Direction = 'handshake' | 'request' | 'port' | 'first'
export type Attempt = 'none' | 'unanswered' | 'refused' | 'established'
export type EndReason = 'fin' | 'rst' | 'idle' | 'active' | 'evicted' | 'eof' | 'shutdown'
export type ServiceHow = 'parsed' | 'structure' | 'port'
export type FailedDimension =
  | 'direction'
  | 'service'
  | 'endpoint'
  | 'action'
  | 'schedule'
  | 'expired'
  | 'no-conduit'

/** Where frames were seen: VLAN stack from the outside in, VNI or similar id, tap. Only what was there. */
export interface Context {
  vlans?: number[]
  vni?: number
  tap?: string
}

/** One thing that a conversation did, as its protocol has it. */
export interface FunctionRecord {
  /** function code as the protocol's page of docs/protocols.md has it; absent where more different ones were met than are kept */
  function?: number
  name?: string
  actions: string[]
  /** unit, station or slave */
  unit?: number
  /** what it was done to: `holding registers 40010-40019` */
  on?: string
  /** how often it was asked for; answers to what nobody was seen to ask count only there */
  count: number
  /**
   * PDUs it is counted in, where that is another number: one PDU that does several things with one function is counted, and its
   * answer, with the first of them; the sum over a function is the number of its PDUs
   */
  pdus?: number
  answered?: number
  refused?: number
  /** the first: number of its frame in its capture, and time */
  frame: number
  time: string
}

/** Counters of one direction; `bytes` wire length of the innermost frame, `ip_bytes` IP total length. */
export interface FlowRecord {
  type: 'flow' | 'tunnel'
  flow_id: string
  seq: number
  final: boolean
  end_reason?: EndReason
  sensor?: string
  start: string
  end: string
  context?: Context
  seen_in?: Context[]
  /** tunnel records only: `gre`, `vxlan`, `6in4` ... */
  tunnel?: string
  ethertype?: number
  ip_version?: 4 | 6
  proto?: string
  orig_addr?: string
  orig_port?: number
  orig_mac?: string
  orig_zone?: string
  orig_asset?: string
  resp_addr?: string
  resp_port?: number
  resp_mac?: string
  resp_zone?: string
  resp_asset?: string
  nat?: { outside: string; inside: string }
  icmp_type?: number
  icmp_code?: number
  orig_packets: number
  orig_bytes: number
  orig_ip_bytes: number
  orig_payload_bytes: number
  orig_copies: number
  orig_retrans: number
  resp_packets: number
  resp_bytes: number
  resp_ip_bytes: number
  resp_payload_bytes: number
  resp_copies: number
  resp_retrans: number
  missed_bytes: number
  truncated_frames: number
  orig_tcp_flags?: string
  resp_tcp_flags?: string
  conn_state?: string
  history?: string
  attempt: Attempt
  direction: Direction
  flipped?: boolean
  service?: string
  service_how?: ServiceHow
  actions?: Record<string, number>
  actions_refused?: Record<string, number>
  functions?: FunctionRecord[]
  app?: Record<string, string>
  parent?: string
  tunnel_parent?: string
  community_id?: string
  verdict: VerdictName
  worst_verdict: VerdictName
  reason?: string
  inferred?: boolean
  conduit?: string
  channel?: string
  exception?: string
  verdict_changes?: number
  policy_id?: string
}

/** Capture file and 1-based frame number of the first frame that shows it, or interface and time; with the flow it belongs to. */
export interface Evidence {
  capture?: string
  frame?: number
  interface?: string
  time?: string
  flow_id?: string
}

export interface Nearest {
  conduit?: string
  channel?: string
  exception?: string
  failed: FailedDimension[]
}

export type FindingKind =
  | 'unsanctioned-flow'
  | 'undeclared-tunnel'
  | 'unzoned-asset'
  | 'forbidden-action'
  | 'service-mismatch'
  | 'expired-exception'
  | 'scan'
  | 'address-conflict'
  | 'mirror-transmits'
  | 'mirror-loss'
  | 'mirror-down'
  | 'mirror-unaccounted'

export interface FindingRecord {
  type: 'finding'
  finding_id: string
  kind: FindingKind
  severity: Severity
  first: string
  last: string
  count: number
  orig_zone?: string
  resp_zone?: string
  subject: Record<string, string | number | string[]>
  nearest?: Nearest
  message: string
  evidence: Evidence[]
  policy_id?: string
}

/** What a machine announced about itself, and in which protocol. */
export interface Identity {
  what: 'vendor' | 'product' | 'version' | 'serial' | 'name' | 'role'
  text: string
  how: string
}

/** `role`: a guess from what the machine was seen to do, which `role_how` says; a role that the policy declares is not told here. */
export interface AssetRecord {
  type: 'asset'
  asset?: string
  addresses: string[]
  macs: { mac: string; vendor?: string }[]
  zones: string[]
  vlans: number[]
  names: string[]
  role?: string
  role_how?: string[]
  identity?: Identity[]
  services_offered: string[]
  services_used: string[]
  first: string
  last: string
}

export type Observed = 'observed' | 'never-observed' | 'not-observable'

export interface Summary {
  type: 'summary'
  version: string
  site?: string
  policy_id?: string
  complete: boolean
  start?: string
  end?: string
  /** seconds between first and last frame */
  span: number
  /** bytes on the wire of all frames received */
  bytes: number
  frames: FrameCounts
  /** `reasons`: flows per worst verdict and reason, e.g. `undetermined:direction`; `inferred`: judged by a direction read from ports */
  flows: {
    total: number
    verdicts: Partial<Record<VerdictName, number>>
    evicted: number
    inferred: number
    reasons: Record<string, number>
  }
  /** tunnels that are conversations of their own, by worst verdict; and what was recognised as a mirror's wrapping */
  tunnels: { total: number; verdicts: Partial<Record<VerdictName, number>>; mirror_wrapping: string[] }
  findings: {
    total: number
    kinds: Partial<Record<FindingKind, number>>
    severities: Partial<Record<Severity, number>>
  }
  conduits: {
    conduit: string
    state: Observed
    channels: { channel: string; state: Observed; flows: number }[]
  }[]
  /** `expires` as written; `days_left` whole days from the last frame, while there are any */
  exceptions: { exception: string; used: number; expires: string; expired: boolean; days_left?: number }[]
  /** every declared zone in the policy's order, and whether any frame came from it or went to it */
  zones: { zone: string; seen: boolean }[]
  /** flows and tunnels per ordered zone pair and worst verdict; `-` stands for no zone */
  zone_pairs: { orig_zone: string; resp_zone: string; verdicts: Partial<Record<VerdictName, number>> }[]
  /** the services and the addresses with the most bytes (at most 20 each); bytes both ways */
  services: { service: string; flows: number; bytes: number }[]
  talkers: { address: string; flows: number; bytes: number }[]
  /** sentences on what was not seen, not judged or only inferred, most important first */
  limits: string[]
  /** of a run that watched: the interfaces, and when nothing or not all could be seen */
  interfaces?: WatchedSummary[]
  gaps?: GapRecord[]
  files: {
    name: string
    format: string
    bytes: number
    frames: number
    reported_lost: number
    damage: { offset: number; reason: string }[]
    notes: string[]
  }[]
}

export type GapCause =
  | 'interface-down'
  | 'interface-gone'
  | 'worker-died'
  | 'sensor-died'
  | 'frames-lost'
  | 'taps-changed'

/** A time for which it cannot be said what happened, or not all of it. */
export interface GapRecord {
  type: 'gap'
  /** counts up within a run; a gap is told when it opens and again, with its end, when it is over */
  gap: number
  cause: GapCause
  interface?: string
  start: string
  end?: string
  /** frames that were lost in it */
  frames_lost?: number
  /** conversations whose state was lost: what came after counts as new ones */
  conversations_lost?: number
  message: string
}

/** Frames of one watched interface since the start of the run: received = read + the classes after it. */
export interface InterfaceCounts {
  /** frames that came in: those the interface had to leave out, and all that its sockets were handed */
  received: number
  /** taken from the ring and dispatched */
  read: number
  /** left out by the capture filter */
  filtered: number
  /** before the socket: left out by the interface, or on the way */
  kernel_lost: number
  /** the ring had no room */
  ring_lost: number
  /** handed over by the kernel and not read yet */
  in_ring: number
  /** how often the ring was found full */
  freezes: number
  /** frames sent by this machine; no part of the above */
  outgoing: number
}

export interface WatchedSummary extends InterfaceCounts {
  interface: string
  mode: 'mirror' | 'terminated'
  link_type: number
  snap_length: number
  /** capture filter, as it was given */
  filter?: string
}

/** The conservation sum: received = the classes that follow; decoded = the sum over `placed`. */
export interface FrameCounts {
  received: number
  decoded: number
  unsupported_linktype: number
  malformed: number
  truncated: number
  too_deep: number
  filtered: number
  kernel_lost: number
  ring_lost: number
  worker_lost: number
  placed: {
    flows: number
    copies: number
    icmp_errors: number
    fragments_unplaced: number
    /** later pieces of a tunnel's outer packet: the frame inside was counted with the first piece */
    tunnel_fragments: number
  }
}
