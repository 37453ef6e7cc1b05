/**
 * What DNP3 application functions do, to which object groups (IEEE 1815-2012, clauses 4.4, 11.2 and annex A).
 */
import * as A from '../../net/actions.ts'

export const CONFIRM = 0
export const READ = 1
export const WRITE = 2
const SELECT = 3
export const DIRECT_NO_ACK = 6
export const FREEZE_AT_TIME = 11
export const FREEZE_AT_TIME_NO_ACK = 12
export const OPEN_FILE = 25
const ACTIVATE = 31
export const AUTHENTICATE = 32
export const AUTHENTICATE_NO_ACK = 33
export const RESPONSE = 129
export const UNSOLICITED = 130
export const AUTHENTICATE_RESPONSE = 131

const RESTARTED = 7

const FUNCTIONS: Readonly<Record<number, readonly [name: string, actions: number]>> = {
  [CONFIRM]: ['confirm', A.SESSION],
  [READ]: ['read', A.READ],
  [WRITE]: ['write', A.WRITE],
  [SELECT]: ['select', A.CONTROL],
  4: ['operate', A.CONTROL],
  5: ['direct operate', A.CONTROL],
  [DIRECT_NO_ACK]: ['direct operate, no acknowledgement', A.CONTROL],
  7: ['freeze', A.CONTROL],
  8: ['freeze, no acknowledgement', A.CONTROL],
  9: ['freeze and clear', A.CONTROL | A.WRITE],
  10: ['freeze and clear, no acknowledgement', A.CONTROL | A.WRITE],
  [FREEZE_AT_TIME]: ['freeze at time', A.CONTROL],
  [FREEZE_AT_TIME_NO_ACK]: ['freeze at time, no acknowledgement', A.CONTROL],
  13: ['cold restart', A.CONTROL],
  14: ['warm restart', A.CONTROL],
  15: ['initialize data', A.CONTROL],
  16: ['initialize application', A.CONTROL],
  17: ['start application', A.CONTROL],
  18: ['stop application', A.CONTROL],
  19: ['save configuration', A.CONFIGURE],
  20: ['enable unsolicited responses', A.CONFIGURE],
  21: ['disable unsolicited responses', A.CONFIGURE],
  22: ['assign class', A.CONFIGURE],
  23: ['delay measurement', A.TIME],
  24: ['record current time', A.TIME],
  [OPEN_FILE]: ['open file', A.FILE],
  26: ['close file', A.FILE],
  27: ['delete file', A.FILE],
  28: ['get file information', A.FILE],
  29: ['authenticate file', A.FILE],
  30: ['abort file', A.FILE],
  [ACTIVATE]: ['activate configuration', A.CONFIGURE],
  [AUTHENTICATE]: ['authentication request', A.SESSION],
  [AUTHENTICATE_NO_ACK]: ['authentication request, no acknowledgement', A.SESSION],
  [RESPONSE]: ['response', A.UNKNOWN],
  [UNSOLICITED]: ['unsolicited response', A.REPORT],
}

/** What an application function does where nothing is known of its objects. */
export const functionActions = (fn: number): number => FUNCTIONS[fn]?.[1] ?? A.UNKNOWN

export const functionName = (fn: number): string | undefined => FUNCTIONS[fn]?.[0]

const GROUPS: Readonly<Record<number, string>> = {
  0: 'device attributes',
  1: 'binary inputs',
  2: 'binary input events',
  3: 'double-bit inputs',
  4: 'double-bit input events',
  10: 'binary outputs',
  11: 'binary output events',
  12: 'binary output commands',
  13: 'binary output command events',
  20: 'counters',
  21: 'frozen counters',
  22: 'counter events',
  23: 'frozen counter events',
  30: 'analog inputs',
  31: 'frozen analog inputs',
  32: 'analog input events',
  33: 'frozen analog input events',
  34: 'analog input deadbands',
  40: 'analog outputs',
  41: 'analog output commands',
  42: 'analog output events',
  43: 'analog output command events',
  50: 'time and date',
  51: 'time and date, common time of occurrence',
  52: 'time delay',
  60: 'event classes',
  70: 'files',
  80: 'internal indications',
  81: 'device storage',
  85: 'data set prototypes',
  86: 'data set descriptors',
  87: 'data sets',
  88: 'data set events',
  110: 'octet strings',
  111: 'octet string events',
  112: 'virtual terminal output',
  113: 'virtual terminal events',
  120: 'authentication',
}

/** What an object group is called. */
export const groupName = (group: number): string | undefined => GROUPS[group]

/** Groups that only an answer to a read, or an unsolicited response, has: values and events. */
export const isMeasured = (group: number): boolean =>
  (group >= 1 && group <= 4) ||
  (group >= 10 && group <= 43 && group !== 12 && group !== 41) ||
  (group >= 85 && group <= 88) ||
  group === 110 ||
  group === 111

/** What a function does to an object group; `first` to `last` where the header names points, else 0. */
export function objectActions(fn: number, group: number, first: number, last: number): number {
  switch (fn) {
    case READ:
      return group === 0 ? A.DISCOVER : group === 70 ? A.FILE | A.READ : A.READ
    case WRITE:
      switch (group) {
        case 50:
          return A.TIME
        case 70:
          return A.FILE | A.WRITE
        case 80:
          // what every master does once it has seen that a station restarted
          return first === RESTARTED && last === RESTARTED ? A.DIAGNOSE : A.WRITE
        case 0:
        case 34:
        case 85:
        case 86:
        case 120:
          return A.CONFIGURE | A.WRITE
        case 10:
        case 12:
        case 40:
        case 41:
          return A.CONTROL | A.WRITE
        default:
          return A.WRITE
      }
    case 3:
    case 4:
    case 5:
    case 6:
      return group === 41 ? A.CONTROL | A.WRITE : A.CONTROL
    default:
      return functionActions(fn)
  }
}
