import * as F from '../decode/facts.ts'
import { flowId } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import type { Adoption } from '../policy/adoption.ts'
import { flowContext } from './whereabouts.ts'

/** A unicast answer belongs to a broadcast or multicast request for this long (contract, One to many). */
const ANSWER_SECONDS = 10
const MOST_ASKERS = 4096
const UDP = 17

/** A request to a group: who asked, when last, and what it was judged. */
export interface Asked {
  seconds: number
  flowId: string
  judgement: number
  /** asker and port as text, and where the first request was seen: with that place's context, what an answer is known by */
  asker: string
  place: number
  /** service of a conversation that announced others; absent where others answer a request */
  by?: string
}

/** Who asked a group lately, so that the answers that come back one by one can be told from conversations of their own. */
export class Answers {
  private readonly askers = new Map<string, Asked>()
  private readonly byRow = new Map<number, Asked>()
  /** the request the last `isAnswer` found */
  asked: Asked = { seconds: 0, flowId: '', judgement: -1, asker: '', place: 0 }

  /** Remembers a request to a group; `judgement` is that of its flow. */
  ask(f: Int32Array, row: number, table: FlowTable, seconds: number, judgement: number): void {
    if (f[F.VERSION] === 0 || f[F.PROTO] !== UDP) return
    if (this.askers.size >= MOST_ASKERS)
      for (const [key, asked] of this.askers) {
        // the oldest entries come first; those that are still fresh stay
        if (this.askers.size < MOST_ASKERS && seconds - asked.seconds <= ANSWER_SECONDS) break
        this.askers.delete(key)
      }
    const asker = askerOf(f, F.SRC, f[F.SRC_PORT])
    const place = table.cold[row * R.COLD_WORDS + R.FIRST_PLACE]
    const asked = { seconds, flowId: flowId(table, row), judgement, asker, place }
    this.askers.set(keyOf(asker, flowContext(table.hot[row * R.HOT_WORDS + R.CONTEXT])), asked)
    this.byRow.set(row, asked)
  }

  /** A further request of a flow already remembered; its judgement may be another one by now. */
  askAgain(row: number, seconds: number, judgement: number): void {
    const asked = this.byRow.get(row)
    if (asked === undefined) return
    asked.seconds = seconds
    asked.judgement = judgement
  }

  /** The flow in this row was judged again without a further request. */
  judged(row: number, judgement: number): void {
    const asked = this.byRow.get(row)
    if (asked !== undefined) asked.judgement = judgement
  }

  /**
   * Another policy judges from now on: requests are known by its contexts, and were judged what it makes of that. `parents`
   * are requests that others answered, some of which are remembered there only.
   */
  reload(
    contextOf: (place: number) => number,
    adoption: Adoption | undefined,
    parents: Iterable<Asked>,
  ): void {
    const askers = [...this.askers.values()]
    this.askers.clear()
    for (const asked of askers) this.askers.set(keyOf(asked.asker, contextOf(asked.place)), asked)
    for (const asked of new Set([...askers, ...this.byRow.values(), ...parents]))
      asked.judgement = adoption?.heritage(asked.judgement) ?? -1
  }

  /** The flow in this row has ended. */
  forget(row: number): void {
    if (this.byRow.size > 0) this.byRow.delete(row)
  }

  /**
   * True when the facts are a unicast datagram to the port a request went out from in the same context; `asked` is
   * then that request.
   */
  isAnswer(f: Int32Array, version: number, proto: number, context: number, seconds: number): boolean {
    if (this.askers.size === 0 || version === 0 || proto !== UDP) return false
    const asked = this.askers.get(keyOf(askerOf(f, F.DST, f[F.DST_PORT]), context))
    if (asked === undefined || seconds - asked.seconds > ANSWER_SECONDS) return false
    this.asked = asked
    return true
  }
}

function askerOf(f: Int32Array, at: number, port: number): string {
  if (f[F.VERSION] === 4) return `${f[at + 3]} ${port}`
  return `${f[at]} ${f[at + 1]} ${f[at + 2]} ${f[at + 3]} ${port}`
}

const keyOf = (asker: string, context: number): string => `${asker} ${context}`
