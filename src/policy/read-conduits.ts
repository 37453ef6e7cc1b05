import { readAddress, readMac } from './addresses.ts'
import { get, keySpan, type MapNode } from './document.ts'
import type { Draft } from './draft.ts'
import { MAX_VLAN } from './grammar.ts'
import type { Action, Channel, Conduit, Exception, Expectation, Model, Transport } from './model.ts'
import { readChannel } from './read-channels.ts'
import { assign, securityLevelAt } from './read-zones.ts'
import { parseServiceText } from './services.ts'
import { freeTextAt, mapsAt, parseSpan, textAt } from './shape.ts'
import { parseTime, type TimeSpan } from './times.ts'

/** The conduits of the policy, in its order. */
export function readConduits(draft: Draft): Conduit[] {
  const { root, reporter } = draft
  return mapsAt(root, 'conduits').map(map => {
    const from = draft.zonesAt(map, 'from', true)
    const to = draft.zonesAt(map, 'to', true)
    const conduit: Conduit = {
      id: textAt(map, 'id') ?? '',
      from: from.zones,
      to: to.zones,
      anyFrom: from.any,
      anyTo: to.any,
      channels: readChannels(draft, map),
      at: reporter.position(map),
    }
    draft.mark(conduit, get(map, 'id') ?? map)
    draft.mark(conduit.from, keySpan(map, 'from'))
    draft.mark(conduit.to, keySpan(map, 'to'))
    assign(conduit, 'slT', securityLevelAt(map))
    assign(conduit, 'owner', freeTextAt(map, 'owner'))
    assign(conduit, 'rationale', freeTextAt(map, 'rationale'))
    assign(conduit, 'name', freeTextAt(map, 'name'))
    return conduit
  })
}

/** Channels with unique ids: those written first, then names made from what is matched. */
function readChannels(draft: Draft, conduit: MapNode): Channel[] {
  const taken = new Map<string, Channel>()
  const channels = mapsAt(conduit, 'channels').map(map => readChannel(draft, map))
  for (const channel of channels) {
    if (channel.id === '') continue
    const first = taken.get(channel.id)
    if (first !== undefined) {
      draft.reporter.error(
        'id.duplicate',
        draft.spanOf(channel),
        `the name "${channel.id}" is given to two channels of this conduit`,
        {
          also: { span: draft.spanOf(first), message: 'the first one stands here' },
        },
      )
    }
    taken.set(channel.id, channel)
  }
  for (const channel of channels) {
    if (channel.id !== '') continue
    const base = channelName(channel, draft.services)
    let id = base
    for (let i = 2; taken.has(id); i++) id = `${base}-${i}`
    channel.id = id
    taken.set(id, channel)
  }
  return channels
}

/** A name for a channel that was given none: its service, or its transport with the first ports. */
export function channelName(channel: Channel, services: Model['services']): string {
  if (channel.service !== undefined) return services[channel.service].id
  return channel.transports.length === 0 ? 'channel' : transportName(channel.transports)
}

function transportName(transports: readonly Transport[]): string {
  const [first] = transports
  if (first.kind === 'ethertype')
    return `ethertype-${joined(transports.map(t => (t.kind === 'ethertype' ? `0x${t.ethertype.toString(16)}` : '')))}`
  if (first.kind === 'ip_proto')
    return `ip-${joined(transports.map(t => (t.kind === 'ip_proto' ? String(t.proto) : '')))}`
  if (first.kind === 'icmp') {
    return first.all ? 'icmp' : `icmp-${joined([...new Set(first.types.map(({ type }) => String(type)))])}`
  }
  return `${first.kind}-${joined(first.ports.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)))}`
}

function joined(parts: readonly string[]): string {
  return parts.length <= 4 ? parts.join('_') : `${parts.slice(0, 3).join('_')}_and-${parts.length - 3}-more`
}

/** The exceptions of the policy, in its order. */
export function readExceptions(draft: Draft): Exception[] {
  const { root, reporter } = draft
  return mapsAt(root, 'exceptions').map(map => {
    const channel = readChannel(draft, map)
    channel.id = channelName(channel, draft.services)
    const starts = timeAt(draft, map, 'starts')
    const expires = timeAt(draft, map, 'expires')
    const exception: Exception = {
      id: textAt(map, 'id') ?? '',
      from: draft.zonesAt(map, 'from', true).zones,
      to: draft.zonesAt(map, 'to', true).zones,
      channel,
      starts: starts?.first ?? Number.NEGATIVE_INFINITY,
      expires: expires?.end ?? Number.POSITIVE_INFINITY,
      at: reporter.position(map),
    }
    draft.mark(exception, get(map, 'id') ?? map)
    draft.mark(exception.from, keySpan(map, 'from'))
    draft.mark(exception.to, keySpan(map, 'to'))
    assign(exception, 'reason', freeTextAt(map, 'reason'))
    assign(exception, 'compensatingControl', freeTextAt(map, 'compensating_control'))
    assign(exception, 'approvedBy', freeTextAt(map, 'approved_by'))
    assign(exception, 'ticket', freeTextAt(map, 'ticket'))
    assign(exception, 'startsText', textAt(map, 'starts'))
    assign(exception, 'expiresText', textAt(map, 'expires'))
    if (starts !== undefined && expires !== undefined && expires.end <= starts.first) {
      reporter.error(
        'exception.times',
        get(map, 'expires')!,
        `the exception "${exception.id}" ends before it starts`,
        {
          also: { span: get(map, 'starts')!, message: 'it starts here' },
        },
      )
    }
    return exception
  })
}

function timeAt(draft: Draft, map: MapNode, key: string): TimeSpan | undefined {
  const node = get(map, key)
  if (node?.kind !== 'text') return undefined
  const text = node.value as string
  // the form is the business of the shape check; here the calendar counts
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const time = parseTime(text, draft.timezone)
  if (time !== undefined) return time
  if (/^\d{4}-\d\d-\d\d$/.test(text))
    draft.reporter.error('time.value', node, `${text} is not a day of the calendar`)
  else if (/(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) {
    draft.reporter.error('time.value', node, `${text} is not a time that exists`, {
      hint: 'for example 2026-12-31T18:00:00+01:00',
    })
  }
  return undefined
}

/** The expectations of the policy, in its order. */
export function readExpectations(draft: Draft): Expectation[] {
  const { root, reporter } = draft
  return mapsAt(root, 'expect').map(map => {
    const expectation: Expectation = {
      from: endAt(draft, map, 'from'),
      to: endAt(draft, map, 'to'),
      verdict: textAt(map, 'verdict') ?? '',
      position: reporter.position(get(map, 'verdict') ?? map),
    }
    const service = get(map, 'service')
    if (service?.kind === 'text' && service.value !== '') {
      const text = service.value as string
      expectation.service = text
      if (parseServiceText(text, draft.services) === undefined) {
        draft.unknown(
          text,
          service,
          'service',
          draft.services.map(({ id }) => id),
        )
      }
    }
    assign(expectation, 'action', textAt(map, 'action') as Action | undefined)
    const vlan = get(map, 'vlan')
    if (vlan?.kind === 'text' && vlan.value === 'untagged') expectation.vlan = 0
    else if (vlan?.kind === 'number' || vlan?.kind === 'text') {
      assign(expectation, 'vlan', parseSpan(vlan.value, 0, MAX_VLAN, false)?.first)
    }
    const mac = get(map, 'mac')
    if (mac?.kind === 'text' && mac.value !== '') {
      const read = draft.take(readMac(mac.value as string, false), mac, 'expect.mac')
      assign(expectation, 'mac', read?.text)
    }
    const port = get(map, 'src_port')
    if (port?.kind === 'number' || port?.kind === 'text')
      assign(expectation, 'srcPort', parseSpan(port.value, 0, 65_535, false)?.first)
    assign(expectation, 'at', timeAt(draft, map, 'at')?.first)
    return expectation
  })
}

function endAt(draft: Draft, map: MapNode, key: string): string {
  const node = get(map, key)
  if (node?.kind !== 'text' || node.value === '') return ''
  const text = node.value as string
  if (/^[0-9a-f]{2}[:-][0-9a-f]{2}[:-]/i.test(text)) draft.take(readMac(text, false), node, `expect.${key}`)
  else {
    const read = readAddress(text)
    const name = draft.find('zones', text) ?? draft.find('assets', text)
    if (name !== undefined && 'fault' in read) {
      draft.reporter.error(`expect.${key}`, node, `"${text}" is a name, and an address fits here`, {
        hint: 'take one address of it',
      })
    } else draft.take(read, node, `expect.${key}`)
  }
  return text
}
