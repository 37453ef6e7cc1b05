import { commandLine } from './contenders.ts'
import { median, type Runs } from './measure.ts'
import type { Seen } from './seen.ts'

/** Everything that was measured on one capture. `runs` begins with ours: default workers, one worker. */
export interface Group {
  frames: number
  flows: number
  /** of the file */
  bytes: number
  /** the capture is only the beginning of the one that the other group has */
  smaller: boolean
  runs: Runs[]
}

export interface Report {
  date: string
  /** what the capture is, in a sentence */
  capture: string
  /** whether a policy was given */
  judging: boolean
  times: number
  groups: Group[]
  skipped: { name: string; reason: string }[]
  machine: [name: string, value: string][]
  versions: ReadonlyMap<string, string>
}

const BEGIN = '<!-- measured: begin -->'
const END = '<!-- measured: end -->'

const whole = (n: number): string => n.toLocaleString('en')

/** Three digits that count. */
export function digits(n: number): string {
  return n < 0.1 ? n.toPrecision(2) : n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0)
}

/** Median of ratios with their range, e.g. `8.21 (7.90 to 8.60)`. */
export function ratioText(ratios: readonly number[]): string {
  if (ratios.length === 0) return '-'
  return `${digits(median(ratios))} (${digits(Math.min(...ratios))} to ${digits(Math.max(...ratios))})`
}

/** What a contender says it saw, held against what there was; some count a frame with a tunnel in it once for each layer. */
export function seenText({ frames, flows, unit }: Seen, there: number): string {
  const parts: string[] = []
  if (frames === there) parts.push('all frames')
  else if (frames !== undefined)
    parts.push(
      frames < there
        ? `**${whole(frames)} of ${whole(there)} frames**`
        : `${whole(frames)} frames, some twice`,
    )
  if (flows !== undefined) parts.push(`${whole(flows)} ${unit ?? 'flows'}`)
  return parts.join(', ') || 'does not tell'
}

const HEAD = [
  'program',
  'what it does',
  'wall time, s',
  'processor time, s',
  'million frames/s',
  'wall time over that of conduitwatch',
  'over one worker',
  'saw',
]

function cells(runs: Runs, group: Group): string[] {
  const { contender, seconds, cpu, ratios, failure, seen } = runs
  if (failure !== undefined) return [contender.name, contender.does, 'failed', '-', '-', '-', '-', failure]
  const time = median(seconds)
  const own = contender.kind === 'conduitwatch'
  return [
    contender.name,
    contender.does,
    time.toFixed(3),
    cpu.length === 0 ? '-' : median(cpu).toFixed(2),
    (group.frames / time / 1e6).toFixed(2),
    ratioText(ratios[0]),
    own ? '-' : ratioText(ratios[1] ?? []),
    contender.kind === 'orientation' && Object.keys(seen).length === 0
      ? 'the whole file'
      : seenText(seen, group.frames),
  ]
}

/** What a group is, in a line. */
function groupTitle({ frames, bytes, flows, smaller }: Group): string {
  const what = `${whole(frames)} frames, ${whole(flows)} flows, ${whole(bytes)} bytes`
  return smaller ? `The first ${what}` : what
}

const NO_PIPE = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const row = (texts: readonly string[]): string => `| ${texts.map(NO_PIPE).join(' | ')} |`

/** Lines of a Markdown table; columns named in `right` are numbers. */
function table(head: readonly string[], rows: readonly string[][], right: readonly number[] = []): string[] {
  const rule = head.map((_, i) => (right.includes(i) ? '--:' : '---'))
  return [row(head), row(rule), ...rows.map(row)]
}

/** The measured part of docs/performance.md; `chart` is the picture's address there. */
export function markdown(report: Report, chart: string): string {
  const lines = [
    `Measured on ${report.date}, ${report.times} runs of each; medians, and for ratios the range beside them. ${report.capture}`,
    '',
    `![Wall time of each program over that of conduitwatch on the same capture](${chart})`,
  ]
  for (const group of report.groups) {
    lines.push('', `### ${groupTitle(group)}`, '')
    if (group.smaller)
      lines.push(
        'For programs that take minutes on the whole. Starting up takes conduitwatch a larger part of the time here, which makes its lead smaller than on the whole capture.',
        '',
      )
    const right = [2, 3, 4, 5, 6]
    lines.push(
      ...table(
        HEAD,
        group.runs.map(runs => cells(runs, group)),
        right,
      ),
    )
  }
  const all = contendersOf(report)
  const notes = all.flatMap(({ name, note }) => (note === undefined ? [] : [`${name} ${note}`]))
  if (notes.length > 0) lines.push('', ...notes)
  for (const { name, reason } of report.skipped) lines.push('', `Left out: ${name} (${reason}).`)
  lines.push('', '### Programs', '')
  const programs = all.map(contender => [
    contender.name,
    report.versions.get(contender.name) ?? '?',
    `\`${commandLine(contender, report.judging)}\``,
  ])
  lines.push(...table(['program', 'version', 'command line'], programs))
  lines.push('', '### Machine', '', ...table(['', ''], report.machine))
  return lines.join('\n')
}

function contendersOf(report: Report): Runs['contender'][] {
  const byName = new Map(
    report.groups.flatMap(({ runs }) => runs).map(({ contender }) => [contender.name, contender]),
  )
  return [...byName.values()]
}

/** The same for a terminal. */
export function plainText(report: Report): string {
  const lines: string[] = []
  for (const group of report.groups) {
    const rows = [HEAD, ...group.runs.map(runs => cells(runs, group))].map(texts =>
      texts.filter((_, i) => i !== 1),
    )
    const widths = rows[0].map((_, i) => Math.max(...rows.map(texts => texts[i].length)))
    lines.push(groupTitle(group), '')
    for (const texts of rows)
      lines.push(
        texts
          .map((text, i) =>
            i === 0 || i === texts.length - 1 ? text.padEnd(widths[i]) : text.padStart(widths[i]),
          )
          .join('  ')
          .trimEnd(),
      )
    lines.push('')
  }
  for (const { name, note } of contendersOf(report)) if (note !== undefined) lines.push(`${name} ${note}`)
  for (const { name, reason } of report.skipped) lines.push(`left out: ${name} (${reason})`)
  for (const [name, version] of report.versions) lines.push(`${name}: ${version}`)
  for (const fact of report.machine) lines.push(fact.join(': '))
  return lines.join('\n')
}

/** Puts the measured part between its two marks; what people wrote around them stays. Throws where the marks are not there. */
export function replaceMeasured(page: string, measured: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the page lacks its marks ${BEGIN} and ${END}`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${measured}\n\n${page.slice(end)}`
}
