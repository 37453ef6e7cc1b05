import {
  formatAddress,
  formatMac,
  parseAddress,
  parseIPv4,
  parseMac,
  prefixRange,
  type Words,
} from '../net/address.ts'
import type { AddressRange, MacPrefix } from './model.ts'

/** A value that was read, or what is wrong with it. */
export type Read<T> = { value: T } | Fault

export interface Fault {
  fault: string
  hint?: string
}

/** Reads a single address, a prefix or a range "a-b" of one family. Strict: see `addressFault`. */
export function readRange(text: string): Read<AddressRange> {
  if (text.includes('/')) return readPrefix(text)
  const dash = text.indexOf('-')
  if (dash >= 0 && !text.includes('%'))
    return readFreeRange(text, text.slice(0, dash).trim(), text.slice(dash + 1).trim())
  const address = parseAddress(text)
  if (address === undefined) return addressFault(text)
  const { version, words } = address
  return { value: { version, first: words, last: [...words], text, prefix: version === 4 ? 32 : 128 } }
}

/** Reads a single address. */
export function readAddress(text: string): Read<AddressRange> {
  const read = readRange(text)
  if ('fault' in read || isSingle(read.value)) return read
  return { fault: `"${text}" is not a single address`, hint: 'no prefix and no range fits here' }
}

function readPrefix(text: string): Read<AddressRange> {
  const [left, right, ...rest] = text.split('/')
  const address = parseAddress(left)
  if (address === undefined) return addressFault(left)
  const most = address.version === 4 ? 32 : 128
  const family = address.version === 4 ? 'an IPv4' : 'an IPv6'
  if (rest.length > 0) return { fault: `"${text}" has more than one "/"` }
  const mask = address.version === 4 ? parseIPv4(right) : undefined
  if (mask !== undefined) {
    const bits = 32 - Math.log2(2 ** 32 - mask)
    return {
      fault: `"${text}" is not a prefix`,
      ...(Number.isInteger(bits) ? { hint: `write ${left}/${bits}` } : {}),
    }
  }
  if (!/^(?:0|[1-9]\d{0,2})$/.test(right)) {
    return {
      fault: `"${text}" is not a network: the prefix length "${right}" is not a number without leading zeros`,
    }
  }
  const bits = Number(right)
  if (bits > most) return { fault: `${text} is not a network: ${family} prefix has at most ${most} bits` }
  const { first, last } = prefixRange(address.version, address.words, bits)
  if (first.some((word, i) => word !== address.words[i])) {
    const right = formatAddress(address.version, ...first)
    return {
      fault: `${text} is not a network: bits are set behind the first ${bits}`,
      hint: `the network is ${right}/${bits}; the single address is ${left}`,
    }
  }
  return { value: { version: address.version, first, last, text, prefix: bits } }
}

function readFreeRange(text: string, from: string, to: string): Read<AddressRange> {
  const first = parseAddress(from)
  const last = parseAddress(to)
  if (first === undefined) return addressFault(from)
  if (last === undefined) {
    const hint =
      /^\d{1,3}$/.test(to) && first.version === 4 ? `write ${from}-${from.replace(/\d+$/, to)}` : undefined
    return { ...addressFault(to), ...(hint === undefined ? {} : { hint }) }
  }
  if (first.version !== last.version) return { fault: `"${text}" mixes IPv4 and IPv6` }
  if (compare(first.words, last.words) > 0) {
    return { fault: `"${text}" ends before it starts`, hint: `write ${to}-${from}` }
  }
  return { value: { version: first.version, first: first.words, last: last.words, text, prefix: -1 } }
}

/** Says why a text is no address (RFC 6943 section 3.1.1 and RFC 4291 section 2.2 name the loose forms we refuse). */
export function addressFault(text: string): Fault {
  const fault = `"${text}" is not an address`
  if (text.includes('%'))
    return { fault: `"${text}" has a zone id`, hint: `write ${text.slice(0, text.indexOf('%'))}` }
  if (/^\[.*\]$/.test(text)) return { fault, hint: `write it without brackets: ${text.slice(1, -1)}` }
  const parts = text.split('.')
  if (/^[\d.]+$/.test(text)) {
    if (parts.length !== 4)
      return { fault: `${fault}: an IPv4 address has four numbers`, hint: 'short forms are not accepted' }
    if (parts.some(part => /^0\d/.test(part))) {
      return {
        fault: `${fault}: a number with a leading zero is octal to some programs and decimal to others`,
        hint: `write ${parts.map(part => String(Number(part))).join('.')}`,
      }
    }
    if (parts.some(part => Number(part) > 255)) return { fault: `${fault}: the numbers go up to 255` }
  }
  if (parseMac(text) !== undefined)
    return { fault: `"${text}" is a MAC address`, hint: 'MAC addresses go under "macs"' }
  return { fault }
}

/** Reads a MAC address or a MAC prefix "01:0c:cd:01:00:00/40"; `prefixes` false takes a full address only. */
export function readMac(text: string, prefixes = true): Read<MacPrefix> {
  const slash = text.indexOf('/')
  const left = slash < 0 ? text : text.slice(0, slash)
  const mac = parseMac(left)
  if (mac === undefined) return macFault(left)
  if (slash < 0) return { value: { ...mac, bits: 48, text } }
  const length = text.slice(slash + 1)
  const bits = Number(length)
  if (!/^[1-9]\d?$/.test(length) || bits > 48)
    return { fault: `${text} is not a MAC prefix: it has 1 to 48 bits` }
  if (!prefixes && bits !== 48) return { fault: `${text} is a prefix, and a single MAC address fits here` }
  const value = mac.high * 2 ** 32 + mac.low
  const unit = 2 ** (48 - bits)
  const floor = Math.floor(value / unit) * unit
  if (floor !== value) {
    const right = formatMac(Math.floor(floor / 2 ** 32), floor % 2 ** 32)
    return {
      fault: `${text} is not a MAC prefix: bits are set behind the first ${bits}`,
      hint: `the prefix is ${right}/${bits}`,
    }
  }
  return { value: { ...mac, bits, text } }
}

function macFault(text: string): Fault {
  const fault = `"${text}" is not a MAC address`
  const digits = text.replace(/[^0-9a-fA-F]/g, '')
  if (/^[0-9a-fA-F.:-]+$/.test(text) && digits.length === 12) {
    return { fault, hint: `write ${digits.toLowerCase().replace(/..(?=.)/g, '$&:')}` }
  }
  if (/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){1,4}$/.test(text)) {
    const pairs = text.toLowerCase().split(/[:-]/)
    return {
      fault,
      hint: `as a prefix: ${[...pairs, ...Array(6 - pairs.length).fill('00')].join(':')}/${pairs.length * 8}`,
    }
  }
  return { fault }
}

/** Reads an end of a NAT entry: an address or prefix, with a port as "10.0.0.1:80" or "[fd00::1]:80" (0 = every port). */
export function readNatEnd(text: string): Read<{ range: AddressRange; port: number; text: string }> {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d+)$/.exec(text)
  const read = match === null ? readRange(text) : readAddress(match[1] ?? match[2])
  if ('fault' in read) return read
  const port = match === null ? 0 : Number(match[3])
  if (match !== null && (port < 1 || port > 65_535))
    return { fault: `"${match[3]}" is not a port (1 to 65535)` }
  return { value: { range: read.value, port, text } }
}

/** Whether a text looks like an attempt at an address or MAC rather than at a name. */
export function looksLikeAddress(text: string): boolean {
  return /[./:]/.test(text) || (/^\d/.test(text) && /^[\d.-]+$/.test(text))
}

export function isSingle(range: AddressRange): boolean {
  return compare(range.first, range.last) === 0
}

/** Whether `outer` holds all of `inner`. */
export function holds(outer: AddressRange, inner: AddressRange): boolean {
  return (
    outer.version === inner.version &&
    compare(outer.first, inner.first) <= 0 &&
    compare(inner.last, outer.last) <= 0
  )
}

/** Whether two ranges have an address in common. */
export function meets(a: AddressRange, b: AddressRange): boolean {
  return a.version === b.version && compare(a.first, b.last) <= 0 && compare(b.first, a.last) <= 0
}

/** Whether a range lies among multicast groups (RFC 5771, RFC 4291) or is the limited broadcast address. */
export function isGroupRange(range: AddressRange): boolean {
  if (range.version === 6) return range.first[0] >>> 24 === 0xff
  return (range.first[3] >>> 28 === 0xe && range.last[3] >>> 28 === 0xe) || range.first[3] === 0xffffffff
}

/** Whether a MAC has the group bit (IEEE 802 section 8.2). */
export function isGroupMac(mac: MacPrefix): boolean {
  return (mac.high & 0x0100) !== 0
}

/** Whether two MACs or MAC prefixes are one and the same. */
export function sameMac(a: MacPrefix, b: MacPrefix): boolean {
  return a.high === b.high && a.low === b.low && a.bits === b.bits
}

export function compare(a: Words, b: Words): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}
