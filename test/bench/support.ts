import type { Answer, Run } from '../../src/bench/child.ts'
import type { Measured } from '../../src/bench/measure.ts'

const MEGABYTE = 1_000_000

/** A run that took so long, of a capture of a million 64-byte frames unless told otherwise. */
export function runOf(seconds: number, cpuSeconds = seconds, answer: Partial<Answer> = {}): Run {
  const frames = answer.frames ?? 1_000_000
  return {
    seconds,
    cpuSeconds,
    peakMemory: Math.round(100 * MEGABYTE + seconds * MEGABYTE),
    answer: {
      frames,
      bytes: frames * 64,
      fileBytes: 24 + frames * 80,
      flows: 10_000,
      complete: true,
      digest: 'd1',
      ...answer,
    },
  }
}

/** What was measured on one capture: the seconds of each run by number of workers. */
export function measuredOf(
  name: string,
  startups: number[],
  series: Record<number, number[]>,
  frames = 1_000_000,
): Measured {
  return {
    subject: { name, capture: `${name}.pcap`, frames },
    startups: startups.map(seconds => runOf(seconds, seconds, { frames: 0 })),
    series: Object.entries(series).map(([workers, runs]) => ({
      workers: Number(workers),
      runs: runs.map(seconds => runOf(seconds, seconds * 2, { frames })),
    })),
  }
}
