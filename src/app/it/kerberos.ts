/**
 * Kerberos 5: RFC 4120 (section 5 the messages, 7.2.2 their length over TCP).
 *
 * Functions of `act` are the message types: 10 AS request, 12 TGS request, 14 AP request, 20 safe, 21 private, 22 credentials.
 * No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UDP } from '../protocol.ts'
import { berHeader, berNext, berNumber } from './ber.ts'

const SEQUENCE = 0x30
const ERROR = 30
/** the KDC asks for proof of who asks: the usual first answer, no refusal */
const PREAUTHENTICATION_REQUIRED = 25
const APPLICATION = 0x60
const MOST = 1 << 20
/** memory: the request that was last asked */
const ASKED = 0

const NAMES: Readonly<Record<number, string>> = {
  10: 'AS request',
  12: 'TGS request',
  14: 'AP request',
  20: 'safe message',
  21: 'private message',
  22: 'credentials',
}

const isType = (type: number): boolean =>
  (type >= 10 && type <= 15) || (type >= 20 && type <= 22) || type === ERROR
/** the length over TCP, tags of messages over UDP */
const FIRST = [
  0,
  ...bytesFrom(0, 0x1f)
    .filter(isType)
    .map(type => APPLICATION | type),
]

/** Type of the message at `at`: its application tag, which its own msg-type repeats; 0 = none. */
function messageType(b: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return 0
  const type = b[at] & 0x1f
  if ((b[at] & 0xe0) !== APPLICATION) return 0
  if (!isType(type)) return 0
  const header = berHeader(b, at, end)
  if (header <= 0) return 0
  const sequence = at + header
  if (sequence >= end || b[sequence] !== SEQUENCE) return 0
  const inner = berHeader(b, sequence, end)
  if (inner <= 0) return 0
  // pvno and msg-type: [1] and [2] in requests to a KDC, [0] and [1] elsewhere
  const pvno = sequence + inner
  const tag = type === 10 || type === 12 ? 0xa1 : 0xa0
  if (end - pvno < 10 || b[pvno] !== tag || b[pvno + 5] !== tag + 1) return 0
  return berNumber(b, pvno + 2, end) === 5 && berNumber(b, pvno + 7, end) === type ? type : 0
}

const isRequest = (type: number): boolean => type === 10 || type === 12 || type === 14

export const kerberos: Protocol = {
  id: 'kerberos',
  service: 'kerberos',
  transports: [TCP, UDP],
  firstBytes: FIRST,
  memory: 1,
  isStrict: true,

  probe(b, at, end, carrier) {
    const from = carrier.transport === TCP ? at + 4 : at
    if (end - from < 4) return NOT
    if (from > at && (u32(b, at) < 16 || u32(b, at) > MOST)) return NOT
    const type = messageType(b, from, end)
    if (type === 0 || (from > at && berNext(b, from, end) !== from + u32(b, at))) return NOT
    return CERTAIN | (isRequest(type) ? FROM_CLIENT : type <= 15 || type === ERROR ? FROM_SERVER : 0)
  },

  length(b, at, end) {
    if (end - at < 4) return 0
    const length = u32(b, at)
    if (length < 16 || length > MOST) return -1
    return end - at >= 5 && (b[at + 4] & 0xe0) !== APPLICATION ? -1 : 4 + length
  },

  read(b, at, end, _length, to) {
    const from = to.carrier.transport === TCP ? at + 4 : at
    const type = messageType(b, from, end)
    if (type === 0) return end - from < 24 ? to.short() : to.unfit()
    if (isRequest(type)) {
      to.client(true)
      to.memory[ASKED] = type
      return to.act(A.SESSION, type, -1, -1, 0, 0)
    }
    if (type === ERROR) {
      to.client(false)
      const code = errorCode(b, from, end)
      return to.answer(to.memory[ASKED] || 10, -1, code !== PREAUTHENTICATION_REQUIRED)
    }
    if (type <= 15) {
      to.client(false)
      return to.answer(type - 1, -1, false)
    }
    to.act(A.SESSION, type, -1, -1, 0, 0)
    if (type !== 20) to.opaque()
  },

  functionActions: () => A.SESSION,
  functionName: fn => NAMES[fn],
}

/** error-code [6] of the KRB-ERROR at `at`; -1 = not here. */
function errorCode(b: Uint8Array, at: number, end: number): number {
  const sequence = at + Math.max(2, berHeader(b, at, end))
  let field = sequence + Math.max(2, berHeader(b, sequence, end))
  for (let i = 0; i < 16 && field > 0 && field < end; i++) {
    if (b[field] === 0xa6) return berNumber(b, field + 2, end)
    field = berNext(b, field, end)
  }
  return -1
}
