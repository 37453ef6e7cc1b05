import { afterAll, beforeAll, beforeEach } from 'vitest'
import { Lab } from './lab.ts'
import { missingFor, type Part } from './needs.ts'

const HOOK = 120_000

/** A lab for a file of tests, or for one `describe`. */
export interface UsedLab {
  readonly lab: Lab
  /** Builds in the lab before the first test; not called where the tests are skipped. */
  prepare(build: (lab: Lab) => void | Promise<void>): void
}

/**
 * Gives the tests that follow a lab of their own, closed after the last one, also when they or a `prepare` failed. Where the lab
 * can't run, each test is skipped with the reason.
 */
export function useLab(part: Part): UsedLab {
  const missing = missingFor(part)
  let lab: Lab | undefined
  beforeAll(() => {
    if (missing === undefined) lab = new Lab()
  }, HOOK)
  afterAll(() => lab?.close(), HOOK)
  beforeEach(context => {
    if (missing !== undefined) context.skip(missing)
  })
  const used = {
    get lab() {
      if (lab === undefined) throw new Error('the lab is open between the first test and the last one only')
      return lab
    },
    prepare(build: (lab: Lab) => void | Promise<void>) {
      beforeAll(() => (missing === undefined ? build(used.lab) : undefined), HOOK)
    },
  }
  return used
}
