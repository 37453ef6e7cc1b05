import type { Model } from './model.ts'
import type { Judgement } from './question.ts'

/** What decided, in the policy's own names. */
export function citation(judgement: Judgement, model: Model) {
  const { reason, inferred, kept } = judgement
  if (kept !== undefined) {
    const { conduit, channel, exception, policyId } = kept
    return { reason, inferred, conduit, channel, exception, policyId }
  }
  const conduit = judgement.conduit < 0 ? undefined : model.conduits[judgement.conduit]
  return {
    reason,
    inferred,
    conduit: conduit?.id,
    channel:
      conduit === undefined || judgement.channel < 0 ? undefined : conduit.channels[judgement.channel].id,
    exception: judgement.exception < 0 ? undefined : model.exceptions[judgement.exception].id,
    policyId: model.policyId,
  }
}

/** Id of the exception that covered a flow. */
export function exceptionOf(judgement: Judgement, model: Model): string | undefined {
  if (judgement.kept !== undefined) return judgement.kept.exception
  return judgement.exception < 0 ? undefined : model.exceptions[judgement.exception].id
}

/** The declared channel or exception with the fewest failed dimensions, and which failed. */
export function nearestOf(
  judgement: Judgement,
  model: Model,
): { conduit?: string; channel?: string; exception?: string; failed: Judgement['failed'][number][] } {
  if (judgement.kept !== undefined) return judgement.kept.nearest
  const failed = [...judgement.failed]
  if (judgement.nearestException >= 0)
    return { exception: model.exceptions[judgement.nearestException].id, failed }
  if (judgement.nearestConduit < 0) return { failed }
  const conduit = model.conduits[judgement.nearestConduit]
  return { conduit: conduit.id, channel: conduit.channels[judgement.nearestChannel].id, failed }
}
