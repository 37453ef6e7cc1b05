import type { FlowRecord } from '../../src/records.ts'
import { addTo, type Counts, countsOf, type Held, isIcmpError, same, zero } from './comparison.ts'

/** A conversation as another tool reports it. `undefined` counts are not in its report. */
export interface ToolRow {
  proto: string
  a: string
  ap: string
  b: string
  bp: string
  /** frames of both directions, from a and from b */
  frames?: [number, number]
  ipBytes?: [number, number]
  state?: string
  history?: string
  /** why this row cannot be held against ours */
  skip?: string
}

const PORTED = new Set(['tcp', 'udp', 'sctp'])

/** Conversation key and whether the ends were swapped for it. ICMP and whatever has no ports go by addresses. */
export function keyOf(proto: string, a: string, ap: string, b: string, bp: string): [string, boolean] {
  const [p, q] = PORTED.has(proto) ? [ap, bp] : ['-', '-']
  const swap = a > b || (a === b && p > q)
  return [swap ? `${proto} ${b} ${q} ${a} ${p}` : `${proto} ${a} ${p} ${b} ${q}`, swap]
}

/** What we have of each conversation. Tunnel records count as conversations of their own. */
export class OurConversations {
  readonly counts = new Map<string, Counts>()
  readonly states = new Map<string, string[]>()
  readonly originators = new Map<string, string[]>()
  readonly histories = new Map<string, string[]>()
  readonly communities = new Map<string, { frames: number; conversation: string }>()

  constructor(flows: readonly FlowRecord[], tunnels: readonly FlowRecord[]) {
    for (const r of [...flows, ...tunnels]) {
      if (r.orig_addr === undefined || isIcmpError(r)) continue
      const [ap, bp] = [String(r.orig_port ?? '-'), String(r.resp_port ?? '-')]
      const [key, swap] = keyOf(r.proto!, r.orig_addr, ap, r.resp_addr!, bp)
      const [f1, y1, f2, y2] = countsOf(r)
      const sum = this.counts.get(key) ?? zero()
      addTo(sum, swap ? [f2, y2, f1, y1] : [f1, y1, f2, y2])
      this.counts.set(key, sum)
      put(this.states, key, r.conn_state)
      put(this.originators, key, `${r.orig_addr} ${ap}`)
      put(this.histories, key, r.history)
      if (r.community_id === undefined) continue
      const community = this.communities.get(r.community_id) ?? { frames: 0, conversation: key }
      community.frames += f1 + f2
      this.communities.set(r.community_id, community)
    }
  }
}

function put(table: Map<string, string[]>, key: string, value: string | undefined): void {
  if (value === undefined) return
  const values = table.get(key)
  if (values) values.push(value)
  else table.set(key, [value])
}

/** What the tool's rows and ours have in common beside the counts: informative, no difference by itself. */
export interface Likeness {
  originators: [equal: number, all: number]
  histories: [equal: number, all: number]
}

/**
 * Holds a tool's rows, summed per conversation, against ours: that it is there, its frames, its IP bytes and its
 * connection states, as far as the tool reports them. What only we have is no difference: tools filter. `errors` are
 * the ICMP errors between two ends: with us they count with the flow they quote, with nDPI they are a row.
 */
export function compareToolRows(
  tool: string,
  rows: readonly ToolRow[],
  ours: OurConversations,
  likeness: Likeness,
  errors: ReadonlyMap<string, Counts> = new Map(),
): Held[] {
  const held: Held[] = []
  const byKey = new Map<string, ToolRow[]>()
  for (const row of rows) {
    const [key, swap] = keyOf(row.proto, row.a, row.ap, row.b, row.bp)
    if (row.skip !== undefined) {
      held.push({ conversation: `${tool} ${key}`, result: 'skipped', truth: '', ours: '', why: row.skip })
      continue
    }
    const turned = swap ? { ...row, ...turn(row) } : row
    byKey.set(key, [...(byKey.get(key) ?? []), { ...turned, a: row.a, ap: row.ap }])
  }
  for (const [key, group] of byKey) {
    const o = ours.counts.get(key)
    const conversation = `${tool} ${key}`
    const said = sums(group)
    const quoting = errors.get(key)
    if (quoting !== undefined && said.frames) {
      const all = o === undefined ? zero() : ([...o] as Counts)
      addTo(all, quoting)
      if (same(said.frames, [all[0], all[2]])) {
        const why = 'ICMP errors count with the flow they quote'
        held.push({ conversation, result: 'notation', truth: describe(said), ours: 'errors', why })
        continue
      }
    }
    if (o === undefined) {
      held.push({ conversation, result: 'different', truth: describe(said), ours: 'absent' })
      continue
    }
    const mine = { frames: [o[0], o[2]], ipBytes: [o[1], o[3]], states: ours.states.get(key) ?? [] }
    const counts =
      (!said.frames || same(said.frames, mine.frames)) && (!said.ipBytes || same(said.ipBytes, mine.ipBytes))
    const states = !said.states || [...said.states].sort().join() === [...mine.states].sort().join()
    const facts = {
      ...(said.frames ? { frames: mine.frames } : {}),
      ...(said.ipBytes ? { ipBytes: mine.ipBytes } : {}),
      ...(said.states ? { states: mine.states } : {}),
    }
    held.push({
      conversation,
      result: counts && states ? 'equal' : 'different',
      truth: describe(said),
      ours: describe(facts),
    })
    if (PORTED.has(group[0].proto)) {
      const [row] = group
      tally(likeness.originators, (ours.originators.get(key) ?? []).includes(`${row.a} ${row.ap}`))
      if (row.history !== undefined && group.length === 1) {
        const own = ours.histories.get(key) ?? []
        tally(likeness.histories, own.length === 1 && own[0] === row.history)
      }
    }
  }
  return held
}

function tally(count: [number, number], equal: boolean): void {
  if (equal) count[0]++
  count[1]++
}

function turn({ frames, ipBytes }: ToolRow): Partial<ToolRow> {
  return {
    ...(frames ? { frames: [frames[1], frames[0]] } : {}),
    ...(ipBytes ? { ipBytes: [ipBytes[1], ipBytes[0]] } : {}),
  }
}

interface Said {
  frames?: number[]
  ipBytes?: number[]
  states?: string[]
}

function sums(rows: readonly ToolRow[]): Said {
  const total = (pick: (row: ToolRow) => [number, number] | undefined): number[] | undefined => {
    const all = rows.map(pick)
    if (all.some(pair => pair === undefined)) return undefined
    return [0, 1].map(i => all.reduce((n, pair) => n + pair![i], 0))
  }
  const frames = total(row => row.frames)
  const ipBytes = total(row => row.ipBytes)
  const states = rows.every(row => row.state !== undefined) ? rows.map(row => row.state!) : undefined
  return { ...(frames ? { frames } : {}), ...(ipBytes ? { ipBytes } : {}), ...(states ? { states } : {}) }
}

const describe = ({ frames, ipBytes, states }: Said): string =>
  [frames && `frames ${frames.join(' ')}`, ipBytes && `bytes ${ipBytes.join(' ')}`, states?.join(',')]
    .filter(Boolean)
    .join('  ') || 'present'

/** Community IDs a tool reports, with the frames of each: the id must be among ours with as many frames. */
export function compareCommunityIds(
  tool: string,
  rows: readonly { id: string; frames?: number; label: string }[],
  ours: OurConversations,
): Held[] {
  const sums = new Map<string, { frames: number | undefined; label: string }>()
  for (const { id, frames, label } of rows) {
    const sum = sums.get(id)
    if (!sum) sums.set(id, { frames, label })
    else sum.frames = sum.frames === undefined || frames === undefined ? undefined : sum.frames + frames
  }
  return [...sums].map(([id, { frames, label }]) => {
    const own = ours.communities.get(id)
    const equal = own !== undefined && (frames === undefined || own.frames === frames)
    return {
      conversation: `${tool} ${label}`,
      result: equal ? 'equal' : 'different',
      truth: `${id}${frames === undefined ? '' : ` frames ${frames}`}`,
      ours: own ? `${id} frames ${own.frames}` : 'no flow with this id',
    }
  })
}
