/** One place frames are seen: VLAN stack (outside in), VNI, tap and what they came wrapped in. -1 = none. */
export interface Place {
  readonly vlans: readonly number[]
  readonly vni: number
  readonly tap: number
  /** index into Tunnels, -1 = not wrapped */
  readonly tunnel: number
}

const WORDS = 8
const MOST_PLACES = 1 << 16

/**
 * Places interned to small integers, so that a flow row holds one number. Frames of one place come in runs: the
 * shard asks only when something differs from the frame before.
 */
export class Places {
  readonly list: Place[] = []
  private readonly keys = new Int32Array(MOST_PLACES * WORDS)
  private readonly index = new Int32Array(MOST_PLACES * 2)

  /** `vlans` holds two ids to a word from `at` on, `count` of them. The 65,536th place stands for all further ones. */
  intern(vlans: Int32Array, at: number, count: number, vni: number, tap: number, tunnel: number): number {
    const v0 = count > 0 ? vlans[at] : 0
    const v1 = count > 2 ? vlans[at + 1] : 0
    const v2 = count > 4 ? vlans[at + 2] : 0
    const v3 = count > 6 ? vlans[at + 3] : 0
    let hash = Math.imul(v0 ^ Math.imul(v1, 31) ^ Math.imul(v2, 961) ^ Math.imul(v3, 29791), 0x9e3779b1)
    hash = Math.imul(
      hash ^ Math.imul(vni, 0x85ebca6b) ^ Math.imul((tap << 20) ^ tunnel ^ (count << 16), 0xc2b2ae35),
      0x27d4eb2f,
    )
    const mask = this.index.length - 1
    const keys = this.keys
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.index[slot]
      if (entry === 0) {
        if (this.list.length === MOST_PLACES) return MOST_PLACES - 1
        const k = this.list.length * WORDS
        keys.set([v0, v1, v2, v3, count, vni, tap, tunnel], k)
        this.index[slot] = this.list.length + 1
        const ids: number[] = []
        for (let i = 0; i < count; i++)
          ids.push(i & 1 ? vlans[at + (i >> 1)] & 0xffff : vlans[at + (i >> 1)] >>> 16)
        return this.list.push({ vlans: ids, vni, tap, tunnel }) - 1
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
}
