import type { Depth, Truth } from './tally.ts'
import type { Dissected } from './tshark.ts'

/** How the frames of one protocol are counted as TShark dissects them. */
export interface Counter {
  /** id of our service */
  readonly protocol: string
  /** TShark's protocols that stand for it in `frame.protocols` */
  readonly names: readonly string[]
  readonly fields: readonly string[]
  readonly depth: Depth
  /** functions that TShark has fields for */
  covers?(fn: number): boolean
  /** Counts a frame. `state` lasts for the capture: what was asked for, by conversation. */
  count?(frame: Dissected, truth: Truth, state: Map<string, number>): void
}

/** The conversation of a frame, whichever way it goes. */
export function conversationOf(frame: Dissected): string {
  const { ends } = frame
  if (ends === undefined) return ''
  return [`${ends.src} ${ends.srcPort}`, `${ends.dst} ${ends.dstPort}`].sort().join(' ')
}

/** Whether a frame comes from the server's port; where both have it, or none, that cannot be told. */
export const isFromPort = (frame: Dissected, port: number): boolean =>
  frame.ends?.srcPort === String(port) && frame.ends.dstPort !== String(port)

/** Takes the values of several fields of one frame in the order of its PDUs. */
export function takers(frame: Dissected, ...fields: string[]): (() => number | undefined)[] {
  return fields.map(field => {
    const values = frame.numbers(field)
    return () => values.shift()
  })
}
