import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Run } from './child.ts'
import { type Measured, median } from './measure.ts'

/** Preamble, start delimiter and inter-packet gap of Ethernet (IEEE 802.3): 7 + 1 + 12 bytes for each frame. */
export const WIRE_OVERHEAD = 20

/** `-f json`: keys in this order, absent rather than null. */
export interface BenchDocument {
  type: 'bench'
  version: string
  machine: { cpu: string; cores: number; memory_bytes: number; platform: string; node: string }
  runs: number
  workers: number[]
  results: Result[]
  /** sentences on runs that do not agree; their figures are worth nothing */
  faults: string[]
}

export interface Result {
  /** one of the two */
  mix?: string
  capture?: string
  policy?: string
  frames: number
  /** on the wire, as the capture says */
  bytes: number
  /** of the capture as it is stored */
  file_bytes: number
  flows: number
  /** false where the capture is damaged: what could be read was measured */
  complete: boolean
  startup: { seconds: number; cpu_seconds: number }
  measured: Figures[]
  against?: { mix: string; times: { workers: number; time?: number; cpu?: number }[] }
}

/** Medians of the runs with one number of workers, start-up included; peak memory is the most of all runs. */
export interface Figures {
  workers: number
  seconds: number
  frames_per_second: number
  wire_bits_per_second: number
  file_bytes_per_second: number
  cpu_ns_per_frame: number
  peak_memory_bytes: number
  /** how many times faster than with the first number of workers */
  speedup: number
  /** each run, in the order in which they were made */
  runs: { seconds: number; cpu_seconds: number }[]
}

export const machine = (): BenchDocument['machine'] => ({
  cpu: cpus()[0]?.model.trim().replace(/\s+/g, ' ') || 'unknown processor',
  cores: availableParallelism(),
  memory_bytes: totalmem(),
  platform: `${process.platform} ${process.arch}`,
  node: process.versions.node,
})

/** What was measured on one capture; `other` is what was measured beside it to compare with. */
export function resultOf(measured: Measured, isMix: boolean, other?: Measured): Result {
  const { subject, startups, series } = measured
  const [{ answer }] = series[0].runs
  const { name, policy } = subject
  return {
    ...(isMix ? { mix: name } : { capture: name, ...(policy === undefined ? {} : { policy }) }),
    frames: answer.frames,
    bytes: answer.bytes,
    file_bytes: answer.fileBytes,
    flows: answer.flows,
    complete: answer.complete,
    startup: {
      seconds: round(median(startups.map(seconds)), 4),
      cpu_seconds: round(median(startups.map(cpu)), 4),
    },
    measured: series.map((_, i) => figuresOf(measured, i)),
    ...(other === undefined ? {} : { against: againstOf(measured, other) }),
  }
}

/** The whole document. */
export function documentOf(
  version: string,
  workers: readonly number[],
  runs: number,
  results: Result[],
  faults: string[],
): BenchDocument {
  return { type: 'bench', version, machine: machine(), runs, workers: [...workers], results, faults }
}

const seconds = (run: Run): number => run.seconds
const cpu = (run: Run): number => run.cpuSeconds

function figuresOf({ series }: Measured, index: number): Figures {
  const { workers, runs } = series[index]
  const { frames, bytes, fileBytes } = runs[0].answer
  const time = median(runs.map(seconds))
  return {
    workers,
    seconds: round(time, 4),
    frames_per_second: Math.round(frames / time),
    wire_bits_per_second: Math.round(((bytes + WIRE_OVERHEAD * frames) * 8) / time),
    file_bytes_per_second: Math.round(fileBytes / time),
    cpu_ns_per_frame: frames === 0 ? 0 : round((median(runs.map(cpu)) / frames) * 1e9, 1),
    peak_memory_bytes: Math.max(...runs.map(run => run.peakMemory)),
    speedup: round(median(runs.map((run, i) => series[0].runs[i].seconds / run.seconds)), 3),
    runs: runs.map(run => ({ seconds: round(run.seconds, 4), cpu_seconds: round(run.cpuSeconds, 4) })),
  }
}

/**
 * Time and CPU of a frame as multiples of the other's, both without start-up: with 10,000 conduits to read it is longer,
 * which says nothing about frames. Left out where the frames took no longer than the start.
 */
function againstOf(measured: Measured, other: Measured): NonNullable<Result['against']> {
  const times = measured.series.map(({ workers }, i) => {
    const time = ratio(measured, other, i, seconds)
    const cpuTime = ratio(measured, other, i, cpu)
    return {
      workers,
      ...(time === undefined ? {} : { time }),
      ...(cpuTime === undefined ? {} : { cpu: cpuTime }),
    }
  })
  return { mix: other.subject.name, times }
}

/** The median over the rounds of the ratio of two runs side by side. */
function ratio(a: Measured, b: Measured, index: number, of: (run: Run) => number): number | undefined {
  const cost = ({ series, startups }: Measured): number[] => {
    const start = median(startups.map(of))
    return series[index].runs.map(run => (of(run) - start) / run.answer.frames)
  }
  const [mine, others] = [cost(a), cost(b)]
  if ([...mine, ...others].some(value => !(value > 0))) return undefined
  return round(median(mine.map((value, i) => value / others[i])), 3)
}

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals))
