/** Commands and devices of MELSEC's protocols: SLMP Reference Manual SH-080956ENG, MELSEC Communication Protocol SH-080008. */
import * as A from '../../net/actions.ts'

export const ON_DEMAND = 0x2101
export const READ_TYPE = 0x0101
export const BATCH_READ = 0x0401
export const RANDOM_READ = 0x0403
export const BLOCK_READ = 0x0406
export const BATCH_WRITE = 0x1401
export const RANDOM_WRITE = 0x1402
export const BLOCK_WRITE = 0x1406

interface Command {
  readonly name: string
  readonly actions: number
}

const list = (actions: number, names: Readonly<Record<number, string>>): [number, Command][] =>
  Object.entries(names).map(([code, name]) => [Number(code), { name, actions }])

/** of 3E and 4E frames */
export const COMMANDS = new Map<number, Command>([
  ...list(A.DISCOVER, {
    [READ_TYPE]: 'read type name',
    3632: 'node search',
    3634: 'device information compare',
    3652: 'CAN application object access',
  }),
  ...list(A.READ, {
    [BATCH_READ]: 'batch read',
    [RANDOM_READ]: 'random read',
    [BLOCK_READ]: 'multiple block batch read',
    1537: 'intelligent module buffer read',
    1555: 'buffer memory read',
    2049: 'monitor registration',
    2050: 'monitor',
    1050: 'array label read',
    1052: 'label random read',
  }),
  ...list(A.WRITE, {
    [BATCH_WRITE]: 'batch write',
    [RANDOM_WRITE]: 'random write',
    [BLOCK_WRITE]: 'multiple block batch write',
    5633: 'intelligent module buffer write',
    5651: 'buffer memory write',
    5146: 'array label write',
    5147: 'label random write',
  }),
  ...list(A.CONTROL, {
    4097: 'remote run',
    4098: 'remote stop',
    4099: 'remote pause',
    4101: 'remote latch clear',
    4102: 'remote reset',
  }),
  ...list(A.SESSION, { 5680: 'remote password unlock', 5681: 'remote password lock' }),
  ...list(A.DIAGNOSE, {
    1561: 'self-test',
    5655: 'clear error',
    517: 'memory usage read',
    12569: 'network diagnosis',
  }),
  ...list(A.CONFIGURE, { 3633: 'IP address set', 4615: 'memory sort', 3642: 'device parameter set' }),
  ...list(A.FILE, {
    513: 'file information read',
    514: 'file information read with header',
    515: 'file information read with number',
    516: 'file presence read',
    518: 'file data read',
    4610: 'file registration',
    4611: 'file data write',
    4612: 'file information change',
    4613: 'file deletion',
    4614: 'file copy',
    6152: 'file lock',
    6160: 'directory read',
    6161: 'directory search',
    6176: 'file creation',
    6178: 'file deletion',
    6180: 'file copy',
    6181: 'file state change',
    6182: 'file date change',
    6183: 'file open',
    6184: 'file read',
    6185: 'file write',
    6186: 'file close',
  }),
  ...list(A.REPORT, { [ON_DEMAND]: 'on demand' }),
])

/** device codes in binary, and whether their numbers are written in hexadecimal */
const DEVICES: Readonly<Record<number, readonly [name: string, isHex?: true]>> = {
  144: ['M'],
  145: ['SM'],
  146: ['L'],
  147: ['F'],
  148: ['V'],
  152: ['S'],
  156: ['X', true],
  157: ['Y', true],
  160: ['B', true],
  161: ['SB', true],
  162: ['DX', true],
  163: ['DY', true],
  168: ['D'],
  169: ['SD'],
  175: ['R'],
  176: ['ZR'],
  180: ['W', true],
  181: ['SW', true],
  192: ['TC'],
  193: ['TS'],
  194: ['TN'],
  195: ['CC'],
  196: ['CS'],
  197: ['CN'],
  198: ['SC'],
  199: ['SS'],
  200: ['SN'],
  204: ['Z'],
  44: ['RD'],
}

/** Binary code of the device with these two letters ("D*" or "D ", "TN"); 0 = none. */
export const deviceOf = (first: number, second: number): number =>
  LETTERS.get((first << 8) | (second === 0x20 ? 0x2a : second)) ?? 0

const LETTERS = new Map<number, number>(
  Object.entries(DEVICES).map(([code, [name]]) => [
    (name.charCodeAt(0) << 8) | (name.length > 1 ? name.charCodeAt(1) : 0x2a),
    Number(code),
  ]),
)

/** Whether the numbers of a device are digits of base 16 where they are sent as text. */
export const isHexDevice = (code: number): boolean => DEVICES[code]?.[1] === true

/** Whether a device is bits, of which a word access takes sixteen at a time. */
export const isBitDevice = (code: number): boolean =>
  (code >= 0x90 && code <= 0xa3) ||
  code === 0xc0 ||
  code === 0xc1 ||
  code === 0xc3 ||
  code === 0xc4 ||
  code === 0xc6 ||
  code === 0xc7

/** "D100-109", "X1f" */
export function deviceText(code: number, first: number, last: number): string {
  const [name, isHex] = DEVICES[code] ?? [`device 0x${code.toString(16)} `]
  const text = (n: number): string => (n >>> 0).toString(isHex ? 16 : 10)
  return first === last ? `${name}${text(first)}` : `${name}${text(first)}-${text(last)}`
}
