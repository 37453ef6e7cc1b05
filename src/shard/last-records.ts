import * as R from '../flow/row.ts'
import { type FlowTable, PARTITIONS } from '../flow/table.ts'
import { mergedByFirst, sortByFirst } from './first-order.ts'

interface LastParts {
  table: FlowTable
  /** partition that what is told of a row belongs to, -1 = another shard tells it */
  partitionOf: (row: number) => number
  /** counts a row that ends in the totals */
  total: (row: number, partition: number) => void
  isRecorded: (row: number) => boolean
  record: (row: number) => void
}

/** Counts all rows in use and makes records of those that have one, in the order of their first frames. */
export function tellLast({ table, partitionOf, total, isRecorded, record }: LastParts): void {
  const { cold } = table
  // totals need an order within partitions only, and go through the rows as they lie in memory; records are few
  const recorded: Int32Array[] = []
  for (const [partition, rows] of rowsToTell(table, partitionOf).entries()) {
    sortByFirst(rows, cold)
    let count = 0
    // counted loops: an iterator would make an object for each of a million rows
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]
      total(row, partition)
      if (isRecorded(row)) rows[count++] = row
    }
    recorded.push(rows.subarray(0, count))
  }
  for (const row of mergedByFirst(recorded, cold)) record(row)
}

/** The rows in use that are this shard's to tell, by partition. */
function rowsToTell(table: FlowTable, partitionOf: (row: number) => number): Int32Array[] {
  const rows = table.rows()
  const counts = new Int32Array(PARTITIONS)
  for (let i = 0; i < rows.length; i++) {
    const partition = partitionOf(rows[i])
    if (partition >= 0) counts[partition]++
  }
  const lists = Array.from(counts, count => new Int32Array(count))
  counts.fill(0)
  for (let i = 0; i < rows.length; i++) {
    const partition = partitionOf(rows[i])
    if (partition >= 0) lists[partition][counts[partition]++] = rows[i]
  }
  return lists
}

/** Where the record of a row that is open at the end stands among those of all shards: by time, port and number of its first frame. */
export function lastOrder({ cold }: FlowTable, row: number): [number, number, number] {
  const c = row * R.COLD_WORDS
  const within = cold[c + R.FIRST_NANOS] * PORTS + (cold[c + R.FIRST_PORT] & R.FIRST_PORT_MASK)
  return [cold[c + R.FIRST_SECONDS] >>> 0, within, cold[c + R.FIRST_FRAME] >>> 0]
}

/** a number of a port has 16 bits */
const PORTS = 1 << 16
