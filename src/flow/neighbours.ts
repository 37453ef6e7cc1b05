/** Addresses remembered at most; beyond, nothing new is learned (a sweep of ARP requests must not eat the memory). */
const MOST_BINDINGS = 1 << 16

export interface Binding {
  macHigh: number
  macLow: number
}

/**
 * Which MAC an address was bound to by ARP, neighbour discovery or DHCP, by broadcast domain (a context number).
 * Only these prove it: the MAC of a routed frame is its router's.
 */
export class Neighbours {
  private readonly bindings = new Map<string, Binding>()
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
}

function keyOf(context: number, version: number, words: ArrayLike<number>, at: number): string {
  if (version === 4) return `${context} ${words[at + 3] | 0}`
  return `${context} ${words[at] | 0} ${words[at + 1] | 0} ${words[at + 2] | 0} ${words[at + 3] | 0}`
}
