import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender, Places } from './contenders.ts'
import { run, type Said } from './run.ts'
import type { Seen } from './seen.ts'

/** Runs of one contender on one capture. */
export interface Runs {
  contender: Contender
  /** wall time of each run */
  seconds: number[]
  /** processor time of each run; empty where the system does not tell */
  cpu: number[]
  /** for each of ours: wall time of each run over that of the run of ours just before it */
  ratios: number[][]
  seen: Seen
  /** why there are no figures, or none that hold */
  failure?: string
}

/** What all runs are about. */
export type Given = Omit<Places, 'folder'>

/** How often each was run at least: a median of fewer says little. */
export const LEAST_RUNS = 5

/**
 * Runs each peer `times` times, and before each run of a peer all of ours, so that what is compared ran in the same moments. The
 * first result is ours[0], then the other ones of ours, then the peers. A peer that fails is left out from then on, with its reason;
 * throws where one of ours fails.
 */
export async function measure(
  given: Given,
  ours: readonly Contender[],
  peers: readonly Contender[],
  times: number,
  scratch: string,
  onRun: (name: string, round: number, said: Said) => void = () => {},
): Promise<Runs[]> {
  const all = [...ours, ...peers].map<Runs>(contender => ({
    contender,
    seconds: [],
    cpu: [],
    ratios: ours.map(() => []),
    seen: {},
  }))
  const once = async (runs: Runs, round: number): Promise<void> => {
    const said = await runOnce(runs, given, scratch)
    onRun(runs.contender.name, round, said)
  }
  const [first, ...rest] = all.slice(0, ours.length)
  const theirs = all.slice(ours.length)
  for (let round = 1; round <= times; round++) {
    for (const peer of theirs.length === 0 ? [undefined] : theirs) {
      if (peer?.failure !== undefined) continue
      await once(first, round)
      for (const other of rest) {
        await once(other, round)
        other.ratios[0].push(other.seconds.at(-1)! / first.seconds.at(-1)!)
      }
      if (peer === undefined) continue
      try {
        await once(peer, round)
        for (const [i, own] of [first, ...rest].entries())
          peer.ratios[i].push(peer.seconds.at(-1)! / own.seconds.at(-1)!)
      } catch (error) {
        peer.failure = error instanceof Error ? error.message : String(error)
      }
    }
  }
  return all
}

async function runOnce(runs: Runs, given: Given, scratch: string): Promise<Said> {
  const { contender } = runs
  const folder = mkdtempSync(join(scratch, 'run-'))
  try {
    const places = { ...given, folder }
    const said = await run(contender.program, contender.words(places))
    if (!(contender.fine ?? [0]).includes(said.status ?? -1)) {
      const last = said.stderr.replaceAll(given.capture, 'CAPTURE').trimEnd().split('\n').at(-1)
      throw new Error(`${contender.name} ended with status ${said.status}: ${last}`)
    }
    runs.seen = await contender.seen(said, places)
    runs.seconds.push(said.seconds)
    if (said.cpu !== undefined) runs.cpu.push(said.cpu)
    return said
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The middle value, or the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
