import { Command, InvalidArgumentError, Option } from 'commander'
import { DEFAULT_IDLE, type Moment, ThreadError } from '../analyzer.ts'
import { CaptureError, type Damage } from '../capture/source.ts'
import { Crew } from '../engine/crew.ts'
import { SEVERITIES } from '../finding/severity.ts'
import { sanitise } from '../finding/words.ts'
import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts'
import type { Severity } from '../records.ts'
import { type RunResult, run } from '../run.ts'
import { csvHeader } from '../sink/csv.ts'
import { writeJson, writeJsonLines } from '../sink/json.ts'
import { LineWriter, OutputError } from '../sink/line-writer.ts'
import { OutDirectory } from '../sink/out-directory.ts'
import { textReport } from '../sink/text-report.ts'
import { exitStatus } from '../summary.ts'
import { type FlowFlags, flowOptions } from './flow-options.ts'
import { parseMoment } from './moments.ts'
import { loadPolicy } from './policy-file.ts'
import { progressBar } from './progress.ts'
import { usesColour } from './terminal.ts'
import { MOST_WORKERS, wholeOf } from './whole-numbers.ts'

const FORMATS = ['text', 'json', 'jsonl', 'csv'] as const

/** What may go wrong without a mistake of the program; each has a sentence for the user. */
const isExpected = (error: unknown): error is Error =>
  error instanceof CaptureError || error instanceof OutputError || error instanceof ThreadError

interface AnalyzeFlags extends FlowFlags {
  policy?: string
  format: (typeof FORMATS)[number]
  out?: string
  force?: boolean
  tap?: { name: string; glob: string }[]
  since?: Moment
  until?: Moment
  failOn: Severity
  strict?: boolean
  exitZero?: boolean
  workers?: number
  progress: boolean
}

/** The command `analyze` (contract section 1). `done` is told the exit status. */
export function analyzeCommand(version: string, done: (status: number) => void): Command {
  const command = new Command('analyze')
    .description('judge captures: pcap, pcapng, gzip or zstd, a folder of them, or - for standard input')
    .argument('<capture...>', 'files, folders, or - for standard input')
    .option('-p, --policy <file>', 'site policy; without one nothing is judged, flows are only listed')
    .addOption(
      new Option('-f, --format <format>', 'what goes to standard output').choices(FORMATS).default('text'),
    )
    .option(
      '-o, --out <dir>',
      'also write flows.jsonl, findings.jsonl, assets.jsonl and summary.json into this folder',
    )
    .option('--force', 'replace the files of another run in that folder')
    .option('--tap <name=glob>', 'which declared tap a capture file came from (repeatable)', tapOf)
    .option(
      '--since <time>',
      'only frames from here on: RFC 3339, +30m after the start, -30m before the end',
      momentOf,
    )
    .option('--until <time>', 'only frames before this moment', momentOf)
    .addOption(
      new Option('--fail-on <severity>', 'lowest severity that gives exit status 1')
        .choices(SEVERITIES)
        .default('medium'),
    )
    .option('--strict', 'undetermined flows and conduits that are not observable give exit status 1, too')
    .option('--exit-zero', 'exit status 0 whatever was found, unless nothing could be judged')
    .option(
      '--workers <n>',
      'worker threads, 1 to 64; the results never depend on it',
      wholeOf(1, MOST_WORKERS),
    )
  for (const option of flowOptions()) command.addOption(option)
  return command
    .option('--no-progress', 'no progress bar (there is one on a terminal only)')
    .action(async (captures: string[], flags: AnalyzeFlags) =>
      done(await analyzeCaptures(captures, flags, version)),
    )
}

/** Runs the command; answers the exit status. */
async function analyzeCaptures(captures: string[], flags: AnalyzeFlags, version: string): Promise<number> {
  // the threads load their code while the policy is read here
  const crew = await Crew.start({ captures, workers: flags.workers })
  try {
    return await analyzeWith(crew, captures, flags, version)
  } finally {
    await crew?.end()
  }
}

async function analyzeWith(
  crew: Crew | undefined,
  captures: string[],
  flags: AnalyzeFlags,
  version: string,
): Promise<number> {
  let policy: CompiledPolicy | undefined
  if (flags.policy !== undefined) {
    const loaded = loadPolicy(flags.policy, usesColour(process.stderr))
    if (loaded.model === undefined) {
      process.stderr.write(loaded.issuesText)
      return 2
    }
    policy = compilePolicy(loaded.model)
  }
  const stdout = new LineWriter(1, 'standard output')
  let out: OutDirectory | undefined
  // the first interrupt ends the input, and what was read is judged; the second ends the process
  const interrupt = new AbortController()
  const onSignal = (): void => {
    process.removeListener('SIGINT', onSignal)
    interrupt.abort()
  }
  process.on('SIGINT', onSignal)
  const bar = progressBar(process.stderr, flags.progress)
  try {
    if (flags.out !== undefined) out = new OutDirectory(flags.out, { force: flags.force ?? false })
    if (flags.format === 'csv') stdout.write(csvHeader())
    const result = await run({
      captures,
      version,
      policy,
      taps: flags.tap ?? [],
      since: flags.since,
      until: flags.until,
      idle: flags.idle ?? DEFAULT_IDLE,
      activeTimeout: flags.active,
      maxFlows: flags.maxFlows,
      stdin: process.stdin,
      signal: interrupt.signal,
      withAssets: out !== undefined || policy === undefined,
      onProgress: bar.update,
      crew,
      withLines: { jsonl: out !== undefined, csv: flags.format === 'csv' },
      onLines: (jsonl, csv) => {
        if (jsonl !== '') out?.flowLine(jsonl)
        if (csv !== '') stdout.write(csv)
      },
    })
    bar.end()
    tellDamage(result)
    if (out !== undefined) {
      for (const finding of result.findings) out.finding(finding)
      for (const asset of result.assets) out.asset(asset)
      out.commit(result.summary)
    }
    writeResult(stdout, result, flags.format)
    return exitStatus(result.summary, {
      failOn: flags.failOn,
      strict: flags.strict ?? false,
      exitZero: flags.exitZero ?? false,
    })
  } catch (error) {
    bar.end()
    out?.abandon()
    if (!isExpected(error)) throw error
    process.stderr.write(`conduitwatch: ${sanitise(error.message)}\n`)
    return 2
  } finally {
    process.removeListener('SIGINT', onSignal)
  }
}

function writeResult(stdout: LineWriter, result: RunResult, format: AnalyzeFlags['format']): void {
  const { summary } = result
  if (format === 'json') writeJson(stdout, summary)
  else if (format === 'jsonl') writeJsonLines(stdout, result.findings, summary)
  else if (format === 'csv') stdout.flush()
  else {
    const { isTTY, columns } = process.stdout
    stdout.write(textReport(result, { colour: usesColour(process.stdout), ...(isTTY ? { columns } : {}) }))
    stdout.flush()
  }
}

/** A damaged input is always named on standard error (contract section 1). */
function tellDamage({ summary }: RunResult): void {
  const lines = summary.files.flatMap(({ name, damage }) =>
    damage.map(({ offset, reason }: Pick<Damage, 'offset' | 'reason'>) =>
      sanitise(`conduitwatch: ${name}: damaged at byte ${offset}: ${reason}`),
    ),
  )
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`)
}

function tapOf(text: string, known: { name: string; glob: string }[] = []): { name: string; glob: string }[] {
  const at = text.indexOf('=')
  if (at <= 0 || at === text.length - 1)
    throw new InvalidArgumentError('It has the form NAME=GLOB, for example esx-a=captures/esx-a*.pcap.')
  return [...known, { name: text.slice(0, at), glob: text.slice(at + 1) }]
}

function momentOf(text: string): Moment {
  const moment = parseMoment(text)
  if (moment === undefined)
    throw new InvalidArgumentError(
      'Times are RFC 3339 with an offset (2026-11-25T06:00:00Z), or +30m from the start, -30m from the end (s, m, h, d).',
    )
  return moment
}
