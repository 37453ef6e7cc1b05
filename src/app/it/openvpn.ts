/**
 * OpenVPN: its "security overview" and protocol notes (packet format: opcode and key in one byte, session, over TCP a length of
 * two bytes first); the first packets of either end, in clear, signed (tls-auth) or encrypted (tls-crypt).
 */
import { u16, u32 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'

const CLIENT_V2 = 7
const SERVER_V2 = 8
const CLIENT_V3 = 10
const DATA_V1 = 6
const DATA_V2 = 9
/** opcode, session, number of acknowledgements, packet number */
const BARE = 14
/** ... and one acknowledgement with the other end's session */
const ANSWER = 26
/** bytes of the digests that sign: MD5, SHA-1, SHA-256, SHA-512 */
const DIGESTS = [16, 20, 32, 64]
/** packet number and time behind a digest */
const REPLAY = 8
/** tls-crypt: number, time, tag before what is encrypted */
const CRYPTED = 54
const CRYPTED_ANSWER = 66
/** a time in seconds: 2009 to 2038 */
const LEAST_TIME = 0x4a000000

/** the length over TCP; first packets, of key 0; data of any key */
const FIRST = [
  ...bytesFrom(0, 6),
  ...[CLIENT_V2, SERVER_V2, CLIENT_V3].map(opcode => opcode << 3),
  ...[DATA_V1, DATA_V2].flatMap(opcode => bytesFrom(opcode << 3, (opcode << 3) | 7)),
]

function isZero(b: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (b[i] !== 0) return false
  return true
}

/** What a packet of `length` bytes at `at` is. */
function packetLikeness(b: Uint8Array, at: number, end: number, length: number): number {
  const opcode = b[at] >> 3
  // a first packet is of key 0, and all of it is looked at
  if (opcode !== CLIENT_V2 && opcode !== SERVER_V2 && opcode !== CLIENT_V3) return dataLikeness(b, at, length)
  if ((b[at] & 7) !== 0 || end - at < length || length < BARE || isZero(b, at + 1, 8)) return NOT
  const isServer = opcode === SERVER_V2
  const who = isServer ? FROM_SERVER : FROM_CLIENT
  const plain = isServer ? ANSWER : BARE
  if (length === plain) return isFirst(b, at + 9, isServer) ? CERTAIN | who : NOT
  for (const digest of DIGESTS) {
    if (length !== plain + digest + REPLAY) continue
    // the first packet that is signed, then what is in clear
    const behind = at + 9 + digest
    if (u32(b, behind) === 1 && isFirst(b, behind + REPLAY, isServer)) return CERTAIN | who
  }
  const isCrypted = length === (isServer ? CRYPTED_ANSWER : CRYPTED) || opcode === CLIENT_V3
  if (!isCrypted || (u32(b, at + 9) & 0xf0ffffff) !== 1) return NOT
  return (u32(b, at + 13) >= LEAST_TIME ? CERTAIN : UNSURE) | who
}

/** No acknowledgement from a client, one from a server; the packet of number 0. */
function isFirst(b: Uint8Array, at: number, isServer: boolean): boolean {
  if (!isServer) return isZero(b, at, 5)
  return b[at] === 1 && isZero(b, at + 1, 4) && !isZero(b, at + 5, 8) && isZero(b, at + 13, 4)
}

const dataLikeness = (b: Uint8Array, at: number, length: number): number => {
  const opcode = b[at] >> 3
  return (opcode === DATA_V1 || opcode === DATA_V2) && length > 40 ? UNSURE : NOT
}

export const openvpn: Protocol = {
  id: 'openvpn',
  service: 'openvpn',
  transports: [UDP, TCP],
  firstBytes: FIRST,

  probe(b, at, end, { transport, length }) {
    if (transport === UDP) return end - at < BARE ? NOT : packetLikeness(b, at, end, length)
    if (end - at < 2 + BARE || b[at] > 6) return NOT
    return u16(b, at) === length - 2 ? packetLikeness(b, at + 2, end, length - 2) : NOT
  },
}
