/**
 * MQTT over TCP: OASIS MQTT 3.1.1 and 5.0, IBM MQTT V3.1; Sparkplug 3.0 (Eclipse), section 4 (topics).
 *
 * Functions of `act` are the packet types 1..15; publications under Sparkplug's topics are 101 = NBIRTH, 102 = NDEATH,
 * 103 = DBIRTH, 104 = DDEATH, 105 = NDATA, 106 = DDATA, 107 = NCMD, 108 = DCMD, 109 = STATE, 100 = any other. Neither units nor
 * addresses; topics are not kept. MQTT does not say what a publication is for: it counts as a report, from a client as from
 * the broker, unless its topic says that it is a command (Sparkplug, or one of the words in mqtt-topic.ts).
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { isWord } from '../it/text.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'
import { SPARKPLUG, sparkplugName, topicActions, topicFunction } from './mqtt-topic.ts'

const CONNECT = 1
const CONNACK = 2
const PUBLISH = 3
const PUBACK = 4
const PUBREC = 5
const PUBREL = 6
const PUBCOMP = 7
const SUBSCRIBE = 8
const SUBACK = 9
const UNSUBSCRIBE = 10
const UNSUBACK = 11
const PINGREQ = 12
const PINGRESP = 13
const DISCONNECT = 14
const AUTH = 15

const NAMES = (
  'reserved,connect,connect acknowledged,publish,publish acknowledged,publish received,publish release,' +
  'publish complete,subscribe,subscribe acknowledged,unsubscribe,unsubscribe acknowledged,ping,ping answered,' +
  'disconnect,authenticate'
).split(',')

/** the version of the protocol that the client asked for (3, 4, 5); then, for each end, what topic aliases stand for */
const VERSION = 0
const ALIASES = 1
const KEPT_ALIASES = 16
const V5 = 5
/** flag of a CONNECT */
const HAS_WILL = 0x04
/** reason codes of version 5 from here on, and of version 3 in a SUBACK, are failures */
const FAILURE = 0x80

/** Bytes of the fixed header at `at`, type and length; 0 = more are needed, -1 = none begins here. */
function headerLength(b: Uint8Array, at: number, end: number): number {
  for (let i = 1; i <= 4; i++) {
    if (at + i >= end) return 0
    if (b[at + i] < 0x80) return i + 1
  }
  return -1
}

/** The length that follows a fixed header of `header` bytes. */
function remaining(b: Uint8Array, at: number, header: number): number {
  let value = 0
  for (let i = header - 1; i > 0; i--) value = (value << 7) | (b[at + i] & 0x7f)
  return value
}

/** Whether type, flags and length go together. */
function isPossible(first: number, length: number): boolean {
  const type = first >> 4
  const flags = first & 15
  switch (type) {
    case 0:
      return false
    case PUBLISH:
      return (flags & 6) !== 6 && length >= 2
    case PUBREL:
      return flags === 2 && length >= 2
    case SUBSCRIBE:
    case UNSUBSCRIBE:
      return flags === 2 && length >= 5
    case CONNECT:
      return flags === 0 && length >= 12
    case PINGREQ:
    case PINGRESP:
      return flags === 0 && length === 0
    case DISCONNECT:
    case AUTH:
      return flags === 0
    default:
      return flags === 0 && length >= 2
  }
}

/** types and flags that go together with any length */
const FIRST = bytesFrom(0x10, 0xff).filter(first => [0, 2, 5, 12].some(length => isPossible(first, length)))

/** The level of the protocol in a CONNECT whose variable header is at `at`; 0 = it is none. */
function connectLevel(b: Uint8Array, at: number, end: number): number {
  if (isWord(b, at, end, '\0\x04MQTT') && at + 6 < end) return b[at + 6] & 0x7f
  if (isWord(b, at, end, '\0\x06MQIsdp') && at + 8 < end) return b[at + 8] & 0x7f
  return 0
}

/** Where the alias of a topic is among the properties at `at` (version 5); -1 = nowhere. */
function aliasAt(b: Uint8Array, at: number, end: number): number {
  let property = at
  while (property < end) {
    const id = b[property++]
    if (id === 0x23) return property + 2 <= end ? property : -1
    if (id === 0x01) property += 1
    else if (id === 0x02) property += 4
    else if (id === 0x0b) while (property < end && b[property++] >= 0x80);
    else if (id === 0x03 || id === 0x08 || id === 0x09 || id === 0x26) {
      for (let i = id === 0x26 ? 2 : 1; i > 0; i--) {
        if (property + 2 > end) return -1
        property += 2 + u16(b, property)
      }
    } else return -1
  }
  return -1
}

function readPublish(b: Uint8Array, at: number, body: number, end: number, isCut: boolean, to: Notes): void {
  const topicEnd = body + 2 <= end ? body + 2 + u16(b, body) : end + 1
  if (topicEnd > end) {
    to.act(A.REPORT | A.UNKNOWN, PUBLISH, -1, -1, 0, 0)
    return isCut ? to.short() : to.unfit()
  }
  let fn = topicFunction(b, body + 2, topicEnd)
  let actions = topicActions(b, body + 2, topicEnd, fn)
  if (to.memory[VERSION] === V5) {
    const properties = topicEnd + ((b[at] & 6) !== 0 ? 2 : 0)
    const header = headerLength(b, properties - 1, end)
    const length = header > 0 ? remaining(b, properties - 1, header) : 0
    const first = properties + Math.max(0, header - 1)
    const alias = aliasAt(b, first, Math.min(end, first + length))
    const number = alias < 0 ? 0 : u16(b, alias)
    const isKept = number > 0 && number <= KEPT_ALIASES
    const word = ALIASES + (to.fromOrig ? 0 : KEPT_ALIASES) + number - 1
    if (topicEnd > body + 2) {
      if (isKept) to.memory[word] = (fn << 16) | actions
    } else if (isKept && to.memory[word] !== 0) {
      fn = to.memory[word] >>> 16
      actions = to.memory[word] & 0xffff
    } else actions = A.REPORT | A.UNKNOWN
  }
  to.act(actions, fn, -1, -1, 0, 0)
}

/** Whether the one byte at `at`, if it is here, is a failure. */
const isFailure = (b: Uint8Array, at: number, end: number): boolean => at < end && b[at] >= FAILURE

function typeActions(type: number): number {
  if (type >= SPARKPLUG)
    return type === SPARKPLUG + 7 || type === SPARKPLUG + 8 ? A.CONTROL | A.WRITE : A.REPORT
  if (type === 0 || type > AUTH) return A.UNKNOWN
  return type === PUBLISH || type === SUBSCRIBE || type === UNSUBSCRIBE ? A.REPORT : A.SESSION
}

/** What the broker publishes when the client is gone: told where it commands. Flags are at `at`. */
function readWill(b: Uint8Array, at: number, end: number, level: number, to: Notes): void {
  if (at >= end || (b[at] & HAS_WILL) === 0) return
  const client = behindProperties(b, at + 3, end, level)
  if (client + 2 > end) return
  const topic = behindProperties(b, client + 2 + u16(b, client), end, level)
  const topicEnd = topic + 2 <= end ? topic + 2 + u16(b, topic) : end + 1
  if (topicEnd > end) return
  const fn = topicFunction(b, topic + 2, topicEnd)
  const actions = topicActions(b, topic + 2, topicEnd, fn)
  if (actions !== A.REPORT) to.act(actions, fn, -1, -1, 0, 0)
}

/** Where properties end that version 5 has at `at`; behind what is here, if they do. */
function behindProperties(b: Uint8Array, at: number, end: number, level: number): number {
  if (level !== V5) return at
  const header = headerLength(b, at - 1, end)
  return header > 0 ? at - 1 + header + remaining(b, at - 1, header) : end
}

function readConnect(b: Uint8Array, body: number, end: number, isCut: boolean, to: Notes): void {
  const level = connectLevel(b, body, end)
  to.memory[VERSION] = level
  to.client(true)
  to.act(A.SESSION, CONNECT, -1, -1, 0, 0)
  readWill(b, body + (level === 3 ? 9 : 7), end, level, to)
  if (level >= 3 && level <= 5) to.detail('version', level === 3 ? '3.1' : level === 4 ? '3.1.1' : '5.0')
  else if (isCut) to.short()
  else to.unfit()
}

export const mqtt: Protocol = {
  id: 'mqtt',
  service: 'mqtt',
  transports: [TCP],
  firstBytes: FIRST,
  memory: ALIASES + 2 * KEPT_ALIASES,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < 2 || b[at] < 0x10) return NOT
    const header = headerLength(b, at, end)
    if (header <= 0) return NOT
    const length = remaining(b, at, header)
    if (!isPossible(b[at], length)) return NOT
    const body = at + header
    const type = b[at] >> 4
    if (type === CONNECT) {
      const level = connectLevel(b, body, end)
      return level >= 3 && level <= 5 ? CERTAIN | FROM_CLIENT : NOT
    }
    // without what it was opened with, only packets that end where the payload does
    if (header + length > carrier.length) return type === PUBLISH && length < 0x100000 ? UNSURE : NOT
    if (type === PUBLISH && (body + 2 > end || u16(b, body) > length - 2)) return NOT
    const next = body + length
    if (next < end && (next + 2 > end || !isPossible(b[next], b[next + 1]))) return NOT
    if (type === CONNACK) return body < end && b[body] > 1 ? NOT : UNSURE | FROM_SERVER
    if (type === SUBACK || type === UNSUBACK || type === PINGRESP) return UNSURE | FROM_SERVER
    return type === SUBSCRIBE || type === UNSUBSCRIBE || type === PINGREQ ? UNSURE | FROM_CLIENT : UNSURE
  },

  length(b, at, end) {
    if (at < end && (b[at] < 0x10 || (b[at] >> 4 === PUBLISH && (b[at] & 6) === 6))) return -1
    const header = headerLength(b, at, end)
    if (header <= 0) return header
    const length = remaining(b, at, header)
    return isPossible(b[at], length) ? header + length : -1
  },

  read(b, at, end, length, to) {
    const header = headerLength(b, at, end)
    if (header <= 0) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return header === 0 && end - at < length ? to.short() : to.unfit()
    }
    const type = b[at] >> 4
    const body = at + header
    const isCut = end - at < length
    switch (type) {
      case CONNECT:
        return readConnect(b, body, end, isCut, to)
      case PUBLISH:
        return readPublish(b, at, body, end, isCut, to)
      case CONNACK:
        to.client(false)
        return to.answer(CONNECT, -1, body + 1 < end && b[body + 1] !== 0)
      case PUBACK:
      case PUBREC:
        return to.answer(PUBLISH, -1, isFailure(b, body + 2, end))
      case PUBCOMP:
        return to.answer(PUBREL, -1, isFailure(b, body + 2, end))
      case SUBACK:
      case UNSUBACK:
        to.client(false)
        return to.answer(type - 1, -1, isFailure(b, end - 1, end))
      case PINGRESP:
        to.client(false)
        return to.answer(PINGREQ, -1, false)
      case SUBSCRIBE:
      case UNSUBSCRIBE:
      case PINGREQ:
        to.client(true)
        return to.act(typeActions(type), type, -1, -1, 0, 0)
      default:
        return to.act(typeActions(type), type, -1, -1, 0, 0)
    }
  },

  functionActions: typeActions,
  functionName: fn => (fn >= SPARKPLUG ? sparkplugName(fn) : NAMES[fn]),
}
