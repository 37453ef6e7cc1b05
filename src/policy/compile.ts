import { Ends } from './ends.ts'
import { Judge } from './judge.ts'
import { Draft, Judgements } from './judgements.ts'
import { KnownAnswers } from './known.ts'
import { Locator } from './lookup.ts'
import type { Model } from './model.ts'
import { Pairs } from './pairs.ts'
import type { Judgement, Question } from './question.ts'
import { makeRules, type Rule } from './rules.ts'
import { Schedules } from './schedule.ts'

/** Turns a checked policy into tables; the cost of a judgement then hardly depends on the size of the policy. */
export function compilePolicy(model: Model): CompiledPolicy {
  return new CompiledPolicy(model)
}

/** A policy ready to judge. Not to be shared between threads: it reuses its own memory from question to question. */
export class CompiledPolicy {
  readonly model: Model
  /** every channel and exception, the most specific first */
  readonly rules: readonly Rule[]
  /** some channel or exception covers some actions only: what is read of payloads matters */
  readonly isRestricted: boolean
  /** the judge at work, for `explain`: its ends and what it tried */
  readonly judging: Judge
  private readonly locator: Locator
  private readonly schedules: Schedules
  private readonly judgements = new Judgements()
  private readonly draft = new Draft()
  private readonly known: KnownAnswers
  private readonly taps: Map<string, number>

  constructor(model: Model) {
    this.model = model
    this.locator = new Locator(model)
    this.schedules = new Schedules(model)
    this.rules = makeRules(model, this.schedules)
    this.isRestricted = this.rules.some(({ restricted }) => restricted)
    this.taps = new Map(model.taps.map((tap, index) => [tap.id, index]))
    const { contexts } = this.locator
    const pairs = new Pairs(model, this.rules)
    this.known = new KnownAnswers(this.rules, pairs)
    this.judging = new Judge({
      model,
      ends: new Ends(model, this.locator),
      rules: this.rules,
      pairs,
      schedules: this.schedules,
      contextOf: q => contexts.of(q.vlans, q.vlanCount, q.vni, q.tap),
      judgement: index => this.judgements.list[index],
    })
  }

  /**
   * Policy context of a place: equal for places in which the policy places every address alike; 0 when it has no
   * contexts. VLANs from the outside in (`vlanCount` entries), VNI and tap -1 = none.
   */
  contextOf(vlans: ArrayLike<number>, vlanCount: number, vni: number, tap: number): number {
    return this.locator.contexts.of(vlans, vlanCount, vni, tap)
  }

  /** The zone that alone has the VLANs of a place, -1 = none, -2 = several; what groups are judged for. */
  zoneOfVlans(vlans: ArrayLike<number>, vlanCount: number, tap: number): number {
    return this.locator.vlans.find(vlans, vlanCount, tap)
  }

  /** Index of a declared tap, -1 = not declared. */
  tapIndex(name: string): number {
    return this.taps.get(name) ?? -1
  }

  /** Index of the interned judgement of a flow. Reads `question`, keeps nothing of it. */
  judge(question: Question): number {
    const { judging, draft, known } = this
    if (judging.place(question, draft)) return this.judgements.intern(draft)
    const { orig, resp } = judging
    if (!judging.isFree || !known.holds(question, orig, resp)) {
      judging.decidePlaced(question, draft)
      return this.judgements.intern(draft)
    }
    const answer = known.find(question, orig, resp, this.schedules.epoch)
    if (answer >= 0) return answer
    judging.decidePlaced(question, draft)
    const found = this.judgements.intern(draft)
    known.add(found)
    return found
  }

  /** Numbers of the deeds of a flow that nothing declared covers. */
  offending(question: Question): number[] {
    return this.judging.offending(question, this.draft)
  }

  /** A judgement by its index; the same object for the life of the policy. */
  judgement(index: number): Judgement {
    return this.judgements.list[index]
  }

  /** Index of a judgement that another policy made, see Adoption. */
  adopt(judgement: Judgement): number {
    return this.judgements.adopt(judgement)
  }

  /** Asset that has an address (words as in a Question) in a context, -1 = none or not to be told. */
  assetOf(version: 4 | 6, words: ArrayLike<number>, context: number): number {
    this.locator.address(version, words, context)
    return this.locator.asset
  }

  /** Zone of an address in a context by assets and networks alone, -1 = none, -2 = the context does not tell. */
  zoneOf(version: 4 | 6, words: ArrayLike<number>, context: number): number {
    this.locator.address(version, words, context)
    return this.locator.zone
  }

  /** Asset that has a MAC in a context, -1 = none. */
  assetOfMac(high: number, low: number, context: number): number {
    this.locator.mac(high, low, context)
    return this.locator.asset
  }

  /** Zone of a MAC (by asset, else by the zones' `macs`) in a context, -1 = none, -2 = the context does not tell. */
  zoneOfMac(high: number, low: number, context: number): number {
    this.locator.mac(high, low, context)
    return this.locator.zone
  }

  /**
   * The zones of an address and of the MAC that ARP, ND or DHCP bound to it, where both are known and differ: the
   * address decides verdicts, the disagreement is a finding of its own. A boundary's addresses and MACs say nothing
   * about each other. Words as in a Question; `macHigh` 16 and `macLow` 32 unsigned bits.
   */
  macDisagrees(
    version: 4 | 6,
    words: ArrayLike<number>,
    context: number,
    macHigh: number,
    macLow: number,
  ): { addressZone: number; macZone: number } | undefined {
    const { locator } = this
    locator.address(version, words, context)
    const { zone: addressZone, asset } = locator
    if (addressZone < 0 || this.isBoundary(asset)) return undefined
    locator.mac(macHigh, macLow, context)
    const { zone: macZone } = locator
    if (macZone < 0 || macZone === addressZone || this.isBoundary(locator.asset)) return undefined
    return { addressZone, macZone }
  }

  /** Number of the set of schedules and exceptions in force at `seconds` since 1970 UTC: equal numbers, equal sets. */
  epochOf(seconds: number): number {
    this.schedules.at(seconds)
    return this.schedules.epoch
  }

  /** The last answer of `epochOf` holds for [epochFrom, epochUntil). */
  get epochFrom(): number {
    return this.schedules.from
  }

  get epochUntil(): number {
    return this.schedules.until
  }

  private isBoundary(asset: number): boolean {
    return asset >= 0 && this.model.assets[asset].boundary
  }
}
