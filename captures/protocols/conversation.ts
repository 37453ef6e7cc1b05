/** What a protocol's conversation is made of: one file each in `conversations/`, named as the protocol is in src/app/table.ts. */

export interface Said {
  from: 'client' | 'server'
  bytes: Uint8Array
  /** without IP: to the group's MAC, not to the other end's */
  toGroup?: true
}

export interface Conversation {
  over: 'tcp' | 'udp' | 'ethernet'
  /** its usual port at the server; without IP the ethertype */
  port: number
  /** where the client has a port of its own, too */
  clientPort?: number
  /** without IP: who talks */
  macs?: { client: string; server: string; group?: string }
  said: Said[]
  /** actions that its records must count, all that it has; nothing where none are read */
  actions: Record<string, number>
  /** those of them that were refused */
  refused?: Record<string, number>
}

/** Bytes of hex digits; blanks and line breaks mean nothing. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hexadecimal: ${text}`)
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** What an end says: hex digits or bytes. */
export const client = (what: string | Uint8Array): Said => said('client', what)
export const server = (what: string | Uint8Array): Said => said('server', what)
/** What the client says to a group, without IP. */
export const toGroup = (what: string | Uint8Array): Said => ({ ...said('client', what), toGroup: true })
const said = (from: 'client' | 'server', what: string | Uint8Array): Said => ({
  from,
  bytes: typeof what === 'string' ? hex(what) : what,
})

/** A request and its answer. */
export const ask = ([request, answer]: readonly [string | Uint8Array, string | Uint8Array]): Said[] => [
  client(request),
  server(answer),
]

/** Bytes as hex digits, to stand among others. */
export const digits = (bytes: Uint8Array | readonly number[]): string => Buffer.from(bytes).toString('hex')

/** A text a byte each, filled with `fill` up to `length`. */
export const ascii = (text: string, length = 0, fill = '\0'): string =>
  Buffer.from(text.padEnd(length, fill), 'latin1').toString('hex')

/** A text of 16-bit characters, little-endian. */
export const wide = (text: string): string => Buffer.from(text, 'utf16le').toString('hex')

/** A number in `bytes` bytes, big-endian (`n`) and little-endian (`le`). */
export const n = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0')
export const le = (value: number, bytes: number): string => digits(hex(n(value, bytes)).reverse())

/** How many bytes a text of hex digits is. */
export const sizeOf = (part: string): number => hex(part).length

/** A part with its length before it, in `bytes` bytes; `more` = what the length counts besides. */
export const counted = (part: string, bytes: number, more = 0): string => n(sizeOf(part) + more, bytes) + part
export const countedLe = (part: string, bytes: number, more = 0): string =>
  le(sizeOf(part) + more, bytes) + part

/** An element of ASN.1 in BER: its tag, length and content (ITU-T X.690 section 8.1). */
export function ber(tag: string, content: string): string {
  const size = sizeOf(content)
  return `${tag}${size < 0x80 ? n(size, 1) : size < 0x100 ? `81${n(size, 1)}` : `82${n(size, 2)}`}${content}`
}

/** TPKT (RFC 1006) around a TPDU, and around the data of a whole DT (RFC 905 section 13.7). */
export const tpkt = (tpdu: string): string => `0300${counted(tpdu, 2, 4)}`
export const dt = (data: string): string => tpkt(`02f080${data}`)

/** CRC over bytes, bit by bit, the lowest bit first (`polynomial` reversed). */
export function crc16(bytes: Uint8Array, polynomial: number, start: number): number {
  let value = start
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  }
  return value
}

/** COTP connection request and confirm (RFC 905 section 13.3, 13.4) with the TSAPs of both ends. */
export function isoConnect(calling: string, called: string): [string, string] {
  const tsaps = `c1${counted(calling, 1)}c2${counted(called, 1)}`
  // the largest TPDU: 1024 bytes
  const variable = `c0010a${tsaps}`
  return [tpkt(counted(`e0 0000 0001 00 ${variable}`, 1)), tpkt(counted(`d0 0001 0002 00 ${variable}`, 1))]
}

/** Lines of text, each ended by CR LF. */
export const lines = (...text: string[]): string => ascii(text.map(line => `${line}\r\n`).join(''))

/** A name of DNS: its labels, each with its length (RFC 1035 section 3.1). */
export const dnsName = (name: string): string =>
  `${name
    .split('.')
    .map(label => counted(ascii(label), 1))
    .join('')}00`

/** A name of NetBIOS: 15 characters and a suffix, two letters for each byte (RFC 1001 section 14.1). */
export const netbiosName = (name: string, suffix: number): string =>
  `20${[...hex(ascii(name, 15, ' ')), suffix].map(byte => n(0x4141 + ((byte & 0xf0) << 4) + (byte & 15), 2)).join('')}00`
