import { NONE } from './context.ts'
import type { End } from './ends.ts'
import type { Pairs } from './pairs.ts'
import type { Question } from './question.ts'
import type { Rule } from './rules.ts'
import { isIcmp } from './transport.ts'

/**
 * Two zones, classes of both ports, protocol with version, direction and what is known of the payload, epoch, application, and
 * the answer + 1 (0 = empty)
 */
const WORDS = 7
const ANSWER = 6
const FIRST_SLOTS = 1 << 8
const MOST_SLOTS = 1 << 17

/**
 * Answers by zones, transport and classes of ports: between two zones whose rules look at nothing else, all flows alike in
 * these are judged alike as long as the same schedules and exceptions are in force. Ports are of one class where no range
 * of any rule tells them apart.
 */
export class KnownAnswers {
  private readonly pairs: Pairs
  private readonly classes = new Uint16Array(1 << 16)
  private slots = new Int32Array(FIRST_SLOTS * WORDS)
  private count = 0
  private readonly applications = new Map<string, number>()
  private readonly key = new Int32Array(ANSWER)

  constructor(rules: readonly Rule[], pairs: Pairs) {
    this.pairs = pairs
    const borders = new Uint8Array((1 << 16) + 1)
    for (const { model, dynamic } of rules) {
      const ranges = [...model.srcPorts, ...dynamic]
      for (const transport of model.transports) if ('ports' in transport) ranges.push(...transport.ports)
      for (const { first, last } of ranges) {
        borders[first] = 1
        borders[last + 1] = 1
      }
    }
    for (let port = 1; port < this.classes.length; port++)
      this.classes[port] = this.classes[port - 1] + borders[port]
  }

  /** Whether the answer may be one of these, from what is known of the question before rules are looked at. */
  holds(q: Question, orig: End, resp: End): boolean {
    return (
      q.version !== 0 &&
      q.parentJudgement < 0 &&
      !q.opaque &&
      q.actions.length === 0 &&
      !isIcmp(q) &&
      isPlaced(orig) &&
      isPlaced(resp)
    )
  }

  /** The answer to a question that `holds`, -1 = not known. `epoch` = number of the schedules and exceptions in force. */
  find(q: Question, orig: End, resp: End, epoch: number): number {
    const { key, slots } = this
    key[0] = orig.zone
    key[1] = resp.zone
    key[2] = (this.classes[orig.port] << 16) | this.classes[resp.port]
    key[3] = (payloadOf(q) << 16) | (q.proto << 8) | (q.version << 4) | directionOf(q.direction)
    key[4] = epoch
    key[5] = this.applicationOf(q.application)
    return slots[this.slotOf(slots) + ANSWER] - 1
  }

  /** Remembers the answer to the question asked last, where nothing else has decided it. */
  add(answer: number): void {
    const ahead = this.pairs.get(this.key[0], this.key[1])
    const back = this.pairs.get(this.key[1], this.key[0])
    if (!ahead.isPlain || !back.isPlain) return
    // what was done or could not be read matters where a channel covers some actions only
    if (this.key[3] >>> 16 >= READ && (ahead.isRestricted || back.isRestricted)) return
    if (this.count * 2 * WORDS >= this.slots.length) {
      if (this.slots.length < MOST_SLOTS * WORDS) this.grow()
      else {
        this.slots.fill(0)
        this.count = 0
      }
    }
    this.put(answer + 1)
  }

  private applicationOf(id: string): number {
    if (id === '') return 0
    const known = this.applications.get(id)
    if (known !== undefined) return known
    this.applications.set(id, this.applications.size + 1)
    return this.applications.size
  }

  private put(entry: number): void {
    const at = this.slotOf(this.slots)
    this.slots.set(this.key, at)
    this.slots[at + ANSWER] = entry
    this.count++
  }

  private grow(): void {
    const { slots: old } = this
    const asked = this.key.slice()
    this.slots = new Int32Array(old.length * 2)
    this.count = 0
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + ANSWER] === 0) continue
      this.key.set(old.subarray(at, at + ANSWER))
      this.put(old[at + ANSWER])
    }
    this.key.set(asked)
  }

  /** Where the key at hand is, or the empty slot where it would go. */
  private slotOf(slots: Int32Array): number {
    const { key } = this
    const k0 = key[0]
    const k1 = key[1]
    const k2 = key[2]
    const k3 = key[3]
    const k4 = key[4]
    const k5 = key[5]
    const mask = slots.length / WORDS - 1
    let hash = Math.imul(k0 ^ Math.imul(k1, 0x85ebca6b), 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15) ^ k2, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15) ^ k3 ^ (k4 << 20) ^ (k5 << 12), 0x9e3779b1)
    for (let slot = (hash >>> 13) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS
      if (slots[at + ANSWER] === 0) return at
      if (
        slots[at] === k0 &&
        slots[at + 1] === k1 &&
        slots[at + 2] === k2 &&
        slots[at + 3] === k3 &&
        slots[at + 4] === k4 &&
        slots[at + 5] === k5
      )
        return at
    }
  }
}

/** In a zone, by address, MAC or VLAN: nothing stands in front of this end. */
const isPlaced = ({ zone, how, natAsset }: End): boolean =>
  zone > NONE && natAsset === NONE && (how === 'address' || how === 'mac' || how === 'vlan')

/** payloads from this number on were read, or were to be */
const READ = 2
const payloadOf = (q: Question): number =>
  q.payload === 'unparsed' ? 0 : q.payload === 'none-yet' ? 1 : READ

const directionOf = (direction: Question['direction']): number =>
  direction === 'port' ? 0 : direction === 'first' ? 1 : direction === 'handshake' ? 2 : 3
