/**
 * MMS (ISO 9506) of IEC 61850-8-1 and of ICCP/TASE.2 (IEC 60870-6), over ISO on TCP (see tpkt.ts, osi-session.ts, mms-pdu.ts);
 * also bare, without session and presentation.
 *
 * Functions of `act` are those of mms-services.ts; 224 and 128 connect and disconnect the transport. There is no unit, and
 * there are no addresses: variables have names. What those tell of writes is in `variableActions` there.
 */
import * as A from '../../net/actions.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  MAYBE,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'
import { CUT, element, find, read, THERE } from './mms-ber.ts'
import { isPdu, MMS_MEMORY, opened, pduShape, readPdu, UNKNOWN_END } from './mms-pdu.ts'
import * as S from './mms-services.ts'
import * as O from './osi-session.ts'
import * as T from './tpkt.ts'

/** by sender: whether more of its message follows in further DT */
const MORE = 0
const WORDS = 2
/** PDUs looked at in one message */
const MOST_DATA = 64
/** what names of MMS begin with: 1.0.9506.2, its abstract syntax and application context */
const MMS_NAME = [0x28, 0xca, 0x22, 0x02]
const MOST_SEARCHED = 512
const WHO = [0, FROM_CLIENT, FROM_SERVER, 0]
const ASSOCIATION_RESULT = 0xa2

export const mms: Protocol = {
  id: 'mms',
  service: 'mms',
  transports: [TCP],
  isStrict: 'at-first',
  firstBytes: [3],
  memory: WORDS + MMS_MEMORY,

  probe(b, at, end) {
    if (at >= end || b[at] !== 3) return NOT
    const kind = T.connectionKind(b, at, end)
    if (kind !== T.NO_CONNECTION) {
      const who = T.isConfirm(b, at) ? FROM_SERVER : FROM_CLIENT
      return kind === T.MMS ? CERTAIN | who : kind === T.OSI ? UNSURE | who : NOT
    }
    const from = T.firstData(b, at, end)
    if (from < 0) return NOT
    const length = T.dataLength(b, from)
    const here = Math.min(end, from + length)
    const stop = T.isLast(b, from) ? from + length : UNKNOWN_END
    if (O.isData(b, from, here)) {
      if (O.encodedData(b, from + 4, here, stop) !== THERE) return NOT
      const shape = pduShape(b, O.found.from, here, O.found.to)
      return shape > 0 ? CERTAIN | WHO[shape] : UNSURE
    }
    if (O.isConnection(b, from, here, length)) {
      const isOpening = b[from] === O.CONNECT || b[from] === O.ACCEPT
      const who = b[from] === O.CONNECT ? FROM_CLIENT : b[from] === O.ACCEPT ? FROM_SERVER : 0
      return (isOpening && hasName(b, from, here) ? CERTAIN : UNSURE) | who
    }
    if (!isPdu(b[from])) return NOT
    const shape = pduShape(b, from, here, stop)
    // bare: to be taken for it, it must fill what carries it
    const isFull = read(b, from, here, stop) === THERE && (stop === UNKNOWN_END || element.next === stop)
    return shape > 0 && isFull ? CERTAIN | WHO[shape] : NOT
  },

  length: T.tpktLength,

  read(b, at, end, _length, to) {
    const from = T.readTpdu(b, at, end, to)
    if (from < 0) return opened(WORDS, to)
    const length = T.dataLength(b, from)
    if (length === 0) return
    const more = MORE + (to.fromOrig ? 0 : 1)
    const isMore = to.memory[more] !== 0
    const isLast = T.isLast(b, from)
    to.memory[more] = isLast ? 0 : 1
    if (from >= end) return to.short()
    // where the last part of the message before was lost, this is a new one
    if (isMore && !(O.isData(b, from, end) && end - from > 4 && b[from + 4] === 0x61)) return
    message(b, from, end, isLast ? from + length : UNKNOWN_END, length, to)
  },

  // the name of what is written, which may be a command or a setting, is in the request
  functionActions: fn => S.mmsActions(fn) | (fn === S.WRITE ? MAYBE : 0),
  functionName: S.mmsName,
}

function hasName(b: Uint8Array, from: number, end: number): boolean {
  const last = Math.min(end, from + MOST_SEARCHED) - MMS_NAME.length
  for (let i = from; i <= last; i++)
    if (
      b[i] === MMS_NAME[0] &&
      b[i + 1] === MMS_NAME[1] &&
      b[i + 2] === MMS_NAME[2] &&
      b[i + 3] === MMS_NAME[3]
    )
      return true
  return false
}

/** What the user data of one or more DT carry, from its first byte. */
function message(b: Uint8Array, from: number, end: number, stop: number, length: number, to: Notes): void {
  if (O.isData(b, from, end)) {
    return datas(b, from + 4, end, stop, to)
  }
  // the head of data was cut
  if (b[from] === O.GIVE_TOKENS && end - from < 4) return to.short()
  if (
    stop === UNKNOWN_END
      ? b[from] === O.CONNECT || b[from] === O.ACCEPT
      : O.isConnection(b, from, end, length)
  )
    return connection(b, from, end, stop, to)
  if (isPdu(b[from])) return readPdu(b, from, end, stop, WORDS, to)
  to.unfit()
}

/** A list of data, which is one as a rule. */
function datas(b: Uint8Array, from: number, end: number, stop: number, to: Notes): void {
  let said = O.encodedData(b, from, end, stop)
  const { behind, end: listEnd } = O.found
  for (let i = 0; said === THERE; i++) {
    const { next } = O.found
    application(b, O.found.from, end, O.found.to, to)
    if (next >= listEnd) return behind !== stop && stop !== UNKNOWN_END ? to.unfit() : undefined
    if (i === MOST_DATA) return to.unfit()
    said = O.nextData(b, next, end, listEnd)
  }
  unclear(said, to)
}

function unclear(how: number, to: Notes): void {
  return how === CUT ? to.short() : to.unfit()
}

/** A session PDU that makes or ends a connection, and what it carries. */
function connection(b: Uint8Array, from: number, end: number, stop: number, to: Notes): void {
  const spdu = b[from]
  if (spdu === O.REFUSE) {
    to.client(false)
    return to.answer(S.INITIATE, -1, true)
  }
  if (spdu === O.DISCONNECT || spdu === O.NOT_FINISHED)
    return to.answer(S.SESSION_FINISH, -1, spdu === O.NOT_FINISHED)
  if (spdu === O.ABORT_ACCEPT) return
  if (spdu !== O.CONNECT && spdu !== O.ACCEPT) return to.act(A.SESSION, S.SESSION + spdu, -1, -1, 0, 0)
  opened(WORDS, to)
  to.client(spdu === O.CONNECT)
  let said = O.sessionData(b, from, end, stop)
  if (said === THERE) said = O.connectionData(b, O.found.from, end, O.found.to)
  if (said === THERE) return application(b, O.found.from, end, O.found.to, to)
  if (spdu === O.CONNECT) to.act(A.SESSION, S.INITIATE, -1, -1, 0, 0)
  else to.answer(S.INITIATE, -1, false)
  unclear(said, to)
}

/** An MMSpdu, or association control that may carry one. */
function application(b: Uint8Array, at: number, end: number, stop: number, to: Notes): void {
  const said = read(b, at, end, stop)
  if (said !== THERE) return unclear(said, to)
  const { tag, from, to: last } = element
  if (isPdu(tag)) return readPdu(b, at, end, stop, WORDS, to)
  switch (tag) {
    case O.ASSOCIATE:
      if (O.userInformation(b, from, end, last) === THERE)
        return readPdu(b, O.found.from, end, O.found.to, WORDS, to)
      return to.act(A.SESSION, S.INITIATE, -1, -1, 0, 0)
    case O.ASSOCIATED: {
      const isRefused =
        find(b, from, end, last, ASSOCIATION_RESULT) === THERE &&
        element.from + 3 <= end &&
        b[element.from + 2] !== 0
      if (isRefused) return to.answer(S.INITIATE, -1, true)
      if (O.userInformation(b, from, end, last) === THERE)
        return readPdu(b, O.found.from, end, O.found.to, WORDS, to)
      return to.answer(S.INITIATE, -1, false)
    }
    case O.RELEASE:
      return to.act(A.SESSION, S.SESSION_FINISH, -1, -1, 0, 0)
    case O.RELEASED:
      return to.answer(S.SESSION_FINISH, -1, false)
    case O.ABORTED:
      return to.act(A.SESSION, S.SESSION + O.ABORT, -1, -1, 0, 0)
    default:
      to.act(A.UNKNOWN, S.OTHER, -1, -1, 0, 0)
      to.unfit()
  }
}
