/**
 * One direction of a TCP conversation as PDUs: segments in order go through as they lie in the capture; what is kept of
 * unfinished PDUs, of segments that came early, and of what was read, is bounded.
 *
 * What a receiver makes of contradictory segments is not known, so nothing that may have reached it must be overlooked: PDUs
 * that are sent anew are read anew, what would be a PDU by itself is read as one although it stands inside another, and what
 * can be neither read nor compared is told as `OVERLAP`.
 */
import { BEYOND_LIMITS, GAP, OVERLAP, TRUNCATED, UNREADABLE } from './troubles.ts'

/** Bytes kept of an unfinished PDU: what comes beyond is stepped over. */
const MOST_PDU = 8192
/** Segments and bytes kept that came before what they follow. */
const MOST_HELD = 8
const MOST_HELD_BYTES = 16_384
/** Seconds until a gap is taken for one. */
const HELD_SECONDS = 2
/** A segment this far ahead does not belong to what came before. */
const REACH = 1 << 20
/** PDUs, and segments that are none, remembered, to know them when they are sent again. */
const REMEMBERED = 32
const REMEMBERED_PIECES = 32
const MOST_CHAINS = 32
const HEADER_STEP = 16
/** Bytes that are kept from one unfinished PDU to the next. */
const SMALL = 512

/** What reads the PDUs of a stream. */
export interface Reader {
  /** bytes of the PDU that begins at `at`, 0 = more are needed to tell, -1 = none begins there */
  lengthAt(bytes: Uint8Array, at: number, end: number): number
  /** the bytes are PDUs beyond doubt */
  looksWhole(bytes: Uint8Array, at: number, end: number): boolean
  readPdu(bytes: Uint8Array, at: number, end: number, length: number): void
  /** the same for what may have been read before */
  readAgain(bytes: Uint8Array, at: number, end: number, length: number): void
  trouble(bits: number): void
  /** the PDU at hand is larger than what is kept of one */
  isLarge: boolean
  /** bytes in which the beginning of a PDU is looked for */
  readonly searched: number
}

/** Memory that streams share. */
export class Room {
  private left: number

  /** @param bytes that may be kept at a time */
  constructor(bytes: number) {
    this.left = bytes
  }

  take(bytes: number): boolean {
    if (bytes > this.left) return false
    this.left -= bytes
    return true
  }

  give(bytes: number): void {
    this.left += bytes
  }
}

interface Held {
  seq: number
  length: number
  /** read already: it was whole PDUs */
  bytes: Uint8Array | undefined
  captured: number
  seconds: number
}

const EMPTY = new Uint8Array(0)

export class Stream {
  private readonly reader: Reader
  private readonly room: Room
  /** numbers of the first byte that was seen, and of the next */
  private first = 0
  private want = 0
  private isKnown = false
  /** a segment of one byte came before it was known where the stream is */
  private isOneLeftOut = false
  /** what comes next is known to begin a PDU, or to go on with one */
  private isAligned = true
  /** bytes to step over before the next PDU begins */
  private skip = 0
  /** the beginning of an unfinished PDU, and its length where that is known */
  private pending = EMPTY
  private pendingBytes = 0
  private pendingLength = 0
  private acked = 0
  private isAckKnown = false
  /** where PDUs began lately, and how long they were */
  private readonly begun = new Int32Array(2 * REMEMBERED)
  private begunAt = 0
  /** segments that were not whole PDUs: number, length, and a hash of the bytes */
  private readonly pieces = new Int32Array(3 * REMEMBERED_PIECES)
  private pieceAt = 0
  private held: Held[] = []

  constructor(reader: Reader, room: Room) {
    this.reader = reader
    this.room = room
  }

  /** Segments are held that wait for what comes before them. */
  get isWaiting(): boolean {
    return this.held.length > 0
  }

  /** The stream is known to begin with byte `seq`. To be called before any of it comes. */
  startAt(seq: number): void {
    this.isKnown = true
    this.first = seq
    this.want = seq
  }

  /** Whether the stream begins with byte `seq`: a SYN that came late. What it acknowledged already, no other SYN brings anew. */
  isAt(seq: number): boolean {
    if (!this.isKnown || this.want === seq) return true
    return this.first === seq && !(this.isAckKnown && ((this.acked - seq) | 0) > 0)
  }

  /** Whether bytes before `end` never came, up to which the stream is known to go. */
  isShortOf(end: number): boolean {
    return this.isKnown && ((end - this.want) | 0) > 0
  }

  /** The other end has received everything before `ack`. What is far from all that was seen proves nothing. */
  acknowledged(ack: number): void {
    const ahead = (ack - this.want) | 0
    if (!this.isKnown || ahead > REACH || ahead < -REACH) return
    if (!this.isAckKnown || ((ack - this.acked) | 0) > 0) this.acked = ack
    this.isAckKnown = true
  }

  /** Takes in a segment: its bytes [at, end) are here, of `length` sent, the first of which has number `seq`. */
  take(bytes: Uint8Array, at: number, end: number, length: number, seq: number, seconds: number): void {
    if (!this.isKnown) {
      // a keep-alive, perhaps: no place to begin at
      if (length === 1) {
        this.isOneLeftOut = true
        return
      }
      this.isKnown = true
      this.first = seq
      this.want = seq
      // a capture may begin inside a PDU
      this.isAligned = this.reader.lengthAt(bytes, at, end) >= 0
      // or it was no keep-alive
      if (!this.isAligned && this.isOneLeftOut) this.reader.trouble(UNREADABLE)
    }
    const ahead = (seq - this.want) | 0
    if (ahead === 0) this.next(bytes, at, end, length)
    else if (ahead > REACH || ahead < -REACH) this.restart(bytes, at, end, length, seq)
    else if (ahead > 0) this.early(bytes, at, end, length, seq, seconds)
    else this.late(bytes, at, end, length, seq)
    if (this.held.length > 0) this.release(seconds)
  }

  /** The stream has ended: reads what is here of an unfinished PDU. Whether there was one. */
  end(): boolean {
    if (this.pendingBytes === 0) return false
    const bytes = this.pendingBytes
    const length = Math.max(this.pendingLength, bytes)
    this.forgetPending()
    this.reader.readPdu(this.pending, 0, bytes, length)
    return true
  }

  /** Gives back all that is kept. */
  drop(): void {
    this.forgetPending()
    for (const { bytes } of this.held) if (bytes !== undefined) this.room.give(bytes.length)
    this.held = []
    this.room.give(this.pending.length)
    this.pending = EMPTY
  }

  /** The segment that was waited for. */
  private next(bytes: Uint8Array, from: number, end: number, length: number): void {
    const { reader } = this
    const first = this.want
    this.want = (first + length) | 0
    let at = from
    // bytes that were sent and are not here
    const cut = length - (end - from)
    if (!this.isAligned) {
      at = this.search(bytes, at, end)
      if (at < 0) return
    }
    const isPiece = this.skip > 0 || this.pendingBytes > 0
    if (isPiece) this.remember(bytes, from, end, first, length)
    // receivers that take each segment for a PDU of its own are common: it must not be hidden inside another
    if (isPiece && cut === 0 && this.isChain(bytes, at, end)) this.chainAgain(bytes, at, end)
    if (this.skip > 0) {
      if (this.skip >= length) {
        this.skip -= length
        return
      }
      at += this.skip
      this.skip = 0
      if (at >= end) return this.cutAway()
    } else if (this.pendingBytes > 0) {
      at = this.goOn(bytes, at, end)
      // what was cut off belongs to the PDU: what comes next does not follow what is kept of it
      if (at < 0 && cut > 0 && this.end()) return this.cutAway()
      if (at < 0) return
      if (this.skip > 0) {
        const rest = end - at + cut
        if (this.skip >= rest) {
          this.skip -= rest
          return
        }
        at += this.skip
        this.skip = 0
        if (at >= end) return this.cutAway()
      }
    }
    while (at < end) {
      const pdu = reader.lengthAt(bytes, at, end)
      if (pdu < 0) return this.misfit()
      if (pdu === 0 || pdu > end - at) {
        if (cut > 0) return this.cutInside(bytes, at, end, pdu, cut)
        if (!isPiece) this.remember(bytes, from, end, first, length)
        return this.keep(bytes, at, end, pdu)
      }
      const number = (first + at - from) | 0
      // it came before what was missing, and comes again with that
      if (this.held.length > 0 && this.begunLength(number) === pdu) reader.readAgain(bytes, at, at + pdu, pdu)
      else {
        this.begin(number, pdu)
        reader.readPdu(bytes, at, at + pdu, pdu)
      }
      at += pdu
    }
    if (cut > 0) this.cutAway()
  }

  /** More of the unfinished PDU. Answers where the next one begins, -1 = nothing is left; bytes still to come are in `skip`. */
  private goOn(bytes: Uint8Array, from: number, end: number): number {
    const { reader } = this
    let at = from
    while (this.pendingLength === 0) {
      const step = Math.min(HEADER_STEP, end - at)
      if (step === 0) return -1
      if (!this.grow(this.pendingBytes + step)) return this.lost()
      this.pending.set(bytes.subarray(at, at + step), this.pendingBytes)
      const pdu = reader.lengthAt(this.pending, 0, this.pendingBytes + step)
      if (pdu < 0) {
        this.misfit()
        return -1
      }
      if (pdu > 0) {
        this.pendingLength = pdu
        if (pdu <= this.pendingBytes + step) {
          at += pdu - this.pendingBytes
          this.pendingBytes = pdu
          this.finish()
          return at
        }
      }
      this.pendingBytes += step
      at += step
      if (at === end && this.pendingLength === 0) return -1
    }
    const kept = Math.min(this.pendingLength, MOST_PDU)
    const step = Math.min(kept - this.pendingBytes, end - at)
    if (!this.grow(this.pendingBytes + step)) return this.lost()
    this.pending.set(bytes.subarray(at, at + step), this.pendingBytes)
    this.pendingBytes += step
    at += step
    if (this.pendingBytes < kept) return -1
    this.skip = this.pendingLength - kept
    this.finish()
    return at
  }

  /** There is no room for what would have to be kept. */
  private lost(): number {
    this.reader.trouble(BEYOND_LIMITS)
    this.misalign()
    return -1
  }

  /** The unfinished PDU is as whole as it gets. */
  private finish(): void {
    const { reader } = this
    const bytes = this.pendingBytes
    const length = this.pendingLength
    this.forgetPending()
    reader.isLarge = bytes < length
    reader.readPdu(this.pending, 0, bytes, length)
    reader.isLarge = false
    this.shrink()
  }

  /** What was large is given back: most that comes is small. */
  private shrink(): void {
    if (this.pending.length <= SMALL) return
    this.room.give(this.pending.length)
    this.pending = EMPTY
  }

  private forgetPending(): void {
    this.pendingBytes = 0
    this.pendingLength = 0
  }

  /** Keeps the beginning of a PDU that goes on in the next segment. */
  private keep(bytes: Uint8Array, at: number, end: number, length: number): void {
    const kept = Math.min(end - at, MOST_PDU)
    if (!this.grow(kept)) {
      this.lost()
      return
    }
    this.pending.set(bytes.subarray(at, at + kept), 0)
    this.pendingBytes = kept
    this.pendingLength = length
    if (length > 0 && kept === Math.min(length, MOST_PDU)) {
      this.skip = length - (end - at)
      this.finish()
    }
  }

  private grow(bytes: number): boolean {
    if (bytes <= this.pending.length) return true
    if (bytes > MOST_PDU) return false
    const size = bytes <= SMALL ? SMALL : bytes <= 2048 ? 2048 : MOST_PDU
    if (!this.room.take(size - this.pending.length)) return false
    const larger = new Uint8Array(size)
    larger.set(this.pending.subarray(0, this.pendingBytes))
    this.pending = larger
    return true
  }

  /** The capture cut a segment inside a PDU of `pdu` bytes (0 = even that is not known). */
  private cutInside(bytes: Uint8Array, at: number, end: number, pdu: number, cut: number): void {
    const { reader } = this
    const rest = pdu - (end - at) - cut
    if (pdu > 0) reader.readPdu(bytes, at, end, pdu)
    if (pdu > 0 && rest >= 0) this.skip = rest
    else this.cutAway()
  }

  /** What was sent here was cut off, and with it where the next PDU begins. */
  private cutAway(): void {
    this.reader.trouble(TRUNCATED)
    this.misalign()
  }

  /** What comes next is no PDU. */
  private misfit(): void {
    this.reader.trouble(UNREADABLE)
    this.misalign()
  }

  private misalign(): void {
    this.isAligned = false
    this.skip = 0
    this.forgetPending()
  }

  /** Looks for the beginning of a PDU in a segment: where everything that follows is whole PDUs. -1 = there is none. */
  private search(bytes: Uint8Array, from: number, end: number): number {
    const last = Math.min(end, from + this.reader.searched)
    let tries = MOST_CHAINS
    for (let at = from; at < last && tries > 0; at++) {
      if (this.reader.lengthAt(bytes, at, end) <= 0) continue
      tries--
      if (!this.isChain(bytes, at, end)) continue
      this.isAligned = true
      return at
    }
    return -1
  }

  /** Whether bytes are whole PDUs, one after the other. */
  private isChain(bytes: Uint8Array, from: number, end: number): boolean {
    if (!this.reader.looksWhole(bytes, from, end)) return false
    let at = from
    while (at < end) {
      const pdu = this.reader.lengthAt(bytes, at, end)
      if (pdu <= 0) return false
      at += pdu
    }
    return at === end
  }

  private readChain(bytes: Uint8Array, from: number, end: number, seq: number): void {
    for (let at = from; at < end; ) {
      const pdu = this.reader.lengthAt(bytes, at, end)
      this.begin((seq + at - from) | 0, pdu)
      this.reader.readPdu(bytes, at, at + pdu, pdu)
      at += pdu
    }
  }

  private chainAgain(bytes: Uint8Array, from: number, end: number): void {
    for (let at = from; at < end; ) {
      const pdu = this.reader.lengthAt(bytes, at, end)
      this.reader.readAgain(bytes, at, at + pdu, pdu)
      at += pdu
    }
  }

  /** A segment that begins behind what was waited for: it came early, or something never came. */
  private early(
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
    seq: number,
    seconds: number,
  ): void {
    const known = this.held.find(held => held.seq === seq && held.length === length)
    if (known !== undefined) {
      if (known.bytes !== undefined && !isSame(known.bytes, bytes, at, end)) this.reader.trouble(OVERLAP)
      return
    }
    const isWhole = end - at === length && this.isAligned && this.isChain(bytes, at, end)
    // what is read at once is news at once
    if (isWhole) this.readChain(bytes, at, end, seq)
    let kept: Uint8Array | undefined
    if (!isWhole) {
      if (!this.room.take(end - at)) {
        this.reader.trouble(BEYOND_LIMITS)
        return
      }
      kept = bytes.slice(at, end)
    }
    const place = this.held.findIndex(held => ((held.seq - seq) | 0) > 0)
    const entry = { seq, length, bytes: kept, captured: end - at, seconds }
    if (place < 0) this.held.push(entry)
    else this.held.splice(place, 0, entry)
  }

  /** Hands on what was held, as far as it follows; gives up waiting where that took too long. */
  private release(seconds: number): void {
    while (this.held.length > 0) {
      const [first] = this.held
      const ahead = (first.seq - this.want) | 0
      if (ahead > 0) {
        const bytes = this.held.reduce((sum, held) => sum + (held.bytes?.length ?? 0), 0)
        const waited = (seconds - first.seconds) | 0
        if (this.held.length <= MOST_HELD && bytes <= MOST_HELD_BYTES && waited <= HELD_SECONDS) return
        this.reader.trouble(GAP)
        this.want = first.seq
        this.misalign()
      }
      this.held.shift()
      const { bytes, length, captured, seq } = first
      if (bytes !== undefined) {
        this.room.give(bytes.length)
        if (ahead < 0) this.late(bytes, 0, captured, length, seq)
        else this.next(bytes, 0, captured, length)
        continue
      }
      // it was read when it came: the stream goes on behind it
      const after = (seq + length) | 0
      const isPast = ((after - this.want) | 0) <= 0
      if (isPast) continue
      if (ahead < 0 || this.skip > 0 || this.pendingBytes > 0) this.reader.trouble(OVERLAP)
      this.want = after
      this.skip = 0
      this.forgetPending()
      this.isAligned = true
    }
  }

  /** A segment that begins before what was waited for: sent again, whole or in part, or something else in its place. */
  private late(bytes: Uint8Array, at: number, end: number, length: number, seq: number): void {
    if (((seq - this.first) | 0) < 0) return this.before(bytes, at, end, length, seq)
    const old = (this.want - seq) | 0
    const fresh = length - old
    const isReceived = this.isAckKnown && ((seq + Math.min(length, old) - this.acked) | 0) <= 0
    // a keep-alive sends the last byte again, whatever is in it (RFC 9293 section 3.8.4)
    // (where no acknowledgement is ever seen, one cannot be told from the last byte of a PDU)
    const isKeepAlive = length === 1 && old === 1 && this.pendingBytes === 0 && !this.isAckKnown
    if (!isReceived && !isKeepAlive && this.isAligned)
      this.compare(bytes, at, Math.min(end, at + old), Math.min(length, old), seq)
    if (fresh <= 0) return
    if (at + old < end) this.next(bytes, at + old, end, fresh)
    else this.next(bytes, end, end, fresh)
  }

  /** What was sent before the first that was seen: it came late. */
  private before(bytes: Uint8Array, at: number, end: number, length: number, seq: number): void {
    // a keep-alive before anything was sent
    if (length === 1 && ((seq + 1 - this.first) | 0) === 0) return
    const isWhole =
      end - at === length && ((seq + length - this.first) | 0) <= 0 && this.isChain(bytes, at, end)
    if (!isWhole) return this.reader.trouble(UNREADABLE)
    this.first = seq
    this.readChain(bytes, at, end, seq)
  }

  /** Old bytes that the receiver may not have had yet: they must say what was said before. */
  private compare(bytes: Uint8Array, at: number, end: number, length: number, seq: number): void {
    const { reader, pieces } = this
    for (let i = 0; i < pieces.length; i += 3) {
      if (pieces[i] !== seq || pieces[i + 1] !== length) continue
      if (pieces[i + 2] !== hashOf(bytes, at, end)) reader.trouble(OVERLAP)
      return
    }
    let from = at
    let number = seq
    const pendingFrom = (this.want - this.pendingBytes) | 0
    while (from < end) {
      if (this.pendingBytes > 0 && ((number - pendingFrom) | 0) >= 0) {
        const offset = (number - pendingFrom) | 0
        for (let i = from; i < end; i++)
          if (this.pending[offset + i - from] !== bytes[i]) return reader.trouble(OVERLAP)
        return
      }
      const known = this.begunLength(number)
      const pdu = reader.lengthAt(bytes, from, end)
      if (known === 0 || pdu !== known) return reader.trouble(OVERLAP)
      if (from + pdu > end) {
        // the rest is new, or was cut
        if (end - at < length) return
        return reader.trouble(OVERLAP)
      }
      reader.readAgain(bytes, from, from + pdu, pdu)
      from += pdu
      number = (number + pdu) | 0
    }
  }

  /** Another stream than the one there was: reused numbers, or a capture that begins anew. */
  private restart(bytes: Uint8Array, at: number, end: number, length: number, seq: number): void {
    this.reader.trouble(GAP)
    for (const { bytes: kept } of this.held) if (kept !== undefined) this.room.give(kept.length)
    this.held = []
    this.misalign()
    this.first = seq
    this.want = seq
    this.isAckKnown = false
    this.next(bytes, at, end, length)
  }

  private begin(seq: number, length: number): void {
    const at = this.begunAt
    this.begun[at] = seq
    this.begun[at + 1] = length
    this.begunAt = at + 2 === this.begun.length ? 0 : at + 2
  }

  private begunLength(seq: number): number {
    const { begun } = this
    for (let i = 0; i < begun.length; i += 2) if (begun[i] === seq && begun[i + 1] > 0) return begun[i + 1]
    return 0
  }

  private remember(bytes: Uint8Array, at: number, end: number, seq: number, length: number): void {
    const place = this.pieceAt
    this.pieces[place] = seq
    this.pieces[place + 1] = length
    this.pieces[place + 2] = hashOf(bytes, at, end)
    this.pieceAt = place + 3 === this.pieces.length ? 0 : place + 3
  }
}

function isSame(kept: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  const length = Math.min(kept.length, end - at)
  for (let i = 0; i < length; i++) if (kept[i] !== bytes[at + i]) return false
  return true
}

function hashOf(bytes: Uint8Array, at: number, end: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = at; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return hash
}
