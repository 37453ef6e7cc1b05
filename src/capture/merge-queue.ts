/** A place in time and, for frames of one instant, in the order of files. */
export interface Moment {
  seconds: number
  nanos: number
  order: number
}

/** Whether `a` comes before `b`. No two moments that are compared have the same order. */
export function isBefore(a: Moment, b: Moment): boolean {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds
  if (a.nanos !== b.nanos) return a.nanos < b.nanos
  return a.order < b.order
}

/** A binary heap, earliest first, whose items change their moment only while they are on top. */
export class MergeQueue<T extends Moment> {
  private readonly items: T[] = []

  get size(): number {
    return this.items.length
  }

  /** The earliest; undefined when empty. */
  get top(): T | undefined {
    return this.items[0]
  }

  /** The earliest but one. */
  get second(): T | undefined {
    const { items } = this
    if (items.length < 3) return items[1]
    return isBefore(items[1], items[2]) ? items[1] : items[2]
  }

  push(item: T): void {
    const { items } = this
    let i = items.push(item) - 1
    for (let up = (i - 1) >> 1; i > 0 && isBefore(item, items[up]); up = (i - 1) >> 1) {
      items[i] = items[up]
      i = up
    }
    items[i] = item
  }

  /** Puts the top where its new moment belongs. */
  settle(): void {
    const { items } = this
    const item = items[0]
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= items.length) break
      if (child + 1 < items.length && isBefore(items[child + 1], items[child])) child++
      if (isBefore(item, items[child])) break
      items[i] = items[child]
      i = child
    }
    items[i] = item
  }

  /** Takes the top away. */
  pop(): void {
    const last = this.items.pop()!
    if (this.items.length === 0) return
    this.items[0] = last
    this.settle()
  }

  *[Symbol.iterator](): Iterator<T> {
    yield* this.items
  }
}
