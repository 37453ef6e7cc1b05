/**
 * DHCP: RFC 2131 (messages: section 2), RFC 2132 (options 12, 53, 60), RFC 4702 (81). What a client says of itself is heard,
 * unless a relay brings it.
 */
import { u32 } from '../../wire/bytes.ts'
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
import { printable } from './text.ts'

const REQUEST = 1
const REPLY = 2
const RELAY_AT = 24
const COOKIE_AT = 236
const OPTIONS_AT = 240
const COOKIE = 0x63825363
const HOST_NAME = 12
const VENDOR_CLASS = 60
const CLIENT_NAME = 81
const PAD = 0
const END = 255
const MOST_OPTIONS = 64

export const dhcp: Protocol = {
  id: 'dhcp',
  service: 'dhcp',
  transports: [UDP],
  firstBytes: [REQUEST, REPLY],
  memory: 1,

  probe(b, at, end, { length }) {
    // operation, kind and length of hardware addresses, relays passed
    if (end - at < 16 || (b[at] !== REQUEST && b[at] !== REPLY) || b[at + 1] > 38 || b[at + 2] > 16)
      return NOT
    if (b[at + 3] > 16 || length < OPTIONS_AT) return NOT
    const who = b[at] === REQUEST ? FROM_CLIENT : FROM_SERVER
    if (end - at < OPTIONS_AT) return end - at < length ? UNSURE | who : NOT
    return u32(b, at + COOKIE_AT) === COOKIE ? CERTAIN | who : NOT
  },

  read(b, at, end, _length, to) {
    if (end - at < OPTIONS_AT || b[at] !== REQUEST) return
    if (to.memory[0] !== 0 || u32(b, at + RELAY_AT) !== 0 || u32(b, at + COOKIE_AT) !== COOKIE) return
    let i = at + OPTIONS_AT
    for (let left = MOST_OPTIONS; left > 0 && i < end && b[i] !== END; left--) {
      if (b[i] === PAD) {
        i++
        continue
      }
      if (i + 2 > end || i + 2 + b[i + 1] > end) return
      hearOption(b, b[i], i + 2, i + 2 + b[i + 1], to)
      i += 2 + b[i + 1]
    }
  },
}

function hearOption(b: Uint8Array, option: number, at: number, end: number, to: Notes): void {
  // flags and two results come before a name in full, which is in labels where bit 2 is set
  const isText =
    option === HOST_NAME || option === VENDOR_CLASS || (option === CLIENT_NAME && (b[at] & 4) === 0)
  if (!isText) return
  const text = printable(b, option === CLIENT_NAME ? at + 3 : at, end)
  if (text === '') return
  to.memory[0] = 1
  to.heard(option === VENDOR_CLASS ? 'product' : 'name', text)
}
