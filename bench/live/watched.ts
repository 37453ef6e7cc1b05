import { fileURLToPath } from 'node:url'
import type { Running } from '../../test/vswitch/lab/command.ts'
import type { Interface } from '../../test/vswitch/lab/namespace.ts'
import { familyOf } from './processes.ts'

const COMMAND = fileURLToPath(new URL('../../bin/conduitwatch.js', import.meta.url))

/** `conduitwatch watch` on an interface, from the build. */
export class Watched {
  private readonly running: Running

  private constructor(running: Running) {
    this.running = running
  }

  static async start(sensor: Interface, words: readonly string[]): Promise<Watched> {
    const all = [process.execPath, process.env.CONDUITWATCH ?? COMMAND, 'watch', '-i', sensor.name, ...words]
    const running = sensor.namespace.start(all)
    await running.says(/watching/)
    return new Watched(running)
  }

  /** The supervisor and its sensor. */
  get pids(): number[] {
    return familyOf(this.running.pid)
  }

  get output(): string {
    return this.running.stdout
  }

  /** Ends it; hands over its summary. */
  async stop(): Promise<{ frames: Record<string, number> }> {
    this.running.child.kill('SIGINT')
    const { stdout, stderr } = await this.running.ended
    const last = stdout.trimEnd().split('\n').at(-1) ?? ''
    if (!last.startsWith('{')) throw new Error(`no summary: ${stderr}`)
    return JSON.parse(last)
  }
}
