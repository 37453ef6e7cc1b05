/** Service requests and segment selectors of GE SRTP: sources as in ge-srtp.ts. */
import * as A from '../../net/actions.ts'

export const CONTROLLER_TYPE = 0x43

/** What a service request asks for. */
interface Service {
  readonly name: string
  readonly actions: number
  /** selector, offset and length follow the code */
  readonly isRanged?: true
}

const list = (actions: number, names: Readonly<Record<number, string>>): [number, Service][] =>
  Object.entries(names).map(([code, name]) => [Number(code), { name, actions }])

const ranged = (code: number, actions: number, name: string): [number, Service] => [
  code,
  { name, actions, isRanged: true },
]

export const SERVICES = new Map<number, Service>([
  ...list(A.DIAGNOSE, {
    0: 'PLC short status',
    1: 'PLC long status',
    2: 'memory usage',
    56: 'return fault table',
    57: 'clear fault table',
    52: 'verify configuration block',
    66: 'verify program',
    45: 'verify program block',
    92: 'verify program extended',
    89: 'interrogate I/O',
    96: 'clear selected fault',
  }),
  ...list(A.DISCOVER, {
    3: 'return control program names',
    18: 'resolve system memory name',
    19: 'resolve task memory name',
    20: 'resolve program block memory name',
    38: 'return program block sizes',
    39: 'return program block list',
    60: 'return configuration sizes',
    [CONTROLLER_TYPE]: 'return controller type and id',
    77: 'return functions supported',
    97: 'return features supported',
  }),
  ranged(0x04, A.READ, 'read system memory'),
  ...list(A.READ, {
    5: 'read task memory',
    6: 'read program block memory',
    12: 'read system memory by symbol',
    13: 'read task memory by symbol',
    14: 'read program block memory by symbol',
    21: 'establish datagram',
    22: 'update datagram',
    37: 'return time and date',
    74: 'read configuration parameter',
  }),
  ranged(0x07, A.WRITE, 'write system memory'),
  ...list(A.WRITE, {
    8: 'write task memory',
    9: 'write program block memory',
    15: 'write system memory by symbol',
    16: 'write task memory by symbol',
    17: 'write program block memory by symbol',
    54: 'clear reference memory',
    72: 'write datagram',
  }),
  ...list(A.SESSION, {
    23: 'cancel datagram',
    32: 'programmer logon',
    33: 'change privilege level',
    79: 'session control',
    81: 'extra piggyback data',
  }),
  ...list(A.CONFIGURE, {
    10: 'define symbol',
    11: 'delete symbol',
    34: 'set controller id',
    49: 'clear configuration',
    50: 'autoconfigure I/O',
    51: 'replace I/O module',
    58: 'create configuration parameter task',
    59: 'delete configuration parameter task',
    71: 'lock or unlock OEM',
    75: 'write slot configuration',
    94: 'configuration change control',
  }),
  ...list(A.CONTROL, {
    35: 'set PLC state (run, stop)',
    68: 'toggle force of system memory',
    87: 'toggle force of program block memory',
  }),
  ...list(A.TIME, { 36: 'set time and date' }),
  ...list(A.FILE, {
    24: 'format disk',
    25: 'open file',
    26: 'close file',
    27: 'create file',
    28: 'unlink file',
    29: 'read file',
    30: 'write file',
    31: 'seek file',
  }),
  // store = out of the controller, load = into it; of blocks, which way is not certain: both
  ...list(A.UPLOAD, { 63: 'program store (upload)', 90: 'program store extended' }),
  ...list(A.UPLOAD | A.PROGRAM, {
    40: 'store program block',
    42: 'program block program store',
    61: 'store block',
    78: 'store subrequest',
  }),
  ...list(A.PROGRAM, {
    41: 'sequence control',
    43: 'program block load',
    44: 'program block program load',
    46: 'delete program block',
    47: 'change program block size',
    48: 'declare interrupt',
    53: 'clear all PLC memory',
    55: 'clear logic memory',
    62: 'load block',
    64: 'program load (download)',
    65: 'program change',
    70: 'manage block',
    76: 'rename task',
    91: 'program load extended',
    93: 'activate debugger',
  }),
  ...list(A.FIRMWARE, {
    82: 'store OS extension',
    83: 'load OS extension',
    84: 'delete OS extension',
  }),
])

/** what segment selectors stand for; those of bits and of bytes mean the same memory */
export const SELECTORS: Readonly<Record<number, string>> = {
  8: '%R',
  10: '%AI',
  12: '%AQ',
  16: '%I bytes',
  18: '%Q bytes',
  20: '%T bytes',
  22: '%M bytes',
  24: '%SA bytes',
  26: '%SB bytes',
  28: '%SC bytes',
  30: '%S bytes',
  56: '%G bytes',
  70: '%I',
  72: '%Q',
  74: '%T',
  76: '%M',
  78: '%SA',
  80: '%SB',
  82: '%SC',
  84: '%S',
  86: '%G',
}
