/**
 * PCCC, the commands of Allen-Bradley's PLC-2, PLC-3, PLC-5, SLC 500 and MicroLogix controllers: DF1 Protocol and Command Set,
 * publication 1770-6.5.16, chapter 7. A command (CMD) and for some of them a function (FNC) say what is to be done.
 */
import * as A from '../../net/actions.ts'

/** CMD, status, transaction (2), function */
const FUNCTION_AT = 4
/** in a CMD: it is a reply */
const REPLY = 0x40

/** Below this, files of a logical address are the controller's own: ladder, configuration, system; from here on, data. */
const DATA_FILES = 0x80

const of0f: Readonly<Record<number, number>> = {
  // word range, bit, file and physical accesses
  0: A.WRITE,
  1: A.READ,
  2: A.WRITE,
  3: A.WRITE,
  4: A.READ,
  5: A.PROGRAM,
  6: A.UPLOAD,
  7: A.CONTROL,
  8: A.PROGRAM | A.WRITE,
  9: A.UPLOAD | A.READ,
  10: A.CONTROL,
  // the edit resource is what downloads and edits need
  17: A.SESSION,
  18: A.SESSION,
  23: A.UPLOAD | A.READ,
  24: A.PROGRAM | A.WRITE,
  38: A.WRITE,
  41: A.DISCOVER,
  58: A.CONTROL,
  65: A.CONTROL,
  80: A.PROGRAM,
  82: A.PROGRAM,
  83: A.UPLOAD,
  85: A.UPLOAD,
  87: A.PROGRAM | A.CONTROL,
  94: A.CONFIGURE,
  103: A.WRITE,
  104: A.READ,
  121: A.WRITE,
  128: A.CONTROL,
  129: A.FILE,
  130: A.FILE,
  // several commands in one, which are not looked into
  136: A.UNKNOWN,
  143: A.CONFIGURE,
  161: A.READ,
  162: A.READ,
  167: A.FILE | A.READ,
  169: A.WRITE,
  170: A.WRITE,
  171: A.WRITE,
  175: A.FILE | A.WRITE,
}

const of06: Readonly<Record<number, number>> = {
  0: A.DIAGNOSE,
  1: A.DIAGNOSE,
  2: A.CONFIGURE,
  3: A.DISCOVER,
  4: A.CONFIGURE,
  5: A.CONFIGURE,
  6: A.CONFIGURE,
  7: A.DIAGNOSE,
  8: A.CONFIGURE,
  9: A.DIAGNOSE,
  10: A.CONFIGURE,
}

/** of PLC-2 */
const of07: Readonly<Record<number, number>> = {
  0: A.CONTROL,
  1: A.CONTROL,
  3: A.CONTROL,
  4: A.PROGRAM,
  5: A.SESSION,
  6: A.UPLOAD,
}

/** without function: accesses of PLC-2, and of all in compatibility mode */
const simple: Readonly<Record<number, number>> = {
  0: A.WRITE,
  1: A.READ,
  2: A.WRITE,
  3: A.PROGRAM | A.WRITE,
  4: A.UPLOAD | A.READ,
  5: A.WRITE,
  8: A.WRITE,
}

/** Whether [at, end) is a reply. */
export const isPcccReply = (b: Uint8Array, at: number, end: number): boolean =>
  at < end && (b[at] & REPLY) !== 0

/** Whether the reply at `at` refuses its command. */
export const isPcccRefused = (b: Uint8Array, at: number, end: number): boolean =>
  at + 2 <= end && b[at + 1] !== 0

/** What the command at `at` does, as actions; 0 = too few bytes are here to know. */
export function pcccActions(b: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0
  const command = b[at]
  if (command !== 0x0f && command !== 0x06 && command !== 0x07) return simple[command] ?? A.UNKNOWN
  if (at + FUNCTION_AT >= end) return 0
  const fn = b[at + FUNCTION_AT]
  if (command === 0x06) return of06[fn] ?? A.UNKNOWN
  if (command === 0x07) return of07[fn] ?? A.UNKNOWN
  const actions = of0f[fn] ?? A.UNKNOWN
  const isLogical = fn === 0xa1 || fn === 0xa2 || fn === 0xa9 || fn === 0xaa || fn === 0xab
  if (!isLogical) return actions
  // byte size, file number (0xff = two bytes more), file type
  const file = at + FUNCTION_AT + 2
  const type = file + (file < end && b[file] === 0xff ? 3 : 1)
  if (type >= end) return 0
  if (b[type] >= DATA_FILES) return actions
  return actions === A.READ ? A.UPLOAD : A.PROGRAM
}
