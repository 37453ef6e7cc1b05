/**
 * The few words by which the threads of a run tell each other how far they are. One SharedArrayBuffer; cells are named here
 * and nowhere else. Waiting is Atomics.wait on the cell that has to change.
 */
export class Control {
  readonly memory: SharedArrayBuffer
  private readonly cells: Int32Array
  private readonly progress: Float64Array
  private readonly shards: number

  constructor(shards: number, memory = new SharedArrayBuffer(bytesFor(shards))) {
    if (memory.byteLength !== bytesFor(shards)) throw new RangeError('control memory is for other shards')
    this.memory = memory
    this.shards = shards
    this.cells = new Int32Array(memory, 0, CELLS + shards * 2)
    this.progress = new Float64Array(memory, memory.byteLength - 16, 2)
  }

  /** Batches published so far. */
  get published(): number {
    return Atomics.load(this.cells, PUBLISHED)
  }

  publish(batches: number): void {
    Atomics.store(this.cells, PUBLISHED, batches)
    Atomics.notify(this.cells, PUBLISHED)
  }

  /** No more batches; `lastSeconds` is the time of the last frame. */
  finish(lastSeconds: number): void {
    Atomics.store(this.cells, LAST_SECONDS, lastSeconds)
    Atomics.store(this.cells, FINISHED, 1)
    Atomics.notify(this.cells, PUBLISHED)
  }

  get isFinished(): boolean {
    return Atomics.load(this.cells, FINISHED) === 1
  }

  get lastSeconds(): number {
    return Atomics.load(this.cells, LAST_SECONDS) >>> 0
  }

  /** Waits until more than `batches` are published or there will be no more; false in the latter case. */
  awaitBatch(batches: number): boolean {
    for (;;) {
      this.check()
      if (this.published > batches) return true
      if (this.isFinished) return this.published > batches
      Atomics.wait(this.cells, PUBLISHED, batches, PATIENCE)
    }
  }

  /** A shard is done with that many batches. */
  consumed(shard: number, batches: number): void {
    Atomics.store(this.cells, CELLS + shard, batches)
    Atomics.notify(this.cells, CELLS + shard)
  }

  /** Batches that all shards are done with. */
  get oldest(): number {
    let least = Number.MAX_SAFE_INTEGER
    for (let shard = 0; shard < this.shards; shard++)
      least = Math.min(least, Atomics.load(this.cells, CELLS + shard))
    return least
  }

  /** Waits until all shards are done with more than `batches`. */
  awaitShards(batches: number): void {
    for (let shard = 0; shard < this.shards; ) {
      this.check()
      const done = Atomics.load(this.cells, CELLS + shard)
      if (done > batches) shard++
      else Atomics.wait(this.cells, CELLS + shard, done, PATIENCE)
    }
  }

  /** The main thread has taken that many reports of a shard. */
  taken(shard: number, reports: number): void {
    Atomics.store(this.cells, CELLS + this.shards + shard, reports)
    Atomics.notify(this.cells, CELLS + this.shards + shard)
  }

  /** Waits until the main thread has taken at least that many of a shard's reports. */
  awaitTaken(shard: number, reports: number): void {
    for (;;) {
      this.check()
      const taken = Atomics.load(this.cells, CELLS + this.shards + shard)
      if (taken >= reports) return
      Atomics.wait(this.cells, CELLS + this.shards + shard, taken, PATIENCE)
    }
  }

  /** The reading is to end here; what was read is judged. */
  stop(): void {
    // one that was ended stays so
    Atomics.compareExchange(this.cells, STATE, 0, STOPPED)
  }

  get isStopped(): boolean {
    return Atomics.load(this.cells, STATE) === STOPPED
  }

  /** A thread has died: the others end as soon as they look. */
  abort(): void {
    Atomics.store(this.cells, STATE, ABORTED)
    for (let cell = 0; cell < this.cells.length; cell++) Atomics.notify(this.cells, cell)
  }

  /** Throws Aborted once another thread has died. */
  check(): void {
    if (Atomics.load(this.cells, STATE) === ABORTED) throw new Aborted()
  }

  /** Bytes read, and how many there are (NaN = not known). */
  setProgress(done: number, total: number): void {
    this.progress[0] = done
    this.progress[1] = total
  }

  getProgress(): { done: number; total: number } {
    return { done: this.progress[0], total: this.progress[1] }
  }
}

/** This thread ends because another one has died. */
export class Aborted extends Error {
  constructor() {
    super('another thread of this run has ended')
    this.name = 'Aborted'
  }
}

const PUBLISHED = 0
const FINISHED = 1
const LAST_SECONDS = 2
const STATE = 3
/** then by shard: batches done with; then reports taken */
const CELLS = 4
const STOPPED = 1
const ABORTED = 2
/** milliseconds after which a thread that waits looks whether the others are still there */
const PATIENCE = 500

const bytesFor = (shards: number): number => Math.ceil(((CELLS + shards * 2) * 4) / 8) * 8 + 16
