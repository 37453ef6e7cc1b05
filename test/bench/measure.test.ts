import { describe, expect, it } from 'vitest'
import type { Question } from '../../src/bench/child.ts'
import { documentOf, resultOf } from '../../src/bench/document.ts'
import { disagreements, type Measured, measure, median } from '../../src/bench/measure.ts'
import { measuredOf, runOf } from './support.ts'

describe('the order of runs', () => {
  it('is one of each in turn, after one of each that is not measured', async () => {
    const asked: string[] = []
    const told: string[] = []
    const all = await measure(
      [
        { name: 'a', capture: 'a.pcap', policy: 'a.yaml' },
        { name: 'b', capture: 'b.pcap' },
      ],
      {
        workers: [1, 2],
        runs: 2,
        empty: 'empty.pcap',
        run: async ({ capture, policy = '-', workers }: Question) => {
          asked.push(`${capture} ${policy} ${workers}`)
          return runOf(asked.length)
        },
        onRun: ({ name }, workers, run) => told.push(`${name} ${workers} ${run}`),
      },
    )
    const round = [
      'empty.pcap a.yaml 1',
      'a.pcap a.yaml 1',
      'a.pcap a.yaml 2',
      'empty.pcap - 1',
      'b.pcap - 1',
      'b.pcap - 2',
    ]
    expect(asked).toEqual([...round, ...round, ...round])
    expect(told.slice(0, 3)).toEqual(['a 1 0', 'a 1 0', 'a 2 0'])
    expect(told.at(-1)).toBe('b 2 2')
    const [a, b] = all
    expect(a.startups.map(run => run.seconds)).toEqual([7, 13])
    expect(a.series.map(({ runs }) => runs.map(run => run.seconds))).toEqual([
      [8, 14],
      [9, 15],
    ])
    expect(b.series[1]).toMatchObject({ workers: 2, runs: [{ seconds: 12 }, { seconds: 18 }] })
  })
})

describe('medians', () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 100, 2], 3],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })
})

describe('runs that do not agree', () => {
  const plain = measuredOf('64', [1], { 1: [2, 2], 2: [2, 2] })
  const changed = (series: number, run: number, answer: object): Measured => {
    const copy = structuredClone(plain)
    Object.assign(copy.series[series].runs[run].answer, answer)
    return copy
  }

  it('are told, each with its number of workers', () => {
    expect(disagreements(plain)).toEqual([])
    expect(disagreements(changed(1, 1, { frames: 999_999 }))).toEqual([
      '64: analyze with 2 workers counted 999,999 of 1,000,000 frames',
    ])
    expect(disagreements(changed(0, 1, { frames: 1_000_001 }))).toEqual([
      '64: analyze with 1 worker counted 1,000,001 of 1,000,000 frames',
    ])
    expect(disagreements(changed(1, 0, { digest: 'other' }))).toEqual([
      '64: analyze with 2 workers gave another summary than with 1',
    ])
  })

  it('may be all of them, where it is known what the capture holds', () => {
    const wrong = measuredOf('64', [1], { 1: [2], 2: [2] }, 900_000)
    wrong.subject.frames = 1_000_000
    expect(disagreements(wrong)).toHaveLength(2)
    delete wrong.subject.frames
    expect(disagreements(wrong)).toEqual([])
  })
})

describe('figures', () => {
  const measured = measuredOf('64', [0.2, 0.3, 0.1], { 1: [0.7, 0.5, 0.6], 2: [0.35, 0.5, 0.4] })

  it('are medians, and rates of them', () => {
    const result = resultOf(measured, true)
    expect(result).toMatchObject({
      mix: '64',
      frames: 1_000_000,
      bytes: 64_000_000,
      file_bytes: 80_000_024,
      flows: 10_000,
      startup: { seconds: 0.2, cpu_seconds: 0.2 },
    })
    expect(result.measured[0]).toEqual({
      workers: 1,
      seconds: 0.6,
      frames_per_second: 1_666_667,
      // 64 bytes and 20 more, a million of them in 0.6 s
      wire_bits_per_second: 1_120_000_000,
      file_bytes_per_second: 133_333_373,
      cpu_ns_per_frame: 1200,
      peak_memory_bytes: 100_700_000,
      speedup: 1,
      runs: [
        { seconds: 0.7, cpu_seconds: 1.4 },
        { seconds: 0.5, cpu_seconds: 1 },
        { seconds: 0.6, cpu_seconds: 1.2 },
      ],
    })
    // 0.7 / 0.35, 0.5 / 0.5, 0.6 / 0.4
    expect(result.measured[1]).toMatchObject({ workers: 2, seconds: 0.4, speedup: 1.5 })
  })

  it('of minimum frames at 14.88 million a second are 10 Gbit/s', () => {
    const { measured } = resultOf(measuredOf('64', [0], { 1: [1] }, 14_880_952), true)
    expect(measured[0].wire_bits_per_second / 1e9).toBeCloseTo(10, 5)
  })

  it('against another mix are of a frame, without start-up', () => {
    // beyond their starts 0.4 s for a million frames, and 0.3 s for half of them
    const base = measuredOf('64', [0.2], { 1: [0.6], 2: [0.4] })
    const mix = measuredOf('vxlan', [0.3], { 1: [0.6], 2: [0.5] }, 500_000)
    expect(resultOf(mix, true, base).against).toEqual({
      mix: '64',
      times: [
        { workers: 1, time: 1.5, cpu: 1.8 },
        { workers: 2, time: 2, cpu: 2.333 },
      ],
    })
  })

  it('against another mix are left out where starting was all', () => {
    const base = measuredOf('64', [0.5], { 1: [0.5], 2: [0.9] }, 100)
    const mix = measuredOf('vlan', [0.3], { 1: [0.6], 2: [0.4] }, 100)
    expect(resultOf(mix, true, base).against!.times).toEqual([
      { workers: 1, cpu: expect.any(Number) },
      { workers: 2, time: 0.25, cpu: expect.any(Number) },
    ])
  })

  it('of a capture of the user have its name and policy', () => {
    const own = measuredOf('plant.pcap', [0.1], { 1: [0.2] })
    own.subject.policy = 'site.yaml'
    const { mix, capture, policy } = resultOf(own, false)
    expect({ mix, capture, policy }).toEqual({ mix: undefined, capture: 'plant.pcap', policy: 'site.yaml' })
  })

  it('of no frames are zero', () => {
    const [figures] = resultOf(measuredOf('none', [0.1], { 1: [0.1] }, 0), false).measured
    expect(figures).toMatchObject({ frames_per_second: 0, wire_bits_per_second: 0, cpu_ns_per_frame: 0 })
  })

  it('come with the machine they are of', () => {
    const { machine } = documentOf('1.0.0', [1], 1, [], [])
    expect(machine.cpu).not.toBe('')
    expect(machine.cores).toBeGreaterThanOrEqual(1)
    expect(machine.memory_bytes).toBeGreaterThan(1e8)
    expect(machine).toMatchObject({
      platform: `${process.platform} ${process.arch}`,
      node: process.versions.node,
    })
  })
})
