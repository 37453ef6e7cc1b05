/**
 * MELSEC communication protocol, 1E frames in binary over TCP and UDP, of A series and older FX controllers: MELSEC
 * Communication Protocol Reference Manual SH-080008, chapter on A compatible 1E frames.
 *
 * Functions of `act` are the subheaders of requests (0..0x3c). No units. Areas are device codes, as in melsec.ts. The frames
 * state no length: over TCP, what comes in one segment is taken for one.
 */
import * as A from '../../net/actions.ts'
import { u16le, u32le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UDP,
  UNSURE,
} from '../protocol.ts'
import { deviceOf, deviceText, isBitDevice } from './melsec-commands.ts'

/** subheader, PC number, timer (2); device number (4), device letters (2), count, 0 */
const PC_AT = 1
const NUMBER_AT = 4
const DEVICE_AT = 8
const COUNT_AT = 10
const HEADER = 4
const DEVICE_HEADER = 12
const OWN_STATION = 0xff
/** in the subheader of an answer; end codes: done, or an abnormal code follows */
const ANSWER = 0x80
const ABNORMAL = 0x5b

interface Command {
  readonly name: string
  readonly actions: number
}

const COMMANDS: Readonly<Record<number, Command>> = {
  0: { name: 'batch read of bits', actions: A.READ },
  1: { name: 'batch read of words', actions: A.READ },
  2: { name: 'batch write of bits', actions: A.WRITE },
  3: { name: 'batch write of words', actions: A.WRITE },
  4: { name: 'random write of bits', actions: A.WRITE },
  5: { name: 'random write of words', actions: A.WRITE },
  6: { name: 'monitor registration of bits', actions: A.READ },
  7: { name: 'monitor registration of words', actions: A.READ },
  8: { name: 'monitor of bits', actions: A.READ },
  9: { name: 'monitor of words', actions: A.READ },
  14: { name: 'buffer memory read', actions: A.READ },
  15: { name: 'buffer memory write', actions: A.WRITE },
  19: { name: 'remote run', actions: A.CONTROL },
  20: { name: 'remote stop', actions: A.CONTROL },
  21: { name: 'read PC type', actions: A.DISCOVER },
  22: { name: 'loop-back test', actions: A.DIAGNOSE },
  23: { name: 'extension file register read', actions: A.READ },
  24: { name: 'extension file register write', actions: A.WRITE },
  25: { name: 'extension file register random write', actions: A.WRITE },
  26: { name: 'extension file register monitor registration', actions: A.READ },
  27: { name: 'extension file register monitor', actions: A.READ },
  59: { name: 'extension file register direct read', actions: A.READ },
  60: { name: 'extension file register direct write', actions: A.WRITE },
}

/** monitor of bits and words, remote run and stop, read PC type: a header alone */
const BARE = [8, 9, 19, 20, 21]
/** other reads name one place: in so many bytes, header included */
const PLACED = [14, 23, 27, 59]
const MOST_PLACED = 16

const isTooLong = (command: number, length: number): boolean =>
  (BARE.includes(command) && length > HEADER) || (PLACED.includes(command) && length > MOST_PLACED)

const isBatch = (command: number): boolean => command <= 3
const isOfBits = (command: number): boolean => (command & 1) === 0

/** Code of the device in a batch access, 0 = there is none: letters low byte first. */
const batchDevice = (b: Uint8Array, at: number): number => deviceOf(b[at + DEVICE_AT + 1], b[at + DEVICE_AT])

/** Whether a batch access has the length that its count tells: 0 stands for 256. */
function isExact(b: Uint8Array, at: number, length: number): boolean {
  const command = b[at]
  const count = b[at + COUNT_AT] === 0 ? 256 : b[at + COUNT_AT]
  if (command < 2) return length === DEVICE_HEADER
  return length === DEVICE_HEADER + (command === 2 ? (count + 1) >> 1 : 2 * count)
}

function readRequest(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  const command = b[at]
  const actions = COMMANDS[command]?.actions ?? A.UNKNOWN
  to.client(true)
  if (!isBatch(command) || end - at < DEVICE_HEADER) {
    to.act(actions, command, -1, -1, 0, 0)
    if (isBatch(command)) length < DEVICE_HEADER ? to.unfit() : to.short()
    // frames state no length: another one may stand behind this
    else if (isTooLong(command, length)) to.unfit()
    return
  }
  const device = batchDevice(b, at)
  if (device === 0 || !isExact(b, at, length)) {
    to.act(actions | A.UNKNOWN, command, -1, -1, 0, 0)
    return to.unfit()
  }
  const first = u32le(b, at + NUMBER_AT)
  const count = b[at + COUNT_AT] === 0 ? 256 : b[at + COUNT_AT]
  const numbers = !isOfBits(command) && isBitDevice(device) ? 16 * count : count
  to.act(actions, command, -1, device, first, (first + numbers - 1) | 0)
}

export const melsec1e: Protocol = {
  id: 'melsec-1e',
  service: 'melsec',
  transports: [TCP, UDP],
  firstBytes: Object.keys(COMMANDS).flatMap(command => [Number(command), ANSWER | Number(command)]),

  probe(b, at, end, carrier) {
    const length = carrier.length
    if (end - at < 2) return NOT
    if ((b[at] & ANSWER) !== 0) {
      if (COMMANDS[b[at] & ~ANSWER] === undefined) return NOT
      // done, or a code of its own behind
      const isAbnormal = b[at + 1] === ABNORMAL && length === 4
      return b[at + 1] === 0 || isAbnormal ? UNSURE | FROM_SERVER : NOT
    }
    if (COMMANDS[b[at]] === undefined || b[at + PC_AT] !== OWN_STATION || length < HEADER) return NOT
    if (!isBatch(b[at])) return UNSURE | FROM_CLIENT
    if (end - at < DEVICE_HEADER || batchDevice(b, at) === 0 || !isExact(b, at, length)) return NOT
    // a number of more than three bytes no device has
    return (u16le(b, at + NUMBER_AT + 2) < 0x100 ? CERTAIN : UNSURE) | FROM_CLIENT
  },

  read(b, at, end, length, to) {
    if (end - at < 2) {
      to.act(A.UNKNOWN, end > at ? b[at] & ~ANSWER : 0, -1, -1, 0, 0)
      return length < 2 ? to.unfit() : to.short()
    }
    if ((b[at] & ANSWER) === 0) return readRequest(b, at, end, length, to)
    to.client(false)
    to.answer(b[at] & ~ANSWER, -1, b[at + 1] !== 0)
  },

  functionActions: fn => COMMANDS[fn]?.actions ?? A.UNKNOWN,
  functionName: fn => COMMANDS[fn]?.name,
  areaText: deviceText,
}
