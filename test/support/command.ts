import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/main.ts')

export interface Said {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs the command from its sources, in the repository's folder. */
export function conduitwatch(words: readonly string[], input?: Uint8Array): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    input: input ?? '',
    maxBuffer: 1 << 28,
  })
  return { status, stdout, stderr }
}

/** Starts the command and hands over what it says when it has ended. */
export function start(words: readonly string[]): { child: ReturnType<typeof spawn>; ended: Promise<Said> } {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] })
  const said: Said = { status: null, stdout: '', stderr: '' }
  child.stdout!.on('data', data => {
    said.stdout += data
  })
  child.stderr!.on('data', data => {
    said.stderr += data
  })
  const ended = new Promise<Said>(resolve => {
    child.on('close', status => resolve({ ...said, status }))
  })
  return { child, ended }
}

/** A folder for one test file; `remove` takes it away. */
export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'conduitwatch-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
