import { type Fields, textAt } from './pcapng-options.ts'

const END_OF_NAMES = 0
const IPV4 = 1
const IPV6 = 2
const MOST_ADDRESSES = 20_000
const MOST_NAMES = 16

/**
 * Takes the records of a name resolution block, in [at, end), into `names` (draft-ietf-opsawg-pcapng section 4.5): an
 * address, then names that each end with a zero byte. False where a record is longer than the place it has.
 */
export function readNames(fields: Fields, at: number, end: number, names: Map<string, string[]>): boolean {
  const { view, little } = fields
  while (end - at >= 4) {
    const type = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (type === END_OF_NAMES) return true
    if (length > end - at - 4) return false
    const width = type === IPV4 ? 4 : type === IPV6 ? 16 : 0
    if (width > 0 && length > width) {
      const address = width === 4 ? ipv4(fields.bytes, at + 4) : ipv6(view, at + 4)
      for (const name of namesOf(fields, at + 4 + width, at + 4 + length)) keep(names, address, name)
    }
    at += 4 + ((length + 3) & ~3)
  }
  return true
}

function namesOf(fields: Fields, at: number, end: number): string[] {
  const list: string[] = []
  while (at < end) {
    const zero = fields.bytes.indexOf(0, at)
    const stop = zero < 0 || zero > end ? end : zero
    if (stop > at) list.push(textAt(fields, at, stop - at))
    at = stop + 1
  }
  return list
}

function keep(names: Map<string, string[]>, address: string, name: string): void {
  const known = names.get(address)
  if (known === undefined) {
    if (names.size < MOST_ADDRESSES) names.set(address, [name])
  } else if (known.length < MOST_NAMES && !known.includes(name)) known.push(name)
}

const ipv4 = (bytes: Uint8Array, at: number): string => bytes.subarray(at, at + 4).join('.')

/** RFC 5952, with IPv4-mapped addresses in mixed notation: the text records have. */
function ipv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16))
  const full = groups.join(':')
  const mapped = /^0:0:0:0:0:ffff:/.test(full)
  if (mapped) return `::ffff:${ipv4(new Uint8Array(view.buffer, view.byteOffset), at + 12)}`
  // the first of the longest runs of at least two zero groups
  const runs = full.match(/\b0(:0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return full
  const [head, tail] = splitAt(full, longest)
  return `${head.replace(/:$/, '')}::${tail.replace(/^:/, '')}`
}

function splitAt(text: string, part: string): [string, string] {
  const found = new RegExp(`\\b${part}\\b`).exec(text)!
  return [text.slice(0, found.index), text.slice(found.index + part.length)]
}
