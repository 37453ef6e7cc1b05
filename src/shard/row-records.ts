import * as D from '../app/deeds.ts'
import type { FlowFacts, Mismatch, NotedFacts, Offence } from '../finding/facts.ts'
import { type Ends, flowRecord, newEnds, notedRecord, readEnds, timeText } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { actionsOf } from '../net/actions.ts'
import { SERVICES, serviceOfEthertype, serviceOfPort } from '../net/ports.ts'
import { citation, nearestOf } from '../policy/citation.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Judgement } from '../policy/question.ts'
import type { EndReason, ServiceHow } from '../records.ts'
import { actionParts, appParts, deedText } from './app-records.ts'
import type { Applications } from './applications.ts'
import type { Verdicts } from './verdicts.ts'
import type { Whereabouts } from './whereabouts.ts'

interface RecordOptions {
  applications: Applications
  policy: CompiledPolicy | undefined
  ports: readonly { capture: string }[]
}

/** what carries other applications */
const WRAPPERS = new Set(['tls', 'dtls', 'http'])

const KINDS: Readonly<Record<number, 'tcp' | 'udp' | 'sctp'>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' }

/** Turns rows into records: what they hold, and what the policy made of it in its own words. */
export class RowRecords {
  private readonly table: FlowTable
  private readonly whereabouts: Whereabouts
  private readonly verdicts: Verdicts
  private readonly ports: RecordOptions['ports']
  private readonly applications: Applications
  private policy: CompiledPolicy | undefined
  private readonly ends: Ends = newEnds()
  private readonly declaredServices = new Map<number, string>()
  /** near misses by judgement: many flows have the same */
  private nearest: ReturnType<typeof nearestOf>[] = []

  constructor(table: FlowTable, whereabouts: Whereabouts, verdicts: Verdicts, options: RecordOptions) {
    this.table = table
    this.whereabouts = whereabouts
    this.verdicts = verdicts
    this.ports = options.ports
    this.applications = options.applications
    this.reload(options.policy)
  }

  /** Names are those of this policy from now on. */
  reload(policy: CompiledPolicy | undefined): void {
    this.policy = policy
    this.nearest = []
    this.declaredServices.clear()
    for (const service of policy?.model.services ?? []) {
      if (service.builtIn) continue
      for (const transport of service.transports) {
        if (transport.kind !== 'tcp' && transport.kind !== 'udp' && transport.kind !== 'sctp') continue
        const proto = transport.kind === 'tcp' ? 6 : transport.kind === 'udp' ? 17 : 132
        for (const { first, last } of transport.ports) {
          if (last - first > 1024) continue
          for (let port = first; port <= last; port++)
            this.declaredServices.set((proto << 16) | port, service.id)
        }
      }
    }
  }

  /** The row as a record, and what stands beside it; `final` records end it, others are interim. */
  record(row: number, final: boolean, endReason: EndReason | undefined): FlowFacts {
    const { policy, ends, verdicts } = this
    const { hot, cold } = this.table
    const c = row * R.COLD_WORDS
    readEnds(this.table, row, ends)
    const judgement = policy?.judgement(hot[row * R.HOT_WORDS + R.JUDGEMENT])
    const worst = policy?.judgement(cold[c + R.WORST])
    const place = cold[c + R.FIRST_PLACE]
    const conversation = this.applications.of(row)
    const service = this.serviceOf(row, ends)
    const record = flowRecord(this.table, row, ends, {
      final,
      endReason,
      ...this.whereabouts.contextsOf(this.table, row),
      ...(policy === undefined ? {} : this.zonesOf(judgement!, ends, place)),
      service,
      serviceHow: this.howOf(row, ends, service),
      ...(conversation === undefined || conversation.isPresumed ? {} : appParts(conversation, service ?? '')),
      parent: verdicts.parentOf(row),
      tunnelParent: this.whereabouts.at(place).tunnel,
      verdict: judgement?.verdict ?? 'unjudged',
      worstVerdict: worst?.verdict ?? 'unjudged',
      ...(policy === undefined ? {} : citation(judgement!, policy.model)),
    })
    const domain = this.whereabouts.domainOf(place)
    const facts: FlowFacts = {
      record,
      evidence: this.evidenceOf(row),
      startSeconds: cold[c + R.FIRST_SECONDS] >>> 0,
      endSeconds: hot[row * R.HOT_WORDS + R.LAST_SECONDS] >>> 0,
      respSlT: this.respSlT(worst),
      respIsGroup: (hot[row * R.HOT_WORDS + R.STATE] & R.GROUP) !== 0,
    }
    const { version, orig, origMacHigh, origMacLow, resp, respMacHigh, respMacLow } = ends
    if (record.orig_mac !== undefined && verdicts.isBound(domain, version, orig, origMacHigh, origMacLow))
      facts.origBound = record.orig_mac
    if (record.resp_mac !== undefined && verdicts.isBound(domain, version, resp, respMacHigh, respMacLow))
      facts.respBound = record.resp_mac
    const former = final ? verdicts.formerExceptions(row) : undefined
    if (former !== undefined) facts.formerExceptions = former
    if (worst !== undefined && worst.failed.length > 0)
      facts.nearest = this.nearestOf(cold[c + R.WORST], worst)
    const offences = this.offencesOf(row, worst)
    if (offences !== undefined) facts.offences = offences
    const mismatch = this.mismatchOf(row, ends, worst)
    if (mismatch !== undefined) facts.mismatch = mismatch
    return facts
  }

  /** What findings need of a row's record, which `record` has too. There is a policy, or there would be no need. */
  noted(row: number, final: boolean): NotedFacts {
    const { ends } = this
    const { hot, cold } = this.table
    const h = row * R.HOT_WORDS
    const c = row * R.COLD_WORDS
    const policy = this.policy!
    readEnds(this.table, row, ends)
    const judgement = policy.judgement(hot[h + R.JUDGEMENT])
    const worst: Judgement | undefined = policy.judgement(cold[c + R.WORST])
    const zones = this.zonesOf(judgement, ends, cold[c + R.FIRST_PLACE])
    const conversation = this.applications.of(row)
    const service = this.serviceOf(row, ends)
    return {
      record: notedRecord(this.table, row, ends, {
        final,
        origZone: zones.origZone,
        respZone: zones.respZone,
        origAsset: zones.origAsset,
        respAsset: zones.respAsset,
        nat: zones.nat,
        service,
        serviceHow: this.howOf(row, ends, service),
        actions:
          conversation === undefined || conversation.isPresumed
            ? undefined
            : actionParts(conversation, service ?? ''),
        verdict: judgement.verdict,
        worstVerdict: worst?.verdict ?? 'unjudged',
        reason: judgement.reason,
        policyId: judgement.kept?.policyId ?? policy.model.policyId,
      }),
      evidence: this.evidenceOf(row),
      startSeconds: cold[c + R.FIRST_SECONDS] >>> 0,
      endSeconds: hot[h + R.LAST_SECONDS] >>> 0,
      respSlT: this.respSlT(worst),
      nearest:
        worst === undefined || worst.failed.length === 0
          ? undefined
          : this.nearestOf(cold[c + R.WORST], worst),
      offences: this.offencesOf(row, worst),
      mismatch: this.mismatchOf(row, ends, worst),
      respIsGroup: (hot[h + R.STATE] & R.GROUP) !== 0,
    }
  }

  /** Service at a responder's port of an IP protocol. */
  serviceAt(proto: number, port: number): string | undefined {
    const kind = KINDS[proto]
    if (kind === undefined) return undefined
    return this.declaredServices.get((proto << 16) | port) ?? serviceOfPort(kind, port)
  }

  /** Place + 1 in the table of services of what a row was recognised as, where that is what its record is to say; 0 = it is not. */
  recognised(row: number, proto: number, port: number): number {
    const number = this.applications.numberOf(row)
    if (number === 0 || number === R.APP_OTHER) return 0
    // what everything may travel in says less than the site's own name for the port
    const isWrapper = WRAPPERS.has(SERVICES[number - 1].id)
    return isWrapper && this.declaredServices.has((proto << 16) | port) ? 0 : number
  }

  /** Whether a row is known not to be what its port stands for. */
  isOther(row: number): boolean {
    return this.applications.numberOf(row) === R.APP_OTHER
  }

  private howOf(row: number, ends: Ends, service: string | undefined): ServiceHow | undefined {
    if (service === undefined) return undefined
    const conversation = this.applications.of(row)
    if (conversation !== undefined && !conversation.isPresumed && conversation.pdus > 0) return 'parsed'
    return ends.version === 0 || this.recognised(row, ends.proto, ends.respPort) > 0 ? 'structure' : 'port'
  }

  /** What of a row's doings nothing declared covers, where that is why it is unsanctioned. */
  private offencesOf(row: number, worst: Judgement | undefined): Offence[] | undefined {
    if (worst === undefined || !worst.failed.includes('action')) return undefined
    const conversation = this.applications.of(row)
    if (conversation === undefined) return undefined
    const { words } = conversation.deeds
    const offences = this.verdicts.offending(row).map(i => {
      const at = i * D.DEED_WORDS
      return {
        actions: actionsOf(words[at + D.ACTIONS]),
        text: deedText(conversation, i),
        count: words[at + D.TIMES],
        refused: words[at + D.REFUSED],
        capture: this.ports[words[at + D.PORT]].capture,
        frame: words[at + D.FRAME] >>> 0,
        time: timeText(words[at + D.SECONDS], words[at + D.NANOS]),
        seconds: words[at + D.SECONDS] >>> 0,
        nanos: words[at + D.NANOS],
      }
    })
    return offences.sort((a, b) => a.seconds - b.seconds || a.nanos - b.nanos || a.frame - b.frame)
  }

  private mismatchOf(row: number, ends: Ends, worst: Judgement | undefined): Mismatch | undefined {
    if (worst?.mismatch !== true) return undefined
    const found = this.applications.serviceOf(row)
    const declared = this.serviceAt(ends.proto, ends.respPort) ?? ''
    return { declared, found: found === '?' ? '' : found }
  }

  private serviceOf(row: number, ends: Ends): string | undefined {
    const number = this.recognised(row, ends.version === 0 ? 0 : ends.proto, ends.respPort)
    if (number > 0) return SERVICES[number - 1].id
    if (this.isOther(row)) return undefined
    if (ends.version === 0) return ends.llc ? undefined : serviceOfEthertype(ends.proto)
    return this.serviceAt(ends.proto, ends.respPort)
  }

  private evidenceOf(row: number): FlowFacts['evidence'] {
    const { cold } = this.table
    const c = row * R.COLD_WORDS
    return {
      capture: this.ports[cold[c + R.FIRST_PORT] & R.FIRST_PORT_MASK].capture,
      frame: cold[c + R.FIRST_FRAME] >>> 0,
    }
  }

  private respSlT(worst: Judgement | undefined): number {
    if (worst === undefined || worst.respZone < 0) return 0
    return this.policy!.model.zones[worst.respZone].slT?.level ?? 0
  }

  private nearestOf(index: number, judgement: Judgement): ReturnType<typeof nearestOf> {
    this.nearest[index] ??= nearestOf(judgement, this.policy!.model)
    return this.nearest[index]
  }

  /** Zone and asset ids of both ends, and the address translation that stood between. */
  private zonesOf(judgement: Judgement, ends: Ends, place: number) {
    const { model } = this.policy!
    const context = this.whereabouts.contextOf(place)
    const nat = judgement.natAsset < 0 ? undefined : model.assets[judgement.natAsset].nat[judgement.natEntry]
    return {
      origZone: judgement.origZone < 0 ? undefined : model.zones[judgement.origZone].id,
      respZone: judgement.respZone < 0 ? undefined : model.zones[judgement.respZone].id,
      origAsset: this.assetOf(ends.version, ends.orig, ends.origMacHigh, ends.origMacLow, context),
      respAsset: this.assetOf(ends.version, ends.resp, ends.respMacHigh, ends.respMacLow, context),
      nat:
        nat === undefined
          ? undefined
          : nat.masquerade !== undefined
            ? { outside: nat.masquerade.text, inside: nat.hides.map(zone => model.zones[zone].id).join(',') }
            : { outside: nat.outside!.text, inside: nat.inside!.text },
    }
  }

  private assetOf(
    version: 0 | 4 | 6,
    words: Uint32Array,
    macHigh: number,
    macLow: number,
    context: number,
  ): string | undefined {
    const policy = this.policy!
    const index =
      version === 0 ? policy.assetOfMac(macHigh, macLow, context) : policy.assetOf(version, words, context)
    return index < 0 ? undefined : policy.model.assets[index].id
  }
}
