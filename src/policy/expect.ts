import { Asker, type Described } from './ask.ts'
import type { CompiledPolicy } from './compile.ts'
import { type Explanation, explainAll } from './explain.ts'
import type { Expectation, Issue } from './model.ts'
import { listed } from './words.ts'

/** What became of the `expect` table. */
export interface Expected {
  total: number
  held: number
  /** one for each expectation that does not hold or cannot be asked, in the order of the table */
  issues: Issue[]
}

/**
 * Runs the tests a policy brings along. `at` (seconds since 1970 UTC) is the moment of those that name none. An
 * expectation holds when every question it stands for gets the expected verdict.
 */
export function runExpectations(policy: CompiledPolicy, at: number): Expected {
  const { expect } = policy.model
  const asker = new Asker(policy.model)
  const issues = expect.flatMap(expectation => {
    const issue = run(policy, asker, expectation, at)
    return issue === undefined ? [] : [issue]
  })
  return { total: expect.length, held: expect.length - issues.length, issues }
}

function run(policy: CompiledPolicy, asker: Asker, expectation: Expectation, at: number): Issue | undefined {
  const { from, to, service, verdict, position } = expectation
  const described: Described = { ...expectation, at: expectation.at ?? at }
  const asked = asker.questions(described)
  const issue = { severity: 'error', at: position, length: verdict.length } as const
  if (!Array.isArray(asked)) {
    const hint = asked.hint === undefined ? {} : { hint: asked.hint }
    return { ...issue, code: 'expect.question', message: `this cannot be asked: ${asked.fault}`, ...hint }
  }
  const others = explainAll(policy, asked).filter(explanation => explanation.verdict !== verdict)
  if (others.length === 0) return undefined
  const [first] = others
  const what = service === undefined || first.asked[0] !== service ? listed(first.asked, 3) : service
  const named = service === undefined || service === what ? what : `${service} (${what})`
  const reason = first.reason === undefined ? '' : ` (${first.reason})`
  const decisive = decisiveOf(first)
  return {
    ...issue,
    code: 'expect.failed',
    message: `${verdict} was expected, and ${named} from ${from} to ${to} is ${first.verdict}${reason}: ${first.why}`,
    ...(decisive === undefined ? {} : { also: { at: decisive.at, message: `${decisive.what} stands here` } }),
  }
}

function decisiveOf({ decided, nearest }: Explanation) {
  return decided[0] ?? nearest?.citation
}
