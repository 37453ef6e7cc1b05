import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Contender } from './contenders.ts'
import { locate, run } from './run.ts'

/** The machine, one line for each fact. */
export function machine(): [name: string, value: string][] {
  const issue = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(issue)?.[1]
  return [
    ['Processor', `${cpus()[0].model.trim()}, ${availableParallelism()} cores`],
    ['Memory', `${(totalmem() / 2 ** 30).toFixed(0)} GiB`],
    ['System', [system, `kernel ${release()}`].filter(Boolean).join(', ')],
    ['Node.js', process.versions.node],
  ]
}

/** Processes that wanted a processor in the last minute; what is measured beside them says little. */
export const busy = (): number => loadavg()[0]

/** Version by the program's own account, and that of its Debian package where it is from one. */
export async function versionOf({ program, tell, package: name }: Contender): Promise<string> {
  const said = tell === undefined ? undefined : await run(locate(program)!, tell)
  const own = said && firstVersion(said.stdout + said.stderr)
  const debian = name === undefined ? undefined : await debianVersion(name)
  return [own ?? '?', ...(debian === undefined ? [] : [`Debian ${debian}`])].join(', ')
}

/** The first thing in a text that looks like a version, e.g. 4.99.3. */
export const firstVersion = (text: string): string | undefined => /\d+(?:\.\d+)+/.exec(text)?.[0]

async function debianVersion(name: string): Promise<string | undefined> {
  const query = locate('dpkg-query')
  if (query === undefined) return undefined
  const { status, stdout } = await run(query, ['-W', '-f', `$${'{Version}'}`, name])
  return status === 0 && stdout !== '' ? stdout : undefined
}

/** Version of conduitwatch in this checkout. */
export function ownVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

export interface Built {
  program: string
  version: string
  command: string
}

/**
 * Builds the C loop into a folder; undefined where there is no C compiler, or one without the headers of the C library.
 * Throws where the loop does not compile.
 */
export async function buildCLoop(folder: string): Promise<Built | undefined> {
  const name = ['gcc', 'cc', 'clang'].find(compiler => locate(compiler) !== undefined)
  if (name === undefined) return undefined
  const compiler = locate(name)!
  const program = join(folder, 'flows')
  const source = join(import.meta.dirname, '../c-loop/flows.c')
  const { status, stderr } = await run(compiler, ['-O3', '-o', program, source])
  if (/fatal error: '?[\w/]+\.h\b/.test(stderr)) return undefined
  if (status !== 0) throw new Error(`the C loop does not compile: ${stderr}`)
  const version = (await run(compiler, ['--version'])).stdout.split('\n')[0]
  return { program, version, command: `${name} -O3 -o flows bench/c-loop/flows.c` }
}
