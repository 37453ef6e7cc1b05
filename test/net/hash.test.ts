import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold128, mix, pairHash } from '../../src/net/hash.ts'

const word = fc.integer({ min: -0x80000000, max: 0x7fffffff })

/** How many of `n` hashes fall into each of the sixteen classes of their upper four bits. */
function spread(n: number, hash: (i: number) => number): number[] {
  const classes = new Array<number>(16).fill(0)
  for (let i = 0; i < n; i++) classes[hash(i) >>> 28]++
  return classes
}

describe('the symmetric hash', () => {
  it('does not depend on who sent, and is a signed 32-bit number', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(pairHash(a, b)).toBe(pairHash(b, a))
        for (const value of [pairHash(a, b), mix(a, b), fold128(a, b, c, a)]) expect(value).toBe(value | 0)
      }),
    )
  })

  it.each<[string, (i: number) => number]>([
    ['clients of one server', i => pairHash(0x0a000000 + i, 0x0a0a0001)],
    ['neighbours', i => pairHash(0x0a000000 + i, 0x0a000001 + i)],
    ['two subnets', i => pairHash(0x0a000000 + (i & 255), 0xc0a80000 + (i >> 8))],
    ['IPv6 hosts of one prefix', i => pairHash(fold128(0xfd000002, 0, 0, i), fold128(0xfd000001, 0, 0, 1))],
    ['IPv6 prefixes', i => pairHash(fold128(0xfd000000 + i, 0, 0, 1), fold128(0xfd000001, 0, 0, 1))],
  ])('fills the sixteen partitions evenly: %s', (_, hash) => {
    const n = 16_000
    for (const count of spread(n, hash)) expect(Math.abs(count - n / 16)).toBeLessThan(n / 64)
  })

  it('leaves few long runs in an index', () => {
    // flows of few machines that differ in ports only
    const slots = new Map<number, number>()
    for (let port = 0; port < 8192; port++) {
      const slot = mix(mix(pairHash(0x0a000001, 0x0a000002), (port << 16) | 502), 0x40006) & 16383
      slots.set(slot, (slots.get(slot) ?? 0) + 1)
    }
    // half full: a random hash leaves about 39 % of the slots taken at least once
    expect(slots.size).toBeGreaterThan(5800)
    expect(Math.max(...slots.values())).toBeLessThan(10)
  })

  it('folds every part of an address', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.nat(127), (w, bit) => {
        const other = [...w] as [number, number, number, number]
        other[bit >> 5] ^= 1 << (bit & 31)
        expect(fold128(...other)).not.toBe(fold128(...w))
      }),
    )
  })
})
