import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Assets } from '../../src/asset/assets.ts'
import { CSV_COLUMNS } from '../../src/sink/csv.ts'
import { plantRun } from '../support/plant-run.ts'
import { flow } from '../support/records.ts'

const doc = readFileSync(new URL('../../docs/outputs.md', import.meta.url), 'utf8')

it('docs/outputs.md lists the CSV columns in their order', () => {
  const columns = doc.slice(doc.indexOf('The columns, in order:')).match(/`[a-z0-9_`,\s]+`\./)![0]
  expect([...columns.matchAll(/`([a-z0-9_]+)`/g)].map(m => m[1])).toEqual([...CSV_COLUMNS])
})

it('docs/outputs.md names every key of findings, assets and the summary', () => {
  const { summary, findings } = plantRun()
  const assets = new Assets()
  assets.observe(flow({}))
  for (const record of [summary, summary.frames, summary.files[0], findings[0], assets.records()[0]]) {
    for (const key of Object.keys(record)) expect(doc).toContain(`\`${key}\``)
  }
  for (const { kind } of findings) expect(doc).toContain(`| \`${kind}\` |`)
})
