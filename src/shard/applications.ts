import {
  type Conversation,
  type Listener,
  NEW_DEED,
  NEW_TROUBLE,
  SENDER_ANSWERED,
  SENDER_OPENED,
} from '../app/conversation.ts'
import type { Whence } from '../app/deeds.ts'
import { Opening } from '../app/opening.ts'
import {
  Carrier,
  CERTAIN,
  ETHERNET,
  FROM_CLIENT,
  FROM_SERVER,
  LIKENESS,
  NOT,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../app/protocol.ts'
import { atPort, candidatesAt, isPortless, ofEthertype, protocolsOver } from '../app/recognise.ts'
import { UNREADABLE } from '../app/troubles.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { serviceAtPort, serviceNumber } from '../net/ports.ts'
import type { Question } from '../policy/question.ts'
import { fillQuestion, numberOf, serviceOf } from './app-question.ts'
import { Conversations, isReadable } from './conversations.ts'
import { FIRST } from './openings.ts'

/** Payloads of a conversation that are looked at until it counts as unknown; of one on a port of a protocol that is always told. */
const MOST_TRIES = 4
const MOST_TRIES_HERE = 8
/** Datagrams that may be of the service of their port until they count as that, where only one end sends. */
const ENOUGH = 3
const ENOUGH_OF_ONE = 4
/** Of a payload that is cut, so many bytes are enough to tell that it is nothing known. */
const ENOUGH_BYTES = 64
/** Bytes of a payload in which a PDU is looked for, where none begins it. */
const MOST_SEARCHED = 512
/** So few bytes may be the beginning of anything. */
const FEW_BYTES = 64

/** What applications tell the rest of the shard. */
export interface ApplicationsParts {
  table: FlowTable
  listener: Listener
  /** where the frame at hand stands; filled before each payload */
  whence: Whence
  /** the application, its actions or what could be read of it are not what they were: to be judged */
  changed: (row: number) => void
  /** the application was recognised, and is then to be judged */
  recognised: (row: number) => void
  /** whether it matters what a conversation does, so that it matters, too, that it cannot be told */
  isRestricted: () => boolean
  /** another conversation announced this one */
  isAnnounced: (row: number) => boolean
  /** a PDU shows that the end `side` (0 = A) opened the conversation */
  opened: (row: number, side: number) => void
}

/**
 * Reads payloads of rows: first to recognise the application, then, where its PDUs tell what it does, each of them. A row
 * whose payload is worth reading has READS in its state; all others cost one look at that bit.
 */
export class Applications {
  private readonly table: FlowTable
  private readonly parts: ApplicationsParts
  private readonly carrier = new Carrier()
  private readonly whence: Whence
  private readonly conversations: Conversations
  /** the row whose payload is read */
  private rowAtHand = -1

  constructor(parts: ApplicationsParts) {
    this.parts = parts
    this.table = parts.table
    this.whence = parts.whence
    const { carrier } = this
    const { whence, listener } = parts
    this.conversations = new Conversations(parts.table, { carrier, whence, listener })
  }

  /** STATE bits of a new row of a kind and protocol. */
  opening(version: number, proto: number): number {
    if (version === 0) return ofEthertype(proto).length > 0 ? R.READS : 0
    return proto === TCP || proto === UDP ? R.READS : 0
  }

  /** The row whose payload is read. */
  get row(): number {
    return this.rowAtHand
  }

  /**
   * Takes in a payload of a row that has READS: bytes [at, end) are here of `length` that `side` sent. TCP:
   * the number of the first byte, and what was acknowledged.
   */
  payload(
    row: number,
    side: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
    seq: number,
    ack: number,
  ): void {
    this.prepare(row, side, length)
    const conversation = this.of(row)
    if (conversation === undefined) this.recognise(row, side, bytes, at, end, seq, ack)
    else if (!conversation.isPresumed || !this.isOtherOne(conversation, row, side, bytes, at, end, seq, ack))
      this.go(conversation, row, side, bytes, at, end, seq, ack)
  }

  /** What `side` of a row sends is at hand: fills in who and what carries it. */
  private prepare(row: number, side: number, length: number): void {
    const { table, carrier } = this
    this.rowAtHand = row
    const h = row * R.HOT_WORDS
    const k2 = table.hot[h + R.K2]
    const k3 = table.hot[h + R.K3]
    const isIp = ((k3 >>> R.KIND_SHIFT) & 0xff) !== R.KIND_L2
    carrier.transport = isIp ? k3 & 0xff : ETHERNET
    carrier.ethertype = isIp ? 0 : k3 & 0xffff
    carrier.srcPort = !isIp ? 0 : side === 0 ? k2 >>> 16 : k2 & 0xffff
    carrier.dstPort = !isIp ? 0 : side === 0 ? k2 & 0xffff : k2 >>> 16
    carrier.isToGroup = (table.hot[h + R.STATE] & R.GROUP) !== 0
    carrier.length = length
  }

  /** A segment without payload of a row that has READS: `side` acknowledges what the other end sent before byte `ack`. */
  acknowledged(row: number, side: number, ack: number): void {
    this.of(row)?.acknowledged(side, ack)
  }

  /** A SYN or its answer was seen from `side`: its stream begins with byte `seq`. */
  handshake(row: number, side: number, seq: number): void {
    const conversation = this.of(row)
    if (conversation === undefined) return
    this.prepare(row, side, 0)
    conversation.news = 0
    conversation.opener = this.openerOf(row)
    conversation.opened(side, seq)
    if (conversation.news !== 0) this.parts.changed(row)
  }

  /**
   * Part of the payload of a row is not read, or is not what the receiver makes of it: a fragment of an IP packet, urgent data.
   * `trouble` is why (src/app/troubles.ts).
   */
  unread(row: number, trouble: number): void {
    const conversation = this.of(row)
    if (conversation === undefined) {
      if (this.numberOf(row) !== 0) return
      this.table.cold[row * R.COLD_WORDS + R.APP] |= R.APP_CUT
      if (this.parts.isRestricted()) this.parts.changed(row)
      return
    }
    conversation.news = 0
    conversation.trouble(trouble)
    if (conversation.news !== 0) this.parts.changed(row)
  }

  /** Whether a segment of one byte may be a keep-alive: sent before anything else, or in a conversation met in the middle. */
  private mayBeKeepAlive(row: number, side: number, seq: number): boolean {
    const { hot, cold } = this.table
    if (this.carrier.transport !== TCP) return false
    const state = hot[row * R.HOT_WORDS + R.STATE]
    if ((state & (R.SYN << side)) !== 0) return cold[row * R.COLD_WORDS + R.SYN_SEQ] === seq
    return true
  }

  /** The conversation of a row, where its PDUs are or were read. */
  of(row: number): Conversation | undefined {
    return this.conversations.of(row)
  }

  /** What a row was recognised as: place in the table of services + 1, 0 = nothing (yet), APP_OTHER = not what its port stands for. */
  numberOf(row: number): number {
    return numberOf(this.table, row)
  }

  /** Id of the service a row was recognised as, '' = it was not (yet); '?' where it is not what its port stands for. */
  serviceOf(row: number): string {
    return serviceOf(this.table, row)
  }

  /** Fills in what a question says of the application of a row, and what it does. */
  fill(row: number, q: Question): void {
    fillQuestion(this.table, row, this.of(row), q)
  }

  /** The row is over: what is not known by now never will be. May have it judged again. */
  close(row: number): void {
    const { hot, cold } = this.table
    const state = row * R.HOT_WORDS + R.STATE
    if ((hot[state] & R.READS) === 0) return
    const conversation = this.of(row)
    const app = cold[row * R.COLD_WORDS + R.APP]
    if (conversation === undefined) {
      if ((app & (R.APP_TRIES | R.APP_CUT | R.APP_MAYBE | (R.APP_MAYBE << 1))) !== 0) this.giveUp(row)
      // nothing was seen of what was sent
      else if (cold[row * R.COLD_WORDS + R.MISSED] > 0 && this.parts.isRestricted()) this.parts.changed(row)
      return
    }
    if (conversation.isPresumed) {
      const isNone = conversation.pdus === 0 && conversation.isSecondGuess
      if ((conversation.troubles & UNREADABLE) !== 0 || isNone) return this.giveUp(row)
      // one without a whole PDU stays what its port says
      if (conversation.pdus > 0) this.settle(row, conversation.protocol, 0, conversation.side)
    }
    this.prepare(row, 0, 0)
    conversation.news = 0
    conversation.opener = this.openerOf(row)
    const isEnded = [(hot[state] & R.FIN) !== 0, (hot[state] & (R.FIN << 1)) !== 0] as const
    conversation.close(this.endsOf(row), isEnded)
    if (conversation.news !== 0) this.parts.changed(row)
  }

  private openerOf(row: number): number {
    return (this.table.hot[row * R.HOT_WORDS + R.STATE] & R.ORIG_IS_B) !== 0 ? 1 : 0
  }

  /** Up to which bytes both ends are known to have sent; undefined where that is not TCP. */
  private endsOf(row: number): [number, number] | undefined {
    const { hot } = this.table
    const h = row * R.HOT_WORDS
    if ((hot[h + R.K3] & 0xff) !== TCP || ((hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff) === R.KIND_L2)
      return undefined
    const state = hot[h + R.STATE]
    // a FIN has a number of its own
    return [
      hot[h + R.NEXT_SEQ_A] - ((state & R.FIN) !== 0 ? 1 : 0),
      hot[h + R.NEXT_SEQ_B] - ((state & (R.FIN << 1)) !== 0 ? 1 : 0),
    ]
  }

  /** Tells a new conversation where its streams begin, as far as the handshake tells; `ack` of the segment at hand. */
  private begin(conversation: Conversation, row: number, side: number, ack: number): void {
    const { hot, cold } = this.table
    const state = hot[row * R.HOT_WORDS + R.STATE]
    // where both ends opened it, only one number is kept, and nobody knows whose
    if ((state & (R.SYN * 3)) === R.SYN * 3) return
    for (const end of [0, 1]) {
      if ((state & (R.SYN << end)) !== 0)
        conversation.startsAt(end, (cold[row * R.COLD_WORDS + R.SYN_SEQ] + 1) | 0)
      // of the other end nothing came before what the first segment acknowledges
      else if ((state & (R.SYN_ACK << end)) !== 0 && (state & (R.DATA << end)) === 0 && end !== side)
        conversation.startsAt(end, ack)
    }
  }

  /** Whether a segment is known not to be the first of its direction. */
  private isLater(row: number, side: number, seq: number): boolean {
    const { hot, cold } = this.table
    const isOpener = (hot[row * R.HOT_WORDS + R.STATE] & (R.SYN * 3)) === R.SYN << side
    return isOpener && ((cold[row * R.COLD_WORDS + R.SYN_SEQ] + 1 - seq) | 0) !== 0
  }

  /** The row is gone. */
  forget(row: number): void {
    this.conversations.leave(row)
  }

  /**
   * Whether a conversation that was only presumed to be of one protocol is, by this payload and what came before, of another on
   * the same port. Then it was read as that.
   */
  private isOtherOne(
    conversation: Conversation,
    row: number,
    side: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    ack: number,
  ): boolean {
    const { carrier } = this
    conversation.opening?.add(side, bytes, at, end, carrier.length, seq, ack, this.whence)
    const opening = conversation.opening?.isWhole === true ? conversation.opening : undefined
    if (opening !== undefined && opening.likenessOf(conversation.protocol, side, carrier) !== NOT)
      return false
    for (const protocol of candidatesAt(carrier)) {
      if (protocol === conversation.protocol) continue
      const likeness = opening?.likenessOf(protocol, side, carrier) ?? NOT
      if (likeness !== NOT) {
        this.readAnew(conversation, row, protocol, likeness, side, ack)
        return true
      }
      if ((protocol.probe(bytes, at, end, carrier) & LIKENESS) !== CERTAIN) continue
      this.conversations.leave(row)
      this.recognise(row, side, bytes, at, end, seq, ack)
      return true
    }
    return false
  }

  /** Whether a conversation that is not what it was presumed to be may be of another protocol on its port. Then it was read as that. */
  private mayBeOther(conversation: Conversation, row: number, side: number, ack: number): boolean {
    const here = candidatesAt(this.carrier)
    // those before it were asked before
    for (let i = here.indexOf(conversation.protocol) + 1; i < here.length; i++) {
      if (here[i].read === undefined || conversation.opening?.mayBe(here[i]) !== true) continue
      this.readAnew(conversation, row, here[i], NOT, side, ack)
      return true
    }
    return false
  }

  /** Reads what was kept of a presumed conversation as another protocol: certain by its likeness, or (NOT) presumed again. */
  private readAnew(
    before: Conversation,
    row: number,
    protocol: Protocol,
    likeness: number,
    side: number,
    ack: number,
  ): void {
    const { carrier } = this
    const opening = before.opening!
    before.opening = undefined
    this.conversations.leave(row)
    this.table.cold[row * R.COLD_WORDS + R.APP] &= ~(R.APP_MAYBE * 3)
    const conversation = this.conversations.enter(row, protocol)
    if (likeness !== NOT) this.settle(row, protocol, likeness, side)
    else if (conversation === undefined) this.giveUp(row)
    if (conversation === undefined) return opening.drop()
    conversation.isPresumed = likeness === NOT
    conversation.isSecondGuess = likeness === NOT
    this.begin(conversation, row, side, ack)
    const { srcPort, dstPort, length } = carrier
    opening.replay(this.whence, (from, bytes, end, seq, acked) => {
      // it may have been given up at one of the turns before
      if (this.of(row) !== conversation) return
      carrier.srcPort = from === side ? srcPort : dstPort
      carrier.dstPort = from === side ? dstPort : srcPort
      carrier.length = end
      this.go(conversation, row, from, bytes, 0, end, seq, acked)
    })
    carrier.srcPort = srcPort
    carrier.dstPort = dstPort
    carrier.length = length
    if (this.of(row) === conversation && conversation.isPresumed) conversation.opening = opening
    else opening.drop()
  }

  private go(
    conversation: Conversation,
    row: number,
    side: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    ack: number,
  ): void {
    const { hot } = this.table
    const state = row * R.HOT_WORDS + R.STATE
    conversation.side = side
    conversation.fromOrig = this.openerOf(row) === side
    conversation.news = 0
    conversation.take(bytes, at, end, this.carrier.length, seq, ack)
    if (conversation.isDone) hot[state] &= ~R.READS
    if (conversation.isPresumed) this.presumed(conversation, row, side, ack)
    else if (conversation.news !== 0) this.told(conversation, row, side)
  }

  /** What PDUs told: who opened the conversation, and what it does. */
  private told(conversation: Conversation, row: number, side: number): void {
    const { news } = conversation
    conversation.news = 0
    if ((news & SENDER_OPENED) !== 0) this.parts.opened(row, side)
    else if ((news & SENDER_ANSWERED) !== 0) this.parts.opened(row, 1 - side)
    if ((news & (NEW_DEED | NEW_TROUBLE)) !== 0) this.parts.changed(row)
  }

  /** A conversation that is read as what its port stands for, though nothing has shown it yet. */
  private presumed(conversation: Conversation, row: number, side: number, ack: number): void {
    if ((conversation.troubles & UNREADABLE) !== 0) {
      if (this.mayBeOther(conversation, row, side, ack)) return
      // another protocol of the port may still show itself
      const app = row * R.COLD_WORDS + R.APP
      const { cold } = this.table
      const tries = ((cold[app] & R.APP_TRIES) >>> R.APP_TRIES_SHIFT) + MOST_TRIES_HERE / 2
      if (candidatesAt(this.carrier).length > 1 && tries < MOST_TRIES_HERE) {
        // what was done until then was done
        if (conversation.deeds.size > 0) this.parts.changed(row)
        cold[app] = (cold[app] & ~R.APP_TRIES) | (tries << R.APP_TRIES_SHIFT)
        this.conversations.leave(row)
        return
      }
      this.giveUp(row)
      this.conversations.leave(row)
      return
    }
    const app = row * R.COLD_WORDS + R.APP
    const { cold } = this.table
    if ((conversation.news & (NEW_DEED | NEW_TROUBLE)) !== 0) this.parts.changed(row)
    if (conversation.pdus === 0) return
    cold[app] |= R.APP_MAYBE << side
    const both = (R.APP_MAYBE * 3) & cold[app]
    const enough = both === R.APP_MAYBE * 3 ? ENOUGH : ENOUGH_OF_ONE
    // one that has nothing more to say has said it
    if (conversation.pdus < enough && !conversation.isDone && !conversation.isShown) return
    this.settle(row, conversation.protocol, 0, side)
  }

  private recognise(
    row: number,
    side: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    ack: number,
  ): void {
    const { carrier } = this
    const { cold, hot } = this.table
    const app = row * R.COLD_WORDS + R.APP
    const here = candidatesAt(carrier)
    const isAnnounced = this.parts.isAnnounced(row)
    let maybe: Protocol | undefined
    let strict = false
    let likeness = NOT
    let found: Protocol | undefined
    for (let i = 0; i < here.length && found === undefined; i++) {
      const said = here[i].probe(bytes, at, end, carrier)
      if ((said & LIKENESS) === CERTAIN) {
        found = here[i]
        likeness = said
      } else if ((said & LIKENESS) === UNSURE) maybe ??= here[i]
      else if (here[i].isStrict !== undefined) strict = true
    }
    if (found === undefined) {
      const all = protocolsOver(carrier, at < end ? bytes[at] : -1)
      for (let i = 0; i < all.length && found === undefined; i++) {
        const said = all[i].probe(bytes, at, end, carrier)
        // of what was announced less has to be shown
        if (isAnnounced && (said & LIKENESS) === UNSURE && isPortless(all[i].protocol))
          maybe ??= all[i].protocol
        if ((said & LIKENESS) !== CERTAIN) continue
        found = all[i].protocol
        likeness = said
      }
    }
    if (found === undefined && maybe === undefined && carrier.transport === TCP)
      found = this.inside(row, here, bytes, at, end)
    const isKeepAlive = carrier.length === 1 && this.mayBeKeepAlive(row, side, seq)
    // the byte before the first one: nothing of the conversation
    if (isKeepAlive && (hot[row * R.HOT_WORDS + R.STATE] & (R.SYN << side)) !== 0) return
    if (isKeepAlive) {
      cold[app] |= R.APP_CUT
      // nothing but that tells nothing; what else is not understood then may be the rest of what it began
      if (found === undefined) return
    }
    if (found === undefined && maybe === undefined && carrier.transport === TCP && !isKeepAlive) {
      // too little to tell, or not the beginning: kept until there is more
      const isLater = (cold[app] & R.APP_TRIES) === 0 && this.isLater(row, side, seq)
      for (let i = 0; i < here.length && maybe === undefined; i++)
        if (here[i].read !== undefined && (isLater || isBeginning(here[i], bytes, at, end))) maybe = here[i]
    }
    if (found !== undefined) {
      const conversation = this.conversations.enter(row, found)
      // what came before was not read
      const tried = (cold[app] & R.APP_TRIES) >>> R.APP_TRIES_SHIFT
      const isLate = tried !== 0 && carrier.transport === TCP
      const isWhole = (hot[row * R.HOT_WORDS + R.STATE] & (R.SYN * 3)) !== 0
      const isCut = (cold[app] & R.APP_CUT) !== 0
      this.settle(row, found, likeness, side)
      if (conversation === undefined) return
      if (!isLate) this.begin(conversation, row, side, ack)
      else if (isWhole || isCut || tried >= MOST_TRIES_HERE / 2) conversation.trouble(UNREADABLE)
      this.go(conversation, row, side, bytes, at, end, seq, ack)
      return
    }
    if (maybe?.read !== undefined) {
      const conversation = this.conversations.enter(row, maybe)
      if (conversation !== undefined) {
        conversation.isPresumed = true
        // what came before it was not kept
        if (carrier.transport === TCP && (cold[app] & R.APP_TRIES) === 0) {
          conversation.opening = new Opening(this.conversations.roomOf(row))
          conversation.opening.add(side, bytes, at, end, carrier.length, seq, ack, this.whence)
        }
        this.begin(conversation, row, side, ack)
        this.go(conversation, row, side, bytes, at, end, seq, ack)
        return
      }
    }
    const tries = (cold[app] & R.APP_TRIES) >>> R.APP_TRIES_SHIFT
    if (maybe !== undefined) {
      cold[app] |= R.APP_MAYBE << side
      if ((cold[app] & (R.APP_MAYBE * 3)) === R.APP_MAYBE * 3 || tries + 1 >= ENOUGH) {
        this.settle(row, maybe, 0, side)
        return
      }
    }
    if (end - at < Math.min(carrier.length, ENOUGH_BYTES)) {
      cold[app] |= R.APP_CUT
      strict = false
    }
    // a conversation seen from its beginning shows what it is with its first bytes
    const isFirst = (hot[row * R.HOT_WORDS + R.STATE] & (R.SYN * 3)) !== 0
    const now =
      tries + (strict && isFirst ? MOST_TRIES_HERE : isFirst && here.length === 0 ? MOST_TRIES / 2 : 1)
    cold[app] = (cold[app] & ~R.APP_TRIES) | (Math.min(now, 15) << R.APP_TRIES_SHIFT)
    if (now >= (here.length > 0 ? MOST_TRIES_HERE : MOST_TRIES)) this.giveUp(row)
  }

  /** A protocol of the port whose PDUs begin somewhere in a payload of a conversation that was met in the middle. */
  private inside(
    row: number,
    here: readonly Protocol[],
    bytes: Uint8Array,
    at: number,
    end: number,
  ): Protocol | undefined {
    const { carrier } = this
    const { length } = carrier
    if ((this.table.hot[row * R.HOT_WORDS + R.STATE] & (R.SYN * 3)) !== 0 || length !== end - at)
      return undefined
    let found: Protocol | undefined
    for (let i = 0; i < here.length && found === undefined; i++) {
      if (!isReadable(here[i]) || here[i].length === undefined) continue
      const last = Math.min(end, at + MOST_SEARCHED)
      for (let from = at + 1; from < last && found === undefined; from++) {
        if (here[i].length!(bytes, from, end) <= 0) continue
        carrier.length = end - from
        if ((here[i].probe(bytes, from, end, carrier) & LIKENESS) === CERTAIN) found = here[i]
      }
      carrier.length = length
    }
    return found
  }

  /** The row is of this protocol's service. */
  private settle(row: number, protocol: Protocol, likeness: number, side: number): void {
    const { hot, cold } = this.table
    const h = row * R.HOT_WORDS
    const app = row * R.COLD_WORDS + R.APP
    if ((likeness & FROM_CLIENT) !== 0) this.parts.opened(row, side)
    else if ((likeness & FROM_SERVER) !== 0) this.parts.opened(row, 1 - side)
    const k3 = hot[h + R.K3]
    const isIp = ((k3 >>> R.KIND_SHIFT) & 0xff) !== R.KIND_L2
    const service = isIp ? serviceAtPort(protocol.service, k3 & 0xff, this.portOf(row)) : protocol.service
    cold[app] =
      (cold[app] & ~(R.APP_SERVICE | R.APP_TRIES)) | ((serviceNumber(service) + 1) << R.APP_SERVICE_SHIFT)
    const conversation = this.of(row)
    if (conversation === undefined) hot[h + R.STATE] &= ~R.READS
    else if (conversation.isPresumed) {
      conversation.isPresumed = false
      conversation.opening?.drop()
      conversation.opening = undefined
      this.told(conversation, row, side)
    }
    this.parts.recognised(row)
    this.parts.changed(row)
  }

  /** Nothing is known that looks like this. */
  private giveUp(row: number): void {
    const { hot, cold } = this.table
    const app = row * R.COLD_WORDS + R.APP
    hot[row * R.HOT_WORDS + R.STATE] &= ~R.READS
    const isOther = (cold[app] & (R.APP_CUT | R.APP_NO_ROOM)) === 0 && this.isOther(row)
    cold[app] =
      (cold[app] & ~(R.APP_SERVICE | R.APP_TRIES)) | (isOther ? R.APP_OTHER << R.APP_SERVICE_SHIFT : 0)
    if (isOther || this.parts.isRestricted()) this.parts.changed(row)
  }

  /** Whether a row that was not recognised is none of what its responder's port stands for. */
  private isOther(row: number): boolean {
    const { hot } = this.table
    const h = row * R.HOT_WORDS
    const state = hot[h + R.STATE]
    const k3 = hot[h + R.K3]
    if (((k3 >>> R.KIND_SHIFT) & 0xff) === R.KIND_L2 || (state & R.DIRECTION_MASK) === FIRST) return false
    const here = atPort(k3 & 0xff, this.portOf(row))
    // what is encrypted after its first bytes is not known by later ones
    const isWhole = (state & (R.SYN * 3)) !== 0 || (k3 & 0xff) === UDP
    const looked = this.table.cold[row * R.COLD_WORDS + R.APP]
    // something of it was seen, and then what nobody knows
    const isMaybe = (looked & (R.APP_MAYBE * 3)) !== 0 || this.of(row) !== undefined
    return (
      here.length > 0 &&
      here.every(
        one =>
          (one.isStrict === true && (isWhole || isReadable(one))) ||
          (one.isStrict === 'at-first' && isWhole && !isMaybe),
      )
    )
  }

  /** The responder's port. */
  private portOf(row: number): number {
    const { hot } = this.table
    const k2 = hot[row * R.HOT_WORDS + R.K2]
    return (hot[row * R.HOT_WORDS + R.STATE] & R.ORIG_IS_B) !== 0 ? k2 >>> 16 : k2 & 0xffff
  }
}

/** Whether bytes may be the beginning of a PDU, and are too few for more than that. */
function isBeginning(protocol: Protocol, bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return true
  const length = protocol.length?.(bytes, at, end) ?? -1
  return length === 0 || (length > end - at && end - at < FEW_BYTES)
}
