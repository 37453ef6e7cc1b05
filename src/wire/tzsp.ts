import { CUT, u16, WRONG } from './bytes.ts'

/** TaZmen Sniffer Protocol: version(1) type(1) encapsulation(2), then tagged fields up to tag 1 (end); tag 0 is padding. */
const HEADER = 4
const TAG_PADDING = 0
const TAG_END = 1
export const ETHERNET = 1

/** Length with all tags; only received-packet (0) and transmit (1) messages carry a frame. */
export function check(b: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return CUT
  if (b[at] !== 1 || b[at + 1] > 1) return WRONG
  let tag = at + HEADER
  while (tag < end) {
    const kind = b[tag]
    if (kind === TAG_END) return tag + 1 - at
    tag += kind === TAG_PADDING ? 1 : 2 + (tag + 1 < end ? b[tag + 1] : end)
  }
  return CUT
}
export const encapsulation = (b: Uint8Array, at: number): number => u16(b, at + 2)
