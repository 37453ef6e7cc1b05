import { Dissector } from '../decode/dissect.ts'
import * as F from '../decode/facts.ts'
import type { Burst } from '../shared/burst.ts'
import type { MirrorDestination } from './wrapping.ts'

/** Frames looked at before anything is counted: enough to tell a mirror session from a tunnel that happens to start early. */
export const SAMPLE_FRAMES = 4096
/** Share of the sample, and in the end of the whole capture, that must go to one destination. */
export const NEARLY_ALL = 0.95
const FEWEST_FRAMES = 10

/** Tunnels a mirror session uses: they carry whole Ethernet frames. ERSPAN needs no vote, nothing else uses it. */
const MIRROR_KINDS: readonly number[] = [
  F.TUNNEL_GRE,
  F.TUNNEL_NVGRE,
  F.TUNNEL_VXLAN,
  F.TUNNEL_GENEVE,
  F.TUNNEL_TZSP,
]

interface Vote extends MirrorDestination {
  frames: number
}

/**
 * Looks at the first frames of a capture for a tunnel that carries nearly all of them to one destination: that is how
 * a switch or cloud sends a mirror to its sensor (contract, Tunnels). One-way by nature, so what comes back counts against it.
 */
export class MirrorProbe {
  private readonly dissector = new Dissector()
  private readonly votes = new Map<string, Vote>()
  private frames = 0

  /** Takes in frames until the sample is full; returns true when it is. */
  look(burst: Burst, linkTypeOf: (port: number) => number): boolean {
    const f = this.dissector.facts
    for (let i = 0; i < burst.count && this.frames < SAMPLE_FRAMES; i++) {
      this.frames++
      this.dissector.dissect(
        burst.bytes,
        burst.offset[i],
        burst.captured[i],
        burst.wire[i],
        linkTypeOf(burst.port[i]),
      )
      // a later outer fragment belongs to its first one; it neither votes nor counts
      if ((f[F.FLAGS] & F.FLAG_LATER_FRAGMENT) !== 0 && f[F.LAYER_COUNT] === 0) this.frames--
      else if (f[F.LAYER_COUNT] > 0 && f[F.LAYERS + F.LAYER_ETHERNET] === 1) this.vote(f)
    }
    return this.frames >= SAMPLE_FRAMES
  }

  private vote(f: Int32Array): void {
    const kind = f[F.LAYERS + F.LAYER_KIND]
    if (!MIRROR_KINDS.includes(kind)) return
    const version = f[F.LAYERS + F.LAYER_VERSION]
    const address = Uint32Array.from(f.subarray(F.LAYERS + F.LAYER_DST, F.LAYERS + F.LAYER_DST + 4))
    if (version === 4) address.fill(0, 0, 3)
    const key = `${kind} ${version} ${address.join(' ')}`
    const vote = this.votes.get(key)
    if (vote !== undefined) vote.frames++
    else if (this.votes.size < SAMPLE_FRAMES) this.votes.set(key, { kind, version, address, frames: 1 })
  }

  /** The destination that won, if any: at most one, by the meaning of "nearly all". */
  result(): MirrorDestination[] {
    if (this.frames < FEWEST_FRAMES) return []
    return [...this.votes.values()]
      .filter(vote => vote.frames >= this.frames * NEARLY_ALL)
      .map(({ kind, version, address }) => ({ kind, version, address }))
  }
}
