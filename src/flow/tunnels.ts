import { fold128, mix, pairHash } from '../net/hash.ts'

/** Tunnels a run tells apart before it becomes choosy; a tunnel costs some 600 bytes. */
export const MOST_TUNNELS = 1 << 17
const FIRST_SIZE = 1 << 10
/** words of a key: kind, version, id, parent, low address (4), high address (4), what keeps equal ends apart */
const KEY_WORDS = 13
const APART = 12
const SUMS = 6
/** parent of a tunnel that runs in one the table has no room for */
export const UNKEPT = -2

/** A tunnel's ends and counters, as read at the end of a run. Side 0 is the end with the smaller address. */
export interface Tunnel {
  kind: number
  version: number
  proto: number
  /** VNI, session or key; -1 = none */
  id: number
  /** the tunnel this one runs in, -1 = none, UNKEPT = one that is not in the table */
  parent: number
  /** 0, or what told tunnels with the same ends apart when it was first seen: where the policy placed the ends */
  apart: number
  low: Uint32Array
  high: Uint32Array
  /** side whose frame was seen first, and the ports of that frame */
  origSide: number
  origPort: number
  respPort: number
  packets: [number, number]
  bytes: [number, number]
  ipBytes: [number, number]
  firstSeconds: number
  firstNanos: number
  lastSeconds: number
  lastNanos: number
  firstFrame: number
  firstPort: number
  /** where the first frame's ends were seen: the tags, VNI and tap outside the tunnel; -1 = none */
  vlans: number[]
  vni: number
  tap: number
}

/** One layer of wrapping as the shard hands it over; addresses are four signed words each. */
export interface Layer {
  kind: number
  version: number
  proto: number
  srcPort: number
  dstPort: number
  id: number
  /** see Tunnel */
  apart: number
  vni: number
  tap: number
  frameBytes: number
  ipBytes: number
  /** position of the source address in `words`, the destination's follows */
  words: Int32Array
  at: number
}

/**
 * Tunnels interned to small integers, with counters per direction. They are kept apart from the flow table: a tunnel's
 * frames belong to many shards, so its counters are sums that can be merged.
 */
export class Tunnels {
  private readonly list: Tunnel[] = []
  private readonly most: number
  private index = new Int32Array(FIRST_SIZE * 2)
  private keys = new Int32Array(FIRST_SIZE * KEY_WORDS)
  private sums = new Float64Array(FIRST_SIZE * SUMS)
  private last = new Uint32Array(FIRST_SIZE * 2)
  private readonly key = new Int32Array(KEY_WORDS)
  /** which end sent the frame `note` was told of last: 0 = the smaller address */
  side = 0

  constructor(most: number = MOST_TUNNELS) {
    this.most = most
  }

  get count(): number {
    return this.list.length
  }

  /**
   * Index of the tunnel this layer belongs to; counts the frame. `parent` is the index of the layer outside it, or -1.
   * Once the table is full the answer is -1 for a tunnel that is not in it, and nothing is counted: never under
   * another's name. `anyway` takes it in all the same, up to twice the table.
   */
  note(
    layer: Layer,
    parent: number,
    vlans: () => number[],
    seconds: number,
    nanos: number,
    frame: number,
    port: number,
    anyway = false,
  ): number {
    const { words, at } = layer
    let order = 0
    for (let i = 0; i < 4 && order === 0; i++) order = (words[at + i] >>> 0) - (words[at + 4 + i] >>> 0)
    const side = order > 0 ? 1 : 0
    const low = side ? at + 4 : at
    const high = side ? at : at + 4
    const key = this.key
    key[0] = layer.kind
    key[1] = layer.version
    key[2] = layer.id
    key[3] = parent
    for (let i = 0; i < 4; i++) {
      key[4 + i] = words[low + i]
      key[8 + i] = words[high + i]
    }
    key[APART] = layer.apart
    this.side = side
    const index = this.intern(layer, side, vlans, seconds, nanos, frame, port, anyway)
    if (index < 0) return -1
    this.again(index, side, layer.frameBytes, layer.ipBytes, seconds, nanos)
    return index
  }

  /** Counts another frame of a tunnel, sent by `side`; lengths are those of the tunnel's frame and packet. */
  again(
    index: number,
    side: number,
    frameBytes: number,
    ipBytes: number,
    seconds: number,
    nanos: number,
  ): void {
    const s = index * SUMS + side
    this.sums[s]++
    this.sums[s + 2] += frameBytes
    this.sums[s + 4] += ipBytes
    const l = index * 2
    if (seconds > this.last[l] || (seconds === this.last[l] && nanos > this.last[l + 1])) {
      this.last[l] = seconds
      this.last[l + 1] = nanos
    }
  }

  private intern(
    layer: Layer,
    side: number,
    vlans: () => number[],
    seconds: number,
    nanos: number,
    frame: number,
    port: number,
    anyway: boolean,
  ): number {
    const key = this.key
    const mask = this.index.length - 1
    for (let slot = hashAt(key, 0) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.index[slot]
      if (entry !== 0) {
        if (this.sameKey(entry - 1)) return entry - 1
        continue
      }
      if (this.list.length >= (anyway ? this.most * 2 : this.most)) return -1
      this.keys.set(key, this.list.length * KEY_WORDS)
      this.index[slot] = this.list.length + 1
      this.last[this.list.length * 2] = seconds
      this.last[this.list.length * 2 + 1] = nanos
      const count = this.list.push({
        kind: layer.kind,
        version: layer.version,
        proto: layer.proto,
        id: layer.id,
        parent: key[3],
        apart: layer.apart,
        low: Uint32Array.from(key.subarray(4, 8)),
        high: Uint32Array.from(key.subarray(8, 12)),
        origSide: side,
        origPort: layer.srcPort,
        respPort: layer.dstPort,
        packets: [0, 0],
        bytes: [0, 0],
        ipBytes: [0, 0],
        firstSeconds: seconds,
        firstNanos: nanos,
        lastSeconds: seconds,
        lastNanos: nanos,
        firstFrame: frame,
        firstPort: port,
        vlans: vlans(),
        vni: layer.vni,
        tap: layer.tap,
      })
      if (count * 2 === this.last.length) this.grow()
      return count - 1
    }
  }

  private grow(): void {
    const { keys, sums, last } = this
    this.keys = new Int32Array(keys.length * 2)
    this.keys.set(keys)
    this.sums = new Float64Array(sums.length * 2)
    this.sums.set(sums)
    this.last = new Uint32Array(last.length * 2)
    this.last.set(last)
    this.index = new Int32Array(this.index.length * 2)
    this.reindex()
  }

  private sameKey(index: number): boolean {
    const k = index * KEY_WORDS
    for (let i = 0; i < KEY_WORDS; i++) if (this.keys[k + i] !== this.key[i]) return false
    return true
  }

  /** The identity of a tunnel, without counters (cold path). */
  identity(index: number): Readonly<Tunnel> {
    return this.list[index]
  }

  /** A tunnel with its counters (cold path). */
  at(index: number): Tunnel {
    const s = index * SUMS
    return {
      ...this.list[index],
      packets: [this.sums[s], this.sums[s + 1]],
      bytes: [this.sums[s + 2], this.sums[s + 3]],
      ipBytes: [this.sums[s + 4], this.sums[s + 5]],
      lastSeconds: this.last[index * 2],
      lastNanos: this.last[index * 2 + 1],
    }
  }

  /** All tunnels with their counters, in the order first seen. */
  all(): Tunnel[] {
    return this.list.map((_, index) => this.at(index))
  }

  /** Second of a tunnel's latest frame. */
  lastSeconds(index: number): number {
    return this.last[index * 2]
  }

  /**
   * Tells tunnels apart anew: `apartOf` says by what, as Layer.apart does. Where two are one now, what comes is counted with
   * the first; each keeps what it has.
   */
  tellApart(apartOf: (tunnel: Readonly<Tunnel>) => number): void {
    this.list.forEach((tunnel, i) => {
      this.keys[i * KEY_WORDS + APART] = apartOf(tunnel)
    })
    this.index.fill(0)
    this.reindex()
  }

  private reindex(): void {
    const mask = this.index.length - 1
    for (let i = 0; i < this.list.length; i++) {
      let slot = hashAt(this.keys, i * KEY_WORDS) & mask
      while (this.index[slot] !== 0) slot = (slot + 1) & mask
      this.index[slot] = i + 1
    }
  }
}

function hashAt(keys: Int32Array, at: number): number {
  const a = fold128(keys[at + 4], keys[at + 5], keys[at + 6], keys[at + 7])
  const b = fold128(keys[at + 8], keys[at + 9], keys[at + 10], keys[at + 11])
  return mix(mix(pairHash(a, b), keys[at + 2] ^ (keys[at + 3] << 8)), keys[at] ^ (keys[at + APART] << 5))
}
