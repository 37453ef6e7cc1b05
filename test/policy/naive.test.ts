import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { Judgement } from '../../src/policy/question.ts'
import { type NaiveAnswer, type NaiveLine, naiveJudge } from '../support/naive-judge.ts'
import { makeModel, makeQuestion } from '../support/policy-models.ts'
import { Dice, randomFlow, randomPolicy } from '../support/random-policies.ts'

const POLICIES = 250
const FLOWS = 400

/** What the compiled policy says that the naive evaluator does not; '' when they agree. */
function difference(j: Judgement, naive: NaiveAnswer, model: ReturnType<typeof makeModel>): string {
  const wrong: string[] = []
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== b) wrong.push(`${what}: ${a}, naive ${b}`)
  }
  differ('verdict', j.verdict, naive.verdict)
  if (j.verdict !== naive.verdict) return wrong.join('; ')
  differ('origZone', j.origZone, naive.origZone)
  differ('respZone', j.respZone, naive.respZone)
  // that the wrong end opened something declared is read from the ports, too
  const turned = naive.portsTell && String(j.failed) === 'direction'
  differ('inferred', j.inferred, naive.inferred || turned)
  const one = (lines: NaiveLine[], cited: number[]) =>
    lines.some(({ conduit, channel, exception }) => String([conduit, channel, exception]) === String(cited))
  const channel = [j.conduit, j.channel, -1]
  const exception = [-1, -1, j.exception]
  if (
    j.conduit >= 0 ? !one(naive.channels, channel) : naive.channels.length > 0 && j.verdict === 'sanctioned'
  )
    wrong.push(`cites channel ${channel}`)
  if (
    j.exception >= 0
      ? !one(naive.exceptions, exception)
      : naive.exceptions.length > 0 && j.verdict === 'exception'
  )
    wrong.push(`cites exception ${exception}`)
  if (j.verdict === 'unsanctioned') {
    if (naive.nearest.length === 0) differ('failed', String(j.failed), 'no-conduit')
    else {
      const nearest = [j.nearestConduit, j.nearestChannel, j.nearestException]
      const found = naive.nearest.find(
        ({ line }) => String([line.conduit, line.channel, line.exception]) === String(nearest),
      )
      const failed = String([...j.failed].sort())
      if (found === undefined) wrong.push(`nearest ${nearest} is not among the nearest`)
      else if (!found.failed.some(set => String(set) === failed))
        wrong.push(`failed ${failed}, naive ${JSON.stringify(found.failed)}`)
      differ('reason', j.reason, j.failed[0])
    }
    return wrong.join('; ')
  }
  if (!naive.opaqueIfRestricted) differ('reason', j.reason, naive.reason)
  else {
    const item =
      j.exception >= 0 ? model.exceptions[j.exception].channel : model.conduits[j.conduit].channels[j.channel]
    const restricts = item.actions !== undefined || item.units !== undefined
    differ('reason', j.reason, restricts ? 'opaque' : undefined)
  }
  return wrong.join('; ')
}

describe('the compiled policy', () => {
  it(`agrees with a naive evaluator on ${POLICIES * FLOWS} random pairs of policy and flow`, () => {
    const dice = new Dice(62_443)
    const verdicts = new Map<string, number>()
    for (let p = 0; p < POLICIES; p++) {
      const sketch = randomPolicy(dice)
      const model = makeModel(sketch)
      const policy = compilePolicy(model)
      let before: { index: number; naive: NaiveAnswer } | undefined
      for (let f = 0; f < FLOWS; f++) {
        const flow = randomFlow(dice)
        const parent = before !== undefined && dice.once(8) ? before : undefined
        const q = makeQuestion({ ...flow, ...(parent === undefined ? {} : { parent: parent.index }) })
        const naive = naiveJudge(model, q, parent?.naive)
        const index = policy.judge(q)
        const judgement = policy.judgement(index)
        const wrong = difference(judgement, naive, model)
        if (wrong !== '')
          expect.fail(`policy ${p}, flow ${f}: ${wrong}\n${JSON.stringify({ flow, sketch }, null, 1)}`)
        const key = `${judgement.verdict} ${judgement.reason ?? ''}`
        verdicts.set(key, (verdicts.get(key) ?? 0) + 1)
        // what a child inherits must be one certain line
        before = naive.channels.length + naive.exceptions.length <= 1 ? { index, naive } : before
      }
    }
    // the pairs reach every verdict and every reason
    const reached = [
      'sanctioned ',
      'sanctioned no-action-seen',
      'sanctioned opaque',
      'sanctioned related',
      'exception ',
      'intra-zone ',
      'intra-zone link-scope',
      'intra-zone group-scope',
      'intra-zone boundary-own',
      'unsanctioned no-conduit',
      'unsanctioned direction',
      'unsanctioned service',
      'unsanctioned endpoint',
      'unsanctioned action',
      'unsanctioned schedule',
      'unsanctioned expired',
      'unzoned ',
      'undetermined context-unknown',
      'undetermined behind-boundary',
      'undetermined direction',
      'undetermined opaque',
      'undetermined action-not-parsed',
      'undetermined parent-not-seen',
    ]
    for (const key of reached) expect(verdicts.get(key), `never reached: ${key}`).toBeGreaterThan(0)
  })
})
