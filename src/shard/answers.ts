import * as F from '../decode/facts.ts'
import { flowId } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
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
}

/** Who asked a group lately, so that the answers that come back one by one can be told from conversations of their own. */
export class Answers {
  private readonly askers = new Map<string, Asked>()
  private readonly byRow = new Map<number, Asked>()
  /** the request the last `isAnswer` found */
  asked: Asked = { seconds: 0, flowId: '', judgement: -1 }

  /** Remembers a request to a group; `judgement` is that of its flow. */
  ask(f: Int32Array, row: number, table: FlowTable, seconds: number, judgement: number): void {
    if (f[F.VERSION] === 0 || f[F.PROTO] !== UDP) return
    if (this.askers.size >= MOST_ASKERS)
      for (const [key, asked] of this.askers) {
        // the oldest entries come first; those that are still fresh stay
        if (this.askers.size < MOST_ASKERS && seconds - asked.seconds <= ANSWER_SECONDS) break
        this.askers.delete(key)
      }
    const asked = { seconds, flowId: flowId(table, row), judgement }
    this.askers.set(
      keyOf(f, F.SRC, f[F.SRC_PORT], flowContext(table.hot[row * R.HOT_WORDS + R.CONTEXT])),
      asked,
    )
    this.byRow.set(row, asked)
  }

  /** A further request of a flow already remembered; its judgement may be another one by now. */
  askAgain(row: number, seconds: number, judgement: number): void {
    const asked = this.byRow.get(row)
    if (asked === undefined) return
    asked.seconds = seconds
    asked.judgement = judgement
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
    const asked = this.askers.get(keyOf(f, F.DST, f[F.DST_PORT], context))
    if (asked === undefined || seconds - asked.seconds > ANSWER_SECONDS) return false
    this.asked = asked
    return true
  }
}

function keyOf(f: Int32Array, at: number, port: number, context: number): string {
  if (f[F.VERSION] === 4) return `${f[at + 3]} ${port} ${context}`
  return `${f[at]} ${f[at + 1]} ${f[at + 2]} ${f[at + 3]} ${port} ${context}`
}
