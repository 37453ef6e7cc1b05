/**
 * TACACS+: RFC 8907 (section 4.1 the header, 4.5 obfuscation).
 *
 * Functions of `act`: the type: 1 authentication, 2 authorisation, 3 accounting.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'

const HEADER = 12
const MOST = 1 << 17
const UNENCRYPTED = 0x01
const NAMES: Readonly<Record<number, string>> = { 1: 'authentication', 2: 'authorisation', 3: 'accounting' }

/** Major version 12 and minor 0 or 1, type 1 to 3, sequence from 1, flags 1 and 4, so far as they are here. */
function isHeader(b: Uint8Array, at: number, end: number): boolean {
  if ((b[at] & 0xfe) !== 0xc0 || (end - at > 1 && NAMES[b[at + 1]] === undefined)) return false
  return (end - at < 3 || b[at + 2] > 0) && (end - at < 4 || (b[at + 3] & ~5) === 0)
}

export const tacacs: Protocol = {
  id: 'tacacs',
  service: 'tacacs',
  transports: [TCP],
  firstBytes: [0xc0, 0xc1],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || !isHeader(b, at, end)) return NOT
    const body = u32(b, at + 8)
    if (body < 5 || body > MOST || u32(b, at + 4) === 0) return NOT
    const next = at + HEADER + body
    const isEven = carrier.length === HEADER + body || (next + 4 <= end && isHeader(b, next, end))
    // odd numbers are the client's
    return (isEven ? CERTAIN : UNSURE) | ((b[at + 2] & 1) === 1 ? FROM_CLIENT : FROM_SERVER)
  },

  length(b, at, end) {
    if (end <= at) return 0
    if (!isHeader(b, at, end)) return -1
    if (end - at < HEADER) return 0
    const body = u32(b, at + 8)
    return body < 1 || body > MOST ? -1 : HEADER + body
  },

  read(b, at, end, _length, to) {
    if (end - at < HEADER) return to.short()
    const isRequest = (b[at + 2] & 1) === 1
    to.client(isRequest)
    if (isRequest) to.act(A.SESSION, b[at + 1], -1, -1, 0, 0)
    else to.answer(b[at + 1], -1, false)
    if ((b[at + 3] & UNENCRYPTED) === 0) to.opaque()
  },

  functionActions: () => A.SESSION,
  functionName: fn => NAMES[fn],
}
