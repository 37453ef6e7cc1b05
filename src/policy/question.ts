import type { Action } from './model.ts'

/**
 * What the shard asks about one flow: numbers only, one instance per shard, filled anew for each question.
 * Addresses are four unsigned 32-bit words, most significant first; IPv4 lies in word 3 and the others are 0.
 */
export class Question {
  /** 0 = no IP (then MACs and ethertype count), 4, 6 */
  version: 0 | 4 | 6 = 4
  readonly orig = new Uint32Array(4)
  readonly resp = new Uint32Array(4)
  /** MACs as high 16 and low 32 bits; all zero when the link type has none */
  origMacHigh = 0
  origMacLow = 0
  respMacHigh = 0
  respMacLow = 0
  /** ARP, ND or DHCP bound this end's address to this MAC in this broadcast domain */
  origMacBound = false
  respMacBound = false
  /** IP protocol number; -1 without IP */
  proto = 6
  ethertype = 0
  /** 0 where the protocol has none */
  origPort = 0
  respPort = 0
  icmpType = 0
  icmpCode = 0
  /** VLAN stack from the outside in (`vlanCount` entries are valid; 0 = priority tag), VNI (-1 = none), tap (index into Model.taps, -1 = none) */
  readonly vlans = new Uint16Array(8)
  vlanCount = 0
  vni = -1
  tap = -1
  /** how sure we are who opened it */
  direction: 'handshake' | 'request' | 'port' | 'first' = 'first'
  /** seconds since 1970 UTC of the frame that raised the question */
  seconds = 0
  /** recognised application (service id), '' while only the port speaks, '?' where it is not what the port stands for */
  application = ''
  /** actions asked about, where no more is known of them than their names */
  actions: Action[] = []
  /** what was done: the first `deedCount` of these */
  readonly deeds: Deed[] = []
  deedCount = 0
  /**
   * What is known of the payload: `unparsed` = nothing reads it, so no action can be told; `none-yet` = it would be
   * read, but none was seen so far; `parsed` = read, `actions` is complete; `opaque` = cannot be read (encrypted, cut).
   */
  payload: Payload = 'unparsed'
  /** payload cannot be read (encrypted or cut); the same as `payload: 'opaque'` */
  opaque = false
  /** why part of the payload was not read */
  why: Unread = 'opaque'
  /** what the conversation that announced this one was judged (index), -1 when there is none */
  parentJudgement = -1
  /** a tunnel conversation, not what is inside it */
  tunnel = false
}

/** Something a conversation did: what channels with `actions`, `functions`, `units` and `addresses` are held against. */
export interface Deed {
  /** bits of src/net/actions.ts */
  actions: number
  /** function code, -1 = not known */
  fn: number
  /** -1 = the protocol or the function has none */
  unit: number
  /** -1 = no addresses; else unsigned numbers `first` to `last` in this area */
  area: number
  first: number
  last: number
  /** seen by its answers only: what it was done to is not known ... */
  isUnasked: boolean
  /** ... nor, for this function, what that did */
  isUnsure: boolean
  /** not all between `first` and `last` was touched */
  isLoose: boolean
  /** neither function, unit nor addresses were kept */
  isCoarse: boolean
}

/** Why part of a payload was not read: encrypted, cut by the capture, never seen, contradictory, none of the protocol, too much. */
export type Unread = 'opaque' | 'truncated' | 'gap' | 'overlap' | 'unreadable' | 'beyond-limits'

export type Payload = 'unparsed' | 'none-yet' | 'parsed' | 'opaque'

export type Verdict =
  | 'sanctioned'
  | 'exception'
  | 'intra-zone'
  | 'unsanctioned'
  | 'unzoned'
  | 'undetermined'
  | 'unjudged'
export type Failed = 'direction' | 'service' | 'endpoint' | 'action' | 'schedule' | 'expired' | 'no-conduit'

/** The answer, interned: equal answers share one index for the life of the compiled policy. */
export interface Judgement {
  readonly verdict: Verdict
  /** why, e.g. `no-conduit`, `direction`, `link-scope`, `no-action-seen`, `context-unknown`, `behind-boundary` */
  readonly reason?: string
  /** indices into Model.zones; -1 = no zone. After NAT substitution: the zones of the real ends. */
  readonly origZone: number
  readonly respZone: number
  /** the answer holds whichever way, or rests on a direction read from ports */
  readonly inferred: boolean
  /** what decided: indices into Model; -1 = none */
  readonly conduit: number
  readonly channel: number
  readonly exception: number
  /** for `unsanctioned`: the channel (or exception) with the fewest failed dimensions, and all that failed */
  readonly nearestConduit: number
  readonly nearestChannel: number
  readonly nearestException: number
  readonly failed: readonly Failed[]
  /** index of the asset and of its `nat` entry that stood for an end, -1 = none */
  readonly natAsset: number
  readonly natEntry: number
  /** `unsanctioned` only because the application is another than the one declared for the port */
  readonly mismatch?: true
  /** only of a judgement that was taken over from another policy */
  readonly kept?: KeptWords
}

/** What a judgement cited in the policy that made it, in that policy's own names. */
export interface KeptWords {
  readonly policyId: string
  readonly conduit: string | undefined
  readonly channel: string | undefined
  readonly exception: string | undefined
  readonly nearest: { conduit?: string; channel?: string; exception?: string; failed: Failed[] }
}

/** Severity order for `worst_verdict`: the later wins. */
export const VERDICTS: readonly Verdict[] = [
  'unjudged',
  'intra-zone',
  'sanctioned',
  'exception',
  'undetermined',
  'unzoned',
  'unsanctioned',
]
