/** What `firstBytes` of protocols is made of. */

/** The values from `first` to `last`. */
export const bytesFrom = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** What words begin with. */
export const initials = (words: readonly string[]): number[] => [
  ...new Set(words.map(word => word.charCodeAt(0))),
]

/** What words in small letters begin with, where capital ones mean the same. */
export const initialsOfAnyCase = (words: readonly string[]): number[] =>
  initials([...words, ...words.map(word => word.toUpperCase())])
