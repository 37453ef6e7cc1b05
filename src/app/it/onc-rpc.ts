/**
 * ONC RPC as the port mapper and NFS use it: RFC 5531 (section 9 the messages, section 11 record marking over TCP). Fragments
 * of a record are told apart: the message is read from the first, and the others are passed over.
 */
import { u32 } from '../../wire/bytes.ts'
import { type Carrier, CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Notes, TCP, UNSURE } from '../protocol.ts'

const CALL = 0
const REPLY = 1
const RPC_VERSION = 2
const MARK = 4
const LAST_FRAGMENT = 0x80
/** largest authentication body */
const MOST_AUTH = 400
const MOST_FRAGMENT = 1 << 23
/** smallest message: xid, type, and what a refused call is told */
const SMALLEST = 20

/** memory of the framing, one word for each sender: whether its next fragment goes on with a record */
const GOES_ON = 0
/** memory of calls that wait for their answer: xid, then what the protocol keeps of the call */
const WAITING = 2
const SLOTS = 8
/** words of memory that this takes */
export const RPC_MEMORY = WAITING + 2 * SLOTS + 1
const NEXT = RPC_MEMORY - 1

/** Position of the message in a payload or fragment. */
const messageAt = (at: number, carrier: Carrier): number => (carrier.transport === TCP ? at + MARK : at)

/** Whether a call stands at `at`, 24 bytes of which are here. */
const isCall = (b: Uint8Array, at: number): boolean =>
  u32(b, at + 4) === CALL && u32(b, at + 8) === RPC_VERSION

/** Accepted (0) with a verifier, or denied (1) for a version or a reason of authentication. */
function isReply(b: Uint8Array, at: number): boolean {
  if (u32(b, at + 4) !== REPLY) return false
  const status = u32(b, at + 8)
  if (status === 1) return u32(b, at + 12) >>> 0 <= 1
  return status === 0 && u32(b, at + 12) >>> 0 <= 6 && u32(b, at + 16) >>> 0 <= MOST_AUTH
}

/** What the payload is, of a protocol with these program numbers. */
export function probeRpc(
  b: Uint8Array,
  at: number,
  end: number,
  carrier: Carrier,
  isProgram: (program: number) => boolean,
): number {
  const message = messageAt(at, carrier)
  if (end - message < SMALLEST || u32(b, message + 4) >>> 0 > REPLY) return NOT
  if (message > at) {
    const length = u32(b, at) & 0x7fffffff
    if (length < SMALLEST || length > MOST_FRAGMENT) return NOT
  }
  if (isReply(b, message)) return UNSURE | FROM_SERVER
  if (end - message < 28 || !isCall(b, message) || !isProgram(u32(b, message + 12))) return NOT
  const version = u32(b, message + 16)
  const flavor = u32(b, message + 24) >>> 0
  return version >= 0 && version <= 4 && (flavor <= 6 || flavor >= 300_000) ? CERTAIN | FROM_CLIENT : NOT
}

/** Length of the fragment at `at`, for `length` of a protocol. */
export function fragmentLength(b: Uint8Array, at: number, end: number): number {
  if (end - at < MARK) return 0
  const length = u32(b, at) & 0x7fffffff
  return length === 0 || length > MOST_FRAGMENT ? -1 : MARK + length
}

/** A protocol's own part of the reading. */
export interface RpcReader {
  /**
   * A call; its parameters begin at `at` (behind `end` where they are not here). Answers what is to be known with the answer: 0 =
   * nothing, and it is not waited for.
   */
  call(
    b: Uint8Array,
    at: number,
    end: number,
    program: number,
    version: number,
    procedure: number,
    to: Notes,
  ): number
  /** The answer to a call of which `kept` was kept; its result begins at `at` where it was accepted. */
  answer(b: Uint8Array, at: number, end: number, kept: number, isRefused: boolean, to: Notes): void
}

/** Reads the message in a payload or fragment. */
export function readRpc(b: Uint8Array, at: number, end: number, reader: RpcReader, to: Notes): void {
  const message = messageAt(at, to.carrier)
  if (message > at && goesOn(b, at, to)) return
  if (end - message < SMALLEST) return to.short()
  if (u32(b, message + 4) === REPLY) return readReply(b, message, end, reader, to)
  if (!isCall(b, message)) return to.unfit()
  if (end - message < 24) return to.short()
  to.client(true)
  // credentials and verifier: a flavour and up to 400 bytes each
  let at2 = message + 24
  for (let i = 0; i < 2; i++) at2 = at2 + 8 <= end ? at2 + 8 + padded(u32(b, at2 + 4)) : end + 1
  const kept = reader.call(b, at2, end, u32(b, message + 12), u32(b, message + 16), u32(b, message + 20), to)
  if (kept === 0) return
  const slot = to.memory[NEXT]
  to.memory[WAITING + 2 * slot] = u32(b, message)
  to.memory[WAITING + 2 * slot + 1] = kept
  to.memory[NEXT] = (slot + 1) % SLOTS
}

const padded = (length: number): number =>
  length < 0 || length > MOST_AUTH ? MOST_FRAGMENT : (length + 3) & ~3

/** Whether the fragment at `at` goes on with the record of the one before. */
function goesOn(b: Uint8Array, at: number, to: Notes): boolean {
  const sender = GOES_ON + (to.fromOrig ? 0 : 1)
  const before = to.memory[sender]
  to.memory[sender] = (b[at] & LAST_FRAGMENT) === 0 ? 1 : 0
  return before === 1
}

function readReply(b: Uint8Array, at: number, end: number, reader: RpcReader, to: Notes): void {
  if (!isReply(b, at)) return to.unfit()
  to.client(false)
  for (let slot = 0; slot < SLOTS; slot++) {
    const kept = to.memory[WAITING + 2 * slot + 1]
    if (kept === 0 || to.memory[WAITING + 2 * slot] !== u32(b, at)) continue
    to.memory[WAITING + 2 * slot + 1] = 0
    const result = at + 20 + padded(u32(b, at + 16))
    const isDenied = u32(b, at + 8) !== 0
    const isFailed = !isDenied && result + 4 <= end && u32(b, result) !== 0
    return reader.answer(b, result + 4, end, kept, isDenied || isFailed, to)
  }
}
