import { hex } from './app-run.ts'
import type { PolicySketch } from './policy-models.ts'
import { Scene } from './scene.ts'
import type { Seen } from './shard-run.ts'

/** A conversation of TCP in which both ends say things in turn, each one segment; `says` keeps count of the numbers. */
export const HMI = '10.0.2.10:50000'
export const PLC = '10.0.1.11:502'
export const ISN = 1000

/** hmi may do `actions` to plc over `what`. */
export const plant = (what: string, actions: ('read' | 'session')[] = ['read']): PolicySketch => ({
  zones: [
    { id: 'hmi', networks: ['10.0.2.0/24'] },
    { id: 'plc', networks: ['10.0.1.0/24'] },
  ],
  conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what, actions }] }],
})

export const read = hex('0001 0000 0006 01 03 0009 000a')
export const answer = hex('0001 0000 0005 01 03 02 0001')
export const write = hex('0002 0000 000b 01 10 0009 0002 04 0001 0002')
export const written = hex('0002 0000 0006 01 10 0009 0002')
export const refused = hex('0002 0000 0003 01 90 02')

export function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

interface How {
  /** captured bytes of the payload */
  kept?: number
  /** in place of the number that follows */
  seq?: number
  flags?: string
  /** seconds since what was said before */
  after?: number
}

export class Talk {
  readonly scene = new Scene()
  readonly next: Record<string, number>
  at = 1
  private readonly server: string

  constructor(server = PLC, isWhole = true) {
    this.server = server
    this.next = { [HMI]: ISN + 1, [server]: 5001 }
    if (isWhole) this.scene.handshake(0, HMI, server)
  }

  says(
    from: 'client' | 'server',
    bytes: Uint8Array,
    { kept, seq, flags = 'PA', after = 0.1 }: How = {},
  ): this {
    const [a, b] = from === 'client' ? [HMI, this.server] : [this.server, HMI]
    this.at += after
    this.scene.tcp(this.at, a, b, flags, {
      seq: seq ?? this.next[a],
      ack: this.next[b],
      bytes,
      ...(kept === undefined ? {} : { kept: 54 + kept }),
    })
    if (seq === undefined) this.next[a] += bytes.length
    return this
  }

  get frames(): Seen[] {
    return this.scene.frames
  }
}
