/**
 * BGP-4: RFC 4271 (section 4.1 the header), RFC 2918 (route refresh), RFC 8654 (messages up to 65,535 bytes).
 *
 * Functions of `act`: the message type: 1 open, 2 update, 3 notification, 4 keepalive, 5 route refresh.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { CERTAIN, NOT, type Protocol, TCP } from '../protocol.ts'

const HEADER = 19
const MARKER = 16
const NAMES = ['', 'open', 'update', 'notification', 'keepalive', 'route refresh']
const ACTIONS = [A.UNKNOWN, A.SESSION, A.REPORT, A.SESSION, A.SESSION, A.READ]

/** Sixteen bytes of ones, a length, a type, so far as they are here. */
function isHeader(b: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < at + MARKER && i < end; i++) if (b[i] !== 0xff) return false
  if (end - at < HEADER) return true
  return u16(b, at + MARKER) >= HEADER && b[at + 18] >= 1 && b[at + 18] < NAMES.length
}

export const bgp: Protocol = {
  id: 'bgp',
  service: 'bgp',
  transports: [TCP],
  firstBytes: [0xff],
  isStrict: true,

  probe: (b, at, end) => (end - at >= HEADER && u32(b, at) === -1 && isHeader(b, at, end) ? CERTAIN : NOT),

  length(b, at, end) {
    if (!isHeader(b, at, end)) return -1
    return end - at < HEADER ? 0 : u16(b, at + MARKER)
  },

  read(b, at, end, _length, to) {
    if (end - at < HEADER) return to.short()
    const type = b[at + 18]
    to.act(ACTIONS[type] ?? A.UNKNOWN, type, -1, -1, 0, 0)
  },

  functionName: fn => NAMES[fn] || undefined,
}
