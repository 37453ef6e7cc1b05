/**
 * IPMI over RMCP: IPMI v2.0 specification (section 13.1 RMCP, 13.6 sessions, 13.8 messages, appendix G commands), ASF 2.0
 * (section 3.2).
 *
 * Functions of `act`: 256 x network function + command of a message (2 = chassis control, 1537 = get device id); 65535 where
 * they are encrypted. Presence pings are 0x80 + 65280. No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
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

const RMCP = 6
const ACK = 0x80
const ASF = 6
const IPMI = 7
/** the number of the ASF task force */
const ASF_ENTERPRISE = 4542
const PING = 0x80
const PONG = 0x40
const PRESENCE = 0xff80
const ENCRYPTED = 0xffff
/** authentication type of the header that version 2.0 brought */
const RMCP_PLUS = 6
const SMALLEST_MESSAGE = 7
/** behind a signed payload: what fills it up, two bytes, an authentication code */
const MOST_TRAILER = 24

/** network function x 256 + command, what it does, its name */
const COMMANDS = new Map<number, readonly [actions: number, name: string]>()
for (const [fn, actions, name] of [
  [0x0000, A.DISCOVER, 'get chassis capabilities'],
  [0x0001, A.READ, 'get chassis status'],
  [0x0002, A.CONTROL, 'chassis control'],
  [0x0003, A.CONTROL, 'chassis reset'],
  [0x0004, A.CONTROL, 'chassis identify'],
  [0x0008, A.CONFIGURE, 'set system boot options'],
  [0x0009, A.READ, 'get system boot options'],
  [0x042d, A.READ, 'get sensor reading'],
  [0x0601, A.DISCOVER, 'get device id'],
  [0x0602, A.CONTROL, 'cold reset'],
  [0x0603, A.CONTROL, 'warm reset'],
  [0x0604, A.DIAGNOSE, 'get self test results'],
  [0x0637, A.DISCOVER, 'get system GUID'],
  [0x0638, A.DISCOVER, 'get channel authentication capabilities'],
  [0x0639, A.SESSION, 'get session challenge'],
  [0x063a, A.SESSION, 'activate session'],
  [0x063b, A.SESSION, 'set session privilege level'],
  [0x063c, A.SESSION, 'close session'],
  [0x0645, A.CONFIGURE, 'set user name'],
  [0x0647, A.CONFIGURE, 'set user password'],
  [0x0654, A.DISCOVER, 'get channel cipher suites'],
  [0x0a10, A.READ, 'get FRU inventory area'],
  [0x0a11, A.READ, 'read FRU data'],
  [0x0a12, A.WRITE, 'write FRU data'],
  [0x0a20, A.READ, 'get SDR repository'],
  [0x0a23, A.READ, 'get SDR'],
  [0x0a43, A.READ, 'get SEL entry'],
  [0x0a47, A.WRITE, 'clear SEL'],
  [0x0a48, A.READ, 'get SEL time'],
  [0x0a49, A.TIME, 'set SEL time'],
  [0x0c01, A.CONFIGURE, 'set LAN configuration'],
  [0x0c02, A.READ, 'get LAN configuration'],
] as const)
  COMMANDS.set(fn, [actions, name])
const FIRMWARE = 8

/** Where the message or payload of the packet at `at` begins; -1 = its header is wrong, 0 = not here. */
function payloadAt(b: Uint8Array, at: number, end: number): number {
  if (end - at < 16) return 0
  if (b[at + 4] !== RMCP_PLUS) return b[at + 4] > 5 ? -1 : at + (b[at + 4] === 0 ? 14 : 30)
  const type = b[at + 5] & 0x3f
  // OEM payloads have six bytes more
  return at + (type === 2 ? 22 : 16)
}

/** Length that the packet states for its payload. */
const stated = (b: Uint8Array, payload: number, at: number): number =>
  b[at + 4] === RMCP_PLUS ? u16le(b, payload - 2) : b[payload - 1]

const isSigned = (b: Uint8Array, at: number): boolean => b[at + 4] === RMCP_PLUS && (b[at + 5] & 0x40) !== 0

export const ipmi: Protocol = {
  id: 'ipmi',
  service: 'ipmi',
  transports: [UDP],
  firstBytes: [RMCP],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < 4 || b[at] !== RMCP || b[at + 1] !== 0) return NOT
    const kind = b[at + 3]
    if ((kind & ~ACK) !== ASF && kind !== IPMI) return NOT
    if (carrier.length === 4) return (kind & ACK) !== 0 ? UNSURE : NOT
    if (kind === ASF) {
      if (end - at < 12 || u32(b, at + 4) !== ASF_ENTERPRISE) return NOT
      return CERTAIN | (b[at + 8] === PING ? FROM_CLIENT : b[at + 8] === PONG ? FROM_SERVER : 0)
    }
    const payload = payloadAt(b, at, end)
    if (payload < 0) return NOT
    if (payload === 0 || payload > end) return UNSURE
    const length = stated(b, payload, at)
    return length > 0 &&
      payload + length <= at + carrier.length &&
      payload + length + MOST_TRAILER >= at + carrier.length
      ? CERTAIN
      : NOT
  },

  read(b, at, end, length, to) {
    if (end - at < 4) return to.short()
    if (b[at] !== RMCP) return to.unfit()
    if ((b[at + 3] & ACK) !== 0) return
    if (b[at + 3] === ASF) {
      if (end - at < 12) return to.short()
      const type = b[at + 8]
      if (12 + b[at + 11] !== length) to.unfit()
      to.client(type !== PONG)
      if (type === PONG) return to.answer(PRESENCE, -1, false)
      // 0x10 reset, 0x11 power up, 0x12 power down, 0x13 power cycle
      const isPower = type >= 0x10 && type <= 0x13
      return to.act(type === PING ? A.DISCOVER : isPower ? A.CONTROL : A.UNKNOWN, 0xff00 | type, -1, -1, 0, 0)
    }
    if (b[at + 3] !== IPMI) return to.unfit()
    const payload = payloadAt(b, at, end)
    if (payload < 0) return to.unfit()
    if (payload === 0 || payload > end) return to.short()
    const rest = at + length - payload - stated(b, payload, at)
    if (rest < 0) return to.unfit()
    // behind it stands what signs it, or a byte that keeps some old chips from counting wrong (section 13.6)
    if (rest > (isSigned(b, at) ? MOST_TRAILER : 1)) to.unfit()
    if (b[at + 4] === RMCP_PLUS && (b[at + 5] & 0x80) !== 0) {
      to.act(A.UNKNOWN, ENCRYPTED, -1, -1, 0, 0)
      return to.opaque()
    }
    // payload types from 16 on set up sessions, 1 is the serial console
    const type = b[at + 4] === RMCP_PLUS ? b[at + 5] & 0x3f : 0
    if (type >= 0x10 && type <= 0x15) return to.act(A.SESSION, 0xff00 | type, -1, -1, 0, 0)
    if (type !== 0) return to.act(type === 1 ? A.CONTROL : A.UNKNOWN, 0xff00 | type, -1, -1, 0, 0)
    readMessage(b, payload, end, to)
  },

  functionActions: fn => (fn === PRESENCE ? A.DISCOVER : commandActions(fn)),

  functionName(fn) {
    if (fn === ENCRYPTED) return 'encrypted message'
    if (fn === PRESENCE) return 'presence ping'
    return COMMANDS.get(fn)?.[1] ?? (fn >> 8 === FIRMWARE ? `firmware command ${fn & 255}` : undefined)
  },
}

const commandActions = (fn: number): number =>
  fn >> 8 === FIRMWARE ? A.FIRMWARE : (COMMANDS.get(fn)?.[0] ?? A.UNKNOWN)

/** Addressee, network function and LUN, checksum; sender, sequence, command; in answers then how it ended. */
function readMessage(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < SMALLEST_MESSAGE - 1) {
    to.act(A.UNKNOWN, ENCRYPTED, -1, -1, 0, 0)
    return to.short()
  }
  if (((b[at] + b[at + 1] + b[at + 2]) & 0xff) !== 0) {
    to.act(A.UNKNOWN, ENCRYPTED, -1, -1, 0, 0)
    return to.unfit()
  }
  const isAnswer = ((b[at + 1] >> 2) & 1) === 1
  const network = (b[at + 1] >> 2) & 0x3e
  const fn = (network << 8) | b[at + 5]
  to.client(!isAnswer)
  if (isAnswer) return to.answer(fn, -1, at + 6 < end && b[at + 6] !== 0)
  to.act(commandActions(fn), fn, -1, -1, 0, 0)
}
