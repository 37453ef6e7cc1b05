import { isSameSix } from '../dispatch/six.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { trackDatagram, trackTcp } from '../flow/tcp.ts'
import type { Batch } from '../shared/batch.ts'
import * as L from '../shared/lane.ts'
import * as ip from '../wire/ip.ts'
import type { Verdicts } from './verdicts.ts'
import type { Whereabouts } from './whereabouts.ts'

/** Frames whose look-ups wait for memory together: as many as a processor keeps loads in flight for. */
export const GROUP = 32
const SYN = 0x02

/**
 * The short way for what nearly every frame is: a lane of the common stack, in a flow that is known, with nothing new in
 * it. `prepare` asks for the cache lines of a group of flows; `take` then counts their frames one by one, or answers
 * false, and the frame takes the general way. A test holds one way against the other.
 */
export class CommonPath {
  private readonly table: FlowTable
  private readonly whereabouts: Whereabouts
  private readonly verdicts: Verdicts
  private block: Uint8Array | undefined
  private view: DataView = new DataView(new ArrayBuffer(0))

  constructor(table: FlowTable, whereabouts: Whereabouts, verdicts: Verdicts) {
    this.table = table
    this.whereabouts = whereabouts
    this.verdicts = verdicts
  }

  /**
   * Looks at the rows of lanes [start, start + count) of a list, at most GROUP. The answer says nothing; it is what keeps the
   * early loads from being optimised away.
   */
  prepare(batch: Batch, list: Uint16Array, start: number, count: number): number {
    const { lanes, bytes } = batch
    const { table } = this
    const { hot, sums } = table
    if (bytes !== this.block) {
      this.block = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    let touched = 0
    for (let i = start; i < start + count; i++) {
      const lane = list[i] * L.LANE_WORDS
      const where = lanes[lane + L.WHERE]
      if (where >>> L.WAY_SHIFT === L.WAY_GENERAL) continue
      const row = table.firstRow((where >>> L.PARTITION_SHIFT) & L.PARTITION_MASK, lanes[lane + L.HASH])
      if (row >= 0) touched ^= hot[row * R.HOT_WORDS] ^ sums[row * R.SUM_DOUBLES]
    }
    return touched
  }

  /** Counts the frame of a lane; false where it has to take the general way. */
  take(lanes: Int32Array, lane: number): boolean {
    const where = lanes[lane + L.WHERE]
    const way = where >>> L.WAY_SHIFT
    if (way === L.WAY_GENERAL) return false
    const { table } = this
    const partition = (where >>> L.PARTITION_SHIFT) & L.PARTITION_MASK
    const place = where & L.PLACE_MASK
    const k3 = lanes[lane + L.K3]
    const context = this.whereabouts.contextOf(place)
    const row = table.find(
      partition,
      lanes[lane + L.HASH],
      lanes[lane + L.K0],
      lanes[lane + L.K1],
      lanes[lane + L.K2],
      k3,
      context,
    )
    if (row < 0) return false
    const side = (where >>> L.SIDE_SHIFT) & 1
    if (way !== L.WAY_V4) {
      const at = lanes[lane + L.OFFSET] + (way === L.WAY_V6 ? 22 : 26)
      // other addresses with the same fold: the general way looks further
      if (!isSameSix(this.view, at, side, table.six, row * R.SIX_WORDS)) return false
    }
    const { hot, sums, cold } = table
    const h = row * R.HOT_WORDS
    const state = hot[h + R.STATE]
    const seconds = lanes[lane + L.SECONDS]
    const nanos = lanes[lane + L.NANOS]
    const control = lanes[lane + L.TCP_CONTROL]
    const flags = (control >>> 16) & 0xff
    const later = (seconds - hot[h + R.LAST_SECONDS]) | 0
    if (
      hot[h + R.PLACE] !== place ||
      (state & R.GROUP) !== 0 ||
      (flags & SYN) !== 0 ||
      later > table.limits[(state & R.LIMIT_MASK) >>> R.LIMIT_SHIFT] ||
      ((seconds - hot[h + R.REPORT_AT]) | 0) >= 0 ||
      hot[h + R.JUDGEMENT] < 0 ||
      this.verdicts.isDue(row, seconds >>> 0)
    )
      return false
    const s = row * R.SUM_DOUBLES + side
    const payload = lanes[lane + L.PAYLOAD_BYTES]
    sums[s + R.PACKETS]++
    sums[s + R.BYTES] += lanes[lane + L.FRAME_BYTES]
    sums[s + R.IP_BYTES] += lanes[lane + L.IP_BYTES]
    sums[s + R.PAYLOAD] += payload
    // not older than the latest packet: later second, or the same and no earlier nanosecond
    if ((later << 1) + ((nanos - hot[h + R.LAST_NANOS]) >> 31) >= 0) {
      hot[h + R.LAST_SECONDS] = seconds
      hot[h + R.LAST_NANOS] = nanos
    }
    if ((where & L.CUT) !== 0) cold[row * R.COLD_WORDS + R.TRUNCATED]++
    if ((k3 & 0xff) === ip.TCP)
      trackTcp(hot, cold, row, side, flags, lanes[lane + L.TCP_SEQ], payload, control & 0xffff)
    else trackDatagram(hot, cold, row, side)
    return true
  }
}
