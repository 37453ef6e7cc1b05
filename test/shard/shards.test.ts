import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RANDOM_POLICY, RANDOM_PORTS, randomOptions, randomTraffic } from '../support/random-traffic.ts'
import { BALANCED, type RunOptions, runShard, type ShardRun, sums } from '../support/shard-run.ts'

const seed = fc.nat(1_000_000)
const LONG = { numRuns: 150, interruptAfterTimeLimit: 12_000 }

const run = (n: number, given: RunOptions): ShardRun =>
  runShard(randomTraffic(n, 400), { ports: RANDOM_PORTS, ...given })

describe('any number of shards', () => {
  it.each([2, 3, 4, 16])('%i give the records of one, in the same order', shards => {
    fc.assert(
      fc.property(seed, randomOptions, fc.constantFrom(1, 7, 64), (n, given, lanes) => {
        const one = run(n, given)
        const many = run(n, { ...given, shards, lanes })
        expect(many.facts).toEqual(one.facts)
        expect(many.frames).toEqual(one.frames)
        expect(many.conflicts).toEqual(one.conflicts)
        expect(many.evicted).toBe(one.evicted)
        expect(sums(many)).toEqual(BALANCED)
      }),
      LONG,
    )
  })

  it('the traffic has what joins several shards', () => {
    const seen = new Set<string>()
    for (let n = 0; n < 40; n++) {
      const { records, frames, conflicts, evicted } = run(n, {
        policy: RANDOM_POLICY,
        maxFlows: 64,
        shards: 4,
      })
      if (records.some(({ parent }) => parent !== undefined)) seen.add('answers to groups')
      if (conflicts.length > 0) seen.add('conflicts')
      if (evicted > 0) seen.add('evicted')
      for (const [name, count] of Object.entries(frames.placed)) if (count > 0) seen.add(name)
    }
    expect([...seen].sort()).toEqual([
      'answers to groups',
      'conflicts',
      'evicted',
      'flows',
      'fragments_unplaced',
      'icmp_errors',
      'tunnel_fragments',
    ])
  })
})
