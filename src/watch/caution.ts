import { ALIVE_AT, framesRead, LOOKING } from '../live/page.ts'

/**
 * How to begin where others have died: frame by frame, so that a frame that is somebody's death is known by its place, and
 * over the first one when the last worker had not come past it.
 */
export type Caution = 'none' | 'careful' | 'skip'

/** What a page says of how far its worker has come. */
export interface Progress {
  /** when it had gone round last, or begun */
  aliveAt: number
  read: number
  /** it looks at frames that it has not counted yet */
  isLooking: boolean
}

export const progressOf = (cells: Float64Array): Progress => ({
  aliveAt: cells[ALIVE_AT],
  read: framesRead(cells),
  isLooking: cells[LOOKING] !== 0,
})

/** How the next worker is to begin after the death of one that began with `caution`. */
export function cautionAfter(caution: Caution, before: Progress, after: Progress): Caution {
  // one that had not begun has met no frame
  if (after.aliveAt === before.aliveAt) return caution
  // nor does one die of a frame that looks at none
  if (!after.isLooking) return 'none'
  return caution === 'none' || after.read > before.read ? 'careful' : 'skip'
}
