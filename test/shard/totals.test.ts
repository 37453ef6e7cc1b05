import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { notedOf, notedText } from '../../src/engine/noted-text.ts'
import { Findings } from '../../src/finding/findings.ts'
import { sightingOf } from '../../src/finding/sighting.ts'
import { Tallies, type TallyState, type TotalsState } from '../../src/tallies.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { RANDOM_PORTS, randomTraffic } from '../support/random-traffic.ts'
import { Scene } from '../support/scene.ts'
import { compiled, type RunOptions, runShard, type ShardRun } from '../support/shard-run.ts'

const POLICY: PolicySketch = {
  transit: [110],
  zones: [
    { id: 'plc', networks: ['10.0.1.0/24', 'fd00::/64'] },
    { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [202] },
    { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
    { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
  ],
  assets: [
    { id: 'plc-1', zone: 'plc', addresses: ['10.0.1.1'], macs: ['02:04:0a:00:01:01'] },
    {
      id: 'fw',
      addresses: ['10.0.2.2'],
      own: ['udp/161'],
      nat: [{ outside: '10.0.2.2', inside: '192.168.0.9' }],
    },
  ],
  conduits: [
    {
      id: 'C-1',
      from: 'hmi',
      to: 'plc',
      channels: [{ what: 'modbus' }, { what: 'udp/161', hours: [600, 601] }],
    },
    { id: 'C-2', from: 'plc', to: 'skid-1', channels: [{ what: 'tcp/50000', resp: ['192.168.0.9'] }] },
  ],
  exceptions: [
    // ends while frames come, so that flows outlive it
    { id: 'EX-1', from: 'plc', to: 'hmi', what: 'tcp/161,40000,50000', expires: '2026-11-04T10:02:00Z' },
    { id: 'EX-2', from: 'plc', to: 'hmi', what: 'tcp/502,50001', starts: '2026-11-04T10:01:00Z' },
  ],
}

const options = fc.record(
  {
    policy: fc.constant(POLICY),
    maxFlows: fc.constantFrom(16, 64, 4096),
    activeTimeout: fc.constantFrom(5, 30, 1800),
    limits: fc.constant([20, 10, 5, 5, 3, 1]),
    shards: fc.constantFrom(1, 2, 4),
    probe: fc.boolean(),
  },
  { requiredKeys: [] },
)
const seed = fc.nat(1_000_000)
const bounds = fc.constantFrom({}, { mostServices: 1, mostTalkers: 2 })
const LONG = { numRuns: 200, interruptAfterTimeLimit: 12_000 }

const run = (n: number, given: RunOptions): ShardRun =>
  runShard(randomTraffic(n, 300), { ports: RANDOM_PORTS, ...given })

const byName = ({ names, flows, bytes }: TotalsState) =>
  new Map(names.map((name, i) => [name, [flows[i], bytes[i]]]))

/** A state without the order in which things were met, which nothing depends on. */
const plain = (state: TallyState) => ({
  ...state,
  cases: state.cases.map(c => JSON.stringify(c)).sort(),
  services: byName(state.services),
  talkers: byName(state.talkers),
})

describe('totals of rows', () => {
  it('are those of their records, whatever happens to the flows', () => {
    fc.assert(
      fc.property(seed, options, bounds, (n, given, limits) => {
        const { shards = 1 } = given
        const totals = Array.from({ length: shards }, () => new Tallies(limits))
        const { facts, partitions } = run(n, { ...given, totals })
        const counted = new Tallies(limits)
        for (const tallies of totals) counted.absorb(tallies.state())
        const told = new Tallies(limits)
        for (const [i, partition] of partitions.entries()) told.flow(facts[i], partition)
        expect(plain(counted.state())).toEqual(plain(told.state()))
      }),
      LONG,
    )
  })

  it('are tried on traffic that has all that totals tell apart', () => {
    const seen = new Set<string>()
    for (let n = 0; n < 80; n++) {
      const given = { policy: POLICY, maxFlows: n % 2 === 0 ? 128 : 4096 }
      for (const { record, formerExceptions } of run(n, given).facts) {
        for (const key of Object.keys(record)) seen.add(key)
        if (formerExceptions?.some(former => former !== record.exception)) seen.add('former exceptions')
        if (record.end_reason !== undefined) seen.add(record.end_reason)
        if (record.truncated_frames > 0) seen.add('cut')
        if (record.verdict !== record.worst_verdict) seen.add('better in the end')
      }
    }
    const keys = [
      'ethertype',
      'icmp_type',
      'inferred',
      'exception',
      'channel',
      'service',
      'nat',
      'orig_asset',
    ]
    const happened = ['former exceptions', 'better in the end', 'evicted', 'idle', 'eof', 'rst', 'cut']
    for (const what of [...keys, ...happened]) expect(seen).toContain(what)
  })

  it('need no record of what was met before', () => {
    const { facts, noted } = run(7, { policy: POLICY, totals: [new Tallies()], noted: true })
    const tunnels = facts.filter(({ record }) => record.type === 'tunnel')
    expect(facts).toEqual(tunnels)
    expect(noted.length).toBeGreaterThan(10)
  })
})

describe('what findings need of records', () => {
  it('is what the records say, also on its way to another thread', () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(seed, options, (n, given) => {
        const policy = compiled(given.policy)
        const whole = run(n, given)
        const { noted } = run(n, { ...given, noted: true })
        const model = policy?.model
        const ways = [new Findings({ site: 'S', model }), new Findings({ site: 'S', model })]
        const flows = whole.facts.filter(({ record }) => record.type === 'flow')
        for (const facts of flows) ways[0].observe(facts)
        for (const facts of noted) ways[1].observe(notedOf(notedText(facts)))
        expect(ways[1].result()).toEqual(ways[0].result())
        for (const { kind } of ways[0].result()) kinds.add(kind)
        const wanted = flows.map(facts => sightingOf(facts)).filter(sighting => sighting !== undefined)
        expect(noted.map(facts => sightingOf(facts)).filter(s => s !== undefined)).toEqual(wanted)
        if (policy === undefined) expect(noted).toEqual([])
        for (const facts of noted) expect(notedOf(notedText(facts))).toEqual(facts)
      }),
      LONG,
    )
    expect([...kinds].sort()).toEqual(['expired-exception', 'unsanctioned-flow', 'unzoned-asset'])
  })

  it('is the end of what was a finding once, too', () => {
    const [plc, hmi] = ['10.0.1.2:502', '10.0.2.1:41000']
    // an answer without its question says that the wrong end had asked; what comes then proves the other
    const { frames } = new Scene()
      .tcp(0, hmi, plc, 'SA', { seq: 9, ack: 5 })
      .tcp(8, plc, hmi, 'A', { seq: 5, data: 10 })
      .tcp(9, hmi, plc, 'S', { seq: 999 })
      .tcp(9.1, plc, hmi, 'SA', { seq: 4, ack: 1000 })
    const { noted } = runShard(frames, { policy: POLICY, activeTimeout: 5, noted: true })
    const told = noted.map(({ record }) => [record.seq, record.final, record.worst_verdict])
    expect(told).toEqual([
      [0, false, 'unsanctioned'],
      [1, true, 'sanctioned'],
    ])
  })
})
