import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Assets } from '../../src/asset/assets.ts'
import { Findings } from '../../src/finding/findings.ts'
import type { FindingRecord, Summary } from '../../src/records.ts'
import { textWidth } from '../../src/sink/layout.ts'
import { textReport } from '../../src/sink/text-report.ts'
import { SummaryBuilder } from '../../src/summary.ts'
import { plantFlows, plantRun } from '../support/plant-run.ts'
import { flow, frames, plant, restartIds, timeAt } from '../support/records.ts'

const run = plantRun()

/** A run of a few flows with the plant's policy, or without one. */
function small(
  flows: ReturnType<typeof flow>[],
  judged = true,
): { summary: Summary; findings: FindingRecord[] } {
  const model = judged ? plant() : undefined
  const found = new Findings({ site: 'Plant', model })
  const builder = new SummaryBuilder({ version: '0.1.0', model })
  for (const f of flows) {
    found.observe(f)
    builder.flow(f)
  }
  const findings = found.result()
  const summary = builder.build({
    frames: frames(),
    files: [],
    bytes: 0,
    start: timeAt(0),
    end: timeAt(60),
    span: 60,
    findings,
  })
  return { summary, findings }
}

const head = (flows: ReturnType<typeof flow>[]): string =>
  textReport(small(flows)).split('\n').slice(0, 2).join('\n')
const good = { verdict: 'sanctioned', reason: undefined, nearest: undefined } as const

describe('text report', () => {
  it.each([60, 100, 160])('of a plant at %i columns', async columns => {
    const text = textReport(run, { columns })
    for (const line of text.split('\n')) {
      expect(textWidth(line)).toBeLessThanOrEqual(columns)
      expect(line).toBe(line.trimEnd())
    }
    await expect(text).toMatchFileSnapshot(`report-${columns}.txt`)
  })

  it('without a policy', async () => {
    restartIds()
    const assets = new Assets()
    const builder = new SummaryBuilder({ version: '0.1.0' })
    for (const f of plantFlows().slice(1200)) {
      Object.assign(f.record, { verdict: 'unjudged', worst_verdict: 'unjudged' })
      delete f.record.reason
      delete f.record.orig_zone
      delete f.record.resp_zone
      delete f.record.orig_asset
      delete f.record.resp_asset
      builder.flow(f)
      assets.observe(f)
    }
    const { files } = run.summary
    const summary = builder.build({
      frames: frames({ received: 4821, decoded: 4821 }),
      files: [{ ...files[0], wireBytes: 0, reportedLost: 0, names: new Map(), comments: [], damage: [] }],
      bytes: 903_983,
      start: timeAt(0),
      end: timeAt(3600),
      span: 3600,
      findings: [],
    })
    const text = textReport({ summary, findings: [], assets: assets.records() }, { columns: 80 })
    expect(text).toMatch(/^Nothing was judged: no policy was given\.\n/)
    await expect(text).toMatchFileSnapshot('report-unjudged.txt')
  })

  it('says what assets seem to be for, and why', () => {
    const { policy_id: _, ...summary } = small([flow(good)]).summary
    const assets = new Assets()
    assets.observe(flow({ service: 'modbus', service_how: 'parsed', resp_asset: undefined }))
    const text = textReport({ summary, findings: [], assets: assets.records() }, { columns: 200 })
    expect(text).toContain('10.10.2.10: seems to be plc (offers modbus); offers modbus')
  })

  it('has the same text in colour', () => {
    const colour = textReport(run, { columns: 100, colour: true })
    expect(colour).toContain('\u001b[31m')
    expect(stripVTControlCharacters(colour)).toBe(textReport(run, { columns: 100 }))
  })

  it('tells in its first lines of fragments that belong to no conversation, when they are many', () => {
    const placed = { flows: 900, copies: 0, icmp_errors: 0, fragments_unplaced: 100, tunnel_fragments: 0 }
    const lead = (fragments_unplaced: number): string => {
      const { summary, findings } = small([flow(good)])
      summary.frames = frames({ received: 1000, decoded: 1000, placed: { ...placed, fragments_unplaced } })
      return textReport({ summary, findings }, { columns: 400 }).split('\n').slice(0, 2).join('\n')
    }
    expect(lead(100)).toMatch(/100 fragments \(10 % of the frames\) came without their first piece/)
    expect(lead(10)).not.toMatch(/fragment/)
  })

  it('leads with the answer and always with the undetermined share', () => {
    expect(head([flow({}), flow(good)])).toBe(
      '1 conversation crossed zone borders outside the declared conduits.\n0 of 2 conversations (0 %) could not be judged.',
    )
    expect(head([flow(good)])).toBe(
      'No conversation crossed a zone border outside the declared conduits.\n0 of 1 conversation (0 %) could not be judged.',
    )
    expect(
      head([flow(good), flow({ verdict: 'undetermined', reason: 'direction', nearest: undefined })]),
    ).toBe(
      'No conversation that could be judged crossed a zone border outside the declared conduits.\n' +
        '1 of 2 conversations (50 %) could not be judged.',
    )
    expect(head([flow({}), flow({ type: 'tunnel', tunnel: 'gre' })])).toMatch(
      /^1 conversation and 1 tunnel crossed/,
    )
    expect(head([flow({ type: 'tunnel', tunnel: 'gre' })])).toMatch(/^1 tunnel crossed/)
    expect(head([])).toMatch(/^No conversation was seen, so there was nothing to judge\.\n/)
  })

  it('shows twenty findings of a severity and says where the rest is', () => {
    const text = textReport(small(Array.from({ length: 154 }, (_, i) => flow({ orig_addr: `10.20.0.${i}` }))))
    expect(text).toContain('High (154)')
    expect(text.match(/ ● /g)).toHaveLength(20)
    expect(text).toContain('\n  and 134 more: use -o DIR or -f jsonl to see them all\n')
  })

  it('lists zone pairs, gravest first, where there are too many zones for a matrix', () => {
    const many = Array.from({ length: 14 }, (_, i) =>
      flow({ ...good, orig_zone: `z${i}`, resp_zone: `z${i + 1}` }),
    )
    const input = small([...many, flow({ orig_zone: 'z3', resp_zone: 'z1' })])
    input.summary.zones = Array.from({ length: 15 }, (_, i) => ({ zone: `z${i}`, seen: true }))
    const lines = textReport(input, { columns: 400 }).split('\n')
    const from = lines.findIndex(line => line.startsWith('Zones:'))
    expect(lines.slice(from + 2, from + 4)).toEqual(['  z3 → z1    ✗1', '  z0 → z1    ✓1'])
  })

  it('never lets the capture or the policy steer the terminal', () => {
    const input = small([
      flow({ orig_zone: 'of\u001b]0;x\u0007fice', service: 'a\r\nb', orig_asset: 'x\u202ey' }),
    ])
    input.summary.site = 'Hall\u001b[2J'
    input.summary.limits.push('a\nb\u009bc')
    input.summary.files.push({
      name: 'a\nb.pcap',
      format: 'pcap',
      bytes: 1,
      frames: 1,
      reported_lost: 0,
      damage: [],
      notes: [],
    })
    const text = textReport(input)
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(text).toContain('a\u{fffd}b.pcap')
    expect(text).toContain('a\u{fffd}b\u{fffd}c')
  })

  it('keeps to very narrow terminals as well as it can', () => {
    for (const line of textReport(run, { columns: 20 }).split('\n'))
      expect(textWidth(line)).toBeLessThanOrEqual(40)
  })
})
