import * as R from '../flow/row.ts'

/** Whether the first frame of `row` came no later than that of `other`: by time, port and number of the frame. */
function isInOrder(cold: Int32Array, row: number, other: number): boolean {
  const a = row * R.COLD_WORDS
  const b = other * R.COLD_WORDS
  let before = (cold[a + R.FIRST_SECONDS] >>> 0) - (cold[b + R.FIRST_SECONDS] >>> 0)
  if (before === 0) before = cold[a + R.FIRST_NANOS] - cold[b + R.FIRST_NANOS]
  if (before === 0)
    before = (cold[a + R.FIRST_PORT] & R.FIRST_PORT_MASK) - (cold[b + R.FIRST_PORT] & R.FIRST_PORT_MASK)
  if (before === 0) before = (cold[a + R.FIRST_FRAME] >>> 0) - (cold[b + R.FIRST_FRAME] >>> 0)
  return before <= 0
}

/**
 * Sorts rows by their first frames, in place. Rows lie in the order in which they were opened unless some were used again,
 * so the runs that are there already are merged, two by two: where there is one run, it is looked at and left alone.
 */
export function sortByFirst(rows: Int32Array, cold: Int32Array): void {
  let ends: number[] = []
  for (let i = 1; i <= rows.length; i++)
    if (i === rows.length || !isInOrder(cold, rows[i - 1], rows[i])) ends.push(i)
  if (ends.length < 2) return
  let from = rows
  let to: Int32Array = new Int32Array(rows.length)
  while (ends.length > 1) {
    const merged: number[] = []
    let start = 0
    for (let run = 0; run < ends.length; run += 2) {
      const middle = ends[run]
      const end = run + 1 < ends.length ? ends[run + 1] : middle
      mergeRuns(from, to, start, middle, end, cold)
      merged.push(end)
      start = end
    }
    ends = merged
    const swapped = from
    from = to
    to = swapped
  }
  if (from !== rows) rows.set(from)
}

/** Lists of rows that are sorted by their first frames, as one. */
export function mergedByFirst(lists: readonly Int32Array[], cold: Int32Array): Int32Array {
  const all = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  sortByFirst(all, cold)
  return all
}

/** Merges [start, middle) and [middle, end) of `from` into the same places of `to`. */
function mergeRuns(
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
  cold: Int32Array,
): void {
  let a = start
  let b = middle
  for (let i = start; i < end; i++)
    to[i] = b >= end || (a < middle && isInOrder(cold, from[a], from[b])) ? from[a++] : from[b++]
}
