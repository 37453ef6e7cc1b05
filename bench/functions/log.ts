import { corpusText } from '../support/corpus.ts'

/** Rows of a Zeek log, its comments left out. */
export class Log {
  readonly rows: string[][]
  private readonly columns: ReadonlyMap<string, number>

  /** `names` are those of the columns where the log does not name them itself. */
  constructor(text: string, names: readonly string[] = []) {
    const lines = text.split('\n').filter(line => line.trim() !== '')
    const declared = lines.find(line => line.startsWith('#fields\t'))
    const fields = declared === undefined ? names : declared.split('\t').slice(1)
    this.columns = new Map(fields.map((name, i) => [name, i]))
    this.rows = lines.filter(line => !line.startsWith('#')).map(line => line.split('\t'))
  }

  has(name: string): boolean {
    return this.columns.has(name)
  }

  /** Cell `name` of a row; throws where there is no such column. */
  cell(row: readonly string[], name: string): string {
    const i = this.columns.get(name)
    if (i === undefined) throw new Error(`the log has no column ${name}`)
    return row[i] ?? '-'
  }
}

/** The log at `path` of the corpus; undefined where it is not there or has no rows. */
export function readLog(path: string, names?: readonly string[]): Log | undefined {
  const text = corpusText(path)
  if (text === undefined) return undefined
  const log = new Log(text, names)
  return log.rows.length === 0 ? undefined : log
}
