import type { Failed, Judgement, Verdict } from './question.ts'

/** Failed dimensions as bits, the nearest to a match in the lowest: the order in which a nearest miss is preferred. */
export const FAIL = {
  schedule: 1,
  expired: 2,
  action: 4,
  endpoint: 8,
  direction: 16,
  service: 32,
  noConduit: 64,
} as const

/** Order in which failed dimensions are named; the first is the reason. */
const NAMED: readonly [number, Failed][] = [
  [FAIL.noConduit, 'no-conduit'],
  [FAIL.direction, 'direction'],
  [FAIL.service, 'service'],
  [FAIL.endpoint, 'endpoint'],
  [FAIL.action, 'action'],
  [FAIL.schedule, 'schedule'],
  [FAIL.expired, 'expired'],
]

/** Failed dimensions of a mask, in the order they are named. */
export function failedOf(mask: number): Failed[] {
  return NAMED.filter(([bit]) => (mask & bit) !== 0).map(([, name]) => name)
}

export const VERDICT_NAMES: readonly Verdict[] = [
  'sanctioned',
  'exception',
  'intra-zone',
  'unsanctioned',
  'unzoned',
  'undetermined',
]
export const SANCTIONED = 0
export const EXCEPTION = 1
export const INTRA_ZONE = 2
export const UNSANCTIONED = 3
export const UNZONED = 4
export const UNDETERMINED = 5

/** Reasons by number; an unsanctioned judgement takes its reason from what failed. */
export const REASONS = [
  undefined,
  'link-scope',
  'group-scope',
  'boundary-own',
  'behind-boundary',
  'context-unknown',
  'direction',
  'no-action-seen',
  'action-not-parsed',
  'opaque',
  'truncated',
  'gap',
  'overlap',
  'unreadable',
  'beyond-limits',
  'parent-not-seen',
  'related',
] as const
export type ReasonName = NonNullable<(typeof REASONS)[number]>

/** Number of a reason. */
export function reasonCode(name: ReasonName): number {
  return REASONS.indexOf(name)
}

/** A judgement in the making: numbers only. */
export class Draft {
  verdict = UNDETERMINED
  reason = 0
  inferred = 0
  /** the application is another than the one declared for the port */
  mismatch = 0
  origZone = -1
  respZone = -1
  conduit = -1
  channel = -1
  exception = -1
  nearestConduit = -1
  nearestChannel = -1
  nearestException = -1
  failed = 0
  natAsset = -1
  natEntry = -1

  clear(): void {
    this.verdict = UNDETERMINED
    this.reason = 0
    this.inferred = 0
    this.mismatch = 0
    this.origZone = -1
    this.respZone = -1
    this.natAsset = -1
    this.natEntry = -1
    this.uncite()
  }

  /** Forgets what decided. */
  uncite(): void {
    this.conduit = -1
    this.channel = -1
    this.exception = -1
    this.nearestConduit = -1
    this.nearestChannel = -1
    this.nearestException = -1
    this.failed = 0
  }
}

const WIDTH = 12
/** word of a key that is 0 for all that drafts describe */
const ADOPTED = 11

/** Judgements interned by their numbers in one open-addressing table: equal answers share one index, none is made twice. */
export class Judgements {
  readonly list: Judgement[] = []
  private keys = new Int32Array(64 * WIDTH)
  private slots = new Int32Array(128)
  private readonly key = new Int32Array(WIDTH)

  /** Index of the judgement a draft describes. */
  intern(d: Draft): number {
    const key = this.key
    key[0] = d.verdict | (d.reason << 4) | (d.inferred << 12) | (d.failed << 13) | (d.mismatch << 24)
    key[1] = d.origZone
    key[2] = d.respZone
    key[3] = d.conduit
    key[4] = d.channel
    key[5] = d.exception
    key[6] = d.nearestConduit
    key[7] = d.nearestChannel
    key[8] = d.nearestException
    key[9] = d.natAsset
    key[10] = d.natEntry
    key[ADOPTED] = 0
    const mask = this.slots.length - 1
    let slot = this.hash() & mask
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask)
      if (this.same(this.slots[slot] - 1)) return this.slots[slot] - 1
    return this.add(describe(d), slot)
  }

  /** Index of a judgement that was made elsewhere: a new one each time, which no draft is answered with. */
  adopt(judgement: Judgement): number {
    this.key.fill(0)
    this.key[ADOPTED] = this.list.length + 1
    const mask = this.slots.length - 1
    let slot = this.hash() & mask
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask
    return this.add(judgement, slot)
  }

  private hash(): number {
    let hash = 0x811c9dc5
    for (let i = 0; i < WIDTH; i++) hash = Math.imul(hash ^ this.key[i], 0x9e3779b1) ^ (hash >>> 13)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  private same(index: number): boolean {
    const at = index * WIDTH
    for (let i = 0; i < WIDTH; i++) if (this.keys[at + i] !== this.key[i]) return false
    return true
  }

  private add(judgement: Judgement, slot: number): number {
    const index = this.list.push(judgement) - 1
    if (this.keys.length < this.list.length * WIDTH) {
      const keys = new Int32Array(this.keys.length * 2)
      keys.set(this.keys)
      this.keys = keys
    }
    this.keys.set(this.key, index * WIDTH)
    this.slots[slot] = index + 1
    if (this.list.length * 2 > this.slots.length) this.grow()
    return index
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2)
    const mask = this.slots.length - 1
    for (let index = 0; index < this.list.length; index++) {
      this.key.set(this.keys.subarray(index * WIDTH, (index + 1) * WIDTH))
      let slot = this.hash() & mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask
      this.slots[slot] = index + 1
    }
  }
}

function describe(d: Draft): Judgement {
  const failed = failedOf(d.failed)
  const reason = d.verdict === UNSANCTIONED ? failed[0] : REASONS[d.reason]
  return Object.freeze({
    verdict: VERDICT_NAMES[d.verdict],
    ...(reason === undefined ? {} : { reason }),
    origZone: d.origZone,
    respZone: d.respZone,
    inferred: d.inferred === 1,
    conduit: d.conduit,
    channel: d.channel,
    exception: d.exception,
    nearestConduit: d.nearestConduit,
    nearestChannel: d.nearestChannel,
    nearestException: d.nearestException,
    failed: Object.freeze(failed),
    natAsset: d.natAsset,
    natEntry: d.natEntry,
    ...(d.mismatch === 1 ? { mismatch: true as const } : {}),
  })
}
