import { newEnds, readEnds } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { markFlipped } from '../flow/tcp.ts'
import { Adoption } from '../policy/adoption.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Answers } from './answers.ts'
import { FIRST, PORT, type ServerPorts } from './openings.ts'
import type { Payloads } from './payloads.ts'
import type { RowRecords } from './row-records.ts'
import type { Verdicts } from './verdicts.ts'
import type { Whereabouts } from './whereabouts.ts'

interface ReloadParts {
  table: FlowTable
  whereabouts: Whereabouts
  verdicts: Verdicts
  records: RowRecords
  answers: Answers
  payloads: Pick<Payloads, 'related'>
  servers: ServerPorts
}

/**
 * Puts another policy in the place of `before`; `seconds` is the time it is judged at. Flows that go on are judged again.
 * What is over, or silent so long that it ends when next looked at, keeps its judgement, and the name of the policy that
 * made it.
 */
export function reloadPolicy(
  parts: ReloadParts,
  before: CompiledPolicy | undefined,
  policy: CompiledPolicy | undefined,
  seconds: number,
): void {
  const { table, whereabouts, verdicts, records, answers, servers } = parts
  const { related } = parts.payloads
  const { hot, cold } = table
  const adoption = before === undefined || policy === undefined ? undefined : new Adoption(before, policy)
  whereabouts.reload(policy)
  verdicts.reload(policy)
  records.reload(policy)
  servers.reload(policy?.model)
  const requests = [...verdicts.requests(), ...related.requests()]
  answers.reload(place => whereabouts.contextOf(place), adoption, requests)
  const ends = newEnds()
  table.each(row => {
    const h = row * R.HOT_WORDS
    const place = cold[row * R.COLD_WORDS + R.FIRST_PLACE]
    const isGroup = (hot[h + R.STATE] & R.GROUP) !== 0
    hot[h + R.CONTEXT] = isGroup ? whereabouts.groupContextOf(place) : whereabouts.contextOf(place)
    const isOver = (hot[h + R.STATE] & R.CLOSED) !== 0 || table.isOver(row, seconds)
    if (verdicts.adopt(row, adoption) && isOver) return
    if (direction(hot[h + R.STATE]) === FIRST) {
      readEnds(table, row, ends)
      const { version, proto, origPort, respPort } = ends
      // nobody knew who asked; a port that the policy declares now tells, as it does for the next flow
      if (version !== 0) opened(table, row, servers.compare(proto, origPort, respPort))
    }
    verdicts.judge(row, hot[h + R.PLACE], seconds)
    if (isGroup) answers.judged(row, hot[h + R.JUDGEMENT])
    related.judged(row)
  })
}

const direction = (state: number): number => (state & R.DIRECTION_MASK) >>> R.DIRECTION_SHIFT

/** Notes what the ports tell of who opened a row: see ServerPorts.compare. */
function opened({ hot, cold }: FlowTable, row: number, toServer: number): void {
  if (toServer === 0) return
  const at = row * R.HOT_WORDS + R.STATE
  hot[at] = (hot[at] & ~R.DIRECTION_MASK) | (PORT << R.DIRECTION_SHIFT)
  if (toServer > 0) return
  hot[at] = (hot[at] ^ R.ORIG_IS_B) | R.FLIPPED
  markFlipped(cold, row)
}
