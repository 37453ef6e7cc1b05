/** Addresses remembered at most; beyond, nothing new is learned (a sweep of ARP requests must not eat the memory). */
const MOST_BINDINGS = 1 << 16
/** Earlier MACs remembered of one address, the latest. */
const MOST_FORMER = 4
/** An address that is back at a MAC within this time was never handed over; later, a stand-in may have done its duty. */
const TURN_SECONDS = 3600

export interface Binding {
  macHigh: number
  macLow: number
}

/** A binding that another one took the place of. */
interface Former extends Binding {
  /** seconds since 1970, -1 = not noted yet */
  left: number
}

/**
 * Which MAC an address was bound to by ARP, neighbour discovery or DHCP, by broadcast domain (a context number).
 * Only these prove it: the MAC of a routed frame is its router's.
 */
export class Neighbours {
  private readonly bindings = new Map<string, Binding>()
  /** of addresses whose binding has changed: what it was before, the latest first */
  private readonly former = new Map<string, Former[]>()
  /** bindings that could not be remembered */
  overflow = 0

  /** Learns one binding; returns true when it is new or other than before. */
  learn(
    context: number,
    version: number,
    words: ArrayLike<number>,
    at: number,
    macHigh: number,
    macLow: number,
  ): boolean {
    const key = keyOf(context, version, words, at)
    const known = this.bindings.get(key)
    if (known !== undefined) {
      if (known.macHigh === macHigh && known.macLow === macLow) return false
      const former = this.former.get(key) ?? []
      if (former.length === 0) this.former.set(key, former)
      former.unshift({ macHigh: known.macHigh, macLow: known.macLow, left: -1 })
      if (former.length > MOST_FORMER) former.pop()
      known.macHigh = macHigh
      known.macLow = macLow
      return true
    }
    if (this.bindings.size >= MOST_BINDINGS) {
      this.overflow++
      return false
    }
    this.bindings.set(key, { macHigh, macLow })
    return true
  }

  /** The MAC an address is bound to, if any frame told. `words` holds four words from `at` on. */
  of(context: number, version: number, words: ArrayLike<number>, at: number): Binding | undefined {
    return this.bindings.size === 0 ? undefined : this.bindings.get(keyOf(context, version, words, at))
  }

  /**
   * The MACs that take turns at an address, to be asked once after each change, at `seconds` since 1970: the one it has
   * come back to within the hour and those it had in between. Empty where it did not come back: one change is a machine
   * replaced, or one that has stepped in for another.
   */
  turns(context: number, version: number, words: ArrayLike<number>, at: number, seconds: number): Binding[] {
    const key = keyOf(context, version, words, at)
    const now = this.bindings.get(key)
    const former = this.former.get(key)
    if (now === undefined || former === undefined) return []
    if (former[0].left < 0) former[0].left = seconds
    const back = former.findIndex(({ macHigh, macLow }) => macHigh === now.macHigh && macLow === now.macLow)
    // frames may be a little out of order
    if (back < 0 || Math.abs(seconds - former[back].left) > TURN_SECONDS) return []
    return former.slice(0, back + 1)
  }
}

function keyOf(context: number, version: number, words: ArrayLike<number>, at: number): string {
  if (version === 4) return `${context} ${words[at + 3] | 0}`
  return `${context} ${words[at] | 0} ${words[at + 1] | 0} ${words[at + 2] | 0} ${words[at + 3] | 0}`
}
