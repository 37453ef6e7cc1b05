/**
 * DTLS 1.0 and 1.2: RFC 6347 (records: section 4.1, handshake: 4.2.2); DTLS 1.3 by its hellos, which keep that form
 * (RFC 9147, section 5.3). The two hellos are read, the rest is encrypted.
 */
import { u16, u24 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'
import { CLIENT_HELLO, readClientHello, readServerHello, SERVER_HELLO } from './tls-hello.ts'

const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const HELLO_VERIFY = 3
/** type, version, epoch, sequence number, length */
const HEADER = 13
/** type, length, message number, fragment offset and length */
const MESSAGE = 12
const MOST = 16384 + 2048

/** 0xfeff, 0xfefd, and 0x0100 of the draft that Cisco's AnyConnect and OpenSSL before 0.9.8f speak */
const isRecord = (b: Uint8Array, at: number): boolean =>
  b[at] >= CHANGE_CIPHER_SPEC &&
  b[at] <= APPLICATION_DATA &&
  (b[at + 1] === 0xfe ? b[at + 2] >= 0xfc : b[at + 1] === 1 && b[at + 2] === 0)

export const dtls: Protocol = {
  id: 'dtls',
  service: 'dtls',
  transports: [UDP],
  firstBytes: bytesFrom(CHANGE_CIPHER_SPEC, APPLICATION_DATA),
  memory: 1,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || !isRecord(b, at)) return NOT
    const length = u16(b, at + 11)
    const behind = at + HEADER + length
    if (length === 0 || length > MOST || HEADER + length > carrier.length) return NOT
    // records fill a datagram
    if (HEADER + length !== carrier.length && behind + 3 <= end && !isRecord(b, behind)) return NOT
    const epoch = u16(b, at + 3)
    if (b[at] !== HANDSHAKE || epoch > 0) return epoch > 0 || b[at] !== APPLICATION_DATA ? CERTAIN : UNSURE
    const type = b[at + HEADER]
    if (end - at < HEADER + MESSAGE || u24(b, at + HEADER + 9) + MESSAGE > length) return UNSURE
    if (type === CLIENT_HELLO) return CERTAIN | FROM_CLIENT
    return type === SERVER_HELLO || type === HELLO_VERIFY ? CERTAIN | FROM_SERVER : CERTAIN
  },

  read(b, at, end, length, to) {
    let record = at
    const last = Math.min(end, at + length)
    while (record + HEADER <= last && isRecord(b, record)) {
      const message = record + HEADER
      const behind = Math.min(last, message + u16(b, record + 11))
      if (b[record] === APPLICATION_DATA || u16(b, record + 3) > 0) {
        to.opaque()
        return to.done()
      }
      // a hello in fragments is read as far as its first one goes
      if (b[record] === HANDSHAKE && message + MESSAGE < behind && u24(b, message + 6) === 0) {
        if (b[message] === CLIENT_HELLO) {
          to.client(true)
          if (to.memory[0] === 0) readClientHello(b, message + MESSAGE, behind, true, to)
          to.memory[0] = 1
        } else if (b[message] === SERVER_HELLO) {
          to.client(false)
          readServerHello(b, message + MESSAGE, behind, to)
          to.opaque()
          return to.done()
        }
      }
      record = message + u16(b, record + 11)
    }
  },
}
