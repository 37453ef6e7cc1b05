/** MAC prefixes in upper-case hex without separators (6, 7 or 9 digits) -> who they were assigned to. */
export type Assignments = Readonly<Record<string, string>>

const PACKAGE = 'oui-data'

/**
 * Where the assignments come from: the public listings of the IEEE Registration Authority (MA-L, MA-M, MA-S), as that version of
 * the npm package holds them. It bears no date of its own: `date` is the day on which it was published.
 */
export const ASSIGNMENTS_SOURCE = {
  authority: 'IEEE Registration Authority (MA-L, MA-M, MA-S)',
  package: PACKAGE,
  version: '2.1.9',
  date: '2026-08-26',
} as const

/** Loads the IEEE assignments; an empty list where the package cannot be loaded. 5 MB: only for those who write assets. */
export async function loadAssignments(): Promise<Assignments> {
  try {
    // by a variable, so that neither the type checker nor the bundler takes in 5 MB of JSON
    const module = await import(PACKAGE, { with: { type: 'json' } })
    return module.default as Assignments
  } catch {
    return {}
  }
}

/**
 * Who a MAC address (colon-separated hex) was assigned to, by the longest assigned prefix (MA-S 36 bits, MA-M 28,
 * MA-L 24; IEEE Registration Authority). Undefined for locally administered and group addresses, and when unknown.
 */
export function vendorOf(mac: string, assignments: Assignments): string | undefined {
  const digits = mac.replaceAll(':', '').toUpperCase()
  if (digits.length !== 12 || (Number.parseInt(digits.slice(0, 2), 16) & 3) !== 0) return undefined
  const text =
    assignments[digits.slice(0, 9)] ?? assignments[digits.slice(0, 7)] ?? assignments[digits.slice(0, 6)]
  const name = text?.split('\n', 1)[0].trim()
  return name === undefined || name === '' || name === 'Private' || /^IEEE Registration Authority/i.test(name)
    ? undefined
    : name
}
