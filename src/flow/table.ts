import * as R from './row.ts'

/** Partitions of the table: fixed, so that what is evicted does not depend on how many workers share them. */
export const PARTITIONS = 16
const PARTITION_BITS = 4
/** One partition more, which every worker keeps in full: UDP to groups, whose answers may come in any of the others. */
export const GROUPS = PARTITIONS
const ALL = PARTITIONS + 1
/** GROUPS has this part of the rows of another partition, as a power of two: 1/4 */
const GROUPS_SHIFT = 2
/** The partition of an address pair, by the upper bits of its `pairHash`. */
export const partitionOf = (pair: number): number => pair >>> (32 - PARTITION_BITS)
/** Bits of an entry of the index that hold a row: partitions have at most 2 ** 20 rows */
export const ROW_BITS = 21
const ROW_MASK = (1 << ROW_BITS) - 1
/** Rows the sweeping hand looks at for each new flow: more than one, or the table could fill with what is over. */
const SWEEP_ROWS = 3
const FIRST_INDEX_BITS = 8
/** Share of a full partition that one eviction frees, as a power of two: 1/16. */
const EVICT_SHIFT = 4

/**
 * Bytes to leave free so that rows begin where cache lines do: memory of this size comes from the operating system in pages,
 * of which the allocator (glibc) keeps the first 16 bytes. Elsewhere rows may straddle lines, which is slower and no more.
 */
const FIRST_BYTES = 64 - 16

/** Why a row ends. */
export const END_IDLE = 0
export const END_EVICTED = 1
export const END_EOF = 2
export const END_ACTIVE = 3
export const END_SHUTDOWN = 4

/** Bytes one flow may cost: its row and its share of an index that is at most half full. */
export const BYTES_PER_FLOW = 4 * R.HOT_WORDS + 8 * R.SUM_DOUBLES + 4 * R.COLD_WORDS + 8

/**
 * Open addressing over typed arrays: a fixed number of rows, cut into regions by hash bits, each with its own index, free
 * list and sweeping hand. A worker's table has the partitions that worker is to follow, and GROUPS. Memory is reserved at
 * once and used as rows are first touched. A full partition evicts its longest idle rows, those with findings last. One
 * writer; no locks.
 */
export class FlowTable {
  readonly hot: Int32Array
  readonly sums: Float64Array
  readonly cold: Int32Array
  readonly six: Int32Array
  readonly rowsPerPartition: number
  /** the partitions that are here, in the order of their rows, GROUPS last */
  private readonly partitions: readonly number[]
  /**
   * By hash: row within its partition + 1 in the lower ROW_BITS, the upper bits of the hash above them, so that rows of
   * other keys are hardly ever looked at; 0 = empty. By partition, where its slots and its rows start
   */
  readonly index: Int32Array
  private readonly slotsPerPartition: number
  readonly base = new Int32Array(ALL).fill(-1)
  readonly firstOf = new Int32Array(ALL).fill(-1)
  readonly mask = new Int32Array(ALL)
  private readonly live = new Int32Array(ALL)
  /** rows ever used, the free list's head (row + 1), and where the hand stands, all by partition */
  private readonly used = new Int32Array(ALL)
  private readonly free = new Int32Array(ALL)
  private readonly hand = new Int32Array(ALL)
  private readonly serials = new Int32Array(ALL)
  /** where `turn` goes on: place in `partitions`, and row in that partition */
  private turnAt = 0
  private turnRow = 0
  /** idle limits in seconds by LIMIT_ index; long enough to lie outside the heap, where compiled code knows its address */
  readonly limits: Int32Array
  private readonly onEnd: (row: number, reason: number) => void
  /** set by `find`: the best row of another context with the same ends, -1 = none */
  candidate = -1

  /**
   * @param maxFlows   rows of all partitions of all workers together; rounded up to a multiple of PARTITIONS. UDP to groups
   *                   has a quarter of one partition beside them
   * @param limits     idle limits in seconds, indexed by LIMIT_TCP ...
   * @param onEnd      called for each row that ends, while its columns are still there
   * @param partitions those that this table has; all when absent
   */
  constructor(
    maxFlows: number,
    limits: Int32Array,
    onEnd: (row: number, reason: number) => void,
    partitions: readonly number[] = Array.from({ length: PARTITIONS }, (_, i) => i),
  ) {
    this.rowsPerPartition = Math.max(1, Math.ceil(maxFlows / PARTITIONS))
    this.partitions = [...partitions, GROUPS]
    const rows = this.rowsPerPartition * partitions.length + this.rowsOf(GROUPS)
    this.slotsPerPartition = Math.max(
      1 << FIRST_INDEX_BITS,
      1 << (32 - Math.clz32(this.rowsPerPartition * 2 - 1)),
    )
    this.index = new Int32Array(this.slotsPerPartition * this.partitions.length)
    for (const [local, partition] of this.partitions.entries()) {
      this.base[partition] = local * this.slotsPerPartition
      this.firstOf[partition] = local * this.rowsPerPartition
    }
    this.mask.fill((1 << FIRST_INDEX_BITS) - 1)
    // a row each is one cache line: large memory begins FIRST_BYTES short of one
    const hotWords = rows * R.HOT_WORDS
    const sumDoubles = rows * R.SUM_DOUBLES
    this.hot = new Int32Array(new ArrayBuffer(FIRST_BYTES + 4 * hotWords), FIRST_BYTES, hotWords)
    this.sums = new Float64Array(new ArrayBuffer(FIRST_BYTES + 8 * sumDoubles), FIRST_BYTES, sumDoubles)
    this.cold = new Int32Array(rows * R.COLD_WORDS)
    this.six = new Int32Array(rows * R.SIX_WORDS)
    this.limits = new Int32Array(32)
    this.limits.set(limits)
    this.onEnd = onEnd
  }

  get size(): number {
    return this.live.reduce((sum, n) => sum + n, 0)
  }

  /**
   * Row of a key, or -1. `partition` is one that is here; `hash` is that of the whole key without the context: equal ends of
   * other contexts lie in the same run, the first is left in `candidate`.
   */
  find(
    partition: number,
    hash: number,
    k0: number,
    k1: number,
    k2: number,
    k3: number,
    context: number,
  ): number {
    const mask = this.mask[partition]
    const base = this.base[partition]
    const index = this.index
    const hot = this.hot
    const first = this.firstOf[partition] - 1
    this.candidate = -1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = index[base + slot]
      if (entry === 0) return -1
      if ((entry ^ hash) >>> ROW_BITS !== 0) continue
      const row = first + (entry & ROW_MASK)
      const h = row * R.HOT_WORDS
      if (hot[h + R.K0] === k0 && hot[h + R.K1] === k1 && hot[h + R.K2] === k2 && hot[h + R.K3] === k3) {
        if (hot[h + R.CONTEXT] === context) return row
        if (this.candidate < 0) this.candidate = row
      }
    }
  }

  /** The same for IPv6: folded addresses first, then the whole ones against `words` (8 from `at`: those of A, those of B). */
  findSix(
    partition: number,
    hash: number,
    k0: number,
    k1: number,
    k2: number,
    k3: number,
    context: number,
    words: Int32Array,
  ): number {
    const mask = this.mask[partition]
    const base = this.base[partition]
    const hot = this.hot
    const first = this.firstOf[partition] - 1
    this.candidate = -1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.index[base + slot]
      if (entry === 0) return -1
      if ((entry ^ hash) >>> ROW_BITS !== 0) continue
      const row = first + (entry & ROW_MASK)
      const h = row * R.HOT_WORDS
      if (hot[h + R.K0] !== k0 || hot[h + R.K1] !== k1 || hot[h + R.K2] !== k2 || hot[h + R.K3] !== k3)
        continue
      if (!this.sameSix(row, words)) continue
      if (hot[h + R.CONTEXT] === context) return row
      if (this.candidate < 0) this.candidate = row
    }
  }

  private sameSix(row: number, words: Int32Array): boolean {
    const six = this.six
    const at = row * R.SIX_WORDS
    for (let i = 0; i < R.SIX_WORDS; i++) if (six[at + i] !== words[i]) return false
    return true
  }

  /**
   * A new row with its key in place and everything else zero. Ends rows that are over by `now` (seconds) as the hand
   * meets them, and evicts when the partition is full.
   */
  insert(
    partition: number,
    hash: number,
    k0: number,
    k1: number,
    k2: number,
    k3: number,
    context: number,
    now: number,
  ): number {
    this.sweep(partition, now)
    let row = this.free[partition] - 1
    if (row < 0 && this.used[partition] === this.rowsOf(partition)) {
      this.evict(partition)
      row = this.free[partition] - 1
    }
    const hot = this.hot
    if (row >= 0) this.free[partition] = hot[row * R.HOT_WORDS]
    else row = this.firstOf[partition] + this.used[partition]++
    const h = row * R.HOT_WORDS
    hot.fill(0, h, h + R.HOT_WORDS)
    this.sums.fill(0, row * R.SUM_DOUBLES, (row + 1) * R.SUM_DOUBLES)
    this.cold.fill(0, row * R.COLD_WORDS, (row + 1) * R.COLD_WORDS)
    hot[h + R.K0] = k0
    hot[h + R.K1] = k1
    hot[h + R.K2] = k2
    hot[h + R.K3] = k3
    hot[h + R.CONTEXT] = context
    hot[h + R.HASH] = hash
    hot[h + R.JUDGEMENT] = -1
    this.cold[row * R.COLD_WORDS + R.SERIAL] = this.serials[partition]++ * (PARTITIONS * 2) + partition
    this.link(partition, hash, row)
    this.live[partition]++
    return row
  }

  private link(partition: number, hash: number, row: number): void {
    const mask = this.mask[partition]
    if ((this.live[partition] + 1) * 2 > mask + 1 && mask + 1 < this.slotsPerPartition) {
      this.grow(partition)
      this.place(partition, hash, row)
    } else this.place(partition, hash, row)
  }

  private place(partition: number, hash: number, row: number): void {
    const mask = this.mask[partition]
    const base = this.base[partition]
    let slot = hash & mask
    while (this.index[base + slot] !== 0) slot = (slot + 1) & mask
    this.index[base + slot] = (hash & ~ROW_MASK) | (row - this.firstOf[partition] + 1)
  }

  /** Doubles a partition's index: it starts small, so that few flows stay in few cache lines. */
  private grow(partition: number): void {
    const base = this.base[partition]
    const old = this.index.slice(base, base + this.mask[partition] + 1)
    this.mask[partition] = old.length * 2 - 1
    this.index.fill(0, base, base + old.length * 2)
    const first = this.firstOf[partition] - 1
    for (let i = 0; i < old.length; i++) {
      const entry = old[i]
      if (entry === 0) continue
      const row = first + (entry & ROW_MASK)
      this.place(partition, this.hot[row * R.HOT_WORDS + R.HASH], row)
    }
  }

  /** Tells `onEnd`, then frees the row. */
  end(row: number, reason: number): void {
    this.onEnd(row, reason)
    const partition = this.partitionOfRow(row)
    this.unlink(partition, row)
    const h = row * R.HOT_WORDS
    this.hot[h + R.K3] = 0
    this.hot[h] = this.free[partition]
    this.free[partition] = row + 1
    this.live[partition]--
  }

  private rowsOf(partition: number): number {
    return partition === GROUPS
      ? Math.ceil(this.rowsPerPartition / (1 << GROUPS_SHIFT))
      : this.rowsPerPartition
  }

  /** The partition a row lies in. */
  partitionOfRow(row: number): number {
    return this.partitions[(row / this.rowsPerPartition) | 0]
  }

  /** Takes a row out of its index and moves back what was pushed behind it, so that no run has a hole. */
  private unlink(partition: number, row: number): void {
    const mask = this.mask[partition]
    const base = this.base[partition]
    const index = this.index
    let hole = this.hot[row * R.HOT_WORDS + R.HASH] & mask
    const first = this.firstOf[partition] - 1
    while (first + (index[base + hole] & ROW_MASK) !== row) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; index[base + slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.hot[(first + (index[base + slot] & ROW_MASK)) * R.HOT_WORDS + R.HASH] & mask
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        index[base + hole] = index[base + slot]
        hole = slot
      }
    }
    index[base + hole] = 0
  }

  /** True when the row has been silent longer than its protocol's idle limit at `now` (seconds). */
  isOver(row: number, now: number): boolean {
    const h = row * R.HOT_WORDS
    return (
      ((now - this.hot[h + R.LAST_SECONDS]) | 0) >
      this.limits[(this.hot[h + R.STATE] & R.LIMIT_MASK) >>> R.LIMIT_SHIFT]
    )
  }

  private sweep(partition: number, now: number): void {
    const used = this.used[partition]
    if (used === 0) return
    let hand = this.hand[partition]
    for (let i = 0; i < SWEEP_ROWS; i++) {
      if (hand >= used) hand = 0
      const row = this.firstOf[partition] + hand++
      if (this.hot[row * R.HOT_WORDS + R.K3] !== 0 && this.isOver(row, now)) this.end(row, END_IDLE)
    }
    this.hand[partition] = hand
  }

  /** Frees a sixteenth of a full partition: the longest idle rows, those a finding rests on after all others. */
  private evict(partition: number): void {
    const first = this.firstOf[partition]
    const rows: number[] = []
    for (let row = first; row < first + this.rowsOf(partition); row++) {
      if (this.hot[row * R.HOT_WORDS + R.K3] !== 0) rows.push(row)
    }
    const { hot, cold } = this
    rows.sort((a, b) => {
      const x = a * R.HOT_WORDS
      const y = b * R.HOT_WORDS
      return (
        (hot[x + R.STATE] & R.KEEP) - (hot[y + R.STATE] & R.KEEP) ||
        (hot[x + R.LAST_SECONDS] - hot[y + R.LAST_SECONDS]) | 0 ||
        hot[x + R.LAST_NANOS] - hot[y + R.LAST_NANOS] ||
        cold[a * R.COLD_WORDS + R.SERIAL] - cold[b * R.COLD_WORDS + R.SERIAL]
      )
    })
    const count = Math.max(1, this.rowsOf(partition) >> EVICT_SHIFT)
    for (const row of rows.slice(0, count)) this.end(row, END_EVICTED)
  }

  /**
   * Hands rows in use to `take`, which may end them, until `most` is spent: a row looked at costs one, and what `take` answers
   * besides. Goes on where it stopped the last time. Partitions without flows cost nothing.
   */
  turn(most: number, take: (row: number) => number): void {
    let left = most
    for (let n = 0; n < this.partitions.length; n++) {
      const partition = this.partitions[this.turnAt]
      const first = this.firstOf[partition]
      const used = this.live[partition] === 0 ? 0 : this.used[partition]
      for (; this.turnRow < used; this.turnRow++) {
        if (left <= 0) return
        left--
        const row = first + this.turnRow
        if (this.hot[row * R.HOT_WORDS + R.K3] !== 0) left -= take(row)
      }
      this.turnRow = 0
      this.turnAt = (this.turnAt + 1) % this.partitions.length
    }
  }

  /** Hands every row in use to `take`, which may end it: first those of GROUPS, which others may follow. */
  each(take: (row: number) => void): void {
    for (let i = this.partitions.length - 1; i >= 0; i--) {
      const partition = this.partitions[i]
      const first = this.firstOf[partition]
      const used = this.live[partition] === 0 ? 0 : this.used[partition]
      for (let row = first; row < first + used; row++) if (this.hot[row * R.HOT_WORDS + R.K3] !== 0) take(row)
    }
  }

  /** Every row in use, in the order of its partition and row: not an order to show anybody. */
  rows(): Int32Array {
    const rows = new Int32Array(this.size)
    let count = 0
    for (const partition of this.partitions) {
      const first = this.firstOf[partition]
      for (let row = first; row < first + this.used[partition]; row++) {
        if (this.hot[row * R.HOT_WORDS + R.K3] !== 0) rows[count++] = row
      }
    }
    return rows
  }
}
