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
  // the first words that differ tell which end is the smaller; signed words, for differences would not fit one
  let a = s0
  let c = d0
  if (a === c) {
    a = s1
    c = d1
    if (a === c) {
      a = s2
      c = d2
      if (a === c) {
        a = s3
        c = d3
        if (a === c) {
          a = ports >>> 16
          c = ports & 0xffff
        }
      }
    }
  }
  const side = isLess(c, a)
  const other = (src ^ dst) & -side
  lanes[lane | L.K0] = src ^ other
  lanes[lane | L.K1] = dst ^ other
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

/** 1 where the unsigned words a < b, else 0: the borrow of a - b. */
export const isLess = (a: number, b: number): number => ((~a & b) | ((~a | b) & (a - b))) >>> 31
