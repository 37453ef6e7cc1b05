import type { Conversation } from '../app/conversation.ts'
import type { Heard } from '../app/protocol.ts'
import { OVERLAP, TRUNCATED } from '../app/troubles.ts'
import * as F from '../decode/facts.ts'
import type { Statement } from '../finding/facts.ts'
import { endName } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import { type FlowTable, PARTITIONS } from '../flow/table.ts'
import { markFlipped } from '../flow/tcp.ts'
import type { Batch } from '../shared/batch.ts'
import * as L from '../shared/lane.ts'
import { u32 as word } from '../wire/bytes.ts'
import { Applications } from './applications.ts'
import type { Now } from './now.ts'
import { REQUEST } from './openings.ts'
import { Related } from './related.ts'
import type { RecordOrder, ShardOptions } from './shard.ts'
import type { Verdicts } from './verdicts.ts'

const TCP = 6
const SYN = 0x02
const ACK = 0x10
/** which bytes of a segment with urgent data belong to the stream is up to the receiver (RFC 6093) */
const URG = 0x20
/** Statements told in each partition, so that none is told twice. */
const MOST_STATEMENTS = 1024

export interface PayloadsParts {
  table: FlowTable
  now: Now
  verdicts: () => Verdicts
  /** whether it matters what a conversation does */
  isRestricted: () => boolean
  /** this shard, of those that have the row, is the one that tells of it */
  isOurs: (row: number) => boolean
  onStatement: ShardOptions['onStatement']
}

/** Where payloads meet flows and verdicts: what applications tell changes rows, and is judged at once. */
export class Payloads {
  readonly applications: Applications
  readonly related: Related
  private readonly parts: PayloadsParts
  private readonly table: FlowTable
  private readonly now: Now
  private readonly statements: Set<string>[] = Array.from({ length: PARTITIONS + 1 }, () => new Set())

  constructor(parts: PayloadsParts) {
    const { table, now } = parts
    this.parts = parts
    this.table = table
    this.now = now
    this.related = new Related(table)
    this.applications = new Applications({
      table,
      whence: now,
      listener: {
        heard: (of, what, text) => this.heard(of, what, text),
        announced: (of, proto, port, atSender, v4) => {
          const side = atSender ? of.side : 1 - of.side
          const { service } = of.protocol
          this.related.announce(this.applications.row, service, proto, port, side, v4, now.seconds)
        },
      },
      changed: row => this.judge(row),
      recognised: row => parts.verdicts().recognised(row),
      isRestricted: parts.isRestricted,
      isAnnounced: row => parts.verdicts().parentOf(row) !== undefined,
      opened: (row, side) => this.opened(row, side),
    })
  }

  /** Reads the payload of a dissected frame of `row`, which `side` sent. `now` is filled. */
  facts(bytes: Uint8Array, f: Int32Array, row: number, side: number): void {
    if (f[F.VERSION] !== 0 && f[F.L4_AT] < 0) {
      if ((f[F.FLAGS] & F.FLAG_LATER_FRAGMENT) !== 0) this.applications.unread(row, TRUNCATED)
      return
    }
    const { applications } = this
    const isTcp = f[F.VERSION] !== 0 && f[F.PROTO] === TCP
    const flags = isTcp ? f[F.TCP_FLAGS] : 0
    const length = f[F.PAYLOAD_BYTES]
    // data in a SYN come behind its number (RFC 9293 section 3.4)
    const seq = (f[F.TCP_SEQ] + ((flags & SYN) !== 0 ? 1 : 0)) | 0
    if ((flags & SYN) !== 0) applications.handshake(row, side, seq)
    if (length === 0) {
      if ((flags & ACK) !== 0) applications.acknowledged(row, side, f[F.TCP_ACK])
    } else {
      const at = f[F.PAYLOAD_AT]
      applications.payload(row, side, bytes, at, at + f[F.PAYLOAD_CAPTURED], length, seq, f[F.TCP_ACK])
      if ((flags & URG) !== 0) applications.unread(row, OVERLAP)
    }
    // what came in the other fragments of the packet is not read
    if ((f[F.FLAGS] & F.FLAG_FIRST_FRAGMENT) !== 0) applications.unread(row, TRUNCATED)
  }

  /** Reads the payload of a frame that took the short way: lane `number` of the batch, whose words begin at `lane`. */
  lane(batch: Batch, number: number, lane: number, row: number, side: number): void {
    const { now } = this
    const { bytes, memory } = batch
    const { lanes } = memory
    now.seconds = lanes[lane + L.SECONDS] >>> 0
    now.nanos = lanes[lane + L.NANOS]
    now.frame = batch.frameOf(number)
    now.port = batch.portOf(number)
    now.sequence = batch.first + number
    now.ends = 0
    const at = lanes[lane + L.PAYLOAD_AT]
    const length = lanes[lane + L.PAYLOAD_BYTES]
    const captured = lanes[lane + L.OFFSET] + lanes[lane + L.CAPTURED]
    const control = lanes[lane + L.TCP_CONTROL]
    const { applications } = this
    // the acknowledgement stands behind the sequence number (RFC 9293 section 3.1)
    const ack = control === 0 ? 0 : word(bytes, at - ((control >>> 28) << 2) + 8)
    if (length === 0) {
      if ((control & (ACK << 16)) !== 0) applications.acknowledged(row, side, ack)
      return
    }
    const end = Math.min(captured, at + length)
    applications.payload(row, side, bytes, at, end, length, lanes[lane + L.TCP_SEQ], ack)
    if ((control & (URG << 16)) !== 0) applications.unread(row, OVERLAP)
  }

  /** The row is gone. */
  forget(row: number): void {
    this.applications.forget(row)
    this.related.forget(row)
  }

  /** What is known of the application of a row has changed; rows that were never judged will be. */
  private judge(row: number): void {
    const { hot } = this.table
    const h = row * R.HOT_WORDS
    if (hot[h + R.JUDGEMENT] < 0) return
    this.parts.verdicts().judge(row, hot[h + R.PLACE], this.now.seconds)
    this.related.judged(row)
  }

  /** A PDU tells that end `side` of a row opened the conversation: better than ports, less than a handshake. */
  private opened(row: number, side: number): void {
    const h = row * R.HOT_WORDS
    const { hot, cold } = this.table
    const state = hot[h + R.STATE]
    if ((state & R.DIRECTION_MASK) >>> R.DIRECTION_SHIFT >= REQUEST) return
    const isTurned = ((state & R.ORIG_IS_B) !== 0 ? 1 : 0) !== side
    let now = (state & ~R.DIRECTION_MASK) | (REQUEST << R.DIRECTION_SHIFT)
    if (isTurned) {
      now = (now ^ R.ORIG_IS_B) | R.FLIPPED
      markFlipped(cold, row)
    }
    hot[h + R.STATE] = now
    this.parts.verdicts().openerProved(row, isTurned)
    this.judge(row)
  }

  /** The sender of the PDU at hand said something about itself. */
  private heard({ side, protocol }: Conversation, what: Heard, text: string): void {
    const { onStatement, isOurs } = this.parts
    if (onStatement === undefined) return
    const { row } = this.applications
    // every shard has it, one tells
    if (!isOurs(row)) return
    const id = endName(this.table, row, side)
    if (id === undefined) return
    const told = this.statements[this.table.partitionOfRow(row)]
    const key = `${id} ${what} ${text} ${protocol.service}`
    if (told.has(key) || told.size >= MOST_STATEMENTS) return
    told.add(key)
    const statement: Statement = { id, what, text, how: protocol.service }
    const order: RecordOrder = [this.now.sequence, this.now.ends, 0]
    onStatement(statement, order)
  }
}
