/**
 * GE SRTP (Service Request Transport Protocol) over TCP, of Series 90 and PACSystems controllers. It is not published: Denton et
 * al., Leveraging the SRTP protocol for over-the-network memory acquisition of a GE Fanuc Series 90-30 (DFRWS USA 2017); service
 * request codes as Wireshark's and CISA's dissectors list them.
 *
 * Functions of `act` are service request codes (0..255), and 0x100 = opening the connection. No units. Areas are segment
 * selectors; `first` and `last` are references in it, counted from 1 as %R1 is.
 */
import * as A from '../../net/actions.ts'
import { printable } from '../it/text.ts'
import { u16le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  numbersText,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'
import { CONTROLLER_TYPE, SELECTORS, SERVICES } from './ge-srtp-services.ts'

/** type, 0, sequence (2), length of the text behind the header (2); mailbox: sequence, kind, from (4), to (4), packet, packets */
const TEXT_LENGTH_AT = 4
const SEQUENCE_AT = 30
const KIND_AT = 31
const TO_AT = 36
const REQUEST_AT = 42
const TEXT_REQUEST_AT = 50
const HEADER = 56

const OPEN = 0
const OPENED = 1
const REQUEST = 2
const RESPONSE = 3
const ERROR = 5
const SESSION = 8

const SHORT = 0xc0
const WITH_TEXT = 0x80
const DONE = 0xd4
const DONE_WITH_TEXT = 0x94
const REFUSED = 0xd1

const OPENING = 0x100

/** memory: the last requests, sequence number and code each */
const OPEN_REQUESTS = 4
const IS_OPEN = 0x10000

/** Whether a header (its first bytes suffice) can be one. */
function hasShape(b: Uint8Array, at: number, end: number): boolean {
  const type = b[at]
  if (type > ERROR && type !== SESSION) return false
  if (end - at >= 2 && b[at + 1] !== 0) return false
  if (end - at <= KIND_AT) return true
  const kind = b[at + KIND_AT]
  switch (type) {
    case OPEN:
    case OPENED:
      return kind === 0 && u16le(b, at + TEXT_LENGTH_AT) === 0
    case REQUEST:
    case SESSION:
      return kind === SHORT || kind === WITH_TEXT
    case RESPONSE:
    case ERROR:
      return kind === DONE || kind === DONE_WITH_TEXT || kind === REFUSED
    default:
      return false
  }
}

function readRequest(b: Uint8Array, at: number, to: Notes): void {
  const requestAt = at + (b[at + KIND_AT] === WITH_TEXT ? TEXT_REQUEST_AT : REQUEST_AT)
  to.client(true)
  const code = b[requestAt]
  const service = SERVICES.get(code)
  to.memory.copyWithin(1, 0, OPEN_REQUESTS - 1)
  to.memory[0] = IS_OPEN | (b[at + SEQUENCE_AT] << 8) | code
  if (service?.isRanged !== true) return to.act(service?.actions ?? A.UNKNOWN, code, -1, -1, 0, 0)
  const first = u16le(b, requestAt + 2) + 1
  to.act(service.actions, code, -1, b[requestAt + 1], first, first + Math.max(u16le(b, requestAt + 4), 1) - 1)
}

function readResponse(b: Uint8Array, at: number, end: number, to: Notes): void {
  to.client(false)
  const kind = b[at + KIND_AT]
  const isRefused = kind === REFUSED || b[at] === ERROR
  for (let i = 0; i < OPEN_REQUESTS; i++) {
    const open = to.memory[i]
    if ((open & IS_OPEN) === 0 || ((open >> 8) & 0xff) !== b[at + SEQUENCE_AT]) continue
    to.memory[i] = 0
    to.answer(open & 0xff, -1, isRefused)
    if ((open & 0xff) === CONTROLLER_TYPE && kind === DONE_WITH_TEXT) hear(b, at + HEADER, end, to)
    return
  }
  // what it answers was not seen, and only some say it
  if (kind === DONE_WITH_TEXT && SERVICES.has(b[at + TEXT_REQUEST_AT]))
    to.answer(b[at + TEXT_REQUEST_AT], -1, isRefused)
}

/** 12 bytes before the name of the controller (8). */
function hear(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (to.memory[OPEN_REQUESTS] !== 0 || end - at < 20) return
  to.memory[OPEN_REQUESTS] = 1
  to.heard('vendor', 'GE')
  const name = printable(b, at + 12, at + 20)
  if (name !== '') to.heard('name', name)
  to.heard('role', 'PLC')
}

export const geSrtp: Protocol = {
  id: 'ge-srtp',
  service: 'ge-srtp',
  transports: [TCP],
  firstBytes: [OPEN, OPENED, REQUEST, RESPONSE, ERROR, SESSION],
  hasMuteAnswers: true,
  memory: OPEN_REQUESTS + 1,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || !hasShape(b, at, end)) return NOT
    const stated = HEADER + u16le(b, at + TEXT_LENGTH_AT)
    // an opening is all zeroes: exactly one header of them
    if (b[at] === OPEN || b[at] === OPENED) {
      if (carrier.length !== HEADER) return NOT
      for (let i = 1; i < HEADER; i++) if (b[at + i] !== 0 && (b[at] === OPEN || i !== 8)) return NOT
      return UNSURE | (b[at] === OPEN ? FROM_CLIENT : FROM_SERVER)
    }
    if (stated < carrier.length && (at + stated >= end || !hasShape(b, at + stated, end))) return NOT
    // both sequence numbers are the same
    const isSame = b[at + 2] === b[at + SEQUENCE_AT]
    if (b[at] === RESPONSE || b[at] === ERROR) return (isSame ? CERTAIN : UNSURE) | FROM_SERVER
    const isToMailbox = b[at + TO_AT + 1] === 0x0e && b[at + TO_AT + 2] === 0 && b[at + TO_AT + 3] === 0
    return (isSame && isToMailbox ? CERTAIN : UNSURE) | FROM_CLIENT
  },

  length(b, at, end) {
    if (!hasShape(b, at, end)) return -1
    return end - at < TEXT_LENGTH_AT + 2 ? 0 : HEADER + u16le(b, at + TEXT_LENGTH_AT)
  },

  read(b, at, end, _length, to) {
    const type = b[at]
    if (end - at < HEADER) {
      to.act(A.UNKNOWN, OPENING, -1, -1, 0, 0)
      return to.short()
    }
    if (!hasShape(b, at, end)) {
      to.act(A.UNKNOWN, OPENING, -1, -1, 0, 0)
      return to.unfit()
    }
    if (type === OPEN) {
      to.client(true)
      return to.act(A.SESSION, OPENING, -1, -1, 0, 0)
    }
    if (type === OPENED) {
      to.client(false)
      return to.answer(OPENING, -1, false)
    }
    if (type === REQUEST || type === SESSION) return readRequest(b, at, to)
    readResponse(b, at, end, to)
  },

  functionActions: fn => (fn === OPENING ? A.SESSION : (SERVICES.get(fn)?.actions ?? A.UNKNOWN)),
  functionName: fn => (fn === OPENING ? 'open' : SERVICES.get(fn)?.name),
  areaText: (area, first, last) =>
    `${SELECTORS[area] ?? `selector 0x${area.toString(16)}`} ${numbersText(first, last)}`,
}
