/**
 * Microsoft SQL Server: [MS-TDS] Tabular Data Stream (2.2.3 packets, 2.2.6.4 LOGIN7, 2.2.6.5 PRELOGIN). Nothing tells whether a
 * batch or a procedure reads or writes, so that no actions are told.
 */
import { u16 } from '../../wire/bytes.ts'
import { bytesFrom } from '../first-bytes.ts'
import { u32le } from '../little.ts'
import {
  CERTAIN,
  FROM_CLIENT,
  FROM_SERVER,
  NOT,
  type Notes,
  type Protocol,
  TCP,
  UNSURE,
} from '../protocol.ts'

const HEADER = 8
const BATCH = 1
const RPC = 3
const TABULAR = 4
const LOGIN7 = 16
const PRELOGIN = 18
/** option of PRELOGIN: version; and the end of the options */
const VERSION = 0
const END_OF_OPTIONS = 0xff

/** 1 batch, 2 old login, 3 RPC, 4 result, 6 attention, 7 bulk load, 8 federated token, 14 transaction, 16 to 18 login */
const isType = (type: number): boolean =>
  (type >= 1 && type <= 4) || (type >= 6 && type <= 8) || type === 14 || (type >= LOGIN7 && type <= PRELOGIN)

/** Type, status (five bits), length, process, packet number, window (0), so far as they are here. */
function isHeader(b: Uint8Array, at: number, end: number): boolean {
  if (!isType(b[at]) || (end - at > 1 && b[at + 1] > 0x1f)) return false
  if (end - at >= 4 && u16(b, at + 2) < HEADER) return false
  return end - at < HEADER || b[at + 7] === 0
}

const isTls = (b: Uint8Array, at: number, end: number): boolean =>
  b[at] >= 0x14 && b[at] <= 0x17 && (end - at < 2 || b[at + 1] === 3)

/** Options of PRELOGIN: token, offset, length each; the version first, six bytes right behind the list. */
function isPrelogin(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 6 || b[at] !== VERSION || u16(b, at + 3) !== 6) return false
  const list = u16(b, at + 1)
  if (list < 6 || list > 64 || list % 5 !== 1) return false
  for (let option = at; option < at + list - 1 && option < end; option += 5) if (b[option] > 9) return false
  return at + list > end || b[at + list - 1] === END_OF_OPTIONS
}

export const mssql: Protocol = {
  id: 'mssql',
  service: 'mssql',
  transports: [TCP],
  firstBytes: bytesFrom(BATCH, PRELOGIN).filter(isType),

  probe(b, at, end, carrier) {
    if (end - at < HEADER || !isHeader(b, at, end)) return NOT
    const type = b[at]
    const length = u16(b, at + 2)
    const body = at + HEADER
    const who = type === TABULAR ? FROM_SERVER : FROM_CLIENT
    if ((type === PRELOGIN || type === TABULAR) && isPrelogin(b, body, end)) return CERTAIN | who
    // length of the login, then the version of TDS, 7.0 to 7.4
    if (type === LOGIN7 && end - body >= 8)
      return u32le(b, body) >= 36 && u32le(b, body) <= 0x20000 && (b[body + 7] & 0xf0) === 0x70
        ? CERTAIN | who
        : NOT
    // headers of all data: their total length, then that of one, type 1 to 3 (2.2.5.3)
    if ((type === BATCH || type === RPC) && end - body >= 10) {
      const total = u32le(b, body)
      const one = u32le(b, body + 4)
      const kind = b[body + 8] | (b[body + 9] << 8)
      if (total >= 10 && total <= 1024 && one + 4 <= total && one >= 6 && kind >= 1 && kind <= 3)
        return CERTAIN | who
    }
    return carrier.length >= length || carrier.length >= 500 ? UNSURE | who : NOT
  },

  length(b, at, end) {
    if (end <= at) return 0
    if (isTls(b, at, end)) return end - at < 5 ? 0 : 5 + u16(b, at + 3)
    if (!isHeader(b, at, end)) return -1
    return end - at < 4 ? 0 : u16(b, at + 2)
  },

  read(b, at, end, _length, to) {
    if (end <= at) return to.short()
    if (isTls(b, at, end)) {
      to.opaque()
      return to.done()
    }
    if (end - at < HEADER) return to.short()
    to.client(b[at] !== TABULAR)
    const body = at + HEADER
    if (b[at] === TABULAR && isPrelogin(b, body, end)) sayVersion(b, body, end, to)
    // PRELOGIN also carries the handshake of TLS (2.2.6.5)
    if (b[at] === PRELOGIN && end - body >= 2 && isTls(b, body, end)) to.opaque()
  },
}

/** The server's version: major, minor, build. */
function sayVersion(b: Uint8Array, at: number, end: number, to: Notes): void {
  const version = at + u16(b, at + 1)
  if (version + 4 > end) return to.short()
  to.heard('product', 'Microsoft SQL Server')
  to.heard('version', `${b[version]}.${b[version + 1]}.${u16(b, version + 2)}`)
}
