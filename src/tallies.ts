import type { FlowFacts } from './finding/facts.ts'
import { serviceLabel } from './finding/kinds.ts'
import type { FlowRecord, VerdictName } from './records.ts'

/**
 * Names kept in each partition of the flow table, to find the largest; what comes beyond is left out of those two lists
 * only. The bounds are a partition's because within one records always come in the same order, whereas which partitions
 * a thread holds depends on how many threads there are.
 *
 * An address with one peer lies in one partition, one with very many peers in all sixteen: the bound is between 8,192
 * and 131,072 addresses (some 15 MB) in all. A scan fills the partition of its two ends with ports; 4,096 leave it a
 * view of them, and the others all of theirs. Recognised services are few and always kept.
 */
const MOST_TALKERS = 8_192
const MOST_SERVICES = 4_096

type Name = string | undefined

/** What records say besides who, when and how much, and how often. Records that say the same are one case. */
export interface Case {
  type: FlowRecord['type']
  worst: VerdictName
  /** flows whose worst verdict still stands */
  reason: Name
  origZone: Name
  respZone: Name
  conduit: Name
  channel: Name
  exception: Name
  /** final records; 0 where there were but interim ones */
  ended: number
}

/** Flows and bytes by name, as columns. */
export interface TotalsState {
  names: string[]
  flows: number[]
  bytes: number[]
}

/** All that was tallied, as a value that may travel between threads. */
export interface TallyState {
  cases: Case[]
  evicted: number
  inferred: number
  /** flows with frames cut by the mirror */
  cut: number
  /** flows that an exception covered for a while, and something else in the end */
  formerExceptions: Map<string, number>
  services: TotalsState
  talkers: TotalsState
}

export interface TallyOptions {
  /** services and talkers kept in each partition */
  mostServices?: number
  mostTalkers?: number
}

/**
 * Adds up records. A flow counts once, by its final record; interim ones only show that a channel is used. Each thread
 * may keep its own: however the partitions are spread over them, what they come to together is the same.
 */
export class Tallies {
  private readonly mostServices: number
  private readonly mostTalkers: number
  private readonly cases = new Cases()
  private evicted = 0
  private inferred = 0
  private cut = 0
  private readonly formerExceptions = new Map<string, number>()
  private readonly services = new Totals()
  private readonly talkers = new Totals()

  constructor(options: TallyOptions = {}) {
    this.mostServices = options.mostServices ?? MOST_SERVICES
    this.mostTalkers = options.mostTalkers ?? MOST_TALKERS
  }

  /** Takes in one record, interim or final, of a flow in that partition of the table (0..31; a tunnel's: any). */
  flow({ record, formerExceptions }: FlowFacts, partition = 0): void {
    const { type, worst_verdict, exception } = record
    for (const former of formerExceptions ?? NONE)
      if (former !== exception) more(this.formerExceptions, former, 1)
    const said = this.cases.of(
      type,
      worst_verdict,
      type === 'flow' && record.verdict === worst_verdict ? record.reason : undefined,
      record.orig_zone,
      record.resp_zone,
      record.conduit,
      record.channel,
      exception,
    )
    if (!record.final) return
    said.ended++
    if (type === 'tunnel') return
    if (record.end_reason === 'evicted') this.evicted++
    if (record.inferred) this.inferred++
    if (record.truncated_frames > 0) this.cut++
    this.talk(record, partition)
  }

  /** Takes in the state of tallies of other partitions. */
  absorb(state: TallyState): void {
    for (const c of state.cases) this.cases.like(c).ended += c.ended
    this.evicted += state.evicted
    this.inferred += state.inferred
    this.cut += state.cut
    for (const [exception, n] of state.formerExceptions) more(this.formerExceptions, exception, n)
    this.services.absorb(state.services)
    this.talkers.absorb(state.talkers)
  }

  /** Everything taken in so far, as a value of its own. */
  state(): TallyState {
    return {
      cases: this.cases.list.map(c => ({ ...c })),
      evicted: this.evicted,
      inferred: this.inferred,
      cut: this.cut,
      formerExceptions: new Map(this.formerExceptions),
      services: this.services.state(),
      talkers: this.talkers.state(),
    }
  }

  private talk(record: FlowRecord, partition: number): void {
    const { service } = record
    const bytes = record.orig_bytes + record.resp_bytes
    const mostServices = service === undefined ? this.mostServices : Number.POSITIVE_INFINITY
    this.services.add(service ?? serviceLabel(record), bytes, partition, mostServices)
    const orig = record.orig_addr ?? record.orig_mac
    const resp = record.resp_addr ?? record.resp_mac
    if (orig !== undefined) this.talkers.add(orig, bytes, partition, this.mostTalkers)
    if (resp !== undefined && resp !== orig) this.talkers.add(resp, bytes, partition, this.mostTalkers)
  }
}

/** The cases met. Names of the policy lead to them one by one: no text is built to look one up. */
class Cases {
  readonly list: Case[] = []
  private readonly byZones: Named<Named<Named<Named<Case[]>>>> = new Map()

  /** The case in which records say this; a new one when none did. */
  of(
    type: Case['type'],
    worst: VerdictName,
    reason: Name,
    origZone: Name,
    respZone: Name,
    conduit: Name,
    channel: Name,
    exception: Name,
  ): Case {
    const ofOrig = this.byZones.get(origZone) ?? deeper(this.byZones, origZone)
    const ofPair = ofOrig.get(respZone) ?? deeper(ofOrig, respZone)
    // a policy may have thousands of conduits and of exceptions, but few reasons
    const cover = conduit ?? exception
    const ofCover = ofPair.get(cover) ?? deeper(ofPair, cover)
    const alike = ofCover.get(channel) ?? []
    for (const c of alike) {
      if (
        c.worst === worst &&
        c.reason === reason &&
        c.exception === exception &&
        c.conduit === conduit &&
        c.type === type
      )
        return c
    }
    const added = { type, worst, reason, origZone, respZone, conduit, channel, exception, ended: 0 }
    ofCover.set(channel, alike)
    alike.push(added)
    this.list.push(added)
    return added
  }

  /** The case that is the same as one of elsewhere. */
  like(c: Case): Case {
    return this.of(c.type, c.worst, c.reason, c.origZone, c.respZone, c.conduit, c.channel, c.exception)
  }
}

type Named<T> = Map<Name, T>

function deeper<T>(map: Named<Named<T>>, name: Name): Named<T> {
  const added: Named<T> = new Map()
  map.set(name, added)
  return added
}

/** Flows and bytes by name, with a bound on the names of each partition. */
class Totals {
  private readonly places = new Map<string, number>()
  private readonly flows: number[] = []
  private readonly bytes: number[] = []
  /** partitions that have the name among theirs, as bits */
  private readonly keepers: number[] = []
  /** names of each partition */
  private readonly kept = new Int32Array(32)

  /** Adds to a name, unless it is none of the first `most` of its partition. */
  add(name: string, bytes: number, partition: number, most: number): void {
    let place = this.places.get(name)
    if (place === undefined || (this.keepers[place] & (1 << partition)) === 0) {
      if (this.kept[partition] >= most) return
      this.kept[partition]++
      place ??= this.placeOf(name)
      this.keepers[place] |= 1 << partition
    }
    this.flows[place]++
    this.bytes[place] += bytes
  }

  /** Adds what was kept elsewhere. */
  absorb({ names, flows, bytes }: TotalsState): void {
    for (const [i, name] of names.entries()) {
      const place = this.places.get(name) ?? this.placeOf(name)
      this.flows[place] += flows[i]
      this.bytes[place] += bytes[i]
    }
  }

  state(): TotalsState {
    return { names: [...this.places.keys()], flows: [...this.flows], bytes: [...this.bytes] }
  }

  private placeOf(name: string): number {
    this.places.set(name, this.flows.length)
    this.keepers.push(0)
    this.bytes.push(0)
    return this.flows.push(0) - 1
  }
}

const NONE: readonly string[] = []

function more(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}
