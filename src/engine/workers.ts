import { closeSync, openSync, readSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { findInputs, type Input } from '../capture/inputs.ts'
import { averageRecord } from '../capture/record-size.ts'
import { PARTITIONS } from '../flow/table.ts'

/** Frames from which threads are worth their start (docs/decisions/0007). */
const THREADS_FROM = 5_000_000
/** Bytes of a capture that are looked at to tell how many frames it has. */
const LOOK = 64 * 1024
/** A guess where that does not tell. */
const USUAL_RECORD = 256

/**
 * Worker threads to judge `captures` in: one that reads, and the others to follow flows; 1 = none, all is done in the
 * thread that asks. `wanted` is what the user said, by the machine when absent: never more than the flow table has
 * partitions to deal out, and one where the input has few frames, or grows.
 */
export function workersFor(
  captures: readonly string[],
  wanted: number | undefined,
  threadsFrom = THREADS_FROM,
): number {
  const workers = Math.min(wanted ?? availableParallelism(), PARTITIONS + 1)
  return workers > 1 && framesOf(captures) >= threadsFrom ? workers : 1
}

/** About how many frames captures have; -1 where one of them grows, for then it comes slower than one thread judges. */
function framesOf(paths: readonly string[]): number {
  const { list } = findInputs(paths)
  if (list.some(({ kind }) => kind === 'pipe' || kind === 'device' || kind === 'stdin')) return -1
  const largest = list.reduce<Input | undefined>(
    (a, b) => (a === undefined || b.size > a.size ? b : a),
    undefined,
  )
  const bytes = list.reduce((sum, { size }) => sum + size, 0)
  return largest === undefined ? 0 : bytes / (recordOf(largest.path) ?? USUAL_RECORD)
}

function recordOf(path: string): number | undefined {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = new Uint8Array(LOOK)
      return averageRecord(bytes.subarray(0, readSync(file, bytes, 0, LOOK, 0)))
    } finally {
      closeSync(file)
    }
  } catch {
    // whoever reads it will say why it cannot be read
    return undefined
  }
}
