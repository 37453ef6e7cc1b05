import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type BenchDocument, documentOf, resultOf } from '../../src/bench/document.ts'
import { MIXES } from '../../src/bench/mixes.ts'
import { benchReport } from '../../src/bench/report.ts'
import { measuredOf } from './support.ts'

const doc = readFileSync(new URL('../../docs/bench.md', import.meta.url), 'utf8')
const base = measuredOf('10-conduits', [0.2], { 1: [0.6], 2: [0.4] })
const mix = measuredOf('10k-conduits', [3.25], { 1: [4.05], 2: [3.25] })

function documentWith(results: BenchDocument['results'], faults: string[] = []): BenchDocument {
  return {
    ...documentOf('0.1.0', [1, 2], 5, results, faults),
    machine: { cpu: 'Some CPU 9000', cores: 2, memory_bytes: 16e9, platform: 'linux x64', node: '24.1.0' },
  }
}

it('the table names the machine and has a line for each number of workers', () => {
  const document = documentWith([resultOf(base, true), resultOf(mix, true, base)])
  const text = benchReport(document, { columns: 80 })
  expect(text).toBe(`Some CPU 9000, 2 cores, 16 GB · linux x64 · Node.js 24.1.0 · conduitwatch 0.1.0
Medians of 5 runs of the whole command, start-up included; "start" is that
alone. Gbit/s counts 20 bytes a frame for preamble and gap.

              workers  Mframes/s  Gbit/s   CPU ns  read  peak  start  speed
                                          a frame  GB/s    MB      s     up
10-conduits         1       1.67     1.1    1,200  0.13   101   0.20   1.00
                    2       2.50     1.7      800  0.20   100          1.50
10k-conduits        1       0.25     0.2    8,100  0.02   104   3.25   1.00
                    2       0.31     0.2    6,500  0.02   103          1.25

Time of a frame without start-up, as a multiple of what another mix takes

              against      1 worker  2 workers
10k-conduits  10-conduits      2.00          -
`)
  expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
})

it('the table marks with colour when told', () => {
  const document = documentWith([resultOf(base, true)])
  expect(benchReport(document, { colour: true })).toContain('\x1b[1m')
  expect(benchReport(document)).not.toContain('\x1b')
})

it('long and strange names of captures are cut to what tells them apart, and damage and faults are told', () => {
  const own = measuredOf('captures/of/the/last/winter/hall-3\x1b.pcap', [0.1], { 1: [0.2] })
  own.series[0].runs[0].answer.complete = false
  const text = benchReport(documentWith([resultOf(own, false)], ['it: counted 1 of 2 frames']))
  expect(text).toContain('\n…ast/winter/hall-3\ufffd.pcap        1 ')
  expect(text).toContain('- …ast/winter/hall-3\ufffd.pcap is damaged: what could be read was measured.\n')
  expect(text).toContain('- it: counted 1 of 2 frames.\n')
  expect(text).not.toContain('\x1b')
})

it('docs/bench.md has every mix and every key of the document', () => {
  const result = resultOf(mix, true, base)
  const own = resultOf({ ...base, subject: { ...base.subject, policy: 'p' } }, false)
  const document = documentWith([result, own])
  const [figures] = result.measured
  const parts = [document, document.machine, result, own, result.startup, figures, figures.runs[0]]
  for (const part of [...parts, result.against!, result.against!.times[0]])
    for (const key of Object.keys(part)) expect(doc).toContain(`\`${key}\``)
  for (const { name } of MIXES) expect(doc).toContain(`| \`${name}\` |`)
})
