import * as F from '../decode/facts.ts'
import * as R from '../flow/row.ts'
import { fold128, mix, pairHash } from '../net/hash.ts'
import { u32 as word } from '../wire/bytes.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'

/** The key of a frame's flow as the table wants it, less its context. One instance, read anew for each frame. */
export class FlowKey {
  /** hash of the addresses alone: equal for both directions and for all ports */
  pair = 0
  /** hash of the whole key */
  hash = 0
  /** words K0 to K3 of a row */
  k0 = 0
  k1 = 0
  k2 = 0
  k3 = 0
  /** IPv6 addresses, the smaller end first */
  readonly six = new Int32Array(R.SIX_WORDS)
  /** which end sent the frame: 0 = A, 1 = B */
  side = 0

  /** Computes the key of the facts: ends in order, so that both directions have one key. */
  read(f: Int32Array, bytes: Uint8Array): void {
    const version = f[F.VERSION]
    if (version === 4) {
      const src = f[F.SRC_V4]
      const dst = f[F.DST_V4]
      const swap = src === dst ? f[F.SRC_PORT] > f[F.DST_PORT] : src >>> 0 > dst >>> 0
      this.side = swap ? 1 : 0
      this.k0 = swap ? dst : src
      this.k1 = swap ? src : dst
      this.k3 = (R.KIND_V4 << R.KIND_SHIFT) | f[F.PROTO]
    } else if (version === 6) this.keySix(f)
    else this.keyMacs(f, bytes)
    this.pair = pairHash(this.k0, this.k1)
    if (version !== 0) this.k2 = this.portWord(f)
    this.hash = mix(mix(this.pair, this.k2), this.k3)
  }

  private portWord(f: Int32Array): number {
    const proto = f[F.PROTO]
    const src = f[F.SRC_PORT]
    const dst = f[F.DST_PORT]
    if (proto === ip.ICMP || proto === ip.ICMPV6) {
      const answer = icmp.counterpart(src, proto === ip.ICMPV6)
      if (answer < 0) return (src << 16) | R.ICMP_ONE_WAY | (this.side === 1 ? R.ICMP_FROM_B : 0) | dst
      return this.side === 1 ? (answer << 16) | src : (src << 16) | answer
    }
    return this.side === 1 ? (dst << 16) | src : (src << 16) | dst
  }

  private keySix(f: Int32Array): void {
    let order = 0
    for (let i = 0; i < 4 && order === 0; i++) order = (f[F.SRC + i] >>> 0) - (f[F.DST + i] >>> 0)
    const swap = order === 0 ? f[F.SRC_PORT] > f[F.DST_PORT] : order > 0
    const low = swap ? F.DST : F.SRC
    const high = swap ? F.SRC : F.DST
    const six = this.six
    for (let i = 0; i < 4; i++) {
      six[i] = f[low + i]
      six[4 + i] = f[high + i]
    }
    this.side = swap ? 1 : 0
    this.k0 = fold128(six[0], six[1], six[2], six[3])
    this.k1 = fold128(six[4], six[5], six[6], six[7])
    this.k3 = (R.KIND_V6 << R.KIND_SHIFT) | f[F.PROTO]
  }

  /** Frames without IP: 96 bits of MACs fill the three words that addresses and ports fill elsewhere. */
  private keyMacs(f: Int32Array, bytes: Uint8Array): void {
    const src = f[F.MAC_SRC_AT]
    const dst = f[F.MAC_DST_AT]
    const srcHigh = src < 0 ? 0 : (bytes[src] << 8) | bytes[src + 1]
    const dstHigh = dst < 0 ? 0 : (bytes[dst] << 8) | bytes[dst + 1]
    const srcLow = src < 0 ? 0 : word(bytes, src + 2)
    const dstLow = dst < 0 ? 0 : word(bytes, dst + 2)
    const swap = srcHigh === dstHigh ? srcLow >>> 0 > dstLow >>> 0 : srcHigh > dstHigh
    this.side = swap ? 1 : 0
    this.k0 = swap ? dstLow : srcLow
    this.k1 = swap ? srcLow : dstLow
    this.k2 = swap ? (dstHigh << 16) | srcHigh : (srcHigh << 16) | dstHigh
    const kind = f[F.FLAGS] & F.FLAG_LLC ? R.KIND_L2 | R.KIND_LLC : R.KIND_L2
    this.k3 = (kind << R.KIND_SHIFT) | f[F.PROTO]
  }
}
