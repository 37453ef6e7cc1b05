import { describe, expect, it } from 'vitest'
import { type Bar, chart } from '../../bench/peers/chart.ts'
import type { Contender } from '../../bench/peers/contenders.ts'
import type { Runs } from '../../bench/peers/measure.ts'
import {
  digits,
  markdown,
  plainText,
  type Report,
  ratioText,
  replaceMeasured,
  seenText,
} from '../../bench/peers/report.ts'

const contender = (name: string, more: Partial<Contender> = {}): Contender => ({
  name,
  kind: 'meter',
  does: `what ${name} does`,
  program: name,
  words: ({ capture }) => ['-r', capture],
  seen: () => ({}),
  ...more,
})
const runs = (own: Contender, seconds: number[], ratios: number[][], more: Partial<Runs> = {}): Runs => ({
  contender: own,
  seconds,
  cpu: seconds.map(s => s * 2),
  ratios,
  seen: { frames: 1_000_000, flows: 500 },
  ...more,
})
const report: Report = {
  date: '2026-03-01',
  capture: 'Made up.',
  judging: true,
  times: 3,
  groups: [
    {
      frames: 1_000_000,
      flows: 500,
      bytes: 80_000_024,
      smaller: false,
      runs: [
        runs(contender('conduitwatch', { kind: 'conduitwatch' }), [0.5, 0.4, 0.6], [[], []]),
        runs(contender('one', { kind: 'conduitwatch' }), [1, 1, 1], [[2, 2.5, 1.6], []]),
        runs(
          contender('meter', { note: 'waits.' }),
          [5, 4, 9],
          [
            [10, 9, 12],
            [5, 4, 9],
          ],
          { seen: { frames: 999_999, flows: 7, unit: 'records' } },
        ),
        runs(contender('bad|one'), [], [[], []], { failure: 'ended\nbadly' }),
        runs(contender('copy', { kind: 'orientation' }), [0.05], [[0.1], [0.05]], { seen: {}, cpu: [] }),
      ],
    },
    { frames: 1000, flows: 5, bytes: 80_024, smaller: true, runs: [] },
  ],
  skipped: [{ name: 'argus', reason: 'not installed here' }],
  machine: [['Processor', 'Some']],
  versions: new Map([['meter', '1.2']]),
}

describe('the table', () => {
  it('has a row for each program, medians and ranges', () => {
    const lines = markdown(report, 'chart.svg').split('\n')
    const row = (name: string) => lines.find(line => line.startsWith(`| ${name} |`))
    expect(row('conduitwatch')).toBe(
      '| conduitwatch | what conduitwatch does | 0.500 | 1.00 | 2.00 | - | - | all frames, 500 flows |',
    )
    expect(row('one')).toContain('| 1.000 | 2.00 | 1.00 | 2.00 (1.60 to 2.50) | - |')
    expect(row('meter')).toContain(
      '| 5.000 | 10.00 | 0.20 | 10.0 (9.00 to 12.0) | 5.00 (4.00 to 9.00) | **999,999 of 1,000,000 frames**, 7 records |',
    )
    expect(row('bad\\|one')).toContain('| failed | - | - | - | - | ended badly |')
    expect(row('copy')).toContain(
      '| 0.050 | - | 20.00 | 0.10 (0.10 to 0.10) | 0.050 (0.050 to 0.050) | the whole file |',
    )
    expect(lines).toContain(
      '![Wall time of each program over that of conduitwatch on the same capture](chart.svg)',
    )
    expect(lines).toContain('### 1,000,000 frames, 500 flows, 80,000,024 bytes')
    expect(lines).toContain('### The first 1,000 frames, 5 flows, 80,024 bytes')
    expect(lines).toContain('meter waits.')
    expect(lines).toContain('Left out: argus (not installed here).')
    expect(lines).toContain('| meter | 1.2 | `meter -r CAPTURE` |')
    expect(lines).toContain('| Processor | Some |')
    // every row of a table has as many cells as its head
    const cells = lines.filter(line => line.startsWith('| ')).map(line => line.split(/(?<!\\)\|/).length)
    expect(new Set(cells)).toEqual(new Set([10, 5, 4]))
  })

  it('says the same on a terminal', () => {
    const text = plainText(report)
    expect(text).toMatch(/^meter +5\.000 +10\.00 .*7 records$/m)
    expect(text).toContain('left out: argus (not installed here)')
    expect(text).not.toContain('what meter does')
  })

  it('keeps what people wrote around it', () => {
    const page = 'before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n'
    const once = replaceMeasured(page, 'new $& $1')
    expect(once).toBe('before\n<!-- measured: begin -->\n\nnew $& $1\n\n<!-- measured: end -->\nafter\n')
    expect(replaceMeasured(once, 'new $& $1')).toBe(once)
    expect(() => replaceMeasured('nothing', 'x')).toThrow('marks')
    expect(() => replaceMeasured('<!-- measured: end --> <!-- measured: begin -->', 'x')).toThrow('marks')
  })

  it('writes numbers so that they can be told apart', () => {
    expect([0.0123, 0.5, 2.345, 23.45, 234.5].map(digits)).toEqual(['0.012', '0.50', '2.35', '23.4', '235'])
    expect(ratioText([])).toBe('-')
    expect(seenText({}, 5)).toBe('does not tell')
    expect(seenText({ frames: 8 }, 5)).toBe('8 frames, some twice')
    expect(seenText({ flows: 1234 }, 5)).toBe('1,234 flows')
  })
})

describe('the chart', () => {
  const bar = (name: string, kind: Bar['kind'], ratio: number): Bar => ({
    name,
    kind,
    ratio,
    least: ratio * 0.9,
    most: ratio * 1.1,
    seconds: ratio * 2,
  })
  const svg = chart(
    [
      bar('ours', 'conduitwatch', 1),
      bar('slow', 'meter', 10),
      bar('slower <&>', 'meter', 100),
      bar('fast', 'orientation', 0.1),
    ],
    'a "day"',
  )
  const rect = (kind: string): { x: number; width: number }[] =>
    [...svg.matchAll(new RegExp(`<rect class="${kind}" x="([\\d.]+)"[^>]* width="([\\d.]+)"`, 'g'))].map(
      ([, x, width]) => ({ x: Number(x), width: Number(width) }),
    )

  it('is on a logarithmic scale around 1', () => {
    const [ten, hundred] = rect('meter')
    const [tenth] = rect('orientation')
    expect(hundred.x).toBe(ten.x)
    expect(hundred.width).toBeCloseTo(2 * ten.width, 0)
    expect(tenth.width).toBeCloseTo(ten.width, 0)
    expect(tenth.x + tenth.width).toBeCloseTo(ten.x, 0)
    for (const label of ['0.01×', '0.1×', '1×', '10×', '100×', '1000×']) expect(svg).toContain(`>${label}<`)
  })

  it('is well-formed, can be read aloud, and loads nothing', () => {
    const open: string[] = []
    for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(name)
      else if (!empty) open.push(name)
    }
    expect(open).toEqual([])
    expect(svg).toContain('slower &lt;&amp;&gt;')
    expect(svg).toMatch(/role="img" aria-labelledby="title desc"/)
    expect(svg).toMatch(/<desc id="desc">a &quot;day&quot; .*slow 10\.0 times/)
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|<script|@import|href/)
    expect(svg).toContain('prefers-color-scheme: dark')
  })
})
