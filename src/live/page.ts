import { failure, MAP_SHARED, memoryAt, system } from './system.ts'

/** memfd_create(2), fcntl(2): seals against shrinking, growing, and further seals */
const MFD_ALLOW_SEALING = 2
const F_ADD_SEALS = 1033
const F_SEAL_SIZE = 7

/** Rings that one page has room for. */
export const MOST_RINGS = 16
/** Cells of one ring. */
export const BLOCK = 0
export const BLOCK_FRAMES = 1
export const READ = 2
export const OUTGOING = 3
export const FILTERED = 4
/** of a source that only its reader can ask: frames that came to it, those without room among them, and these */
export const RECEIVED = 5
export const LOST = 6
const RING_CELLS = 8
/** Cells of the whole, behind those of the rings. */
const WHOLE = MOST_RINGS * RING_CELLS
/** frames by class of the dispatcher: decoded, malformed, truncated, too deep, unsupported, filtered */
export const CLASSES = WHOLE
export const IN_FLOWS = WHOLE + 6
export const ICMP_ERRORS = WHOLE + 7
export const UNPLACED = WHOLE + 8
export const OF_TUNNELS = WHOLE + 9
export const BYTES = WHOLE + 10
export const FIRST_SECONDS = WHOLE + 11
export const FIRST_NANOS = WHOLE + 12
export const LAST_SECONDS = WHOLE + 13
export const LAST_NANOS = WHOLE + 14
/** frames seen in places and tunnels beyond the tables */
export const PLACES_BEYOND = WHOLE + 15
export const TUNNELS_BEYOND = WHOLE + 16
export const BINDINGS_BEYOND = WHOLE + 17
export const EVICTED = WHOLE + 18
/** flows open now */
export const OPEN_FLOWS = WHOLE + 19
/** milliseconds of the machine's steady clock: when the loop last went round, and when it last found all rings empty */
export const ALIVE_AT = WHOLE + 20
export const EMPTY_AT = WHOLE + 21
/** frames that were not looked at, because those who did had died of them */
export const SKIPPED = WHOLE + 22
/** while a worker looks at frames that it has not counted yet: one more than the number of their ring; else 0 */
export const LOOKING = WHOLE + 23
const CELLS = WHOLE + 24

/** The first cell of a ring. */
export const ofRing = (ring: number): number => ring * RING_CELLS

/** copies of the cells: that of the generation in the first word is whole */
const HALVES = 2
const HEAD_BYTES = 64
/** word of the head that means nothing */
const FENCE = 1
export const PAGE_BYTES = HEAD_BYTES + HALVES * CELLS * 8

/** All frames read from all rings: what tells whether somebody came on. */
export function framesRead(cells: Float64Array): number {
  let frames = 0
  for (let ring = 0; ring < MOST_RINGS; ring++) frames += cells[ofRing(ring) + READ]
  return frames
}

/**
 * What was counted, in memory that outlives whoever counts: a sensor process that is killed takes no count with it. It holds
 * two copies, of which one is whole at any moment: the writer fills the other and then says that this one is.
 */
export class Page {
  /** what is to be written next; starts as what is there */
  readonly cells = new Float64Array(CELLS)
  private readonly generation: Int32Array
  private readonly halves: Float64Array[]

  constructor(memory: ArrayBufferLike) {
    this.generation = new Int32Array(memory, 0, 2)
    this.halves = Array.from(
      { length: HALVES },
      (_, half) => new Float64Array(memory, HEAD_BYTES + half * CELLS * 8, CELLS),
    )
    this.read()
  }

  /** Takes what is there into `cells`, all of one moment. */
  read(): void {
    for (;;) {
      const generation = Atomics.load(this.generation, 0)
      this.cells.set(this.halves[generation & 1])
      // nothing above may be read after what is read below: on arm64 only a write in between sees to that
      Atomics.add(this.generation, FENCE, 0)
      // once another one is whole this half may be written to
      if (Atomics.load(this.generation, 0) === generation) return
    }
  }

  /** Writes `cells`; from one instruction to the next the page holds all of them. One writer. */
  write(): void {
    const next = Atomics.load(this.generation, 0) + 1
    this.halves[next & 1].set(this.cells)
    Atomics.store(this.generation, 0, next)
  }
}

/** A descriptor of memory for a page, to be handed to another process. Throws SystemError. */
export function newPageMemory(): number {
  const fd = system().memfd_create('conduitwatch', MFD_ALLOW_SEALING)
  if (fd < 0) throw failure('memfd_create')
  if (system().ftruncate(fd, PAGE_BYTES) < 0) throw failure('ftruncate')
  // who shares it must not be able to take it away
  if (system().fcntl(fd, F_ADD_SEALS, F_SEAL_SIZE) < 0) throw failure('fcntl F_ADD_SEALS')
  return fd
}

/** The memory behind a descriptor, of this process's own until it ends. Throws SystemError. */
export function mapped(fd: number, length: number): bigint {
  const address = system().map(fd, length, MAP_SHARED)
  if (address === undefined) throw failure('mmap')
  return address
}

/** The page behind a descriptor. */
export const pageOf = (fd: number): Page => new Page(memoryAt(mapped(fd, PAGE_BYTES), PAGE_BYTES))
