import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { golden, goldenOnDisk, type Judged, judge } from '../captures/golden.ts'
import { differences, judgedScenarios, scenarios } from '../captures/make.ts'
import { checkPolicy } from '../src/policy/check.ts'
import { compilePolicy } from '../src/policy/compile.ts'
import { runExpectations } from '../src/policy/expect.ts'
import { exitStatus } from '../src/summary.ts'
import { findingStatements, isAbout, isMeant, readExpected, statements } from './support/expected.ts'

const captures = join(import.meta.dirname, '..', 'captures')

test('there are scenarios', () => expect(scenarios().length).toBeGreaterThanOrEqual(22))

test.each(scenarios())('%s: its captures are what make.ts builds', async scenario => {
  expect(await differences(scenario)).toEqual([])
})

describe.each(judgedScenarios())('%s', scenario => {
  const folder = join(captures, scenario)
  const expected = readExpected(folder)
  let judged: Judged
  beforeAll(async () => {
    judged = await judge(scenario)
  })

  test('its policy has no mistakes, and answers its own questions', () => {
    const { model, issues } = checkPolicy(readFileSync(join(folder, 'site.yaml'), 'utf8'), 'site.yaml')
    expect(issues.filter(issue => issue.severity === 'error')).toEqual([])
    const at = Date.parse(judged.summary.start!) / 1000
    const { total, issues: failed } = runExpectations(compilePolicy(model!), at)
    expect(failed.map(issue => issue.message)).toEqual([])
    expect(total).toBeGreaterThan(0)
  })

  test('its golden is what the program says', async () => {
    for (const [name, text] of await golden(scenario)) expect(goldenOnDisk(scenario, name), name).toBe(text)
  })

  test('its README and expected.yaml speak of the same verdicts, conduits and exceptions', () => {
    const table = readFileSync(join(folder, 'README.md'), 'utf8')
      .split('\n')
      .filter(line => line.startsWith('|'))
    const column = table[0].split('|').findIndex(head => head.trim() === 'verdict')
    const verdicts = table.slice(2).map(line => line.split('|')[column].trim().split(/[ ,]/)[0])
    expect(new Set(verdicts)).toEqual(new Set(expected.flows.map(row => row.verdict)))
    const ids = (text: string): Set<string> => new Set(text.match(/\b(C-\d+|EX-\d+-\d+)\b/g))
    expect(ids(table.join('\n'))).toEqual(ids(JSON.stringify([expected.flows, expected.findings])))
  })

  test('what must be said of each conversation is said', () => {
    const final = judged.flows.filter(record => record.final)
    for (const record of final) {
      const rows = expected.flows.filter(row => isMeant(row, record))
      expect(rows, `rows for ${JSON.stringify(record)}`).toHaveLength(1)
      const [wanted, said] = statements(rows[0], record)
      expect(said, rows[0].flow).toEqual(wanted)
    }
    for (const row of expected.flows) {
      const records = final.filter(record => isMeant(row, record)).length
      if (row.records === undefined) expect(records, row.flow).toBeGreaterThan(0)
      else expect(records, row.flow).toBe(row.records)
    }
  })

  test('what must be found is found, and nothing else', () => {
    for (const finding of judged.findings) {
      const rows = expected.findings.filter(row => isAbout(row, finding))
      expect(rows, `rows for ${finding.message}`).toHaveLength(1)
      const [wanted, said] = findingStatements(rows[0], finding)
      expect(said, finding.message).toEqual(wanted)
    }
    for (const row of expected.findings) {
      const findings = judged.findings.filter(finding => isAbout(row, finding)).length
      expect(findings, row.about).toBe(row.times ?? 1)
    }
  })

  test('the summary and the exit status say what they must', () => {
    const { summary } = judged
    expect(exitStatus(summary)).toBe(expected.exit)
    expect(readFileSync(join(folder, 'README.md'), 'utf8').replaceAll('\n', ' ')).toMatch(
      new RegExp(`[Ee]xit status ${expected.exit}\\b`),
    )
    expect(summary.complete).toBe(expected.complete ?? true)
    const { received, decoded, placed, ...classes } = summary.frames
    expect(received).toBe(decoded + Object.values(classes).reduce((sum, frames) => sum + frames, 0))
    expect(decoded).toBe(Object.values(placed).reduce((sum, frames) => sum + frames, 0))
    expect(summary.files.reduce((sum, file) => sum + file.frames, 0)).toBe(received)
    if (expected.frames !== undefined) expect(received).toBe(expected.frames)
    const damaged = summary.files.flatMap(({ name, damage }) => damage.map(({ offset }) => [name, offset]))
    expect(Object.fromEntries(damaged)).toEqual(expected.damaged ?? {})
    if (expected.every_channel !== undefined) {
      const states = summary.conduits.flatMap(({ channels }) => channels.map(({ state }) => state))
      expect(new Set(states)).toEqual(new Set([expected.every_channel]))
    }
    expect(summary.exceptions).toMatchObject(expected.exceptions ?? summary.exceptions)
  })

  const { alone } = expected
  if (alone === undefined) return
  test.each(Object.entries(alone))('%s by itself has exit status %i', async (name, status) => {
    const { summary } = await judge(scenario, [name])
    expect(exitStatus(summary)).toBe(status)
    expect(summary.complete).toBe(!(name in (expected.damaged ?? {})))
  })
})
