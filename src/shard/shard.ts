import { type Announcement, mayAnnounce, readAnnouncement } from '../decode/announce.ts'
import { Dissector } from '../decode/dissect.ts'
import * as F from '../decode/facts.ts'
import { FlowKey } from '../dispatch/flow-key.ts'
import { isToGroup } from '../dispatch/group.ts'
import { Quote } from '../dispatch/quote.ts'
import { shardOf } from '../dispatch/shards.ts'
import type { AddressConflict, FlowFacts, FlowNumbers, NotedFacts, Statement } from '../finding/facts.ts'
import { Neighbours } from '../flow/neighbours.ts'
import { endReasonOf } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import {
  END_ACTIVE,
  END_EOF,
  END_EVICTED,
  END_IDLE,
  END_SHUTDOWN,
  FlowTable,
  GROUPS,
  PARTITIONS,
  partitionOf,
} from '../flow/table.ts'
import { markFlipped, trackDatagram, trackTcp } from '../flow/tcp.ts'
import { pairHash } from '../net/hash.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Batch, LaneMemory } from '../shared/batch.ts'
import * as L from '../shared/lane.ts'
import type { SeenPlace } from '../shared/seen-place.ts'
import { u32 as word } from '../wire/bytes.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import * as sctp from '../wire/sctp.ts'
import { Answers } from './answers.ts'
import { makeCommonPath } from './common-path.ts'
import { lastOrder, tellLast } from './last-records.ts'
import { News } from './news.ts'
import { Now } from './now.ts'
import { RowNumbers } from './numbers.ts'
import { FIRST, HANDSHAKE, PORT, REQUEST, ServerPorts } from './openings.ts'
import { Payloads } from './payloads.ts'
import { reloadPolicy } from './reload.ts'
import { RowRecords } from './row-records.ts'
import { Upkeep } from './upkeep.ts'
import { Verdicts } from './verdicts.ts'
import { Whereabouts } from './whereabouts.ts'

/** What a frame has in common with the others of its port, as the shard needs it. */
export interface ShardPort {
  linkType: number
  /** tap name given on the command line */
  tap?: string
  /** capture file, for evidence */
  capture: string
}

/**
 * Where a record stands among those of all shards: by these numbers, in this order. While frames come: the number of the
 * frame that made it, and how many that frame had made before; at the end of a run: time, port and number of its first frame.
 */
export type RecordOrder = readonly [number, number, number]

export interface ShardOptions {
  /** what batches are made of */
  lanes: LaneMemory
  /** grows while the source is read; a batch names only ports that are there */
  ports: readonly ShardPort[]
  /** places by index; grows as the dispatcher meets them, before a batch speaks of them */
  places: readonly SeenPlace[]
  policy: CompiledPolicy | undefined
  /** flows kept at a time, in all shards together */
  maxFlows: number
  /** idle limits in seconds: tcp, udp, icmp, other, unanswered attempt, closed connection */
  limits: Int32Array
  /** seconds between interim records of a long flow */
  activeTimeout: number
  /** keeps account of what `news` is to tell */
  news?: boolean
  /** which of how many shards this is; alone when absent */
  shard?: { index: number; shards: number }
  /** counts every record, whether it is made or not: before it is, within a partition in the same order */
  totals?: { add(numbers: FlowNumbers, partition: number): void } | undefined
  /** each record, with the partition of the flow table it belongs to */
  onRecord?: (facts: FlowFacts, partition: number, order: RecordOrder) => void
  /** in place of `onRecord`: only what findings need of the records that they need */
  onNoted?: ((facts: NotedFacts, order: RecordOrder) => void) | undefined
  onConflict?: (conflict: AddressConflict, order: RecordOrder) => void
  onBinding?: (announcement: Announcement, vlans: readonly number[], order: RecordOrder) => void
  /** each statement once, as long as there are not too many */
  onStatement?: (statement: Statement, order: RecordOrder) => void
}

/** What a shard counted. */
export interface ShardCounts {
  inFlows: number
  icmpErrors: number
  evicted: number
  /** bindings that could not be remembered; the same in every shard */
  bindingsBeyond: number
}

const ETHERNET = 1
const UNUSUAL = F.FLAG_ICMP_ERROR | F.FLAG_FIRST_FRAGMENT | F.FLAG_LATER_FRAGMENT | F.FLAG_OUTER_FRAGMENT
const SYN = 0x02
const ACK = 0x10

/**
 * The per-frame loop, where decode, flow and policy meet: read a lane, find the flow, count, judge when something that
 * decides has changed, and hand on records. Owns its flow table; no clock, no I/O.
 */
export class Shard {
  readonly table: FlowTable
  readonly whereabouts: Whereabouts
  readonly verdicts: Verdicts
  private readonly options: Omit<ShardOptions, 'policy' | 'totals'>
  private readonly index: number
  private readonly shards: number
  private readonly dissector = new Dissector()
  private readonly quote = new Quote()
  private readonly facts: Int32Array
  readonly neighbours = new Neighbours()
  readonly answers = new Answers()
  readonly payloads: Payloads
  private readonly common: ReturnType<typeof makeCommonPath>
  private block: Uint8Array | undefined
  private view: DataView = new DataView(new ArrayBuffer(0))
  readonly servers: ServerPorts
  readonly records: RowRecords
  private readonly numbers: RowNumbers
  private readonly upkeep: Upkeep
  private readonly untold: News | undefined
  private policy: CompiledPolicy | undefined
  private totals: ShardOptions['totals']
  private readonly announcement: Announcement = {
    version: 4,
    words: new Int32Array(4),
    macHigh: 0,
    macLow: 0,
  }
  private inFlows = 0
  private icmpErrors = 0
  private evicted = 0
  /** the frame at hand */
  private readonly now = new Now()
  private partition = 0
  private readonly key = new FlowKey()

  constructor(options: ShardOptions) {
    const { policy, totals, ...others } = options
    const { index, shards } = options.shard ?? { index: 0, shards: 1 }
    // what is replaced must not be kept
    this.options = others
    this.policy = policy
    this.totals = totals
    this.index = index
    this.shards = shards
    this.facts = this.dissector.facts
    const own = Array.from({ length: PARTITIONS }, (_, i) => i).filter(i => shardOf(i, shards) === index)
    this.table = new FlowTable(
      options.maxFlows,
      options.limits,
      (row, reason) => this.ended(row, reason),
      own,
    )
    this.servers = new ServerPorts(policy?.model)
    this.whereabouts = new Whereabouts(policy, options.places)
    const untold = options.news === true ? new News(this.table) : undefined
    this.untold = untold
    this.payloads = new Payloads({
      table: this.table,
      now: this.now,
      verdicts: () => this.verdicts,
      isRestricted: () => this.policy?.isRestricted ?? false,
      isOurs: row => this.partitionToTell(row) >= 0,
      onStatement: options.onStatement,
    })
    const { applications } = this.payloads
    this.verdicts = new Verdicts(this.table, this.whereabouts, this.neighbours, {
      policy,
      ports: options.ports,
      applications,
      onNews: untold && (row => untold.add(row)),
    })
    this.records = new RowRecords(this.table, this.whereabouts, this.verdicts, {
      ...options,
      applications,
    })
    this.numbers = new RowNumbers(this.table, this.verdicts, this.records)
    this.upkeep = new Upkeep({
      table: this.table,
      verdicts: this.verdicts,
      answers: this.answers,
      interim: row => this.interim(row),
    })
    this.common = makeCommonPath({
      memory: options.lanes,
      table: this.table,
      whereabouts: this.whereabouts,
      verdicts: this.verdicts,
      read: (batch, number, lane, row, side) => this.payloads.lane(batch, number, lane, row, side),
      general: (batch, lane) => this.general(batch, lane),
    })
  }

  /** Takes in the lanes of one batch that are this shard's. */
  run(batch: Batch): void {
    const { bytes, memory, slot, at } = batch
    if (bytes !== this.block) {
      this.block = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    const first = at * this.shards + this.index * memory.capacity
    const count = memory.counts[slot * this.shards + this.index]
    const common = this.common(batch, this.view, first, first + count)
    this.inFlows += common
  }

  /** The way every frame can take: reads it again, for all that its lane does not tell. */
  private general(batch: Batch, i: number): void {
    const { bytes, memory, at } = batch
    const { lanes } = memory
    const lane = (at + i) * L.LANE_WORDS
    const where = lanes[lane + L.WHERE]
    const isCommon = where >>> L.WAY_SHIFT !== L.WAY_GENERAL
    this.now.seconds = lanes[lane + L.SECONDS] >>> 0
    this.now.nanos = lanes[lane + L.NANOS]
    this.now.frame = batch.frameOf(i)
    this.now.port = batch.portOf(i)
    this.partition = (where >>> L.PARTITION_SHIFT) & L.PARTITION_MASK
    this.now.sequence = batch.first + i
    this.now.ends = 0
    this.dissector.dissect(
      bytes,
      lanes[lane + L.OFFSET],
      lanes[lane + L.CAPTURED],
      lanes[lane + L.FRAME_BYTES],
      isCommon ? ETHERNET : this.options.ports[this.now.port].linkType,
    )
    const isOurs = ((where >>> L.OWNER_SHIFT) & L.OWNER_MASK) === this.index
    this.decoded(bytes, lanes, lane, where & L.PLACE_MASK, isOurs)
  }

  /** A frame whose facts are there: to its flow, or to the flow it speaks of. */
  private decoded(bytes: Uint8Array, lanes: Int32Array, lane: number, place: number, isOurs: boolean): void {
    const f = this.facts
    const flags = f[F.FLAGS]
    // only the general way has notes
    const note = lanes[lane + L.WHERE] >>> L.WAY_SHIFT === L.WAY_GENERAL ? lanes[lane + L.NOTE] : 0
    if ((flags & UNUSUAL) !== 0) {
      if ((flags & F.FLAG_ICMP_ERROR) !== 0 && this.quotedFlow(bytes, place)) {
        this.icmpErrors++
        return
      }
      if (note === L.NOTE_LATER) {
        f[F.SRC_PORT] = lanes[lane + L.K2] >>> 16
        f[F.DST_PORT] = lanes[lane + L.K2] & 0xffff
        f[F.PROTO] = lanes[lane + L.K3]
        f[F.TCP_FLAGS] = 0
      }
    } else if (mayAnnounce(f)) this.announced(bytes, place, isOurs)
    // other shards hear of it, and of UDP to groups follow the flow
    if (!isOurs && this.partition !== GROUPS) return
    if (isOurs) this.inFlows++
    const row = this.rowOf(bytes, place)
    this.count(row)
    if (note === L.NOTE_WAITING) this.addWaiting(row, lanes, lane, isOurs)
    const isRead = (this.table.hot[row * R.HOT_WORDS + R.STATE] & R.READS) !== 0
    if (isRead) this.payloads.facts(bytes, this.facts, row, this.key.side)
    this.afterCount(row, place)
  }

  /** Fragments of the packet whose first one is at hand came before it. */
  private addWaiting(row: number, lanes: Int32Array, lane: number, isOurs: boolean): void {
    if (isOurs) this.inFlows += lanes[lane + L.K0]
    const s = row * R.SUM_DOUBLES + this.key.side
    const { sums, cold } = this.table
    sums[s + R.PACKETS] += lanes[lane + L.K0]
    sums[s + R.BYTES] += lanes[lane + L.K1]
    sums[s + R.IP_BYTES] += lanes[lane + L.K2]
    sums[s + R.PAYLOAD] += lanes[lane + L.K3]
    cold[row * R.COLD_WORDS + R.TRUNCATED] += lanes[lane + L.HASH]
  }

  /** The row with the key at hand in `context`, or -1. */
  private find(context: number): number {
    const { hash, k0, k1, k2, k3, six } = this.key
    return k3 >>> R.KIND_SHIFT === R.KIND_V6
      ? this.table.findSix(this.partition, hash, k0, k1, k2, k3, context, six)
      : this.table.find(this.partition, hash, k0, k1, k2, k3, context)
  }

  /** The flow of the frame at hand: the one there is, unless it is over, or a new one. */
  private rowOf(bytes: Uint8Array, place: number): number {
    const f = this.facts
    this.key.read(f, bytes)
    const table = this.table
    const group = isToGroup(f, bytes)
    const context = group ? this.whereabouts.groupContextOf(place) : this.whereabouts.contextOf(place)
    const row = this.find(context)
    if (row >= 0) {
      const reopened =
        f[F.PROTO] === ip.TCP &&
        f[F.VERSION] !== 0 &&
        (f[F.TCP_FLAGS] & (SYN | ACK)) === SYN &&
        this.isReopened(row, f[F.TCP_SEQ])
      if (!reopened && !table.isOver(row, this.now.seconds)) return row
      table.end(row, END_IDLE)
    } else if (table.candidate >= 0 && !group) {
      const other = table.candidate
      if (!table.isOver(other, this.now.seconds) && this.isSame(other, place, context)) return other
    }
    return this.open(bytes, place, context)
  }

  /** A SYN that opens the same ports anew: the old connection ended, or its number is another one. */
  private isReopened(row: number, seq: number): boolean {
    const state = this.table.hot[row * R.HOT_WORDS + R.STATE]
    if ((state & R.CLOSED) !== 0)
      return this.table.cold[row * R.COLD_WORDS + R.SYN_SEQ] !== seq || (state & (R.FIN * 3)) === R.FIN * 3
    return (
      (state & (R.SYN << this.key.side)) !== 0 &&
      (state & (R.SYN_ACK * 3)) !== 0 &&
      this.table.cold[row * R.COLD_WORDS + R.SYN_SEQ] !== seq
    )
  }

  /**
   * Whether a row of another context is the conversation of the frame at hand. A mirror that tags one direction otherwise
   * must not cut a conversation in two, and what was joined once stays joined.
   */
  private isSame(row: number, place: number, context: number): boolean {
    if (this.whereabouts.isSeenIn(this.table, row, place)) return true
    // without a policy the key holds the VLAN stack: the other direction is all that may join
    if (this.policy === undefined) return this.isMissingDirection(row)
    return this.verdicts.placesAlike(row, context)
  }

  private isMissingDirection(row: number): boolean {
    const s = row * R.SUM_DOUBLES + R.PACKETS
    return this.table.sums[s + this.key.side] === 0 && this.table.sums[s + 1 - this.key.side] > 0
  }

  /** A new row for the frame at hand, with who opened it; judged when its first frame is counted. */
  private open(bytes: Uint8Array, place: number, context: number): number {
    const f = this.facts
    const { hot, cold, six } = this.table
    const { hash, k0, k1, k2, k3 } = this.key
    const row = this.table.insert(this.partition, hash, k0, k1, k2, k3, context, this.now.seconds)
    const h = row * R.HOT_WORDS
    const c = row * R.COLD_WORDS
    if (f[F.VERSION] === 6) six.set(this.key.six, row * R.SIX_WORDS)
    hot[h + R.LAST_SECONDS] = this.now.seconds
    hot[h + R.LAST_NANOS] = this.now.nanos
    hot[h + R.PLACE] = place
    hot[h + R.REPORT_AT] = this.now.seconds + this.options.activeTimeout
    cold[c + R.FIRST_SECONDS] = this.now.seconds
    cold[c + R.FIRST_NANOS] = this.now.nanos
    cold[c + R.FIRST_FRAME] = this.now.frame
    cold[c + R.FIRST_PORT] = this.now.port
    cold[c + R.FIRST_PLACE] = place
    cold[c + R.WORST] = -1
    this.setMacs(bytes, row)
    const state = this.openingState(bytes, row)
    hot[h + R.STATE] = state
    if (((state & R.ORIG_IS_B) !== 0 ? 1 : 0) !== this.key.side) markFlipped(cold, row)
    return row
  }

  private setMacs(bytes: Uint8Array, row: number): void {
    const f = this.facts
    const src = f[F.MAC_SRC_AT]
    const dst = f[F.MAC_DST_AT]
    const srcHigh = src < 0 ? 0 : (bytes[src] << 8) | bytes[src + 1]
    const dstHigh = dst < 0 ? 0 : (bytes[dst] << 8) | bytes[dst + 1]
    const srcLow = src < 0 ? 0 : word(bytes, src + 2)
    const dstLow = dst < 0 ? 0 : word(bytes, dst + 2)
    const m = row * R.COLD_WORDS + R.MACS
    const cold = this.table.cold
    cold[m] = this.key.side === 0 ? (srcHigh << 16) | dstHigh : (dstHigh << 16) | srcHigh
    cold[m + 1 + this.key.side] = srcLow
    cold[m + 2 - this.key.side] = dstLow
  }

  /** Who opened it, how that is known, whether it speaks to a group, and which idle limit fits. */
  private openingState(bytes: Uint8Array, row: number): number {
    const f = this.facts
    const proto = f[F.PROTO]
    const version = f[F.VERSION]
    const sender = this.key.side === 1 ? R.ORIG_IS_B : 0
    const receiver = R.ORIG_IS_B - sender
    const group = isToGroup(f, bytes)
    let opener = sender
    let direction = group ? REQUEST : FIRST
    let limit = R.LIMIT_OTHER
    if (version !== 0) {
      if (proto === ip.TCP) {
        limit = R.LIMIT_TCP
        if ((f[F.TCP_FLAGS] & SYN) !== 0) {
          direction = HANDSHAKE
          if ((f[F.TCP_FLAGS] & ACK) !== 0) opener = receiver
        }
      } else if (proto === ip.UDP) limit = R.LIMIT_UDP
      else if (proto === ip.ICMP || proto === ip.ICMPV6) {
        limit = R.LIMIT_ICMP
        if (icmp.counterpart(f[F.SRC_PORT], proto === ip.ICMPV6) >= 0) {
          direction = REQUEST
          // an answer that nobody asked for goes to a group
          if (!group && !icmp.isRequest(f[F.SRC_PORT], proto === ip.ICMPV6)) opener = receiver
        }
      } else if (proto === ip.SCTP && f[F.PAYLOAD_CAPTURED] > 0) {
        const chunk = sctp.firstChunk(bytes, f[F.L4_AT])
        if (chunk === sctp.INIT || chunk === sctp.INIT_ACK) direction = HANDSHAKE
        if (chunk === sctp.INIT_ACK) opener = receiver
      }
      if (direction === FIRST) {
        const toServer = this.servers.compare(proto, f[F.SRC_PORT], f[F.DST_PORT])
        if (toServer !== 0) direction = PORT
        if (toServer < 0) opener = receiver
      }
      if (!group && this.isAnswer(row, version, proto)) {
        // the asker opened the conversation, whatever the ports say
        direction = REQUEST
        opener = receiver
        this.verdicts.setParent(row, this.answers.asked)
      } else if (!group) {
        const isOpening = direction === HANDSHAKE && opener === sender
        const announced = this.payloads.related.find(row, this.key.side, isOpening, this.now.seconds)
        if (announced !== undefined) {
          this.verdicts.setParent(row, announced)
          if (direction === FIRST) direction = REQUEST
        }
      }
    }
    let state =
      opener |
      (direction << R.DIRECTION_SHIFT) |
      (limit << R.LIMIT_SHIFT) |
      this.payloads.applications.opening(version, proto)
    if (group) state |= R.GROUP
    return state
  }

  /** A datagram to a port that asked a group; one from a client to a server's port is a question of its own. */
  private isAnswer(row: number, version: number, proto: number): boolean {
    const f = this.facts
    if (
      !this.answers.isAnswer(
        f,
        version,
        proto,
        this.table.hot[row * R.HOT_WORDS + R.CONTEXT],
        this.now.seconds,
      )
    )
      return false
    return this.servers.compare(proto, f[F.SRC_PORT], f[F.DST_PORT]) <= 0
  }

  /** Adds the frame at hand to its row. */
  private count(row: number): void {
    const f = this.facts
    const { hot, sums, cold } = this.table
    const { side } = this.key
    const h = row * R.HOT_WORDS
    const s = row * R.SUM_DOUBLES + side
    sums[s + R.PACKETS]++
    sums[s + R.BYTES] += f[F.FRAME_BYTES]
    sums[s + R.IP_BYTES] += f[F.IP_BYTES]
    sums[s + R.PAYLOAD] += f[F.PAYLOAD_BYTES]
    const later = (this.now.seconds - hot[h + R.LAST_SECONDS]) | 0
    if (later > 0 || (later === 0 && this.now.nanos > hot[h + R.LAST_NANOS])) {
      hot[h + R.LAST_SECONDS] = this.now.seconds
      hot[h + R.LAST_NANOS] = this.now.nanos
    }
    if ((f[F.FLAGS] & F.FLAG_CUT) !== 0) cold[row * R.COLD_WORDS + R.TRUNCATED]++
    if (f[F.VERSION] === 0 || f[F.L4_AT] < 0) return
    if (f[F.PROTO] === ip.TCP) {
      const flags = f[F.TCP_FLAGS]
      trackTcp(hot, cold, row, side, flags, f[F.TCP_SEQ], f[F.PAYLOAD_BYTES], f[F.TCP_WINDOW])
      if ((flags & SYN) !== 0) this.handshake(row, flags, f[F.TCP_ACK])
    } else trackDatagram(hot, cold, row, side)
  }

  /**
   * A SYN or its answer was seen and tells who opened the connection, whatever was thought before. A single one of them can
   * be forged: an answer that acknowledges the other end's SYN outweighs what came before it.
   */
  private handshake(row: number, flags: number, ack: number): void {
    const h = row * R.HOT_WORDS
    const { hot, cold } = this.table
    const state = hot[h + R.STATE]
    const opener = (flags & ACK) === 0 ? this.key.side : 1 - this.key.side
    const isTurned = ((state & R.ORIG_IS_B) !== 0 ? 1 : 0) !== opener
    if ((state & R.DIRECTION_MASK) >>> R.DIRECTION_SHIFT === HANDSHAKE) {
      const answered = (flags & ACK) !== 0 && (state & (R.SYN << opener)) !== 0
      if (!isTurned || !answered || ((ack - cold[row * R.COLD_WORDS + R.SYN_SEQ]) | 0) !== 1) return
    }
    let now = (state & ~R.DIRECTION_MASK) | (HANDSHAKE << R.DIRECTION_SHIFT)
    if (isTurned) {
      now = (now ^ R.ORIG_IS_B) | R.FLIPPED
      markFlipped(cold, row)
    }
    hot[h + R.STATE] = now
    hot[h + R.EPOCH] = -1
    this.verdicts.openerProved(row, isTurned)
  }

  /** What a counted frame may change: the judgement, where the flow is seen, an interim record that is due. */
  private afterCount(row: number, place: number): void {
    const { hot } = this.table
    const h = row * R.HOT_WORDS
    const group = (hot[h + R.STATE] & R.GROUP) !== 0
    // who a group reaches depends on where it is seen
    const elsewhere = hot[h + R.PLACE] !== place && this.whereabouts.spread(this.table, row, place) && group
    if (hot[h + R.JUDGEMENT] < 0) {
      this.verdicts.judge(row, place, this.now.seconds)
      if (group) this.answers.ask(this.facts, row, this.table, this.now.seconds, hot[h + R.JUDGEMENT])
    } else {
      if (elsewhere || this.verdicts.isDue(row, this.now.seconds))
        this.verdicts.judge(row, place, this.now.seconds)
      if (group) this.answers.askAgain(row, this.now.seconds, hot[h + R.JUDGEMENT])
    }
    if (((this.now.seconds - hot[h + R.REPORT_AT]) | 0) >= 0) this.interim(row)
  }

  /** A record of a flow that goes on. */
  private interim(row: number): void {
    this.table.hot[row * R.HOT_WORDS + R.REPORT_AT] = this.now.seconds + this.options.activeTimeout
    this.ended(row, END_ACTIVE)
    this.untold?.recorded(row, this.now.seconds)
  }

  /** An ICMP error belongs to the flow it quotes, if that was seen. */
  private quotedFlow(bytes: Uint8Array, place: number): boolean {
    const f = this.facts
    if (!this.quote.read(f, bytes)) return false
    this.key.read(this.quote.facts, bytes)
    const context = this.whereabouts.contextOf(place)
    let row = this.find(context)
    const other = this.table.candidate
    // the error travels against what it quotes, and the mirror may tag that way otherwise
    if (row < 0 && other >= 0 && (this.policy === undefined || this.isSame(other, place, context)))
      row = other
    if (row < 0 || this.table.isOver(row, this.now.seconds)) return false
    this.table.cold[row * R.COLD_WORDS + R.ICMP_ERRORS]++
    const type = f[F.SRC_PORT]
    // "fragmentation needed" (RFC 792, code 4) asks for smaller packets and refuses nothing
    if (f[F.PROTO] === ip.ICMP ? type === 3 && f[F.DST_PORT] !== 4 : type === 1)
      this.table.hot[row * R.HOT_WORDS + R.STATE] |= R.REFUSED
    return true
  }

  private announced(bytes: Uint8Array, place: number, isOurs: boolean): void {
    const announcement = this.announcement
    if (!readAnnouncement(bytes, this.facts, announcement)) return
    const domain = this.whereabouts.domainOf(place)
    const { version, words, macHigh, macLow } = announcement
    if (!this.neighbours.learn(domain, version, words, 0, macHigh, macLow)) return
    const conflicts = this.verdicts.bindingChanged(
      announcement,
      place,
      this.now.seconds,
      this.now.nanos,
      this.now.frame,
      this.now.port,
    )
    // every shard heard of it, one tells
    if (!isOurs) return
    const { onConflict, onBinding } = this.options
    for (const conflict of conflicts) onConflict?.(conflict, this.order())
    onBinding?.(announcement, this.whereabouts.at(place).vlans, this.order())
  }

  private order(): RecordOrder {
    return [this.now.sequence, this.now.ends, 0]
  }

  private ended(row: number, reason: number): void {
    this.now.ends++
    if (reason !== END_ACTIVE) this.payloads.applications.close(row)
    const partition = this.partitionToTell(row)
    if (partition >= 0) {
      this.total(row, reason, partition)
      if (this.isRecorded(row)) this.record(row, reason, this.order())
    }
    this.table.cold[row * R.COLD_WORDS + R.RECORDS]++
    if (reason === END_ACTIVE) return
    this.whereabouts.forget(this.table, row)
    this.verdicts.forget(row)
    this.payloads.forget(row)
    this.answers.forget(row)
  }

  /**
   * The partition that what is told of a row belongs to; -1 where another shard tells it: UDP to groups is in every shard's
   * table, and each has its part of it to tell.
   */
  private partitionToTell(row: number): number {
    const partition = this.table.partitionOfRow(row)
    if (partition !== GROUPS) return partition
    const h = row * R.HOT_WORDS
    const own = partitionOf(pairHash(this.table.hot[h + R.K0], this.table.hot[h + R.K1]))
    return shardOf(own, this.shards) === this.index ? own : -1
  }

  /** Counts a row that ends, or that is due for an interim record, in the totals. */
  private total(row: number, reason: number, partition: number): void {
    if (reason === END_EVICTED) this.evicted++
    const { totals } = this
    if (totals === undefined) return
    const isEvicted = reason === END_EVICTED && (this.table.hot[row * R.HOT_WORDS + R.STATE] & R.CLOSED) === 0
    this.numbers.read(row, reason !== END_ACTIVE, isEvicted)
    totals.add(this.numbers, partition)
  }

  private isRecorded(row: number): boolean {
    return this.options.onNoted === undefined || this.verdicts.isNoted(row)
  }

  private record(row: number, reason: number, order: RecordOrder): void {
    const { onNoted, onRecord } = this.options
    const final = reason !== END_ACTIVE
    if (onNoted !== undefined) {
      onNoted(this.records.noted(row, final), order)
      return
    }
    const state = this.table.hot[row * R.HOT_WORDS + R.STATE]
    onRecord?.(this.records.record(row, final, endReasonOf(state, reason)), this.partitionToTell(row), order)
  }

  /**
   * Time has come to `seconds`, though no frame says so: ends flows that are over, makes records that are due, and judges
   * open flows again at the second their schedule or exception begins or ends. To be called about once a second; looks at a
   * part of a large table each time, at all of it where what is in force has changed.
   */
  tick(seconds: number): void {
    this.now.seconds = seconds
    this.upkeep.tick(seconds)
  }

  /**
   * Makes an interim record of each flow that is new since the last call, that has another verdict, or that a finding rests
   * on and that was answered meanwhile; needs the option `news`. To be called some ten times a second. Makes no more than
   * `most` records, of what waits longest; whether more are to be made.
   */
  news(most = Number.POSITIVE_INFINITY): boolean {
    return this.untold?.tell(this.now.seconds, most, row => this.interim(row)) ?? false
  }

  /**
   * Judges by another policy from now on, at once what is open, and counts records in `totals`. The worst verdict of a flow
   * stays. The taps of both policies are the same (see hasSameTaps), or a new shard is needed.
   */
  reload(policy: CompiledPolicy | undefined, totals: ShardOptions['totals']): void {
    const before = this.policy
    this.totals = totals
    this.policy = policy
    if (before === policy) return
    reloadPolicy(this, before, policy, this.now.seconds)
    this.upkeep.reload()
  }

  /** Flows that are open. */
  get size(): number {
    return this.table.size
  }

  /**
   * Ends what is still open, in the order of their first frames, and with it the shard. `lastSeconds` is the time of the
   * last frame of the run. `isShutdown` where it is not the input that ends.
   */
  finish(lastSeconds: number, isShutdown = false): void {
    const { table } = this
    table.each(row => this.payloads.applications.close(row))
    const open = isShutdown ? END_SHUTDOWN : END_EOF
    const reasonOf = (row: number): number => (table.isOver(row, lastSeconds) ? END_IDLE : open)
    tellLast({
      table,
      partitionOf: row => this.partitionToTell(row),
      total: (row, partition) => this.total(row, reasonOf(row), partition),
      isRecorded: row => this.isRecorded(row),
      record: row => this.record(row, reasonOf(row), lastOrder(table, row)),
    })
  }

  /** What was counted until now. */
  counts(): ShardCounts {
    const { inFlows, icmpErrors, evicted } = this
    return { inFlows, icmpErrors, evicted, bindingsBeyond: this.neighbours.overflow }
  }
}
