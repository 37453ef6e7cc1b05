import { fold128 } from '../net/hash.ts'
import * as L from '../shared/lane.ts'

/**
 * Folds the IPv6 addresses at `at` (source, then destination; RFC 8200 section 3) into K0 and K1 of a lane, the smaller end
 * first, and answers which end is the sender: 0 = the smaller. Of equal addresses the smaller port comes first; `ports`
 * holds the source's in the high half.
 */
export function foldSix(b: DataView, at: number, ports: number, lanes: Int32Array, lane: number): number {
  const s0 = b.getInt32(at)
  const s1 = b.getInt32(at + 4)
  const s2 = b.getInt32(at + 8)
  const s3 = b.getInt32(at + 12)
  const d0 = b.getInt32(at + 16)
  const d1 = b.getInt32(at + 20)
  const d2 = b.getInt32(at + 24)
  const d3 = b.getInt32(at + 28)
  const src = fold128(s0, s1, s2, s3)
  const dst = fold128(d0, d1, d2, d3)
  const order =
    (s0 >>> 0) - (d0 >>> 0) ||
    (s1 >>> 0) - (d1 >>> 0) ||
    (s2 >>> 0) - (d2 >>> 0) ||
    (s3 >>> 0) - (d3 >>> 0) ||
    (ports >>> 16) - (ports & 0xffff)
  const side = order > 0 ? 1 : 0
  lanes[lane | L.K0] = side ? dst : src
  lanes[lane | L.K1] = side ? src : dst
  return side
}

/** Whether the addresses at `at`, sent by `side`, are the eight words of a row that begin at `words`. */
export function isSameSix(b: DataView, at: number, side: number, six: Int32Array, words: number): boolean {
  const src = words + (side << 2)
  const dst = words + 4 - (side << 2)
  return (
    b.getInt32(at + 12) === six[src + 3] &&
    b.getInt32(at + 28) === six[dst + 3] &&
    b.getInt32(at + 8) === six[src + 2] &&
    b.getInt32(at + 24) === six[dst + 2] &&
    b.getInt32(at + 4) === six[src + 1] &&
    b.getInt32(at + 20) === six[dst + 1] &&
    b.getInt32(at) === six[src] &&
    b.getInt32(at + 16) === six[dst]
  )
}
