import * as F from '../decode/facts.ts'
import { flowId } from '../flow/record.ts'
import type { FlowTable } from '../flow/table.ts'

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
    this.askers.set(keyOf(f, F.SRC, f[F.SRC_PORT]), asked)
    this.byRow.set(row, asked)
  }

  /** A further request of a flow already remembered. */
  askAgain(row: number, seconds: number): void {
    const asked = this.byRow.get(row)
    if (asked !== undefined) asked.seconds = seconds
  }

  /** The flow in this row has ended. */
  forget(row: number): void {
    if (this.byRow.size > 0) this.byRow.delete(row)
  }

  /** True when the facts are a unicast datagram to the port a request went out from; `asked` is then that request. */
  isAnswer(f: Int32Array, version: number, proto: number, seconds: number): boolean {
    if (this.askers.size === 0 || version === 0 || proto !== UDP) return false
    const asked = this.askers.get(keyOf(f, F.DST, f[F.DST_PORT]))
    if (asked === undefined || seconds - asked.seconds > ANSWER_SECONDS) return false
    this.asked = asked
    return true
  }
}

function keyOf(f: Int32Array, at: number, port: number): string {
  if (f[F.VERSION] === 4) return `${f[at + 3]} ${port}`
  return `${f[at]} ${f[at + 1]} ${f[at + 2]} ${f[at + 3]} ${port}`
}
