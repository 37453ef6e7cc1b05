import type { SocketCounts } from '../live/packet-socket.ts'
import * as P from '../live/page.ts'
import type { FrameCounts, InterfaceCounts } from '../records.ts'

/** What was seen of one ring at a moment. */
export interface RingSample extends SocketCounts {}

/** What an interface's own counters said just before and just after its sockets were asked. */
export interface WireSample {
  before: number
  after: number
  /** frames the interface itself had to leave out, and those it sent, by its own counters */
  missed: number
  sent: number
}

/** One look at everything that counts. Rings by number; those of an interface lie side by side. */
export interface Sample {
  /** milliseconds of the steady clock, taken before the sockets were asked */
  at: number
  rings: readonly RingSample[]
  /** by interface: the rings it has, [first, end), and its own counters */
  interfaces: readonly { first: number; end: number; wire: WireSample | undefined }[]
  /** the page, read after the sockets were asked */
  cells: Float64Array
}

/** A sum that does not hold, as a sentence. */
export interface Violation {
  /** index of the interface, -1 = the whole */
  interface: number
  message: string
}

/** Milliseconds a frame may take from the socket to a worker that found its ring empty, besides the time a block is held. */
const SLACK = 250
/** Looks remembered, to be held against later ones. */
const MOST_PAST = 32

/**
 * Holds what was counted at different places against each other: the kernel's count of frames for each socket, what was read
 * from its ring, what the dispatcher made of them, and what the interface itself says. Sums that do not hold are told, once
 * for each sum.
 */
export class Accounts {
  private readonly retire: number
  private readonly past: Sample[] = []
  private readonly told = new Set<string>()
  /** by interface: the most that its own count can have been above that of its sockets at the start */
  private readonly atStart: ({ most: number } | undefined)[] = []
  private readonly sentBefore: number[] = []
  private readonly missedAtStart: number[] = []
  /** by interface: frames lost before its sockets since it was opened, and before that */
  private readonly beforeSockets: number[] = []
  private readonly lostEarlier: number[] = []
  private readonly incomingEarlier: number[] = []
  private latest: Sample | undefined

  /** `retire`: milliseconds after which the kernel hands over a block that is not full. */
  constructor(retire: number) {
    this.retire = retire
  }

  /** Takes in a look; answers the sums that do not hold and were not told before. */
  take(sample: Sample): Violation[] {
    const violations: Violation[] = []
    const say = (index: number, sum: string, message: string): void => {
      if (this.told.has(`${index} ${sum}`)) return
      this.told.add(`${index} ${sum}`)
      violations.push({ interface: index, message })
    }
    for (const [index, { first, end, wire }] of sample.interfaces.entries()) {
      for (let ring = first; ring < end; ring++)
        this.checkRing(sample, ring, message => say(index, `${ring}`, message))
      if (wire !== undefined) this.meetWire(index, wire, sample)
    }
    this.checkWhole(sample, (sum, message) => say(-1, sum, message))
    // the page is read again before the next look
    this.latest = { ...sample, cells: sample.cells.slice() }
    this.past.push(this.latest)
    if (this.past.length > MOST_PAST) this.past.shift()
    return violations
  }

  private checkRing({ rings, cells }: Sample, ring: number, say: (message: string) => void): void {
    const read = cells[P.ofRing(ring) + P.READ]
    const handed = rings[ring].received - rings[ring].lost
    if (read > handed) say(`${read} frames were read, but the kernel handed over ${handed}`)
    const empty = cells[P.EMPTY_AT]
    // whatever had come by then was in a block that was ready when the ring was found empty
    const old = this.past.findLast(({ at }) => at + this.retire + SLACK < empty)
    const due = old?.rings[ring]
    if (due !== undefined && read < due.received - due.lost)
      say(
        `the kernel handed over ${due.received - due.lost} frames, but of a ring that is empty ${read} were read`,
      )
  }

  private checkWhole({ interfaces, cells }: Sample, say: (sum: string, message: string) => void): void {
    let dispatched = 0
    for (const { first, end } of interfaces)
      for (let ring = first; ring < end; ring++) {
        const at = P.ofRing(ring)
        dispatched += cells[at + P.READ] - cells[at + P.OUTGOING] - cells[at + P.FILTERED]
      }
    let classes = cells[P.SKIPPED]
    for (let i = 0; i < 6; i++) classes += cells[P.CLASSES + i]
    if (classes !== dispatched)
      say('classes', `${dispatched} frames were dispatched, but their classes add up to ${classes}`)
    const placed = cells[P.IN_FLOWS] + cells[P.ICMP_ERRORS] + cells[P.UNPLACED] + cells[P.OF_TUNNELS]
    if (placed !== cells[P.CLASSES])
      say('placed', `${cells[P.CLASSES]} frames were decoded, but ${placed} found a place`)
  }

  /** Frames that the interface counted and no socket got. The two are never read at one moment, so only what is sure counts. */
  private meetWire(index: number, wire: WireSample, sample: Sample): void {
    const isSending = this.sentBefore[index] !== wire.sent
    this.sentBefore[index] = wire.sent
    // a frame that was just sent may be in the ring, not told from the others yet
    if (isSending && this.atStart[index] !== undefined) return
    const incoming = incomingOf(sample, index) - (this.incomingEarlier[index] ?? 0)
    const most = wire.after - incoming
    const least = wire.before - incoming
    const start = this.atStart[index]
    if (start === undefined) {
      this.atStart[index] = { most }
      this.missedAtStart[index] = wire.missed
      this.beforeSockets[index] = 0
      return
    }
    // frames between the two looks at the start were perhaps counted by the interface alone
    if (most < start.most) start.most = most
    const missed = Math.max(0, wire.missed - this.missedAtStart[index])
    const unseen = Math.max(0, least - start.most)
    this.beforeSockets[index] = Math.max(this.beforeSockets[index], missed + unseen)
  }

  /** An interface has come back, new: what it has counted before its sockets were opened was lost. */
  restart(index: number): void {
    this.lostEarlier[index] = (this.lostEarlier[index] ?? 0) + (this.beforeSockets[index] ?? 0)
    this.beforeSockets[index] = 0
    this.atStart[index] = { most: 0 }
    this.missedAtStart[index] = 0
    this.sentBefore[index] = 0
    this.incomingEarlier[index] = this.latest === undefined ? 0 : incomingOf(this.latest, index)
  }

  /** What an interface comes to until the last look. */
  interface(index: number): InterfaceCounts {
    const counts: InterfaceCounts = {
      received: 0,
      read: 0,
      filtered: 0,
      kernel_lost: 0,
      ring_lost: 0,
      in_ring: 0,
      freezes: 0,
      outgoing: 0,
    }
    const { latest } = this
    if (latest === undefined) return counts
    const { first, end } = latest.interfaces[index]
    counts.kernel_lost = (this.beforeSockets[index] ?? 0) + (this.lostEarlier[index] ?? 0)
    for (let ring = first; ring < end; ring++) {
      const at = P.ofRing(ring)
      const { received, lost, freezes } = latest.rings[ring]
      const { cells } = latest
      counts.received += received - cells[at + P.OUTGOING]
      counts.outgoing += cells[at + P.OUTGOING]
      counts.ring_lost += lost
      counts.freezes += freezes
      counts.filtered += cells[at + P.FILTERED]
      counts.read += cells[at + P.READ] - cells[at + P.OUTGOING] - cells[at + P.FILTERED]
      counts.in_ring += received - lost - cells[at + P.READ]
    }
    counts.received += counts.kernel_lost
    return counts
  }

  /** The frames of all interfaces by class (contract, conservation). What is in the rings at the end was lost there. */
  frames(): FrameCounts {
    const cells = this.latest?.cells ?? new Float64Array(P.CLASSES + 64)
    const all = (this.latest?.interfaces ?? []).map((_, index) => this.interface(index))
    const sum = (key: keyof InterfaceCounts): number => all.reduce((n, counts) => n + counts[key], 0)
    const [decoded, malformed, truncated, too_deep, unsupported_linktype, outside] = cells.subarray(P.CLASSES)
    return {
      received: sum('received'),
      decoded,
      unsupported_linktype,
      malformed,
      truncated,
      too_deep,
      filtered: sum('filtered') + outside,
      kernel_lost: sum('kernel_lost'),
      ring_lost: sum('ring_lost'),
      worker_lost: sum('in_ring') + cells[P.SKIPPED],
      placed: {
        flows: cells[P.IN_FLOWS],
        copies: 0,
        icmp_errors: cells[P.ICMP_ERRORS],
        fragments_unplaced: cells[P.UNPLACED],
        tunnel_fragments: cells[P.OF_TUNNELS],
      },
    }
  }
}

/** Frames that came to the sockets of an interface since the start, those this machine sent apart. */
function incomingOf({ rings, interfaces, cells }: Sample, index: number): number {
  const { first, end } = interfaces[index]
  let incoming = 0
  for (let ring = first; ring < end; ring++)
    incoming += rings[ring].received - cells[P.ofRing(ring) + P.OUTGOING]
  return incoming
}
