import { timeText } from '../flow/record.ts'
import * as P from '../live/page.ts'
import type { WatchedSummary } from '../records.ts'
import type { RunFacts } from '../summary.ts'
import type { Accounts } from './accounts.ts'
import type { Gaps } from './gaps.ts'

/** What a summary takes from the counts of a run, and from what it could not see. */
export function runFactsOf(facts: {
  accounts: Accounts
  /** of the page */
  cells: Float64Array
  interfaces: WatchedSummary[]
  gaps: Gaps
}): Omit<RunFacts, 'findings'> {
  const { accounts, cells, interfaces, gaps } = facts
  const hasFrames = cells[P.FIRST_SECONDS] > 0
  const start = timeText(cells[P.FIRST_SECONDS], cells[P.FIRST_NANOS])
  const end = timeText(cells[P.LAST_SECONDS], cells[P.LAST_NANOS])
  const seconds = cells[P.LAST_SECONDS] - cells[P.FIRST_SECONDS]
  const nanos = cells[P.LAST_NANOS] - cells[P.FIRST_NANOS]
  return {
    frames: accounts.frames(),
    files: [],
    bytes: cells[P.BYTES],
    ...(hasFrames ? { start, end } : {}),
    span: hasFrames ? Math.round(seconds * 1e9 + nanos) / 1e9 : 0,
    beyond: {
      places: cells[P.PLACES_BEYOND],
      tunnels: cells[P.TUNNELS_BEYOND],
      bindings: cells[P.BINDINGS_BEYOND],
    },
    live: { interfaces, gaps: gaps.list, gapsTotal: gaps.total },
  }
}
