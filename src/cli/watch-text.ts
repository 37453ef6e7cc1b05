import { durationText, sanitise, timeText } from '../finding/words.ts'
import type { FindingRecord, GapRecord } from '../records.ts'
import { hanging, type Paint, painter } from '../sink/layout.ts'
import { findingLines } from '../sink/text-report.ts'
import type { Change } from '../watch/announcer.ts'
import { usesColour } from './terminal.ts'

const DEFAULT_COLUMNS = 100
const CHANGES: Readonly<Record<Change, string>> = {
  new: '',
  graver: ' is graver now',
  again: ' goes on',
}

/** What is told while a run goes on, for people. */
export class WatchText {
  private readonly stream: { isTTY?: boolean; columns?: number }
  private readonly paint: Paint

  constructor(stream: { isTTY?: boolean; columns?: number }) {
    this.stream = stream
    this.paint = painter(usesColour(stream))
  }

  /** A finding when it is new, graver, or goes on: when and how grave it is, then as in a report. */
  finding(finding: FindingRecord, change: Change): string {
    const { severity, last } = finding
    const head = `${timeText(last)}  ${severity}${CHANGES[change]}`
    return `\n${this.paint('title', head)}\n${findingLines(finding, this.columns, this.paint).join('\n')}\n`
  }

  /** A time in which not all could be seen, when it begins and when it is over. */
  gap({ start, end, message }: GapRecord): string {
    const lasted =
      end === undefined ? '' : `, over after ${durationText((Date.parse(end) - Date.parse(start)) / 1000)}`
    const lines = hanging('  ', sanitise(message), this.columns, 2)
    return `\n${this.paint('title', `${timeText(start)}  gap${lasted}`)}\n${lines.join('\n')}\n`
  }

  private get columns(): number {
    return this.stream.isTTY ? (this.stream.columns ?? DEFAULT_COLUMNS) : DEFAULT_COLUMNS
  }
}
