import { BURST_FRAMES } from './burst.ts'
import { LANE_WORDS } from './lane.ts'

/**
 * What a dispatcher hands to shards: a lane for each frame of a run of frames in one block, and for each shard the numbers
 * of the lanes it is to read, in the order of the frames. Made to lie in shared memory; whoever fills it waits until all
 * shards are done with it.
 */
export class Batch {
  /** the block the lanes point into */
  bytes: Uint8Array = new Uint8Array(0)
  /** frames of the stream before the first one here */
  first = 0
  /** how many lanes there are */
  frames = 0
  readonly lanes: Int32Array
  /** by lane: port of the source, number of the frame in its capture */
  readonly port: Uint16Array
  readonly frame: Uint32Array
  /** by shard: numbers of lanes, and how many of them */
  readonly lists: readonly Uint16Array[]
  readonly counts: Uint32Array

  /** `memory` gives the bytes of a batch of that many frames and shards; see `batchBytes`. */
  constructor(
    shards: number,
    capacity = BURST_FRAMES,
    memory: ArrayBufferLike = new ArrayBuffer(batchBytes(shards, capacity)),
    at = 0,
  ) {
    this.lanes = new Int32Array(memory, at, capacity * LANE_WORDS)
    let next = at + this.lanes.byteLength
    this.counts = new Uint32Array(memory, next, shards)
    next += shards * 4
    this.frame = new Uint32Array(memory, next, capacity)
    next += capacity * 4
    this.port = new Uint16Array(memory, next, capacity)
    next += capacity * 2
    const lists: Uint16Array[] = []
    for (let shard = 0; shard < shards; shard++, next += capacity * 2)
      lists.push(new Uint16Array(memory, next, capacity))
    this.lists = lists
  }

  get capacity(): number {
    return this.frame.length
  }
}

/** Bytes of a batch in memory, a whole number of cache lines. */
export function batchBytes(shards: number, capacity = BURST_FRAMES): number {
  const bytes = capacity * (LANE_WORDS * 4 + 4 + 2 + shards * 2) + shards * 4
  return Math.ceil(bytes / 64) * 64
}
