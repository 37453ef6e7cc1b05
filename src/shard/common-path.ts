import * as C from '../decode/common.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { trackDatagram, trackTcp } from '../flow/tcp.ts'
import { mix, pairHash } from '../net/hash.ts'
import type { Burst } from '../shared/burst.ts'
import * as ip from '../wire/ip.ts'
import type { Verdicts } from './verdicts.ts'
import type { Wrapping } from './wrapping.ts'

/** Frames whose look-ups wait for memory together: as many as a processor keeps loads in flight for. */
export const GROUP = 32
const ETHERNET = 1
const SYN = 0x02

/** cells of a lane that are filled here: the hash of the addresses, of the whole key, and the sender's side */
const PAIR = C.FREE
const HASH = C.FREE + 1
const SIDE = C.FREE + 2

/**
 * The short way for what nearly every frame is: the common stack, in a flow that is known, with nothing new in it.
 * `prepare` reads a group of frames into lanes and asks for the cache lines of their flows; `take` then counts them one
 * by one, or answers false, and the frame takes the general way. A test holds one way against the other.
 */
export class CommonPath {
  private readonly table: FlowTable
  private readonly wrapping: Wrapping
  private readonly verdicts: Verdicts
  private readonly lanes = new Int32Array(GROUP * C.LANE_WORDS)
  private readonly ready = new Uint8Array(GROUP)
  private readonly first = new Int32Array(GROUP)
  private bytes: Uint8Array | undefined
  private view: DataView = new DataView(new ArrayBuffer(0))

  constructor(table: FlowTable, wrapping: Wrapping, verdicts: Verdicts) {
    this.table = table
    this.wrapping = wrapping
    this.verdicts = verdicts
  }

  /**
   * Reads frames [start, start + count) of a burst, at most GROUP. `linkTypes` is by port. The answer says nothing; it is
   * what keeps the early loads from being optimised away.
   */
  prepare(burst: Burst, start: number, count: number, linkTypes: ArrayLike<number>): number {
    const { bytes, offset, captured, wire, port } = burst
    const { lanes, ready, first, table } = this
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    const view = this.view
    for (let i = 0; i < count; i++) {
      const n = start + i
      const lane = i * C.LANE_WORDS
      first[i] = -1
      if (
        linkTypes[port[n]] !== ETHERNET ||
        !C.readCommon(view, offset[n], captured[n], wire[n], lanes, lane)
      ) {
        ready[i] = 0
        continue
      }
      ready[i] = 1
      const src = lanes[lane + C.SRC]
      const dst = lanes[lane + C.DST]
      const ports = lanes[lane + C.PORTS]
      // without branches: which end is the smaller is anybody's guess, and a wrong guess costs more than the sum
      const side = src === dst ? less(ports & 0xffff, ports >>> 16) : less(dst, src)
      const other = (src ^ dst) & -side
      const turned = (ports << (side << 4)) | (ports >>> (side << 4))
      const pair = pairHash(src, dst)
      const proto = (R.KIND_V4 << R.KIND_SHIFT) | lanes[lane + C.PROTO]
      const hash = mix(mix(pair, turned), proto)
      lanes[lane + C.SRC] = src ^ other
      lanes[lane + C.DST] = dst ^ other
      lanes[lane + C.PORTS] = turned
      lanes[lane + C.PROTO] = proto
      lanes[lane + PAIR] = pair
      lanes[lane + HASH] = hash
      lanes[lane + SIDE] = side
      first[i] = table.firstRow(pair, hash)
    }
    const { hot, sums } = table
    let touched = 0
    for (let i = 0; i < count; i++) {
      const row = first[i]
      if (row >= 0) touched ^= hot[row * R.HOT_WORDS] ^ sums[row * R.SUM_DOUBLES]
    }
    return touched
  }

  /** Counts frame `i` of the group; false where it has to take the general way. */
  take(i: number, port: number, seconds: number, nanos: number): boolean {
    if (this.ready[i] === 0) return false
    const { lanes, table, wrapping } = this
    const lane = i * C.LANE_WORDS
    const proto = lanes[lane + C.PROTO]
    const place = wrapping.taggedPlace(lanes[lane + C.TAG], port)
    if (place === wrapping.places.unknown) return false
    const row = table.find(
      lanes[lane + PAIR],
      lanes[lane + HASH],
      lanes[lane + C.SRC],
      lanes[lane + C.DST],
      lanes[lane + C.PORTS],
      proto,
      wrapping.contextOf(place),
    )
    if (row < 0) return false
    const { hot, sums, cold } = table
    const h = row * R.HOT_WORDS
    const state = hot[h + R.STATE]
    const control = lanes[lane + C.TCP_CONTROL]
    const flags = (control >>> 16) & 0xff
    const later = (seconds - hot[h + R.LAST_SECONDS]) | 0
    if (
      hot[h + R.PLACE] !== place ||
      (state & R.GROUP) !== 0 ||
      (flags & SYN) !== 0 ||
      later > table.limits[(state & R.LIMIT_MASK) >>> R.LIMIT_SHIFT] ||
      ((seconds - hot[h + R.REPORT_AT]) | 0) >= 0 ||
      hot[h + R.JUDGEMENT] < 0 ||
      this.verdicts.isDue(row, seconds)
    )
      return false
    const side = lanes[lane + SIDE]
    const s = row * R.SUM_DOUBLES + side
    const payload = lanes[lane + C.PAYLOAD_BYTES]
    sums[s + R.PACKETS]++
    sums[s + R.BYTES] += lanes[lane + C.FRAME_BYTES]
    sums[s + R.IP_BYTES] += lanes[lane + C.IP_BYTES]
    sums[s + R.PAYLOAD] += payload
    // not older than the latest packet: later second, or the same and no earlier nanosecond
    if ((later << 1) + ((nanos - hot[h + R.LAST_NANOS]) >> 31) >= 0) {
      hot[h + R.LAST_SECONDS] = seconds
      hot[h + R.LAST_NANOS] = nanos
    }
    if (lanes[lane + C.CUT] !== 0) cold[row * R.COLD_WORDS + R.TRUNCATED]++
    if ((proto & 0xff) === ip.TCP)
      trackTcp(hot, cold, row, side, flags, lanes[lane + C.TCP_SEQ], payload, control & 0xffff)
    else trackDatagram(hot, cold, row, side)
    return true
  }
}

/** 1 where the unsigned words a < b, else 0: the borrow of a - b. */
const less = (a: number, b: number): number => ((~a & b) | ((~a | b) & (a - b))) >>> 31
