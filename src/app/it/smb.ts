/**
 * SMB: MS-CIFS and MS-SMB (version 1), MS-SMB2 (2 and 3; header: section 2.2.1, negotiate: 2.2.4, session setup: 2.2.6, tree
 * connect: 2.2.10, transform: 2.2.41), framed over TCP as in MS-SMB2, section 2.1. Read until files are opened: the dialect, the
 * names that both ends sign on with, whether content is encrypted.
 */
import { u24 } from '../../wire/bytes.ts'
import { u16le } from '../little.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Notes, type Protocol, TCP } from '../protocol.ts'
import { hearNtlm } from './ntlm.ts'

/** type 0 and a length of three bytes */
const FRAME = 4
const SMB1 = 0xff
const SMB2 = 0xfe
const TRANSFORM = 0xfd
const COMPRESSED = 0xfc
const SMB1_HEADER = 32
const SMB2_HEADER = 64
const NEGOTIATE = 0
const SESSION_SETUP = 1
const TREE_CONNECT = 3
const SMB1_SESSION_SETUP = 0x73
/** flags of an answer, version 1 and version 2 */
const REPLY = 0x80
const FROM_REDIRECTOR = 1
const SESSION_ENCRYPTED = 4
const SHARE_ENCRYPTED = 0x8000

const DIALECTS: Readonly<Record<number, string>> = {
  514: '2.0.2',
  528: '2.1',
  767: '2',
  768: '3.0',
  770: '3.0.2',
  785: '3.1.1',
}

/** memory: bits of what was heard */
const NAME_OF_ORIG = 1
const NAME_OF_RESP = 2

const isSmb = (b: Uint8Array, at: number): boolean =>
  b[at] >= COMPRESSED && b[at + 1] === 0x53 && b[at + 2] === 0x4d && b[at + 3] === 0x42

export const smb: Protocol = {
  id: 'smb',
  service: 'smb',
  transports: [TCP],
  firstBytes: [0],
  memory: 1,

  probe(b, at, end) {
    if (b[at] !== 0 || end - at < FRAME + 12 || !isSmb(b, at + FRAME)) return NOT
    const body = at + FRAME
    const length = u24(b, at + 1)
    if (b[body] === SMB1) {
      if (length < SMB1_HEADER + 3) return NOT
      return CERTAIN | ((b[body + 9] & REPLY) !== 0 ? FROM_SERVER : FROM_CLIENT)
    }
    if (b[body] !== SMB2) return CERTAIN
    if (length < SMB2_HEADER || u16le(b, body + 4) !== SMB2_HEADER) return NOT
    if (end - body < 20) return CERTAIN
    return CERTAIN | ((b[body + 16] & FROM_REDIRECTOR) !== 0 ? FROM_SERVER : FROM_CLIENT)
  },

  length(b, at, end) {
    // over port 139 sessions are kept by frames without content
    if (b[at] !== 0 && b[at] !== 0x85) return -1
    return end - at < FRAME ? 0 : FRAME + u24(b, at + 1)
  },

  read(b, at, end, _length, to) {
    const body = at + FRAME
    if (end - body < 12 || !isSmb(b, body)) return
    if (b[body] === SMB1) return readFirst(b, body, end, to)
    if (b[body] === SMB2) return readSecond(b, body, end, to)
    if (b[body] === TRANSFORM) to.opaque()
    to.done()
  },
}

function readFirst(b: Uint8Array, at: number, end: number, to: Notes): void {
  const isReply = (b[at + 9] & REPLY) !== 0
  to.client(!isReply)
  const command = b[at + 4]
  if (command === SMB1_SESSION_SETUP) return tellName(b, at + SMB1_HEADER, end, to)
  // a negotiation that asks for version 2 among others is answered in version 2
  if (command !== 0x72) return to.done()
  if (isReply) to.detail('version', '1')
}

function readSecond(b: Uint8Array, at: number, end: number, to: Notes): void {
  const body = at + SMB2_HEADER
  if (body + 8 > end) return
  const isReply = (b[at + 16] & FROM_REDIRECTOR) !== 0
  to.client(!isReply)
  switch (u16le(b, at + 12)) {
    case NEGOTIATE: {
      const dialect = isReply ? DIALECTS[u16le(b, body + 4)] : undefined
      if (dialect !== undefined) to.detail('version', dialect)
      return
    }
    case SESSION_SETUP:
      if (isReply && (u16le(b, body + 2) & SESSION_ENCRYPTED) !== 0) to.opaque()
      return tellName(b, body, end, to)
    case TREE_CONNECT:
      // structure size, share type, flags
      if (isReply && (u16le(b, body + 4) & SHARE_ENCRYPTED) !== 0) to.opaque()
      return
    default:
      // something else than signing on and off
      if (u16le(b, at + 12) > 4) to.done()
  }
}

function tellName(b: Uint8Array, at: number, end: number, to: Notes): void {
  const whose = to.fromOrig ? NAME_OF_ORIG : NAME_OF_RESP
  if ((to.memory[0] & whose) === 0 && hearNtlm(b, at, end, to)) to.memory[0] |= whose
}
