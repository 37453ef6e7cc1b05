import type { FlowRecord } from '../../src/records.ts'

/** What was held of one conversation against one source of truth. */
export interface Held {
  /** names the conversation in the list of explained differences, e.g. `udp 10.0.0.1 53 10.0.0.2 4711` or `zeek tcp ...` */
  conversation: string
  /** `notation`: the same traffic, which the truth writes down another way; `skipped`: not comparable */
  result: 'equal' | 'notation' | 'different' | 'skipped'
  truth: string
  ours: string
  /** what the notation is, or why it was skipped */
  why?: string
}

/** frames and IP bytes of both directions between two ends */
export type Counts = [abFrames: number, abBytes: number, baFrames: number, baBytes: number]

/** Sums per conversation, whichever end comes first. */
export class Conversations {
  readonly counts = new Map<string, Counts>()

  /** Adds traffic between (a, ap) and (b, bp); returns the conversation's key. */
  add(proto: string, a: string, ap: string, b: string, bp: string, counts: Counts): string {
    const swap = a > b || (a === b && ap > bp)
    const key = swap ? `${proto} ${b} ${bp} ${a} ${ap}` : `${proto} ${a} ${ap} ${b} ${bp}`
    const row = this.counts.get(key) ?? [0, 0, 0, 0]
    const half = swap ? 2 : 0
    for (let i = 0; i < 4; i++) row[i] += counts[(i + half) & 3]
    this.counts.set(key, row)
    return key
  }
}

export const zero = (): Counts => [0, 0, 0, 0]

export function addTo(sum: Counts, counts: readonly number[]): void {
  for (let i = 0; i < 4; i++) sum[i] += counts[i]
}

export const same = (a: readonly number[], b: readonly number[]): boolean => a.every((n, i) => n === b[i])

/** Frames and IP bytes of a record, copies of frames included, as other tools count. */
export const countsOf = (r: FlowRecord): Counts => [
  r.orig_packets + r.orig_copies,
  r.orig_ip_bytes,
  r.resp_packets + r.resp_copies,
  r.resp_ip_bytes,
]

const ERRORS4 = new Set([3, 4, 5, 11, 12])
const ERRORS6 = new Set([1, 2, 3, 4])

/** True for a flow of ICMP errors whose quoted packet nobody saw; other tools count errors with what they quote, or not at all. */
export const isIcmpError = (r: FlowRecord): boolean =>
  r.icmp_type !== undefined && (r.proto === 'icmp' ? ERRORS4 : ERRORS6).has(r.icmp_type)
