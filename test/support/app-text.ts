import { hex, type Said } from './app-run.ts'

/** Bytes of a text, a byte each. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** Hex digits of a text, to stand among others. */
export const digits = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

/** Hex digits of a text in 16-bit characters, little-endian. */
export const wide = (text: string): string => Buffer.from(text, 'utf16le').toString('hex')

/** Hex digits of a number in `bytes` bytes, big-endian. */
export const number = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0')

/** Hex digits of a part with its length before it, in `bytes` bytes. */
export const counted = (part: string, bytes: number): string => {
  const bare = part.replace(/\s+/g, '')
  return number(bare.length / 2, bytes) + bare
}

/** What an end says, in hex digits or as bytes. */
export const client = (bytes: string | Uint8Array): Said => ({ from: 'client', bytes: bytesOf(bytes) })
export const server = (bytes: string | Uint8Array): Said => ({ from: 'server', bytes: bytesOf(bytes) })
const bytesOf = (bytes: string | Uint8Array): Uint8Array => (typeof bytes === 'string' ? hex(bytes) : bytes)

/** A name of DNS: its labels. */
export const dnsName = (name: string): string =>
  name === ''
    ? '00'
    : `${name
        .split('.')
        .map(label => counted(digits(label), 1))
        .join('')}00`

/** A name of NetBIOS: 15 characters and a suffix, two letters for each byte. */
export const netbios = (name: string, suffix: number): string => {
  const bytes = [...Buffer.from(name.padEnd(15), 'latin1'), suffix]
  return `20${bytes.map(byte => number(0x41 + (byte >> 4), 1) + number(0x41 + (byte & 15), 1)).join('')}00`
}
