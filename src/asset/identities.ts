import { sanitise } from '../finding/words.ts'
import type { Identity } from '../records.ts'
import { naturally } from './order.ts'

/** What one address or MAC announces is kept up to so many different statements of so many characters. */
const MOST_STATEMENTS = 16
const LONGEST_STATEMENT = 128

/** Keys of statements, in the order in which they are told. */
const WHAT: readonly Identity['what'][] = ['vendor', 'product', 'version', 'serial', 'name', 'role']

/** What machines announced about themselves, by address or MAC. Memory is bounded: the first are kept. */
export class Identities {
  private readonly most: number
  private readonly said = new Map<string, Identity[]>()

  /** `most`: addresses and MACs. */
  constructor(most: number) {
    this.most = most
  }

  /** The machine at an address, or with a MAC, said something in protocol `how`. */
  add(id: string, what: Identity['what'], text: string, how: string): void {
    const safe = sanitise(text).trim().slice(0, LONGEST_STATEMENT)
    if (safe === '') return
    const known = this.said.get(id)
    if (known === undefined) {
      if (this.said.size < this.most) this.said.set(id, [{ what, text: safe, how }])
    } else if (
      known.length < MOST_STATEMENTS &&
      !known.some(k => k.what === what && k.text === safe && k.how === how)
    )
      known.push({ what, text: safe, how })
  }

  /** What was said by any of these, each statement once, in the order of `WHAT`. */
  of(ids: Iterable<string>): Identity[] {
    const all = [...ids].flatMap(id => this.said.get(id) ?? [])
    const distinct = new Map(all.map(i => [`${i.what}\n${i.text}\n${i.how}`, i]))
    return [...distinct.values()].sort(
      (a, b) =>
        WHAT.indexOf(a.what) - WHAT.indexOf(b.what) || naturally(a.text, b.text) || naturally(a.how, b.how),
    )
  }

  /** Everything that was said, as a value of its own. */
  state(): Map<string, Identity[]> {
    return new Map([...this.said].map(([id, statements]) => [id, [...statements]]))
  }

  absorb(state: ReadonlyMap<string, readonly Identity[]>): void {
    for (const [id, statements] of state)
      for (const { what, text, how } of statements) this.add(id, what, text, how)
  }
}
