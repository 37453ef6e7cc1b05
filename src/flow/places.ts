/** One place frames are seen: VLAN stack (outside in), VNI, tap and what they came wrapped in. -1 = none. */
export interface Place {
  readonly vlans: readonly number[]
  readonly vni: number
  readonly tap: number
  /** index into Tunnels, -1 = not wrapped */
  readonly tunnel: number
  /** the place of all frames beyond the table: nothing of the above is known of them */
  readonly unknown?: true
}

const WORDS = 8
const FIRST_SIZE = 1 << 10
/** Places told apart, the unknown one among them; a place costs some 200 bytes. */
export const MOST_PLACES = 1 << 18

/**
 * Places interned to small integers, so that a flow row holds one number. Frames of one place come in runs: the
 * shard asks only when something differs from the frame before.
 */
export class Places {
  readonly list: Place[] = []
  /** times a place was asked for that could not be told apart any more */
  overflow = 0
  /** the place that stands for those beyond the table */
  readonly unknown: number
  private keys = new Int32Array(FIRST_SIZE * WORDS)
  private index = new Int32Array(FIRST_SIZE * 2)

  constructor(most: number = MOST_PLACES) {
    this.unknown = most - 1
  }

  /**
   * `vlans` holds two ids to a word from `at` on, `count` of them. The table's last place is the unknown one and stands
   * for all that come after the others: never for another place's tags.
   */
  intern(vlans: Int32Array, at: number, count: number, vni: number, tap: number, tunnel: number): number {
    const v0 = count > 0 ? vlans[at] : 0
    const v1 = count > 2 ? vlans[at + 1] : 0
    const v2 = count > 4 ? vlans[at + 2] : 0
    const v3 = count > 6 ? vlans[at + 3] : 0
    const mask = this.index.length - 1
    const keys = this.keys
    for (let slot = hashOf(v0, v1, v2, v3, count, vni, tap, tunnel) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.index[slot]
      if (entry === 0) {
        if (this.list.length >= this.unknown) return this.beyond()
        keys.set([v0, v1, v2, v3, count, vni, tap, tunnel], this.list.length * WORDS)
        this.index[slot] = this.list.length + 1
        const ids: number[] = []
        for (let i = 0; i < count; i++)
          ids.push(i & 1 ? vlans[at + (i >> 1)] & 0xffff : vlans[at + (i >> 1)] >>> 16)
        this.list.push({ vlans: ids, vni, tap, tunnel })
        if (this.list.length * WORDS === keys.length) this.grow()
        return this.list.length - 1
      }
      const k = (entry - 1) * WORDS
      if (
        keys[k] === v0 &&
        keys[k + 1] === v1 &&
        keys[k + 2] === v2 &&
        keys[k + 3] === v3 &&
        keys[k + 4] === count &&
        keys[k + 5] === vni &&
        keys[k + 6] === tap &&
        keys[k + 7] === tunnel
      )
        return entry - 1
    }
  }

  private beyond(): number {
    this.overflow++
    if (this.list.length === this.unknown)
      this.list.push({ vlans: [], vni: -1, tap: -1, tunnel: -1, unknown: true })
    return this.unknown
  }

  private grow(): void {
    const keys = new Int32Array(this.keys.length * 2)
    keys.set(this.keys)
    this.keys = keys
    this.index = new Int32Array(this.index.length * 2)
    const mask = this.index.length - 1
    for (let i = 0; i < this.list.length; i++) {
      const [v0, v1, v2, v3, count, vni, tap, tunnel] = keys.subarray(i * WORDS, (i + 1) * WORDS)
      let slot = hashOf(v0, v1, v2, v3, count, vni, tap, tunnel) & mask
      while (this.index[slot] !== 0) slot = (slot + 1) & mask
      this.index[slot] = i + 1
    }
  }
}

function hashOf(
  v0: number,
  v1: number,
  v2: number,
  v3: number,
  count: number,
  vni: number,
  tap: number,
  tunnel: number,
): number {
  let hash = Math.imul(v0 ^ Math.imul(v1, 31) ^ Math.imul(v2, 961) ^ Math.imul(v3, 29791), 0x9e3779b1)
  hash = Math.imul(
    hash ^ Math.imul(vni, 0x85ebca6b) ^ Math.imul((tap << 20) ^ tunnel ^ (count << 16), 0xc2b2ae35),
    0x27d4eb2f,
  )
  return hash ^ (hash >>> 15)
}
