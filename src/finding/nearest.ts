import type { Channel, Conduit, Ends, Exception, Model, PortRange, Transport } from '../policy/model.ts'
import type { FailedDimension, Nearest } from '../records.ts'
import type { Sighting } from './sighting.ts'
import { listText } from './words.ts'

/** What is declared nearest to something unsanctioned, looked up in the policy. */
interface Declared {
  /** "reads of conduit C-01", "exception EX-2026-07" */
  name: string
  from: number[]
  to: number[]
  channel: Channel
  exception?: Exception
}

/** Puts the near miss of an unsanctioned flow into words, with the policy at hand where there is one. */
export class NearestWords {
  private readonly model: Model | undefined
  private readonly conduits = new Map<string, Conduit>()
  private readonly exceptions = new Map<string, Exception>()

  constructor(model: Model | undefined) {
    this.model = model
    for (const conduit of model?.conduits ?? []) this.conduits.set(conduit.id, conduit)
    for (const exception of model?.exceptions ?? []) this.exceptions.set(exception.id, exception)
  }

  /**
   * A clause without full stop that says why nothing covers the flow: "no conduit joins office and supervision", or
   * "the nearest declared channel is reads of conduit C-01, but it covers modbus only, and this is ssh (tcp/22)".
   */
  why(s: Sighting, actions: readonly string[]): string {
    const { nearest } = s
    const from = s.orig.zone ?? 'no zone'
    const to = s.resp.zone ?? 'no zone'
    if (!nearest || nearest.failed.includes('no-conduit') || nearest.failed.length === 0) {
      return from === to
        ? `nothing declared covers this inside zone ${from}`
        : `no conduit joins ${from} and ${to}`
    }
    const declared = this.find(nearest)
    const name = declared?.name ?? nameOf(nearest)
    const what =
      nearest.exception === undefined ? 'the nearest declared channel is ' : 'the nearest declared is '
    if (nearest.failed.length === 1)
      return `${what}${name}, but it ${this.failed(nearest.failed[0], declared, s, actions, true)}`
    const each = nearest.failed.map(f => this.failed(f, declared, s, actions, false))
    return `${what}${name}, but it ${listText(each)}`
  }

  /** "channel reads of conduit C-01": what is nearest. */
  name(s: Sighting): string {
    if (!s.nearest) return 'the policy'
    const name = this.find(s.nearest)?.name ?? nameOf(s.nearest)
    return s.nearest.exception === undefined ? `channel ${name}` : name
  }

  /** "channel reads of conduit C-01 covers read only", for a forbidden action. */
  action(s: Sighting): string {
    if (!s.nearest) return 'no declared channel covers this action'
    const declared = this.find(s.nearest)
    const name = declared?.name ?? nameOf(s.nearest)
    const subject = s.nearest.exception === undefined ? `channel ${name}` : name
    const channel = declared?.channel
    if (!channel || !isNarrow(channel))
      return `${subject} covers everything else about this conversation, but not this action`
    return `${subject} covers ${coveredText(channel)} only`
  }

  /** "exception EX-1 (ticket CHG-1042) covered this until 2026-12-31 and has expired", for an expired exception. */
  expired(s: Sighting): string {
    const exception =
      s.nearest?.exception === undefined ? undefined : this.exceptions.get(s.nearest.exception)
    const id = s.nearest?.exception ?? 'an exception'
    if (!exception) return `exception ${id} covers this, but was not valid at that time`
    const ticket = exception.ticket === undefined ? '' : ` (ticket ${exception.ticket})`
    if (s.startSeconds < exception.starts) {
      return `exception ${id}${ticket} covers this only from ${exception.startsText ?? 'a later time'} on`
    }
    return `exception ${id}${ticket} covered this until ${exception.expiresText ?? 'an earlier time'} and has expired`
  }

  /** Actions of a finding that the nearest channel does not list; all of them where that is not known. */
  uncovered(s: Sighting, actions: readonly string[]): string[] {
    const declared = s.nearest && this.find(s.nearest)?.channel.actions
    const rest = declared ? actions.filter(a => !declared.has(a as never)) : [...actions]
    return rest.length > 0 ? rest : [...actions]
  }

  private find(nearest: Nearest): Declared | undefined {
    if (nearest.exception !== undefined) {
      const exception = this.exceptions.get(nearest.exception)
      if (!exception) return undefined
      const { from, to, channel } = exception
      return { name: `exception ${exception.id}`, from, to, channel, exception }
    }
    const conduit = nearest.conduit === undefined ? undefined : this.conduits.get(nearest.conduit)
    const channel = conduit?.channels.find(c => c.id === nearest.channel)
    if (!conduit || !channel) return undefined
    return { name: `${channel.id} of conduit ${conduit.id}`, from: conduit.from, to: conduit.to, channel }
  }

  /** What did not fit, as the predicate of "it ...". `alone` = nothing else failed, so there is room to say more. */
  private failed(
    dimension: FailedDimension,
    declared: Declared | undefined,
    s: Sighting,
    actions: readonly string[],
    alone: boolean,
  ): string {
    const channel = declared?.channel
    switch (dimension) {
      case 'direction': {
        if (!declared) return 'is declared for the other direction'
        const opener = declared.channel.initiator === 'to' ? declared.to : declared.from
        return `covers only what ${this.zones(opener)} opens`
      }
      case 'service': {
        const covered = channel ? this.service(channel) : undefined
        if (covered === undefined) return `does not cover ${s.serviceText}`
        return alone
          ? `covers ${covered} only, and this is ${s.serviceText}`
          : `covers ${covered} instead of ${s.serviceText}`
      }
      case 'endpoint':
        return channel ? this.ends(channel) : 'names other ends'
      case 'action': {
        const seen = listText(this.uncovered(s, actions))
        if (!channel || !isNarrow(channel)) return `does not cover ${seen === '' ? 'what was done' : seen}`
        const covered = `${coveredText(channel)} only`
        return seen === '' || !alone ? `covers ${covered}` : `covers ${covered}, and ${seen} was seen`
      }
      case 'schedule':
        return channel?.when ? `is declared for ${channel.when.text} only` : 'is declared for other times'
      case 'expired': {
        const exception = declared?.exception
        if (exception && s.startSeconds < exception.starts) return `starts ${exception.startsText ?? 'later'}`
        return exception?.expiresText ? `expired (${exception.expiresText})` : 'has expired'
      }
      case 'no-conduit':
        return 'joins other zones'
    }
  }

  private zones(indices: readonly number[]): string {
    const ids = indices.map(i => this.model?.zones[i]?.id ?? '?')
    return ids.length === this.model?.zones.length && ids.length > 3 ? 'a declared zone' : listText(ids, 3)
  }

  private service(channel: Channel): string {
    if (channel.service !== undefined) return this.model?.services[channel.service]?.id ?? '?'
    return listText(channel.transports.map(transportText), 3)
  }

  private ends(channel: Channel): string {
    const parts: string[] = []
    const orig = this.endText(channel.orig)
    const resp = this.endText(channel.resp)
    if (orig !== '') parts.push(`from ${orig}`)
    if (resp !== '') parts.push(`to ${resp}`)
    const groups = [...channel.groups.ranges.map(r => r.text), ...channel.groups.macs.map(m => m.text)]
    if (groups.length > 0)
      parts.push(`to the ${groups.length === 1 ? 'group' : 'groups'} ${listText(groups, 3)}`)
    return parts.length === 0 ? 'names other ends' : `is declared ${parts.join(' ')} only`
  }

  private endText(ends: Ends): string {
    const names = [...ends.assets.map(a => this.model?.assets[a]?.id ?? '?'), ...ends.ranges.map(r => r.text)]
    return listText(names, 3)
  }
}

const isNarrow = ({ actions, functions, units, addresses }: Channel): boolean =>
  (actions ?? functions ?? units ?? addresses) !== undefined

/** "read and write with functions 3 and 16 of unit 1 at addresses 40001-40100": what a channel covers of what may be done. */
function coveredText({ actions, functions, units, addresses }: Channel): string {
  const parts = [
    actions === undefined ? 'any action' : actions.size === 0 ? 'no action' : listText([...actions]),
  ]
  if (functions !== undefined) parts.push(`with ${numbersText('function', functions)}`)
  if (units !== undefined) parts.push(`of ${numbersText('unit', units)}`)
  if (addresses !== undefined) parts.push(`at ${numbersText('address', addresses)}`)
  return parts.join(' ')
}

function numbersText(one: string, ranges: readonly PortRange[]): string {
  const isOne = ranges.length === 1 && ranges[0].first === ranges[0].last
  const many = one === 'address' ? 'addresses' : `${one}s`
  return `${isOne ? one : many} ${listText(
    ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)),
    6,
  )}`
}

function nameOf(nearest: Nearest): string {
  if (nearest.exception !== undefined) return `exception ${nearest.exception}`
  return nearest.channel === undefined
    ? `conduit ${nearest.conduit}`
    : `${nearest.channel} of conduit ${nearest.conduit}`
}

function transportText(t: Transport): string {
  switch (t.kind) {
    case 'icmp':
      return t.all ? 'icmp' : `icmp type ${listText([...new Set(t.types.map(x => String(x.type)))], 3)}`
    case 'ip_proto':
      return `IP protocol ${t.proto}`
    case 'ethertype':
      return `ethertype 0x${t.ethertype.toString(16).padStart(4, '0')}`
    default:
      return `${t.kind}/${t.ports.map(p => (p.first === p.last ? `${p.first}` : `${p.first}-${p.last}`)).join(',')}`
  }
}
