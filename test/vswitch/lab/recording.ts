import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Running } from './command.ts'
import type { Interface } from './namespace.ts'
import { settled } from './traffic.ts'

/** Frames of a classic pcap file of this machine's byte order (little endian), as they were kept. */
export function framesOf(path: string): Buffer[] {
  const file = readFileSync(path)
  const magic = file.readUInt32LE(0)
  if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) throw new Error(`not a little-endian pcap file: ${path}`)
  const frames: Buffer[] = []
  for (let at = 24; at < file.length; ) {
    const length = file.readUInt32LE(at + 8)
    frames.push(file.subarray(at + 16, at + 16 + length))
    at += 16 + length
  }
  return frames
}

let recordings = 0

/** What tcpdump sees on an interface: a second opinion beside the program that is tested. */
export class Recording {
  private readonly on: Interface
  private readonly running: Running
  private readonly path: string

  private constructor(on: Interface, running: Running, path: string) {
    this.on = on
    this.running = running
    this.path = path
  }

  /** Begins to record; frames sent after this returns are in it. `filter` in pcap syntax. */
  static async begin(on: Interface, filter = ''): Promise<Recording> {
    const path = join(on.namespace.lab.folder, `recording${++recordings}.pcap`)
    // packets at once, so that none is left in the buffer at the end; this buffer has a place of the longest packet for each
    const buffer = ['--immediate-mode', '-B', '32768', '-s', String(on.mtu + 22)]
    const words = ['tcpdump', '-n', '-i', on.name, ...buffer, '-U', '-w', path]
    // as root: the folder is the lab's, not tcpdump's user's
    const running = on.namespace.start([...words, '-Z', 'root', ...(filter === '' ? [] : [filter])])
    await running.says(/listening on/)
    return new Recording(on, running, path)
  }

  /** Waits for traffic to end and hands over the frames, tags of VLANs in their place. Throws if the kernel lost any. */
  async end(): Promise<Buffer[]> {
    await settled(this.on)
    const { stderr } = await this.running.stop('SIGINT')
    const lost = /(\d+) packets dropped by kernel/.exec(stderr)?.[1]
    if (lost !== '0') throw new Error(`tcpdump has not seen everything: ${stderr}`)
    return framesOf(this.path)
  }
}
