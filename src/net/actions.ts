/**
 * What a conversation does, in one vocabulary for all protocols: the most severe first, which is the one that decides what
 * a record cites. An action is a bit; a function that reads and writes is both.
 */
export const ACTIONS = [
  'firmware',
  'program',
  'control',
  'write',
  'configure',
  'file',
  'time',
  'unknown',
  'diagnose',
  'upload',
  'session',
  'report',
  'read',
  'discover',
] as const

export type Action = (typeof ACTIONS)[number]

/** firmware is loaded into a device */
export const FIRMWARE = 1 << 0
/** logic is changed: downloaded, deleted, edited online */
export const PROGRAM = 1 << 1
/** a device or process is commanded: run, stop, restart, operate an output, select before operate */
export const CONTROL = 1 << 2
/** values are written */
export const WRITE = 1 << 3
/** settings of a device are changed: its address, name, access rights, event classes */
export const CONFIGURE = 1 << 4
/** files are read, written or deleted */
export const FILE = 1 << 5
/** a clock is set, or time is given out */
export const TIME = 1 << 6
/** a function that is not known */
export const UNKNOWN = 1 << 7
/** the state of a device is asked for or tested: counters, diagnostics, loop-back */
export const DIAGNOSE = 1 << 8
/** logic is read out of a device */
export const UPLOAD = 1 << 9
/** a connection or login is made, kept or given up */
export const SESSION = 1 << 10
/** values are told unasked: events, cyclic data, subscriptions */
export const REPORT = 1 << 11
/** values are read */
export const READ = 1 << 12
/** somebody asks who is there, or what a device is and has */
export const DISCOVER = 1 << 13

const BITS = new Map<string, number>(ACTIONS.map((action, i) => [action, 1 << i]))

/** Actions as bits. */
export function actionBits(actions: Iterable<Action>): number {
  let bits = 0
  for (const action of actions) bits |= BITS.get(action)!
  return bits
}

/** The names of actions given as bits, the most severe first. */
export function actionsOf(bits: number): Action[] {
  return ACTIONS.filter((_, i) => (bits & (1 << i)) !== 0)
}
