import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Burst } from '../shared/burst.ts'
import { ReadFault } from './byte-input.ts'
import { CaptureReader, NotACapture, type ReaderContext } from './capture-reader.ts'
import { addDamage, counted, digits, newReport } from './faults.ts'
import { OpenFiles } from './file-bytes.ts'
import { findInputs, type Input, looksLikeCapture } from './inputs.ts'
import type { BlockMemory } from './memory.ts'
import { MergedCaptures, type Waiting } from './merge.ts'
import { Ports, type TapRule, Taps } from './ports.ts'
import { CaptureError, type CaptureSource, type FileReport } from './source.ts'

export interface OpenOptions {
  /** the first rule whose glob matches the path or the base name of a capture names its tap */
  taps?: readonly TapRule[]
  /** read for "-" instead of the standard input of the process */
  stdin?: Readable
  /** bytes read at a time, for tests; a record that is larger is read all the same */
  blockSize?: number
  /** frames in a burst at most, for tests */
  burstFrames?: number
  /** shared memory to read into; without it each capture has its own */
  memory?: BlockMemory | undefined
  /** files that are open at a time at most */
  openFiles?: number
}

/** Enough for a file header and the first frame of most captures. */
const LOOK = 64 * 1024

/** What a look at an input gave. */
interface Looked {
  report: FileReport
  /** first frame of a file, where more than one capture is read */
  first?: { seconds: number; nanos: number }
  /** nothing more is to be read of it */
  over: boolean
  /** why it cannot be read at all */
  reason?: string
  /** it can be read, and is no capture */
  foreign?: boolean
}

/**
 * Opens captures: files, folders (all captures in and below them), FIFOs, and "-" for standard input, pcap or pcapng,
 * packed with gzip or zstd or not. They become one stream in time order. Throws CaptureError when there is
 * nothing behind any of `paths`: no such file, or a folder without captures. An input that is there and cannot be read, or
 * one that is missing among others, is reported as damaged at byte 0. An empty file is a damaged one.
 */
export async function openCaptures(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<CaptureSource> {
  return new Opening(options).open(paths)
}

class Opening {
  private readonly options: OpenOptions
  private readonly taps: Taps
  private readonly context: ReaderContext
  private readonly memory: Uint8Array
  private readonly files: FileReport[] = []
  private readonly waiting: Waiting[] = []
  private readonly live: { order: number; reader: CaptureReader }[] = []
  /** `absent`: there is nothing at all behind the path, which is a mistake in the command rather than a damaged input */
  private readonly failures: { path: string; message: string; absent: boolean }[] = []
  private readable = 0

  constructor(options: OpenOptions) {
    this.options = options
    this.taps = new Taps(options.taps ?? [])
    this.context = { files: new OpenFiles(options.openFiles), ports: new Ports(), stdin: options.stdin }
    this.memory = new Uint8Array(options.blockSize ?? LOOK)
  }

  async open(paths: readonly string[]): Promise<CaptureSource> {
    const { list, folders } = findInputs(paths)
    const skipped = folders.map((): string[] => [])
    const firstOf: (FileReport | undefined)[] = folders.map(() => undefined)
    const isOnly = list.length === 1
    for (const input of list) {
      const looked =
        input.kind === 'file' || input.kind === 'unreadable' ? await this.look(input, isOnly) : undefined
      if (looked !== undefined && isUnrelated(input, looked)) {
        skipped[input.folder].push(input.path)
        continue
      }
      const report = looked ? this.keep(input, looked) : await this.goLive(input)
      if (input.folder >= 0) firstOf[input.folder] ??= report
    }
    folders.forEach((folder, i) => {
      const report = firstOf[i]
      if (report === undefined) this.emptyFolder(folder, skipped[i].length)
      else if (skipped[i].length > 0) report.notes.push(skippedSentence(folder, skipped[i]))
    })
    if (this.readable === 0 && this.failures.every(({ absent }) => absent)) throw this.nothingToRead()
    for (const { name, glob } of this.taps.unused())
      this.files[0].notes.push(`no capture matches --tap ${name}=${glob}`)
    const { blockSize, burstFrames, memory } = this.options
    const options = { blockSize, burstFrames, memory }
    return new MergedCaptures(this.files, this.waiting, this.live, this.context, options)
  }

  /** Looks at a file: what it is and, where several are read, when its first frame was. It is closed again. */
  private async look(input: Input, isOnly: boolean): Promise<Looked> {
    const report = newReport(input.name, input.size)
    report.notes.push(...input.notes)
    const context = { ...this.context, ports: new Ports() }
    const burst = new Burst(this.memory, 1)
    const reader = new CaptureReader(input, report, 0, undefined, context, this.memory, burst)
    try {
      await reader.start()
      if (isOnly) {
        const over = report.damage.length > 0
        return { report: over ? report : this.freshReport(report, input), over }
      }
      if (!(await reader.next())) return { report, over: true }
      const first = { seconds: burst.seconds[0], nanos: burst.nanos[0] }
      return { report: this.freshReport(report, input), first, over: false }
    } catch (error) {
      if (error instanceof NotACapture) return { report, over: true, reason: error.message, foreign: true }
      if (error instanceof ReadFault) return { report, over: true, reason: error.message }
      throw error
    } finally {
      reader.close()
    }
  }

  /** The report of a file that will be read from its start: with nothing counted yet. */
  private freshReport(looked: FileReport, input: Input): FileReport {
    const report = newReport(input.name, input.size)
    report.format = looked.format
    report.notes.push(...input.notes)
    return report
  }

  private keep(input: Input, looked: Looked): FileReport {
    const { report, first, over, reason } = looked
    const order = this.files.push(report) - 1
    if (reason !== undefined) {
      this.failures.push({
        path: input.path,
        message: `cannot read ${input.name}: ${reason}`,
        absent: input.kind === 'unreadable' && !existsSync(input.path),
      })
      addDamage(report, 0, `it cannot be read: ${reason}`)
      return report
    }
    this.readable++
    const tap = this.taps.tapOf(input.path)
    // a file that is the only one is opened at once, whenever its first frame was
    if (!over) this.waiting.push({ ...(first ?? { seconds: -1, nanos: 0 }), order, input, report, tap })
    return report
  }

  /** Opens what grows, and keeps it open. */
  private async goLive(input: Input): Promise<FileReport> {
    const report = newReport(input.name, 0)
    const order = this.files.push(report) - 1
    const { blockSize = 1 << 18, burstFrames } = this.options
    const memory = new Uint8Array(blockSize)
    const burst = new Burst(memory, burstFrames)
    const tap = this.taps.tapOf(input.path)
    const reader = new CaptureReader(input, report, order, tap, this.context, memory, burst)
    try {
      await reader.start()
      this.readable++
      this.live.push({ order, reader })
    } catch (error) {
      if (!(error instanceof NotACapture || error instanceof ReadFault)) throw error
      reader.close()
      this.failures.push({
        path: input.path,
        message: `cannot read ${input.name}: ${error.message}`,
        absent: false,
      })
      addDamage(report, 0, `it cannot be read: ${error.message}`)
    }
    return report
  }

  private emptyFolder(folder: string, skipped: number): void {
    const reason = `there is no capture in this folder${skipped > 0 ? `, only ${counted(skipped, 'other file')}` : ''}`
    const report = newReport(folder, 0)
    addDamage(report, 0, reason)
    this.files.push(report)
    this.failures.push({ path: folder, message: `cannot read ${folder}: ${reason}`, absent: true })
  }

  private nothingToRead(): CaptureError {
    if (this.failures.length === 0) return new CaptureError('', 'no capture is named')
    const [{ path, message }] = this.failures
    const others = this.failures.length - 1
    const more = others === 1 ? 'the other input' : `the ${digits(others)} other inputs`
    return new CaptureError(path, others === 0 ? message : `${message}; nor can ${more} be read`)
  }
}

/** A file that came with a folder and has nothing to do with captures. */
function isUnrelated({ folder, path }: Input, { foreign, report }: Looked): boolean {
  return folder >= 0 && !looksLikeCapture(path) && (foreign === true || report.format === 'empty')
}

function skippedSentence(folder: string, files: readonly string[]): string {
  const names = files.slice(0, 3).map(path => path.slice(folder.length).replace(/^[\\/]+/, ''))
  const are = files.length === 1 ? 'is no capture and was' : 'are no captures and were'
  return `${counted(files.length, 'other file')} in ${folder} ${are} skipped, such as ${names.join(', ')}`
}
