import { count, counted } from '../finding/words.ts'
import type { Question, Run, Runner } from './child.ts'

/** A capture to measure on. */
export interface Subject {
  name: string
  capture: string
  policy?: string
  /** frames it holds, where that is known */
  frames?: number
}

/** All runs on one capture; the runs of all subjects measured together have the same numbers. */
export interface Measured {
  subject: Subject
  /** the same command on a capture without frames */
  startups: Run[]
  series: { workers: number; runs: Run[] }[]
}

export interface Plan {
  /** the first is what the others are compared with */
  workers: readonly number[]
  runs: number
  /** a capture without frames */
  empty: string
  run: Runner
  /** told before each run what it is: subject, and its number, 0 while nothing is measured yet */
  onRun?: (subject: Subject, workers: number, run: number) => void
}

/**
 * Measures subjects side by side: once everything unmeasured, so that files and program are in memory, then round after
 * round one run of each subject with each number of workers. What disturbs the machine for a while disturbs all alike.
 */
export async function measure(subjects: readonly Subject[], plan: Plan): Promise<Measured[]> {
  const { workers, runs, run, empty, onRun } = plan
  const all = subjects.map(subject => ({
    subject,
    startups: [] as Run[],
    series: workers.map(number => ({ workers: number, runs: [] as Run[] })),
  }))
  const ask = (subject: Subject, number: number, capture: string): Question =>
    subject.policy === undefined
      ? { capture, workers: number }
      : { capture, workers: number, policy: subject.policy }
  for (let round = 0; round <= runs; round++) {
    for (const { subject, startups, series } of all) {
      onRun?.(subject, workers[0], round)
      const startup = await run(ask(subject, workers[0], empty))
      if (round > 0) startups.push(startup)
      for (const one of series) {
        onRun?.(subject, one.workers, round)
        const measured = await run(ask(subject, one.workers, subject.capture))
        if (round > 0) one.runs.push(measured)
      }
    }
  }
  return all
}

/** The middle value; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length & 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Sentences on runs that do not agree: results never depend on the number of workers. */
export function disagreements({ subject, series }: Measured): string[] {
  const found = new Set<string>()
  const first = series[0].runs[0].answer
  const expected = subject.frames ?? first.frames
  for (const { workers, runs } of series) {
    const who = `analyze with ${counted(workers, 'worker')}`
    for (const { answer } of runs) {
      if (answer.frames !== expected)
        found.add(`${subject.name}: ${who} counted ${count(answer.frames)} of ${counted(expected, 'frame')}`)
      else if (answer.digest !== first.digest)
        found.add(`${subject.name}: ${who} gave another summary than with ${series[0].workers}`)
    }
  }
  return [...found]
}
