import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as R from '../../src/flow/row.ts'
import {
  BYTES_PER_FLOW,
  END_EVICTED,
  END_IDLE,
  FlowTable,
  PARTITIONS,
  partitionOf,
} from '../../src/flow/table.ts'
import { mix, pairHash } from '../../src/net/hash.ts'

interface Key {
  a: number
  b: number
  ports: number
  context: number
}

const KIND = (R.KIND_V4 << R.KIND_SHIFT) | 17
const LIMITS = Int32Array.of(300, 60, 60, 120, 60, 5)
const hashesOf = ({ a, b, ports }: Key): [number, number] => {
  const pair = pairHash(a, b)
  return [partitionOf(pair), mix(mix(pair, ports), KIND)]
}
const find = (table: FlowTable, key: Key): number =>
  table.find(...hashesOf(key), key.a, key.b, key.ports, KIND, key.context)

function insert(table: FlowTable, key: Key, now = 0): number {
  const row = table.insert(...hashesOf(key), key.a, key.b, key.ports, KIND, key.context, now)
  table.hot[row * R.HOT_WORDS + R.LAST_SECONDS] = now
  return row
}

/** Keys whose addresses all lie in one partition, so that it can be filled. */
function* inOnePartition(): Generator<Key> {
  for (let i = 0; ; i++) {
    const key = { a: i, b: 0x0a000001, ports: i, context: 0 }
    if (hashesOf(key)[0] === 3) yield key
  }
}

const take = (n: number): Key[] => [...inOnePartition().take(n)]

describe('flow table', () => {
  it('finds what was inserted, by context too, and tells another context’s row', () => {
    const table = new FlowTable(1024, LIMITS, () => {})
    const key = { a: 1, b: 2, ports: 3, context: 0 }
    expect(find(table, key)).toBe(-1)
    const row = insert(table, key)
    expect(find(table, key)).toBe(row)
    expect(find(table, { ...key, context: 7 })).toBe(-1)
    expect(table.candidate).toBe(row)
    const other = insert(table, { ...key, context: 7 })
    expect(other).not.toBe(row)
    expect(find(table, { ...key, context: 7 })).toBe(other)
    expect(find(table, { ...key, ports: 4 })).toBe(-1)
    expect(table.candidate).toBe(-1)
    expect(table.size).toBe(2)
  })

  it('gives rows whose columns are zero, even after others used them', () => {
    const table = new FlowTable(16, LIMITS, () => {})
    const [key] = take(1)
    const row = insert(table, key)
    table.cold.fill(9)
    table.sums.fill(9)
    table.hot[row * R.HOT_WORDS + R.STATE] = 9
    table.end(row, END_IDLE)
    const again = insert(table, key)
    expect(again).toBe(row)
    const from = row * R.SUM_DOUBLES
    expect([...table.sums.subarray(from, from + R.SUM_DOUBLES)]).toEqual(new Array(R.SUM_DOUBLES).fill(0))
    expect(table.hot[row * R.HOT_WORDS + R.STATE]).toBe(0)
    expect(table.cold[row * R.COLD_WORDS + R.RETRANS]).toBe(0)
    expect(table.cold[row * R.COLD_WORDS + R.SERIAL]).toBe(PARTITIONS * 2 + 3)
  })

  it('does as a map does, whatever is inserted and ended', () => {
    // few addresses and ports: long runs of colliding keys, and a partition whose index grows
    const key = fc.record({ a: fc.nat(3), b: fc.nat(40), ports: fc.nat(30), context: fc.nat(1) })
    const steps = fc.array(fc.tuple(key, fc.boolean()), { minLength: 50, maxLength: 800 })
    fc.assert(
      fc.property(steps, list => {
        const table = new FlowTable(1 << 14, LIMITS, () => {})
        const rows = new Map<string, number>()
        for (const [key, ends] of list) {
          const name = JSON.stringify(key)
          const row = find(table, key)
          expect(row).toBe(rows.get(name) ?? -1)
          if (row < 0) rows.set(name, insert(table, key))
          else if (ends) {
            table.end(row, END_IDLE)
            rows.delete(name)
          }
        }
        expect(table.size).toBe(rows.size)
        expect(new Set(table.rows())).toEqual(new Set(rows.values()))
        for (const [name, row] of rows) expect(find(table, JSON.parse(name))).toBe(row)
      }),
      { numRuns: 60, interruptAfterTimeLimit: 8000 },
    )
  })

  it('keeps every row when its index grows', () => {
    const table = new FlowTable(PARTITIONS * 5000, LIMITS, () => {})
    const keys = take(5000)
    const rows = keys.map(key => insert(table, key))
    expect(new Set(rows).size).toBe(5000)
    expect(keys.map(key => find(table, key))).toEqual(rows)
    for (let i = 0; i < 5000; i += 2) table.end(rows[i], END_IDLE)
    expect(keys.map(key => find(table, key))).toEqual(rows.map((row, i) => (i % 2 ? row : -1)))
  })

  it('has sixteen partitions with a budget each', () => {
    const quiet: number[] = []
    const table = new FlowTable(16 * 10, LIMITS, (row, reason) => quiet.push(reason, row))
    const ended: number[] = []
    const full = new FlowTable(16 * 10, LIMITS, (row, reason) => ended.push(reason, row))
    for (const key of take(10)) insert(table, key)
    expect(quiet).toEqual([])
    for (const key of take(11)) insert(full, key)
    expect(ended).toHaveLength(2)
    expect(ended[0]).toBe(END_EVICTED)
    for (const row of table.rows()) expect(Math.floor(row / 10)).toBe(3)
  })

  it('rounds its size up to whole partitions', () => {
    expect(new FlowTable(1, LIMITS, () => {}).rowsPerPartition).toBe(1)
    expect(new FlowTable(17, LIMITS, () => {}).rowsPerPartition).toBe(2)
  })

  it('evicts the longest idle first, a sixteenth at a time, those with findings after all others', () => {
    const order: number[] = []
    const table = new FlowTable(PARTITIONS * 64, LIMITS, (row, reason) => {
      expect(reason).toBe(END_EVICTED)
      order.push(row)
    })
    const keys = take(64 + 60)
    const rows = keys.slice(0, 64).map((key, i) => insert(table, key, 100 + ((i * 37) % 64)))
    const hot = (row: number, cell: number): number => table.hot[row * R.HOT_WORDS + cell]
    const kept = rows.filter(row => hot(row, R.LAST_SECONDS) < 110)
    for (const row of kept) table.hot[row * R.HOT_WORDS + R.STATE] |= R.KEEP
    const times = new Map(rows.map(row => [row, hot(row, R.LAST_SECONDS)]))
    insert(table, keys[64], 150)
    // 64 >> 4 rows at once, and the next three inserts find room
    expect(order.map(row => times.get(row))).toEqual([110, 111, 112, 113])
    for (const key of keys.slice(65, 68)) insert(table, key, 150)
    expect(order).toHaveLength(4)
    insert(table, keys[68], 150)
    expect(order.map(row => times.get(row)).slice(4)).toEqual([114, 115, 116, 117])
    expect(order).toHaveLength(8)
    expect(kept.every(row => table.rows().includes(row))).toBe(true)
  })

  it('evicts those with findings when nothing else is left, the longest idle first', () => {
    const order: number[] = []
    const table = new FlowTable(PARTITIONS * 16, LIMITS, row => order.push(row))
    const rows = take(16).map((key, i) => insert(table, key, 100 - i))
    for (const row of rows) table.hot[row * R.HOT_WORDS + R.STATE] |= R.KEEP
    for (const key of take(18).slice(16)) insert(table, key, 100)
    expect(order[0]).toBe(rows[15])
  })

  it('breaks ties by the order in which flows began', () => {
    const order: number[] = []
    const table = new FlowTable(PARTITIONS * 16, LIMITS, row => order.push(row))
    const rows = take(16).map(key => insert(table, key, 100))
    for (const key of take(17).slice(16)) insert(table, key, 100)
    expect(order).toEqual([rows[0]])
  })

  it('ends what is over as its hand meets it', () => {
    const ended: number[] = []
    const table = new FlowTable(PARTITIONS * 1000, LIMITS, (row, reason) => ended.push(reason, row))
    const keys = take(400)
    const old = keys.slice(0, 100).map(key => insert(table, key, 0))
    for (const key of keys.slice(100)) insert(table, key, 301)
    expect(ended.filter((_, i) => i % 2 === 0)).toEqual(old.map(() => END_IDLE))
    expect(table.size).toBe(300)
  })

  it('goes on after 2038 and stops only with the clock of the files', () => {
    const table = new FlowTable(64, LIMITS, () => {})
    const row = insert(table, take(1)[0], 0x7ffffff0)
    expect(table.isOver(row, 0x7ffffff0 + 300)).toBe(false)
    expect(table.isOver(row, 0x7ffffff0 + 301)).toBe(true)
    expect(table.isOver(row, 0x7ffffff0 - 5000)).toBe(false)
  })

  it('holds a million flows in 256 MB', () => {
    const table = new FlowTable(1_000_000, LIMITS, () => {})
    const { hot, sums, cold, six } = table
    const columns = [hot, sums, cold].reduce((sum, column) => sum + column.byteLength, 0)
    expect(columns + six.byteLength + 8 * 1_000_000).toBeLessThanOrEqual(256 * 1024 * 1024)
    expect(BYTES_PER_FLOW * 1_000_000).toBeLessThanOrEqual(256 * 1024 * 1024)
  })
})
