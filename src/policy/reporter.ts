import { Lines } from './lines.ts'
import type { Issue, Position } from './model.ts'

/** A stretch of the policy text, as offsets: [start, end). */
export interface Span {
  start: number
  end: number
}

export interface Details {
  hint?: string | undefined
  /** the other end, e.g. the first of two duplicates */
  also?: { span: Span; message: string } | undefined
}

/** More mistakes than anybody reads: those after are counted only. */
const LIMIT = 10_000

/** characters of a sentence */
const LONGEST = 400

/** Collects issues of one policy text. The same mistake at the same place (reached by two aliases) is told once. */
export class Reporter {
  readonly lines: Lines
  errors = 0
  private readonly found: { issue: Issue; offset: number }[] = []
  private readonly told = new Set<string>()
  private left = 0

  constructor(text: string) {
    this.lines = new Lines(text)
  }

  error(code: string, span: Span, message: string, details: Details = {}): void {
    this.errors++
    this.add('error', code, span, message, details)
  }

  warning(code: string, span: Span, message: string, details: Details = {}): void {
    this.add('warning', code, span, message, details)
  }

  position(span: Span): Position {
    return this.lines.position(span.start)
  }

  /** All issues in order of position. */
  issues(): Issue[] {
    const sorted = this.found.sort((a, b) => a.offset - b.offset).map(({ issue }) => issue)
    if (this.left > 0) {
      sorted.push({
        severity: this.errors > 0 ? 'error' : 'warning',
        code: 'policy.mistakes',
        message: `${this.left} more mistakes and warnings are not listed`,
        at: this.lines.position(this.lines.text.length),
        length: 1,
      })
    }
    return sorted
  }

  private add(
    severity: Issue['severity'],
    code: string,
    span: Span,
    message: string,
    details: Details,
  ): void {
    const key = `${code} ${span.start} ${message}`
    if (this.told.has(key)) return
    if (this.found.length >= LIMIT) {
      this.left++
      return
    }
    this.told.add(key)
    const issue: Issue = {
      severity,
      code,
      message: brief(message),
      at: this.lines.position(span.start),
      length: this.lines.lengthOnLine(span.start, span.end),
    }
    if (details.hint !== undefined) issue.hint = brief(details.hint)
    if (details.also !== undefined) {
      issue.also = { at: this.lines.position(details.also.span.start), message: brief(details.also.message) }
    }
    this.found.push({ issue, offset: span.start })
  }
}

/** A sentence short enough to read, even about a value that is not. */
function brief(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)} ... ${text.slice(-LONGEST / 4)}`
}
