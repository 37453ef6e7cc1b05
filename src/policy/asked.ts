import { type CompiledPolicy, compilePolicy } from './compile.ts'
import type { Model } from './model.ts'
import type { Judgement, Question } from './question.ts'

/** What a dispatcher asks of a policy. */
export type AskedPolicy = Pick<
  CompiledPolicy,
  'model' | 'contextOf' | 'zoneOf' | 'judge' | 'judgement' | 'adopt' | 'epochOf' | 'epochFrom' | 'epochUntil'
>

/** A policy that is compiled when it is first asked: most captures have no tunnels, and a thread should not wait for it. */
export class LazyPolicy implements AskedPolicy {
  readonly model: Model
  private compiled: CompiledPolicy | undefined

  constructor(model: Model) {
    this.model = model
  }

  private get policy(): CompiledPolicy {
    this.compiled ??= compilePolicy(this.model)
    return this.compiled
  }

  contextOf(vlans: ArrayLike<number>, vlanCount: number, vni: number, tap: number): number {
    return this.policy.contextOf(vlans, vlanCount, vni, tap)
  }

  zoneOf(version: 4 | 6, words: ArrayLike<number>, context: number): number {
    return this.policy.zoneOf(version, words, context)
  }

  judge(question: Question): number {
    return this.policy.judge(question)
  }

  judgement(index: number): Judgement {
    return this.policy.judgement(index)
  }

  adopt(judgement: Judgement): number {
    return this.policy.adopt(judgement)
  }

  epochOf(seconds: number): number {
    return this.policy.epochOf(seconds)
  }

  get epochFrom(): number {
    return this.policy.epochFrom
  }

  get epochUntil(): number {
    return this.policy.epochUntil
  }
}
