import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bytes, l16, l32, type Part, u16, u32, zeros } from '../../captures/support/bytes.ts'
import { type OpenOptions, openCaptures } from '../../src/capture/open.ts'
import type { CaptureSource, FileReport, Port } from '../../src/capture/source.ts'

/** One frame as a consumer sees it. */
export interface ReadFrame {
  /** bytes in hexadecimal */
  hex: string
  wire: number
  seconds: number
  nanos: number
  /** index of the report */
  file: number
  frame: number
}

export interface Reading {
  frames: ReadFrame[]
  files: FileReport[]
  ports: Port[]
}

/** Everything in a source; the promises of a burst are held on the way. */
export async function drain(source: CaptureSource): Promise<Reading> {
  const frames: ReadFrame[] = []
  for await (const burst of source.bursts()) {
    if (burst.count < 1 || burst.count > burst.capacity) throw new Error(`a burst of ${burst.count} frames`)
    for (let i = 0; i < burst.count; i++) {
      const end = burst.offset[i] + burst.captured[i]
      if (end > burst.bytes.length || burst.wire[i] < burst.captured[i] || burst.nanos[i] > 999_999_999)
        throw new Error(`frame ${burst.frame[i]} breaks what a burst promises`)
      if (burst.onePort >= 0 && (burst.port[i] !== burst.onePort || burst.frame[i] !== burst.frame[0] + i))
        throw new Error(`frame ${burst.frame[i]} is not of the one port the burst names`)
      frames.push({
        hex: Buffer.from(burst.bytes.subarray(burst.offset[i], end)).toString('hex'),
        wire: burst.wire[i],
        seconds: burst.seconds[i],
        nanos: burst.nanos[i],
        file: source.ports[burst.port[i]].file,
        frame: burst.frame[i],
      })
    }
  }
  return { frames, files: source.files, ports: source.ports }
}

/** Why an input cannot be read at all, as its only damage says. */
export async function refusalOf(path: string, options: OpenOptions = {}): Promise<string> {
  const { frames, files } = await readAll(path, options)
  const [{ damage }] = files
  const prefix = 'it cannot be read: '
  if (
    frames.length > 0 ||
    damage.length !== 1 ||
    damage[0].offset !== 0 ||
    !damage[0].reason.startsWith(prefix)
  )
    throw new Error(`not refused: ${JSON.stringify(damage)}`)
  return damage[0].reason.slice(prefix.length)
}

export async function readAll(paths: string | string[], options: OpenOptions = {}): Promise<Reading> {
  return drain(await openCaptures([paths].flat(), options))
}

/** A folder for a test's files; `remove` takes it away. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'conduitwatch-'))

  /** Writes a file, folders on the way included, and answers its path. */
  file(name: string, content: Uint8Array | string): string {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Lengths as they are stated: they may lie. */
interface RecordOptions {
  captured?: number
  wire?: number
  /** between header and data */
  extra?: Uint8Array
}

/** A classic pcap record, little-endian. */
export function record(
  seconds: number,
  fraction: number,
  data: Uint8Array,
  { captured = data.length, wire = captured, extra = zeros(0) }: RecordOptions = {},
): Uint8Array {
  return bytes(l32(seconds), l32(fraction), l32(captured), l32(wire), extra, data)
}

/** A classic pcap file header, little-endian. */
export function pcapHeader({
  magic = 0xa1b2c3d4,
  major = 2,
  minor = 4,
  snapLength = 262144,
  linkType = 1,
} = {}): Uint8Array {
  return bytes(l32(magic), l16(major), l16(minor), l32(0), l32(0), l32(snapLength), l32(linkType))
}

/** A small pcap file whose frames have the given times in microseconds since 1970, and bytes that tell them apart. */
export function timed(times: readonly number[], mark = 0): Uint8Array {
  const records = times.map((time, i) =>
    record(Math.floor(time / 1e6), time % 1e6, bytes(mark, u32(i), zeros(20 + (i % 7)))),
  )
  return bytes(pcapHeader(), ...records)
}

/** Writes pcapng blocks in one byte order. */
export class Blocks {
  private readonly w16: (value: number) => number[]
  readonly w32: (value: number) => number[]
  private readonly bigEndian: boolean

  constructor(bigEndian = false) {
    this.bigEndian = bigEndian
    this.w16 = bigEndian ? u16 : l16
    this.w32 = bigEndian ? u32 : l32
  }

  block(type: number, ...parts: Part[]): Uint8Array {
    const body = padded(bytes(...parts))
    return bytes(this.w32(type), this.w32(12 + body.length), body, this.w32(12 + body.length))
  }

  option(code: number, ...parts: Part[]): Uint8Array {
    const value = bytes(...parts)
    return bytes(this.w16(code), this.w16(value.length), padded(value))
  }

  w64(value: bigint): number[] {
    const words = [Number((value >> 32n) & 0xffffffffn), Number(value & 0xffffffffn)]
    return (this.bigEndian ? words : words.reverse()).flatMap(word => this.w32(word))
  }

  section({ options = [] as Uint8Array[], major = 1 } = {}): Uint8Array {
    const unknown = this.w64(0xffffffffffffffffn)
    return this.block(0x0a0d0d0a, this.w32(0x1a2b3c4d), this.w16(major), this.w16(0), unknown, ...options)
  }

  interface({ linkType = 1, snapLength = 0, options = [] as Uint8Array[] } = {}): Uint8Array {
    return this.block(1, this.w16(linkType), this.w16(0), this.w32(snapLength), ...options)
  }

  /** `ticks` is the time stamp */
  enhanced(
    id: number,
    ticks: bigint,
    data: Uint8Array,
    { captured = data.length, wire = captured }: RecordOptions = {},
  ): Uint8Array {
    return this.block(6, this.w32(id), this.stamp(ticks), this.w32(captured), this.w32(wire), padded(data))
  }

  obsolete(id: number, ticks: bigint, data: Uint8Array): Uint8Array {
    const lengths = [this.w32(data.length), this.w32(data.length)]
    return this.block(2, this.w16(id), this.w16(0), this.stamp(ticks), ...lengths, padded(data))
  }

  simple(wire: number, data: Uint8Array): Uint8Array {
    return this.block(3, this.w32(wire), padded(data))
  }

  statistics(id: number, options: Uint8Array[]): Uint8Array {
    return this.block(5, this.w32(id), this.stamp(0n), ...options)
  }

  stamp(ticks: bigint): number[] {
    return [...this.w32(Number(ticks >> 32n)), ...this.w32(Number(ticks & 0xffffffffn))]
  }
}

export const padded = (value: Uint8Array): Uint8Array => bytes(value, zeros((4 - (value.length % 4)) % 4))
