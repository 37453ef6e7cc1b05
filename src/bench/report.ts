import { bytesText, count, counted, sanitise } from '../finding/words.ts'
import { hanging, type Paint, painter, table, textWidth, wrap } from '../sink/layout.ts'
import { type BenchDocument, type Result, WIRE_OVERHEAD } from './document.ts'

const DEFAULT_COLUMNS = 100
const LEAST_COLUMNS = 40
const MOST_NAME = 24

const HEAD = [
  ['', 'workers', 'Mframes/s', 'Gbit/s', 'CPU ns', 'read', 'peak', 'start', 'speed'],
  ['', '', '', '', 'a frame', 'GB/s', 'MB', 's', 'up'],
]
const RIGHT = [1, 2, 3, 4, 5, 6, 7, 8]

/** The figures as a table, with the machine they are of. Ends with a line end. */
export function benchReport(
  document: BenchDocument,
  { colour = false, columns = DEFAULT_COLUMNS }: { colour?: boolean; columns?: number } = {},
): string {
  const paint = painter(colour)
  const width = Math.max(LEAST_COLUMNS, columns)
  const sections = [
    machineLines(document, width, paint),
    figuresTable(document, paint),
    againstTable(document, width, paint),
    noteLines(document, width),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function machineLines({ machine, version, runs }: BenchDocument, width: number, paint: Paint): string[] {
  const { cpu, cores, memory_bytes, platform, node } = machine
  const parts = [
    `${sanitise(cpu)}, ${counted(cores, 'core')}, ${bytesText(memory_bytes)}`,
    platform,
    `Node.js ${node}`,
    `conduitwatch ${version}`,
  ]
  const how = runs === 1 ? 'One run' : `Medians of ${counted(runs, 'run')}`
  return [
    ...wrap(parts.join(' · '), width).map(line => paint('strong', line)),
    ...wrap(
      `${how} of the whole command, start-up included; "start" is that alone. Gbit/s counts ${WIRE_OVERHEAD} bytes a frame for preamble and gap.`,
      width,
    ),
  ]
}

function figuresTable({ results }: BenchDocument, paint: Paint): string[] {
  const rows = results.flatMap(result =>
    result.measured.map((m, i) => [
      i === 0 ? nameOf(result) : '',
      String(m.workers),
      (m.frames_per_second / 1e6).toFixed(2),
      (m.wire_bits_per_second / 1e9).toFixed(1),
      result.frames === 0 ? '-' : count(m.cpu_ns_per_frame),
      (m.file_bytes_per_second / 1e9).toFixed(2),
      count(m.peak_memory_bytes / 1e6),
      i === 0 ? result.startup.seconds.toFixed(2) : '',
      m.speedup.toFixed(2),
    ]),
  )
  return table([...HEAD, ...rows], RIGHT).map((line, i) => (i < HEAD.length ? paint('strong', line) : line))
}

function againstTable({ results, workers }: BenchDocument, width: number, paint: Paint): string[] {
  const compared = results.filter(result => result.against !== undefined)
  if (compared.length === 0) return []
  const rows = compared.map(result => [
    nameOf(result),
    result.against!.mix,
    ...result.against!.times.map(({ time }) => (time === undefined ? '-' : time.toFixed(2))),
  ])
  const head = ['', 'against', ...workers.map(n => counted(n, 'worker'))]
  return [
    ...wrap('Time of a frame without start-up, as a multiple of what another mix takes', width),
    '',
    ...table(
      [head, ...rows],
      head.map((_, i) => i).filter(i => i > 1),
    ).map((line, i) => (i === 0 ? paint('strong', line) : line)),
  ]
}

function noteLines({ results, faults }: BenchDocument, width: number): string[] {
  const damaged = results
    .filter(({ complete }) => !complete)
    .map(result => `${nameOf(result)} is damaged: what could be read was measured.`)
  return [...damaged, ...faults.map(fault => `${sanitise(fault)}.`)].flatMap(text =>
    hanging('-', text, width, 2),
  )
}

/** A mix, or the last part of a capture's path, which is what tells them apart. */
function nameOf({ mix, capture }: Result): string {
  const name = sanitise(mix ?? capture ?? '')
  return textWidth(name) <= MOST_NAME ? name : `…${[...name].slice(1 - MOST_NAME).join('')}`
}
