import { MirrorProbe, SAMPLE_FRAMES } from '../dispatch/mirror-probe.ts'
import type { MirrorDestination } from '../dispatch/wrapping.ts'
import * as P from '../live/page.ts'
import { type OnOutgoing, Ring, type RingPosition } from '../live/ring.ts'
import { memoryAt, system } from '../live/system.ts'
import { BURST_FRAMES, Burst } from '../shared/burst.ts'
import { LibrarySource } from './library-source.ts'
import type { LibraryTask } from './messages.ts'
import { ownFrameName } from './own-frames.ts'

const POLLIN = 1
const POLLERR = 8
const SOL_SOCKET = 1
const SO_ERROR = 4
/** Frames a vote about mirrors takes at least: with fewer, any tunnel that happens to be there would win it. */
const LEAST_SAMPLE = 1024
/** Share of a ring that frames may fill while a sample is gathered. */
const SAMPLE_SHARE = 0.25
/** milliseconds */
const GATHER = 10
const NOBODY: OnOutgoing = () => {}

/** A ring in memory that is mapped already, or an interface to be opened by libpcap. */
export interface MappedRing {
  address: bigint
  library?: LibraryTask | undefined
  fd: number
  blockBytes: number
  blocks: number
  /** index into the ports of the run */
  port: number
  /** LINKTYPE_ number */
  linkType: number
  isFresh: boolean
}

/** The rings of a worker, read as one source: the block that was begun first comes first. */
export class Rings {
  private readonly tasks: readonly MappedRing[]
  private readonly rings: (Ring | LibrarySource)[]
  private readonly before: RingPosition[]
  private burst = new Burst(new Uint8Array(0))
  /** frames still to be read one by one */
  private careful: number
  /** what is waited for: descriptor, then what is asked for and what is so, 16 bits each (struct pollfd) */
  private readonly fds: Int32Array
  private readonly sent = new Map<string, number>()
  /** ring that the latest burst came from */
  private latest = -1

  /**
   * `cells` are those of the page as the worker found it: they tell how far others had come. Where they have died
   * (`isCareful`) the first frames come one by one.
   */
  constructor(tasks: readonly MappedRing[], cells: Float64Array, isCareful: boolean) {
    this.tasks = tasks
    this.careful = isCareful ? BURST_FRAMES : 0
    if (isCareful) this.burst = new Burst(new Uint8Array(0), 1)
    this.before = tasks.map(({ isFresh }, i) =>
      isFresh
        ? { block: 0, frames: 0 }
        : { block: cells[P.ofRing(i) + P.BLOCK], frames: cells[P.ofRing(i) + P.BLOCK_FRAMES] },
    )
    this.rings = tasks.map((task, i) =>
      task.library === undefined
        ? this.ringOf(task, i, false)
        : new LibrarySource(task.library, task.port, this.onOutgoing(task.port)),
    )
    const fds = this.rings.flatMap((ring, i) => (ring instanceof Ring ? [tasks[i].fd] : ring.descriptors))
    this.fds = Int32Array.from(fds.flatMap(fd => [fd, POLLIN]))
  }

  private ringOf(task: MappedRing, i: number, isPeeking: boolean): Ring {
    const { address, blockBytes, blocks, port } = task
    const memory = memoryAt(address, blockBytes * blocks)
    const onOutgoing = isPeeking ? NOBODY : this.onOutgoing(port)
    return new Ring(memory, blockBytes, port, this.before[i], onOutgoing, isPeeking)
  }

  private onOutgoing(port: number): OnOutgoing {
    return (bytes, offset, captured) => {
      const name = `${port} ${ownFrameName(bytes, offset, captured)}`
      this.sent.set(name, (this.sent.get(name) ?? 0) + 1)
    }
  }

  /** Number of the ring that the latest burst came from. */
  get latestRing(): number {
    return this.latest
  }

  /** The next frames; undefined where none is there. Valid until the next call. */
  next(): Burst | undefined {
    let first = -1
    let time = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.rings.length; i++) {
      const { nextTime } = this.rings[i]
      if (nextTime < time) {
        time = nextTime
        first = i
      }
    }
    // a block that was read to its end goes back to the kernel though no other is there yet
    if (this.latest >= 0 && this.latest !== first) this.rings[this.latest].giveBack()
    this.latest = first
    if (first < 0) return undefined
    if (this.careful > 0 && --this.careful === 0) this.burst = new Burst(new Uint8Array(0))
    return this.rings[first].next(this.burst) ? this.burst : undefined
  }

  /** Puts how far the rings were read into the cells of a page, on top of what others had counted before. */
  count(cells: Float64Array, before: Float64Array): void {
    for (let i = 0; i < this.rings.length; i++) {
      const { counts, position } = this.rings[i]
      const ring = P.ofRing(i)
      cells[ring + P.BLOCK] = position.block
      cells[ring + P.BLOCK_FRAMES] = position.frames
      cells[ring + P.READ] = before[ring + P.READ] + counts.read
      cells[ring + P.OUTGOING] = before[ring + P.OUTGOING] + counts.outgoing
      cells[ring + P.FILTERED] = before[ring + P.FILTERED] + counts.filtered
    }
  }

  /** The same for what only this thread can ask: what the kernel counted for interfaces read by libpcap. */
  countLibrary(cells: Float64Array, before: Float64Array): void {
    for (const [i, ring] of this.rings.entries()) {
      if (ring instanceof Ring) continue
      const { received, lost } = ring.statistics()
      cells[P.ofRing(i) + P.RECEIVED] = before[P.ofRing(i) + P.RECEIVED] + received
      cells[P.ofRing(i) + P.LOST] = before[P.ofRing(i) + P.LOST] + lost
    }
  }

  /** Nothing is to come in any more: packet sockets were told so already, libpcap is now. */
  mute(): void {
    for (const ring of this.rings) if (!(ring instanceof Ring)) ring.mute()
  }

  /** Whether all that libpcap was handed is read. */
  get isLibraryRead(): boolean {
    return this.rings.every(ring => {
      if (ring instanceof Ring) return true
      const { received, lost } = ring.statistics()
      return ring.counts.read >= received - lost
    })
  }

  /** Waits until a block is ready, at most so long; a moment in any case, so that several are when they come fast. */
  wait(milliseconds: number): void {
    const { fds } = this
    Atomics.wait(PAUSE, 0, 0, GATHER)
    for (let i = 1; i < fds.length; i += 2) fds[i] = POLLIN
    system().poll(fds, fds.length >> 1, Math.max(0, milliseconds - GATHER))
    for (let i = 1; i < fds.length; i += 2) if (((fds[i] >>> 16) & POLLERR) !== 0) clearError(fds[i - 1])
  }

  /** Frames this machine sent since the last call: port, name, how many. */
  takeSent(): [port: number, name: string, count: number][] {
    if (this.sent.size === 0) return []
    const sent = [...this.sent].map(([key, count]): [number, string, number] => {
      const at = key.indexOf(' ')
      return [Number(key.slice(0, at)), key.slice(at + 1), count]
    })
    this.sent.clear()
    return sent
  }

  /** Waits for a sample of frames, at most so long, and looks for a mirror session in them. They are still to be read. */
  vote(milliseconds: number, now: () => number): MirrorDestination[] {
    if (this.rings.some(ring => !(ring instanceof Ring))) return []
    const until = now() + milliseconds
    for (;;) {
      const frames = this.rings.reduce((sum, ring) => sum + ring.waiting, 0)
      const isFull = this.rings.some((ring, i) => ring.waitingBlocks > this.tasks[i].blocks * SAMPLE_SHARE)
      if (frames >= SAMPLE_FRAMES || isFull) break
      const left = until - now()
      if (left <= 0) {
        if (frames < LEAST_SAMPLE) return []
        break
      }
      this.wait(Math.min(left, 50))
    }
    const probe = new MirrorProbe()
    const linkTypes = new Map(this.tasks.map(({ port, linkType }) => [port, linkType]))
    const burst = new Burst(new Uint8Array(0))
    for (const [i, task] of this.tasks.entries()) {
      const ring = this.ringOf(task, i, true)
      while (ring.next(burst)) if (probe.look(burst, port => linkTypes.get(port)!)) break
    }
    return probe.result()
  }
}

/** An interface that went down tells so once; until that is read, nothing is ever waited for again. */
function clearError(fd: number): void {
  const value = new Uint8Array(new ArrayBuffer(4))
  system().getsockopt(fd, SOL_SOCKET, SO_ERROR, value, Uint32Array.of(4))
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
