import { actionBits } from '../net/actions.ts'
import type { Deed, Question } from './question.ts'
import type { Rule, Stretch } from './rules.ts'

/** How a rule covers what was done: not, perhaps (what would tell is not known), or surely. */
export const NOT = 0
export const PERHAPS = 1
export const SURELY = 2

/** A deed of which nothing but the action is known. */
const BARE: Deed = {
  actions: 0,
  fn: -1,
  unit: -1,
  area: -1,
  first: 0,
  last: 0,
  isUnasked: false,
  isUnsure: false,
  isLoose: false,
  isCoarse: true,
}

/** Deeds of a question: those that were seen, or the actions it asks about. */
export const deedsIn = (q: Question): number => (q.deedCount > 0 ? q.deedCount : q.actions.length > 0 ? 1 : 0)

/** Deed number `i` of a question; `wanted` = the actions it asks about where no deeds were seen. */
export function deedAt(q: Question, i: number, wanted: number): Deed {
  if (q.deedCount > 0) return q.deeds[i]
  BARE.actions = wanted
  return BARE
}

/**
 * How a rule covers one action (a bit) of a deed. What a channel narrows is narrowed for what has it: a deed without unit or
 * addresses is covered where the channel lists its action by name, and not by a channel that only says which addresses.
 */
export function fits(rule: Rule, deed: Deed, bit: number): number {
  if ((rule.actions & bit) === 0) return deed.isUnsure ? PERHAPS : NOT
  if (!rule.narrowed) return SURELY
  if (deed.isCoarse) return PERHAPS
  const { functions, units, actions } = rule.model
  if (functions !== undefined && !functions.some(({ first, last }) => deed.fn >= first && deed.fn <= last))
    return NOT
  if (units !== undefined) {
    if (deed.unit < 0) {
      if (actions === undefined) return NOT
    } else if (!units.some(({ first, last }) => deed.unit >= first && deed.unit <= last)) return NOT
  }
  if (rule.stretches === undefined) return SURELY
  if (deed.isUnasked) return PERHAPS
  if (deed.area < 0) return actions === undefined ? NOT : SURELY
  return within(rule.stretches, deed)
}

/** Actions of deeds that a rule does not cover: how many. */
export function uncoveredDeeds(rule: Rule, q: Question): number {
  if (!rule.restricted) return 0
  const wanted = actionBits(q.actions)
  let uncovered = 0
  for (let i = 0; i < deedsIn(q); i++) {
    const deed = deedAt(q, i, wanted)
    for (let bits = deed.actions; bits !== 0; bits &= bits - 1)
      if (fits(rule, deed, bits & -bits) === NOT) uncovered++
  }
  return uncovered
}

/** Whether all, some or none of what a deed touched lies in these stretches. */
function within(stretches: readonly Stretch[], deed: Deed): number {
  const first = deed.first >>> 0
  const last = deed.last >>> 0
  let next = first
  let meets = false
  // stretches may meet in any order
  for (let isFurther = true; isFurther && next <= last; ) {
    isFurther = false
    for (const stretch of stretches) {
      if (stretch.area >= 0 && stretch.area !== deed.area) continue
      if (stretch.first <= last && stretch.last >= first) meets = true
      if (stretch.first <= next && stretch.last >= next) {
        next = stretch.last + 1
        isFurther = true
      }
    }
  }
  if (next > last) return SURELY
  return meets && deed.isLoose ? PERHAPS : NOT
}
