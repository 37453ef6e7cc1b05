/**
 * TLS and SSL 3.0: RFC 8446 and RFC 5246 (records: section 5.1 and 6.2.1), RFC 6101; the SSL 2.0 hello that older clients
 * begin with: RFC 5246, appendix E.2. Of the handshake the two hellos are read, what comes later is taken as encrypted.
 */
import { u16, u24 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
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
import { CLIENT_HELLO, readClientHello, readServerHello, SERVER_HELLO, versionText } from './tls-hello.ts'

const CHANGE_CIPHER_SPEC = 20
const ALERT = 21
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const HEADER = 5
/** 2^14 and what encryption may add (RFC 5246, section 6.2.3) */
const MOST = 16384 + 2048
/** messages of a handshake that are not its hellos: RFC 8446, section 4; RFC 5246, section 7.4 */
const isMessage = (type: number): boolean =>
  (type >= 11 && type <= 16) || type === 20 || type === 22 || type === 0 || type === 4

const isRecord = (b: Uint8Array, at: number): boolean =>
  b[at] >= CHANGE_CIPHER_SPEC && b[at] <= APPLICATION_DATA && b[at + 1] === 3 && b[at + 2] <= 4

/** memory: which hellos were read; records of content */
const HELLOS = 0
const CONTENTS = 1
const ENOUGH = 4
const CLIENTS = 1
const SERVERS = 2

export const tls: Protocol = {
  id: 'tls',
  service: 'tls',
  transports: [TCP],
  firstBytes: [...bytesFrom(CHANGE_CIPHER_SPEC, APPLICATION_DATA), ...bytesFrom(0x80, 0xff)],
  memory: 2,

  probe(b, at, end, carrier) {
    if (end - at < HEADER) return NOT
    if (!isRecord(b, at)) return b[at] >= 0x80 ? ssl2Likeness(b, at, end, carrier.length) : NOT
    const length = u16(b, at + 3)
    if (length === 0 || length > MOST) return NOT
    const body = at + HEADER
    switch (b[at]) {
      case HANDSHAKE: {
        if (body >= end) return UNSURE
        const isHello = b[body] === CLIENT_HELLO || b[body] === SERVER_HELLO
        const who = !isHello ? 0 : b[body] === CLIENT_HELLO ? FROM_CLIENT : FROM_SERVER
        if (body + 6 > end) return UNSURE | who
        // the length of the message; a hello may go on in the next record, others share one
        const message = u24(b, body + 1)
        if (!isHello) return isMessage(b[body]) && message + 4 <= length ? UNSURE : next(b, at, end, length)
        if (b[body + 4] !== 3 || b[body + 5] > 4 || message < 38 || message > 0xffff) return NOT
        return CERTAIN | who
      }
      case ALERT:
        if (length !== 2) return next(b, at, end, length)
        if (body + 2 > end) return UNSURE
        if (b[body] !== 1 && b[body] !== 2) return NOT
        return carrier.length === HEADER + 2 ? CERTAIN : next(b, at, end, length)
      case CHANGE_CIPHER_SPEC:
        return length === 1 && (body >= end || b[body] === 1) ? CERTAIN : NOT
      default:
        return carrier.length === HEADER + length ? CERTAIN : next(b, at, end, length)
    }
  },

  length(b, at, end) {
    if (b[at] >= 0x80) return end - at < 3 ? 0 : b[at + 2] === 1 || b[at + 2] === 4 ? ssl2Length(b, at) : -1
    if (b[at] < CHANGE_CIPHER_SPEC || b[at] > APPLICATION_DATA) return -1
    if (end - at < HEADER) return end - at >= 2 && b[at + 1] !== 3 ? -1 : 0
    const length = u16(b, at + 3)
    return isRecord(b, at) && length > 0 && length <= MOST ? HEADER + length : -1
  },

  read(b, at, end, length, to) {
    if (end - at < HEADER) return
    if (b[at] >= 0x80) return readSsl2(b, at, end, to)
    const last = Math.min(end, at + length)
    const body = at + HEADER
    if (b[at] === HANDSHAKE && body + 4 < last) {
      if (b[body] === CLIENT_HELLO) {
        to.client(true)
        readClientHello(b, body + 4, last, false, to)
        return heardHello(CLIENTS, to)
      }
      if (b[body] === SERVER_HELLO) {
        to.client(false)
        readServerHello(b, body + 4, last, to)
        return heardHello(SERVERS, to)
      }
    }
    // an alert may be in clear, and so may the certificate that follows a hello
    if (b[at] !== APPLICATION_DATA && b[at] !== CHANGE_CIPHER_SPEC) return
    to.opaque()
    // where no hello was seen, a few of them show that the conversation is what it seems
    if (++to.memory[CONTENTS] >= ENOUGH || to.memory[HELLOS] !== 0) to.done()
  },
}

/** With both hellos the rest tells nothing. */
function heardHello(which: number, to: Notes): void {
  to.memory[HELLOS] |= which
  to.opaque()
  if (to.memory[HELLOS] === (CLIENTS | SERVERS)) to.done()
}

/** A record whose content says nothing: the one behind it decides. */
function next(b: Uint8Array, at: number, end: number, length: number): number {
  const behind = at + HEADER + length
  if (behind + 3 > end) return UNSURE
  return isRecord(b, behind) ? CERTAIN : NOT
}

const ssl2Length = (b: Uint8Array, at: number): number => 2 + (u16(b, at) & 0x7fff)

/** SSL 2.0: lengths of the parts of a hello that add up to the record. */
function ssl2Likeness(b: Uint8Array, at: number, end: number, wire: number): number {
  if (end - at < 13 || ssl2Length(b, at) !== wire) return NOT
  if (b[at + 2] === 1) {
    const isVersion = b[at + 3] === 3 ? b[at + 4] <= 4 : u16(b, at + 3) === 2
    const ciphers = u16(b, at + 5)
    const challenge = u16(b, at + 9)
    if (!isVersion || ciphers === 0 || ciphers % 3 !== 0 || challenge < 16 || challenge > 32) return NOT
    return 11 + ciphers + u16(b, at + 7) + challenge === wire ? CERTAIN | FROM_CLIENT : NOT
  }
  if (b[at + 2] !== 4 || b[at + 3] > 1 || b[at + 4] > 1 || u16(b, at + 5) !== 2) return NOT
  return 13 + u16(b, at + 7) + u16(b, at + 9) + u16(b, at + 11) === wire ? CERTAIN | FROM_SERVER : NOT
}

function readSsl2(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (end - at < 7) return
  to.client(b[at + 2] === 1)
  if (b[at + 2] === 1) return heardHello(CLIENTS, to)
  to.detail('version', versionText(u16(b, at + 5)) ?? 'SSL 2.0')
  heardHello(SERVERS, to)
}
