import type { Announcement } from '../decode/announce.ts'
import type { AddressConflict } from '../finding/facts.ts'
import type { Binding, Neighbours } from '../flow/neighbours.ts'
import { type Ends, newEnds, readEnds, timeText } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { formatAddress, formatMac } from '../net/address.ts'
import type { Adoption } from '../policy/adoption.ts'
import { exceptionOf } from '../policy/citation.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import { type Judgement, Question, VERDICTS } from '../policy/question.ts'
import { isSharedAddress, ownMacs } from '../policy/shared.ts'
import type { Asked } from './answers.ts'
import type { Applications } from './applications.ts'
import { isAnnouncedBy } from './related.ts'
import { flowContext, type Whereabouts } from './whereabouts.ts'

interface VerdictOptions {
  policy: CompiledPolicy | undefined
  ports: readonly { capture: string }[]
  /** what was recognised in payloads, and what it does */
  applications: Pick<Applications, 'fill'>
  /** told of rows that were judged for the first time or otherwise than before */
  onNews?: ((row: number) => void) | undefined
}

const UNJUDGED = 0
/** what `zoneOf` answers where the context does not tell */
const UNKNOWN_ZONE = -2

/** Asks the policy about rows and turns rows into records: the place where flows get their verdicts. */
export class Verdicts {
  private readonly table: FlowTable
  private readonly whereabouts: Whereabouts
  private readonly neighbours: Neighbours
  private readonly ports: VerdictOptions['ports']
  private readonly applications: VerdictOptions['applications']
  private readonly onNews: VerdictOptions['onNews']
  private policy: CompiledPolicy | undefined
  private readonly question = new Question()
  private readonly ends: Ends = newEnds()
  private readonly parents = new Map<number, Asked>()
  /** by row: exceptions that covered the flow once and do no longer */
  private readonly exceptionsUsed = new Map<number, Set<string>>()
  /** rank of each judgement's verdict, by index */
  private ranks: number[] = []
  /**
   * For the short way: `window[2]` is the number of the schedules and exceptions in force for window[1] seconds (unsigned)
   * from window[0] on
   */
  readonly window = new Int32Array(OFF_HEAP)

  constructor(table: FlowTable, whereabouts: Whereabouts, neighbours: Neighbours, options: VerdictOptions) {
    this.table = table
    this.whereabouts = whereabouts
    this.neighbours = neighbours
    this.ports = options.ports
    this.applications = options.applications
    this.onNews = options.onNews
    this.setPolicy(options.policy)
  }

  private setPolicy(policy: CompiledPolicy | undefined): void {
    this.policy = policy
    this.ranks = []
    // without a policy nothing is ever due
    this.window.set([0, policy === undefined ? LATEST : 0, 0])
  }

  /** Another policy judges from now on; every row's judgements are then to be taken over by `adopt`. */
  reload(policy: CompiledPolicy | undefined): void {
    this.setPolicy(policy)
  }

  /** Takes over what the policy before made of a row, to be judged again when next it is due. Whether there was one. */
  adopt(row: number, adoption: Adoption | undefined): boolean {
    const { hot, cold } = this.table
    const h = row * R.HOT_WORDS
    const worst = row * R.COLD_WORDS + R.WORST
    hot[h + R.EPOCH] = this.policy === undefined ? 0 : -1
    hot[h + R.JUDGEMENT] = adoption === undefined ? -1 : adoption.of(hot[h + R.JUDGEMENT])
    cold[worst] = adoption === undefined || cold[worst] < 0 ? -1 : adoption.of(cold[worst])
    return adoption !== undefined
  }

  /** The requests that conversations in the table answer. */
  requests(): Iterable<Asked> {
    return this.parents.values()
  }

  /** True when the schedules or exceptions in force have changed since the row was judged, or its direction has. */
  isDue(row: number, seconds: number): boolean {
    if (this.policy === undefined) return false
    return this.table.hot[row * R.HOT_WORDS + R.EPOCH] !== this.epochAt(seconds)
  }

  /** Number of the set of schedules and exceptions in force; always the same without a policy. */
  epochAt(seconds: number): number {
    const { policy, window } = this
    if (policy === undefined) return 0
    if ((seconds - window[0]) >>> 0 < window[1] >>> 0) return window[2]
    window[2] = policy.epochOf(seconds)
    window[0] = Math.max(0, policy.epochFrom)
    window[1] = Math.min(LATEST, policy.epochUntil) - (window[0] >>> 0)
    return window[2]
  }

  /** Judges a row as seen in `place` at `seconds`. A group's judgement is the worst of all places it was seen in. */
  judge(row: number, place: number, seconds: number): void {
    const { hot, cold } = this.table
    const h = row * R.HOT_WORDS
    const c = row * R.COLD_WORDS
    const before = hot[h + R.JUDGEMENT]
    if (this.policy === undefined) {
      hot[h + R.JUDGEMENT] = UNJUDGED
      if (before < 0) this.onNews?.(row)
      return
    }
    const epoch = this.epochAt(seconds)
    const sameEpoch = hot[h + R.EPOCH] === epoch
    let answer = this.policy.judge(this.ask(row, place, seconds))
    hot[h + R.EPOCH] = epoch
    if ((hot[h + R.STATE] & R.GROUP) !== 0 && before >= 0) {
      if (sameEpoch) {
        if (this.rank(before) >= this.rank(answer)) return
      } else answer = this.worstPlace(row, answer, seconds)
    }
    hot[h + R.JUDGEMENT] = answer
    if (before < 0) this.onNews?.(row)
    else if (before !== answer)
      this.changed(row, this.policy.judgement(before), this.policy.judgement(answer))
    const worst = cold[c + R.WORST]
    const isAsBad = worst >= 0 && this.rank(answer) === this.rank(worst)
    // what a policy before has judged gives way to what this one says, unless it was worse
    if (worst < 0 || this.rank(answer) > this.rank(worst) || (isAsBad && this.isKept(worst)))
      cold[c + R.WORST] = answer
    if (this.rank(answer) > KEEP_RANK) hot[h + R.STATE] |= R.KEEP
  }

  private changed(row: number, before: Judgement, now: Judgement): void {
    this.rememberException(row, before, now)
    if (before.verdict !== now.verdict) this.table.cold[row * R.COLD_WORDS + R.CHANGES]++
    // findings are told apart by their reasons
    else if (before.reason === now.reason || VERDICTS.indexOf(now.verdict) <= KEEP_RANK) return
    this.onNews?.(row)
  }

  /**
   * A handshake told who opened the flow in `row`. What was judged of the other end as opener is void, and so is that nobody
   * could tell; everything else stays the worst there was.
   */
  openerProved(row: number, isTurned: boolean): void {
    const { cold } = this.table
    const c = row * R.COLD_WORDS
    if (isTurned) this.onNews?.(row)
    if (this.policy === undefined || cold[c + R.WORST] < 0) return
    const { verdict, reason } = this.policy.judgement(cold[c + R.WORST])
    if (isTurned || (verdict === 'undetermined' && reason === 'direction')) cold[c + R.WORST] = -1
  }

  /**
   * The application of a flow was recognised. What was held against it until then only because its port stands for something
   * else is void.
   */
  recognised(row: number): void {
    const at = row * R.COLD_WORDS + R.WORST
    const worst = this.table.cold[at]
    if (this.policy === undefined || worst < 0) return
    const { failed, mismatch } = this.policy.judgement(worst)
    if (failed.length === 1 && failed[0] === 'service' && mismatch !== true) this.table.cold[at] = -1
  }

  /** An exception that covered a flow until now was used, whatever covers it from here on. */
  private rememberException(row: number, before: Judgement, now: Judgement): void {
    const { model } = this.policy!
    const exception = exceptionOf(before, model)
    if (exception === undefined || exception === exceptionOf(now, model)) return
    const used = this.exceptionsUsed.get(row)
    if (used === undefined) this.exceptionsUsed.set(row, new Set([exception]))
    else used.add(exception)
  }

  /** The worst of `answer` and what holds in all places a group's flow was seen in. */
  private worstPlace(row: number, answer: number, seconds: number): number {
    let worst = answer
    const first = this.table.cold[row * R.COLD_WORDS + R.FIRST_PLACE]
    for (const place of [first, ...this.whereabouts.otherPlaces(this.table, row)]) {
      const other = this.policy!.judge(this.ask(row, place, seconds))
      if (this.rank(other) > this.rank(worst)) worst = other
    }
    return worst
  }

  /** True where the policy places the ends of a row in `context` as it does in the row's own: they are the same machines. */
  placesAlike(row: number, context: number): boolean {
    const policy = this.policy
    if (policy === undefined) return false
    if ((this.table.hot[row * R.HOT_WORDS + R.STATE] & R.GROUP) !== 0) return false
    const own = this.table.hot[row * R.HOT_WORDS + R.CONTEXT]
    const ends = this.ends
    readEnds(this.table, row, ends)
    const { version } = ends
    if (version === 0) return false
    return [ends.orig, ends.resp].every(words => {
      const zone = policy.zoneOf(version, words, flowContext(own))
      return zone !== UNKNOWN_ZONE && zone === policy.zoneOf(version, words, flowContext(context))
    })
  }

  /** Rank of the worst verdict a row was given, below RANKS; 0 = it was given none. */
  worstRank(row: number): number {
    const worst = this.table.cold[row * R.COLD_WORDS + R.WORST]
    return this.policy === undefined || worst < 0 ? 0 : this.rank(worst)
  }

  /** Whether findings need a row's record: it is one, or its records before may have been. */
  isNoted(row: number): boolean {
    if (this.policy === undefined) return false
    const { hot, cold } = this.table
    const wasKept = (hot[row * R.HOT_WORDS + R.STATE] & R.KEEP) !== 0
    return (wasKept && cold[row * R.COLD_WORDS + R.RECORDS] > 0) || this.worstRank(row) >= FINDING_RANK
  }

  /** Whether the judgement that holds rests on a direction read from ports. */
  isInferred(row: number): boolean {
    return this.policy?.judgement(this.table.hot[row * R.HOT_WORDS + R.JUDGEMENT]).inferred === true
  }

  /** Exceptions that covered a row's flow once and do no longer. */
  formerExceptions(row: number): string[] | undefined {
    if (this.exceptionsUsed.size === 0) return undefined
    const used = this.exceptionsUsed.get(row)
    return used === undefined ? undefined : [...used]
  }

  private isKept(judgement: number): boolean {
    return this.policy!.judgement(judgement).kept !== undefined
  }

  private rank(judgement: number): number {
    const known = this.ranks[judgement]
    if (known !== undefined) return known
    const rank = VERDICTS.indexOf(this.policy!.judgement(judgement).verdict)
    this.ranks[judgement] = rank
    return rank
  }

  private ask(row: number, place: number, seconds: number): Question {
    const q = this.question
    const ends = this.ends
    readEnds(this.table, row, ends)
    q.version = ends.version
    for (let i = 0; i < 4; i++) {
      q.orig[i] = ends.orig[i]
      q.resp[i] = ends.resp[i]
    }
    q.origMacHigh = ends.origMacHigh
    q.origMacLow = ends.origMacLow
    q.respMacHigh = ends.respMacHigh
    q.respMacLow = ends.respMacLow
    const domain = this.whereabouts.domainOf(place)
    q.origMacBound = this.isBound(domain, ends.version, ends.orig, ends.origMacHigh, ends.origMacLow)
    q.respMacBound = this.isBound(domain, ends.version, ends.resp, ends.respMacHigh, ends.respMacLow)
    q.proto = ends.version === 0 ? -1 : ends.proto
    q.ethertype = ends.version === 0 && !ends.llc ? ends.proto : 0
    q.origPort = ends.origPort
    q.respPort = ends.respPort
    q.icmpType = ends.icmpType
    q.icmpCode = ends.icmpCode
    const where = this.whereabouts.at(place)
    q.vlanCount = this.whereabouts.fillVlans(where.vlans, q.vlans)
    q.vni = where.vni
    q.tap = where.declaredTap
    q.direction = ends.direction
    q.seconds = seconds
    this.applications.fill(row, q)
    const parent = this.parents.size === 0 ? undefined : this.parents.get(row)
    const isRelated =
      parent !== undefined && (parent.by === undefined || isAnnouncedBy(parent.by, q.application))
    q.parentJudgement = isRelated ? parent.judgement : -1
    return q
  }

  /** Numbers of the deeds of a row, as `Applications.fill` has them, that nothing declared covers. */
  offending(row: number): number[] {
    const { hot } = this.table
    const h = row * R.HOT_WORDS
    return this.policy?.offending(this.ask(row, hot[h + R.PLACE], hot[h + R.LAST_SECONDS])) ?? []
  }

  /** Whether ARP, ND or DHCP bound an address to a MAC in a broadcast domain. */
  isBound(domain: number, version: 0 | 4 | 6, words: Uint32Array, macHigh: number, macLow: number): boolean {
    if (version === 0) return false
    const bound = this.neighbours.of(domain, version, words, 0)
    return bound !== undefined && bound.macHigh === macHigh && bound.macLow >>> 0 === macLow
  }

  /** The conversation in `row` answers a request that another flow sent to a group. */
  setParent(row: number, asked: Asked): void {
    this.parents.set(row, asked)
  }

  /** Id of the flow whose request the conversation in `row` answers. */
  parentOf(row: number): string | undefined {
    return this.parents.size === 0 ? undefined : this.parents.get(row)?.flowId
  }

  forget(row: number): void {
    if (this.parents.size > 0) this.parents.delete(row)
    if (this.exceptionsUsed.size > 0) this.exceptionsUsed.delete(row)
  }

  /** ARP, ND or DHCP announced another binding: the MAC may contradict the address, or machines take turns at it. */
  bindingChanged(
    announcement: Announcement,
    place: number,
    seconds: number,
    nanos: number,
    frame: number,
    port: number,
  ): AddressConflict[] {
    const policy = this.policy
    if (policy === undefined) return []
    const words = Uint32Array.from(announcement.words)
    if (announcement.version === 4) words.fill(0, 0, 3)
    const context = this.whereabouts.contextOf(place)
    const disagreement = policy.macDisagrees(
      announcement.version,
      words,
      context,
      announcement.macHigh,
      announcement.macLow >>> 0,
    )
    const domain = this.whereabouts.domainOf(place)
    const turns = this.neighbours.turns(domain, announcement.version, words, 0, seconds)
    if (disagreement === undefined && turns.length === 0) return []
    const conflicts: AddressConflict[] = []
    const { zones } = policy.model
    const [w0, w1, w2, w3] = words
    const asset = policy.assetOf(announcement.version, words, context)
    const zone = policy.zoneOf(announcement.version, words, context)
    const conflict = {
      address: formatAddress(announcement.version, w0, w1, w2, w3),
      ...(zone < 0 ? {} : { zone: zones[zone].id }),
      ...(asset < 0 ? {} : { asset: policy.model.assets[asset].id }),
      at: timeText(seconds, nanos),
      atSeconds: seconds,
      evidence: { capture: this.ports[port].capture, frame },
    }
    if (disagreement !== undefined) {
      conflicts.push({
        ...conflict,
        macs: [formatMac(announcement.macHigh, announcement.macLow >>> 0)],
        zone: zones[disagreement.addressZone].id,
        macZone: zones[disagreement.macZone].id,
      })
    }
    const own = ownMacs(policy.model, turns)
    if (own.length < 2 || isSharedAddress(policy.model, announcement.version, words)) return conflicts
    // one machine may have several interfaces; the policy says so
    const isAsset = (mac: Binding) => policy.assetOfMac(mac.macHigh, mac.macLow >>> 0, context) === asset
    if (asset >= 0 && own.every(isAsset)) return conflicts
    conflicts.push({
      ...conflict,
      macs: own.map(({ macHigh, macLow }) => formatMac(macHigh, macLow >>> 0)),
    })
    return conflicts
  }
}

/** words of an array that lies outside the heap, where compiled code knows its address */
const OFF_HEAP = 32
/** the last second that capture files can tell, 2106 */
const LATEST = 2 ** 32 - 1

/** Rows judged worse than this are evicted last: a finding rests on them. */
const KEEP_RANK = VERDICTS.indexOf('exception')
/** Flows whose worst verdict is none less than this are findings. */
const FINDING_RANK = VERDICTS.indexOf('unzoned')
/** More than there are verdicts. */
export const RANKS = 8
