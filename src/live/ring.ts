import type { Burst } from '../shared/burst.ts'
import { TAG_BYTES } from './packet-socket.ts'

/**
 * The ring of a packet socket as the kernel lays it out (packet_mmap.rst, TPACKET_V3; if_packet.h): blocks, each with a head
 * and frames behind it, that the kernel fills one after the other and hands over by setting a bit in their status.
 *
 * Head of a block, in 32-bit words: status, frames, where the first one lies (bytes from the block), number of the block
 * since the ring was made (the lower word; the first has 1), time of its first frame.
 */
const STATUS = 2
const FRAMES = 3
const FIRST = 4
const NUMBER = 6
const FIRST_SECONDS = 8
const FIRST_NANOS = 9
const TO_KERNEL = 0
const TO_USER = 1
/** Head of a frame, in words: next one (bytes on), seconds, nanoseconds, bytes there, bytes on the wire, status */
const NEXT = 0
const SECONDS = 1
const NANOS = 2
const THERE = 3
const WIRE = 4
const FLAGS = 5
/** where the frame lies (bytes from its head, lower half of the word) */
const MAC = 6
const VLAN_TCI = 8
const VLAN_TPID = 9
/** word of the sockaddr_ll behind the head that holds the kind of packet in its third byte */
const PACKET_TYPE = 14
const TYPE_SHIFT = 16
const OUTGOING = 4

const HAS_VLAN = 0x10
const HAS_TPID = 0x40
const DOT1Q = 0x8100
const MAC_BYTES = 12
/** a frame of which the program keeps this much was filtered: it is counted and not looked at */
export const FILTERED_BYTES = 1

/** How far a ring was read: number of the block (0 = none yet) and how many of its frames. */
export interface RingPosition {
  block: number
  frames: number
}

/** What was taken from a ring since it was first read. */
export interface RingCounts {
  /** all frames, the two below among them */
  read: number
  /** frames that this machine sent itself; they are no part of what is observed */
  outgoing: number
  /** frames that the capture filter left out */
  filtered: number
}

/** Told of a frame that this machine sent itself, while its bytes are there. */
export type OnOutgoing = (bytes: Uint8Array, offset: number, captured: number) => void

/**
 * Reads the blocks of a ring in the memory that kernel and program share. A frame is never copied: bursts name where it
 * lies. The only thing written is a VLAN tag, which the kernel has taken out, back into its frame.
 */
export class Ring {
  readonly counts: RingCounts = { read: 0, outgoing: 0, filtered: 0 }
  private readonly bytes: Uint8Array
  private readonly words: Int32Array
  private readonly blockBytes: number
  private readonly blocks: number
  private readonly port: number
  private readonly onOutgoing: OnOutgoing
  /** number of the block at hand or the next one, and its frames that were read */
  private number: number
  private done: number
  /** word where the next frame of the block begins; 0 = the block was not begun */
  private at = 0
  private readonly isPeeking: boolean
  /** number of the latest frame in the run */
  private frame = 0

  /**
   * `from` is how far others had read the ring; `port` is the one bursts are to name. One that is peeking leaves the blocks as
   * they are, for another to read.
   */
  constructor(
    memory: ArrayBuffer,
    blockBytes: number,
    port: number,
    from: RingPosition,
    onOutgoing: OnOutgoing,
    isPeeking = false,
  ) {
    this.bytes = new Uint8Array(memory)
    this.words = new Int32Array(memory)
    this.blockBytes = blockBytes
    this.blocks = memory.byteLength / blockBytes
    this.port = port
    this.onOutgoing = onOutgoing
    this.isPeeking = isPeeking
    this.number = Math.max(1, from.block)
    this.done = from.frames
  }

  /** How far the ring is read; what `next` gave last is taken for read. */
  get position(): RingPosition {
    return { block: this.number, frames: this.done }
  }

  /** Time of the block that is read next, seconds since 1970, for rings that are read in turn; infinite where none is ready. */
  get nextTime(): number {
    const number = this.isPast ? this.number + 1 : this.number
    if (!this.isHandedOver(number)) return Number.POSITIVE_INFINITY
    const head = this.headOf(number)
    return (this.words[head + FIRST_SECONDS] >>> 0) + (this.words[head + FIRST_NANOS] >>> 0) / 1e9
  }

  /** Frames in blocks that are ready; those that were read already among them. */
  get waiting(): number {
    let frames = 0
    for (let i = 0; i < this.blocks && this.isHandedOver(this.number + i); i++)
      frames += this.words[this.headOf(this.number + i) + FRAMES]
    return frames
  }

  /** Blocks that are ready. */
  get waitingBlocks(): number {
    let blocks = 0
    while (blocks < this.blocks && this.isHandedOver(this.number + blocks)) blocks++
    return blocks
  }

  /** Whether all of the block at hand was read: by this reader, or by one before it that had given it back, too. */
  private get isPast(): boolean {
    if (this.done === 0) return false
    if (!this.isHandedOver(this.number)) return this.at === 0
    return this.done >= this.words[this.headOf(this.number) + FRAMES]
  }

  /**
   * Fills `burst` with the next frames of one block; false when none is there, or none of a block's rest was to be looked
   * at. Frames stay where they are until the next call, which gives a block that was read back to the kernel.
   */
  next(burst: Burst): boolean {
    burst.count = 0
    this.giveBack()
    if (!this.isHandedOver(this.number)) return false
    const { words } = this
    const head = this.headOf(this.number)
    const frames = words[head + FRAMES]
    if (this.at === 0) this.begin(head)
    let at = this.at
    let { done } = this
    const first = this.frame + 1
    let { count } = burst
    const { capacity, offset, captured, wire, seconds, nanos, port, frame } = burst
    for (; done < frames && count < capacity; done++) {
      const isOutgoing = ((words[at + PACKET_TYPE] >>> TYPE_SHIFT) & 0xff) === OUTGOING
      if (isOutgoing || words[at + THERE] <= FILTERED_BYTES) {
        this.leaveOut(at, isOutgoing)
      } else {
        if ((words[at + FLAGS] & HAS_VLAN) !== 0) this.putTag(at)
        offset[count] = (at << 2) + (words[at + MAC] & 0xffff)
        captured[count] = words[at + THERE]
        wire[count] = words[at + WIRE]
        seconds[count] = words[at + SECONDS]
        nanos[count] = words[at + NANOS]
        port[count] = this.port
        frame[count] = first + count
        count++
      }
      at += words[at + NEXT] >> 2
    }
    this.counts.read += done - this.done
    this.frame += count
    this.at = at
    this.done = done
    burst.bytes = this.bytes
    burst.count = count
    burst.onePort = this.port
    return true
  }

  /** The block that was read to its end is the kernel's again; the next one is at hand. What `next` gave is no longer there. */
  giveBack(): void {
    const head = this.headOf(this.number)
    if (this.at === 0 && this.done === 0) return
    if (!this.isHandedOver(this.number)) {
      // its last reader counted all of it, and had given it back already
      if (this.at === 0) this.advance()
      return
    }
    if (this.at === 0 || this.done < this.words[head + FRAMES]) return
    if (!this.isPeeking) Atomics.store(this.words, head + STATUS, TO_KERNEL)
    this.advance()
  }

  private advance(): void {
    this.number++
    this.done = 0
    this.at = 0
  }

  /** Goes to the first frame of a block that was not read. */
  private begin(head: number): void {
    let at = head + (this.words[head + FIRST] >> 2)
    for (let i = 0; i < this.done; i++) at += this.words[at + NEXT] >> 2
    this.at = at
  }

  private leaveOut(at: number, isOutgoing: boolean): void {
    const { counts, words } = this
    if (!isOutgoing) {
      counts.filtered++
      return
    }
    counts.outgoing++
    this.onOutgoing(this.bytes, (at << 2) + (words[at + MAC] & 0xffff), words[at + THERE])
  }

  /**
   * Puts the tag back between the addresses and the EtherType (IEEE 802.1Q), in the room that was asked for in front, and
   * says so in the frame's head: it may be read again, by another reader.
   */
  private putTag(at: number): void {
    const { bytes, words } = this
    const from = (at << 2) + (words[at + MAC] & 0xffff) - TAG_BYTES
    for (let i = 0; i < MAC_BYTES; i++) bytes[from + i] = bytes[from + TAG_BYTES + i]
    const tpid = (words[at + FLAGS] & HAS_TPID) !== 0 ? words[at + VLAN_TPID] & 0xffff : DOT1Q
    const tci = words[at + VLAN_TCI]
    bytes[from + MAC_BYTES] = tpid >>> 8
    bytes[from + MAC_BYTES + 1] = tpid
    bytes[from + MAC_BYTES + 2] = tci >>> 8
    bytes[from + MAC_BYTES + 3] = tci
    words[at + FLAGS] &= ~HAS_VLAN
    words[at + MAC] -= TAG_BYTES
    words[at + THERE] += TAG_BYTES
    words[at + WIRE] += TAG_BYTES
  }

  private headOf(number: number): number {
    return (((number - 1) % this.blocks) * this.blockBytes) >> 2
  }

  private isHandedOver(number: number): boolean {
    const head = this.headOf(number)
    return (
      (Atomics.load(this.words, head + STATUS) & TO_USER) !== 0 && this.words[head + NUMBER] === (number | 0)
    )
  }
}
