/**
 * Hello messages of TLS and DTLS: RFC 5246 (section 7.4.1), RFC 8446 (4.1, 4.2.1), RFC 6066 (3, server name), RFC 7301
 * (ALPN), RFC 6347 (4.2).
 */
import { u16 } from '../../wire/bytes.ts'
import type { Notes } from '../protocol.ts'
import { printable } from './text.ts'

export const CLIENT_HELLO = 1
export const SERVER_HELLO = 2

const SERVER_NAME = 0
const ALPN = 16
const SUPPORTED_VERSIONS = 43
/** extensions looked at of one hello, and application protocols told of one offer */
const MOST_EXTENSIONS = 64
const MOST_OFFERED = 8

const VERSIONS: Readonly<Record<number, string>> = {
  2: 'SSL 2.0',
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
  256: 'DTLS 0.9',
  65279: 'DTLS 1.0',
  65277: 'DTLS 1.2',
  65276: 'DTLS 1.3',
}

/** What a version number on the wire is called. */
export const versionText = (version: number): string | undefined =>
  VERSIONS[version] ?? (version >> 8 === 0x7f ? `TLS 1.3 draft ${version & 0xff}` : undefined)

/** A client hello from its version on: whom it asks for, and what it would speak. */
export function readClientHello(b: Uint8Array, at: number, end: number, isDtls: boolean, to: Notes): void {
  // version, random, session, over DTLS a cookie, cipher suites, compression methods
  let i = at + 34
  if (i >= end) return
  i += 1 + b[i]
  if (isDtls) {
    if (i >= end) return
    i += 1 + b[i]
  }
  if (i + 2 > end) return
  i += 2 + u16(b, i)
  if (i >= end) return
  i += 1 + b[i]
  for (let left = MOST_EXTENSIONS, next = i + 2; left > 0 && next + 4 <= end; left--) {
    const value = next + 4
    const last = Math.min(end, value + u16(b, next + 2))
    // a list of names: its length, type 0, the name's length
    if (u16(b, next) === SERVER_NAME && value + 5 < last && b[value + 2] === 0) {
      const name =
        value + 5 + u16(b, value + 3) <= last
          ? printable(b, value + 5, value + 5 + u16(b, value + 3), 255)
          : ''
      if (name !== '') to.detail('sni', name)
    } else if (u16(b, next) === ALPN) {
      const offered = protocolNames(b, value + 2, last)
      if (offered !== '') to.detail('alpn', offered)
    }
    next = value + u16(b, next + 2)
  }
}

/** A server hello from its version on: the version and protocol it chose. */
export function readServerHello(b: Uint8Array, at: number, end: number, to: Notes): void {
  if (at + 2 > end) return
  let version = u16(b, at)
  const session = at + 34
  if (session < end) {
    // version, random, session, one cipher suite, one compression method
    const extensions = session + 1 + b[session] + 3
    for (let left = MOST_EXTENSIONS, next = extensions + 2; left > 0 && next + 4 <= end; left--) {
      const value = next + 4
      const last = Math.min(end, value + u16(b, next + 2))
      if (u16(b, next) === SUPPORTED_VERSIONS && value + 2 <= last) version = u16(b, value)
      else if (u16(b, next) === ALPN) {
        const chosen = protocolNames(b, value + 2, last)
        if (chosen !== '') to.detail('alpn', chosen)
      }
      next = value + u16(b, next + 2)
    }
  }
  const text = versionText(version)
  if (text !== undefined) to.detail('version', text)
}

/** Names with a length byte before each, as "h2,http/1.1". */
function protocolNames(b: Uint8Array, at: number, end: number): string {
  let names = ''
  let i = at
  for (let left = MOST_OFFERED; left > 0 && i < end; left--) {
    const last = i + 1 + b[i]
    if (last > end) break
    const name = printable(b, i + 1, last, 32)
    if (name !== '') names += names === '' ? name : `,${name}`
    i = last
  }
  return names
}
