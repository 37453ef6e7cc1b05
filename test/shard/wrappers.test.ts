import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicySketch } from '../support/policy-models.ts'
import { type RunOptions, runShard, type Seen, type ShardRun } from '../support/shard-run.ts'
import { wrappedTraffic } from '../support/wrapped-traffic.ts'

const PORTS = [
  { linkType: 1, capture: 'a.pcap' },
  { linkType: 1, capture: 'b.pcap', tap: 'tap-b' },
]
const POLICY: PolicySketch = {
  transit: [110],
  zones: [
    { id: 'plc', networks: ['10.0.1.0/24', 'fd00::/64'] },
    { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [202] },
    { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
    { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
    { id: 'skid-3', networks: ['192.168.0.0/24'], context: { vnis: [2] } },
  ],
  conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ what: 'modbus' }] }],
}
const LIMITS = [2000, 2000, 2000, 2000, 2000, 5]

const said = ({ facts, frames, dispatcher }: ShardRun) => ({
  facts,
  frames,
  counts: dispatcher.counts(),
  mirrors: dispatcher.wrapping.mirrorSessions(),
  beyond: [dispatcher.wrapping.framesBeyond, dispatcher.wrapping.unkept],
})

function expectBothWays(frames: readonly Seen[], options: RunOptions): void {
  const given = { ports: PORTS, limits: LIMITS, maxFlows: 1 << 14, ...options }
  expect(said(runShard(frames, given))).toEqual(
    said(runShard(frames, { ...given, generalOnly: true, shards: 1, lanes: 64 })),
  )
}

describe('a wrapper that is known again', () => {
  it('changes nothing, however much wrappers are alike', () => {
    const options = fc.record(
      {
        policy: fc.constant(POLICY),
        probe: fc.boolean(),
        shards: fc.constantFrom(1, 3),
        lanes: fc.constantFrom(1, 7, 64),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.nat(1_000_000), options, (seed, given) =>
        expectBothWays(wrappedTraffic(seed, 400, false), given),
      ),
      { numRuns: 80, interruptAfterTimeLimit: 15_000 },
    )
  })

  it('nor where there are too many to remember', () => {
    expectBothWays(wrappedTraffic(5, 12_000, true), { policy: POLICY, lanes: 2048 })
  })
})
