/** One explained difference: in this capture, this conversation (or `*`, any) differs for this reason. */
export interface Explained {
  capture: string
  /** as the harness prints it; `*` at the end stands for any rest */
  conversation: string
  reason: string
  line: number
}

/** The checked-in list: capture, conversation, reason, separated by tabs; lines with # are comments. Throws on a line without a reason. */
export function parseDifferences(text: string): Explained[] {
  const list: Explained[] = []
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const [capture, conversation, reason] = line.split('\t')
    if (!capture || !conversation || !reason?.trim())
      throw new Error(`line ${i + 1} of the list of differences is not "capture, conversation, reason"`)
    list.push({ capture, conversation, reason: reason.trim(), line: i + 1 })
  })
  return list
}

/** Finds the explanation of a difference and remembers which lines of the list were needed. */
export class Explanations {
  private readonly used = new Set<Explained>()
  private readonly byCapture = new Map<string, Explained[]>()
  private readonly list: readonly Explained[]

  constructor(list: readonly Explained[]) {
    this.list = list
    for (const entry of list)
      this.byCapture.set(entry.capture, [...(this.byCapture.get(entry.capture) ?? []), entry])
  }

  /** The reason listed for this conversation, or undefined. An exact line goes before one with `*`. */
  reasonFor(capture: string, conversation: string): string | undefined {
    const entries = this.byCapture.get(capture) ?? []
    const entry =
      entries.find(e => e.conversation === conversation) ??
      entries.find(e => e.conversation.endsWith('*') && conversation.startsWith(e.conversation.slice(0, -1)))
    if (entry !== undefined) this.used.add(entry)
    return entry?.reason
  }

  /** Lines for captures that were looked at and that explained nothing. */
  unneeded(looked: ReadonlySet<string>): Explained[] {
    return this.list.filter(entry => looked.has(entry.capture) && !this.used.has(entry))
  }
}
