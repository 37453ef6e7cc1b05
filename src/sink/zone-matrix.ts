import { count, sanitise } from '../finding/words.ts'
import type { Summary, VerdictName } from '../records.ts'
import { type Look, type Paint, pad, textWidth, wrap } from './layout.ts'

/** From gravest to mildest, with the mark that stands for it. */
const MARKS: readonly [VerdictName, string, Look, string][] = [
  ['unsanctioned', '✗', 'bad', 'unsanctioned'],
  ['unzoned', '!', 'warn', 'an end in no zone'],
  ['undetermined', '?', 'warn', 'undetermined'],
  ['exception', 'e', 'notice', 'by exception'],
  ['sanctioned', '✓', 'good', 'sanctioned'],
  ['intra-zone', '=', 'faint', 'inside one zone'],
]
const MOST_ZONES = 12
const MOST_PAIRS = 40

interface Cell {
  text: string
  look: Look
}

type Pair = Summary['zone_pairs'][number]

/** The gravest verdict's mark and count, and of how many: `✓12`, `✗2/14`. */
function cellOf(pair: Pair | undefined): Cell {
  if (!pair) return { text: '·', look: 'faint' }
  const total = Object.values(pair.verdicts).reduce((sum, n) => sum + n, 0)
  const [verdict, mark, look] = MARKS.find(([name]) => pair.verdicts[name]) ?? MARKS[5]
  const worst = pair.verdicts[verdict] ?? 0
  return { text: `${mark}${count(worst)}${worst < total ? `/${count(total)}` : ''}`, look }
}

const nameOf = (zone: string): string => (zone === '-' ? '(no zone)' : sanitise(zone))

/**
 * Who talked to whom by zones: originators down, responders across, each cell with its gravest verdict. A list where
 * that does not fit into `columns` or there are many zones. Lines without line ends; empty when nothing was judged.
 */
export function zoneMatrix(
  summary: Pick<Summary, 'zones' | 'zone_pairs'>,
  columns: number,
  paint: Paint,
): string[] {
  const { zone_pairs: pairs } = summary
  if (pairs.length === 0) return []
  const known = [
    ...summary.zones.map(({ zone }) => zone),
    ...pairs.flatMap(pair => [pair.orig_zone, pair.resp_zone]),
  ]
  const order = [...new Set(known.filter(zone => zone !== '-')), '-']
  const origs = order.filter(zone => pairs.some(pair => pair.orig_zone === zone))
  const zones = order.filter(zone => origs.includes(zone) || pairs.some(pair => pair.resp_zone === zone))
  const at = new Map(pairs.map(pair => [`${pair.orig_zone} ${pair.resp_zone}`, pair]))
  const first = Math.max(...origs.map(zone => textWidth(nameOf(zone))))
  const widths = zones.map(resp =>
    Math.max(
      textWidth(nameOf(resp)),
      ...origs.map(orig => textWidth(cellOf(at.get(`${orig} ${resp}`)).text)),
    ),
  )
  const width = 2 + first + widths.reduce((sum, w) => sum + 2 + w, 0)
  const lines =
    width <= columns && zones.length <= MOST_ZONES
      ? matrix(origs, zones, at, first, widths, paint)
      : list(pairs, columns, paint)
  return [...lines, '', ...legend(pairs, columns, paint)]
}

function matrix(
  origs: string[],
  zones: string[],
  at: Map<string, Pair>,
  first: number,
  widths: number[],
  paint: Paint,
): string[] {
  const head = zones.map((zone, i) => `  ${pad(nameOf(zone), widths[i], true)}`).join('')
  const lines = [paint('faint', `  ${' '.repeat(first)}${head}`)]
  for (const orig of origs) {
    const cells = zones.map((resp, i) => {
      const { text, look } = cellOf(at.get(`${orig} ${resp}`))
      return `  ${' '.repeat(widths[i] - textWidth(text))}${paint(look, text)}`
    })
    lines.push(`  ${pad(nameOf(orig), first)}${cells.join('')}`)
  }
  return lines
}

function list(pairs: Summary['zone_pairs'], columns: number, paint: Paint): string[] {
  const graver = (pair: Pair) => MARKS.findIndex(([name]) => pair.verdicts[name])
  const sorted = pairs
    .map((pair, i) => ({ pair, i }))
    .sort((a, b) => graver(a.pair) - graver(b.pair) || a.i - b.i)
  const shown = sorted.slice(0, MOST_PAIRS).map(({ pair }) => {
    const { text, look } = cellOf(pair)
    return { names: `${nameOf(pair.orig_zone)} → ${nameOf(pair.resp_zone)}`, text, look }
  })
  const width = Math.min(Math.max(...shown.map(s => textWidth(s.names))), Math.max(10, columns - 14))
  const lines = shown.map(({ names, text, look }) => `  ${pad(names, width)}  ${paint(look, text)}`)
  if (pairs.length > MOST_PAIRS) lines.push(`  and ${count(pairs.length - MOST_PAIRS)} more pairs`)
  return lines
}

/** What the marks mean: those that occur. */
function legend(pairs: Summary['zone_pairs'], columns: number, paint: Paint): string[] {
  const used = MARKS.filter(([name]) => pairs.some(pair => pair.verdicts[name])).map(
    ([, mark, , words]) => `${mark} ${words}`,
  )
  const mixed = pairs.some(pair => Object.keys(pair.verdicts).length > 1)
  if (mixed) used.push('a/b = a of b conversations, the rest is milder')
  const lines: string[] = []
  let line = ''
  for (const item of used) {
    if (line !== '' && textWidth(line) + 3 + textWidth(item) > columns - 2) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? item : `   ${item}`
  }
  return [...lines, line].flatMap(text => wrap(text, columns - 2)).map(text => `  ${paint('faint', text)}`)
}
