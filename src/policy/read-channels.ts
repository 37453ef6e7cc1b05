import { modbusRanges } from '../net/modbus-address.ts'
import { isGroupMac, isGroupRange, looksLikeAddress, readMac, readRange } from './addresses.ts'
import { get, keySpan, type MapNode, type Node } from './document.ts'
import type { Draft } from './draft.ts'
import { DAYS, MATCHERS, MAX_NUMBER } from './grammar.ts'
import type { Action, Channel, Ends, PortRange, Service, Transport, When } from './model.ts'
import { vlansAt } from './read-zones.ts'
import { icmpTransport, OWN_KEY, PROTOCOL_NAMES } from './services.ts'
import { itemsAt, mapsAt, parseSpan, spansAt, textAt } from './shape.ts'
import { parseHours } from './times.ts'

/** Adds the services of the policy to the built-in ones. */
export function readServices(draft: Draft): void {
  const builtIn = new Set(draft.services.map(({ id }) => id))
  for (const map of mapsAt(draft.root, 'services')) {
    const node = get(map, 'id')
    const id = textAt(map, 'id') ?? ''
    if (node !== undefined && builtIn.has(id)) {
      draft.reporter.error('service.built-in', node, `"${id}" is a built-in service`, {
        hint: 'give yours another name',
      })
      continue
    }
    const service: Service = {
      id,
      transports: transportsAt(draft, map),
      dynamic: spansAt(map, 'dynamic', 1, 65_535),
      builtIn: false,
    }
    draft.mark(service, node ?? map)
    draft.services.push(service)
  }
}

/** The transports that the keys `tcp`, `udp` ... `ethertype` of a channel or service name. */
function transportsAt(draft: Draft, map: MapNode): Transport[] {
  const transports: Transport[] = []
  for (const kind of ['tcp', 'udp', 'sctp'] as const) {
    const ports = portsAt(map, kind)
    if (ports.length > 0) transports.push({ kind, ports })
  }
  const icmp = itemsAt(map, 'icmp').flatMap(node => {
    if (node.kind === 'number') return [node.value as number]
    if (node.kind !== 'text') return []
    const number = parseSpan(node.value, 0, 255, false)
    return [number === undefined ? (node.value as string) : number.first]
  })
  if (icmp.length > 0) transports.push(icmpTransport(icmp))
  for (const node of itemsAt(map, 'ip_proto')) {
    const word = node.kind === 'text' ? PROTOCOL_NAMES[node.value as string] : undefined
    const proto =
      word ??
      parseSpan(node.kind === 'text' || node.kind === 'number' ? node.value : null, 0, 255, false)?.first
    if (proto === undefined) continue
    if (Object.hasOwn(OWN_KEY, proto)) {
      draft.reporter.error(
        'channel.ip_proto',
        node,
        `IP protocol ${proto} has a key of its own: "${OWN_KEY[proto]}"`,
        {
          hint: `write "${OWN_KEY[proto]}: any" for all of it`,
        },
      )
    }
    transports.push({ kind: 'ip_proto', proto })
  }
  for (const { first } of spansAt(map, 'ethertype', 0x600, 0xffff)) {
    if (first === 0x0800 || first === 0x86dd || first === 0x8100 || first === 0x88a8) {
      draft.reporter.error(
        'channel.ethertype',
        keySpan(map, 'ethertype'),
        `ethertype 0x${first.toString(16).padStart(4, '0')} is ${first === 0x0800 || first === 0x86dd ? 'IP' : 'a VLAN tag'}, which is matched by what is inside`,
      )
    }
    transports.push({ kind: 'ethertype', ethertype: first })
  }
  return transports
}

function portsAt(map: MapNode, key: string): PortRange[] {
  const ports = spansAt(map, key, 0, 65_535)
  const any = itemsAt(map, key).some(node => node.kind === 'text' && node.value === 'any')
  return any ? [{ first: 0, last: 65_535 }] : ports
}

/** One channel, or the channel keys of an exception. `id` is left empty when it is not written. */
export function readChannel(draft: Draft, map: MapNode): Channel {
  const { reporter } = draft
  const serviceNode = get(map, 'service')
  let service: number | undefined
  if (serviceNode?.kind === 'text' && serviceNode.value !== '') {
    const index = draft.services.findIndex(({ id }) => id === serviceNode.value)
    if (index >= 0) service = index
    else
      draft.unknown(
        serviceNode.value as string,
        serviceNode,
        'service',
        draft.services.map(({ id }) => id),
      )
  }
  const related = get(map, 'related')
  const channel: Channel = {
    id: textAt(map, 'id') ?? '',
    transports: service === undefined ? transportsAt(draft, map) : draft.services[service].transports,
    srcPorts: spansAt(map, 'src_ports', 0, 65_535),
    groups: readChannelGroups(draft, map),
    vlans: vlansAt(map, 'vlans'),
    orig: readEnds(draft, map, 'orig'),
    resp: readEnds(draft, map, 'resp'),
    initiator: (textAt(map, 'initiator') as Channel['initiator'] | undefined) ?? 'from',
    opaque: (textAt(map, 'opaque') as Channel['opaque'] | undefined) ?? 'undetermined',
    related: related?.kind === 'flag' ? (related.value as boolean) : true,
    at: reporter.position(map),
  }
  if (service !== undefined) channel.service = service
  if (get(map, 'actions') !== undefined) {
    channel.actions = new Set(
      itemsAt(map, 'actions').flatMap(node => (node.kind === 'text' ? [node.value as Action] : [])),
    )
  }
  if (service !== undefined && draft.services[service].id === 'modbus') checkModbusAddresses(draft, map)
  const when = readWhen(draft, map)
  if (when !== undefined) channel.when = when
  for (const [key, max] of [
    ['units', 65_535],
    ['functions', 65_535],
    ['addresses', MAX_NUMBER],
  ] as const) {
    const ranges = spansAt(map, key, 0, max)
    if (ranges.length > 0) channel[key] = ranges
  }
  draft.mark(channel, get(map, 'id') ?? matcherSpan(map))
  checkChannel(draft, map, channel)
  return channel
}

/** Numbers that stand for no element of a Modbus table would cover nothing. */
function checkModbusAddresses(draft: Draft, map: MapNode): void {
  for (const node of itemsAt(map, 'addresses')) {
    if (node.kind !== 'text' && node.kind !== 'number') continue
    const range = parseSpan(node.value, 0, MAX_NUMBER, true)
    if (range === undefined || modbusRanges(range.first, range.last).length > 0) continue
    draft.reporter.error('channel.addresses', node, `${node.value} is no address of a Modbus table`, {
      hint: '1-9999 coils, 10001-19999 discrete inputs, 30001-39999 input registers, 40001-49999 holding registers, or six digits: 400001',
    })
  }
}

function matcherSpan(map: MapNode): { start: number; end: number } {
  const key = MATCHERS.find(name => map.entries.has(name))
  return key === undefined ? map : keySpan(map, key)
}

function checkChannel(draft: Draft, map: MapNode, channel: Channel): void {
  const { reporter } = draft
  const { transports } = channel
  if (transports.length === 0) return
  const ported = transports.some(({ kind }) => kind === 'tcp' || kind === 'udp' || kind === 'sctp')
  if (map.entries.has('src_ports') && !ported) {
    reporter.error(
      'channel.src_ports',
      keySpan(map, 'src_ports'),
      `"src_ports" means nothing here: ${matcherOf(map)} has no ports`,
    )
  }
  const noIp = transports.every(({ kind }) => kind === 'ethertype')
  if (noIp) {
    for (const range of channel.groups.ranges) {
      reporter.error(
        'channel.groups',
        draft.spanOf(range),
        `${range.text} is an IP group, and ${matcherOf(map)} is not carried by IP`,
        {
          hint: 'list the MAC address of the group',
        },
      )
    }
  } else if (transports.every(({ kind }) => kind !== 'ethertype')) {
    for (const mac of channel.groups.macs) {
      reporter.error(
        'channel.groups',
        draft.spanOf(mac),
        `${mac.text} is a MAC group, and ${matcherOf(map)} is carried by IP`,
        {
          hint: 'list the IP address of the group',
        },
      )
    }
  }
}

function matcherOf(map: MapNode): string {
  const key = MATCHERS.find(name => map.entries.has(name)) ?? 'service'
  return key === 'service' ? `the service "${textAt(map, 'service')}"` : `"${key}"`
}

/** Who may be an end: assets, groups of assets or addresses, addresses. */
function readEnds(draft: Draft, map: MapNode, key: 'orig' | 'resp'): Ends {
  const ends: Ends = { ranges: [], assets: [] }
  const assets = new Set<number>()
  for (const node of itemsAt(map, key)) {
    if (node.kind !== 'text' || node.value === '') continue
    const text = node.value as string
    const asset = draft.find('assets', text)
    const group = draft.groups.get(text)
    if (asset !== undefined) assets.add(asset)
    else if (group !== undefined) {
      group.used = true
      if (group.ranges.length + group.assets.length === 0)
        draft.wrongGroup(group, node, 'addresses or assets')
      for (const index of group.assets) assets.add(index)
      for (const range of draft.expand(group.ranges, node)) ends.ranges.push(range)
    } else if (looksLikeAddress(text)) {
      const range = draft.take(readRange(text), node, `channel.${key}.value`)
      if (range !== undefined) ends.ranges.push(range)
    } else reportEnd(draft, text, node)
  }
  ends.assets = [...assets]
  return ends
}

function reportEnd(draft: Draft, text: string, node: Node): void {
  if (draft.find('zones', text) === undefined) {
    draft.unknown(text, node, 'asset, group or address', [...draft.names('assets'), ...draft.groups.keys()])
    return
  }
  draft.reporter.error(
    'name.unknown',
    node,
    `"${text}" is a zone, and an asset, group or address fits here`,
    {
      hint: 'zones go into "from" and "to" of the conduit',
    },
  )
}

/** Multicast and broadcast groups: IP addresses and MACs, and groups of them. */
function readChannelGroups(draft: Draft, map: MapNode): Channel['groups'] {
  const groups: Channel['groups'] = { ranges: [], macs: [] }
  for (const node of itemsAt(map, 'groups')) {
    if (node.kind !== 'text' || node.value === '') continue
    const text = node.value as string
    const group = draft.groups.get(text)
    if (group !== undefined) {
      group.used = true
      if (group.ranges.length + group.macs.length === 0) draft.wrongGroup(group, node, 'multicast groups')
      for (const range of draft.expand(group.ranges, node)) groups.ranges.push(range)
      for (const mac of draft.expand(group.macs, node)) groups.macs.push(mac)
    } else if (/^[0-9a-f]{2}[:-][0-9a-f]{2}[:-]/i.test(text)) {
      const mac = draft.take(readMac(text), node, 'channel.groups.value')
      if (mac !== undefined) groups.macs.push(mac)
    } else if (looksLikeAddress(text)) {
      const range = draft.take(readRange(text), node, 'channel.groups.value')
      if (range !== undefined) groups.ranges.push(range)
    } else draft.unknown(text, node, 'group or address', draft.groups.keys())
  }
  for (const range of groups.ranges) if (!isGroupRange(range)) notGroup(draft, range)
  for (const mac of groups.macs) if (!isGroupMac(mac)) notGroup(draft, mac)
  return groups
}

function notGroup(draft: Draft, value: { text: string }): void {
  draft.reporter.error(
    'channel.groups',
    draft.spanOf(value),
    `${value.text} is not a multicast or broadcast group`,
    {
      hint: 'single machines, and the broadcast address of a subnet, go into "resp"',
    },
  )
}

function readWhen(draft: Draft, map: MapNode): When | undefined {
  const node = get(map, 'when')
  if (node?.kind !== 'map') return undefined
  const days = new Set<number>()
  for (const item of itemsAt(node, 'days')) {
    if (item.kind !== 'text') continue
    const [first, last = first] = (item.value as string)
      .split('-')
      .map(day => DAYS.indexOf(day as (typeof DAYS)[number]))
    if (first < 0 || last < 0) continue
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day)
      if (day === last) break
    }
  }
  const hours = parseHours(textAt(node, 'hours') ?? '')
  const text = [[...days].map(day => DAYS[day]).join(' '), textAt(node, 'hours') ?? '']
    .filter(part => part !== '')
    .join(' ')
  const when: When = { days: [...days], text }
  if (hours !== undefined) {
    when.hours = hours
    if (hours.from === hours.to) {
      draft.reporter.error(
        'channel.when',
        get(node, 'hours')!,
        `"${textAt(node, 'hours')}" starts and ends at the same minute`,
        {
          hint: 'leave "hours" out for the whole day',
        },
      )
    }
  }
  return when
}
