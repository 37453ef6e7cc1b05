import { UNKNOWN } from '../net/actions.ts'
import { MAYBE } from './protocol.ts'

/**
 * What a conversation did: one entry for each action, function, unit and stretch of addresses, as columns of one array.
 * Bounded: where a conversation does more different things, stretches that meet are joined first, then those of one
 * function, and in the end only the action is kept.
 */

export const DEED_WORDS = 16
export const ACTIONS = 0
export const FN = 1
/** -1 = none */
export const UNIT = 2
/** -1 = the function has no addresses */
export const AREA = 3
/** unsigned */
export const FIRST = 4
export const LAST = 5
/** PDUs that did it: one that does it to several stretches counts with the first of them */
export const PDUS = 6
export const ANSWERED = 7
export const REFUSED = 8
/** the frame that did it first: number, port of its source, time */
export const FRAME = 9
export const PORT = 10
export const SECONDS = 11
export const NANOS = 12
export const FLAGS = 13
/** how often it was done */
export const TIMES = 14

/** several stretches were joined to this one */
const JOINED = 1
/** with others between them that were never touched */
export const LOOSE = 2
/** other functions or units were left out for want of room: neither those nor addresses are known */
export const COARSE = 4
/** only answers to it were met, nobody who asked */
export const UNASKED = 8
/** and what it did depends on what was asked */
export const UNSURE = 32
/** of this function and unit, what it was done to is not kept any more */
const ANYWHERE = 16

/** Deeds kept of one conversation. */
export const MOST_DEEDS = 64
const FIRST_DEEDS = 4
const COUNTED = 14
/** Deeds that wait for an answer at a time. */
const MOST_PENDING = 16

/** Where the frame at hand stands: what a deed is proved by. */
export interface Whence {
  frame: number
  port: number
  seconds: number
  nanos: number
}

export class Deeds {
  words = new Int32Array(FIRST_DEEDS * DEED_WORDS)
  size = 0
  /** bits of all actions, and how many PDUs did each, and were refused */
  actions = 0
  readonly counts = new Int32Array(COUNTED)
  readonly refused = new Int32Array(COUNTED)
  /** the entry met last, and where the next is looked for first: polling goes round */
  private latest = 0
  /** entries that were asked for and not answered yet, the oldest first */
  private readonly pending = new Int32Array(MOST_PENDING)
  private waiting = 0
  /** the entry that stands for what there was no room for, -1 = none */
  private coarse = -1
  /** actions and function that the PDU at hand was counted for */
  private counted = 0
  private countedFn = -1

  /** A new PDU. */
  begin(): void {
    this.counted = 0
    this.countedFn = -1
  }

  /** Adds what the PDU at hand does; whether that is new. `isAgain` = it may be one that was counted before. */
  add(
    actions: number,
    fn: number,
    unit: number,
    area: number,
    first: number,
    last: number,
    whence: Whence,
    isAgain: boolean,
  ): boolean {
    const found = this.find(actions, fn, unit, area, first, last)
    if (found >= 0) {
      if (isAgain) return false
      this.latest = found
      this.words[found * DEED_WORDS + FLAGS] &= ~(UNASKED | UNSURE)
      this.words[found * DEED_WORDS + TIMES]++
      if (this.countedFn !== fn) {
        this.words[found * DEED_WORDS + PDUS]++
        this.wait(found)
      }
      this.count(actions, fn)
      return false
    }
    this.put(actions, fn, unit, area, first, last, whence)
    if (this.countedFn === fn) this.words[this.latest * DEED_WORDS + PDUS]--
    else this.wait(this.latest)
    this.count(actions, fn)
    return true
  }

  private count(actions: number, fn: number): void {
    const fresh = actions & ~this.counted
    this.countedFn = fn
    if (fresh === 0) return
    this.counted |= fresh
    this.actions |= fresh
    for (let bits = fresh; bits !== 0; bits &= bits - 1) this.counts[31 - Math.clz32(bits & -bits)]++
  }

  /**
   * Function `fn` of `unit` was answered or refused; whether that is the first that is known of it. Where nobody was seen to
   * ask, each answer counts for what the function does: `actions`.
   */
  answer(fn: number, unit: number, isRefused: boolean, actions: number, whence: Whence): boolean {
    let entry = this.answered(fn, unit)
    if (entry < 0) entry = this.entryOf(fn, unit)
    if (entry < 0) entry = this.coarse
    const isNew = entry < 0
    if (isNew) {
      const isMaybe = (actions & MAYBE) !== 0 || actions === UNKNOWN
      this.put(actions & ~MAYBE, fn, unit, -1, 0, 0, whence)
      entry = this.latest
      this.words[entry * DEED_WORDS + PDUS] = 0
      this.words[entry * DEED_WORDS + TIMES] = 0
      this.words[entry * DEED_WORDS + FLAGS] = isMaybe ? UNASKED | UNSURE : UNASKED
    }
    const at = entry * DEED_WORDS
    if ((this.words[at + FLAGS] & UNASKED) !== 0) this.count(this.words[at + ACTIONS], fn)
    this.words[at + (isRefused ? REFUSED : ANSWERED)]++
    if (isRefused)
      for (let bits = this.words[at + ACTIONS]; bits !== 0; bits &= bits - 1)
        this.refused[31 - Math.clz32(bits & -bits)]++
    return isNew
  }

  /** An entry is asked for. Where it still waits from the time before, what came before that was never answered. */
  private wait(entry: number): void {
    const { pending } = this
    for (let i = this.waiting - 1; i >= 0; i--) {
      if (pending[i] !== entry) continue
      this.forget(0, i + 1)
      break
    }
    if (this.waiting === MOST_PENDING) this.forget(0, 1)
    pending[this.waiting++] = entry
  }

  /** The entry of a function that waits longest for its answer, which it has now; -1 = none does. */
  private answered(fn: number, unit: number): number {
    const { words, pending } = this
    for (let i = 0; i < this.waiting; i++) {
      const entry = pending[i]
      const at = entry * DEED_WORDS
      if (words[at + FN] !== fn || words[at + UNIT] !== unit) continue
      this.forget(i, 1)
      return entry
    }
    return -1
  }

  private forget(from: number, count: number): void {
    for (let i = from; i + count < this.waiting; i++) this.pending[i] = this.pending[i + count]
    this.waiting -= count
  }

  /** The entry of a function, the latest first; -1 = it was not met. */
  private entryOf(fn: number, unit: number): number {
    const { words, size, latest } = this
    for (let i = 0; i < size; i++) {
      const entry = latest - i < 0 ? latest - i + size : latest - i
      const at = entry * DEED_WORDS
      if (words[at + FN] === fn && words[at + UNIT] === unit) return entry
    }
    return -1
  }

  private find(actions: number, fn: number, unit: number, area: number, first: number, last: number): number {
    const { words, size } = this
    let entry = this.latest
    for (let i = 0; i < size; i++) {
      const at = entry * DEED_WORDS
      if (words[at + FN] === fn && words[at + UNIT] === unit && words[at + ACTIONS] === actions) {
        if ((words[at + FLAGS] & ANYWHERE) !== 0) return entry
        if (words[at + AREA] === area) {
          if (words[at + FIRST] === first && words[at + LAST] === last) return entry
          if (
            (words[at + FLAGS] & JOINED) !== 0 &&
            first >>> 0 >= words[at + FIRST] >>> 0 &&
            last >>> 0 <= words[at + LAST] >>> 0
          )
            return entry
        }
      }
      if (++entry >= size) entry = 0
    }
    // of what there was no room for, it is known that it was done
    if (this.coarse >= 0 && (words[this.coarse * DEED_WORDS + ACTIONS] & actions) === actions)
      return this.coarse
    return -1
  }

  private put(
    actions: number,
    fn: number,
    unit: number,
    area: number,
    first: number,
    last: number,
    whence: Whence,
  ): void {
    if (this.size === MOST_DEEDS) this.join()
    if (this.size === MOST_DEEDS) this.gather()
    if (this.size === MOST_DEEDS) this.coarsen()
    if ((this.size + 1) * DEED_WORDS > this.words.length) {
      const words = new Int32Array(this.words.length * 2)
      words.set(this.words)
      this.words = words
    }
    const entry = this.size++
    const at = entry * DEED_WORDS
    const { words } = this
    words[at + ACTIONS] = actions
    words[at + FN] = fn
    words[at + UNIT] = unit
    words[at + AREA] = area
    words[at + FIRST] = first
    words[at + LAST] = last
    words[at + PDUS] = 1
    words[at + TIMES] = 1
    words[at + ANSWERED] = 0
    words[at + REFUSED] = 0
    words[at + FRAME] = whence.frame
    words[at + PORT] = whence.port
    words[at + SECONDS] = whence.seconds
    words[at + NANOS] = whence.nanos
    words[at + FLAGS] = 0
    this.latest = entry
  }

  /** Joins stretches of one function that meet or overlap; where that frees nothing, all of one function and area. */
  private join(): void {
    for (const isLoose of [false, true])
      if (this.pack((into, entry) => this.joined(into, entry, isLoose))) return
  }

  /** Of functions that were done to several areas, what they were done to is given up before any function is. */
  private gather(): void {
    const { words } = this
    this.pack((into, entry) => {
      const x = into * DEED_WORDS
      const y = entry * DEED_WORDS
      for (const column of [ACTIONS, FN, UNIT]) if (words[x + column] !== words[y + column]) return false
      this.sum(x, y)
      words[x + AREA] = -1
      words[x + FIRST] = 0
      words[x + LAST] = 0
      words[x + FLAGS] |= COARSE | ANYWHERE
      return true
    })
  }

  /** Puts entries in order and leaves those out that `isJoined` to the one kept before them; whether there were any. */
  private pack(isJoined: (into: number, entry: number) => boolean): boolean {
    const { words } = this
    const order = Array.from({ length: this.size }, (_, i) => i)
    order.sort((a, b) => {
      const x = a * DEED_WORDS
      const y = b * DEED_WORDS
      for (const column of [ACTIONS, FN, UNIT, AREA]) {
        const difference = words[x + column] - words[y + column]
        if (difference !== 0) return difference
      }
      return (words[x + FIRST] >>> 0) - (words[y + FIRST] >>> 0)
    })
    const kept: number[] = []
    for (const entry of order) {
      const into = kept.at(-1)
      if (into === undefined || !isJoined(into, entry)) kept.push(entry)
    }
    if (kept.length === this.size) return false
    const packed = new Int32Array(words.length)
    for (const [i, entry] of kept.entries())
      packed.set(words.subarray(entry * DEED_WORDS, (entry + 1) * DEED_WORDS), i * DEED_WORDS)
    this.words = packed
    this.size = kept.length
    this.latest = 0
    this.waiting = 0
    this.coarse = kept.findIndex(entry => words[entry * DEED_WORDS + FN] === -1)
    return true
  }

  /** Joins `entry` to `into`, the one before it in order, where they are of one kind and (unless `isLoose`) meet. */
  private joined(into: number, entry: number, isLoose: boolean): boolean {
    const { words } = this
    const x = into * DEED_WORDS
    const y = entry * DEED_WORDS
    for (const column of [ACTIONS, FN, UNIT, AREA]) if (words[x + column] !== words[y + column]) return false
    const meets = words[y + FIRST] >>> 0 <= (words[x + LAST] >>> 0) + 1
    if (!meets && !isLoose) return false
    if (words[y + LAST] >>> 0 > words[x + LAST] >>> 0) words[x + LAST] = words[y + LAST]
    this.sum(x, y)
    words[x + FLAGS] |= JOINED | (meets ? 0 : LOOSE)
    return true
  }

  /** Adds the numbers of the entry at `y` to that at `x`; the earlier frame proves both. */
  private sum(x: number, y: number): void {
    const { words } = this
    words[x + FLAGS] |= words[y + FLAGS]
    for (const column of [PDUS, TIMES, ANSWERED, REFUSED]) words[x + column] += words[y + column]
    if (isBefore(words, y, x))
      for (const column of [FRAME, PORT, SECONDS, NANOS]) words[x + column] = words[y + column]
  }

  /** As many functions or units as there is room for: of half of them only the action is kept. */
  private coarsen(): void {
    const { words } = this
    const kept = this.size >> 1
    const at = (kept - 1) * DEED_WORDS
    for (let entry = kept; entry < this.size; entry++) {
      const y = entry * DEED_WORDS
      words[at + ACTIONS] |= words[y + ACTIONS]
      words[at + PDUS] += words[y + PDUS]
      words[at + TIMES] += words[y + TIMES]
      words[at + ANSWERED] += words[y + ANSWERED]
      words[at + REFUSED] += words[y + REFUSED]
    }
    words[at + FN] = -1
    words[at + UNIT] = -1
    words[at + AREA] = -1
    words[at + FLAGS] |= COARSE
    this.size = kept
    this.latest = 0
    this.waiting = 0
    this.coarse = kept - 1
  }
}

const isBefore = (words: Int32Array, a: number, b: number): boolean =>
  words[a + SECONDS] === words[b + SECONDS]
    ? words[a + NANOS] < words[b + NANOS]
    : words[a + SECONDS] >>> 0 < words[b + SECONDS] >>> 0
