/** Names further than this from a word are not looked at: a policy with thousands of names must still be quick. */
const MOST = 2_000

/** The name that was probably meant by `word`, or undefined: at most a third of its letters may differ. */
export function closest(word: string, names: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined
  const lower = word.toLowerCase()
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1
  let best: string | undefined
  let looked = 0
  for (const name of names) {
    if (++looked > MOST) break
    if (Math.abs(name.length - word.length) >= limit) continue
    const distance = editDistance(lower, name.toLowerCase(), limit)
    if (distance < limit) {
      limit = distance
      best = name
    }
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; `limit` when there are as many or more. */
export function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2] + 1)
      row.push(cost)
      least = Math.min(least, cost)
    }
    if (least >= limit) return limit
    before = above
    above = row
  }
  return Math.min(limit, above[b.length])
}
