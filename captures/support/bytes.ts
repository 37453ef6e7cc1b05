/** Byte building for the scenario generators: clarity first, the files are small. */

export type Part = number | readonly number[] | Uint8Array | string

/** Joins parts: a number is one byte, a list is bytes, a string is its ASCII (UTF-8) bytes. */
export function bytes(...parts: Part[]): Uint8Array {
  const pieces = parts.map(part => {
    if (typeof part === 'number') return Uint8Array.of(part)
    if (typeof part === 'string') return new TextEncoder().encode(part)
    return part instanceof Uint8Array ? part : Uint8Array.from(part)
  })
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}

/** Big-endian, as on the network. */
export const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff]
export const u24 = (value: number): number[] => [(value >>> 16) & 0xff, ...u16(value)]
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)]
export const u64 = (value: bigint): number[] => [
  ...u32(Number(value >> 32n)),
  ...u32(Number(value & 0xffffffffn)),
]
/** Little-endian, as on most fieldbuses and in OPC UA, EtherNet/IP and SMB. */
export const l16 = (value: number): number[] => u16(value).reverse()
export const l24 = (value: number): number[] => u24(value).reverse()
export const l32 = (value: number): number[] => u32(value).reverse()
export const l64 = (value: bigint): number[] => u64(value).reverse()

/** IEEE 754 single, little-endian and big-endian. */
export const lf32 = (value: number): number[] => f32(value).reverse()
export function f32(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return [...new Uint8Array(view.buffer)]
}

/** Bytes from hexadecimal digits; blanks and colons are ignored. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hexadecimal: ${text}`)
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
}

export const zeros = (count: number): Uint8Array => new Uint8Array(count)

export const mac = (text: string): Uint8Array => hex(text)

/** Four or sixteen bytes, by the look of the text. */
export function address(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const [head, tail] = text.split('::')
  const words = (part: string | undefined): number[] =>
    part ? part.split(':').flatMap(word => u16(Number.parseInt(word, 16))) : []
  const front = words(head)
  const back = words(tail)
  return bytes(front, zeros(16 - front.length - back.length), back)
}

/** RFC 1071 internet checksum over the parts, each taken as starting on an even byte. */
export function checksum(...parts: Uint8Array[]): number {
  let sum = 0
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += (part[i] << 8) | (i + 1 < part.length ? part[i + 1] : 0)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** A small repeatable random source (mulberry32): same seed, same numbers, on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 .. 2^32 - 1 */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** an integer, both ends included */
  between(low: number, high: number): number {
    return low + (this.word() % (high - low + 1))
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.word() & 0xff)
  }
}
