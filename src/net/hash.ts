/**
 * The one symmetric hash: equal for both directions of a conversation, over addresses only, so that fragments,
 * copies and both directions meet in one shard and one partition. All results are signed 32-bit integers.
 */

/** Two 32-bit addresses (or folded longer ones), order does not matter. */
export function pairHash(a: number, b: number): number {
  const h = Math.imul(a ^ b, 0x9e3779b1) + Math.imul((a + b) | 0, 0x85ebca6b)
  return Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
}

/** Folds a 128-bit address to 32 bits. */
export function fold128(w0: number, w1: number, w2: number, w3: number): number {
  let h = Math.imul(w0 ^ 0x243f6a88, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 15) ^ w1, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13) ^ w2, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16) ^ w3, 0x27d4eb2f)
  return h ^ (h >>> 15)
}

/** Mixes one more word (ports, protocol) into a hash. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x1b873593)
  return h ^ (h >>> 15)
}
