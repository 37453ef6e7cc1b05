/**
 * PROFINET's Discovery and Configuration Protocol (DCP): IEC 61158-6-10, 4.3. Devices are found by name, and given their name
 * and IP address, by frames straight on Ethernet that anybody on the segment may send.
 *
 * Functions: 30 = get, 31 = set, 32 = identify, 33 = hello. Areas are the options (1 IP, 2 device properties, 3 DHCP,
 * 5 control, 255 all; 128 and more are the manufacturers'); numbers are 65536 + 256 x option + suboption: the IP address is
 * 65794, the name of station 66050.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import { type Notes, numbersText } from '../protocol.ts'

export const DCP_GET = 30
export const DCP_SET = 31
export const DCP_IDENTIFY = 32
export const DCP_HELLO = 33

/** numbers of options begin behind those of frames and records */
const OPTION = 0x10000

/** service, its type, transaction, delay, length of the blocks; all after the frame id */
const HEADER = 12
const SERVICE_AT = 2
const TYPE_AT = 3
const LENGTH_AT = 10
const REQUEST = 0
const RESPONSE = 1
const RESPONSE_UNSUPPORTED = 5

const PROPERTIES = 2
const DHCP = 3
const CONTROL = 5

const ROLES = ['IO device', 'IO controller', 'IO multidevice', 'IO supervisor']

/** Whether what follows the frame id is DCP: a service 3 to 6 of a known type, and a length that fits. */
export function isDcp(b: Uint8Array, at: number, end: number, length: number): boolean {
  if (end - at < HEADER) return false
  const service = b[at + SERVICE_AT]
  const type = b[at + TYPE_AT]
  if (service < 3 || service > 6) return false
  if (type !== REQUEST && type !== RESPONSE && type !== RESPONSE_UNSUPPORTED) return false
  return HEADER + u16(b, at + LENGTH_AT) <= length
}

/** Where the blocks of a DCP frame end, as it states. */
export const dcpEnd = (b: Uint8Array, at: number): number => at + HEADER + u16(b, at + LENGTH_AT)

/** Reads a DCP frame, its frame id at `at`, that `isDcp`. */
export function readDcp(b: Uint8Array, at: number, end: number, to: Notes): void {
  const fn = DCP_GET + b[at + SERVICE_AT] - 3
  const type = b[at + TYPE_AT]
  const stop = dcpEnd(b, at)
  const here = Math.min(end, stop)
  if (fn === DCP_HELLO) {
    to.act(A.DISCOVER, fn, -1, -1, 0, 0)
    readIdentity(b, at + HEADER, here, to)
    return
  }
  to.client(type === REQUEST)
  if (type !== REQUEST) {
    const isRefused = type === RESPONSE_UNSUPPORTED || (fn === DCP_SET && hasError(b, at + HEADER, here))
    to.answer(fn, -1, isRefused)
    if (fn !== DCP_SET) readIdentity(b, at + HEADER, here, to)
  } else if (fn === DCP_IDENTIFY) to.act(A.DISCOVER, fn, -1, -1, 0, 0)
  else if (fn === DCP_GET) readGet(b, at + HEADER, here, to)
  else readSet(b, at + HEADER, here, to)
  if (end < stop) to.short()
}

function tell(actions: number, fn: number, b: Uint8Array, option: number, to: Notes): void {
  const number = OPTION + u16(b, option)
  to.act(actions, fn, -1, b[option], number, number)
}

/** Pairs of an option and a suboption. */
function readGet(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at + 2 > end) to.act(A.READ, DCP_GET, -1, -1, 0, 0)
  for (let pair = at; pair + 2 <= end; pair += 2) tell(A.READ, DCP_GET, b, pair, to)
}

function readSet(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at + 4 > end) to.act(A.CONFIGURE, DCP_SET, -1, -1, 0, 0)
  for (let block = at; block + 4 <= end; block = nextBlock(b, block))
    tell(setActions(b[block], b[block + 1]), DCP_SET, b, block, to)
}

/** What setting a suboption does. */
function setActions(option: number, suboption: number): number {
  if (option !== CONTROL) return option <= DHCP || option === 6 ? A.CONFIGURE : A.CONFIGURE | A.UNKNOWN
  switch (suboption) {
    // begin and end of a transaction
    case 1:
    case 2:
      return A.CONFIGURE
    // let the LED flash
    case 3:
      return A.CONTROL
    // factory reset, reset to factory
    case 5:
    case 6:
      return A.CONFIGURE | A.CONTROL
    default:
      return A.CONFIGURE | A.UNKNOWN
  }
}

/** Blocks begin at even offsets: an option, a suboption, the length of the rest. */
const nextBlock = (b: Uint8Array, block: number): number => block + 4 + ((u16(b, block + 2) + 1) & ~1)

/** Whether a set was answered with an error in one of its blocks (control, response: option, suboption, error). */
function hasError(b: Uint8Array, at: number, end: number): boolean {
  for (let block = at; block + 7 <= end; block = nextBlock(b, block))
    if (b[block] === CONTROL && b[block + 1] === 4 && b[block + 6] !== 0) return true
  return false
}

/** What a device says of itself: blocks whose values begin with a word of information. */
function readIdentity(b: Uint8Array, at: number, end: number, to: Notes): void {
  for (let block = at; block + 6 <= end; block = nextBlock(b, block)) {
    if (b[block] !== PROPERTIES) continue
    const value = block + 6
    const stop = Math.min(end, block + 4 + u16(b, block + 2))
    switch (b[block + 1]) {
      case 1:
        say(to, 'product', printable(b, value, stop))
        break
      case 2:
        say(to, 'name', printable(b, value, stop))
        break
      case 3:
        if (value + 4 > stop) break
        say(to, 'vendor', `PROFINET vendor ${inHex(u16(b, value))}, device ${inHex(u16(b, value + 2))}`)
        break
      case 4:
        if (value < stop) say(to, 'role', ROLES.filter((_, i) => (b[value] >> i) & 1).join(', '))
        break
    }
  }
}

const inHex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`

function say(to: Notes, what: 'vendor' | 'product' | 'name' | 'role', text: string): void {
  if (text !== '') to.heard(what, text)
}

const OPTIONS: Readonly<Record<number, string>> = {
  1: 'IP',
  2: 'device properties',
  3: 'DHCP',
  5: 'control',
  6: 'device initiative',
  255: 'all',
}
const SUBOPTIONS: Readonly<Record<number, string>> = {
  257: 'MAC address',
  258: 'IP address',
  259: 'IP address and DNS',
  513: 'type of station',
  514: 'name of station',
  515: 'device id',
  516: 'role',
  1281: 'start of transaction',
  1282: 'end of transaction',
  1283: 'signal',
  1285: 'factory reset',
  1286: 'reset to factory',
}

/** What an option and suboptions are called. */
export function dcpText(option: number, first: number, last: number): string {
  const name = first === last ? SUBOPTIONS[first - OPTION] : undefined
  if (name !== undefined) return name
  const suboptions = numbersText(first & 0xff, last & 0xff)
  return `${OPTIONS[option] ?? `option ${option}`}, suboption ${suboptions}`
}
