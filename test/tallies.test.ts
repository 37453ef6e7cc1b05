import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FlowFacts, FlowNumbers } from '../src/finding/facts.ts'
import { serviceLabel } from '../src/finding/kinds.ts'
import { formatAddress } from '../src/net/address.ts'
import { SummaryBuilder } from '../src/summary.ts'
import { type Case, Tallies, type TallyState, type TotalsState } from '../src/tallies.ts'
import { flow, frames, plant } from './support/records.ts'
import { deal, partition, spread } from './support/spread.ts'

interface Seen {
  partition: number
  facts: FlowFacts
}

const BOUNDS = { mostServices: 3, mostTalkers: 3 }
const verdict = fc.constantFrom('unsanctioned', 'undetermined', 'exception', 'sanctioned', 'unjudged')
const maybe = (...names: string[]): fc.Arbitrary<string | undefined> => fc.constantFrom(undefined, ...names)
const address = fc.integer({ min: 1, max: 8 }).map(i => `10.0.0.${i}`)

const seen: fc.Arbitrary<Seen> = fc
  .record({
    partition,
    former: fc.constantFrom<string[]>([], ['EX-2026-07'], ['EX-2026-07', 'EX-2025-02']),
    says: fc.record({
      type: fc.constantFrom('flow', 'flow', 'flow', 'tunnel'),
      final: fc.constantFrom(true, true, false),
      end_reason: fc.constantFrom('idle', 'evicted'),
      inferred: fc.constantFrom(undefined, true),
      truncated_frames: fc.nat(1),
      verdict,
      worst_verdict: verdict,
      reason: maybe('direction', 'service'),
      orig_zone: maybe('office', 'control'),
      resp_zone: maybe('supervision', 'control'),
      conduit: maybe('C-01', 'C-02'),
      channel: maybe('reads', 'trip'),
      exception: maybe('EX-2026-07', 'C-01'),
      service: maybe('modbus', 'ssh', 'dns', 'https', 'smb'),
      orig_addr: fc.option(address, { nil: undefined, freq: 9 }),
      resp_addr: address,
      resp_port: fc.integer({ min: 1, max: 6 }),
      orig_bytes: fc.constantFrom(0, 60, 2 ** 40),
      resp_bytes: fc.nat(1000),
    }),
  })
  .map(({ partition, former, says }) => ({
    partition,
    facts: { ...flow(says), ...(former.length > 0 ? { formerExceptions: former } : {}) },
  }))
const run: fc.Arbitrary<Seen[]> = fc.array(seen, { maxLength: 120 })

function tallied(list: readonly Seen[]): TallyState {
  const tallies = new Tallies(BOUNDS)
  for (const { facts, partition } of list) tallies.flow(facts, partition)
  return structuredClone(tallies.state())
}

function summed(states: readonly TallyState[]): TallyState {
  const tallies = new Tallies(BOUNDS)
  for (const state of states) tallies.absorb(state)
  return tallies.state()
}

function summaryOf(states: readonly TallyState[]): string {
  const builder = new SummaryBuilder({ version: '0.1.0', model: plant() })
  for (const state of states) builder.absorb(state)
  return JSON.stringify(builder.build({ frames: frames(), files: [], bytes: 0, span: 0, findings: [] }))
}

const byName = ({ names, flows, bytes }: TotalsState): Map<string, [number, number]> =>
  new Map(names.map((name, i) => [name, [flows[i], bytes[i]]]))
const byText = (cases: readonly Case[]): string[] => cases.map(c => JSON.stringify(c)).sort()

/** The first names of each partition, added up in the plainest way. */
function naiveTotals(
  list: readonly Seen[],
  namesOf: (facts: FlowFacts) => string[],
  isFree: (f: FlowFacts) => boolean,
) {
  const kept = new Map<number, Set<string>>()
  const totals = new Map<string, [number, number]>()
  for (const { partition, facts } of list) {
    const names = kept.get(partition) ?? new Set()
    kept.set(partition, names)
    for (const name of namesOf(facts)) {
      if (!names.has(name) && names.size >= 3 && !isFree(facts)) continue
      names.add(name)
      const [flows, bytes] = totals.get(name) ?? [0, 0]
      totals.set(name, [flows + 1, bytes + facts.record.orig_bytes + facts.record.resp_bytes])
    }
  }
  return totals
}

/** One record as numbers: talkers from 10.0.0.0 on by `orig` and `resp`, ports by `port`. */
function numbers(says: Partial<FlowNumbers> & { port: number; hosts: [number, number] }): FlowNumbers {
  const nameOf = (name: Int32Array) => formatAddress(4, name[1], name[2], name[3], name[4])
  const [orig, resp] = says.hosts.map(host => Int32Array.of(4, 0, 0, 0, 0x0a000000 + host))
  return {
    final: true,
    isEvicted: false,
    isCut: false,
    bytes: 100,
    saying: 0,
    isInferred: false,
    service: says.port,
    isRecognised: false,
    orig,
    resp,
    formerExceptions: undefined,
    facts: () =>
      flow({
        service: undefined,
        resp_port: says.port,
        orig_addr: nameOf(orig),
        resp_addr: nameOf(resp),
        orig_bytes: 100,
        resp_bytes: 0,
      }),
    nameOf,
    ...says,
  }
}

describe('tallies of numbers', () => {
  it('are those of records, for very many names and beyond the bounds', () => {
    for (const bounds of [{}, { mostServices: 40, mostTalkers: 700 }]) {
      const [counted, told] = [new Tallies(bounds), new Tallies(bounds)]
      for (let i = 0; i < 12_000; i++) {
        const one = numbers({ port: (i * 7) % 3001, hosts: [(i * 31) % 9001, i % 257] })
        counted.add(one, i % 3)
        told.flow(one.facts(), i % 3)
      }
      const [a, b] = [counted.state(), told.state()]
      expect(byName(a.talkers)).toEqual(byName(b.talkers))
      expect(byName(a.services)).toEqual(byName(b.services))
      expect(a.cases).toEqual(b.cases)
    }
  })

  it('ask for the words of each number once', () => {
    const tallies = new Tallies()
    let asked = 0
    for (let i = 0; i < 100; i++) {
      const one = numbers({ port: 1 + (i % 4), saying: i % 5, hosts: [1, 2] })
      const facts = (): FlowFacts => {
        asked++
        return one.facts()
      }
      tallies.add({ ...one, facts }, 0)
    }
    expect(asked).toBe(4 + 5)
  })
})

describe('tallies', () => {
  it('come to the same however partitions are spread over threads, also beyond the bounds', () => {
    fc.assert(
      fc.property(run, spread, (list, how) => {
        const whole = tallied(list)
        const parts = deal(list, how).map(tallied)
        const sum = summed(parts)
        expect({ ...sum, cases: byText(sum.cases), services: 0, talkers: 0 }).toEqual({
          ...whole,
          cases: byText(whole.cases),
          services: 0,
          talkers: 0,
        })
        expect(byName(sum.services)).toEqual(byName(whole.services))
        expect(byName(sum.talkers)).toEqual(byName(whole.talkers))
        expect(summaryOf(parts)).toBe(summaryOf([whole]))
      }),
      { numRuns: 300 },
    )
  })

  it('keep the first names of each partition, and recognised services always', () => {
    fc.assert(
      fc.property(run, list => {
        const { services, talkers } = tallied(list)
        const counted = list.filter(({ facts: { record } }) => record.final && record.type === 'flow')
        const ends = ({ record }: FlowFacts) => [
          ...new Set([record.orig_addr ?? record.orig_mac!, record.resp_addr!]),
        ]
        expect(byName(talkers)).toEqual(naiveTotals(counted, ends, () => false))
        expect(byName(services)).toEqual(
          naiveTotals(
            counted,
            ({ record }) => [serviceLabel(record)],
            ({ record }) => record.service !== undefined,
          ),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('have a bound for each partition', () => {
    const from = (partition: number, ...hosts: number[]): Seen[] =>
      hosts.map(i => ({ partition, facts: flow({ orig_addr: `10.0.0.${i}`, resp_addr: '10.0.0.1' }) }))
    const list = [...from(0, 2, 3, 4, 5), ...from(7, 4, 6, 3, 2)]
    expect(byName(tallied(list).talkers)).toEqual(
      new Map([
        ['10.0.0.2', [1, 11_200]],
        ['10.0.0.1', [8, 89_600]],
        ['10.0.0.3', [1, 11_200]],
        ['10.0.0.4', [1, 11_200]],
        ['10.0.0.6', [1, 11_200]],
      ]),
    )
  })

  it('are the same to a summary as its own records', () => {
    const model = plant()
    const facts = [flow({ final: false, conduit: 'C-02', channel: 'trip' }), flow(), flow({ type: 'tunnel' })]
    const own = new SummaryBuilder({ version: '0.1.0', model })
    const other = new SummaryBuilder({ version: '0.1.0', model })
    const tallies = new Tallies()
    for (const [i, f] of facts.entries()) {
      own.flow(f, i)
      if (i === 0) other.flow(f)
      else tallies.flow(f, i)
    }
    other.absorb(tallies.state())
    const end = { frames: frames(), files: [], bytes: 0, span: 0, findings: [] }
    expect(other.build(end)).toEqual(own.build(end))
    expect(own.build(end).flows.total).toBe(1)
    expect(own.build(end).conduits[1].channels).toEqual([{ channel: 'trip', state: 'observed', flows: 0 }])
  })

  it('tell apart what differs in one word', () => {
    const words = {
      type: 'flow',
      verdict: 'exception',
      worst_verdict: 'exception',
      reason: 'related',
      orig_zone: 'office',
      resp_zone: 'control',
      conduit: 'a',
      channel: 'b',
      exception: 'a',
    } as const
    const tallies = new Tallies()
    tallies.flow(flow(words))
    tallies.flow(flow({ ...words, final: false }))
    for (const word of ['reason', 'orig_zone', 'resp_zone', 'conduit', 'channel', 'exception'])
      tallies.flow(flow({ ...words, [word]: undefined }))
    tallies.flow(flow({ ...words, type: 'tunnel', reason: undefined }))
    tallies.flow(flow({ ...words, worst_verdict: 'unzoned' }))
    expect(tallies.state().cases.map(c => c.ended)).toEqual(Array(9).fill(1))
  })

  it('give a state that later records do not change', () => {
    const tallies = new Tallies()
    tallies.flow(flow(), 3)
    const state = tallies.state()
    const before = structuredClone(state)
    tallies.flow(flow({ orig_addr: '10.0.0.9' }), 3)
    tallies.flow(flow(), 3)
    expect(state).toEqual(before)
  })
})
