import { ACTIONS, actionBits, SESSION } from '../net/actions.ts'
import { modbusRanges } from '../net/modbus-address.ts'
import { serviceOfPort } from '../net/ports.ts'
import type { Channel, Ends, MacPrefix, Model, PortRange, Service, Transport } from './model.ts'
import { type RangeItem, RangeTable, sizeOf } from './ranges.ts'
import type { Schedules } from './schedule.ts'

const EVERY_ACTION = (1 << ACTIONS.length) - 1

/** Compiled ends list: addresses as a table, assets as a set; absent = everyone. */
export interface EndSet {
  ranges: RangeTable
  assets: ReadonlySet<number>
  /** how many addresses it holds, for specificity */
  size: number
}

/** A channel of a conduit, or an exception, ready to be held against a flow. Rules are numbered most specific first. */
export interface Rule {
  readonly model: Channel
  /** indices into the model; conduit and channel are -1 for an exception and the other way round */
  readonly conduit: number
  readonly channel: number
  readonly exception: number
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly anyFrom: boolean
  readonly anyTo: boolean
  /** id of the built-in service it was written with, '' for ports, own services and everything else */
  readonly service: string
  /** ports a service announces for its related conversations, and for which transports */
  readonly dynamic: readonly PortRange[]
  readonly dynamicKinds: ReadonlySet<string>
  /** built-in services that announce: the one it was written with, or those usually found at its ports */
  readonly announcers: ReadonlySet<string>
  readonly orig: EndSet | undefined
  readonly resp: EndSet | undefined
  readonly groups: RangeTable | undefined
  readonly groupMacs: readonly MacPrefix[]
  readonly when: number
  readonly actions: number
  /** units, functions or register addresses narrow it further */
  readonly narrowed: boolean
  /** numbers that deeds may touch; absent = all */
  readonly stretches: readonly Stretch[] | undefined
  /** actions or anything narrower decide */
  readonly restricted: boolean
  /** only a transport by ethertype: its groups need not be listed */
  readonly ethertypeOnly: boolean
}

/** All channels and exceptions of a policy as rules, the most specific first. */
export function makeRules(model: Model, schedules: Schedules): Rule[] {
  const rules: Rule[] = []
  for (const [conduit, { from, to, anyFrom, anyTo, channels }] of model.conduits.entries())
    for (const [index, channel] of channels.entries())
      rules.push(
        makeRule(model, schedules, channel, {
          conduit,
          channel: index,
          exception: -1,
          from,
          to,
          anyFrom,
          anyTo,
        }),
      )
  for (const [exception, { from, to, channel }] of model.exceptions.entries())
    rules.push(
      makeRule(model, schedules, channel, {
        conduit: -1,
        channel: -1,
        exception,
        from,
        to,
        anyFrom: false,
        anyTo: false,
      }),
    )
  const keyed = rules.map(rule => ({ rule, key: specificity(rule), name: nameOf(model, rule) }))
  keyed.sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.name, b.name))
  return keyed.map(({ rule }) => rule)
}

/** Numbers of one area of a protocol, -1 = of any: both ends count, unsigned. */
export interface Stretch {
  area: number
  first: number
  last: number
}

/** Whoever may do something may connect and log in for it. */
const withSession = (actions: number): number => (actions === 0 ? 0 : actions | SESSION)

type Place = Pick<Rule, 'conduit' | 'channel' | 'exception' | 'from' | 'to' | 'anyFrom' | 'anyTo'>

function makeRule(model: Model, schedules: Schedules, channel: Channel, place: Place): Rule {
  const service = channel.service === undefined ? undefined : model.services[channel.service]
  const narrowed =
    channel.units !== undefined || channel.functions !== undefined || channel.addresses !== undefined
  const { ranges, macs } = channel.groups
  return {
    model: channel,
    ...place,
    service: service?.builtIn ? service.id : '',
    dynamic: channel.related ? (service?.dynamic ?? []) : [],
    dynamicKinds: new Set(service?.transports.map(transport => transport.kind) ?? []),
    announcers: announcersOf(service),
    orig: makeEnds(model, channel.orig),
    resp: makeEnds(model, channel.resp),
    groups:
      ranges.length + macs.length === 0 ? undefined : new RangeTable(ranges.map(range => ({ range, id: 0 }))),
    groupMacs: macs,
    when: schedules.indexOf(channel.when),
    actions: channel.actions === undefined ? EVERY_ACTION : withSession(actionBits(channel.actions)),
    narrowed,
    stretches: stretchesOf(channel, service?.builtIn ? service.id : ''),
    restricted: narrowed || channel.actions !== undefined,
    ethertypeOnly: channel.transports.every(transport => transport.kind === 'ethertype'),
  }
}

function announcersOf(service: Service | undefined): ReadonlySet<string> {
  const names = new Set<string>(service === undefined ? [] : [service.id])
  for (const transport of service?.transports ?? []) {
    if (transport.kind !== 'tcp' && transport.kind !== 'udp' && transport.kind !== 'sctp') continue
    for (const { first } of transport.ports) {
      const name = serviceOfPort(transport.kind, first)
      if (name !== undefined) names.add(name)
    }
  }
  return names
}

/** `addresses` of a channel as the protocol counts them; ports may carry Modbus and others: then numbers are what they are. */
function stretchesOf({ addresses }: Channel, service: string): Stretch[] | undefined {
  if (addresses === undefined) return undefined
  if (service !== 'modbus') return addresses.map(({ first, last }) => ({ area: -1, first, last }))
  return addresses.flatMap(({ first, last }) =>
    modbusRanges(first, last).map(range => ({ area: range.table, first: range.first, last: range.last })),
  )
}

function makeEnds(model: Model, ends: Ends): EndSet | undefined {
  if (ends.ranges.length + ends.assets.length === 0) return undefined
  const items: RangeItem[] = ends.ranges.map(range => ({ range, id: 0 }))
  const addresses = [...ends.ranges, ...ends.assets.flatMap(index => model.assets[index].addresses)]
  return {
    ranges: new RangeTable(items),
    assets: new Set(ends.assets),
    size: addresses.reduce((sum, range) => sum + Number(sizeOf(range)), 0),
  }
}

/**
 * How specific a rule is, as a key of which the lesser is the more specific: zones named rather than `any`; ends
 * listed, and by how few addresses; fewer ports; groups, source ports, VLANs, a schedule, actions and anything
 * narrower than actions given rather than not.
 */
function specificity(rule: Rule): number[] {
  const { orig, resp, model: channel } = rule
  return [
    Number(rule.anyFrom) + Number(rule.anyTo),
    Number(orig === undefined) + Number(resp === undefined),
    (orig?.size ?? 0) + (resp?.size ?? 0),
    channel.transports.reduce((sum, transport) => sum + widthOf(transport), 0),
    rule.groups === undefined ? 1 : 0,
    channel.srcPorts.length === 0 ? 1 : 0,
    channel.vlans.length === 0 ? 1 : 0,
    channel.when === undefined ? 1 : 0,
    channel.actions === undefined ? 1 : 0,
    rule.narrowed ? 0 : 1,
  ]
}

/** How much of a protocol a transport takes in: ports or ICMP types, or all of it. */
function widthOf(transport: Transport): number {
  if (transport.kind === 'icmp') return transport.all ? 256 : transport.types.length
  if (transport.kind === 'ip_proto') return 65_536
  if (transport.kind === 'ethertype') return 1
  return transport.ports.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}

/** Ties: conduits before exceptions, then ids by code unit. */
function nameOf(model: Model, rule: Rule): (string | number)[] {
  if (rule.exception >= 0) return [1, model.exceptions[rule.exception].id, '']
  return [0, model.conduits[rule.conduit].id, rule.model.id]
}

function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}
