/**
 * Port mapper and rpcbind: RFC 1833 (section 3 version 2, section 2.2.1 versions 3 and 4), over ONC RPC (RFC 5531).
 *
 * Functions of `act`: 100 x version + procedure: 203 get port, 304 dump ... No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { type Notes, type Protocol, TCP, UDP } from '../protocol.ts'
import { fragmentLength, probeRpc, RPC_MEMORY, type RpcReader, readRpc } from './onc-rpc.ts'
import { afterDigits, decimal, dottedAddress, isWord } from './text.ts'

const PROGRAM = 100_000
const isProgram = (program: number): boolean => program === PROGRAM
const GET_PORT = 203

const NAMES = [
  'null',
  'set',
  'unset',
  'get port',
  'dump',
  'call indirectly',
  'get time',
  'to address',
  'to text',
  'get address of version',
  'call indirectly and answer',
  'list addresses',
  'get statistics',
]
/** from version 3 on the third answers an address */
const ACTIONS = [
  A.DIAGNOSE,
  A.CONFIGURE,
  A.CONFIGURE,
  A.DISCOVER,
  A.DISCOVER,
  A.UNKNOWN,
  A.TIME,
  A.DISCOVER,
  A.DISCOVER,
  A.DISCOVER,
  A.UNKNOWN,
  A.DISCOVER,
  A.DIAGNOSE,
]

/** what is kept of a call: its function, and the transport asked for in the bits above it */
const reader: RpcReader = {
  call(b, at, end, program, version, procedure, to) {
    const fn = 100 * version + procedure
    if (program !== PROGRAM || version < 2 || version > 4 || procedure < 0 || procedure > 12) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      to.unfit()
      return 0
    }
    to.act(ACTIONS[procedure] ?? A.UNKNOWN, fn, -1, -1, 0, 0)
    // ports are asked for by the end that opened the conversation, and said by the other
    if (procedure !== 3 || !to.fromOrig) return fn
    return fn | (askedTransport(b, at, end, version) << 16)
  },

  answer(b, at, end, kept, isRefused, to) {
    const fn = kept & 0xffff
    to.answer(fn, -1, isRefused)
    if (isRefused || fn % 100 !== 3 || to.fromOrig) return
    const proto = kept >>> 16
    if (fn !== GET_PORT) return sayAddress(b, at, end, proto, to)
    if (end - at < 4) return to.short()
    const port = u32(b, at)
    if (proto !== 0 && port > 0 && port <= 65535) to.announce(proto, port, true, 0)
  },
}

/** Program, version, protocol, port; from version 3 on program, version, and the transport as a text. 0 = none of ours. */
function askedTransport(b: Uint8Array, at: number, end: number, version: number): number {
  if (end - at < 12) return 0
  if (version === 2) return u32(b, at + 8) === TCP || u32(b, at + 8) === UDP ? u32(b, at + 8) : 0
  if (isWord(b, at + 12, end, 'tcp')) return TCP
  return isWord(b, at + 12, end, 'udp') ? UDP : 0
}

/** A universal address (RFC 5665, section 5.2.3.3): the host's, then two numbers that make up the port. */
function sayAddress(b: Uint8Array, at: number, end: number, proto: number, to: Notes): void {
  if (end - at < 4) return to.short()
  const length = u32(b, at)
  if (proto === 0 || length < 3 || length > 64) return
  const text = at + 4
  const last = text + length
  if (last > end) return to.short()
  let dot = last
  for (let dots = 0; dot > text && dots < 2; ) if (b[--dot] === 0x2e) dots++
  const high = decimal(b, dot + 1, last)
  const low = decimal(b, afterDigits(b, dot + 1, last) + 1, last)
  if (high < 0 || high > 255 || low < 0 || low > 255 || high + low === 0) return
  to.announce(proto, 256 * high + low, true, dottedAddress(b, text, dot, 0x2e))
}

export const rpcbind: Protocol = {
  id: 'rpcbind',
  service: 'rpcbind',
  transports: [TCP, UDP],
  memory: RPC_MEMORY,
  isStrict: true,
  probe: (b, at, end, carrier) => probeRpc(b, at, end, carrier, isProgram),
  length: fragmentLength,
  read: (b, at, end, _length, to) => readRpc(b, at, end, reader, to),
  functionName(fn) {
    const name = fn >= 203 && fn % 100 === 3 && fn > GET_PORT ? 'get address' : NAMES[fn % 100]
    return fn >= 200 && fn < 500 && name !== undefined
      ? `${name} (version ${Math.floor(fn / 100)})`
      : undefined
  },
}
