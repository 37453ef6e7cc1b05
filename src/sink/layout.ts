import { styleText } from 'node:util'

/** Looks used in the report; with colours off they are all plain text. */
export type Look = 'head' | 'title' | 'good' | 'bad' | 'warn' | 'notice' | 'faint' | 'strong'

const FORMATS: Readonly<Record<Look, Parameters<typeof styleText>[0]>> = {
  head: 'bold',
  title: ['bold', 'underline'],
  good: ['bold', 'green'],
  bad: ['bold', 'red'],
  warn: 'yellow',
  notice: 'cyan',
  faint: 'dim',
  strong: 'bold',
}

/** Colours text, or leaves it alone. Apply it last: widths are reckoned on plain text. */
export type Paint = (look: Look, text: string) => string

export const painter = (colour: boolean): Paint =>
  colour
    ? (look, text) => (text === '' ? '' : styleText(FORMATS[look], text, { validateStream: false }))
    : (_look, text) => text

/** Columns a plain text takes on a terminal: wide East Asian characters and emoji take two, combining marks none. */
export function textWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length
  let width = 0
  for (const char of text) width += COMBINING.test(char) ? 0 : WIDE.test(char) ? 2 : 1
  return width
}

const PRINTABLE_ASCII = /^[ -~]*$/
const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u

/** Pads on the right (`left` = on the left) to so many columns. */
export function pad(text: string, width: number, left = false): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)))
  return left ? blanks + text : text + blanks
}

/** Breaks text into lines of at most `width` columns, at spaces; a word too long for a line is cut. */
export function wrap(text: string, width: number): string[] {
  const most = Math.max(10, width)
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ')) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) <= most) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    while (textWidth(word) > most) {
      const head = cut(word, most)
      lines.push(head)
      word = word.slice(head.length)
    }
    line = word
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

function cut(word: string, width: number): string {
  let head = ''
  for (const char of word) {
    if (head !== '' && textWidth(head + char) > width) break
    head += char
  }
  return head
}

/** Wrapped text behind a first-line lead of the same width as `indent`. */
export function hanging(lead: string, text: string, columns: number, indent: number): string[] {
  return wrap(text, columns - indent).map(
    (line, i) => (i === 0 ? pad(lead, indent) : ' '.repeat(indent)) + line,
  )
}

/** Rows as aligned columns, two blanks apart; columns named in `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, textWidth(cell))
    })
  }
  return rows.map(row =>
    row
      .map((cell, i) => pad(cell, widths[i], right.includes(i)))
      .join('  ')
      .trimEnd(),
  )
}
