import type { FlowFacts, FlowNumbers } from './finding/facts.ts'
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
 *
 * Records come as such (`flow`) or as numbers of one shard (`add`), with the same result as long as all of a partition come
 * in the same way.
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
  /** what was met as numbers: cases by FlowNumbers.saying, places in `services` and `talkers` */
  private readonly casesByNumber: (Case | undefined)[] = []
  private readonly servicesByNumber = new Map<number, number>()
  private readonly talkersByName = new NameIndex()

  constructor(options: TallyOptions = {}) {
    this.mostServices = options.mostServices ?? MOST_SERVICES
    this.mostTalkers = options.mostTalkers ?? MOST_TALKERS
  }

  /** Takes in one record, interim or final, of a flow in that partition of the table (0..31; a tunnel's: any). */
  flow({ record, formerExceptions }: FlowFacts, partition = 0): void {
    const said = this.caseOf(record)
    this.countFormer(formerExceptions, said)
    if (!record.final) return
    said.ended++
    if (record.type === 'tunnel') return
    if (record.end_reason === 'evicted') this.evicted++
    if (record.inferred) this.inferred++
    if (record.truncated_frames > 0) this.cut++
    this.talk(record, partition)
  }

  /** Takes in one record as numbers, in the same way. */
  add(numbers: FlowNumbers, partition: number): void {
    const { saying } = numbers
    const said = this.casesByNumber[saying] ?? this.newCase(numbers)
    if (numbers.formerExceptions !== undefined) this.countFormer(numbers.formerExceptions, said)
    if (!numbers.final) return
    said.ended++
    if (numbers.isEvicted) this.evicted++
    if (numbers.isInferred) this.inferred++
    if (numbers.isCut) this.cut++
    const { bytes, service, orig, resp } = numbers
    const mostServices = numbers.isRecognised ? Number.POSITIVE_INFINITY : this.mostServices
    const place = this.servicesByNumber.get(service) ?? this.newService(numbers, partition, mostServices)
    if (place >= 0) this.services.addAt(place, bytes, partition, mostServices)
    this.talker(numbers, orig, partition)
    if (!isSameName(orig, resp)) this.talker(numbers, resp, partition)
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

  /** The case in which records say what this one does. */
  private caseOf(record: FlowRecord): Case {
    const { type, verdict, worst_verdict } = record
    return this.cases.of(
      type,
      worst_verdict,
      type === 'flow' && verdict === worst_verdict ? record.reason : undefined,
      record.orig_zone,
      record.resp_zone,
      record.conduit,
      record.channel,
      record.exception,
    )
  }

  private newCase(numbers: FlowNumbers): Case {
    const said = this.caseOf(numbers.facts().record)
    // without gaps: arrays with large ones are slow
    while (this.casesByNumber.length <= numbers.saying) this.casesByNumber.push(undefined)
    this.casesByNumber[numbers.saying] = said
    return said
  }

  private countFormer(exceptions: readonly string[] | undefined, { exception }: Case): void {
    for (const former of exceptions ?? NONE) if (former !== exception) more(this.formerExceptions, former, 1)
  }

  /** Place of a service not met as a number before, -1 where the partition is full of them. */
  private newService(numbers: FlowNumbers, partition: number, most: number): number {
    if (this.services.isFull(partition, most)) return -1
    const { record } = numbers.facts()
    const place = this.services.placeOf(record.service ?? serviceLabel(record))
    this.servicesByNumber.set(numbers.service, place)
    return place
  }

  private talker(numbers: FlowNumbers, name: Int32Array, partition: number): void {
    if (name[0] === NOBODY) return
    let place = this.talkersByName.find(name)
    if (place < 0) {
      if (this.talkers.isFull(partition, this.mostTalkers)) return
      place = this.talkers.placeOf(numbers.nameOf(name)!)
      this.talkersByName.add(name, place)
    }
    this.talkers.addAt(place, numbers.bytes, partition, this.mostTalkers)
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
    if (place === undefined) {
      if (this.isFull(partition, most)) return
      place = this.placeOf(name)
    }
    this.addAt(place, bytes, partition, most)
  }

  /** The same for a name by its place. */
  addAt(place: number, bytes: number, partition: number, most: number): void {
    if ((this.keepers[place] & (1 << partition)) === 0) {
      if (this.isFull(partition, most)) return
      this.kept[partition]++
      this.keepers[place] |= 1 << partition
    }
    this.flows[place]++
    this.bytes[place] += bytes
  }

  /** Whether a partition has as many names as it may. */
  isFull(partition: number, most: number): boolean {
    return this.kept[partition] >= most
  }

  /** Adds what was kept elsewhere. */
  absorb({ names, flows, bytes }: TotalsState): void {
    for (const [i, name] of names.entries()) {
      const place = this.placeOf(name)
      this.flows[place] += flows[i]
      this.bytes[place] += bytes[i]
    }
  }

  state(): TotalsState {
    return { names: [...this.places.keys()], flows: [...this.flows], bytes: [...this.bytes] }
  }

  /** The place of a name, a new one where it has none. */
  placeOf(name: string): number {
    const known = this.places.get(name)
    if (known !== undefined) return known
    this.places.set(name, this.flows.length)
    this.keepers.push(0)
    this.bytes.push(0)
    return this.flows.push(0) - 1
  }
}

/** names as FlowNumbers has them: words of one, and the first word of nobody's */
const NAME_WORDS = 5
const NOBODY = 0
const FIRST_NAMES = 1024

/** Places by names as numbers: open addressing, at most half full. */
class NameIndex {
  private names = new Int32Array(FIRST_NAMES * NAME_WORDS)
  /** place + 1 by slot, 0 = empty */
  private places = new Int32Array(FIRST_NAMES)
  private count = 0

  /** Place of a name, -1 = none. */
  find(name: Int32Array): number {
    return this.places[this.slotOf(name)] - 1
  }

  add(name: Int32Array, place: number): void {
    if (++this.count * 2 > this.places.length) this.grow()
    this.put(name, place + 1)
  }

  private put(name: Int32Array, entry: number): void {
    const slot = this.slotOf(name)
    this.names.set(name, slot * NAME_WORDS)
    this.places[slot] = entry
  }

  private grow(): void {
    const { names, places } = this
    this.names = new Int32Array(names.length * 2)
    this.places = new Int32Array(places.length * 2)
    for (const [slot, entry] of places.entries())
      if (entry !== 0) this.put(names.subarray(slot * NAME_WORDS, (slot + 1) * NAME_WORDS), entry)
  }

  /** The slot of a name, or the empty one where it would go. */
  private slotOf(name: Int32Array): number {
    const { names, places } = this
    const mask = places.length - 1
    let hash = name[0]
    for (let i = 1; i < NAME_WORDS; i++) {
      hash = Math.imul(hash ^ name[i], 0x9e3779b1)
      hash ^= hash >>> 15
    }
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      if (places[slot] === 0) return slot
      const at = slot * NAME_WORDS
      let i = 0
      while (i < NAME_WORDS && names[at + i] === name[i]) i++
      if (i === NAME_WORDS) return slot
    }
  }
}

function isSameName(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < NAME_WORDS; i++) if (a[i] !== b[i]) return false
  return true
}

const NONE: readonly string[] = []

function more(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}
