import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { BenchError, benchError, childRunner } from '../bench/child.ts'
import { type BenchDocument, documentOf, type Result, resultOf } from '../bench/document.ts'
import { disagreements, measure, type Plan, type Subject } from '../bench/measure.ts'
import { MIXES, type Mix } from '../bench/mixes.ts'
import { benchReport } from '../bench/report.ts'
import { writeCapture, writeEmptyCapture, writeText } from '../bench/write.ts'
import { counted, listText, sanitise } from '../finding/words.ts'
import { pad } from '../sink/layout.ts'
import { LineWriter, OutputError, reasonOf } from '../sink/line-writer.ts'
import { usesColour } from './terminal.ts'
import { MOST_WORKERS, wholeOf } from './whole-numbers.ts'

const FORMATS = ['text', 'json'] as const
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const MOST_RUNS = 99
/** fewer do not make the mixes what they are meant to be */
const LEAST_FRAMES = 100
const MOST_FRAMES = 1_000_000_000

interface BenchFlags {
  policy?: string
  workers: number[]
  mix?: Mix[]
  frames?: number
  runs: number
  format: (typeof FORMATS)[number]
  progress: boolean
}

/** The command `bench`. `done` is told the exit status. */
export function benchCommand(version: string, done: (status: number) => void): Command {
  return new Command('bench')
    .description('measure how many frames a second "analyze" manages on this machine')
    .argument('[capture...]', 'captures of your own; without one, the mixes below are made and measured')
    .option('-p, --policy <file>', 'site policy for captures of your own')
    .addOption(
      new Option('--workers <n,...>', 'numbers of worker threads to measure')
        .argParser(workersOf)
        .default(usualWorkers(), usualWorkers().join(',')),
    )
    .option('--mix <name,...>', 'only these mixes', mixesOf)
    .option(
      '--frames <n>',
      'frames of each mix; more weigh the start less',
      wholeOf(LEAST_FRAMES, MOST_FRAMES),
    )
    .option('--runs <n>', 'runs of each, of which the medians are told', wholeOf(1, MOST_RUNS), 5)
    .addOption(
      new Option('-f, --format <format>', 'what goes to standard output').choices(FORMATS).default('text'),
    )
    .option('--no-progress', 'no line about what is being measured (there is one on a terminal only)')
    .addHelpText('after', `\nMixes:\n${mixLines()}`)
    .action(async (captures: string[], flags: BenchFlags) => done(await bench(captures, flags, version)))
}

/** Runs the command; answers the exit status. Whatever happens, the folder it made is gone at the end. */
async function bench(captures: string[], flags: BenchFlags, version: string): Promise<number> {
  const mistake = mistakeIn(captures, flags)
  if (mistake !== undefined) {
    process.stderr.write(`conduitwatch: ${sanitise(mistake)}\n`)
    return 2
  }
  const interrupt = new AbortController()
  let signalled: (typeof SIGNALS)[number] | undefined
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    signalled = signal
    interrupt.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  const status = statusLine(flags.progress)
  let folder: string | undefined
  try {
    folder = makeFolder()
    const work = new Bench(folder, flags, interrupt.signal, status)
    if (captures.length > 0) for (const capture of captures) await work.own(capture)
    else for (const mix of flags.mix ?? MIXES) await work.mix(mix)
    status('')
    const document = documentOf(version, flags.workers, flags.runs, work.results, work.faults)
    tell(document, flags.format)
    return work.faults.length > 0 ? 1 : 0
  } catch (error) {
    status('')
    if (signalled !== undefined) return 128 + constants.signals[signalled]
    if (!(error instanceof BenchError) && !(error instanceof OutputError)) throw error
    process.stderr.write(
      error instanceof BenchError ? `${error.message}\n` : `conduitwatch: ${error.message}\n`,
    )
    return 2
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
}

/** One use of the command: what it makes in its folder, and what it has measured so far. */
class Bench {
  readonly results: Result[] = []
  readonly faults: string[] = []
  private readonly folder: string
  private readonly flags: BenchFlags
  private readonly signal: AbortSignal
  private readonly status: (text: string) => void
  private readonly plan: Plan
  /** mixes whose captures are there */
  private readonly made = new Map<string, Subject>()

  constructor(folder: string, flags: BenchFlags, signal: AbortSignal, status: (text: string) => void) {
    this.folder = folder
    this.flags = flags
    this.signal = signal
    this.status = status
    const empty = join(folder, 'empty.pcap')
    writeEmptyCapture(empty)
    this.plan = {
      workers: flags.workers,
      runs: flags.runs,
      empty,
      // the program's own entry: the installed command, or its sources in a checkout
      run: childRunner(process.argv[1], signal),
      onRun: ({ name }, workers, run) => {
        const which = run === 0 ? 'warming up' : `run ${run} of ${flags.runs}`
        status(`${name}: ${which}, ${counted(workers, 'worker')}`)
      },
    }
  }

  /** Measures a capture of the user's. */
  async own(capture: string): Promise<void> {
    const { policy } = this.flags
    const subject = { name: capture, capture, ...(policy === undefined ? {} : { policy }) }
    await this.take([subject], false)
  }

  /** Measures a mix, beside what it is compared with where that is to be measured too. */
  async mix(mix: Mix): Promise<void> {
    const subject = await this.make(mix)
    const other = mix.against === undefined ? undefined : this.made.get(mix.against)
    await this.take(other === undefined ? [subject] : [subject, other], true)
    const later = MIXES.slice(MIXES.indexOf(mix) + 1).filter(m => this.flags.mix?.includes(m) ?? true)
    for (const [name, { capture }] of this.made) {
      if (later.some(({ against }) => against === name)) continue
      rmSync(capture)
      this.made.delete(name)
    }
  }

  private async make(mix: Mix): Promise<Subject> {
    this.status(`${mix.name}: making the capture`)
    const capture = join(this.folder, `${mix.name}.pcap`)
    const policy = join(this.folder, `${mix.name}.yaml`)
    writeText(policy, mix.policy())
    const { frames } = await writeCapture(capture, mix.traffic, this.flags.frames ?? mix.frames, this.signal)
    const subject = { name: mix.name, capture, policy, frames }
    this.made.set(mix.name, subject)
    return subject
  }

  private async take(subjects: Subject[], isMix: boolean): Promise<void> {
    const all = await measure(subjects, this.plan)
    const [measured, other] = all
    this.results.push(resultOf(measured, isMix, other))
    this.faults.push(...all.flatMap(disagreements).filter(fault => !this.faults.includes(fault)))
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'conduitwatch-bench-'))
  } catch (error) {
    throw benchError(`cannot make a folder in ${tmpdir()}: ${reasonOf(error)}`)
  }
}

function tell(document: BenchDocument, format: BenchFlags['format']): void {
  const stdout = new LineWriter(1, 'standard output')
  const { isTTY, columns } = process.stdout
  stdout.write(
    format === 'json'
      ? `${JSON.stringify(document, null, 2)}\n`
      : benchReport(document, { colour: usesColour(process.stdout), ...(isTTY ? { columns } : {}) }),
  )
  stdout.flush()
  if (format === 'json')
    for (const fault of document.faults) process.stderr.write(`conduitwatch: ${sanitise(fault)}\n`)
}

/** A line drawn over itself on a terminal; nothing elsewhere. '' takes it away. */
function statusLine(wanted: boolean): (text: string) => void {
  if (!wanted || !process.stderr.isTTY) return () => {}
  return text => process.stderr.write(`\r\x1b[K${sanitise(text)}`)
}

/** What is wrong with words that are right one by one. */
function mistakeIn(captures: readonly string[], { policy, mix, frames }: BenchFlags): string | undefined {
  if (captures.length === 0)
    return policy === undefined
      ? undefined
      : '--policy goes with captures of your own; the mixes have policies that fit them'
  if (mix !== undefined) return '--mix goes without captures: it says which ones are made'
  if (frames !== undefined) return '--frames goes without captures: they are measured as they are'
  for (const capture of captures) {
    if (capture === '-') return 'standard input cannot be measured: it can be read only once'
    try {
      const stat = statSync(capture)
      if (!stat.isFile() && !stat.isDirectory())
        return `${capture} cannot be measured: it is neither a file nor a folder and may be readable only once`
    } catch (error) {
      return `cannot read ${capture}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : reasonOf(error)}`
    }
  }
  return undefined
}

function mixLines(): string {
  const width = Math.max(...MIXES.map(({ name }) => name.length))
  return MIXES.map(({ name, about }) => `  ${pad(name, width)}  ${about}`).join('\n')
}

/** The named mixes in the order in which they are measured: each after what it is compared with. */
function mixesOf(text: string): Mix[] {
  const names = text.split(',')
  const strange = names.find(name => !MIXES.some(mix => mix.name === name))
  if (strange !== undefined)
    throw new InvalidArgumentError(`There is no mix "${strange}", but ${listText(MIXES.map(m => m.name))}.`)
  return MIXES.filter(({ name }) => names.includes(name))
}

/** One worker, twice as many and so on, and as many as there are cores. */
function usualWorkers(): number[] {
  const cores = Math.min(MOST_WORKERS, availableParallelism())
  const numbers: number[] = []
  for (let n = 1; n < cores; n *= 2) numbers.push(n)
  return [...numbers, cores]
}

function workersOf(text: string): number[] {
  const numbers = text.split(',').map(word => (/^\d{1,2}$/.test(word) ? Number(word) : 0))
  if (!numbers.every(n => n >= 1 && n <= MOST_WORKERS) || new Set(numbers).size < numbers.length)
    throw new InvalidArgumentError(`It is a list like 1,2 of different numbers from 1 to ${MOST_WORKERS}.`)
  return numbers
}
