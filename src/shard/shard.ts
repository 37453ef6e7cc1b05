import { type Announcement, mayAnnounce, readAnnouncement } from '../decode/announce.ts'
import { Dissector } from '../decode/dissect.ts'
import * as F from '../decode/facts.ts'
import type { AddressConflict, FlowFacts } from '../finding/facts.ts'
import { Fragments, TO_FLOW, TO_TUNNEL } from '../flow/fragments.ts'
import { Neighbours } from '../flow/neighbours.ts'
import { endReasonOf } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import { END_ACTIVE, END_EOF, END_EVICTED, END_IDLE, FlowTable } from '../flow/table.ts'
import { markFlipped, trackDatagram, trackTcp } from '../flow/tcp.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { FrameCounts } from '../records.ts'
import type { Burst } from '../shared/burst.ts'
import { u32 as word } from '../wire/bytes.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import * as sctp from '../wire/sctp.ts'
import { Answers } from './answers.ts'
import { CommonPath, GROUP } from './common-path.ts'
import { FlowKey } from './flow-key.ts'
import { FIRST, HANDSHAKE, isGroupAddress, PORT, REQUEST, ServerPorts } from './openings.ts'
import { Verdicts } from './verdicts.ts'
import { type MirrorDestination, Wrapping } from './wrapping.ts'

/** What a frame has in common with the others of its port, as the shard needs it. */
export interface ShardPort {
  linkType: number
  /** tap name given on the command line */
  tap?: string
  /** capture file, for evidence */
  capture: string
}

export interface ShardOptions {
  /** grows while the source is read; a burst names only ports that are there */
  ports: readonly ShardPort[]
  policy: CompiledPolicy | undefined
  /** flows kept at a time */
  maxFlows: number
  /** idle limits in seconds: tcp, udp, icmp, other, unanswered attempt, closed connection */
  limits: Int32Array
  /** seconds between interim records of a long flow */
  activeTimeout: number
  /** mirror sessions that carry the whole capture: their wrapping is no tunnel */
  mirrors: readonly MirrorDestination[]
  /** frames outside [sinceSeconds, untilSeconds) are counted `filtered` */
  since: number
  until: number
  /** every frame takes the general way: for tests that hold the short way against it */
  generalOnly?: boolean
  onRecord: (facts: FlowFacts) => void
  onConflict?: (conflict: AddressConflict) => void
  onBinding?: (announcement: Announcement, vlans: readonly number[], seconds: number) => void
}

const FILTERED = 5
const CLASSES = 6
const UNUSUAL = F.FLAG_ICMP_ERROR | F.FLAG_FIRST_FRAGMENT | F.FLAG_LATER_FRAGMENT | F.FLAG_OUTER_FRAGMENT
const SYN = 0x02
const ACK = 0x10

/**
 * The per-frame loop, where decode, flow and policy meet: dissect, find the flow, count, judge when something that
 * decides has changed, and hand on records. Owns its flow table; no clock, no I/O.
 */
export class Shard {
  readonly table: FlowTable
  readonly wrapping: Wrapping
  readonly verdicts: Verdicts
  private readonly options: ShardOptions
  private readonly dissector = new Dissector()
  private readonly quoted = new Dissector()
  private readonly facts: Int32Array
  private readonly fragments = new Fragments()
  readonly neighbours = new Neighbours()
  private readonly answers = new Answers()
  private readonly common: CommonPath
  private readonly linkTypes: number[] = []
  private readonly servers: ServerPorts
  private readonly announcement: Announcement = {
    version: 4,
    words: new Int32Array(4),
    macHigh: 0,
    macLow: 0,
  }
  /** frames by class: the facts' classes, then FILTERED */
  private readonly classes = new Float64Array(CLASSES)
  private inFlows = 0
  private icmpErrors = 0
  private tunnelFragments = 0
  private wireBytes = 0
  /** span of the frames looked at */
  private firstSeconds = 0
  private firstNanos = 0
  private lastSeconds = 0
  private lastNanos = 0
  private any = false
  /** the frame at hand */
  private seconds = 0
  private nanos = 0
  private frame = 0
  private port = 0
  private readonly key = new FlowKey()

  constructor(options: ShardOptions) {
    this.options = options
    this.facts = this.dissector.facts
    this.table = new FlowTable(options.maxFlows, options.limits, (row, reason) => this.ended(row, reason))
    this.servers = new ServerPorts(options.policy?.model)
    this.wrapping = new Wrapping(options.policy, options.mirrors, options.ports)
    this.verdicts = new Verdicts(this.table, this.wrapping, this.neighbours, options)
    this.common = new CommonPath(this.table, this.wrapping, this.verdicts)
  }

  /** Takes in one burst of frames. */
  run(burst: Burst): void {
    const { count, seconds, nanos, wire, port } = burst
    const { ports, since, until } = this.options
    for (let i = this.linkTypes.length; i < ports.length; i++) this.linkTypes.push(ports[i].linkType)
    const general = this.options.generalOnly === true || since > 0 || until < Number.MAX_SAFE_INTEGER
    let common = 0
    let bytes = 0
    for (let start = 0; start < count; start += GROUP) {
      const size = Math.min(GROUP, count - start)
      if (!general) this.common.prepare(burst, start, size, this.linkTypes)
      for (let i = 0; i < size; i++) {
        const n = start + i
        if (general || !this.common.take(i, port[n], seconds[n], nanos[n])) this.general(burst, n)
        else {
          common++
          bytes += wire[n]
          this.noteTime(seconds[n], nanos[n])
        }
      }
    }
    this.classes[F.DECODED] += common
    this.inFlows += common
    this.wireBytes += bytes
  }

  /** The way every frame can take. */
  private general(burst: Burst, i: number): void {
    const { bytes, offset, captured, wire } = burst
    const { since, until } = this.options
    const seconds = burst.seconds[i]
    if (seconds < since || seconds >= until) {
      this.classes[FILTERED]++
      return
    }
    this.seconds = seconds
    this.nanos = burst.nanos[i]
    this.frame = burst.frame[i]
    this.port = burst.port[i]
    this.wireBytes += wire[i]
    this.noteTime(seconds, this.nanos)
    const linkType = this.linkTypes[this.port]
    const result = this.dissector.dissect(bytes, offset[i], captured[i], wire[i], linkType)
    this.classes[result]++
    if (result === F.DECODED) this.decoded(bytes)
  }

  private noteTime(seconds: number, nanos: number): void {
    if (!this.any) {
      this.any = true
      this.firstSeconds = this.lastSeconds = seconds
      this.firstNanos = this.lastNanos = nanos
    } else if (seconds > this.lastSeconds || (seconds === this.lastSeconds && nanos > this.lastNanos)) {
      this.lastSeconds = seconds
      this.lastNanos = nanos
    } else if (seconds < this.firstSeconds || (seconds === this.firstSeconds && nanos < this.firstNanos)) {
      this.firstSeconds = seconds
      this.firstNanos = nanos
    }
  }

  /** A frame whose facts are there: to its flow, or to the flow it speaks of. */
  private decoded(bytes: Uint8Array): void {
    const f = this.facts
    const place = this.wrapping.placeOf(f, this.port, this.seconds, this.nanos, this.frame)
    const flags = f[F.FLAGS]
    if ((flags & UNUSUAL) !== 0) {
      if ((flags & F.FLAG_OUTER_FRAGMENT) !== 0) this.outerFragments()
      if ((flags & F.FLAG_ICMP_ERROR) !== 0 && this.quotedFlow(bytes, place)) {
        this.icmpErrors++
        return
      }
      if ((flags & F.FLAG_LATER_FRAGMENT) !== 0 && !this.placeFragment()) return
    } else if (mayAnnounce(f)) this.announced(bytes, place)
    this.inFlows++
    const row = this.rowOf(bytes, place)
    this.count(row)
    if ((flags & F.FLAG_FIRST_FRAGMENT) !== 0) this.firstFragment(row)
    this.afterCount(row, place)
  }

  /** The row with the key at hand in `context`, or -1. */
  private find(context: number): number {
    const { pair, hash, k0, k1, k2, k3, six } = this.key
    return k3 >>> R.KIND_SHIFT === R.KIND_V6
      ? this.table.findSix(pair, hash, k0, k1, k2, k3, context, six)
      : this.table.find(pair, hash, k0, k1, k2, k3, context)
  }

  /** The flow of the frame at hand: the one there is, unless it is over, or a new one. */
  private rowOf(bytes: Uint8Array, place: number): number {
    const f = this.facts
    this.key.read(f, bytes)
    const table = this.table
    const group = this.isGroup(bytes)
    const context = group ? this.wrapping.groupContextOf(place) : this.wrapping.contextOf(place)
    const row = this.find(context)
    if (row >= 0) {
      const reopened =
        f[F.PROTO] === ip.TCP &&
        f[F.VERSION] !== 0 &&
        (f[F.TCP_FLAGS] & (SYN | ACK)) === SYN &&
        this.isReopened(row, f[F.TCP_SEQ])
      if (!reopened && !table.isOver(row, this.seconds)) return row
      table.end(row, END_IDLE)
    } else if (table.candidate >= 0 && !group) {
      const other = table.candidate
      if (!table.isOver(other, this.seconds) && this.isSame(other, place, context)) return other
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
    if (this.wrapping.isSeenIn(this.table, row, place)) return true
    // without a policy the key holds the VLAN stack: the other direction is all that may join
    if (this.options.policy === undefined) return this.isMissingDirection(row)
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
    const { pair, hash, k0, k1, k2, k3 } = this.key
    const row = this.table.insert(pair, hash, k0, k1, k2, k3, context, this.seconds)
    const h = row * R.HOT_WORDS
    const c = row * R.COLD_WORDS
    if (f[F.VERSION] === 6) six.set(this.key.six, row * R.SIX_WORDS)
    hot[h + R.LAST_SECONDS] = this.seconds
    hot[h + R.LAST_NANOS] = this.nanos
    hot[h + R.PLACE] = place
    hot[h + R.REPORT_AT] = this.seconds + this.options.activeTimeout
    cold[c + R.FIRST_SECONDS] = this.seconds
    cold[c + R.FIRST_NANOS] = this.nanos
    cold[c + R.FIRST_FRAME] = this.frame
    cold[c + R.FIRST_PORT] = this.port
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
    const group = this.isGroup(bytes)
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
      }
    }
    let state = opener | (direction << R.DIRECTION_SHIFT) | (limit << R.LIMIT_SHIFT)
    if (group) state |= R.GROUP
    return state
  }

  /**
   * Whether the frame at hand goes to a group: by its address; without IP by its MAC (IEEE 802, group bit); and a directed
   * broadcast by the broadcast MAC. A unicast address behind a multicast MAC is load balancing, not a group.
   */
  private isGroup(bytes: Uint8Array): boolean {
    const f = this.facts
    const at = f[F.MAC_DST_AT]
    if (f[F.VERSION] === 0) return at >= 0 && (bytes[at] & 1) === 1
    if (isGroupAddress(f)) return true
    return (
      f[F.PROTO] !== ip.TCP &&
      at >= 0 &&
      word(bytes, at) === -1 &&
      bytes[at + 4] === 0xff &&
      bytes[at + 5] === 0xff
    )
  }

  /** A datagram to a port that asked a group; one from a client to a server's port is a question of its own. */
  private isAnswer(row: number, version: number, proto: number): boolean {
    const f = this.facts
    if (
      !this.answers.isAnswer(f, version, proto, this.table.hot[row * R.HOT_WORDS + R.CONTEXT], this.seconds)
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
    const later = (this.seconds - hot[h + R.LAST_SECONDS]) | 0
    if (later > 0 || (later === 0 && this.nanos > hot[h + R.LAST_NANOS])) {
      hot[h + R.LAST_SECONDS] = this.seconds
      hot[h + R.LAST_NANOS] = this.nanos
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
    const elsewhere = hot[h + R.PLACE] !== place && this.wrapping.spread(this.table, row, place) && group
    if (hot[h + R.JUDGEMENT] < 0) {
      this.verdicts.judge(row, place, this.seconds)
      if (group) this.answers.ask(this.facts, row, this.table, this.seconds, hot[h + R.JUDGEMENT])
    } else {
      if (elsewhere || this.verdicts.isDue(row, this.seconds)) this.verdicts.judge(row, place, this.seconds)
      if (group) this.answers.askAgain(row, this.seconds, hot[h + R.JUDGEMENT])
    }
    if (((this.seconds - hot[h + R.REPORT_AT]) | 0) >= 0) {
      hot[h + R.REPORT_AT] = this.seconds + this.options.activeTimeout
      this.ended(row, END_ACTIVE)
    }
  }

  /** Places a later fragment by what its first one told; false when it waits or belongs to a tunnel's outer packet. */
  private placeFragment(): boolean {
    const f = this.facts
    const to = this.fragments.later(
      fragmentKey(f),
      this.seconds,
      f[F.FRAME_BYTES],
      f[F.IP_BYTES],
      f[F.PAYLOAD_BYTES],
      f[F.FLAGS] & F.FLAG_CUT ? 1 : 0,
    )
    if (to === TO_TUNNEL) this.tunnelFragments++
    if (to !== TO_FLOW) return false
    f[F.SRC_PORT] = this.fragments.ports >>> 16
    f[F.DST_PORT] = this.fragments.ports & 0xffff
    f[F.PROTO] = this.fragments.proto
    f[F.TCP_FLAGS] = 0
    return true
  }

  /** Remembers where the later fragments of this packet go, and counts those that came before it. */
  private firstFragment(row: number): void {
    const f = this.facts
    const waiting = this.fragments.first(
      fragmentKey(f),
      (f[F.SRC_PORT] << 16) | f[F.DST_PORT],
      f[F.PROTO],
      false,
      this.seconds,
    )
    if (waiting === undefined) return
    this.inFlows += waiting.frames
    const s = row * R.SUM_DOUBLES + this.key.side
    const { sums, cold } = this.table
    sums[s + R.PACKETS] += waiting.frames
    sums[s + R.BYTES] += waiting.bytes
    sums[s + R.IP_BYTES] += waiting.ipBytes
    sums[s + R.PAYLOAD] += waiting.payload
    cold[row * R.COLD_WORDS + R.TRUNCATED] += waiting.cut
  }

  /** Tunnels whose outer packet was cut in pieces: the frame inside is counted here, the later pieces are not frames. */
  private outerFragments(): void {
    const f = this.facts
    for (let i = 0; i < f[F.LAYER_COUNT]; i++) {
      const layer = F.LAYERS + i * F.LAYER_CELLS
      if (f[layer + F.LAYER_FRAGMENTED] === 0) continue
      const key = fragmentKeyOf(
        f[layer + F.LAYER_VERSION],
        f,
        layer + F.LAYER_SRC,
        f[layer + F.LAYER_PROTO],
        f[layer + F.LAYER_FRAGMENT_ID],
      )
      this.tunnelFragments += this.fragments.first(key, 0, 0, true, this.seconds)?.frames ?? 0
    }
  }

  /** An ICMP error belongs to the flow it quotes, if that was seen. */
  private quotedFlow(bytes: Uint8Array, place: number): boolean {
    const f = this.facts
    const at = f[F.QUOTE_AT]
    if (at < 0) return false
    const end = f[F.PAYLOAD_AT] + f[F.PAYLOAD_CAPTURED]
    if (this.quoted.quoted(bytes, at, end) !== F.DECODED || this.quoted.facts[F.L4_AT] < 0) return false
    // an error goes back to who sent what it quotes; one to anybody else is a conversation of its own
    const q = this.quoted.facts
    for (let i = f[F.VERSION] === 4 ? 3 : 0; i < 4; i++) if (q[F.SRC + i] !== f[F.DST + i]) return false
    this.key.read(this.quoted.facts, bytes)
    const context = this.wrapping.contextOf(place)
    let row = this.find(context)
    const other = this.table.candidate
    // the error travels against what it quotes, and the mirror may tag that way otherwise
    if (row < 0 && other >= 0 && (this.options.policy === undefined || this.isSame(other, place, context)))
      row = other
    if (row < 0 || this.table.isOver(row, this.seconds)) return false
    this.table.cold[row * R.COLD_WORDS + R.ICMP_ERRORS]++
    const type = f[F.SRC_PORT]
    // "fragmentation needed" (RFC 792, code 4) asks for smaller packets and refuses nothing
    if (f[F.PROTO] === ip.ICMP ? type === 3 && f[F.DST_PORT] !== 4 : type === 1)
      this.table.hot[row * R.HOT_WORDS + R.STATE] |= R.REFUSED
    return true
  }

  private announced(bytes: Uint8Array, place: number): void {
    const announcement = this.announcement
    if (!readAnnouncement(bytes, this.facts, announcement)) return
    const domain = this.wrapping.domainOf(place)
    if (
      this.neighbours.learn(
        domain,
        announcement.version,
        announcement.words,
        0,
        announcement.macHigh,
        announcement.macLow,
      )
    ) {
      this.verdicts.bindingChanged(announcement, place, this.seconds, this.nanos, this.frame, this.port)
      this.options.onBinding?.(announcement, this.wrapping.places.list[place].vlans, this.seconds)
    }
  }

  private ended(row: number, reason: number): void {
    if (reason === END_ACTIVE) this.verdicts.emit(row, false, 'active')
    else {
      const state = this.table.hot[row * R.HOT_WORDS + R.STATE]
      this.verdicts.emit(row, true, endReasonOf(state, reason === END_IDLE, reason === END_EVICTED))
    }
    if (reason !== END_ACTIVE) {
      this.wrapping.forget(this.table, row)
      this.verdicts.forget(row)
      this.answers.forget(row)
    }
  }

  /** Ends what is still open, in the order of their first frames. */
  finish(): void {
    const { cold } = this.table
    const rows = this.table.rows()
    rows.sort((a, b) => {
      const x = a * R.COLD_WORDS
      const y = b * R.COLD_WORDS
      return (
        (cold[x + R.FIRST_SECONDS] >>> 0) - (cold[y + R.FIRST_SECONDS] >>> 0) ||
        cold[x + R.FIRST_NANOS] - cold[y + R.FIRST_NANOS] ||
        cold[x + R.FIRST_PORT] - cold[y + R.FIRST_PORT] ||
        (cold[x + R.FIRST_FRAME] >>> 0) - (cold[y + R.FIRST_FRAME] >>> 0)
      )
    })
    for (const row of rows) this.table.end(row, this.table.isOver(row, this.lastSeconds) ? END_IDLE : END_EOF)
  }

  /** Frames by class; the sums of the contract hold at any moment between two bursts. */
  frameCounts(): FrameCounts {
    const [decoded, malformed, truncated, tooDeep, unsupported, filtered] = this.classes
    return {
      received: this.classes.reduce((sum, n) => sum + n, 0),
      decoded,
      unsupported_linktype: unsupported,
      malformed,
      truncated,
      too_deep: tooDeep,
      filtered,
      kernel_lost: 0,
      ring_lost: 0,
      worker_lost: 0,
      placed: {
        flows: this.inFlows,
        copies: 0,
        icmp_errors: this.icmpErrors,
        fragments_unplaced: this.fragments.unplaced,
        tunnel_fragments: this.tunnelFragments,
      },
    }
  }

  /** Span and wire bytes of the frames that were not filtered. */
  span(): {
    any: boolean
    bytes: number
    firstSeconds: number
    firstNanos: number
    lastSeconds: number
    lastNanos: number
  } {
    const { any, firstSeconds, firstNanos, lastSeconds, lastNanos } = this
    return { any, bytes: this.wireBytes, firstSeconds, firstNanos, lastSeconds, lastNanos }
  }
}

/** Fragments of one packet share addresses, protocol and identification. */
const fragmentKey = (f: Int32Array): string =>
  fragmentKeyOf(f[F.VERSION], f, F.SRC, f[F.PROTO], f[F.FRAGMENT_ID])

function fragmentKeyOf(version: number, f: Int32Array, at: number, proto: number, id: number): string {
  if (version === 4) return `${f[at + 3]} ${f[at + 7]} ${proto} ${id}`
  return `${f.subarray(at, at + 8).join(' ')} ${id}`
}
