import { isSameSix } from '../dispatch/six.ts'
import * as R from '../flow/row.ts'
import { type FlowTable, ROW_BITS } from '../flow/table.ts'
import { trackDatagram, trackTcp } from '../flow/tcp.ts'
import type { Batch, LaneMemory } from '../shared/batch.ts'
import * as L from '../shared/lane.ts'
import * as ip from '../wire/ip.ts'
import type { Verdicts } from './verdicts.ts'
import type { Whereabouts } from './whereabouts.ts'

/** Frames whose look-ups wait for memory together: as many as a processor keeps loads in flight for. */
const GROUP = 32
const SYN = 0x02
const ROW_MASK = (1 << ROW_BITS) - 1

/** What the short way works on. */
export interface CommonParts {
  memory: LaneMemory
  table: FlowTable
  whereabouts: Whereabouts
  verdicts: Verdicts
  /** reads the payload of frame `number` of a batch, whose words begin at `lane`, for a row that has READS */
  read: (batch: Batch, number: number, lane: number, row: number, side: number) => void
  /** takes frame `lane` of a batch the general way */
  general: (batch: Batch, lane: number) => void
}

/**
 * Makes the loop over a shard's lanes of a batch, of which [first, end) of the lists are its own: it counts the frames of
 * the common stack that belong to a known flow and have nothing new in them, and hands on all others. Answers how many it
 * counted. A test holds one way against the other.
 *
 * The loop is made once for a table and its lanes: code compiled for arrays it knows is a third faster
 * (docs/decisions/0008).
 */
export function makeCommonPath(
  parts: CommonParts,
): (batch: Batch, view: DataView, first: number, end: number) => number {
  const { table, whereabouts, verdicts, general, read } = parts
  const { lanes, lists } = parts.memory
  const { hot, sums, cold, six, index, base, firstOf, mask, limits } = table
  const { contexts } = whereabouts
  const { window } = verdicts

  /** rows that a group's lanes will very likely be found in, -1 = none */
  const rows = new Int32Array(GROUP)

  /** Looks for the rows of a group and asks for their cache lines. The answer keeps the loads from being optimised away. */
  function prepare(first: number, end: number, firstLane: number): number {
    let touched = 0
    for (let i = first; i < end; i++) {
      const lane = firstLane + (lists[i] << 4)
      const where = lanes[lane | L.WHERE]
      rows[i - first] = -1
      if (where >>> L.WAY_SHIFT === L.WAY_GENERAL) continue
      const partition = (where >>> L.PARTITION_SHIFT) & L.PARTITION_MASK
      const hash = lanes[lane | L.HASH]
      const slots = mask[partition]
      const start = base[partition]
      const slot = hash & slots
      // one of the first two entries, nearly always; chosen without a branch, for which of them it is nobody can guess
      const one = index[start + slot]
      const two = index[start + ((slot + 1) & slots)]
      const isOne = (((one ^ hash) >>> ROW_BITS) - 1) >> 31
      const isTwo = (((two ^ hash) >>> ROW_BITS) - 1) >> 31
      const local = ((one & isOne) | (two & isTwo & ~isOne)) & ROW_MASK
      if (local === 0) continue
      const row = firstOf[partition] + local - 1
      rows[i - first] = row
      touched ^= hot[row << 4] ^ sums[row << 3]
      if (where >>> L.WAY_SHIFT !== L.WAY_V4) touched ^= six[row << 3]
    }
    return touched
  }

  /** Counts the frame of a lane in its row; false where it has to take the general way. */
  function take(batch: Batch, lane: number, number: number, row: number, view: DataView): boolean {
    if (row < 0) return false
    const where = lanes[lane | L.WHERE]
    const place = where & L.PLACE_MASK
    const k3 = lanes[lane | L.K3]
    const h = row << 4
    // contexts: one more than the context, 0 = not asked for yet. A row of another context with the same ends may come
    // first, and what the general way did meanwhile may have moved rows
    if (
      hot[h | R.K0] !== lanes[lane | L.K0] ||
      hot[h | R.K1] !== lanes[lane | L.K1] ||
      hot[h | R.K2] !== lanes[lane | L.K2] ||
      hot[h | R.K3] !== k3 ||
      hot[h | R.CONTEXT] !== contexts[place] - 1
    )
      return false
    const way = where >>> L.WAY_SHIFT
    const side = (where >>> L.SIDE_SHIFT) & 1
    if (way !== L.WAY_V4) {
      const at = lanes[lane | L.OFFSET] + (way === L.WAY_V6 ? 22 : 26)
      // other addresses with the same fold: the general way looks further
      if (!isSameSix(view, at, side, six, row << 3)) return false
    }
    const state = hot[h | R.STATE]
    const seconds = lanes[lane | L.SECONDS]
    const nanos = lanes[lane | L.NANOS]
    const control = lanes[lane | L.TCP_CONTROL]
    const flags = (control >>> 16) & 0xff
    const later = (seconds - hot[h | R.LAST_SECONDS]) | 0
    if (
      hot[h | R.PLACE] !== place ||
      (state & R.GROUP) !== 0 ||
      (flags & SYN) !== 0 ||
      later > limits[(state & R.LIMIT_MASK) >>> R.LIMIT_SHIFT] ||
      ((seconds - hot[h | R.REPORT_AT]) | 0) >= 0 ||
      hot[h | R.JUDGEMENT] < 0 ||
      // the schedules and exceptions in force are not those the row was judged under
      (seconds - window[0]) >>> 0 >= window[1] >>> 0 ||
      hot[h | R.EPOCH] !== window[2]
    )
      return false
    const s = (row << 3) | side
    const payload = lanes[lane | L.PAYLOAD_BYTES]
    sums[s | R.PACKETS]++
    sums[s | R.BYTES] += lanes[lane | L.FRAME_BYTES]
    sums[s | R.IP_BYTES] += lanes[lane | L.IP_BYTES]
    sums[s | R.PAYLOAD] += payload
    // not older than the latest packet: later second, or the same and no earlier nanosecond
    if ((later << 1) + ((nanos - hot[h | R.LAST_NANOS]) >> 31) >= 0) {
      hot[h | R.LAST_SECONDS] = seconds
      hot[h | R.LAST_NANOS] = nanos
    }
    if ((where & L.CUT) !== 0) cold[row * R.COLD_WORDS + R.TRUNCATED]++
    if ((k3 & 0xff) === ip.TCP)
      trackTcp(hot, cold, row, side, flags, lanes[lane | L.TCP_SEQ], payload, control & 0xffff)
    else trackDatagram(hot, cold, row, side)
    if ((state & R.READS) !== 0) read(batch, number, lane, row, side)
    return true
  }

  return (batch, view, first, end) => {
    const firstLane = batch.at * L.LANE_WORDS
    let common = 0
    for (let start = first; start < end; start += GROUP) {
      const stop = Math.min(start + GROUP, end)
      prepare(start, stop, firstLane)
      for (let i = start; i < stop; i++) {
        if (take(batch, firstLane + (lists[i] << 4), lists[i], rows[i - start], view)) common++
        else general(batch, lists[i])
      }
    }
    return common
  }
}
