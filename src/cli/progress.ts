import { bytesText } from '../finding/words.ts'

/** Milliseconds between two drawings, and before the first: what is done by then needs no bar. */
const EVERY = 100
const FIRST_AFTER = 500
const WIDTH = 30

export interface ProgressBar {
  update(done: number, total: number | undefined): void
  /** takes the bar off the screen */
  end(): void
}

/** One line that is drawn over itself on a terminal; nothing elsewhere, or when it is not `wanted`. */
export function progressBar(stream: NodeJS.WriteStream, wanted: boolean): ProgressBar {
  if (!wanted || !stream.isTTY) return { update() {}, end() {} }
  let next = performance.now() + FIRST_AFTER
  let drawn = false
  return {
    update(done, total) {
      const now = performance.now()
      if (now < next) return
      next = now + EVERY
      drawn = true
      stream.write(`\r\x1b[K${lineOf(done, total)}`)
    },
    end() {
      if (drawn) stream.write('\r\x1b[K')
      next = Number.POSITIVE_INFINITY
    },
  }
}

function lineOf(done: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return `${bytesText(done)} read`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  return `${'━'.repeat(filled)}${'─'.repeat(WIDTH - filled)} ${Math.floor(share * 100)} % of ${bytesText(total)}`
}
