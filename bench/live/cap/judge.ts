import { DEFAULT_ACTIVE, DEFAULT_IDLE, DEFAULT_MAX_FLOWS } from '../../../src/analyzer.ts'
import { Dispatcher } from '../../../src/dispatch/dispatcher.ts'
import { checkPolicy } from '../../../src/policy/check.ts'
import { compilePolicy } from '../../../src/policy/compile.ts'
import { Shard } from '../../../src/shard/shard.ts'
import { Batch, LaneMemory } from '../../../src/shared/batch.ts'
import type { Burst } from '../../../src/shared/burst.ts'
import type { SeenPlace } from '../../../src/shared/seen-place.ts'
import { sitePolicy } from '../../support/site.ts'

const LANES = 256

export interface Judge {
  take: (burst: Burst) => void
  /** frames that were decoded and are in flows */
  inFlows: () => number
}

/** Dispatcher and shard in this thread, as `src/engine/inline.ts` has them, with the policy of 50 zones and 500 conduits. */
export function newJudge(): Judge {
  const { tcp, udp, icmp, other, attempt, closed } = DEFAULT_IDLE
  const policy = compilePolicy(checkPolicy(sitePolicy(), 'site.yaml').model!)
  const ports = [{ linkType: 1, capture: 'live' }]
  const places: SeenPlace[] = []
  const lanes = new LaneMemory(1, 1, LANES)
  const dispatcher = new Dispatcher({
    ports,
    policy,
    lanes,
    mirrors: [],
    since: 0,
    until: Number.MAX_SAFE_INTEGER,
    onPlace: place => places.push(place),
  })
  const shard = new Shard({
    lanes,
    ports,
    places,
    policy,
    maxFlows: DEFAULT_MAX_FLOWS,
    limits: Int32Array.of(tcp, udp, icmp, other, attempt, closed),
    activeTimeout: DEFAULT_ACTIVE,
    onNoted: () => {},
  })
  const batch = new Batch(lanes)
  return {
    take: burst => {
      for (let row = 0; row < burst.count; ) {
        row = dispatcher.fill(batch, burst, row)
        shard.run(batch)
      }
    },
    inFlows: () => shard.counts().inFlows,
  }
}
