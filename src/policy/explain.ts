import { formatAddress, formatMac } from '../net/address.ts'
import type { Asked } from './ask.ts'
import type { CompiledPolicy } from './compile.ts'
import { UNKNOWN } from './context.ts'
import { uncoveredDeeds } from './deeds.ts'
import type { End } from './ends.ts'
import { FAIL, failedOf } from './judgements.ts'
import { macMatches } from './lookup.ts'
import type { AddressRange, Channel, Model, Position } from './model.ts'
import type { Failed, Judgement, Question, Verdict } from './question.ts'
import { contains, sizeOf } from './ranges.ts'
import type { Rule } from './rules.ts'
import { endsText, listed, matchText, momentText, portsText, zonesText } from './words.ts'

/** A place in the policy that had a part in the verdict. */
export interface Citation {
  /** `channel "reads" of conduit "C-01"` */
  what: string
  at: Position
}

/** One end of the conversation: where it is and how that is known. */
export interface EndNote {
  address: string
  zone?: string
  asset?: string
  /** several zones could be meant, and nothing tells which */
  open?: true
  /** a clause: `in 10.10.2.0/24 of zone "supervision"` */
  how: string
  at?: Position
}

/** A channel or exception that was held against the conversation and does not cover it. */
export interface Miss {
  citation: Citation
  failed: { dimension: Failed; text: string }[]
}

/** What the policy says to one question, and why: the judge's own trace in words. */
export interface Explanation {
  /** services asked that got the same answer: `tcp/502` */
  asked: string[]
  verdict: Verdict
  reason?: string
  /** one sentence without full stop */
  why: string
  orig: EndNote
  resp: EndNote
  /** the lines that decided, most important first */
  decided: Citation[]
  /** the nearest miss of an unsanctioned conversation */
  nearest?: Miss
  /** what else was looked at, nearest first */
  others: Miss[]
}

const MOST_OTHERS = 5
const UNREAD = {
  truncated: 'the capture cut what would tell them',
  gap: 'bytes that would tell them were never seen',
  overlap: 'bytes were sent twice and said two things',
  unreadable: 'there were bytes that are none of the protocol',
  'beyond-limits': 'there was no room to keep what would tell them',
}

/** Judges a question with the judge's trace on, and puts what it did into words. */
export function explain(policy: CompiledPolicy, { question, text }: Asked): Explanation {
  const { judging } = policy
  judging.trace = []
  let judgement: Judgement
  let misses: Miss[]
  try {
    judgement = policy.judgement(policy.judge(question))
    misses = missesOf(policy, question, judgement)
  } finally {
    judging.trace = null
  }
  const teller = new Teller(policy, question, judgement)
  const nearest = nearestOf(policy, question, judgement)
  const cited = new Set(
    [...teller.decided, ...(nearest === undefined ? [] : [nearest.citation])].map(({ what }) => what),
  )
  return {
    asked: [text],
    verdict: judgement.verdict,
    ...(judgement.reason === undefined ? {} : { reason: judgement.reason }),
    why: teller.why(nearest),
    orig: teller.end(judging.orig, question.orig, 'orig'),
    resp: teller.end(judging.resp, question.resp, 'resp'),
    decided: teller.decided,
    ...(nearest === undefined ? {} : { nearest }),
    others: misses.filter(({ citation }) => !cited.has(citation.what)).slice(0, MOST_OTHERS),
  }
}

/** Explains several questions of one description; equal answers are told once, with all that was asked. */
export function explainAll(policy: CompiledPolicy, asked: readonly Asked[]): Explanation[] {
  const told = new Map<string, Explanation>()
  for (const one of asked) {
    const explanation = explain(policy, one)
    const key = JSON.stringify([
      explanation.verdict,
      explanation.why,
      explanation.decided,
      explanation.nearest,
    ])
    const known = told.get(key)
    if (known === undefined) told.set(key, explanation)
    else known.asked.push(one.text)
  }
  return [...told.values()]
}

function citationOf(model: Model, rule: Pick<Rule, 'conduit' | 'channel' | 'exception'>): Citation {
  if (rule.exception >= 0) {
    const { id, at } = model.exceptions[rule.exception]
    return { what: `exception "${id}"`, at }
  }
  const conduit = model.conduits[rule.conduit]
  const channel = conduit.channels[rule.channel]
  return { what: `channel "${channel.id}" of conduit "${conduit.id}"`, at: channel.at }
}

/** What was held against the conversation, nearest first; a rule that was tried from both ends is told once. */
function missesOf(policy: CompiledPolicy, q: Question, judgement: Judgement): Miss[] {
  const least = new Map<number, number>()
  for (const { rule, failed } of policy.judging.trace!) {
    const all = uncoveredDeeds(policy.rules[rule], q) === 0 ? failed : failed | FAIL.action
    const known = least.get(rule)
    if (known === undefined || isNearer(all, known)) least.set(rule, all)
  }
  return [...least]
    .filter(([, failed]) => failed !== 0 || judgement.verdict === 'sanctioned')
    .sort(([, a], [, b]) => (a === b ? 0 : isNearer(a, b) ? -1 : 1))
    .map(([rule, failed]) => missOf(policy, q, policy.rules[rule], failedOf(failed)))
}

/** Fewest failed dimensions first; among as many, the ones nearest to a match, as the judge has it. */
function isNearer(a: number, b: number): boolean {
  const more = failedOf(a).length - failedOf(b).length
  return more === 0 ? a < b : more < 0
}

function nearestOf(policy: CompiledPolicy, q: Question, j: Judgement): Miss | undefined {
  if (j.nearestConduit < 0 && j.nearestException < 0) return undefined
  const rule = policy.rules.find(
    ({ conduit, channel, exception }) =>
      conduit === j.nearestConduit && channel === j.nearestChannel && exception === j.nearestException,
  )
  return missOf(policy, q, rule!, j.failed)
}

function missOf(policy: CompiledPolicy, q: Question, rule: Rule, failed: readonly Failed[]): Miss {
  const citation = citationOf(policy.model, rule)
  return {
    citation,
    failed: failed.map(dimension => ({ dimension, text: failedText(policy.model, q, rule, dimension) })),
  }
}

/** What did not fit, as the predicate of "it ...". */
function failedText(model: Model, q: Question, rule: Rule, dimension: Failed): string {
  const channel = rule.model
  switch (dimension) {
    case 'no-conduit':
      return 'joins other zones'
    case 'direction': {
      const opener = channel.initiator === 'to' ? rule.to : rule.from
      return `covers only what ${zonesText(model, opener)} opens`
    }
    case 'service': {
      const ports = channel.srcPorts.length > 0 ? ` from port ${portsText(channel.srcPorts)}` : ''
      return `covers ${matchText(model, channel)}${ports}`
    }
    case 'endpoint':
      return endpointText(model, channel)
    case 'action':
      return `covers ${channel.actions === undefined ? 'other actions' : listed([...channel.actions], 14)} only`
    case 'schedule':
      return `covers ${channel.when?.text}, and this is ${momentText(q.seconds, model.timezone)}`
    case 'expired': {
      const { starts, startsText, expiresText } = model.exceptions[rule.exception]
      const now = momentText(q.seconds, model.timezone)
      return q.seconds < starts
        ? `starts ${startsText}, and this is ${now}`
        : `expired ${expiresText}, and this is ${now}`
    }
  }
}

function endpointText(model: Model, channel: Channel): string {
  const parts: string[] = []
  const [orig, resp] = [endsText(model, channel.orig), endsText(model, channel.resp)]
  if (orig !== '') parts.push(`from ${orig}`)
  if (resp !== '') parts.push(`to ${resp}`)
  const groups = [...channel.groups.ranges, ...channel.groups.macs].map(({ text }) => text)
  if (groups.length > 0) parts.push(`to the ${groups.length === 1 ? 'group' : 'groups'} ${listed(groups)}`)
  if (channel.vlans.length > 0) {
    parts.push(`in VLAN ${listed(channel.vlans.map(vlan => (vlan === 0 ? 'untagged' : String(vlan))))}`)
  }
  return parts.length === 0 ? 'covers no groups' : `covers what goes ${parts.join(', ')}`
}

/** Words for one judgement, right after the judge made it: its ends are still those of the question. */
class Teller {
  readonly decided: Citation[] = []
  private readonly model: Model
  private readonly policy: CompiledPolicy
  private readonly q: Question
  private readonly j: Judgement

  constructor(policy: CompiledPolicy, q: Question, j: Judgement) {
    this.model = policy.model
    this.policy = policy
    this.q = q
    this.j = j
    if (j.exception >= 0)
      this.decided.push(citationOf(this.model, { conduit: -1, channel: -1, exception: j.exception }))
    if (j.conduit < 0) return
    const { id, at } = this.model.conduits[j.conduit]
    this.decided.push(citationOf(this.model, { conduit: j.conduit, channel: j.channel, exception: -1 }))
    this.decided.push({ what: `conduit "${id}"`, at })
  }

  why(nearest: Miss | undefined): string {
    const { j, model } = this
    const by = this.decided[0]?.what
    switch (j.verdict) {
      case 'sanctioned':
        return `${by} covers it${this.aside()}`
      case 'exception': {
        const { expiresText } = model.exceptions[j.exception]
        const rest = j.conduit >= 0 ? `, and ${this.decided[1].what} the rest` : ''
        return `${by} covers it${expiresText === undefined ? '' : ` until ${expiresText}`}${rest}${this.aside()}`
      }
      case 'intra-zone':
        return this.inside()
      case 'unzoned': {
        const { orig, resp } = this.policy.judging
        const none = [orig, resp].filter(end => end.zone < 0 && end.zone !== UNKNOWN).map(addressOf)
        return `${listed([...new Set(none)])} ${none.length === 1 ? 'is' : 'are'} in no zone`
      }
      case 'unsanctioned': {
        if (nearest === undefined) return `${this.border()}: no conduit and no exception is declared`
        const failed = listed(
          nearest.failed.map(({ text }) => text),
          9,
        )
        return `nothing declared covers it; the nearest is ${nearest.citation.what}, but it ${failed}`
      }
      default:
        return this.undetermined(by)
    }
  }

  private aside(): string {
    switch (this.j.reason) {
      case 'no-action-seen':
        return ' as long as no other action is seen than those it lists'
      case 'opaque':
        return ', whose payload may stay unread'
      case 'related':
        return ', because that covers the conversation that announced it'
      default:
        return ''
    }
  }

  private inside(): string {
    switch (this.j.reason) {
      case 'link-scope':
        return 'traffic of this kind never leaves its link'
      case 'group-scope':
        return 'no zone has VLANs, so a group counts as in the zone of its sender'
      case 'boundary-own':
        return 'the boundary offers or uses this service itself'
      default:
        return `both ends are in ${zonesText(this.model, [this.j.origZone])}`
    }
  }

  private border(): string {
    const { origZone, respZone } = this.j
    return origZone === respZone
      ? `nothing inside ${zonesText(this.model, [origZone])} is taken for granted`
      : `between ${zonesText(this.model, [origZone, respZone])}`
  }

  private undetermined(by: string | undefined): string {
    switch (this.j.reason) {
      case 'context-unknown':
        return 'the VLAN, VNI or tap that would tell which zone is meant is not known'
      case 'behind-boundary':
        return 'somebody behind the boundary is meant, and nothing says who'
      case 'action-not-parsed':
        return this.q.actions.length > 0
          ? `${by} covers some units, functions or addresses only`
          : `${by} covers some actions only, and no action is given`
      case 'opaque':
        return `${by} covers some actions only, and the payload cannot be read`
      case 'truncated':
      case 'gap':
      case 'overlap':
      case 'unreadable':
      case 'beyond-limits':
        return `${by} covers some actions only, and ${UNREAD[this.j.reason]}`
      case 'parent-not-seen':
        return `${by} may have announced it: its port is one of those announced by that service`
      case 'direction':
        return `${by} covers it one way only, and who opened it is not known`
      default:
        return `${this.j.reason}`
    }
  }

  /** Where an end is, by the judge's own account; `words` is its address as it stands in the frame. */
  end(end: End, words: Uint32Array, side: 'orig' | 'resp'): EndNote {
    const { model, q } = this
    const shown = addressOf(end)
    const note: EndNote = { address: shown, ...this.how(end, side) }
    const zone = side === 'orig' ? this.j.origZone : this.j.respZone
    if (zone >= 0) note.zone = model.zones[zone].id
    if (end.zone === UNKNOWN) note.open = true
    if (end.asset >= 0) note.asset = model.assets[end.asset].id
    if (end.how !== 'nat') return note
    const outside = formatAddress(q.version as 4 | 6, words[0], words[1], words[2], words[3])
    return { ...note, address: `${outside}`, how: `${outside} stands for ${shown}, ${this.placed(end).how}` }
  }

  private how(end: End, side: 'orig' | 'resp'): { how: string; at?: Position } {
    const { model, q } = this
    const vlan = q.vlanCount === 0 ? 'untagged' : `VLAN ${q.vlans[q.vlanCount - 1]}`
    const nat = end.natAsset < 0 ? undefined : model.assets[end.natAsset].nat[end.natEntry]
    switch (end.how) {
      case 'none':
        if (side === 'resp' && this.j.reason === 'link-scope') return { how: 'not looked at' }
        return { how: 'no asset and no network holds it' }
      case 'address':
        return this.placed(end)
      case 'mac':
        return this.byMac(end)
      case 'vlan':
        return { how: `by ${vlan}, which only that zone has`, at: model.zones[end.zone].at }
      case 'group-vlan':
        return end.zone < 0
          ? { how: `a group, seen in ${vlan}, which no single zone has` }
          : { how: `a group, seen in ${vlan} of that zone`, at: model.zones[end.zone].at }
      case 'group-scope':
        return { how: 'a group, in the zone of its sender' }
      case 'nat':
        return { how: '', at: nat!.at }
      case 'masquerade':
        return {
          how: `${zonesText(model, end.hides)} hides behind this address of "${model.assets[end.natAsset].id}"`,
          at: nat!.at,
        }
      case 'own': {
        const asset = model.assets[end.boundary]
        return { how: `the boundary "${asset.id}" itself`, at: asset.at }
      }
      case 'behind': {
        const asset = model.assets[end.boundary]
        return {
          how: `an address of the boundary "${asset.id}", which does not list this under "own"`,
          at: asset.at,
        }
      }
    }
  }

  /** The asset or the network that holds an address. */
  private placed(end: End): { how: string; at?: Position } {
    const { model } = this
    if (end.zone === UNKNOWN) {
      const zones = model.zones.flatMap(({ networks, context }, index) =>
        context !== undefined && smallest(networks, end) !== undefined ? [index] : [],
      )
      const at = zones.length === 0 ? {} : { at: model.zones[zones[0]].at }
      return {
        how: `${zonesText(model, zones)} ${zones.length === 1 ? 'holds' : 'hold'} it in some places only`,
        ...at,
      }
    }
    if (end.asset >= 0 && end.boundary < 0) {
      const { id, at } = model.assets[end.asset]
      return { how: `it is "${id}"`, at }
    }
    if (end.zone < 0) return { how: 'no asset and no network holds it' }
    const { id, networks, at } = model.zones[end.zone]
    return { how: `in ${smallest(networks, end)?.text ?? 'the networks'} of "${id}"`, at }
  }

  private byMac(end: End): { how: string; at?: Position } {
    const { model } = this
    const mac = formatMac(end.macHigh, end.macLow)
    if (end.asset >= 0)
      return { how: `by its MAC ${mac} of "${model.assets[end.asset].id}"`, at: model.assets[end.asset].at }
    const { id, macs, at } = model.zones[end.zone]
    const prefix = macs.find(one => macMatches(one, end.macHigh, end.macLow))
    return { how: `by its MAC, which ${prefix?.text ?? mac} of "${id}" holds`, at }
  }
}

function smallest(ranges: readonly AddressRange[], end: End): AddressRange | undefined {
  const held = ranges.filter(range => contains(range, end.version, end.words))
  return held.sort((a, b) => (sizeOf(a) < sizeOf(b) ? -1 : 1))[0]
}

function addressOf(end: End): string {
  if (end.version === 0) return formatMac(end.macHigh, end.macLow)
  const [w0, w1, w2, w3] = end.words
  return formatAddress(end.version as 4 | 6, w0, w1, w2, w3)
}
