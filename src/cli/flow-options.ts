import { InvalidArgumentError, Option } from 'commander'
import { DEFAULT_ACTIVE, DEFAULT_IDLE, DEFAULT_MAX_FLOWS, type IdleLimits } from '../analyzer.ts'
import { parseSpan } from './moments.ts'
import { wholeOf } from './whole-numbers.ts'

const IDLE_NAMES = Object.keys(DEFAULT_IDLE) as (keyof IdleLimits)[]
const LEAST_FLOWS = 1024
const MOST_FLOWS = 1 << 24

/** What conversations are kept for, as the flags below have it. */
export interface FlowFlags {
  idle?: IdleLimits
  active: number
  maxFlows: number
}

/** The flags of commands that follow conversations. */
export const flowOptions = (): Option[] => [
  new Option(
    '--idle <kind=time>',
    `end a conversation after so much silence (repeatable): ${IDLE_NAMES.map(n => `${n}=${DEFAULT_IDLE[n]}s`).join(' ')}`,
  ).argParser(idleOf),
  new Option('--active <time>', 'interim records of long conversations')
    .argParser(spanOf)
    .default(DEFAULT_ACTIVE),
  new Option('--max-flows <n>', 'conversations kept at a time; the longest idle leaves first')
    .argParser(wholeOf(LEAST_FLOWS, MOST_FLOWS))
    .default(DEFAULT_MAX_FLOWS),
]

/** A time span as users type it. Throws InvalidArgumentError. */
export function spanOf(text: string): number {
  const span = parseSpan(text)
  if (span === undefined) throw new InvalidArgumentError('It is a time like 90, 90s, 5m, 2h or 1d.')
  return span
}

function idleOf(text: string, known: IdleLimits = DEFAULT_IDLE): IdleLimits {
  const [name, value = ''] = text.split('=', 2)
  const span = parseSpan(value)
  if (!IDLE_NAMES.includes(name as keyof IdleLimits) || span === undefined)
    throw new InvalidArgumentError(
      `It has the form KIND=TIME, for example udp=2m; kinds are ${IDLE_NAMES.join(', ')}.`,
    )
  return { ...known, [name]: span }
}
