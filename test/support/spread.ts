import fc from 'fast-check'

/** The same as PARTITIONS of the flow table. */
const PARTITIONS = 16

/** How partitions are spread over threads, and in which order threads get to work. */
export interface Spread {
  threads: number
  /** thread by partition */
  holders: number[]
  /** which of the partitions that still have something goes next */
  turns: number[]
}

export const partition: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(2, 9) },
  { weight: 1, arbitrary: fc.nat(PARTITIONS - 1) },
)

export const spread: fc.Arbitrary<Spread> = fc
  .record({
    threads: fc.constantFrom(1, 2, 4, 16),
    holders: fc.shuffledSubarray([...Array(PARTITIONS).keys()], { minLength: PARTITIONS }),
    turns: fc.array(fc.nat(PARTITIONS - 1), { minLength: 1, maxLength: 200 }),
  })
  .map(({ threads, holders, turns }) => ({ threads, holders: holders.map(h => h % threads), turns }))

/** What each thread gets, in its order: items of one partition stay in theirs, and with one thread. */
export function deal<T extends { partition: number }>(
  items: readonly T[],
  { threads, holders, turns }: Spread,
): T[][] {
  const waiting = [...Map.groupBy(items, item => item.partition).values()].map(list => [...list])
  const dealt: T[][] = Array.from({ length: threads }, () => [])
  for (let turn = 0; waiting.length > 0; turn++) {
    const next = turns[turn % turns.length] % waiting.length
    const item = waiting[next].shift()!
    dealt[holders[item.partition]].push(item)
    if (waiting[next].length === 0) waiting.splice(next, 1)
  }
  return dealt
}
