import * as R from '../flow/row.ts'
import { END_IDLE, type FlowTable } from '../flow/table.ts'
import type { Answers } from './answers.ts'
import type { Verdicts } from './verdicts.ts'

/** Rows looked at in one tick: the largest table is gone through in some ten seconds, for a thousandth of a core. */
const ROWS_A_TICK = 1 << 17
/** What a record costs in rows looked at, so that a tick in which very many flows are over does not keep frames waiting. */
const RECORD_ROWS = 4

interface UpkeepParts {
  table: FlowTable
  verdicts: Verdicts
  answers: Answers
  /** makes an interim record */
  interim: (row: number) => void
}

/** What happens to flows because time goes by, whether or not frames come: they end, are due for a record, or judged anew. */
export class Upkeep {
  private readonly parts: UpkeepParts
  private readonly look: (row: number) => number
  private seconds = 0
  /** the schedules and exceptions in force at the last tick */
  private epoch = -1

  constructor(parts: UpkeepParts) {
    this.parts = parts
    this.look = row => this.lookAt(row)
  }

  /** Another policy judges: its schedules and exceptions have numbers of their own. */
  reload(): void {
    this.epoch = -1
  }

  /** Time has come to `seconds`: looks at the next rows, at all of them when other schedules or exceptions are in force. */
  tick(seconds: number): void {
    const { table, verdicts } = this.parts
    this.seconds = seconds
    const epoch = verdicts.epochAt(seconds)
    const isNew = epoch !== this.epoch
    this.epoch = epoch
    if (isNew) table.each(this.look)
    else table.turn(ROWS_A_TICK, this.look)
  }

  /** Answers what it cost. */
  private lookAt(row: number): number {
    const { table, interim } = this.parts
    const { seconds } = this
    const h = row * R.HOT_WORDS
    if (table.isOver(row, seconds)) {
      table.end(row, END_IDLE)
      return RECORD_ROWS
    }
    this.judgeAgain(row)
    if (((seconds - table.hot[h + R.REPORT_AT]) | 0) < 0) return 0
    interim(row)
    return RECORD_ROWS
  }

  /** A connection that is over does not go on: what lapses or begins after it is nothing to it. */
  private judgeAgain(row: number): void {
    const { table, verdicts, answers } = this.parts
    const { hot } = table
    const h = row * R.HOT_WORDS
    if ((hot[h + R.STATE] & R.CLOSED) !== 0 || !verdicts.isDue(row, this.seconds)) return
    verdicts.judge(row, hot[h + R.PLACE], this.seconds)
    if ((hot[h + R.STATE] & R.GROUP) !== 0) answers.judged(row, hot[h + R.JUDGEMENT])
  }
}
