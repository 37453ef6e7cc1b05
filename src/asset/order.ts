const collator = new Intl.Collator('en', { numeric: true })

/** Order of texts with numbers in them as people count: plc-2 before plc-10. */
export const naturally = (a: string, b: string): number =>
  collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
