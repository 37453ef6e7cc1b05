import { counted, digits } from '../support/app-text.ts'

const RANDOM = '5a3c91e7'.repeat(8)
const extension = (type: string, content: string): string => type + counted(content, 2)

export const sni = (name: string): string => extension('0000', counted(`00${counted(digits(name), 2)}`, 2))
export const alpn = (...names: string[]): string =>
  extension('0010', counted(names.map(name => counted(digits(name), 1)).join(''), 2))
export const offers13 = extension('002b', counted('0304 0303', 1))
export const chooses13 = extension('002b', '0304')

const body = (version: string, session: string, middle: string, extensions: string): string =>
  `${version}${RANDOM}${counted(session, 1)}${middle}${counted(extensions, 2)}`

/** A message of a handshake, as TLS has it. */
const message = (type: string, content: string): string => type + counted(content, 3)
export const record = (type: string, content: string, version = '0303'): string =>
  type + version + counted(content, 2)

export const clientHello = (extensions: string, version = '0303'): string =>
  record('16', message('01', body(version, 'aa'.repeat(32), '0004 1301 c02f 01 00', extensions)), '0301')
export const serverHello = (extensions: string, version = '0303'): string =>
  record('16', message('02', body(version, 'aa'.repeat(32), '1301 00', extensions)))

/** The same over DTLS: message number, fragment; epoch and sequence number. */
const dtlsMessage = (type: string, content: string): string => {
  const length = counted(content, 3).slice(0, 6)
  return `${type}${length}0000000000${length}${content.replace(/\s+/g, '')}`
}
export const dtlsRecord = (type: string, epoch: string, content: string, version = 'fefd'): string =>
  `${type}${version}${epoch}000000000001${counted(content, 2)}`
export const dtlsClientHello = (extensions: string): string =>
  dtlsRecord('16', '0000', dtlsMessage('01', body('fefd', '', '00 0002 c02f 01 00', extensions)), 'feff')
export const dtlsServerHello = (extensions: string): string =>
  dtlsRecord('16', '0000', dtlsMessage('02', body('fefd', '', 'c02f 00', extensions)))
