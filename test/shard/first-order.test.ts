import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as R from '../../src/flow/row.ts'
import { mergedByFirst, sortByFirst } from '../../src/shard/first-order.ts'

/** First frames: second (also after 2038), nanosecond, port, number (also beyond 31 bits); few of each, so that they meet. */
const first = fc.tuple(
  fc.constantFrom(0, 5, 0x7fffffff, 0xffffffff),
  fc.constantFrom(0, 1, 999_999_999),
  fc.nat(2),
  fc.constantFrom(1, 2, 0x80000001),
)
const firsts = fc.array(first, { maxLength: 200 })

function coldOf(list: readonly (readonly number[])[]): Int32Array {
  const cold = new Int32Array(list.length * R.COLD_WORDS)
  for (const [row, [seconds, nanos, port, frame]] of list.entries()) {
    const c = row * R.COLD_WORDS
    cold[c + R.FIRST_SECONDS] = seconds
    cold[c + R.FIRST_NANOS] = nanos
    cold[c + R.FIRST_PORT] = port
    cold[c + R.FIRST_FRAME] = frame
  }
  return cold
}

/** The plain way: rows with the same first frame stay as they were. */
const sorted = (rows: Iterable<number>, list: readonly (readonly number[])[]): number[] =>
  [...rows].sort((a, b) => {
    const differing = list[a].findIndex((word, i) => word !== list[b][i])
    return differing < 0 ? 0 : list[a][differing] - list[b][differing]
  })

const rowsOf = (list: readonly unknown[]): Int32Array => Int32Array.from(list.keys())

describe('rows by their first frames', () => {
  it('are sorted whatever order they are in', () => {
    fc.assert(
      fc.property(firsts, list => {
        const rows = rowsOf(list)
        sortByFirst(rows, coldOf(list))
        expect([...rows]).toEqual(sorted(list.keys(), list))
      }),
      { numRuns: 300 },
    )
  })

  it('are left alone where they are in order, however many', () => {
    const rows = Int32Array.from({ length: 100_000 }, (_, i) => i)
    sortByFirst(rows, coldOf(Array.from(rows, i => [i >> 10, i & 1023, 0, i])))
    expect(rows.every((row, i) => row === i)).toBe(true)
  })

  it('are one list of many', () => {
    fc.assert(
      fc.property(firsts, fc.integer({ min: 1, max: 17 }), (list, count) => {
        const cold = coldOf(list)
        const parts = Array.from({ length: count }, (_, part) => rowsOf(list).filter(i => i % count === part))
        for (const part of parts) sortByFirst(part, cold)
        const all = parts.flatMap(part => [...part])
        expect([...mergedByFirst(parts, cold)]).toEqual(sorted(all, list))
      }),
      { numRuns: 200 },
    )
  })
})
