import type { FlowRecord } from '../../src/records.ts'

/** How often a function was asked for, answered and refused. */
export interface Tally {
  asked: number
  answered: number
  refused: number
}

export type Kind = keyof Tally

/**
 * What a source can tell: everything, replies without telling refusals apart (`replies`), how many messages there were
 * either way (`messages`), or requests only (`asked`).
 */
export type Depth = 'all' | 'replies' | 'messages' | 'asked'

/** Functions of one protocol in one capture, as somebody else counted them. */
export class Truth {
  readonly source: string
  /** id of our service */
  readonly protocol: string
  readonly depth: Depth
  readonly tallies = new Map<number, Tally>()
  /** functions that the source looks for at all: others are not held against it */
  readonly covers: (fn: number) => boolean

  constructor(source: string, protocol: string, depth: Depth = 'all', covers = (_fn: number) => true) {
    this.source = source
    this.protocol = protocol
    this.depth = depth
    this.covers = covers
  }

  add(fn: number, kind: Kind, count = 1): void {
    if (!this.covers(fn)) return
    const tally = this.tallies.get(fn) ?? { asked: 0, answered: 0, refused: 0 }
    tally[kind] += count
    this.tallies.set(fn, tally)
  }
}

/** One function of one capture, held against one source. */
export interface Compared {
  source: string
  protocol: string
  fn: number
  ours: string
  theirs: string
}

/** What records tell of each function of a service; -1 = those of which only actions were kept. */
export function ourTallies(flows: readonly FlowRecord[], service: string): Map<number, Tally> {
  const tallies = new Map<number, Tally>()
  for (const flow of flows) {
    if (flow.service !== service) continue
    for (const { function: fn = -1, count, pdus = count, answered = 0, refused = 0 } of flow.functions ??
      []) {
      const tally = tallies.get(fn) ?? { asked: 0, answered: 0, refused: 0 }
      tally.asked += pdus
      tally.answered += answered
      tally.refused += refused
      tallies.set(fn, tally)
    }
  }
  return tallies
}

function text(tally: Tally | undefined, depth: Depth): string {
  const { asked, answered, refused } = tally ?? { asked: 0, answered: 0, refused: 0 }
  switch (depth) {
    case 'all':
      return `${asked}/${answered}/${refused}`
    case 'replies':
      return `${asked}/${answered + refused}`
    case 'messages':
      return `${asked + answered + refused}`
    default:
      return `${asked}`
  }
}

/** Every function that either side has: requests/answers/refusals, requests/replies, messages or requests. */
export function compareFunctions(truth: Truth, flows: readonly FlowRecord[]): Compared[] {
  const { source, protocol, depth } = truth
  const ours = ourTallies(flows, protocol)
  const fns = new Set([...truth.tallies.keys(), ...[...ours.keys()].filter(truth.covers)])
  const none = text(undefined, depth)
  return [...fns]
    .sort((a, b) => a - b)
    .map(fn => ({
      source,
      protocol,
      fn,
      ours: text(ours.get(fn), depth),
      theirs: text(truth.tallies.get(fn), depth),
    }))
    .filter(({ ours: a, theirs: b }) => a !== none || b !== none)
}
