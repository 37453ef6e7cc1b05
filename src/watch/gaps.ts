import { counted } from '../finding/words.ts'
import type { GapCause, GapRecord } from '../records.ts'

/** Gaps kept for the summary; of those beyond it tells how many there were. */
const MOST_KEPT = 1000

const WORDS: Readonly<Record<GapCause, (gap: GapRecord) => string>> = {
  'interface-down': gap => `The interface ${gap.interface} was down; nothing could be seen there.`,
  'interface-gone': gap => `The interface ${gap.interface} was not there; nothing could be seen.`,
  'worker-died': gap =>
    `The thread that watches has died (${gap.message}); what it knew of open conversations is lost.`,
  'sensor-died': gap =>
    `The sensor process has died (${gap.message}); what it knew of open conversations is lost.`,
  'frames-lost': gap => `Frames came faster to ${gap.interface} than they could be taken in.`,
  'taps-changed': () => 'The taps of the policy have changed; every conversation was ended and begins anew.',
}

/** Keeps the gaps of a run. */
export class Gaps {
  readonly list: GapRecord[] = []
  total = 0
  private readonly onGap: (gap: GapRecord) => void
  private readonly open = new Map<string, { gap: GapRecord; detail: string }>()

  constructor(onGap: (gap: GapRecord) => void) {
    this.onGap = onGap
  }

  /** A gap begins, unless that one is open already; `detail` is why a thread or process died. */
  begin(cause: GapCause, at: number, about: { interface?: string; detail?: string } = {}): void {
    const key = keyOf(cause, about.interface)
    if (this.open.has(key)) return
    const gap = { type: 'gap', gap: ++this.total, cause } as GapRecord
    if (about.interface !== undefined) gap.interface = about.interface
    gap.start = new Date(at).toISOString()
    const detail = about.detail ?? ''
    this.open.set(key, { gap, detail })
    if (this.list.length < MOST_KEPT) this.list.push(gap)
    this.tell(gap, detail)
  }

  /** Something more was lost in a gap that is open. */
  lost(cause: GapCause, name: string | undefined, what: { frames?: number; conversations?: number }): void {
    const known = this.open.get(keyOf(cause, name))
    if (known === undefined) return
    const { gap } = known
    if (what.frames) gap.frames_lost = (gap.frames_lost ?? 0) + what.frames
    if (what.conversations) gap.conversations_lost = (gap.conversations_lost ?? 0) + what.conversations
  }

  /** The gap is over; nothing happens where it is not open. */
  end(cause: GapCause, at: number, name?: string): void {
    const key = keyOf(cause, name)
    const known = this.open.get(key)
    if (known === undefined) return
    this.open.delete(key)
    known.gap.end = new Date(at).toISOString()
    this.tell(known.gap, known.detail)
  }

  /** Ends all that is open. */
  close(at: number): void {
    for (const { gap } of [...this.open.values()]) this.end(gap.cause, at, gap.interface)
  }

  isOpen(cause: GapCause, name?: string): boolean {
    return this.open.has(keyOf(cause, name))
  }

  private tell(gap: GapRecord, detail: string): void {
    const sentence = WORDS[gap.cause]({ ...gap, message: detail })
    const lost: string[] = []
    if (gap.frames_lost) lost.push(counted(gap.frames_lost, 'frame'))
    if (gap.conversations_lost) lost.push(`the state of ${counted(gap.conversations_lost, 'conversation')}`)
    // the message is the last key
    const { end, frames_lost, conversations_lost, message: _, ...rest } = gap
    Object.assign(gap, { message: lost.length === 0 ? sentence : `${sentence} Lost: ${lost.join(' and ')}.` })
    this.onGap({
      ...rest,
      ...(end === undefined ? {} : { end }),
      ...(frames_lost === undefined ? {} : { frames_lost }),
      ...(conversations_lost === undefined ? {} : { conversations_lost }),
      message: gap.message,
    })
  }
}

const keyOf = (cause: GapCause, name: string | undefined): string => `${cause} ${name ?? ''}`
