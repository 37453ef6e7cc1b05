import { Batch, LaneMemory } from './batch.ts'

import type { Control } from './control.ts'

/** lanes in a batch */
const LANES = 2048

/** Batches that are under way at a time at most: enough that nobody waits for a slow one, few enough to stay in the cache. */
export const SLOTS = 8
/** Batches a dispatcher that has to wait waits for. */
const AT_ONCE = 4
/** Bytes of a block of capture bytes, and how many there are at first. */
export const BLOCK_BYTES = 1 << 18
export const BLOCKS = 16

/** The memory of a run that all of its threads see. */
export interface SlotMemory {
  shards: number
  lanes: SharedArrayBuffer
  /** by slot: number of the first frame (two words, the lower first), frames, block, port + 1, frame in its capture */
  heads: SharedArrayBuffer
  /** by number; more may be added while the run goes on */
  blocks: SharedArrayBuffer[]
}

const HEAD_WORDS = 6

export function newSlotMemory(shards: number): SlotMemory {
  return {
    shards,
    lanes: new SharedArrayBuffer(LaneMemory.bytesFor(shards, SLOTS, LANES)),
    heads: new SharedArrayBuffer(SLOTS * HEAD_WORDS * 4),
    blocks: Array.from({ length: BLOCKS }, () => new SharedArrayBuffer(BLOCK_BYTES)),
  }
}

/** A ring of batches in shared memory, as one of its threads sees it. */
export class Slots {
  /** blocks by number; the bytes of batches */
  readonly blocks: Uint8Array[]
  readonly lanes: LaneMemory
  private readonly batches: Batch[]
  private readonly heads: Uint32Array
  private readonly control: Control
  private at = 0

  constructor({ shards, lanes, heads, blocks }: SlotMemory, control: Control) {
    this.lanes = new LaneMemory(shards, SLOTS, LANES, lanes)
    this.batches = Array.from({ length: SLOTS }, (_, slot) => new Batch(this.lanes, slot))
    this.heads = new Uint32Array(heads)
    this.blocks = blocks.map(memory => new Uint8Array(memory))
    this.control = control
  }

  /** Batches this thread has published, or is done with. */
  get count(): number {
    return this.at
  }

  /** For the dispatcher: the next batch to fill, once no shard reads it any more. Throws Aborted. */
  free(): Batch {
    const { at, control } = this
    // once it has to wait, it waits for some more, or it would be woken for every one
    if (at >= SLOTS && control.oldest <= at - SLOTS) control.awaitShards(at - SLOTS + AT_ONCE)
    return this.batches[this.at % SLOTS]
  }

  /** Hands the batch that `free` gave to all shards; its bytes are the block of that number. */
  publish(block: number): void {
    const batch = this.batches[this.at % SLOTS]
    const head = (this.at % SLOTS) * HEAD_WORDS
    this.heads[head] = batch.first % WORD
    this.heads[head + 1] = Math.floor(batch.first / WORD)
    this.heads[head + 2] = batch.frames
    this.heads[head + 3] = block
    this.heads[head + 4] = batch.onePort + 1
    this.heads[head + 5] = batch.firstFrame
    this.control.publish(++this.at)
  }

  /** For a shard: the next batch, or undefined when there are no more. Its bytes are set by `open`. Throws Aborted. */
  next(): Batch | undefined {
    if (!this.control.awaitBatch(this.at)) return undefined
    return this.batches[this.at % SLOTS]
  }

  /** Reads the head of the batch that `next` gave; the block it names is there. */
  open(batch: Batch): void {
    const head = (this.at % SLOTS) * HEAD_WORDS
    batch.first = this.heads[head] + this.heads[head + 1] * WORD
    batch.frames = this.heads[head + 2]
    batch.bytes = this.blocks[this.heads[head + 3]]
    batch.onePort = this.heads[head + 4] - 1
    batch.firstFrame = this.heads[head + 5]
  }

  /** The shard is done with the batch that `next` gave. */
  done(shard: number): void {
    this.control.consumed(shard, ++this.at)
  }
}

const WORD = 2 ** 32
