import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicySketch } from '../support/policy-models.ts'
import { RANDOM_PORTS, randomTraffic } from '../support/random-traffic.ts'
import { BALANCED, type RunOptions, runShard, type ShardRun, sums } from '../support/shard-run.ts'

const POLICY: PolicySketch = {
  transit: [110],
  zones: [
    { id: 'plc', networks: ['10.0.1.0/24', 'fd00::/64'] },
    { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [202] },
    { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
    { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
  ],
  assets: [{ id: 'plc-1', zone: 'plc', addresses: ['10.0.1.1'], macs: ['02:04:0a:00:01:01'] }],
  conduits: [
    {
      id: 'C-1',
      from: 'hmi',
      to: 'plc',
      channels: [{ what: 'modbus' }, { what: 'udp/161', hours: [600, 601] }],
    },
  ],
  exceptions: [{ id: 'EX-1', from: 'plc', to: 'hmi', what: 'tcp/502', expires: '2026-11-04T10:05:00Z' }],
}

const options = fc.record(
  {
    policy: fc.constant(POLICY),
    // fewer rows than flows: what is evicted must not depend on who holds which partition
    maxFlows: fc.constantFrom(16, 64, 4096),
    activeTimeout: fc.constantFrom(5, 30, 1800),
    limits: fc.constant([20, 10, 5, 5, 3, 1]),
    probe: fc.boolean(),
    since: fc.constant(10),
    until: fc.constant(60),
  },
  { requiredKeys: [] },
)
const seed = fc.nat(1_000_000)
const LONG = { numRuns: 150, interruptAfterTimeLimit: 12_000 }

const run = (n: number, given: RunOptions): ShardRun =>
  runShard(randomTraffic(n, 400), { ports: RANDOM_PORTS, ...given })

describe('any number of shards', () => {
  it.each([2, 3, 4, 16])('%i give the records of one, in the same order', shards => {
    fc.assert(
      fc.property(seed, options, fc.constantFrom(1, 7, 64), (n, given, lanes) => {
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
      const { records, frames, conflicts, evicted } = run(n, { policy: POLICY, maxFlows: 64, shards: 4 })
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
