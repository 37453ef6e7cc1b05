import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RANDOM_POLICY, RANDOM_PORTS, randomOptions, randomTraffic } from '../support/random-traffic.ts'
import { BALANCED, type RunOptions, runShard, type ShardRun, sums } from '../support/shard-run.ts'

const seed = fc.nat(1_000_000)
const LONG = { numRuns: 150, interruptAfterTimeLimit: 12_000 }

const run = (n: number, given: RunOptions): ShardRun =>
  runShard(randomTraffic(n, 250), { ports: RANDOM_PORTS, ...given })

describe('conservation', () => {
  it('received is the sum of its classes, decoded of where its frames went, and flows have the packets of their frames', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(seed, randomOptions, (n, given) => {
        const result = run(n, given)
        expect(sums(result)).toEqual(BALANCED)
        expect(result.frames.received).toBe(randomTraffic(n, 250).length)
        for (const [name, count] of [
          ...Object.entries(result.frames),
          ...Object.entries(result.frames.placed),
        ])
          if (Number(count) > 0) seen.add(name)
      }),
      LONG,
    )
    // the traffic has something of every class that this way of reading can fill
    for (const name of [
      'malformed',
      'truncated',
      'unsupported_linktype',
      'filtered',
      'icmp_errors',
      'fragments_unplaced',
      'tunnel_fragments',
    ])
      expect(seen).toContain(name)
  })

  it('each flow ends once, and its interim records lead up to that', () => {
    fc.assert(
      fc.property(seed, randomOptions, (n, given) => {
        const flows = Map.groupBy(
          run(n, given).records.filter(record => record.type === 'flow'),
          record => record.flow_id,
        )
        for (const records of flows.values()) {
          expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => i))
          expect(records.map(({ final }) => final)).toEqual(records.map((_, i) => i === records.length - 1))
          for (const [i, record] of records.entries()) {
            const before = records[i - 1] ?? record
            expect(record.start).toBe(before.start)
            expect(record.end >= before.end).toBe(true)
            for (const counter of [
              'orig_packets',
              'orig_bytes',
              'resp_packets',
              'resp_payload_bytes',
            ] as const)
              if (!record.flipped) expect(record[counter]).toBeGreaterThanOrEqual(before[counter])
            expect(record.orig_packets + record.resp_packets).toBeGreaterThan(0)
          }
        }
      }),
      LONG,
    )
  })

  it('the records do not depend on how frames come in bursts', () => {
    fc.assert(
      fc.property(seed, randomOptions, fc.integer({ min: 1, max: 70 }), (n, given, burst) => {
        const whole = run(n, given)
        const cut = run(n, { ...given, burst })
        expect(cut.records).toEqual(whole.records)
        expect(cut.frames).toEqual(whole.frames)
      }),
      LONG,
    )
  })

  it('the short way and the general way give the same', () => {
    fc.assert(
      fc.property(seed, randomOptions, (n, given) => {
        const short = run(n, given)
        const general = run(n, { ...given, generalOnly: true })
        expect(short.facts).toEqual(general.facts)
        expect(short.frames).toEqual(general.frames)
        expect(short.dispatcher.counts()).toEqual(general.dispatcher.counts())
        expect(short.conflicts).toEqual(general.conflicts)
      }),
      LONG,
    )
  })

  it('a full table reports what it evicts, and loses nothing', () => {
    const result = run(7, { maxFlows: 16 })
    expect(result.evicted).toBeGreaterThan(0)
    // a connection that was over before it had to leave says how it ended
    const ended = result.finals.filter(flow => ['evicted', 'fin', 'rst'].includes(flow.end_reason!))
    expect(ended.length).toBeGreaterThanOrEqual(result.evicted)
    expect(result.finals.some(flow => flow.end_reason === 'evicted')).toBe(true)
    expect(sums(result)).toEqual(BALANCED)
  })

  it('what a finding rests on is evicted last', () => {
    const kept = { ...RANDOM_POLICY, conduits: [] }
    const frames = randomTraffic(11, 1500)
    const result = runShard(frames, {
      ports: RANDOM_PORTS,
      policy: kept,
      maxFlows: 320,
      limits: [9e6, 9e6, 9e6, 9e6, 9e6, 9e6],
    })
    const evicted = result.finals.filter(flow => flow.end_reason === 'evicted')
    const quiet = (flow: { worst_verdict: string }): boolean =>
      ['intra-zone', 'sanctioned', 'exception'].includes(flow.worst_verdict)
    expect(evicted.length).toBeGreaterThan(10)
    const share = (list: typeof evicted): number => list.filter(quiet).length / list.length
    expect(share(evicted)).toBeGreaterThan(share(result.finals.filter(flow => flow.end_reason === 'eof')))
  })
})
