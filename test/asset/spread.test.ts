import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Assets, type AssetsState } from '../../src/asset/assets.ts'
import { keep, shortFirst } from '../../src/asset/machine.ts'
import type { FlowFacts } from '../../src/finding/facts.ts'
import type { Context } from '../../src/records.ts'
import { flow } from '../support/records.ts'
import { deal, partition, spread } from '../support/spread.ts'

interface Seen {
  partition: number
  facts: FlowFacts
}

const BOUNDS = { most: 5, mostInPartition: 4, mostOfEach: 3 }
const address = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 7 }).map(i => `10.0.0.${i}`) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)
const mac = fc.constantFrom(undefined, '02:00:00:00:00:01', '02:00:00:00:00:02')
const zone = fc.constantFrom('office', 'office', 'control', undefined)
const asset = fc.constantFrom(undefined, undefined, undefined, 'hmi-1', 'plc-1')

const seen: fc.Arbitrary<Seen> = fc
  .record({
    partition,
    says: fc.record({
      type: fc.constantFrom('flow', 'flow', 'tunnel'),
      at: fc.oneof(fc.nat(3), fc.constantFrom(0.25, 1.5)),
      lasts: fc.constantFrom(0, 0.125, 2),
      orig_addr: address,
      orig_mac: mac,
      orig_zone: zone,
      orig_asset: asset,
      resp_addr: address,
      resp_mac: mac,
      resp_zone: zone,
      resp_asset: asset,
      orig_packets: fc.constantFrom(0, 1, 2),
      resp_packets: fc.constantFrom(0, 1, 2),
      attempt: fc.constantFrom('established', 'none', 'unanswered'),
      respIsGroup: fc.constantFrom(false, false, true),
      direction: fc.constantFrom('first', 'handshake'),
      service: fc.constantFrom(undefined, 'modbus', 's7comm', 'ssh', 'dns', 'https'),
      service_how: fc.constantFrom('parsed' as const, 'port' as const),
      actions: fc.constantFrom<Record<string, number> | undefined>(
        undefined,
        { 'modbus:read': 1 },
        { 'modbus:write': 3 },
        { 's7comm:program': 1 },
      ),
      resp_port: fc.constantFrom(22, 502, 4711, 50_000),
      context: fc.constantFrom<Context | undefined>(
        undefined,
        { vlans: [10] },
        { vlans: [10, 20] },
        { vlans: [30] },
        { vlans: [5] },
      ),
      origBound: mac,
      respBound: mac,
    }),
  })
  .map(({ partition, says }) => ({ partition, facts: flow(says) }))
const run: fc.Arbitrary<Seen[]> = fc.array(seen, { maxLength: 100 })
const bindings = fc.array(
  fc.tuple(
    fc.integer({ min: 1, max: 7 }).map(i => `10.0.0.${i}`),
    fc.constantFrom('02:00:00:00:00:0a', '02:00:00:00:00:0b'),
    fc.constantFrom(undefined, 10, 20),
  ),
  { maxLength: 12 },
)

function observed(list: readonly Seen[], bounds: ConstructorParameters<typeof Assets>[0] = BOUNDS): Assets {
  const assets = new Assets(bounds)
  for (const { facts, partition } of list) assets.observe(facts, partition)
  return assets
}

function joined(states: readonly AssetsState[]): Assets {
  const assets = new Assets(BOUNDS)
  for (const state of states) assets.absorb(structuredClone(state))
  return assets
}

const told = (assets: Assets) => ({
  text: assets.records().map(record => JSON.stringify(record)),
  overflow: assets.overflow,
  size: assets.size,
})

describe('assets of several threads', () => {
  it('come to the same however partitions are spread over them, also beyond the bounds', () => {
    fc.assert(
      fc.property(run, bindings, spread, (list, bound, how) => {
        const whole = observed(list)
        const parts = deal(list, how).map(part => observed(part))
        for (const [address, mac] of bound) {
          whole.heard(address, 'vendor', mac, 'dhcp')
          parts[0].heard(address, 'vendor', mac, 'dhcp')
        }
        for (const [address, mac, vlan] of bound) {
          whole.bind(address, mac, vlan)
          parts[0].bind(address, mac, vlan)
        }
        const sum = joined(parts.map(part => part.state()))
        expect(told(sum)).toEqual(told(whole))
        expect(told(joined([whole.state()]))).toEqual(told(whole))
      }),
      { numRuns: 300 },
    )
  })

  it('count every end, kept or not', () => {
    fc.assert(
      fc.property(run, list => {
        const tight = observed(list)
        const wide = observed(list, {})
        expect(wide.overflow).toBe(0)
        const ends = (assets: Assets) => assets.state().machines.reduce((sum, { ends }) => sum + ends, 0)
        expect(ends(tight) + tight.state().overflow).toBe(ends(wide))
        expect(tight.size).toBe(tight.records().length)
        expect(tight.size).toBeLessThanOrEqual(BOUNDS.most)
        const left = wide.size - tight.size
        expect(tight.overflow).toBeGreaterThanOrEqual(left)
      }),
      { numRuns: 200 },
    )
  })

  it('have a bound for each partition, and keep declared ones and those seen first in the end', () => {
    const at = (partition: number, host: number, seconds: number, asset?: string): Seen => ({
      partition,
      facts: flow({ orig_addr: `10.0.0.${host}`, orig_asset: asset, at: seconds, resp_packets: 0 }),
    })
    const early = [at(1, 1, 50), at(1, 2, 40), at(1, 3, 30), at(1, 4, 20), at(1, 5, 10), at(1, 1, 0)]
    const late = [at(2, 5, 60), at(2, 6, 70), at(2, 7, 80), at(2, 8, 90, 'plc-8')]
    const assets = observed([...early, ...late], { most: 4, mostInPartition: 4 })
    expect(assets.records().map(a => a.addresses[0])).toEqual([
      '10.0.0.8',
      '10.0.0.1',
      '10.0.0.3',
      '10.0.0.4',
    ])
    // 10.0.0.5 in partition 1, and what the last cut leaves out: 2, 5, 6 and 7
    expect(assets.overflow).toBe(5)
  })

  it('list the same of each machine whenever it was seen', () => {
    const port = fc.integer({ min: 1, max: 300 }).map(i => `tcp/${i}`)
    fc.assert(
      fc.property(fc.array(port), fc.integer({ min: 1, max: 8 }), (ports, most) => {
        let list: readonly string[] = []
        for (const item of ports) list = keep(list, item, most, shortFirst)
        const byNumber = [...new Set(ports)].sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
        expect(list).toEqual(byNumber.slice(0, most))
      }),
    )
  })

  it('give a state that later records do not change', () => {
    const assets = observed([{ partition: 3, facts: flow() }])
    assets.bind('10.20.0.15', '02:00:00:00:00:0a')
    const state = assets.state()
    const before = structuredClone(state)
    assets.observe(flow({ at: 9, service: 'https', context: { vlans: [7] } }), 3)
    assets.bind('10.20.0.15', '02:00:00:00:00:0b')
    expect(state).toEqual(before)
  })
})
