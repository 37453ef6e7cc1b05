import { policyId } from './canonical.ts'
import { readDocument } from './document.ts'
import { Draft } from './draft.ts'
import { MAX_VLAN, POLICY } from './grammar.ts'
import type { Issue, Model } from './model.ts'
import { checkOverlaps } from './overlaps.ts'
import { readAssets } from './read-assets.ts'
import { readServices } from './read-channels.ts'
import { readConduits, readExceptions, readExpectations } from './read-conduits.ts'
import { assign, readTaps, readZones, vlansAt } from './read-zones.ts'
import { Reporter } from './reporter.ts'
import { checkShape, freeTextAt, textAt } from './shape.ts'
import { isTimezone } from './times.ts'
import { addWarnings } from './warnings.ts'

/** pairs of zones, counted once for each channel */
const MOST_PAIRS = 1_000_000

export interface CheckOptions {
  /**
   * Seconds since 1970 UTC at which the policy is looked at, given its time zone: exceptions that are over or about to
   * end are told. Without it nothing is said about them.
   */
  at?: (timezone: string) => number
  /** only what is wrong: looking for what is merely odd takes as long as the rest */
  errorsOnly?: boolean
}

/** What became of a policy text: a model if it has no errors, and everything there is to say about it. */
export interface Checked {
  model?: Model
  /** in the order of the text; errors and warnings */
  issues: Issue[]
}

/**
 * Reads and checks a policy (YAML 1.2 or JSON, contract section 2) and tells all its mistakes at once. `fileName` is
 * for sentences only. Does not throw, whatever the text.
 */
export function checkPolicy(text: string, fileName: string, options: CheckOptions = {}): Checked {
  const reporter = new Reporter(text)
  const root = readDocument(text, fileName, reporter)
  if (root === undefined) return { issues: reporter.issues() }
  checkShape(root, POLICY, fileName, reporter)
  if (root.kind !== 'map') return { issues: reporter.issues() }
  const draft = new Draft(root, reporter)
  const model = readModel(draft)
  if (!draft.overgrown) checkOverlaps(draft, model)
  checkPairs(draft, model)
  if (reporter.errors > 0) return { issues: reporter.issues() }
  if (!options.errorsOnly) addWarnings(draft, model, options.at?.(model.timezone))
  return { model: { ...model, policyId: policyId(root) }, issues: reporter.issues() }
}

/** The readers in the order in which they need each other: names and groups, then who, then what. */
function readModel(draft: Draft): Omit<Model, 'policyId'> {
  const { root } = draft
  draft.timezone = readTimezone(draft)
  draft.readGroups()
  readServices(draft)
  const taps = readTaps(draft)
  const zones = readZones(draft)
  const assets = readAssets(draft)
  const model: Omit<Model, 'policyId'> = {
    timezone: draft.timezone,
    transitVlans: vlansAt(root, 'transit_vlans').filter(vlan => vlan <= MAX_VLAN),
    taps,
    zones,
    assets,
    services: draft.services,
    conduits: readConduits(draft),
    exceptions: readExceptions(draft),
    expect: readExpectations(draft),
    sharedAddresses: draft.rangesAt(root, 'shared_addresses', 'shared.addresses.value'),
    sharedMacs: draft.macsAt(root, 'shared_macs', 'shared.macs.value'),
  }
  assign(model, 'site', freeTextAt(root, 'site'))
  assign(model, 'redundancy', textAt(root, 'redundancy') as Model['redundancy'])
  return model
}

/** Lists of zones on both sides multiply: a policy that joins millions of pairs could not be compiled. */
function checkPairs(draft: Draft, { conduits, exceptions, zones }: Omit<Model, 'policyId'>): void {
  let pairs = 0
  for (const conduit of [...conduits, ...exceptions]) {
    const any = 'anyFrom' in conduit && (conduit.anyFrom || conduit.anyTo)
    const lines = 'channels' in conduit ? conduit.channels.length : 1
    pairs += lines * (any ? zones.length : conduit.from.length * conduit.to.length)
    if (pairs <= MOST_PAIRS) continue
    draft.reporter.error(
      'policy.size',
      draft.spanOf(conduit),
      'the conduits join more than a million pairs of zones',
      {
        hint: '"any" joins all zones at once',
      },
    )
    return
  }
}

function readTimezone(draft: Draft): string {
  const name = textAt(draft.root, 'timezone')
  if (name === undefined || isTimezone(name)) return name ?? 'UTC'
  draft.reporter.error(
    'timezone.unknown',
    draft.root.entries.get('timezone')!.value,
    `there is no time zone "${name}"`,
    {
      hint: 'a name of the IANA time zone database like Europe/Berlin, or UTC',
    },
  )
  return 'UTC'
}
