import { availableParallelism } from 'node:os'
import { findInputs } from '../capture/inputs.ts'
import { PARTITIONS } from '../flow/table.ts'

/** Bytes of input from which threads are worth their start (docs/decisions/0007). */
const THREADS_FROM = 24 << 20

/**
 * Worker threads to judge `captures` in: one that reads, and the others to follow flows; 1 = none, all is done in the
 * thread that asks. `wanted` is what the user said, by the machine when absent: never more than the flow table has
 * partitions to deal out, and one where the input is small or grows.
 */
export function workersFor(
  captures: readonly string[],
  wanted: number | undefined,
  threadsFrom = THREADS_FROM,
): number {
  const workers = Math.min(wanted ?? availableParallelism(), PARTITIONS + 1)
  return workers > 1 && bytesOf(captures) >= threadsFrom ? workers : 1
}

/** Bytes of the captures that are files; 0 where one of them grows, for then it comes slower than one thread judges. */
function bytesOf(paths: readonly string[]): number {
  const { list } = findInputs(paths)
  const grows = list.some(({ kind }) => kind === 'pipe' || kind === 'device' || kind === 'stdin')
  return grows ? 0 : list.reduce((bytes, { size }) => bytes + size, 0)
}
