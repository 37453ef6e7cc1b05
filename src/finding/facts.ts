import type { FlowRecord, Nearest } from '../records.ts'

/** Where to look in the capture: file (or interface) and 1-based frame number. */
export interface FlowEvidence {
  capture: string
  frame: number
  /** RFC 3339, where the capture is an interface: its frames cannot be looked up by number */
  time?: string
}

type Needed =
  | 'type'
  | 'flow_id'
  | 'seq'
  | 'final'
  | 'start'
  | 'end'
  | 'orig_packets'
  | 'orig_bytes'
  | 'resp_packets'
  | 'resp_bytes'
  | 'attempt'
  | 'direction'
  | 'verdict'
  | 'worst_verdict'
type NeededIfThere =
  | 'tunnel'
  | 'ethertype'
  | 'proto'
  | 'orig_addr'
  | 'orig_port'
  | 'orig_mac'
  | 'orig_zone'
  | 'orig_asset'
  | 'resp_addr'
  | 'resp_port'
  | 'resp_mac'
  | 'resp_zone'
  | 'resp_asset'
  | 'nat'
  | 'icmp_type'
  | 'service'
  | 'service_how'
  | 'actions'
  | 'reason'
  | 'policy_id'

/** The fields of a record that findings are made of. */
export type NotedRecord = Pick<FlowRecord, Needed> & {
  [K in NeededIfThere]?: FlowRecord[K] | undefined
}

/** Something a conversation did that nothing declared covers. */
export interface Offence {
  actions: string[]
  /** "wrote holding registers 40010-40019 of unit 1 with function 16 (write multiple registers)" */
  text: string
  count: number
  refused: number
  /** the first frame that shows it: where (`frame` -1 = nowhere to be looked up), and when (RFC 3339, and the same in two numbers) */
  capture: string
  frame: number
  time: string
  seconds: number
  nanos: number
}

/** What was declared for a port, and what was found there; '' = nothing that is known. */
export interface Mismatch {
  declared: string
  found: string
}

/** What findings need to know of a record. */
export interface NotedFacts {
  record: NotedRecord
  /** first frame of the flow, or the frame that made the verdict */
  evidence: FlowEvidence
  /** first and last frame, seconds since 1970 UTC */
  startSeconds: number
  endSeconds: number
  /** SL-T of the responder's zone as one number; 0 or less where the policy states none */
  respSlT: number
  /** unsanctioned only: the declared channel with the fewest failed dimensions */
  nearest?: Nearest | undefined
  /** what nothing declared covers of what was done, in words: "wrote holding registers 40010-40019 with function 16" */
  offences?: Offence[] | undefined
  /** another application was recognised than the one declared for the port */
  mismatch?: Mismatch | undefined
  /** the responder is a multicast or broadcast group, which nobody answers for */
  respIsGroup: boolean
}

/** What the analyzer tells for each record it emits, besides the record. */
export interface FlowFacts extends NotedFacts {
  record: FlowRecord
  /** exceptions that covered the flow once and did no longer at its end */
  formerExceptions?: string[]
  /** MACs that ARP, ND or DHCP bound to the ends' addresses in this broadcast domain */
  origBound?: string
  respBound?: string
}

/**
 * A record as the numbers that totals are made of. Equal numbers stand for equal words, so that words met before are not put
 * together again: most flows of a run end without a record. One instance, filled anew for each of them.
 */
export interface FlowNumbers {
  final: boolean
  isEvicted: boolean
  /** some of its frames were cut by the mirror */
  isCut: boolean
  /** on the wire, both ways */
  bytes: number
  /** verdicts, zones and what decided; a small number */
  saying: number
  /** judged by a direction read from ports */
  isInferred: boolean
  /** name of the service, and whether it was recognised as one */
  service: number
  isRecognised: boolean
  /**
   * Names of the ends, five words each: 0 for nobody's, else 1 and a MAC (its high 16 and low 32 bits in the last two), or the
   * IP version and an address of four words (IPv4 in the last)
   */
  readonly orig: Int32Array
  readonly resp: Int32Array
  /** exceptions that covered the flow once and did no longer at its end */
  formerExceptions: readonly string[] | undefined
  /** the record in words, made for the asking */
  facts(): FlowFacts
  /** the words of a name, undefined for nobody's */
  nameOf(end: Int32Array): string | undefined
}

/** What a machine said about itself: by its address, or its MAC where it had none. */
export interface Statement {
  id: string
  what: 'vendor' | 'product' | 'version' | 'name' | 'serial' | 'role'
  text: string
  /** the protocol that told it */
  how: string
}

/** Two statements about one address that cannot both hold. */
export interface AddressConflict {
  address: string
  /** the MAC addresses that claim it, or the one that contradicts the policy */
  macs: string[]
  /** zone the address lies in, and the asset it is declared for */
  zone?: string
  asset?: string
  /** zone and asset the policy declares for the MAC, where that is the contradiction */
  macZone?: string
  macAsset?: string
  /** RFC 3339 UTC, and the same as seconds since 1970 */
  at: string
  atSeconds: number
  evidence: FlowEvidence
}
