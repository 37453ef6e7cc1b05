import type { Burst } from '../shared/burst.ts'
import type { Ports } from './ports.ts'
import type { FileReport } from './source.ts'
import type { Window } from './window.ts'

/** What a capture's walker shares with the reader around it. */
export interface Desk {
  window: Window
  report: FileReport
  ports: Ports
  /** index of the report, and the tap of the file */
  file: number
  tap: string | undefined
}

/**
 * Walks over the records of one capture, from its file header on. It is given a window of bytes and moves through it;
 * the reader around it fills the window. Never throws: damage goes into the report.
 */
export interface Walker {
  /**
   * Appends frames to `burst` until it is full, the bytes at hand are used up (then `need` says how many must be at hand
   * to go on), or nothing more can be read (`done`).
   */
  walk(burst: Burst): void
  readonly need: number
  readonly done: boolean
  /**
   * Nothing more comes: says whether the input ends in the middle of something, unless it is `broken` and that has been
   * said, and adds the notes to the report.
   */
  finish(broken: boolean): void
}

/** A captured length above it is not believed (libpcap's MAXIMUM_SNAPLEN), unless the file states a larger limit ... */
export const USUAL_FRAME = 262_144
/** ... and above this one never. */
export const LARGEST_FRAME = 16 << 20
