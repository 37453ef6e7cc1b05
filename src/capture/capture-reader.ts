import { createReadStream, fstatSync, open } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { Burst } from '../shared/burst.ts'
import { type ByteInput, plainReason, ReadFault } from './byte-input.ts'
import { addDamage } from './faults.ts'
import { FileBytes, type OpenFiles } from './file-bytes.ts'
import { RECOGNISED_BY, type Recognised, recognise } from './format.ts'
import type { Input } from './inputs.ts'
import { type BlockMemory, OWN_MEMORY } from './memory.ts'
import { PcapWalker } from './pcap.ts'
import { PcapngWalker } from './pcapng.ts'
import type { Ports } from './ports.ts'
import type { FileReport } from './source.ts'
import { StreamBytes } from './stream-bytes.ts'
import { Unpacked } from './unpack.ts'
import type { Walker } from './walker.ts'
import { Window } from './window.ts'

/** The input is no capture that is read. The message is a clause that begins with "it is". */
export class NotACapture extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NotACapture'
  }
}

/** What readers need from around them. */
export interface ReaderContext {
  files: OpenFiles
  ports: Ports
  /** replaces the standard input of the process */
  stdin: Readable | undefined
}

/** Reads one capture, whatever it comes from and however it is packed. */
export class CaptureReader {
  /** the frames of the newest `next`; they lie in memory that `next` fills anew */
  readonly burst: Burst
  readonly report: FileReport
  readonly input: Input
  private readonly context: ReaderContext
  private readonly file: number
  private readonly tap: string | undefined
  private bytes: ByteInput | undefined
  readonly blocks: BlockMemory
  private window: Window
  private walker: Walker | undefined
  private over = false

  /** `memory` is what the file is read into at first, and `blocks` what it goes on with; `file` is the report's index. */
  constructor(
    input: Input,
    report: FileReport,
    file: number,
    tap: string | undefined,
    context: ReaderContext,
    memory: Uint8Array,
    burst: Burst,
    blocks: BlockMemory = OWN_MEMORY,
  ) {
    this.input = input
    this.report = report
    this.file = file
    this.tap = tap
    this.context = context
    this.burst = burst
    this.blocks = blocks
    this.window = new Window(NOTHING, memory, blocks)
  }

  /** Bytes read from disk or pipe. */
  get taken(): number {
    return this.bytes?.taken ?? 0
  }

  /** The memory in use: that of the constructor, unless a record needed more. */
  get memory(): Uint8Array {
    return this.window.bytes
  }

  /** Opens the input and recognises what it is. Throws ReadFault where it cannot be read, NotACapture where it is none. */
  async start(): Promise<void> {
    this.bytes = await openBytes(this.input, this.context)
    this.window = new Window(this.bytes, this.window.bytes, this.blocks)
    await this.window.fill(RECOGNISED_BY)
    let packing = ''
    let recognised = recognise(this.first())
    if (recognised.kind === 'gzip' || recognised.kind === 'zstd') {
      packing = recognised.kind
      recognised = await this.unpack(recognised.kind)
    }
    this.adopt(recognised, packing)
  }

  /** Reads the next frames into `burst`; false at the end, which closes the input. Damage goes into the report. */
  async next(): Promise<boolean> {
    const { burst, window, walker } = this
    burst.count = 0
    while (walker !== undefined && !this.over && !walker.done) {
      walker.walk(burst)
      burst.bytes = window.bytes
      if (burst.count > 0) return true
      if (walker.done) break
      try {
        if (!(await window.fill(walker.need))) break
      } catch (error) {
        this.failed(error)
        break
      }
    }
    this.finish()
    return false
  }

  close(): void {
    this.over = true
    this.window.close()
  }

  /** What the capture begins with, as far as it is there. */
  private first(): Uint8Array {
    const { bytes, at, end } = this.window
    return bytes.subarray(at, Math.min(end, at + RECOGNISED_BY))
  }

  private async unpack(kind: 'gzip' | 'zstd'): Promise<Recognised> {
    const { bytes, at, end } = this.window
    const packed = new Prefixed(bytes.slice(at, end), this.bytes!)
    const again =
      this.input.kind === 'file' ? () => new FileBytes(this.input.path, this.context.files) : undefined
    this.bytes = new Unpacked(kind, packed, again)
    this.window.replace(this.bytes)
    try {
      await this.window.fill(RECOGNISED_BY)
    } catch (error) {
      this.report.format = kind
      this.failed(error)
    }
    return recognise(this.first())
  }

  private adopt(recognised: Recognised, packing: string): void {
    const { report, window, file, tap } = this
    const { ports } = this.context
    const desk = { window, report, ports, file, tap }
    const suffix = packing === '' ? '' : `+${packing}`
    if (recognised.kind === 'pcap') {
      const variant = recognised.modified ? ' (modified)' : recognised.nanoseconds ? ' (ns)' : ''
      report.format = `pcap${variant}${suffix}`
      this.walker = new PcapWalker(desk, recognised)
    } else if (recognised.kind === 'pcapng') {
      report.format = `pcapng${suffix}`
      this.walker = new PcapngWalker(desk)
    } else if (report.damage.length === 0) {
      if (window.end > 0) throw new NotACapture(foreignReason(recognised, packing))
      report.format = packing === '' ? 'empty' : packing
      addDamage(report, 0, packing === '' ? 'it is empty' : `its ${packing} data is empty`)
    }
  }

  private failed(error: unknown): void {
    const { window } = this
    addDamage(this.report, window.offsetOf(window.end), plainReason(error))
    this.over = true
  }

  private finish(): void {
    if (this.walker !== undefined) {
      this.walker.finish(this.over)
      this.walker = undefined
    }
    if (this.input.kind !== 'file') this.report.bytes = this.taken
    this.close()
  }
}

function foreignReason(recognised: Recognised, packing: string): string {
  if (recognised.kind === 'foreign')
    return packing === ''
      ? recognised.reason
      : `it is packed with ${packing}, and what is inside is no capture`
  return `it is packed twice, with ${packing} and ${recognised.kind}; unpack it once`
}

const openFile = promisify(open)

/** Opens what an input stands for. Throws ReadFault. */
async function openBytes(input: Input, context: ReaderContext): Promise<ByteInput> {
  try {
    switch (input.kind) {
      case 'file':
        return new FileBytes(input.path, context.files)
      case 'pipe':
        // opening waits for the writer; from then on the event loop watches the pipe, so that no thread waits in it
        return new StreamBytes(
          new Socket({ fd: await openFile(input.path, 'r'), readable: true, writable: false }),
        )
      case 'device':
        return new StreamBytes(createReadStream(input.path))
      case 'stdin':
        return openStdin(input, context)
      case 'unreadable':
        throw new ReadFault(input.reason!)
    }
  } catch (error) {
    throw error instanceof ReadFault ? error : new ReadFault(plainReason(error))
  }
}

function openStdin(input: Input, context: ReaderContext): ByteInput {
  const stream = context.stdin ?? process.stdin
  if (context.stdin === undefined || context.stdin === process.stdin) {
    if (process.stdin.isTTY) throw new ReadFault('it is a terminal; pipe a capture into it')
    const stats = fstatSync(0)
    if (stats.isFile()) input.size = stats.size
  }
  return new StreamBytes(stream)
}

/** Bytes that were read already, then the rest. */
class Prefixed implements ByteInput {
  private readonly prefix: Uint8Array
  private readonly rest: ByteInput
  private at = 0

  constructor(prefix: Uint8Array, rest: ByteInput) {
    this.prefix = prefix
    this.rest = rest
  }

  get taken(): number {
    return this.rest.taken
  }

  read(into: Uint8Array, at: number, length: number): number | Promise<number> {
    const count = Math.min(length, this.prefix.length - this.at)
    if (count === 0) return this.rest.read(into, at, length)
    into.set(this.prefix.subarray(this.at, this.at + count), at)
    this.at += count
    return count
  }

  close(): void {
    this.rest.close()
  }
}

const NOTHING: ByteInput = { taken: 0, read: () => 0, close: () => {} }
