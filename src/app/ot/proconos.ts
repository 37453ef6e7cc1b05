/**
 * ProConOS of KW-Software, the runtime of many makers' controllers: no public specification; the question that public scanners
 * (Redpoint's proconos-info) ask, CC 01 00 0B 40 02 00 00 47 EE, and what its answer holds. Recognised only, apart from that
 * answer.
 *
 * Functions of `act`: 1 = that question; everything else is 0, and unknown.
 */
import * as A from '../../net/actions.ts'
import { u16, u32 } from '../../wire/bytes.ts'
import { isText, printable } from '../it/text.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'

const SYNC = 0xcc
const QUESTION = 10
/** where the answer has the runtime, the controller and the project */
const RUNTIME_AT = 12
const TYPE_AT = 44
const PROJECT_AT = 77
const ASK_INFORMATION = 1

const isQuestion = (b: Uint8Array, at: number, end: number): boolean =>
  end - at >= QUESTION &&
  u32(b, at) === (0xcc01000b | 0) &&
  u32(b, at + 4) === 0x40020000 &&
  u16(b, at + 8) === 0x47ee

export const proconos: Protocol = {
  id: 'proconos',
  service: 'proconos',
  transports: [TCP],
  firstBytes: [SYNC],

  probe(b, at, end, carrier) {
    if (end - at < QUESTION || b[at] !== SYNC) return NOT
    if (isQuestion(b, at, end)) return carrier.length === QUESTION ? CERTAIN | FROM_CLIENT : NOT
    if (b[at + 1] !== 1) return NOT
    const isAnswer =
      end - at > TYPE_AT && isText(b, at + RUNTIME_AT, end, 6) && isText(b, at + TYPE_AT, end, 2)
    return isAnswer ? UNSURE | FROM_SERVER : UNSURE
  },

  length: (_b, at, end) => end - at,

  read(b, at, end, _length, to) {
    if (isQuestion(b, at, end)) {
      to.client(true)
      return to.act(A.DISCOVER, ASK_INFORMATION, -1, -1, 0, 0)
    }
    const runtime = end - at > PROJECT_AT && b[at] === SYNC ? printable(b, at + RUNTIME_AT, end, 32) : ''
    if (/proconos|ladder/i.test(runtime)) {
      to.client(false)
      to.answer(ASK_INFORMATION, -1, false)
      to.heard('product', printable(b, at + TYPE_AT, end, 32) || runtime)
      return to.heard('version', runtime)
    }
    if (to.fromOrig) to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    else to.answer(0, -1, false)
  },

  functionActions: fn => (fn === ASK_INFORMATION ? A.DISCOVER : A.UNKNOWN),
  functionName: fn => (fn === ASK_INFORMATION ? 'device information' : undefined),
}
