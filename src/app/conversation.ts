import * as A from '../net/actions.ts'
import { Deeds, type Whence } from './deeds.ts'
import type { Opening } from './opening.ts'
import {
  type Carrier,
  CERTAIN,
  type Heard,
  LIKENESS,
  MAYBE,
  type Notes,
  type Protocol,
  TCP,
} from './protocol.ts'
import { type Reader, type Room, Stream } from './stream.ts'
import { BEYOND_LIMITS, GAP, OPAQUE, TRUNCATED, UNREADABLE } from './troubles.ts'

/** What was learned since the shard looked last, as bits. */
export const NEW_DEED = 1
export const NEW_TROUBLE = 2
export const SENDER_OPENED = 4
export const SENDER_ANSWERED = 8

/** Answers in a row that do not say what they answer, where nobody was seen to ask, until that is told. */
const MOST_MUTE = 8
const MOST_DETAILS = 8
const WHENCE_WORDS = 4
/** Bytes in which the beginning of a PDU is looked for; few where finding it decides nothing. */
const SEARCHED = 2048
const SEARCHED_IDLY = 16
const NOT_ENDED: readonly [boolean, boolean] = [false, false]
const MOST_TEXT = 256

/** Who wants to know what conversations tell while they are read. */
export interface Listener {
  heard(of: Conversation, what: Heard, text: string): void
  announced(of: Conversation, proto: number, port: number, atSender: boolean, v4: number): void
}

/**
 * What is kept of a conversation while its application is read: how far each direction was read, what it did, and what could
 * not be read. `side` 0 and 1 are the two ends, whoever opened it.
 */
export class Conversation implements Notes, Reader {
  readonly protocol: Protocol
  readonly carrier: Carrier
  readonly memory: Int32Array
  readonly deeds = new Deeds()
  /** by side; absent once nothing more is read, and where there are datagrams */
  private streams: [Stream | undefined, Stream | undefined] = [undefined, undefined]
  private readonly whence: Whence
  private readonly listener: Listener
  private readonly room: Room
  readonly searched: number
  /** the sender of the PDU at hand opened the conversation */
  fromOrig = true
  /** side of the sender of the PDU at hand */
  side = 0
  /** side of the end that opened the conversation, so far as is known */
  opener = 0
  /** by side: where the last of its payloads stands */
  private readonly lately = new Int32Array(2 * WHENCE_WORDS)
  /** an unfinished PDU is read */
  private isEnding = false
  /** what could not be read, as bits */
  troubles = 0
  /** what is new, as bits; the shard clears it */
  news = 0
  /** PDUs read */
  pdus = 0
  /** nothing more is to be read */
  isDone = false
  /** only taken for its protocol because of the port, until a PDU shows it */
  isPresumed = false
  /** a PDU has shown that beyond doubt */
  isShown = false
  /** it was presumed to be of another one before, which it is not */
  isSecondGuess = false
  /** what was said so far, as long as it is only presumed and all of it could be kept */
  opening: Opening | undefined
  details: Map<string, string> | undefined
  /** the PDU at hand is larger than what is kept of one */
  isLarge = false
  /** the PDU at hand may be one that was read before, or part of another */
  private isAgain = false
  /** the PDU at hand comes from the end that is asked; it said what it does or answers */
  private isReply = false
  private isTold = false
  /** a request was seen; replies that said nothing of what they answer */
  private isAsked = false
  private mute = 0
  private readonly canBeMute: boolean

  constructor(
    protocol: Protocol,
    parts: {
      carrier: Carrier
      whence: Whence
      listener: Listener
      room: Room
      /** its PDUs do something that may be judged */
      isActing?: boolean
    },
  ) {
    this.protocol = protocol
    this.carrier = parts.carrier
    this.whence = parts.whence
    this.listener = parts.listener
    this.room = parts.room
    this.searched = (parts.isActing ?? true) ? SEARCHED : SEARCHED_IDLY
    this.memory = new Int32Array(protocol.memory ?? 0)
    this.canBeMute = protocol.hasMuteAnswers === true
  }

  /**
   * Takes in a payload: bytes [at, end) are here of `length` that were sent. `carrier` and `whence` are filled. TCP: with
   * the number of its first byte, and what its sender acknowledged of the other end's (signed words).
   */
  take(bytes: Uint8Array, at: number, end: number, length: number, seq: number, ack: number): void {
    const { protocol, side, lately } = this
    if (this.isDone || protocol.read === undefined) return
    const at0 = side * WHENCE_WORDS
    lately[at0] = this.whence.frame
    lately[at0 + 1] = this.whence.port
    lately[at0 + 2] = this.whence.seconds
    lately[at0 + 3] = this.whence.nanos
    if (this.carrier.transport !== TCP || protocol.length === undefined) {
      this.isAgain = false
      this.readPdu(bytes, at, end, length)
      return
    }
    let stream = this.streams[side]
    stream ??= this.stream(side)
    this.acknowledged(side, ack)
    stream.take(bytes, at, end, length, seq, this.whence.seconds)
    if (this.isDone) this.drop()
  }

  /** `side` has received everything of the other end before byte `ack`. */
  acknowledged(side: number, ack: number): void {
    this.streams[1 - side]?.acknowledged(ack)
  }

  /**
   * A SYN or its answer was seen from `side`, whose stream begins with byte `seq`. Where that is another stream than the one
   * there was, what was kept of that is void.
   */
  opened(side: number, seq: number): void {
    const stream = this.streams[side]
    if (stream === undefined || stream.isAt(seq)) return
    if (stream.isWaiting || this.end(stream, side)) this.trouble(GAP)
    stream.drop()
    this.startsAt(side, seq)
  }

  private stream(side: number): Stream {
    const stream = new Stream(this, this.room)
    this.streams[side] = stream
    return stream
  }

  /** The stream of `side` is known to begin with byte `seq`: what comes later came early, or something before it is missing. */
  startsAt(side: number, seq: number): void {
    if (this.protocol.length !== undefined) this.stream(side).startAt(seq)
  }

  /**
   * The conversation is over, and its streams are known to go up to bytes `ends`: what never came is missing. `isEnded`: that end
   * has said that nothing more comes.
   */
  close(ends?: readonly [number, number], isEnded: readonly [boolean, boolean] = NOT_ENDED): void {
    for (const [side, stream] of this.streams.entries()) {
      if (stream === undefined) continue
      if (stream.isWaiting || (ends !== undefined && stream.isShortOf(ends[side]))) this.trouble(GAP)
      // half a request is one all the same: some devices do not wait for the rest
      if (this.end(stream, side) && !isEnded[side]) this.trouble(GAP)
    }
    if (this.mute > 0 && !this.isAsked) this.trouble(GAP)
    this.drop()
  }

  /**
   * Reads what is here of an unfinished PDU of `side`; whether there was one. It is proved by the frame that brought the last of
   * it, and announces nothing.
   */
  private end(stream: Stream, side: number): boolean {
    const { whence, lately } = this
    const { frame, port, seconds, nanos } = whence
    const at = side * WHENCE_WORDS
    whence.frame = lately[at]
    whence.port = lately[at + 1]
    whence.seconds = lately[at + 2] >>> 0
    whence.nanos = lately[at + 3]
    this.side = side
    this.fromOrig = side === this.opener
    this.isEnding = true
    const isRead = stream.end()
    this.isEnding = false
    whence.frame = frame
    whence.port = port
    whence.seconds = seconds
    whence.nanos = nanos
    return isRead
  }

  /** Gives back what is kept of unfinished PDUs. */
  drop(): void {
    for (const stream of this.streams) stream?.drop()
    this.streams = [undefined, undefined]
    this.opening?.drop()
    this.opening = undefined
  }

  // for Stream

  lengthAt(bytes: Uint8Array, at: number, end: number): number {
    return at >= end ? 0 : this.protocol.length!(bytes, at, end)
  }

  looksWhole(bytes: Uint8Array, at: number, end: number): boolean {
    const { carrier } = this
    const { length } = carrier
    carrier.length = end - at
    const likeness = this.protocol.probe(bytes, at, end, carrier) & LIKENESS
    carrier.length = length
    return likeness === CERTAIN
  }

  readPdu(bytes: Uint8Array, at: number, end: number, length: number): void {
    if (this.isDone) return
    this.pdus++
    this.deeds.begin()
    if (this.isPresumed && !this.isShown) this.isShown = this.looksWhole(bytes, at, end)
    this.isReply = false
    this.isTold = false
    this.protocol.read!(bytes, at, end, length, this)
    if (this.canBeMute && this.isReply && !this.isTold && !this.isAsked)
      if (++this.mute === MOST_MUTE) this.trouble(GAP)
  }

  readAgain(bytes: Uint8Array, at: number, end: number, length: number): void {
    const { pdus } = this
    this.isAgain = true
    this.readPdu(bytes, at, end, length)
    this.isAgain = false
    this.pdus = pdus
  }

  trouble(bits: number): void {
    if ((this.troubles & bits) === bits) return
    this.troubles |= bits
    this.news |= NEW_TROUBLE
  }

  // for protocols

  act(actions: number, fn: number, unit: number, area: number, first: number, last: number): void {
    this.isTold = true
    if (this.deeds.add(actions, fn, unit, area, first | 0, last | 0, this.whence, this.isAgain))
      this.news |= NEW_DEED
  }

  answer(fn: number, unit: number, isRefused: boolean): void {
    this.isTold = true
    if (this.isAgain) return
    const actions = this.protocol.functionActions?.(fn) ?? A.UNKNOWN | MAYBE
    if (this.deeds.answer(fn, unit, isRefused, actions, this.whence)) this.news |= NEW_DEED
  }

  client(isSender: boolean): void {
    if (isSender) this.isAsked = true
    else this.isReply = true
    if (!this.isAgain && !this.isEnding) this.news |= isSender ? SENDER_OPENED : SENDER_ANSWERED
  }

  opaque(): void {
    this.trouble(OPAQUE)
  }

  short(): void {
    this.trouble(this.isLarge ? BEYOND_LIMITS : TRUNCATED)
  }

  unfit(): void {
    this.trouble(UNREADABLE)
  }

  done(): void {
    this.isDone = true
  }

  announce(proto: number, port: number, atSender: boolean, v4: number): void {
    if (!this.isAgain && !this.isEnding) this.listener.announced(this, proto, port, atSender, v4)
  }

  heard(what: Heard, text: string): void {
    if (text !== '' && !this.isAgain && !this.isEnding)
      this.listener.heard(this, what, text.slice(0, MOST_TEXT))
  }

  detail(key: string, text: string): void {
    this.details ??= new Map()
    if (this.details.size < MOST_DETAILS || this.details.has(key))
      this.details.set(key, text.slice(0, MOST_TEXT))
  }
}
