/**
 * PC Worx of Phoenix Contact: no public specification; the opening that public scanners (nmap's pcworx-info) send, and the
 * frames they get: kind (1 asks, 81 answers), service, length of it all. Recognised, and the answer to the question what a
 * controller is is read; nothing else is.
 *
 * Functions of `act`: the service (1 open, 5 register, 6 device information).
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { isWord, printable } from '../it/text.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'

const ASKS = 0x01
const ANSWERS = 0x81
const OPEN = 1
const REGISTER = 5
const INFORMATION = 6
const OPENING_AT = 14
const OPENING = 'IBETH01'
/** where the answer has the type of controller and its firmware */
const TYPE_AT = 30
const FIRMWARE_AT = 66

function serviceActions(service: number): number {
  if (service === OPEN || service === REGISTER) return A.SESSION
  return service === INFORMATION ? A.DISCOVER : A.UNKNOWN
}

export const pcworx: Protocol = {
  id: 'pcworx',
  service: 'pcworx',
  transports: [TCP],
  firstBytes: [ASKS, ANSWERS],

  probe(b, at, end, carrier) {
    if (end - at < 12 || (b[at] !== ASKS && b[at] !== ANSWERS) || u16(b, at + 2) !== carrier.length)
      return NOT
    if (b[at] === ANSWERS) return UNSURE | FROM_SERVER
    return isWord(b, at + OPENING_AT, end, OPENING) ? CERTAIN | FROM_CLIENT : UNSURE | FROM_CLIENT
  },

  length(b, at, end) {
    if (end > at && b[at] !== ASKS && b[at] !== ANSWERS) return -1
    if (end - at < 4) return 0
    return u16(b, at + 2) < 8 ? -1 : u16(b, at + 2)
  },

  read(b, at, end, _length, to) {
    if (end - at < 4) return to.short()
    const service = b[at + 1]
    to.client(b[at] === ASKS)
    if (b[at] === ASKS) return to.act(serviceActions(service), service, -1, -1, 0, 0)
    to.answer(service, -1, false)
    if (service !== INFORMATION || end - at < FIRMWARE_AT + 8) return
    const type = printable(b, at + TYPE_AT, end, 36)
    if (type === '') return
    to.heard('vendor', 'Phoenix Contact')
    to.heard('product', type)
    to.heard('version', printable(b, at + FIRMWARE_AT, end, 8))
  },

  functionActions: serviceActions,
  functionName: fn =>
    fn === OPEN
      ? 'open'
      : fn === REGISTER
        ? 'register'
        : fn === INFORMATION
          ? 'device information'
          : undefined,
}
