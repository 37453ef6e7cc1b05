import { type BigIntStats, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { plainReason } from './byte-input.ts'

/** One thing to read, as found on the command line or in a folder given there. */
export interface Input {
  /** as reports name it */
  name: string
  /** as given, or inside the folder given; "-" for standard input */
  path: string
  kind: 'file' | 'pipe' | 'device' | 'stdin' | 'unreadable'
  /** bytes on disk, of files */
  size: number
  /** index of the folder it was found in, -1 for one that was named itself */
  folder: number
  /** why it cannot be read */
  reason?: string
  /** sentences on it */
  notes: string[]
}

/** What the paths of a command line come to. */
export interface Inputs {
  list: Input[]
  /** folders as given */
  folders: string[]
}

export const STDIN_NAME = 'standard input'

/**
 * Finds what there is to read. A folder stands for all files in it and in folders below it, in the order of their paths;
 * names that begin with a dot are left out, and links to folders are not followed. A file that is met twice (named twice,
 * or a link to another one) is read once.
 */
export function findInputs(paths: readonly string[]): Inputs {
  const found: Inputs = { list: [], folders: [] }
  const seen = new Map<string, Input>()
  for (const path of paths) {
    if (path === '-') addStdin(found.list)
    else add(found, seen, path, -1)
  }
  return found
}

function addStdin(list: Input[]): void {
  if (list.some(input => input.kind === 'stdin')) return
  list.push({ name: STDIN_NAME, path: '-', kind: 'stdin', size: 0, folder: -1, notes: [] })
}

function add(found: Inputs, seen: Map<string, Input>, path: string, folder: number): void {
  const input: Input = { name: path, path, kind: 'unreadable', size: 0, folder, notes: [] }
  let stats: BigIntStats
  try {
    stats = statSync(path, { bigint: true })
  } catch (error) {
    found.list.push({ ...input, reason: plainReason(error) })
    return
  }
  if (stats.isDirectory()) {
    if (folder < 0) addFolder(found, seen, path)
    return
  }
  // pipes in a folder belong to programs that are running: reading them would wait for ever
  if (folder >= 0 && !stats.isFile()) return
  const key = `${stats.dev}:${stats.ino}`
  const first = stats.isFile() && stats.ino !== 0n ? seen.get(key) : undefined
  if (first) {
    if (first.path !== path) first.notes.push(`${path} is the same file and was read once`)
    return
  }
  input.kind = stats.isFile() ? 'file' : stats.isFIFO() ? 'pipe' : 'device'
  input.size = input.kind === 'file' ? Number(stats.size) : 0
  seen.set(key, input)
  found.list.push(input)
}

function addFolder(found: Inputs, seen: Map<string, Input>, path: string): void {
  const folder = found.folders.push(path) - 1
  for (const file of filesBelow(path)) {
    if (file.reason === undefined) add(found, seen, file.path, folder)
    else {
      const { path, reason } = file
      found.list.push({ name: path, path, kind: 'unreadable', size: 0, folder, reason, notes: [] })
    }
  }
}

/** All files below a folder, and folders that cannot be listed, in the order of their paths. */
function filesBelow(folder: string): { path: string; reason?: string }[] {
  const files: { path: string; reason?: string }[] = []
  const waiting = [folder]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      for (const entry of readdirSync(next, { withFileTypes: true })) {
        if (entry.name.startsWith('.')) continue
        const path = join(next, entry.name)
        if (entry.isDirectory()) waiting.push(path)
        else files.push({ path })
      }
    } catch (error) {
      files.push({ path: next, reason: plainReason(error) })
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Whether a file is called like a capture: in a folder of other things, a broken one of these is worth a word. */
export const looksLikeCapture = (path: string): boolean =>
  /\.(pcap|pcapng|cap|ntar|dmp)\d*(\.(gz|zst|zstd|xz|lz4|bz2|Z))?$/i.test(path)
