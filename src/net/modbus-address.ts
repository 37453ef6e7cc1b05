/**
 * Modbus addresses as people write them: the number of a table (0 coils, 1 discrete inputs, 3 input registers, 4 holding
 * registers), then the element counted from 1, in five digits or, beyond 9999, in six (MODBUS Application Protocol
 * Specification V1.1b3, section 4.4; the notation is older than it).
 */

const FIVE = 10_000
const SIX = 100_000
const MOST_FIVE = 9_999
const MOST_SIX = 65_536

/** The number of offset 0..65535 in a table; undefined where the table has no notation. */
export function modbusNumber(table: number, offset: number): number | undefined {
  if (table !== 0 && table !== 1 && table !== 3 && table !== 4) return undefined
  const element = offset + 1
  return element <= MOST_FIVE ? table * FIVE + element : table * SIX + element
}

/** A stretch of one table, by offsets. */
export interface ModbusRange {
  table: number
  first: number
  last: number
}

/** The stretches of tables that the numbers `first` to `last` stand for; none where they stand for nothing. */
export function modbusRanges(first: number, last: number): ModbusRange[] {
  const ranges: ModbusRange[] = []
  for (const table of [0, 1, 3, 4]) {
    for (const [scale, most] of [
      [FIVE, MOST_FIVE],
      [SIX, MOST_SIX],
    ]) {
      // six digits of a coil are five or fewer: only what five cannot say
      const low = Math.max(first, table * scale + (table === 0 && scale === SIX ? 50_000 : 1))
      const high = Math.min(last, table * scale + most)
      if (low <= high) ranges.push({ table, first: low - table * scale - 1, last: high - table * scale - 1 })
    }
  }
  return ranges
}
