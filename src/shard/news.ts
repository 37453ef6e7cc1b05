import { isAnswered } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'

const FIRST_ROWS = 1024
/** Rows looked at for their answers: where a scan brings more of them in a moment, the latest are. */
const MOST_UNANSWERED = 4096
/** Seconds an answer is waited for; one that comes later is told with the flow's next record. */
const ANSWER_SECONDS = 60
/** row, serial number of its flow, second it was told in */
const WORDS = 3

/**
 * Which rows have something to tell before their next record is due: flows that are new, or have another verdict, and what a
 * finding rests on once it is answered, which makes it graver.
 */
export class News {
  private readonly table: FlowTable
  private rows = new Int32Array(FIRST_ROWS)
  private count = 0
  private readonly unanswered = new Int32Array(MOST_UNANSWERED * WORDS)
  private waiting = 0
  /** the entry that gives way when there is no room */
  private oldest = 0

  constructor(table: FlowTable) {
    this.table = table
  }

  /** Lists a row, once until it is told. */
  add(row: number): void {
    const { hot } = this.table
    const at = row * R.HOT_WORDS + R.STATE
    if ((hot[at] & R.NEWS) !== 0) return
    hot[at] |= R.NEWS
    this.rows[this.count++] = row
    if (this.count === this.rows.length) this.makeRoom()
  }

  /** Drops what has ended, and grows where that does not help: never much larger than there are flows. */
  private makeRoom(): void {
    const { hot } = this.table
    let kept = 0
    for (let i = 0; i < this.count; i++) {
      const h = this.rows[i] * R.HOT_WORDS
      if (hot[h + R.K3] === 0 || (hot[h + R.STATE] & R.NEWS) === 0) continue
      // so that its second entry is dropped
      hot[h + R.STATE] &= ~R.NEWS
      this.rows[kept++] = this.rows[i]
    }
    for (let i = 0; i < kept; i++) hot[this.rows[i] * R.HOT_WORDS + R.STATE] |= R.NEWS
    this.count = kept
    if (kept * 2 < this.rows.length) return
    const rows = new Int32Array(this.rows.length * 2)
    rows.set(this.rows)
    this.rows = rows
  }

  /** A record of a row was made at `seconds`: where a finding rests on it that nobody has answered yet, an answer is news. */
  recorded(row: number, seconds: number): void {
    const { table, unanswered } = this
    table.hot[row * R.HOT_WORDS + R.STATE] &= ~R.NEWS
    const state = table.hot[row * R.HOT_WORDS + R.STATE]
    if ((state & R.KEEP) === 0 || (state & R.GROUP) !== 0 || isAnswered(table, row)) return
    let entry = this.waiting
    if (entry < MOST_UNANSWERED) this.waiting++
    else entry = this.oldest++ & (MOST_UNANSWERED - 1)
    unanswered[entry * WORDS] = row
    unanswered[entry * WORDS + 1] = table.cold[row * R.COLD_WORDS + R.SERIAL]
    unanswered[entry * WORDS + 2] = seconds
  }

  /**
   * Hands rows that have something to tell at `seconds` to `tell`, which makes a record of each: `most` of them, those listed
   * first. Whether any are left.
   */
  tell(seconds: number, most: number, tell: (row: number) => void): boolean {
    const { hot } = this.table
    this.lookForAnswers(seconds)
    let next = 0
    for (let left = most; next < this.count && left > 0; next++) {
      const h = this.rows[next] * R.HOT_WORDS
      // a flow that ended was told by that; its row may be another's by now, and then stands here twice
      if (hot[h + R.K3] === 0 || (hot[h + R.STATE] & R.NEWS) === 0) continue
      tell(this.rows[next])
      left--
    }
    this.rows.copyWithin(0, next, this.count)
    this.count -= next
    return this.count > 0
  }

  private lookForAnswers(seconds: number): void {
    const { table, unanswered } = this
    let kept = 0
    for (let entry = 0; entry < this.waiting; entry++) {
      const at = entry * WORDS
      const row = unanswered[at]
      if (table.hot[row * R.HOT_WORDS + R.K3] === 0) continue
      if (table.cold[row * R.COLD_WORDS + R.SERIAL] !== unanswered[at + 1]) continue
      if (isAnswered(table, row)) this.add(row)
      else if (((seconds - unanswered[at + 2]) | 0) <= ANSWER_SECONDS)
        unanswered.copyWithin(kept++ * WORDS, at, at + WORDS)
    }
    this.waiting = kept
    if (kept < MOST_UNANSWERED) this.oldest = 0
  }
}
