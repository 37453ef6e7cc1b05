import type { FileReport } from '../capture/source.ts'
import type { DispatchCounts } from '../dispatch/dispatcher.ts'
import type { Beyond } from '../limits.ts'
import type { FrameCounts } from '../records.ts'
import type { ShardCounts } from '../shard/shard.ts'
import type { DeskState } from './desk.ts'

/** What a run saw besides its records. */
export interface Outcome {
  frames: FrameCounts
  bytes: number
  /** first and last frame; undefined when there was none */
  span: { firstSeconds: number; firstNanos: number; lastSeconds: number; lastNanos: number } | undefined
  evicted: number
  mirrorSessions: string[]
  /** those of them that are no declared tap */
  undeclaredMirrors: string[]
  beyond: Beyond
  files: FileReport[]
  /** stopped by the signal before the end of input */
  interrupted: boolean
  /** tallies and assets, as each thread gathered them */
  desks: DeskState[]
}

/** Frames by class (contract, conservation): what the dispatcher and all shards counted. */
export function frameCounts(dispatch: DispatchCounts, shards: readonly ShardCounts[]): FrameCounts {
  const [decoded, malformed, truncated, tooDeep, unsupported, filtered] = dispatch.classes
  const sum = (count: (shard: ShardCounts) => number): number => shards.reduce((n, s) => n + count(s), 0)
  return {
    received: dispatch.classes.reduce((n, frames) => n + frames, 0),
    decoded,
    unsupported_linktype: unsupported,
    malformed,
    truncated,
    too_deep: tooDeep,
    filtered,
    kernel_lost: 0,
    ring_lost: 0,
    worker_lost: 0,
    placed: {
      flows: sum(({ inFlows }) => inFlows),
      copies: 0,
      icmp_errors: sum(({ icmpErrors }) => icmpErrors),
      fragments_unplaced: dispatch.unplaced,
      tunnel_fragments: dispatch.ofTunnels,
    },
  }
}

/** Frames a mirror's vote is held against; later pieces of a tunnel's packets had no vote. */
export const lookedAt = ({ classes, ofTunnels }: DispatchCounts): number =>
  classes.slice(0, 5).reduce((n, frames) => n + frames, 0) - ofTunnels
