import { BURST_FRAMES } from './burst.ts'
import { LANE_WORDS } from './lane.ts'

/**
 * The memory of the batches of a run: for each slot lanes, ports and numbers of frames, and for each shard a list of the
 * lanes it is to read. One array of each kind for all slots, so that code that is compiled for these arrays knows where
 * they lie. Made to lie in shared memory.
 */
export class LaneMemory {
  readonly shards: number
  readonly slots: number
  /** lanes in a slot */
  readonly capacity: number
  readonly memory: ArrayBufferLike
  readonly lanes: Int32Array
  /** by lane: number of the frame in its capture, port of the source; where the batch itself does not tell */
  readonly frame: Uint32Array
  readonly port: Uint16Array
  /** numbers of lanes within their slot, by slot and shard */
  readonly lists: Uint16Array
  readonly counts: Uint32Array

  /** `memory` holds `bytesFor(shards, slots, capacity)` bytes. */
  constructor(
    shards: number,
    slots: number,
    capacity = BURST_FRAMES,
    memory: ArrayBufferLike = new ArrayBuffer(LaneMemory.bytesFor(shards, slots, capacity)),
  ) {
    if (memory.byteLength !== LaneMemory.bytesFor(shards, slots, capacity))
      throw new RangeError('the memory is for other shards or slots')
    this.shards = shards
    this.slots = slots
    this.capacity = capacity
    this.memory = memory
    const all = slots * capacity
    this.lanes = new Int32Array(memory, 0, all * LANE_WORDS)
    let at = this.lanes.byteLength
    this.frame = new Uint32Array(memory, at, all)
    at += all * 4
    this.counts = new Uint32Array(memory, at, slots * shards)
    at += slots * shards * 4
    this.port = new Uint16Array(memory, at, all)
    at += all * 2
    this.lists = new Uint16Array(memory, at, all * shards)
  }

  static bytesFor(shards: number, slots: number, capacity = BURST_FRAMES): number {
    return slots * (capacity * (LANE_WORDS * 4 + 4 + 2 + shards * 2) + shards * 4)
  }
}

/**
 * What a dispatcher hands to shards: a lane for each frame of a run of frames in one block, and for each shard the numbers
 * of the lanes it is to read, in the order of the frames. Whoever fills it waits until all shards are done with it.
 */
export class Batch {
  readonly slot: number
  readonly memory: LaneMemory
  /** where its lanes begin in `memory.frame` and `memory.port`; times LANE_WORDS in `memory.lanes` */
  readonly at: number
  /** the block the lanes point into */
  bytes: Uint8Array = new Uint8Array(0)
  /** frames of the stream before the first one here */
  first = 0
  /** how many lanes there are */
  frames = 0
  /** port of all its frames, which follow one another from `firstFrame` on; -1 = they stand in the memory, by lane */
  onePort = -1
  firstFrame = 0

  constructor(memory: LaneMemory, slot = 0) {
    this.memory = memory
    this.slot = slot
    this.at = slot * memory.capacity
  }

  /** Port of the source that the frame of a lane came from. */
  portOf(lane: number): number {
    return this.onePort >= 0 ? this.onePort : this.memory.port[this.at + lane]
  }

  /** Number of the frame of a lane in its capture. */
  frameOf(lane: number): number {
    return this.onePort >= 0 ? this.firstFrame + lane : this.memory.frame[this.at + lane]
  }
}
