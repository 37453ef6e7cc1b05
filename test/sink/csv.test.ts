import { describe, expect, it } from 'vitest'
import { CSV_COLUMNS, csvHeader, csvRow } from '../../src/sink/csv.ts'
import { flow } from '../support/records.ts'

/** Splits one RFC 4180 row into cells. */
const cells = (row: string): string[] =>
  [...row.replace(/\r\n$/, '').matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(
    m => m[1]?.replaceAll('""', '"') ?? m[2],
  )
const cell = (says: Parameters<typeof flow>[0], column: string) =>
  cells(csvRow(flow(says).record))[CSV_COLUMNS.indexOf(column)]

describe('csv', () => {
  it('has a header, as many cells in every row, and CRLF line ends', () => {
    expect(csvHeader()).toMatch(/^type,flow_id,.*,policy_id\r\n$/)
    expect(new Set(CSV_COLUMNS).size).toBe(CSV_COLUMNS.length)
    const row = csvRow(flow({ service: 'a,b' }).record)
    expect(row.endsWith('\r\n')).toBe(true)
    expect(cells(row)).toHaveLength(CSV_COLUMNS.length)
  })

  it('has a column for every plain key of the record', () => {
    const nested = new Set(['final', 'context', 'nat', 'actions'])
    for (const key of Object.keys(flow({ ethertype: 1, parent: 'x', inferred: true, icmp_type: 1 }).record)) {
      if (!nested.has(key)) expect(CSV_COLUMNS).toContain(key)
    }
  })

  it('flattens what is nested and leaves absent cells empty', () => {
    expect(cell({ context: { vlans: [100, 201], vni: 7, tap: 'esx-a' } }, 'vlans')).toBe('100.201')
    expect(cell({ seen_in: [{ vlans: [100] }, { vlans: [201], tap: 'b' }] }, 'seen_in')).toBe(
      'vlans=100;vlans=201 tap=b',
    )
    expect(cell({ actions: { 'modbus:read': 412, 'modbus:write': 3 } }, 'actions')).toBe(
      'modbus:read=412;modbus:write=3',
    )
    expect(cell({ nat: { outside: 'a', inside: 'b' } }, 'nat_inside')).toBe('b')
    expect(cell({}, 'vni')).toBe('')
  })

  it('quotes commas, quotes and line ends', () => {
    expect(csvRow(flow({ service: 'a "b", c\nd' }).record)).toContain(',"a ""b"", c\nd",')
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
    'lets no spreadsheet take %j for a formula',
    text => {
      expect(cell({ service: text }, 'service')).toBe(`'${text}`)
    },
  )
})
