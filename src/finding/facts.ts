import type { FlowRecord, Nearest } from '../records.ts'

/** Where to look in the capture: file (or interface) and 1-based frame number. */
export interface FlowEvidence {
  capture: string
  frame: number
}

/** What the analyzer tells for each record it emits, besides the record. */
export interface FlowFacts {
  record: FlowRecord
  /** first frame of the flow, or the frame that made the verdict */
  evidence: FlowEvidence
  /** first and last frame, seconds since 1970 UTC */
  startSeconds: number
  endSeconds: number
  /** SL-T of the responder's zone as one number; 0 or less where the policy states none */
  respSlT: number
  /** unsanctioned only: the declared channel with the fewest failed dimensions */
  nearest?: Nearest
  /** the responder is a multicast or broadcast group, which nobody answers for */
  respIsGroup: boolean
  /** exceptions that covered the flow once and did no longer at its end */
  formerExceptions?: string[]
  /** MACs that ARP, ND or DHCP bound to the ends' addresses in this broadcast domain */
  origBound?: string
  respBound?: string
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
