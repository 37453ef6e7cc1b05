/**
 * GOOSE and GSE management, straight on Ethernet: IEC 61850-8-1 (annex A: the PDUs, annex C: what is before them).
 *
 * A publisher repeats the state of its data set for ever (the sequence number counts) and sends it at once when it changes
 * (the state number counts). Functions of `act`: 1 = the state is repeated, 2 = it changed, 3 and 4 = the same, marked as a
 * test or simulated; 0 = the message cannot be read. There is no unit; area 0 holds the APPID.
 * Functions of GSE management: 1 = get GO reference, 2 = get GOOSE element number, 3 = get GS reference, 4 = get GSSE data
 * offset.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { printable } from '../it/text.ts'
import { CERTAIN, ETHERNET, NOT, type Notes, type Protocol } from '../protocol.ts'
import {
  APPIDS,
  appidText,
  berEnd,
  berStart,
  berWord,
  isAlone,
  isCutShort,
  isSimulated,
  pduContent,
  pduEnd,
} from './iec61850.ts'

const GOOSE = 0x88b8
const GOOSE_PDU = 0x61
const REFERENCE = 0x80
const STATE_NUMBER = 0x85
const SEQUENCE_NUMBER = 0x86
const TEST = 0x87
const DATA = 0xab

/** control blocks of a publisher whose state number is remembered: a key and the number each */
const SLOTS = 8
/** the word that says that a control block was told of */
const TOLD = 2 * SLOTS

const NAMES = [
  'message that cannot be read',
  'state repeated',
  'state changed',
  'state repeated (test)',
  'state changed (test)',
]

/** Reads the fields from `content` to `stop` (as stated), of which those before `end` are here. */
function readState(b: Uint8Array, at: number, content: number, end: number, stop: number, to: Notes): void {
  const appid = u16(b, at)
  const here = Math.min(end, stop)
  let key = appid + 1
  let state = 0
  let isTest = isSimulated(b, at)
  let hasNumbers = 0
  let sequence = 0
  let field = content
  while (field < here && b[field] !== DATA) {
    const tag = b[field]
    const start = berStart(b, field, here)
    const next = start < 0 ? here + 1 : berEnd(b, field, start)
    if (next > here) break
    if (tag === REFERENCE) {
      for (let i = start; i < next; i++) key = (Math.imul(key, 31) + b[i]) | 0
      if (to.memory[TOLD] === 0) {
        to.memory[TOLD] = 1
        to.detail('control_block', printable(b, start, next))
      }
    } else if (tag === STATE_NUMBER) {
      state = berWord(b, start, next)
      hasNumbers |= 1
    } else if (tag === SEQUENCE_NUMBER) {
      sequence = berWord(b, start, next)
      hasNumbers |= 2
    } else if (tag === TEST && next > start && b[start] !== 0) isTest = true
    field = next
  }
  const isKnown = hasNumbers === 3
  if (isKnown) {
    const slot = 2 * (key & (SLOTS - 1))
    const isChange = to.memory[slot] === key ? to.memory[slot + 1] !== state : sequence === 0
    to.memory[slot] = key
    to.memory[slot + 1] = state
    to.act(A.REPORT, (isChange ? 2 : 1) + (isTest ? 2 : 0), -1, APPIDS, appid, appid)
  } else to.act(A.REPORT, 0, -1, APPIDS, appid, appid)
  if (isKnown && field < here) return
  if (end < stop) to.short()
  else to.unfit()
}

export const goose: Protocol = {
  id: 'goose',
  service: 'goose',
  transports: [ETHERNET],
  ethertypes: [GOOSE],
  memory: TOLD + 1,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (carrier.ethertype !== GOOSE) return NOT
    const content = pduContent(b, at, end, carrier.length, GOOSE_PDU)
    return content >= 0 && content < end && b[content] === REFERENCE ? CERTAIN : NOT
  },

  read(b, at, end, length, to) {
    const content = pduContent(b, at, end, length, GOOSE_PDU)
    if (content >= 0) {
      readState(b, at, content, end, pduEnd(b, at, content), to)
      return isAlone(b, at, content, end, length) ? undefined : to.unfit()
    }
    to.act(A.REPORT, 0, -1, -1, 0, 0)
    if (isCutShort(at, end, length)) to.short()
    else to.unfit()
  },

  functionActions: () => A.REPORT,
  functionName: fn => NAMES[fn],
  areaText: appidText,
}

const MANAGEMENT = 0x88b9
const MANAGEMENT_PDU = 0x60
const STATE_ID = 0x80
const REQUESTS = 0xa1
const RESPONSES = 0xa2
const MANAGEMENT_NAMES = [
  'message that cannot be read',
  'get GO reference',
  'get GOOSE element number',
  'get GS reference',
  'get GSSE data offset',
]

export const gseManagement: Protocol = {
  id: 'gse-management',
  service: 'gse-management',
  transports: [ETHERNET],
  ethertypes: [MANAGEMENT],
  // the function that was asked for last
  memory: 1,
  isStrict: true,

  probe(b, at, end, carrier) {
    if (carrier.ethertype !== MANAGEMENT) return NOT
    const content = pduContent(b, at, end, carrier.length, MANAGEMENT_PDU)
    return content >= 0 && content < end && b[content] === STATE_ID ? CERTAIN : NOT
  },

  read(b, at, end, length, to) {
    // a state number, then requests or responses, which begin with the first of them
    const content = pduContent(b, at, end, length, MANAGEMENT_PDU)
    const number = content < 0 ? -1 : berStart(b, content, end)
    const choice = number < 0 ? end : berEnd(b, content, number)
    const first = choice < end ? berStart(b, choice, end) : -1
    if (first < 0 || first >= end || (b[choice] !== REQUESTS && b[choice] !== RESPONSES)) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return end - at < length ? to.short() : to.unfit()
    }
    if (!isAlone(b, at, content, end, length)) to.unfit()
    const appid = u16(b, at)
    const fn = b[first] & 0x1f
    const isRequest = b[choice] === REQUESTS
    const isKnown = fn > 0 && fn < MANAGEMENT_NAMES.length
    to.client(isRequest)
    // the response numbered 0 says that what was asked for is not supported
    if (!isRequest) return to.answer(fn === 0 ? to.memory[0] : fn, -1, fn === 0)
    to.memory[0] = fn
    to.act(isKnown ? A.DISCOVER : A.UNKNOWN, fn, -1, APPIDS, appid, appid)
  },

  functionActions: fn => (fn > 0 && fn < MANAGEMENT_NAMES.length ? A.DISCOVER : A.UNKNOWN),
  functionName: fn => MANAGEMENT_NAMES[fn],
  areaText: appidText,
}
