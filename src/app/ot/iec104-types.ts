/**
 * ASDU types of IEC 60870-5-104 (IEC 60870-5-101 clause 7.3, IEC 60870-5-104 clause 8, IEC 60870-5-7 for 81 to 95): what each
 * is called, does, and how long its elements are.
 */
import * as A from '../../net/actions.ts'

/** [name, actions, bytes of an information element after its address: -1 = of no fixed length] */
type Type = readonly [name: string, actions: number, bytes: number]

const SETPOINT = A.CONTROL | A.WRITE

const TYPES: Readonly<Record<number, Type>> = {
  1: ['single point', A.REPORT, 1],
  2: ['single point, time tag', A.REPORT, 4],
  3: ['double point', A.REPORT, 1],
  4: ['double point, time tag', A.REPORT, 4],
  5: ['step position', A.REPORT, 2],
  6: ['step position, time tag', A.REPORT, 5],
  7: ['bitstring', A.REPORT, 5],
  8: ['bitstring, time tag', A.REPORT, 8],
  9: ['normalized value', A.REPORT, 3],
  10: ['normalized value, time tag', A.REPORT, 6],
  11: ['scaled value', A.REPORT, 3],
  12: ['scaled value, time tag', A.REPORT, 6],
  13: ['floating point value', A.REPORT, 5],
  14: ['floating point value, time tag', A.REPORT, 8],
  15: ['integrated totals', A.REPORT, 5],
  16: ['integrated totals, time tag', A.REPORT, 8],
  17: ['protection event, time tag', A.REPORT, 6],
  18: ['protection start events, time tag', A.REPORT, 7],
  19: ['protection output circuits, time tag', A.REPORT, 7],
  20: ['packed single points', A.REPORT, 5],
  21: ['normalized value without quality', A.REPORT, 2],
  30: ['single point, long time tag', A.REPORT, 8],
  31: ['double point, long time tag', A.REPORT, 8],
  32: ['step position, long time tag', A.REPORT, 9],
  33: ['bitstring, long time tag', A.REPORT, 12],
  34: ['normalized value, long time tag', A.REPORT, 10],
  35: ['scaled value, long time tag', A.REPORT, 10],
  36: ['floating point value, long time tag', A.REPORT, 12],
  37: ['integrated totals, long time tag', A.REPORT, 12],
  38: ['protection event, long time tag', A.REPORT, 10],
  39: ['protection start events, long time tag', A.REPORT, 11],
  40: ['protection output circuits, long time tag', A.REPORT, 11],
  41: ['integrated totals of security statistics', A.REPORT, 14],
  45: ['single command', A.CONTROL, 1],
  46: ['double command', A.CONTROL, 1],
  47: ['step command', A.CONTROL, 1],
  48: ['normalized setpoint', SETPOINT, 3],
  49: ['scaled setpoint', SETPOINT, 3],
  50: ['floating point setpoint', SETPOINT, 5],
  51: ['bitstring command', SETPOINT, 4],
  58: ['single command, time tag', A.CONTROL, 8],
  59: ['double command, time tag', A.CONTROL, 8],
  60: ['step command, time tag', A.CONTROL, 8],
  61: ['normalized setpoint, time tag', SETPOINT, 10],
  62: ['scaled setpoint, time tag', SETPOINT, 10],
  63: ['floating point setpoint, time tag', SETPOINT, 12],
  64: ['bitstring command, time tag', SETPOINT, 11],
  70: ['end of initialization', A.REPORT, 1],
  81: ['authentication challenge', A.SESSION, -1],
  82: ['authentication reply', A.SESSION, -1],
  83: ['authentication, aggressive mode', A.SESSION, -1],
  84: ['session key status request', A.SESSION, -1],
  85: ['session key status', A.SESSION, -1],
  86: ['session key change', A.SESSION, -1],
  87: ['authentication error', A.SESSION, -1],
  90: ['user certificate', A.SESSION | A.CONFIGURE, -1],
  91: ['user status change', A.SESSION | A.CONFIGURE, -1],
  92: ['update key change request', A.SESSION | A.CONFIGURE, -1],
  93: ['update key change reply', A.SESSION | A.CONFIGURE, -1],
  94: ['update key change, symmetric', A.SESSION | A.CONFIGURE, -1],
  95: ['update key change, asymmetric', A.SESSION | A.CONFIGURE, -1],
  100: ['interrogation', A.READ, 1],
  101: ['counter interrogation', A.READ, 1],
  102: ['read', A.READ, 0],
  103: ['clock synchronization', A.TIME, 7],
  104: ['test', A.DIAGNOSE, 2],
  105: ['reset process', A.CONTROL, 1],
  106: ['delay acquisition', A.TIME, 2],
  107: ['test, time tag', A.DIAGNOSE, 9],
  110: ['parameter, normalized value', A.CONFIGURE | A.WRITE, 3],
  111: ['parameter, scaled value', A.CONFIGURE | A.WRITE, 3],
  112: ['parameter, floating point value', A.CONFIGURE | A.WRITE, 5],
  113: ['parameter activation', A.CONFIGURE, 1],
  120: ['file ready', A.FILE, 6],
  121: ['section ready', A.FILE, 7],
  122: ['call or select file or section', A.FILE, 4],
  123: ['last section or segment', A.FILE, 5],
  124: ['acknowledge file or section', A.FILE, 4],
  125: ['file segment', A.FILE, -1],
  126: ['directory', A.FILE, 13],
  127: ['query log', A.FILE, 16],
}

/** What a type does; bits. */
export const typeActions = (type: number): number => TYPES[type]?.[1] ?? A.UNKNOWN
export const typeName = (type: number): string | undefined => TYPES[type]?.[0]
/** Bytes of an element of a type: -1 = of no fixed length, or not known. */
export const elementBytes = (type: number): number => TYPES[type]?.[2] ?? -1
export const isKnownType = (type: number): boolean => TYPES[type] !== undefined
/** Types that the controlled station sends of itself. */
export const isMonitor = (type: number): boolean => isKnownType(type) && (type <= 41 || type === 70)
