/** One explained difference: what is held against what, and why ours stands. */
export interface Entry {
  capture: string
  protocol: string
  /** source and function ("tshark 3"), or what recognition was held against ("service 10.0.0.1 ..."); may end with `*` */
  what: string
  ours: string
  theirs: string
  reason: string
  line: number
}

/**
 * The checked-in list: capture, protocol, source and function, ours, theirs, reason, separated by tabs; lines with # are comments.
 * A `*` stands for anything where it is all of a column but the reason, and for any rest at the end of captures and functions.
 * Throws on a line that lacks a column.
 */
export function parseList(text: string): Entry[] {
  return text.split('\n').flatMap((row, i) => {
    if (row.trim() === '' || row.startsWith('#')) return []
    const [capture, protocol, what, ours, theirs, reason] = row.split('\t')
    if (!capture || !protocol || !what || !ours || !theirs || !reason?.trim())
      throw new Error(`line ${i + 1} of the list lacks a column`)
    return [{ capture, protocol, what, ours, theirs, reason: reason.trim(), line: i + 1 }]
  })
}

const fits = (pattern: string, value: string): boolean =>
  pattern === value || (pattern.endsWith('*') && value.startsWith(pattern.slice(0, -1)))

/** Finds why a difference is none, and remembers which lines were needed. */
export class ExplainedList {
  private readonly used = new Set<Entry>()
  private readonly entries: readonly Entry[]

  constructor(entries: readonly Entry[]) {
    this.entries = entries
  }

  reasonFor(found: Omit<Entry, 'reason' | 'line'>): string | undefined {
    const entry = this.entries.find(
      e =>
        fits(e.capture, found.capture) &&
        (e.protocol === '*' || e.protocol === found.protocol) &&
        fits(e.what, found.what) &&
        (e.ours === '*' || e.ours === found.ours) &&
        (e.theirs === '*' || e.theirs === found.theirs),
    )
    if (entry !== undefined) this.used.add(entry)
    return entry?.reason
  }

  /** Lines for what was looked at that explained nothing. */
  unneeded(wasLookedAt: (entry: Entry) => boolean): Entry[] {
    return this.entries.filter(entry => !this.used.has(entry) && wasLookedAt(entry))
  }
}
