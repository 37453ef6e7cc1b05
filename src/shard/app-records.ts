import type { Conversation } from '../app/conversation.ts'
import * as D from '../app/deeds.ts'
import { numbersText, type Protocol } from '../app/protocol.ts'
import { timeText } from '../flow/record.ts'
import { ACTIONS, type Action, actionsOf } from '../net/actions.ts'
import type { FunctionRecord } from '../records.ts'

/** What records tell of what a conversation did. */
export interface AppParts {
  actions?: Record<string, number>
  actionsRefused?: Record<string, number>
  functions?: FunctionRecord[]
  app?: Record<string, string>
}

/** A conversation's part of its record. */
export function appParts({ protocol, deeds, details }: Conversation, service: string): AppParts {
  const parts: AppParts = {}
  const actions = named(deeds.counts, service)
  if (actions !== undefined) parts.actions = actions
  const refused = named(deeds.refused, service)
  if (refused !== undefined) parts.actionsRefused = refused
  if (deeds.size > 0) parts.functions = functionsOf(deeds, protocol)
  if (details !== undefined) parts.app = Object.fromEntries(details)
  return parts
}

/** Its actions alone, for what findings need. */
export const actionParts = ({ deeds }: Conversation, service: string): Record<string, number> | undefined =>
  named(deeds.counts, service)

function named(counts: Int32Array, service: string): Record<string, number> | undefined {
  let found: Record<string, number> | undefined
  for (const [i, action] of ACTIONS.entries()) {
    if (counts[i] === 0) continue
    found ??= {}
    found[`${service}:${action}`] = counts[i]
  }
  return found
}

/** Each function with its numbers, by code, then by unit and what it was done to: the order frames came in tells nothing. */
function functionsOf({ words, size }: D.Deeds, protocol: Protocol): FunctionRecord[] {
  const order = Array.from({ length: size }, (_, i) => i * D.DEED_WORDS)
  order.sort((a, b) => {
    for (const column of [D.FN, D.UNIT, D.AREA, D.FIRST, D.LAST, D.ACTIONS]) {
      const difference = words[a + column] - words[b + column]
      if (difference !== 0) return difference
    }
    return 0
  })
  return order.map(at => {
    const fn = words[at + D.FN]
    const name = fn < 0 ? undefined : protocol.functionName?.(fn)
    const on = onText(words, at, protocol)
    return {
      ...(fn < 0 ? {} : { function: fn }),
      ...(name === undefined ? {} : { name }),
      actions: actionsOf(words[at + D.ACTIONS]),
      ...(words[at + D.UNIT] < 0 ? {} : { unit: words[at + D.UNIT] }),
      ...(on === undefined ? {} : { on }),
      count: words[at + D.TIMES],
      ...(words[at + D.TIMES] === words[at + D.PDUS] ? {} : { pdus: words[at + D.PDUS] }),
      ...(words[at + D.ANSWERED] === 0 ? {} : { answered: words[at + D.ANSWERED] }),
      ...(words[at + D.REFUSED] === 0 ? {} : { refused: words[at + D.REFUSED] }),
      frame: words[at + D.FRAME] >>> 0,
      time: timeText(words[at + D.SECONDS], words[at + D.NANOS]),
    }
  })
}

function onText(words: Int32Array, at: number, protocol: Protocol): string | undefined {
  const area = words[at + D.AREA]
  if (area < 0) return undefined
  const first = words[at + D.FIRST] >>> 0
  const last = words[at + D.LAST] >>> 0
  return protocol.areaText?.(area, first, last) ?? numbersText(first, last)
}

const DID: Readonly<Record<Action, string>> = {
  firmware: 'loaded firmware into',
  program: 'changed the program of',
  control: 'commanded',
  write: 'wrote',
  configure: 'configured',
  file: 'used files',
  time: 'set or told the time',
  unknown: 'did something unknown',
  diagnose: 'tested',
  upload: 'read the program of',
  session: 'held a session',
  report: 'reported',
  read: 'read',
  discover: 'looked around',
}

/**
 * Deed number `i` of a conversation as the predicate of a sentence, whose object is what it was done to or, where the protocol
 * has no addresses, nothing: "wrote holding registers 40010-40019 of unit 1 with function 16 (write multiple registers)".
 */
export function deedText({ protocol, deeds }: Conversation, i: number): string {
  const { words } = deeds
  const at = i * D.DEED_WORDS
  const actions = actionsOf(words[at + D.ACTIONS])
  const on = onText(words, at, protocol)
  const verb = actions.length === 0 ? 'did something' : DID[actions[0]]
  // a verb that wants an object has the device for one where no other is known
  const what = on ?? (WANTS_OBJECT.has(verb.split(' ').at(-1)!) || verb === 'commanded' ? 'the device' : '')
  const unit = words[at + D.UNIT] < 0 ? '' : ` ${what === '' ? 'at' : 'of'} unit ${words[at + D.UNIT]}`
  const fn = words[at + D.FN]
  if (fn < 0) return `${verb} ${what}`.trim()
  const name = protocol.functionName?.(fn)
  const how = name === undefined ? `function ${fn}` : `function ${fn} (${name})`
  return `${`${verb} ${what}`.trim()}${unit} with ${how}`
}

const WANTS_OBJECT = new Set(['into', 'of', 'configured', 'tested'])
