import { expect, it } from 'vitest'
import type { FindingRecord, Severity } from '../../src/records.ts'
import { type Announced, Announcer, type Change } from '../../src/watch/announcer.ts'

const MINUTE = 60_000

/** A finding whose state a test changes. */
const finding = (key: string, state: { severity: Severity; count: number }): Announced => ({
  key,
  severity: state.severity,
  count: () => state.count,
  record: () => ({ finding_id: key, severity: state.severity, count: state.count }) as FindingRecord,
})

function announcer(): { look: (now: number, ...findings: Announced[]) => [string, Change, number][] } {
  const told: [string, Change, number][] = []
  const all = new Announcer(({ finding_id, count }, change) => told.push([finding_id, change, count]))
  return {
    look(now, ...findings) {
      all.look(findings, now)
      return told.splice(0)
    },
  }
}

it('tells a finding when it is new, and not at every look', () => {
  const { look } = announcer()
  const a = { severity: 'high' as const, count: 1 }
  expect(look(0, finding('a', a))).toEqual([['a', 'new', 1]])
  expect(look(1, finding('a', a), finding('b', a))).toEqual([['b', 'new', 1]])
  expect(look(2, finding('a', { ...a, count: 2 }))).toEqual([])
})

it('tells again within a minute what has become graver, not what has become less grave', () => {
  const { look } = announcer()
  expect(look(0, finding('a', { severity: 'medium', count: 1 }))).toHaveLength(1)
  expect(look(1, finding('a', { severity: 'critical', count: 2 }))).toEqual([['a', 'graver', 2]])
  expect(look(2, finding('a', { severity: 'high', count: 3 }))).toEqual([])
  expect(look(3, finding('a', { severity: 'critical', count: 4 }))).toEqual([])
})

it('tells once a minute what goes on', () => {
  const { look } = announcer()
  const at = (now: number, count: number) => look(now, finding('a', { severity: 'low', count }))
  at(0, 1)
  expect(at(MINUTE - 1, 9)).toEqual([])
  expect(at(MINUTE, 10)).toEqual([['a', 'again', 10]])
  expect(at(2 * MINUTE - 1, 11)).toEqual([])
  expect(at(2 * MINUTE, 12)).toEqual([['a', 'again', 12]])
})

it('says nothing of what has not gone on', () => {
  const { look } = announcer()
  look(0, finding('a', { severity: 'low', count: 1 }))
  expect(look(MINUTE, finding('a', { severity: 'low', count: 1 }))).toEqual([])
  expect(look(MINUTE + 1, finding('a', { severity: 'low', count: 2 }))).toEqual([['a', 'again', 2]])
})
