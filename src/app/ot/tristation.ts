/**
 * TriStation of Triconex safety controllers: no public specification; the layers (TCM and TS) and the names of the commands as
 * the analyses of the TRITON malware published them (FireEye 2018, Nozomi Networks 2018).
 *
 * Functions of `act` are the TS commands (0 to 255); 256 + type for what is only a TCM message (257 connect, 260 disconnect,
 * 262 ping). No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { bytesFrom } from '../first-bytes.ts'
import { u16le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  UDP,
  UNSURE,
} from '../protocol.ts'

/** TCM: type, channel, length of what follows; at the very end a checksum of two bytes */
const TCM = 4
const CHECKSUM = 2
const CONNECT = 1
const CONNECTED = 2
const EXECUTE = 5
const MOST_TYPE = 11
/** TS: direction, connection, command, sequence, two bytes, checksum, length with this header */
const TS = 10
const COMMAND = 2
const LENGTH = 8
/** direction of what the station asks; what the controller answers has 1 */
const FROM_STATION = 0
/** commands from 100 on are answers, and from 200 on refusals */
const REJECTED = 100
const FIRST_REFUSAL = 200

const PROGRAM_COMMANDS = [0, 1, 5, 6, 10, 11, 12, 48, 49, 50, 55, 56, 59, 63, 68, 72]
const CONTROL_COMMANDS = [20, 21, 22, 23, 32, 37, 38, 39, 40, 80]
const WRITE_COMMANDS = [16, 17, 27, 30, 41, 57, 58, 60, 62]
const CONFIGURE_COMMANDS = [2, 4, 9, 14, 15, 26, 34, 43, 44, 45, 52]
const TIME_COMMANDS = [7, 31]
const UPLOAD_COMMANDS = [3, 18, 42, 51, 65, 66, 74]
const READ_COMMANDS = [8, 25, 28, 36, 46, 61, 64, 67, 69, 70, 71, 73]
const DIAGNOSE_COMMANDS = [19, 24, 29, 33, 35]
const DISCOVER_COMMANDS = [47, 54]

const ACTIONS = new Map<number, number>()
for (const [commands, action] of [
  [PROGRAM_COMMANDS, A.PROGRAM],
  [CONTROL_COMMANDS, A.CONTROL],
  [WRITE_COMMANDS, A.WRITE],
  [CONFIGURE_COMMANDS, A.CONFIGURE],
  [TIME_COMMANDS, A.TIME],
  [UPLOAD_COMMANDS, A.UPLOAD],
  [READ_COMMANDS, A.READ],
  [DIAGNOSE_COMMANDS, A.DIAGNOSE],
  [DISCOVER_COMMANDS, A.DISCOVER],
  [[13], A.SESSION],
  [[53], A.REPORT],
] as const)
  for (const command of commands) ACTIONS.set(command, action)

const NAMES: Readonly<Record<number, string>> = {
  0: 'start download all',
  1: 'start download change',
  3: 'upload configuration',
  10: 'end download all',
  11: 'end download change',
  13: 'attach',
  16: 'set multiple point values',
  19: 'get control program status',
  20: 'run program',
  21: 'halt program',
  22: 'pause program',
  27: 'set point values',
  28: 'get point values',
  29: 'get main processor status',
  55: 'allocate program',
  56: 'allocate function',
  65: 'upload program',
  66: 'upload function',
  80: 'go to download mode',
  257: 'connect',
  259: 'disconnect',
  260: 'disconnect',
  262: 'ping',
}
/** answers and the command they answer, where it has a name above */
const ANSWERED: Readonly<Record<number, number>> = {
  101: 0,
  102: 1,
  106: 13,
  108: 19,
  109: 20,
  110: 21,
  111: 22,
  121: 28,
  127: 29,
  153: 55,
  154: 56,
  162: 65,
  163: 66,
}

/** memory: command + 1 that was last asked */
const ASKED = 0

export const tristation: Protocol = {
  id: 'tristation',
  service: 'tristation',
  transports: [UDP],
  firstBytes: bytesFrom(CONNECT, MOST_TYPE),
  hasMuteAnswers: true,
  memory: 1,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < TCM + CHECKSUM || b[at] < CONNECT || b[at] > MOST_TYPE || b[at + 1] > 7) return NOT
    const length = u16le(b, at + 2)
    if (carrier.length !== TCM + length + CHECKSUM) return NOT
    if (b[at] !== EXECUTE) {
      if (length > 64) return NOT
      return UNSURE | (b[at] === CONNECT ? FROM_CLIENT : b[at] === CONNECTED ? FROM_SERVER : 0)
    }
    const ts = at + TCM
    if (end - ts < TS || length < TS || b[ts] > 1 || u16le(b, ts + LENGTH) !== length) return NOT
    return CERTAIN | (b[ts] === FROM_STATION ? FROM_CLIENT : FROM_SERVER)
  },

  read(b, at, end, length, to) {
    if (end - at < TCM) return to.short()
    const type = b[at]
    if (type < CONNECT || type > MOST_TYPE || TCM + u16le(b, at + 2) + CHECKSUM !== length) {
      to.act(A.UNKNOWN, 256 + type, -1, -1, 0, 0)
      return to.unfit()
    }
    if (type === EXECUTE) {
      readCommand(b, at + TCM, end, to)
      // one command is what a message holds
      const ts = at + TCM
      if (end - ts >= TS && u16le(b, ts + LENGTH) !== u16le(b, at + 2)) to.unfit()
      return
    }
    if (type === CONNECTED) {
      to.client(false)
      return to.answer(256 + CONNECT, -1, false)
    }
    // limit reached, not connected, dead, denied, failed: answers to a connection
    if (type >= 7) return to.answer(256 + CONNECT, -1, true)
    if (type === CONNECT) to.client(true)
    to.act(A.SESSION, 256 + type, -1, -1, 0, 0)
  },

  functionActions: fn => (fn > 256 && fn <= 256 + MOST_TYPE ? A.SESSION : commandActions(fn)),
  functionName: fn => NAMES[fn],
}

const commandActions = (command: number): number => ACTIONS.get(command) ?? A.UNKNOWN

function readCommand(b: Uint8Array, ts: number, end: number, to: Notes): void {
  if (end - ts < TS) {
    to.act(A.UNKNOWN, 255, -1, -1, 0, 0)
    return to.short()
  }
  const command = b[ts + COMMAND]
  const isAnswer = b[ts] !== FROM_STATION
  to.client(!isAnswer)
  if (isAnswer) {
    const asked = to.memory[ASKED] > 0 ? to.memory[ASKED] - 1 : ANSWERED[command]
    if (asked === undefined) return
    return to.answer(asked, -1, command === REJECTED || command >= FIRST_REFUSAL)
  }
  to.memory[ASKED] = command + 1
  to.act(commandActions(command), command, -1, -1, 0, 0)
}
