import type { AskedPolicy } from './asked.ts'
import { citation, nearestOf } from './citation.ts'
import type { Judgement } from './question.ts'

/**
 * Takes judgements of a policy over into the one that replaces it, so that the old one need not be kept: verdict, reason and
 * what failed stay, what was cited stays in words, and what exists in both under the same id is that of the new policy.
 */
export class Adoption {
  private readonly from: AskedPolicy
  private readonly to: AskedPolicy
  private readonly known = new Map<number, number>()
  private readonly zones: ReadonlyMap<string, number>
  private readonly conduits: ReadonlyMap<string, number>
  private readonly exceptions: ReadonlyMap<string, number>

  constructor(from: AskedPolicy, to: AskedPolicy) {
    this.from = from
    this.to = to
    this.zones = numbered(to.model.zones)
    this.conduits = numbered(to.model.conduits)
    this.exceptions = numbered(to.model.exceptions)
  }

  /** Index in the new policy for a judgement's index in the old one. */
  of(index: number): number {
    const known = this.known.get(index)
    if (known !== undefined) return known
    const adopted = this.to.adopt(this.adopted(this.from.judgement(index)))
    this.known.set(index, adopted)
    return adopted
  }

  /** The same for what others inherit: -1 where the new policy has nothing of that name, so that there is nothing to inherit. */
  heritage(index: number): number {
    if (index < 0) return -1
    const before = this.from.judgement(index)
    const adopted = this.of(index)
    const { channel, exception } = this.to.judgement(adopted)
    const isThere = (before.channel < 0 || channel >= 0) && (before.exception < 0 || exception >= 0)
    return isThere ? adopted : -1
  }

  private adopted(judgement: Judgement): Judgement {
    const { model } = this.from
    const { conduits } = this.to.model
    const { conduit, channel, exception, policyId } = citation(judgement, model)
    const nearest = nearestOf(judgement, model)
    const zone = (index: number): number => (index < 0 ? -1 : numberOf(this.zones, model.zones[index].id))
    const conduitNow = numberOf(this.conduits, conduit)
    return Object.freeze({
      ...judgement,
      origZone: zone(judgement.origZone),
      respZone: zone(judgement.respZone),
      conduit: conduitNow,
      channel: conduitNow < 0 ? -1 : conduits[conduitNow].channels.findIndex(({ id }) => id === channel),
      exception: numberOf(this.exceptions, exception),
      nearestConduit: -1,
      nearestChannel: -1,
      nearestException: -1,
      natAsset: -1,
      natEntry: -1,
      kept: Object.freeze({ policyId, conduit, channel, exception, nearest }),
    })
  }
}

const numbered = (list: readonly { id: string }[]): ReadonlyMap<string, number> =>
  new Map(list.map(({ id }, index) => [id, index]))

const numberOf = (numbers: ReadonlyMap<string, number>, id: string | undefined): number =>
  (id === undefined ? undefined : numbers.get(id)) ?? -1
