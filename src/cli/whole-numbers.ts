import { InvalidArgumentError } from 'commander'

/** Worker threads a user may ask for. */
export const MOST_WORKERS = 64

/** Reads an option that is a whole number from `least` to `most`. */
export const wholeOf =
  (least: number, most: number) =>
  (text: string): number => {
    const n = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (!(n >= least && n <= most))
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    return n
  }
