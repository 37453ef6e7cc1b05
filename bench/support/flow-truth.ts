import type { FlowRecord } from '../../src/records.ts'
import {
  addTo,
  Conversations,
  type Counts,
  countsOf,
  type Held,
  isIcmpError,
  same,
  zero,
} from './comparison.ts'

/**
 * Flow truth by TShark. A row is the innermost IP layer that no ICMP error quotes, with the ports behind it; frames
 * without IP are `l2` rows of their EtherType and MACs. Nothing was reassembled: later fragments have no ports.
 */
export interface FlowTruth {
  frames: number
  fragments: boolean
  /** why TShark stopped early, or '' */
  stderr: string
  rows: { proto: string; a: string; ap: string; b: string; bp: string; counts: Counts }[]
}

export function parseFlowTruth(text: string): FlowTruth {
  const truth: FlowTruth = { frames: 0, fragments: false, stderr: '', rows: [] }
  for (const line of text.split('\n')) {
    if (line === '') continue
    const cells = line.split('\t')
    if (line[0] === '#') {
      if (cells[0] === '#frames') truth.frames = Number(cells[1])
      else if (cells[0] === '#fragments') truth.fragments = cells[1] === '1'
      else if (cells[0] === '#stderr') truth.stderr = cells[1]
    } else {
      const [proto, a, ap, b, bp, ...counts] = cells
      truth.rows.push({ proto, a, ap, b, bp, counts: counts.map(Number) as Counts })
    }
  }
  return truth
}

const WITH_PORTS = new Set(['tcp', 'udp', 'sctp'])
/** how the truth writes the protocol where it did not read the transport header */
const BY_NUMBER: Record<string, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' }

/**
 * Holds the newest record of each flow against the truth. Conversations are sums over all records of a pair of ends;
 * ICMP has no ports here, nor has anything in a capture with fragments; ICMP errors are left out on both sides.
 * `leftOver` is the number of frames that are in no flow (not decoded). What differs only because the truth writes it
 * down another way ends as `notation`:
 * - a transport header TShark did not read (a later fragment, or cut off) is a protocol number there, or `other` under IPv6
 * - IPv6 with a transport that is none of the named ones is `other`
 * - frames without IP have the outermost EtherType there (0x8100 under a tag), and none for LLC
 * - frames without readable addresses, or of links without MACs, are one row without ends
 */
export function compareFlowTruth(truth: FlowTruth, records: readonly FlowRecord[], leftOver: number): Held[] {
  const theirs = new Conversations()
  const ours = new Conversations()
  const copied = new Set<string>()
  for (const { proto, a, ap, b, bp, counts } of truth.rows) {
    if (proto.endsWith('-error')) continue
    if (proto === 'l2')
      theirs.add(`l2 ${Number(ap)}`, named(a), '-', named(b), '-', [counts[0], 0, counts[2], 0])
    else if (truth.fragments || !WITH_PORTS.has(proto)) theirs.add(proto, a, '-', b, '-', counts)
    else theirs.add(proto, a, ap, b, bp, counts)
  }
  for (const r of records) {
    if (r.orig_addr === undefined) {
      const counts: Counts = [r.orig_packets + r.orig_copies, 0, r.resp_packets + r.resp_copies, 0]
      ours.add(`l2 ${r.ethertype ?? 0}`, r.orig_mac ?? '', '-', r.resp_mac ?? '', '-', counts)
    } else if (!isIcmpError(r)) {
      const proto = r.proto!
      const ported = !truth.fragments && WITH_PORTS.has(proto)
      const [ap, bp] = ported ? [String(r.orig_port ?? '-'), String(r.resp_port ?? '-')] : ['-', '-']
      const key = ours.add(proto, r.orig_addr, ap, r.resp_addr!, bp, countsOf(r))
      if (r.orig_copies + r.resp_copies > 0) copied.add(key)
    }
  }
  const held: Held[] = []
  const open = new Set<string>()
  for (const key of new Set([...theirs.counts.keys(), ...ours.counts.keys()])) {
    const t = theirs.counts.get(key)
    const o = ours.counts.get(key)
    if (t && o && (copied.has(key) ? t[0] === o[0] && t[2] === o[2] : same(t, o))) {
      held.push({ conversation: key, result: 'equal', truth: show(t), ours: show(o) })
    } else open.add(key)
  }
  const settle = (keys: readonly string[], why: string): void => {
    for (const key of keys) {
      open.delete(key)
      const [t, o] = [show(theirs.counts.get(key)), show(ours.counts.get(key))]
      held.push({ conversation: key, result: 'notation', truth: t, ours: o, why })
    }
  }
  for (const [name, group] of groupsOf(open, theirs.counts)) {
    const sums = [theirs, ours].map(side => {
      const sum = zero()
      for (const key of group) addTo(sum, oriented(key, side.counts.get(key) ?? zero()))
      return sum
    })
    if (same(sums[0], sums[1])) {
      const l2 = name.startsWith('l2')
      settle(group, l2 ? 'the truth names the outermost EtherType, or none' : 'the truth names no transport')
    }
  }
  settleNameless(open, theirs.counts, ours.counts, leftOver, settle)
  for (const key of open) {
    const [t, o] = [show(theirs.counts.get(key)), show(ours.counts.get(key))]
    held.push({ conversation: key, result: 'different', truth: t, ours: o })
  }
  return held
}

/** Conversations that may be one to the truth: same ends, and a truth row among them that does not name the transport. */
function groupsOf(open: Iterable<string>, theirs: ReadonlyMap<string, Counts>): Map<string, string[]> {
  const pairs = new Map<string, string[]>()
  for (const key of open) {
    const { proto, a, b } = ends(key)
    put(pairs, `${proto === 'l2' ? 'l2' : 'ip'} ${[a, b].sort().join(' ')}`, key)
  }
  const groups = new Map<string, string[]>()
  for (const [pair, keys] of pairs) {
    if (pair.startsWith('l2') || keys.some(key => theirs.has(key) && ends(key).proto === 'other')) {
      groups.set(pair, keys)
      continue
    }
    const families = new Map<string, string[]>()
    for (const key of keys) put(families, `${pair} ${BY_NUMBER[ends(key).proto] ?? ends(key).proto}`, key)
    for (const [family, members] of families)
      if (members.some(key => theirs.has(key) && isUnread(key))) groups.set(family, members)
  }
  return groups
}

/** A truth row whose transport header TShark did not read. */
function isUnread(key: string): boolean {
  const { proto, ap } = ends(key)
  return proto in BY_NUMBER || (WITH_PORTS.has(proto) && ap === '-')
}

function put(groups: Map<string, string[]>, name: string, key: string): void {
  const group = groups.get(name)
  if (group) group.push(key)
  else groups.set(name, [key])
}

/**
 * The truth's rows without ends against what we have left: frames in no flow, and l2 flows with a MAC the truth
 * does not show. Settles them when the numbers of frames agree.
 */
function settleNameless(
  open: ReadonlySet<string>,
  theirs: ReadonlyMap<string, Counts>,
  ours: ReadonlyMap<string, Counts>,
  leftOver: number,
  settle: (keys: readonly string[], why: string) => void,
): void {
  const nameless = [...open].filter(key => {
    const { a, b } = ends(key)
    return theirs.has(key) && (a === '' || b === '')
  })
  if (nameless.length === 0) return
  const frames = (table: ReadonlyMap<string, Counts>, keys: readonly string[]): number =>
    keys.reduce((n, key) => n + (table.get(key)?.[0] ?? 0) + (table.get(key)?.[2] ?? 0), 0)
  const rest = [...open].filter(key => key.startsWith('l2 ') && ours.has(key) && !theirs.has(key))
  const wanted = frames(theirs, nameless)
  if (wanted === frames(ours, nameless) + leftOver + frames(ours, rest))
    settle([...nameless, ...rest], 'the truth names no ends')
  else if (wanted === frames(ours, nameless) + leftOver) settle(nameless, 'the truth names no ends')
}

/** An all-zero MAC is nobody's: records leave it out. */
const named = (mac: string): string => (mac === '00:00:00:00:00:00' ? '' : mac)

/** Parts of a conversation key. EtherTypes stand after `l2`, so that there are six words. */
function ends(key: string): { proto: string; a: string; ap: string; b: string; bp: string } {
  const words = key.split(' ')
  const [a, ap, b, bp] = words.slice(-4)
  return { proto: words[0], a, ap, b, bp }
}

/** Counts with the smaller address first, so that keys that differ in ports or protocol add up. */
function oriented(key: string, counts: Counts): Counts {
  const { a, b } = ends(key)
  return a > b ? [counts[2], counts[3], counts[0], counts[1]] : counts
}

/** ICMP errors between two ends, under the key of the conversation that other ICMP messages of theirs make. */
export function icmpErrors(truth: FlowTruth): ReadonlyMap<string, Counts> {
  const errors = new Conversations()
  for (const { proto, a, b, counts } of truth.rows)
    if (proto.endsWith('-error')) errors.add(proto.replace('-error', ''), a, '-', b, '-', counts)
  return errors.counts
}

const show = (counts: Counts | undefined): string => counts?.join(' ') ?? 'absent'
