/**
 * ProConOS of KW-Software, the runtime of many makers' controllers: no public specification; the question that public scanners
 * (Redpoint's proconos-info) ask, CC 01 00 0B 40 02 00 00 47 EE, and what its answer holds. Recognised only, apart from that
 * answer.
 *
 * Functions of `act`: 1 = that question; everything else is 0, and unknown.
 */
import * as A from '../../net/actions.ts'
import { isText, printable } from '../it/text.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UNSURE } from '../protocol.ts'

const SYNC = 0xcc
const QUESTION = 10
const QUESTION_BYTES = [0xcc, 0x01, 0x00, 0x0b, 0x40, 0x02, 0x00, 0x00, 0x47, 0xee]
/** where the answer has the runtime, the controller and the project */
const RUNTIME_AT = 12
const TYPE_AT = 44
const PROJECT_AT = 77
const ASK_INFORMATION = 1

/** memory: function + 1 of what was asked last, until its answer begins */
const ASKED = 0

/** How many bytes of the question are at `at`. */
function questionBytes(b: Uint8Array, at: number, end: number): number {
  let same = 0
  while (same < QUESTION && at + same < end && b[at + same] === QUESTION_BYTES[same]) same++
  return same
}

const isQuestion = (b: Uint8Array, at: number, end: number): boolean => questionBytes(b, at, end) === QUESTION

export const proconos: Protocol = {
  id: 'proconos',
  service: 'proconos',
  transports: [TCP],
  firstBytes: [SYNC],
  memory: 1,

  probe(b, at, end, carrier) {
    if (end - at < QUESTION || b[at] !== SYNC) return NOT
    if (isQuestion(b, at, end)) return carrier.length === QUESTION ? CERTAIN | FROM_CLIENT : NOT
    if (b[at + 1] !== 1) return NOT
    const isAnswer =
      end - at > TYPE_AT && isText(b, at + RUNTIME_AT, end, 6) && isText(b, at + TYPE_AT, end, 2)
    return isAnswer ? UNSURE | FROM_SERVER : UNSURE
  },

  // what comes in one segment, unless that is how the question begins
  length(b, at, end) {
    const same = questionBytes(b, at, end)
    return same < QUESTION && at + same === end ? 0 : end - at
  },

  read(b, at, end, _length, to) {
    if (isQuestion(b, at, end)) {
      to.client(true)
      to.memory[ASKED] = ASK_INFORMATION + 1
      return to.act(A.DISCOVER, ASK_INFORMATION, -1, -1, 0, 0)
    }
    const runtime = end - at > TYPE_AT && b[at] === SYNC ? printable(b, at + RUNTIME_AT, end, 32) : ''
    if (/proconos|ladder/i.test(runtime)) {
      to.client(false)
      to.answer(ASK_INFORMATION, -1, false)
      to.memory[ASKED] = 0
      if (end - at <= PROJECT_AT) return
      to.heard('product', printable(b, at + TYPE_AT, end, 32) || runtime)
      return to.heard('version', runtime)
    }
    if (to.fromOrig) {
      to.memory[ASKED] = 1
      return to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
    }
    // more of an answer that began before
    if (b[at] !== SYNC) return
    to.answer(Math.max(0, to.memory[ASKED] - 1), -1, false)
    to.memory[ASKED] = 0
  },

  functionActions: fn => (fn === ASK_INFORMATION ? A.DISCOVER : A.UNKNOWN),
  functionName: fn => (fn === ASK_INFORMATION ? 'device information' : undefined),
}
