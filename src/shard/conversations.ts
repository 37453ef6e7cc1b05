import { Conversation, type Listener } from '../app/conversation.ts'
import type { Whence } from '../app/deeds.ts'
import type { Carrier, Protocol } from '../app/protocol.ts'
import { Room } from '../app/stream.ts'
import * as R from '../flow/row.ts'
import { type FlowTable, PARTITIONS } from '../flow/table.ts'
import { SERVICES, serviceNumber } from '../net/ports.ts'

/** Conversations that are read at a time, in each partition; half of them may be of protocols without actions. */
const MOST_READ = 4096
/** Bytes kept of unfinished PDUs, in each partition: of protocols with actions, and as many of those without. */
const ROOM_BYTES = 1 << 19
const rooms = (): Room[] => Array.from({ length: PARTITIONS + 1 }, () => new Room(ROOM_BYTES))

/** Whether the PDUs of a protocol tell what a conversation does. */
export const isReadable = (protocol: Protocol): boolean =>
  protocol.read !== undefined && SERVICES[serviceNumber(protocol.service)]?.ot === true

/** What is read of rows: a conversation each, in a number that is bounded in each partition, and the memory they share. */
export class Conversations {
  private readonly table: FlowTable
  private readonly parts: { carrier: Carrier; whence: Whence; listener: Listener }
  private readonly list: (Conversation | undefined)[] = []
  private readonly free: number[] = []
  /** by partition: conversations that are read, and those of them without actions */
  private readonly read = new Int32Array(PARTITIONS + 1)
  private readonly idle = new Int32Array(PARTITIONS + 1)
  private readonly rooms = rooms()
  private readonly idleRooms = rooms()

  constructor(table: FlowTable, parts: { carrier: Carrier; whence: Whence; listener: Listener }) {
    this.table = table
    this.parts = parts
  }

  /** The conversation of a row, where its PDUs are or were read. */
  of(row: number): Conversation | undefined {
    const place = this.table.cold[row * R.COLD_WORDS + R.CONVERSATION] >>> R.CONVERSATION_SHIFT
    return place === 0 ? undefined : this.list[place - 1]
  }

  /** Memory for what is kept of a row's conversation that may be judged. */
  roomOf(row: number): Room {
    return this.rooms[this.table.partitionOfRow(row)]
  }

  /** A conversation for a row, where there is anything to read and room for it. */
  enter(row: number, protocol: Protocol): Conversation | undefined {
    if (protocol.read === undefined) return undefined
    const { read, idle, free, list } = this
    const { cold } = this.table
    const partition = this.table.partitionOfRow(row)
    const isIdle = !isReadable(protocol)
    if (read[partition] >= MOST_READ || (isIdle && idle[partition] >= MOST_READ / 2)) {
      cold[row * R.COLD_WORDS + R.APP] |= R.APP_NO_ROOM
      return undefined
    }
    read[partition]++
    if (isIdle) idle[partition]++
    const room = (isIdle ? this.idleRooms : this.rooms)[partition]
    const conversation = new Conversation(protocol, { ...this.parts, room, isActing: !isIdle })
    const place = free.pop() ?? list.length
    list[place] = conversation
    cold[row * R.COLD_WORDS + R.CONVERSATION] += (place + 1) << R.CONVERSATION_SHIFT
    return conversation
  }

  /** Gives back a row's conversation. */
  leave(row: number): void {
    const at = row * R.COLD_WORDS + R.CONVERSATION
    const place = (this.table.cold[at] >>> R.CONVERSATION_SHIFT) - 1
    if (place < 0) return
    const conversation = this.list[place]!
    conversation.drop()
    const partition = this.table.partitionOfRow(row)
    this.read[partition]--
    if (!isReadable(conversation.protocol)) this.idle[partition]--
    this.list[place] = undefined
    this.free.push(place)
    this.table.cold[at] &= R.HISTORY_COUNT_MASK
  }
}
