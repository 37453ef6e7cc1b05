import type { Kind } from './contenders.ts'

/** One bar: how often the time of conduitwatch a program took. */
export interface Bar {
  name: string
  kind: Kind
  ratio: number
  least: number
  most: number
  /** wall time, s */
  seconds: number
}

const WIDTH = 760
const LEFT = 200
const RIGHT = 600
const TOP = 78
const ROW = 26
const THICK = 14
const SECTION = 30
const SECTIONS: readonly [Kind, string][] = [
  ['conduitwatch', 'conduitwatch'],
  ['meter', 'flow meters and analysers'],
  ['orientation', 'for orientation'],
]

/** Light and dark by what the reader's system asks for; its own ground, so that it can be read on any page. */
const STYLE = `
  .ground { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e }
  .grid { stroke: #dfe3e8; stroke-width: 1 } .one { stroke: #59636e; stroke-width: 1.5 } .range { stroke: #1f2328; stroke-width: 1.5 }
  .conduitwatch { fill: #1a7f4b } .meter { fill: #2a6fd0 } .orientation { fill: #8c959f }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif } .head { font-weight: 600; font-size: 15px } .small { font-size: 12px }
  .number { text-anchor: end; font-variant-numeric: tabular-nums }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #16191d } .ink { fill: #e6edf3 } .soft { fill: #9aa4ae }
    .grid { stroke: #2c3238 } .one { stroke: #9aa4ae } .range { stroke: #e6edf3 }
    .conduitwatch { fill: #3fb576 } .meter { fill: #5a9bf0 } .orientation { fill: #6e7781 }
  }`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** 12.3, 123, 0.12: as many digits as can be told apart. */
const short = (n: number): string => (n < 1 ? n.toPrecision(2) : n < 99.95 ? n.toPrecision(3) : n.toFixed(0))

/** A bar chart as SVG, on a logarithmic scale around 1: to the right of it took longer than conduitwatch, to the left less time. */
export function chart(bars: readonly Bar[], subtitle: string): string {
  const least = Math.min(1, ...bars.map(bar => bar.least))
  const most = Math.max(1, ...bars.map(bar => bar.most))
  const from = Math.floor(Math.log10(least))
  const to = Math.max(from + 1, Math.ceil(Math.log10(most)))
  const x = (ratio: number): number => LEFT + ((Math.log10(ratio) - from) / (to - from)) * (RIGHT - LEFT)
  const at = (n: number): string => n.toFixed(1)

  const body: string[] = []
  let y = TOP
  for (const [kind, heading] of SECTIONS) {
    const members = bars.filter(bar => bar.kind === kind)
    if (members.length === 0) continue
    body.push(`<text class="soft small" x="16" y="${y + 18}">${heading}</text>`)
    y += SECTION
    for (const bar of members) {
      const middle = y + ROW / 2
      const [start, end] = [x(1), x(bar.ratio)].sort((a, b) => a - b)
      body.push(
        `<g><title>${escaped(`${bar.name}: ${short(bar.ratio)} times (${short(bar.least)} to ${short(bar.most)}), ${short(bar.seconds)} s`)}</title>`,
        `<text class="ink" x="16" y="${middle + 4}">${escaped(bar.name)}</text>`,
        `<rect class="${kind}" x="${at(start)}" y="${middle - THICK / 2}" width="${at(Math.max(2, end - start))}" height="${THICK}" rx="2"/>`,
        `<line class="range" x1="${at(x(bar.least))}" x2="${at(x(bar.most))}" y1="${middle}" y2="${middle}"/>`,
        `<text class="ink number" x="672" y="${middle + 4}">${short(bar.ratio)}×</text>`,
        `<text class="soft number" x="${WIDTH - 16}" y="${middle + 4}">${short(bar.seconds)} s</text></g>`,
      )
      y += ROW
    }
  }
  const bottom = y + 6
  const height = bottom + 46
  const grid: string[] = []
  for (let decade = from; decade <= to; decade++) {
    const position = at(x(10 ** decade))
    grid.push(
      `<line class="${decade === 0 ? 'one' : 'grid'}" x1="${position}" x2="${position}" y1="${TOP}" y2="${bottom}"/>`,
      `<text class="soft small" text-anchor="middle" x="${position}" y="${bottom + 18}">${Number((10 ** decade).toPrecision(1))}×</text>`,
    )
  }
  const described = bars
    .map(bar => `${bar.name} ${short(bar.ratio)} times, ${short(bar.seconds)} seconds`)
    .join('; ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    '<title id="title">Wall time over that of conduitwatch on the same capture</title>',
    `<desc id="desc">${escaped(`${subtitle} Logarithmic scale; median of the ratios. ${described}.`)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>`,
    '<text class="ink head" x="16" y="28">Wall time over that of conduitwatch on the same capture</text>',
    `<text class="soft small" x="16" y="48">${escaped(subtitle)}</text>`,
    '<text class="soft small number" x="672" y="70">ratio</text>',
    `<text class="soft small number" x="${WIDTH - 16}" y="70">time</text>`,
    ...grid,
    ...body,
    `<text class="soft small" x="16" y="${bottom + 38}">Logarithmic scale; bar: median of the ratios, line: their range; right of 1× took longer than conduitwatch.</text>`,
    '</svg>',
    '',
  ].join('\n')
}
