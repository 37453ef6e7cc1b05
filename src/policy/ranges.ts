import type { AddressRange } from './model.ts'

/** An address range with the number of what it stands for. */
export interface RangeItem {
  range: AddressRange
  id: number
}

/**
 * Overlapping address ranges compiled to sorted disjoint segments, one table per family: a look-up is one binary
 * search. Each segment holds the index of an interned list of the ids that cover it (in ascending order); list 0 is
 * the empty one. IPv4 addresses are one word, IPv6 addresses four, most significant first.
 */
export class RangeTable {
  readonly lists: number[][] = [[]]
  private readonly first4: Uint32Array
  private readonly list4: Uint32Array
  private readonly first6: Uint32Array
  private readonly list6: Uint32Array

  constructor(items: readonly RangeItem[]) {
    const keys = new Map<string, number>([['', 0]])
    const four = segments(items, 4)
    const six = segments(items, 6)
    const intern = (ids: number[]): number => {
      const key = ids.join()
      let index = keys.get(key)
      if (index === undefined) {
        index = this.lists.push(ids) - 1
        keys.set(key, index)
      }
      return index
    }
    this.first4 = new Uint32Array(four.map(segment => Number(segment.first)))
    this.list4 = new Uint32Array(four.map(segment => intern(segment.ids)))
    this.first6 = new Uint32Array(six.flatMap(segment => wordsOf(segment.first)))
    this.list6 = new Uint32Array(six.map(segment => intern(segment.ids)))
  }

  /** Index into `lists` for an address; words as in a Question (IPv4 in word 3). */
  find(version: number, words: ArrayLike<number>): number {
    return version === 4 ? this.find4(words[3]) : this.find6(words[0], words[1], words[2], words[3])
  }

  private find4(address: number): number {
    const first = this.first4
    let low = 0
    let high = first.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (first[middle] <= address) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.list4[low - 1]
  }

  private find6(w0: number, w1: number, w2: number, w3: number): number {
    const first = this.first6
    let low = 0
    let high = this.list6.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = middle * 4
      const before =
        first[at] !== w0
          ? first[at] < w0
          : first[at + 1] !== w1
            ? first[at + 1] < w1
            : first[at + 2] !== w2
              ? first[at + 2] < w2
              : first[at + 3] <= w3
      if (before) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.list6[low - 1]
  }
}

/** The 128-bit value of four words. */
export function wordsValue(words: ArrayLike<number>): bigint {
  return (BigInt(words[0]) << 96n) | (BigInt(words[1]) << 64n) | (BigInt(words[2]) << 32n) | BigInt(words[3])
}

/** Four unsigned words of a 128-bit value, most significant first. */
export function wordsOf(value: bigint): [number, number, number, number] {
  return [96n, 64n, 32n, 0n].map(shift => Number((value >> shift) & 0xffffffffn)) as [
    number,
    number,
    number,
    number,
  ]
}

/** How many addresses a range holds. */
export function sizeOf(range: AddressRange): bigint {
  return wordsValue(range.last) - wordsValue(range.first) + 1n
}

/** Whether an address (four words) lies in a range of the same family. */
export function contains(range: AddressRange, version: number, words: ArrayLike<number>): boolean {
  return (
    range.version === version && compareWords(range.first, words) <= 0 && compareWords(words, range.last) <= 0
  )
}

export function compareWords(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}

/** A sweep over the range borders: each segment starts where the set of covering ranges changes. */
function segments(items: readonly RangeItem[], version: 4 | 6): { first: bigint; ids: number[] }[] {
  const borders = new Map<bigint, { opens: number[]; closes: number[] }>()
  const border = (at: bigint) => {
    let found = borders.get(at)
    if (found === undefined) {
      found = { opens: [], closes: [] }
      borders.set(at, found)
    }
    return found
  }
  for (const { range, id } of items) {
    if (range.version !== version) continue
    border(wordsValue(range.first)).opens.push(id)
    border(wordsValue(range.last) + 1n).closes.push(id)
  }
  const end = version === 4 ? 1n << 32n : 1n << 128n
  const open = new Map<number, number>()
  const out: { first: bigint; ids: number[] }[] = []
  for (const [at, change] of [...borders].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    for (const id of change.opens) open.set(id, (open.get(id) ?? 0) + 1)
    for (const id of change.closes) {
      const left = open.get(id)! - 1
      if (left === 0) open.delete(id)
      else open.set(id, left)
    }
    if (at < end) out.push({ first: at, ids: [...open.keys()].sort((a, b) => a - b) })
  }
  return out
}
