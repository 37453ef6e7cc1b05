/**
 * Writes every scenario's captures anew: `node captures/make.ts [scenario...]`.
 * With `--check` nothing is written: each file is compared byte for byte, exit status 1 when one differs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaptureFile } from './support/captures.ts'

const here = import.meta.dirname

/** Folder names of all scenarios: the folders here that hold a make.ts. */
export function scenarios(): string[] {
  const folders = readdirSync(here, { withFileTypes: true }).filter(
    entry => entry.isDirectory() && entry.name !== 'support',
  )
  return folders.map(folder => folder.name).sort()
}

/** Those of them that are held against a policy of their own. */
export const judgedScenarios = (): string[] =>
  scenarios().filter(name => existsSync(join(here, name, 'site.yaml')))

/** The capture files of one scenario, as its make.ts builds them. */
export async function build(scenario: string): Promise<CaptureFile[]> {
  const module = (await import(`./${scenario}/make.ts`)) as { make: () => CaptureFile[] }
  return module.make()
}

/** Compares what is on disk with what would be written; answers a sentence per difference. */
export async function differences(scenario: string): Promise<string[]> {
  const found = []
  for (const file of await build(scenario)) {
    const path = join(here, scenario, file.name)
    let present: Uint8Array
    try {
      present = readFileSync(path)
    } catch {
      found.push(`${scenario}/${file.name} is missing`)
      continue
    }
    const at = file.bytes.findIndex((byte, i) => present[i] !== byte)
    if (at >= 0) found.push(`${scenario}/${file.name} differs from byte ${at} on`)
    else if (present.length !== file.bytes.length)
      found.push(`${scenario}/${file.name} has ${present.length} bytes, not ${file.bytes.length}`)
  }
  return found
}

/** The scenarios a command line names (all when none) and whether to check only; unknown names are told, exit status 2. */
export function asked(args: readonly string[]): { check: boolean; names: string[] } {
  const named = args.filter(arg => arg !== '--check')
  const unknown = named.filter(name => !scenarios().includes(name))
  if (unknown.length > 0) {
    console.error(`No such scenario: ${unknown.join(', ')}. There are: ${scenarios().join(', ')}.`)
    process.exitCode = 2
    return { check: true, names: [] }
  }
  return { check: args.includes('--check'), names: named.length > 0 ? named : scenarios() }
}

async function main(args: string[]): Promise<void> {
  const { check, names } = asked(args)
  for (const scenario of names) {
    if (check) {
      for (const difference of await differences(scenario)) {
        console.error(difference)
        process.exitCode = 1
      }
      continue
    }
    mkdirSync(join(here, scenario), { recursive: true })
    for (const file of await build(scenario)) {
      writeFileSync(join(here, scenario, file.name), file.bytes)
      console.log(`${scenario}/${file.name}: ${file.bytes.length} bytes`)
    }
  }
}

if (import.meta.main) await main(process.argv.slice(2))
