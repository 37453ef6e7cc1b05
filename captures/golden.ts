/**
 * Writes every scenario's golden anew: `npx node captures/golden.ts [scenario...]`. Look at the difference before it is
 * kept: what must be said stands in each README.md. With `--check` nothing is written, exit status 1 when one differs.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { checkPolicy } from '../src/policy/check.ts'
import { compilePolicy } from '../src/policy/compile.ts'
import type { Issue } from '../src/policy/model.ts'
import type { FlowRecord } from '../src/records.ts'
import { type RunOptions, type RunResult, run } from '../src/run.ts'
import { textReport } from '../src/sink/text-report.ts'
import { asked, build, judgedScenarios } from './make.ts'

const here = import.meta.dirname
/** stands for the version of the program, which no golden depends on */
const VERSION = '0.0.0'

/** What the program says of a scenario. Files have the names they have in the scenario's folder. */
export interface Judged extends RunResult {
  flows: FlowRecord[]
  issues: Issue[]
}

/** Judges captures of a scenario (all of them unless told) against its policy, as `analyze` does. */
export async function judge(
  scenario: string,
  captures?: string[],
  options: Partial<RunOptions> = {},
): Promise<Judged> {
  const folder = join(here, scenario)
  const { model, issues } = checkPolicy(readFileSync(join(folder, 'site.yaml'), 'utf8'), 'site.yaml')
  if (model === undefined) throw new Error(`${scenario}/site.yaml: ${issues[0].message}`)
  const names = captures ?? (await build(scenario)).map(file => file.name)
  const flows: FlowRecord[] = []
  const { summary, findings, assets } = await run({
    captures: names.map(name => join(folder, name)),
    version: VERSION,
    policy: compilePolicy(model),
    withLines: { jsonl: true },
    onLines: line => flows.push(JSON.parse(line)),
    ...options,
  })
  return withoutFolder({ summary, findings, assets, flows, issues }, folder + sep)
}

/** The same value, without the folder's path wherever a text names it. */
function withoutFolder<T>(value: T, folder: string): T {
  if (typeof value === 'string') return value.replaceAll(folder, '') as T
  if (Array.isArray(value)) return value.map(item => withoutFolder(item, folder)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutFolder(inner, folder)]),
  ) as T
}

/** The golden files of a scenario by name, as they must be. */
export async function golden(scenario: string): Promise<Map<string, string>> {
  const { summary, findings, flows } = await judge(scenario)
  const lines = (records: readonly unknown[]): string =>
    records.map(record => `${JSON.stringify(record)}\n`).join('')
  return new Map([
    ['flows.jsonl', lines(flows)],
    ['findings.jsonl', lines(findings)],
    ['summary.json', `${JSON.stringify(summary, null, 2)}\n`],
    ['report.txt', textReport({ summary, findings })],
  ])
}

/** A golden file as it is on disk, undefined where there is none. */
export function goldenOnDisk(scenario: string, name: string): string | undefined {
  try {
    return readFileSync(join(here, scenario, 'golden', name), 'utf8')
  } catch {
    return undefined
  }
}

async function main(args: string[]): Promise<void> {
  const { check, names } = asked(args)
  for (const scenario of names.filter(name => judgedScenarios().includes(name))) {
    for (const [name, text] of await golden(scenario)) {
      if (goldenOnDisk(scenario, name) === text) continue
      const path = join(scenario, 'golden', name)
      if (check) {
        console.error(`${path} differs`)
        process.exitCode = 1
        continue
      }
      mkdirSync(join(here, scenario, 'golden'), { recursive: true })
      writeFileSync(join(here, path), text)
      console.log(path)
    }
  }
}

if (import.meta.main) await main(process.argv.slice(2))
