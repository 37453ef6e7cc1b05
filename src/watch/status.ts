import * as P from '../live/page.ts'
import type { FrameCounts, InterfaceCounts } from '../records.ts'
import type { Accounts } from './accounts.ts'
import type { InterfaceCondition } from './watched-interface.ts'

/** How a run stands: what came in at each interface, and what became of it. The sums hold at every moment. */
export interface StatusRecord {
  type: 'status'
  time: string
  /** seconds since the run began */
  uptime: number
  policy_id?: string
  interfaces: ({ interface: string; state: InterfaceCondition } & InterfaceCounts)[]
  /**
   * received = decoded + unsupported_linktype + malformed + truncated + too_deep + filtered + kernel_lost + ring_lost +
   * worker_lost + in_ring, over all interfaces
   */
  frames: Omit<FrameCounts, 'placed'> & { in_ring: number }
  open_flows: number
  gaps: number
}

export function statusOf(facts: {
  /** milliseconds since 1970 */
  at: number
  startedAt: number
  accounts: Accounts
  interfaces: readonly { name: string; condition: InterfaceCondition }[]
  cells: Float64Array
  policyId: string | undefined
  gaps: number
}): StatusRecord {
  const { at, startedAt, accounts, interfaces, cells, policyId, gaps } = facts
  const { placed: _, worker_lost, ...frames } = accounts.frames()
  return {
    type: 'status',
    time: new Date(at).toISOString(),
    uptime: Math.round((at - startedAt) / 1000),
    ...(policyId === undefined ? {} : { policy_id: policyId }),
    interfaces: interfaces.map(({ name, condition }, index) => ({
      interface: name,
      state: condition,
      ...accounts.interface(index),
    })),
    frames: {
      ...frames,
      worker_lost: cells[P.SKIPPED],
      in_ring: worker_lost - cells[P.SKIPPED],
    },
    open_flows: cells[P.OPEN_FLOWS],
    gaps,
  }
}
