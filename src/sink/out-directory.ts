import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { AssetRecord, FindingRecord, Summary } from '../records.ts'
import { LineWriter, OutputError, reasonOf } from './line-writer.ts'

/** In the order in which they get their final names: the summary last, so that a folder with one is whole. */
const FILES = ['flows.jsonl', 'findings.jsonl', 'assets.jsonl', 'summary.json'] as const
type FileName = (typeof FILES)[number]
const PARTIAL = '.partial'

/**
 * The folder of `-o DIR`. Files are written under temporary names (`flows.jsonl.partial`) and renamed by `commit`: a run
 * that was cut short leaves no file that looks finished. All methods throw OutputError with one sentence.
 */
export class OutDirectory {
  private readonly path: string
  private readonly open = new Map<FileName, { fd: number; lines: LineWriter }>()

  /**
   * Creates the folder where it is missing and opens the files in it. A folder that holds files of another run is
   * refused, unless `force`: then they are replaced.
   */
  constructor(path: string, options: { force?: boolean } = {}) {
    this.path = path
    try {
      makeFolder(resolve(path))
      if (!statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const reason =
        code === 'EEXIST' || code === 'ENOTDIR' ? 'it is a file, not a directory' : reasonOf(error)
      throw new OutputError(`cannot use ${path} as output directory: ${reason}`)
    }
    if (!options.force) this.refuseMixing()
    try {
      for (const name of FILES) {
        const file = this.file(name) + PARTIAL
        const fd = openSync(file, options.force ? 'w' : 'wx', 0o644)
        this.open.set(name, { fd, lines: new LineWriter(fd, file) })
      }
    } catch (error) {
      this.abandon()
      throw new OutputError(`cannot write into ${path}: ${reasonOf(error)}`)
    }
  }

  /** A flow or tunnel record as a line of JSON, with its line feed. */
  flowLine(line: string): void {
    this.open.get('flows.jsonl')!.lines.write(line)
  }

  finding(record: FindingRecord): void {
    this.open.get('findings.jsonl')!.lines.record(record)
  }

  asset(record: AssetRecord): void {
    this.open.get('assets.jsonl')!.lines.record(record)
  }

  /** Hands what was written until now to the operating system. */
  flush(): void {
    for (const { lines } of this.open.values()) lines.flush()
  }

  /** Writes the summary, makes everything durable and gives the files their names. */
  commit(summary: Summary): void {
    this.open.get('summary.json')!.lines.write(`${JSON.stringify(summary, null, 2)}\n`)
    try {
      for (const { fd, lines } of this.open.values()) {
        lines.flush()
        fsyncSync(fd)
        closeSync(fd)
      }
      const names = [...this.open.keys()]
      this.open.clear()
      // an old summary must not stand beside new records, should this be cut short in between
      rmSync(this.file('summary.json'), { force: true })
      for (const name of names) renameSync(this.file(name) + PARTIAL, this.file(name))
    } catch (error) {
      this.abandon()
      if (error instanceof OutputError) throw error
      throw new OutputError(`cannot finish the files in ${this.path}: ${reasonOf(error)}`)
    }
  }

  /**
   * Closes the files as they are, under their temporary names: for a run that ends before its time, of which they are all there
   * is. Empty ones are removed. Never throws.
   */
  leave(): void {
    for (const [name, { fd, lines }] of this.open) {
      try {
        lines.flush()
      } catch {
        // a full disk takes no more; what it has taken stays
      }
      try {
        if (fstatSync(fd).size === 0) rmSync(this.file(name) + PARTIAL, { force: true })
        closeSync(fd)
      } catch {
        // closed before
      }
    }
    this.open.clear()
  }

  /** Closes and removes what was begun; for a run that judged nothing. Never throws. */
  abandon(): void {
    for (const [name, { fd }] of this.open) {
      try {
        closeSync(fd)
      } catch {
        // closed before: the file still has to go
      }
      rmSync(this.file(name) + PARTIAL, { force: true })
    }
    this.open.clear()
  }

  private file(name: FileName): string {
    return join(this.path, name)
  }

  private refuseMixing(): void {
    for (const name of FILES) {
      if (existsSync(this.file(name))) {
        throw new OutputError(
          `${this.path} holds ${name} of another run; give another directory, or --force to replace it`,
        )
      }
      if (existsSync(this.file(name) + PARTIAL)) {
        const partial = name + PARTIAL
        throw new OutputError(
          `${this.path} holds ${partial} of a run that is still going or was cut short; --force replaces it`,
        )
      }
    }
  }
}

/** As `mkdir -p`. Node's own `recursive` does not come back from file systems that answer ENOENT to every mkdir, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  mkdirSync(path)
}
