import { ACTIONS, actionBits } from '../net/actions.ts'
import { NONE, UNKNOWN } from './context.ts'
import { deedAt, deedsIn, fits, NOT, PERHAPS, SURELY, uncoveredDeeds } from './deeds.ts'
import { End, type Ends } from './ends.ts'
import {
  type Draft,
  EXCEPTION,
  FAIL,
  INTRA_ZONE,
  type ReasonName,
  reasonCode,
  SANCTIONED,
  UNDETERMINED,
  UNSANCTIONED,
  UNZONED,
} from './judgements.ts'
import { macMatches } from './lookup.ts'
import type { Model } from './model.ts'
import type { Entries, PairRules, Pairs } from './pairs.ts'
import { SCTP, TCP, UDP } from './pairs.ts'
import type { Judgement, Question } from './question.ts'
import type { EndSet, Rule } from './rules.ts'
import type { Schedules } from './schedule.ts'
import { icmpRequestOf, isGroup, isLinkScope, isNeighbourDiscovery } from './special.ts'
import { ethertypeOf, inPorts, isIcmp } from './transport.ts'

/** A rule held against a flow: what failed (bits of FAIL, 0 = it covers it), and from which end it was tried. */
export interface Tried {
  rule: number
  reversed: boolean
  failed: number
}

/** What the rules say if one particular end opened the conversation. */
class Outcome {
  verdict = UNSANCTIONED
  reason: ReasonName | undefined
  /** rules that decided, -1 = none */
  channel = -1
  exception = -1

  set(verdict: number, reason: ReasonName | undefined, channel: number, exception: number): number {
    this.verdict = verdict
    this.reason = reason
    this.channel = channel
    this.exception = exception
    return verdict
  }
}

/** What a judge works on. */
export interface JudgeParts {
  model: Model
  ends: Ends
  rules: readonly Rule[]
  pairs: Pairs
  schedules: Schedules
  contextOf(q: Question): number
  judgement(index: number): Judgement
}

/**
 * Judges one flow at a time into a Draft. Everything it fills is allocated once. While `trace` is an array, each rule
 * that is held against the flow is written there; `policy explain` reads it, so a verdict has one origin.
 */
export class Judge {
  readonly orig = new End()
  readonly resp = new End()
  trace: Tried[] | null = null
  private readonly model: Model
  private readonly parts: JudgeParts
  private readonly rules: readonly Rule[]
  private readonly pairs: Pairs
  /** zones that a conduit names on both of its sides: nothing inside is taken for granted */
  private readonly closed: Uint8Array
  private readonly forward = new Outcome()
  private readonly reverse = new Outcome()
  private readonly spare = new Outcome()
  private readonly matched: number[] = []
  private matches = 0
  private group = false
  /** an end list that cannot be checked because the end is hidden counts as fulfilled */
  private lenient = false
  /** an ICMP answer: the responder opened it */
  private turned = false
  private best = 0
  private bestEntry = -1
  /** deeds that the best entry does not cover */
  private bestUncovered = 0

  constructor(parts: JudgeParts) {
    this.parts = parts
    this.model = parts.model
    this.rules = parts.rules
    this.pairs = parts.pairs
    this.closed = new Uint8Array(parts.model.zones.length)
    for (const { from, to, anyFrom, anyTo } of parts.model.conduits)
      if (!anyFrom && !anyTo) for (const zone of from) if (to.includes(zone)) this.closed[zone] = 1
  }

  /** Fills `d` with the judgement of `q`. */
  judge(q: Question, d: Draft): void {
    if (!this.place(q, d)) this.decidePlaced(q, d)
  }

  /** Whether the judgement of a question whose ends were placed depends on them and on the rules alone. */
  get isFree(): boolean {
    return !this.group && this.trace === null
  }

  /** Places the ends of a flow, and its zones in `d`. True when that settles the judgement, too. */
  place(q: Question, d: Draft): boolean {
    const { orig, resp } = this
    const { ends, schedules } = this.parts
    schedules.at(q.seconds)
    d.clear()
    this.lenient = false
    orig.load(q, 'orig')
    resp.load(q, 'resp')
    const context = this.parts.contextOf(q)
    ends.place(orig, q, context)
    if (isLinkScope(q)) {
      d.origZone = orig.zone < 0 ? -1 : orig.zone
      d.respZone = d.origZone
      conclude(d, INTRA_ZONE, 'link-scope')
      return true
    }
    this.group = isGroup(q)
    ends.settle(orig, q)
    if (this.group) ends.placeGroup(resp, q, orig)
    else {
      ends.place(resp, q, context)
      ends.settle(resp, q)
    }
    d.origZone = orig.zone < 0 ? -1 : orig.zone
    d.respZone = resp.zone < 0 ? -1 : resp.zone
    if (orig.zone >= 0 && orig.zone === resp.zone && isNeighbourDiscovery(q)) {
      conclude(d, INTRA_ZONE, 'link-scope')
      return true
    }
    const nat = resp.natAsset >= 0 ? resp : orig
    d.natAsset = nat.natAsset
    d.natEntry = nat.natEntry
    return false
  }

  /** The judgement of a question whose ends were placed. */
  decidePlaced(q: Question, d: Draft): void {
    this.decide(q, d)
    if (q.parentJudgement >= 0) this.inherit(q, d)
  }

  private decide(q: Question, d: Draft): number {
    const { orig, resp } = this
    const { ends } = this.parts
    if (
      (orig.how === 'own' && ends.sharesZone(orig, resp)) ||
      (resp.how === 'own' && ends.sharesZone(resp, orig))
    )
      return conclude(d, INTRA_ZONE, 'boundary-own')
    if ((orig.zone === NONE && orig.how !== 'behind') || (resp.zone === NONE && resp.how !== 'behind'))
      return conclude(d, UNZONED)
    if (orig.how === 'behind' || resp.how === 'behind' || resp.how === 'masquerade') return this.behind(d)
    if (orig.zone === UNKNOWN || resp.zone === UNKNOWN) return conclude(d, UNDETERMINED, 'context-unknown')
    return orig.how === 'masquerade' ? this.decideHidden(q, d) : this.decideZones(q, d)
  }

  /** Somebody behind a boundary, nobody knows who: the zone of that end is not known either. */
  private behind(d: Draft): number {
    d.uncite()
    d.inferred = 0
    if (this.orig.how === 'behind' || (this.orig.how === 'masquerade' && this.orig.hides.length > 1))
      d.origZone = -1
    if (this.resp.how === 'behind' || (this.resp.how === 'masquerade' && this.resp.hides.length > 1))
      d.respZone = -1
    return conclude(d, UNDETERMINED, 'behind-boundary')
  }

  /** An originator hidden by masquerading: whoever it is, wherever it is, the answer must be the same. */
  private decideHidden(q: Question, d: Draft): number {
    let verdict = -1
    for (const zone of this.orig.hides)
      for (let lenient = 0; lenient < 2; lenient++) {
        this.lenient = lenient === 1
        this.orig.zone = zone
        d.uncite()
        this.decideZones(q, d)
        if (verdict === -1) verdict = d.verdict
        else if (verdict !== d.verdict) return this.behind(d)
      }
    this.lenient = false
    this.orig.zone = this.orig.hides[0]
    d.uncite()
    d.origZone = this.orig.zone
    return this.decideZones(q, d)
  }

  private decideZones(q: Question, d: Draft): number {
    const { orig, resp, forward, reverse } = this
    d.reason = 0
    d.inferred = 0
    if (this.trace !== null) this.trace.length = 0
    if (resp.how === 'group-scope') return conclude(d, INTRA_ZONE, 'group-scope')
    if (orig.zone === resp.zone && this.closed[orig.zone] === 0) return conclude(d, INTRA_ZONE)

    if (isIcmp(q)) {
      // an answer tells who asked, so an ICMP flow always knows who opened it
      const request = icmpRequestOf(q.version, q.icmpType)
      if (request < 0) this.cover(q, orig, resp, q.icmpType, false, forward)
      else this.cover(q, resp, orig, request, true, forward)
      return forward.verdict === UNSANCTIONED ? this.miss(q, d) : this.cite(d, forward)
    }
    this.cover(q, orig, resp, 0, false, forward)
    if (this.group || q.direction === 'handshake' || q.direction === 'request')
      return forward.verdict === UNSANCTIONED ? this.miss(q, d) : this.cite(d, forward)

    this.cover(q, resp, orig, 0, true, reverse)
    const covered = forward.verdict !== UNSANCTIONED
    if (!covered && reverse.verdict === UNSANCTIONED) {
      this.miss(q, d)
      // that the wrong end opened it is read from the ports
      if (q.direction === 'port' && d.failed === FAIL.direction) d.inferred = 1
      return d.verdict
    }
    const oneWay = covered !== (reverse.verdict !== UNSANCTIONED)
    if (q.direction === 'port') {
      if (oneWay) d.inferred = 1
      return covered ? this.cite(d, forward) : this.miss(q, d)
    }
    if (oneWay) {
      this.cite(d, covered ? forward : reverse)
      return conclude(d, UNDETERMINED, 'direction')
    }
    // covered whichever end opened; where one way leaves it open, so does the answer
    const open = reverse.verdict === UNDETERMINED && forward.verdict !== UNDETERMINED
    return this.cite(d, open ? reverse : forward)
  }

  private cite(d: Draft, outcome: Outcome): number {
    if (outcome.channel >= 0) this.citeRule(d, this.rules[outcome.channel])
    if (outcome.exception >= 0) this.citeRule(d, this.rules[outcome.exception])
    return conclude(d, outcome.verdict, outcome.reason)
  }

  private citeRule(d: Draft, rule: Rule): void {
    if (rule.exception >= 0) d.exception = rule.exception
    else {
      d.conduit = rule.conduit
      d.channel = rule.channel
    }
  }

  /** What the rules say if `opener` opened the conversation; the port of the other end names the service. */
  private cover(
    q: Question,
    opener: End,
    responder: End,
    icmpType: number,
    reversed: boolean,
    out: Outcome,
  ): void {
    const pair = this.pairs.get(opener.zone, responder.zone)
    this.matches = 0
    if (pair.entries.length > 0) {
      if (q.version !== 0) {
        if (isIcmp(q)) this.collect(q, pair.atIcmp(q.version, icmpType), opener, responder, reversed)
        else this.collect(q, pair.atPort(q.proto, responder.port), opener, responder, reversed)
        this.collect(q, pair.atProtocol(q.proto), opener, responder, reversed)
      }
      this.collect(q, pair.atService(q.proto, responder.port, q.application), opener, responder, reversed)
      this.collect(q, pair.atEthertype(ethertypeOf(q)), opener, responder, reversed)
    }
    this.weigh(q, out)
  }

  private collect(q: Question, entries: Entries, opener: End, responder: End, reversed: boolean): void {
    for (let i = 0; i < entries.length; i++) {
      const failed = this.hold(q, entries[i], opener, responder, opener.port)
      if (this.trace !== null) this.note(entries[i], reversed, failed)
      if (failed === 0) this.matched[this.matches++] = entries[i] >> 1
    }
  }

  /** Holds a rule against a flow, its transport and its actions apart: bits of FAIL. */
  private hold(q: Question, entry: number, opener: End, responder: End, openerPort: number): number {
    const rule = this.rules[entry >> 1]
    const swapped = (entry & 1) === 1
    const channel = rule.model
    let failed = 0
    if (q.application !== '' && rule.service !== '' && rule.service !== q.application) failed |= FAIL.service
    if (channel.srcPorts.length > 0) {
      const held = opener.how === 'masquerade' ? this.lenient : inPorts(channel.srcPorts, openerPort)
      if (!held) failed |= FAIL.service
    }
    if (channel.vlans.length > 0 && !this.inVlans(q, channel.vlans)) failed |= FAIL.endpoint
    if (!this.isEnd(swapped ? rule.resp : rule.orig, opener)) failed |= FAIL.endpoint
    if (!this.isReached(q, rule, swapped ? rule.orig : rule.resp, responder)) failed |= FAIL.endpoint
    if (rule.when >= 0 && this.parts.schedules.whenHolds[rule.when] === 0) failed |= FAIL.schedule
    if (rule.exception >= 0 && this.parts.schedules.exceptionHolds[rule.exception] === 0)
      failed |= FAIL.expired
    return failed
  }

  private isReached(q: Question, rule: Rule, set: EndSet | undefined, responder: End): boolean {
    const listed = rule.groups !== undefined || rule.groupMacs.length > 0
    if (!this.group) return !listed && this.isEnd(set, responder)
    if (!listed) return q.version === 0 && rule.ethertypeOnly && set === undefined
    if (q.version !== 0 && rule.groups !== undefined && rule.groups.find(q.version, q.resp) !== 0) return true
    for (const mac of rule.groupMacs) if (macMatches(mac, q.respMacHigh, q.respMacLow)) return true
    return false
  }

  private isEnd(set: EndSet | undefined, end: End): boolean {
    if (set === undefined) return true
    if (end.how === 'masquerade') return this.lenient
    if (end.asset >= 0 && set.assets.has(end.asset)) return true
    return end.version !== 0 && set.ranges.find(end.version, end.words) !== 0
  }

  private inVlans(q: Question, vlans: readonly number[]): boolean {
    let tagged = false
    for (let i = 0; i < q.vlanCount; i++) {
      if (q.vlans[i] === 0) continue
      tagged = true
      if (vlans.includes(q.vlans[i])) return true
    }
    if (tagged) return false
    return vlans.includes(0) || vlans.includes(q.tap >= 0 ? (this.model.taps[q.tap].nativeVlan ?? -1) : -1)
  }

  /** What the matched rules say together: each action by some rule, channels of conduits before exceptions. */
  private weigh(q: Question, out: Outcome): number {
    if (this.matches === 0) return out.set(UNSANCTIONED, undefined, -1, -1)
    const opaque = q.opaque || q.payload === 'opaque'
    if (deedsIn(q) === 0) return opaque ? this.weighOpaque(q, out) : this.weighUnseen(q, out)
    this.weighDeeds(q, out)
    if (!opaque || out.verdict === UNSANCTIONED) return out.verdict
    this.weighOpaque(q, this.spare)
    if (this.spare.verdict !== UNDETERMINED) return out.verdict
    return out.set(UNDETERMINED, this.spare.reason, this.spare.channel, this.spare.exception)
  }

  /** Each action of each deed by some rule; what covers the most severe one is cited. */
  private weighDeeds(q: Question, out: Outcome): number {
    const wanted = actionBits(q.actions)
    const deeds = deedsIn(q)
    let channel = -1
    let exception = -1
    let open = -1
    for (let bit = 1; bit < 1 << ACTIONS.length; bit <<= 1)
      for (let i = 0; i < deeds; i++) {
        const deed = deedAt(q, i, wanted)
        if ((deed.actions & bit) === 0) continue
        const byChannel = this.first(false, (rule, one) => fits(rule, deed, one) === SURELY, bit)
        const byException =
          byChannel >= 0 ? -1 : this.first(true, (rule, one) => fits(rule, deed, one) === SURELY, bit)
        if (byChannel >= 0) channel = channel < 0 ? byChannel : channel
        else if (byException >= 0) exception = exception < 0 ? byException : exception
        else {
          let narrowed = this.first(false, (rule, one) => fits(rule, deed, one) === PERHAPS, bit)
          if (narrowed < 0) narrowed = this.first(true, (rule, one) => fits(rule, deed, one) === PERHAPS, bit)
          if (narrowed < 0) return out.set(UNSANCTIONED, undefined, -1, -1)
          if (open < 0) open = narrowed
        }
      }
    if (open >= 0) return out.set(UNDETERMINED, 'action-not-parsed', open, -1)
    return out.set(exception >= 0 ? EXCEPTION : SANCTIONED, undefined, channel, exception)
  }

  private weighOpaque(q: Question, out: Outcome): number {
    // who sends one thing twice in two ways may mean to hide something: nobody can have accepted that
    const accepted = q.why === 'overlap' ? unrestricted : accepts
    const channel = this.first(false, accepted)
    if (channel >= 0)
      return out.set(SANCTIONED, this.rules[channel].restricted ? 'opaque' : undefined, channel, -1)
    const exception = this.first(true, accepted)
    if (exception >= 0)
      return out.set(EXCEPTION, this.rules[exception].restricted ? 'opaque' : undefined, -1, exception)
    const restricted = this.first(false, every)
    return out.set(UNDETERMINED, q.why, restricted >= 0 ? restricted : this.first(true, every), -1)
  }

  /** Deeds that no rule between the zones of the flow covers: their numbers. Asks nothing that `judge` has not asked. */
  offending(q: Question, d: Draft): number[] {
    if (this.place(q, d) || this.orig.zone < 0 || this.resp.zone < 0) return []
    this.cover(q, this.orig, this.resp, 0, false, this.forward)
    const wanted = actionBits(q.actions)
    const found: number[] = []
    for (let i = 0; i < deedsIn(q); i++) {
      const deed = deedAt(q, i, wanted)
      for (let bits = deed.actions; bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits
        let isCovered = false
        for (let m = 0; m < this.matches && !isCovered; m++)
          isCovered = fits(this.rules[this.matched[m]], deed, bit) !== NOT
        if (isCovered) continue
        found.push(i)
        break
      }
    }
    return found
  }

  private weighUnseen(q: Question, out: Outcome): number {
    const channel = this.first(false, unrestricted)
    if (channel >= 0) return out.set(SANCTIONED, undefined, channel, -1)
    const exception = this.first(true, unrestricted)
    const narrow = this.first(false, every)
    if (q.payload !== 'unparsed') {
      if (narrow >= 0) return out.set(SANCTIONED, 'no-action-seen', narrow, -1)
      if (exception >= 0) return out.set(EXCEPTION, undefined, -1, exception)
      return out.set(EXCEPTION, 'no-action-seen', -1, this.first(true, every))
    }
    if (exception >= 0) return out.set(EXCEPTION, undefined, -1, exception)
    return out.set(UNDETERMINED, 'action-not-parsed', narrow >= 0 ? narrow : this.first(true, every), -1)
  }

  /** The most specific matched rule, of conduits or of exceptions, that `wanted` accepts; -1 = none. */
  private first(exceptions: boolean, wanted: (rule: Rule, bit: number) => boolean, bit = 0): number {
    let found = -1
    for (let i = 0; i < this.matches; i++) {
      const index = this.matched[i]
      if (found >= 0 && index >= found) continue
      const rule = this.rules[index]
      if (rule.exception >= 0 === exceptions && wanted(rule, bit)) found = index
    }
    return found
  }

  /** Not covered: names the nearest rule and what failed, unless the flow may belong to an unseen parent. */
  private miss(q: Question, d: Draft): number {
    const reply = isIcmp(q) ? icmpRequestOf(q.version, q.icmpType) : -1
    this.turned = reply >= 0
    const opener = reply < 0 ? this.orig : this.resp
    const responder = reply < 0 ? this.resp : this.orig
    const icmpType = reply < 0 ? q.icmpType : reply
    const ahead = this.pairs.get(opener.zone, responder.zone)
    const back = this.pairs.get(responder.zone, opener.zone)
    if (this.announced(q, d, ahead, back)) return d.verdict
    conclude(d, UNSANCTIONED)
    this.best = Number.POSITIVE_INFINITY
    this.bestEntry = -1
    this.bestUncovered = 0
    this.nearest(q, ahead, opener, responder, opener.port, responder.port, icmpType, 0)
    this.nearest(q, back, responder, opener, opener.port, responder.port, icmpType, FAIL.direction)
    this.nearest(q, back, responder, opener, responder.port, opener.port, icmpType, FAIL.direction)
    if (q.application !== '' && this.best > weightOf(FAIL.service)) {
      // declared for this port, and something else was recognised there
      const declared = ahead.atService(q.proto, responder.port, '')
      this.compare(q, declared, opener, responder, opener.port, FAIL.service)
      d.mismatch = this.best === weightOf(FAIL.service) ? 1 : 0
    }
    if (this.best > weightOf(FAIL.service) || this.trace !== null) {
      this.compare(q, ahead.entries, opener, responder, opener.port, FAIL.service)
      this.compare(q, back.entries, responder, opener, opener.port, FAIL.service | FAIL.direction)
    }
    if (this.bestEntry < 0) {
      d.failed = FAIL.noConduit
      return UNSANCTIONED
    }
    const rule = this.rules[this.bestEntry >> 1]
    d.nearestConduit = rule.conduit
    d.nearestChannel = rule.channel
    d.nearestException = rule.exception
    d.failed = this.best & 0x7f
    return UNSANCTIONED
  }

  private nearest(
    q: Question,
    pair: PairRules,
    opener: End,
    responder: End,
    openerPort: number,
    port: number,
    icmpType: number,
    failed: number,
  ): void {
    if (pair.entries.length === 0) return
    if (q.version !== 0) {
      const direct = isIcmp(q) ? pair.atIcmp(q.version, icmpType) : pair.atPort(q.proto, port)
      this.compare(q, direct, opener, responder, openerPort, failed)
      this.compare(q, pair.atProtocol(q.proto), opener, responder, openerPort, failed)
    }
    this.compare(q, pair.atService(q.proto, port, q.application), opener, responder, openerPort, failed)
    this.compare(q, pair.atEthertype(ethertypeOf(q)), opener, responder, openerPort, failed)
  }

  private compare(
    q: Question,
    entries: Entries,
    opener: End,
    responder: End,
    openerPort: number,
    base: number,
  ): void {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]
      let failed = base | this.hold(q, entry, opener, responder, openerPort)
      const uncovered = uncoveredDeeds(this.rules[entry >> 1], q)
      if (uncovered > 0) failed |= FAIL.action
      if (this.trace !== null) this.note(entry, ((base & FAIL.direction) !== 0) !== this.turned, failed)
      const weight = weightOf(failed)
      const isNearer =
        weight !== this.best
          ? weight < this.best
          : uncovered !== this.bestUncovered
            ? uncovered < this.bestUncovered
            : entry < this.bestEntry
      if (isNearer) {
        this.best = weight
        this.bestEntry = entry
        this.bestUncovered = uncovered
      }
      // the list is ordered and nothing in it can fail less than its base
      if (this.trace === null && failed === base) return
    }
  }

  /** A port that a service announces for related conversations, and no parent seen: no judgement is possible. */
  private announced(q: Question, d: Draft, ahead: PairRules, back: PairRules): boolean {
    if (q.parentJudgement >= 0 || this.group || q.version === 0) return false
    const kind = q.proto === TCP ? 'tcp' : q.proto === UDP ? 'udp' : q.proto === SCTP ? 'sctp' : ''
    if (kind === '') return false
    const firm = q.direction === 'handshake' || q.direction === 'request'
    const { orig, resp } = this
    let found = -1
    for (let way = 0; way < 2; way++) {
      const entries = way === 0 ? ahead.dynamic : back.dynamic
      for (let i = 0; i < entries.length; i++) {
        const rule = this.rules[entries[i] >> 1]
        if (!rule.dynamicKinds.has(kind)) continue
        // what was recognised is none of what is announced
        if (q.application !== '' && !rule.announcers.has(q.application)) continue
        if (!inPorts(rule.dynamic, resp.port) && (firm || !inPorts(rule.dynamic, orig.port))) continue
        const failed =
          way === 0 ? this.hold(q, entries[i], orig, resp, 0) : this.hold(q, entries[i], resp, orig, 0)
        if ((failed & ~FAIL.service) === 0 && (found < 0 || entries[i] < found)) found = entries[i]
      }
    }
    if (found < 0) return false
    conclude(d, UNDETERMINED, 'parent-not-seen')
    this.citeRule(d, this.rules[found >> 1])
    return true
  }

  /** A conversation that another one announced takes over that one's verdict, between the same zones. */
  private inherit(q: Question, d: Draft): void {
    if (d.verdict !== UNSANCTIONED && d.verdict !== UNDETERMINED) return
    const parent = this.parts.judgement(q.parentJudgement)
    const same = parent.origZone === d.origZone && parent.respZone === d.respZone
    const turned = parent.origZone === d.respZone && parent.respZone === d.origZone
    if (d.origZone < 0 || d.respZone < 0 || (!same && !turned)) return
    const { conduit, channel, exception } = parent
    if (conduit >= 0 && !this.model.conduits[conduit].channels[channel].related) return
    if (exception >= 0 && !this.model.exceptions[exception].channel.related) return
    // the channel is inherited, not the verdict: what that covers of what may be done holds here, too
    const rule = this.ruleOf(conduit, channel, exception)
    if (rule !== undefined && uncoveredDeeds(rule, q) > 0) return
    const isOpaque = q.opaque || q.payload === 'opaque'
    if (rule?.restricted && isOpaque && rule.model.opaque !== 'accept') return
    const verdict =
      parent.verdict === 'sanctioned' ? SANCTIONED : parent.verdict === 'exception' ? EXCEPTION : UNDETERMINED
    if (verdict === UNDETERMINED && parent.verdict !== 'undetermined') return
    d.uncite()
    d.conduit = conduit
    d.channel = channel
    d.exception = exception
    d.inferred = parent.inferred ? 1 : 0
    conclude(d, verdict, verdict === UNDETERMINED ? (parent.reason as ReasonName | undefined) : 'related')
  }

  private ruleOf(conduit: number, channel: number, exception: number): Rule | undefined {
    return this.rules.find(
      exception >= 0
        ? rule => rule.exception === exception
        : rule => rule.conduit === conduit && rule.channel === channel,
    )
  }

  private note(entry: number, reversed: boolean, failed: number): void {
    const known = this.trace!.find(tried => tried.rule === entry >> 1 && tried.reversed === reversed)
    if (known === undefined) this.trace!.push({ rule: entry >> 1, reversed, failed })
    else if (weightOf(failed) < weightOf(known.failed) || known.failed === 0) known.failed = failed
  }
}

function conclude(d: Draft, verdict: number, reason?: ReasonName): number {
  d.verdict = verdict
  d.reason = reason === undefined ? 0 : reasonCode(reason)
  return verdict
}

/** Fewest failed dimensions first; among as many, the ones nearest to a match. */
function weightOf(failed: number): number {
  let count = 0
  for (let bits = failed; bits !== 0; bits &= bits - 1) count++
  return count * 128 + failed
}

function accepts(rule: Rule): boolean {
  return !rule.restricted || rule.model.opaque === 'accept'
}

function unrestricted(rule: Rule): boolean {
  return !rule.restricted
}

function every(): boolean {
  return true
}
