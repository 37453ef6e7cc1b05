import type { Whence } from './deeds.ts'
import { type Carrier, CERTAIN, LIKENESS, NOT, type Protocol } from './protocol.ts'
import type { Room } from './stream.ts'

/** Bytes kept of a conversation whose protocol is not certain, both ends together, and turns of the two. */
const MOST_KEPT = 1024
const MOST_TURNS = 16
const FIRST_KEPT = 128

/** What one end said until the other one did, or until now: where its bytes end, and the frame that brought the last of them. */
interface Turn extends Whence {
  readonly side: number
  readonly from: number
  end: number
  seq: number
  ack: number
}

/**
 * What both ends of a TCP conversation said since it began to be read, as long as its protocol is only presumed: it may turn out
 * to be of another one, whose PDUs came in segments too small to tell by each of them.
 */
export class Opening {
  private readonly room: Room
  /** by side */
  private readonly kept: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]
  private readonly sizes: [number, number] = [0, 0]
  private readonly next: [number, number] = [0, 0]
  private turns: Turn[] = []
  /** something is missing or was too much: nothing is kept any more */
  private isOver = false

  constructor(room: Room) {
    this.room = room
  }

  /** Keeps a payload: bytes [at, end) are here of `length`, the first of which has number `seq`. */
  add(
    side: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
    seq: number,
    ack: number,
    { frame, port, seconds, nanos }: Whence,
  ): void {
    if (this.isOver) return
    const from = this.sizes[side]
    const ahead = from === 0 ? 0 : (seq - this.next[side]) | 0
    // sent again
    if (ahead < 0 && ((seq + length - this.next[side]) | 0) <= 0) return
    if (ahead !== 0 || end - at < length || !this.grow(side, from + length)) return this.drop()
    this.kept[side].set(bytes.subarray(at, end), from)
    this.sizes[side] = from + length
    this.next[side] = (seq + length) | 0
    const latest = this.turns.at(-1)
    if (latest?.side === side) Object.assign(latest, { end: from + length, frame, port, seconds, nanos })
    else if (this.turns.length === MOST_TURNS) this.drop()
    else this.turns.push({ side, from, end: from + length, seq, ack, frame, port, seconds, nanos })
  }

  /** Likeness of a protocol that is certain by one of the PDUs that `side` said, if they are of it; else NOT. */
  likenessOf(protocol: Protocol, side: number, carrier: Carrier): number {
    const bytes = this.kept[side]
    const end = this.sizes[side]
    const { length } = carrier
    let likeness = NOT
    for (let at = 0; at < end && (likeness & LIKENESS) !== CERTAIN; ) {
      carrier.length = end - at
      likeness = protocol.probe(bytes, at, end, carrier)
      const pdu = protocol.length?.(bytes, at, end) ?? 0
      if (pdu <= 0) break
      at += pdu
    }
    carrier.length = length
    return (likeness & LIKENESS) === CERTAIN ? likeness : NOT
  }

  /** Whether all that both ends said may be PDUs of a protocol and the beginning of another. */
  mayBe(protocol: Protocol): boolean {
    if (this.isOver || protocol.length === undefined) return false
    for (const [side, bytes] of this.kept.entries()) {
      const end = this.sizes[side]
      for (let at = 0; at < end; ) {
        const pdu = protocol.length(bytes, at, end)
        if (pdu < 0) return false
        if (pdu === 0) break
        at += pdu
      }
    }
    return true
  }

  /** Says it all again, turn by turn. `whence` is filled for each, and afterwards what it was. */
  replay(
    whence: Whence,
    says: (side: number, bytes: Uint8Array, end: number, seq: number, ack: number) => void,
  ): void {
    const { frame, port, seconds, nanos } = whence
    for (const turn of this.turns) {
      whence.frame = turn.frame
      whence.port = turn.port
      whence.seconds = turn.seconds
      whence.nanos = turn.nanos
      const bytes = this.kept[turn.side].subarray(turn.from, turn.end)
      says(turn.side, bytes, bytes.length, turn.seq, turn.ack)
    }
    Object.assign(whence, { frame, port, seconds, nanos })
  }

  /** Whether anything can be said again. */
  get isWhole(): boolean {
    return !this.isOver
  }

  /** Gives back all that is kept. */
  drop(): void {
    if (this.isOver) return
    this.isOver = true
    this.room.give(this.kept[0].length + this.kept[1].length)
    this.kept[0] = this.kept[1] = new Uint8Array(0)
    this.sizes[0] = this.sizes[1] = 0
    this.turns = []
  }

  private grow(side: number, bytes: number): boolean {
    const old = this.kept[side]
    if (bytes + this.sizes[1 - side] > MOST_KEPT) return false
    if (bytes <= old.length) return true
    const size = Math.max(FIRST_KEPT, 2 ** Math.ceil(Math.log2(bytes)))
    if (!this.room.take(size - old.length)) return false
    this.kept[side] = new Uint8Array(size)
    this.kept[side].set(old)
    return true
  }
}
