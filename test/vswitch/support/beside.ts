import { join } from 'node:path'
import { type Running, until } from '../lab/command.ts'
import type { Interface } from '../lab/namespace.ts'
import { framesOf } from '../lab/recording.ts'

let recordings = 0

/** tcpdump beside the program, into a file. The kernel fills whole blocks for it, so that frames may come as fast as they like. */
export class Beside {
  readonly path: string
  private readonly running: Running

  private constructor(on: Interface, snapLength: number) {
    this.path = join(on.namespace.lab.folder, `beside${++recordings}.pcap`)
    const cut = ['-B', '32768', '-s', String(snapLength)]
    this.running = on.namespace.start([
      ...['tcpdump', '-n', '-i', on.name, ...cut, '-U', '-w', this.path, '-Z', 'root'],
    ])
  }

  /** Begins to record so many bytes of each frame; frames sent after this returns are in it. */
  static async begin(on: Interface, snapLength = 262_144): Promise<Beside> {
    const beside = new Beside(on, snapLength)
    await beside.running.says(/listening on/)
    return beside
  }

  /** Ends when it has so many frames. Throws if they do not come, or are more. */
  async end(frames: number): Promise<void> {
    const count = (): number => framesOf(this.path).length
    await until(`${frames} frames beside`, () => count() >= frames)
    await this.running.stop('SIGINT')
    if (count() !== frames) throw new Error(`${frames} frames were sent, and ${count()} recorded`)
  }
}
