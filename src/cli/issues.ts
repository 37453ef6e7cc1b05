import { sanitise } from '../finding/words.ts'
import { Lines } from '../policy/lines.ts'
import type { Issue, Position } from '../policy/model.ts'
import { type Look, painter, textWidth, wrap } from '../sink/layout.ts'

/** The text an issue list is about. */
export interface Source {
  /** as in messages: what the user typed */
  fileName: string
  text: string
}

const LOOKS: Readonly<Record<Issue['severity'], Look>> = { error: 'bad', warning: 'warn' }
/** columns of policy text shown around what is marked */
const WINDOW = 96
const COLUMNS = 110

/**
 * Issues as people read them: where, what, the line with a caret under it, a hint, and the other end where there is
 * one. Ends with a line end; '' for no issues.
 */
export function issuesText(issues: readonly Issue[], source: Source, colour: boolean): string {
  const paint = painter(colour)
  const lines = new Lines(source.text)
  const file = sanitise(source.fileName)
  const place = ({ line, column }: Position) => `${file}:${line}:${column}`
  return issues
    .map(issue => {
      const { severity, code, message, hint, at, length, also } = issue
      const head = `${paint('strong', `${place(at)}:`)} ${paint(LOOKS[severity], severity)}: ${sanitise(message)} ${paint('faint', `[${code}]`)}`
      const told = [head, ...excerpt(lines, at, length, text => paint(LOOKS[severity], text))]
      if (hint !== undefined) told.push(...indented(`hint: ${sanitise(hint)}`))
      if (also !== undefined) {
        told.push(...indented(`${place(also.at)}: ${sanitise(also.message)}`))
        told.push(...excerpt(lines, also.at, 1, text => paint('faint', text), '  '))
      }
      return `${told.join('\n')}\n`
    })
    .join('\n')
}

/** A line of the text and a line with carets under `length` characters of it, both cut to a window. */
function excerpt(
  lines: Lines,
  at: Position,
  length: number,
  paint: (text: string) => string,
  indent = '',
): string[] {
  const line = lines.line(at.line)
  if (line.trim() === '') return []
  const start = Math.max(0, Math.min(at.column - 1, line.length))
  const cut = start > WINDOW - 24 ? start - 24 : 0
  const shown = clean(line.slice(cut, cut + WINDOW))
  const before = (cut > 0 ? '…' : '') + clean(line.slice(cut, start))
  const marked = clean(line.slice(start, Math.min(start + length, cut + WINDOW)))
  const number = String(at.line).padStart(5)
  const text = `${cut > 0 ? '…' : ''}${shown}${cut + WINDOW < line.length ? '…' : ''}`
  const carets = '^'.repeat(Math.max(1, textWidth(marked)))
  return [
    `${indent}${number} | ${text}`,
    `${indent}${' '.repeat(number.length)} | ${' '.repeat(textWidth(before))}${paint(carets)}`,
  ]
}

/** A piece of the text for a terminal: tabs as one blank, control characters made visible. */
function clean(text: string): string {
  return sanitise(text.replaceAll('\t', ' '))
}

function indented(text: string): string[] {
  return wrap(text, COLUMNS - 8).map((line, i) => (i === 0 ? '      ' : '        ') + line)
}
