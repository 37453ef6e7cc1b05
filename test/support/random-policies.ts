import { ACTIONS } from '../../src/net/actions.ts'
import { contextsMeet } from '../../src/policy/overlaps.ts'
import type { AssetSketch, ChannelSketch, FlowSketch, PolicySketch, ZoneSketch } from './policy-models.ts'
import { range } from './policy-models.ts'

/** Numbers from a seed (mulberry32): the same seed, the same policies and flows. */
export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** A whole number 0 .. below - 1. */
  roll(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)]
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.roll(times) === 0
  }

  /** Up to `most` different items. */
  some<T>(items: readonly T[], most: number): T[] {
    const count = Math.min(items.length, this.roll(most + 1))
    return [...items].sort(() => this.roll(3) - 1).slice(0, count)
  }
}

const NETWORKS = [
  '10.0.0.0/8',
  '10.0.0.0/16',
  '10.0.1.0/24',
  '10.0.1.8-10.0.1.20',
  '10.0.2.0/24',
  '10.0.2.0/28',
  '10.0.3.0/24',
  '10.0.1.11',
  '192.168.0.0/24',
  '192.168.0.0/28',
  '192.168.0.0/16',
  '0.0.0.0/0',
  '::/0',
  'fd00:1::/64',
  'fd00:1::/48',
  'fd00:1::8/125',
  'fd00:2::/64',
  'fd00:2::5',
]
const SKID_NETWORKS = [
  '192.168.0.0/24',
  '192.168.0.0/28',
  '192.168.0.0/16',
  '10.0.1.0/24',
  '10.0.1.8-10.0.1.20',
  '0.0.0.0/0',
]
const ADDRESSES = [
  '10.0.1.1',
  '10.0.1.9',
  '10.0.1.11',
  '10.0.1.12',
  '10.0.1.77',
  '10.0.2.1',
  '10.0.2.5',
  '10.0.2.99',
  '10.0.3.4',
  '10.9.9.9',
  '192.168.0.3',
  '192.168.0.200',
  '192.168.7.7',
  '172.16.0.1',
  '8.8.8.8',
  '127.0.0.1',
  '0.0.0.0',
  '0.0.0.7',
  '169.254.3.3',
  '255.255.255.254',
]
const ADDRESSES6 = [
  'fd00:1::1',
  'fd00:1::9',
  'fd00:1:0:5::1',
  'fd00:2::5',
  'fd00:2::6',
  '2001:db8::1',
  'fe80::1',
  '::',
  '::1',
]
const GROUPS = ['224.0.1.129', '239.1.1.1', '224.0.0.5', '255.255.255.255']
const GROUPS6 = ['ff05::101', 'ff02::1', 'ff12::5', 'ff0e::7']
const MACS = [
  '00:00:00:00:01:01',
  '00:00:00:00:01:02',
  '00:00:00:00:02:01',
  '00:00:00:aa:00:01',
  '02:00:00:00:00:09',
]
const MAC_PREFIXES = [
  '00:00:00:00:00:00/32',
  '00:00:00:00:01:00/40',
  '00:00:00:aa:00:00/32',
  '02:00:00:00:00:00/24',
]
const GROUP_MACS = ['01:0c:cd:01:00:04', '01:1b:19:00:00:00', '01:80:c2:00:00:0e', 'ff:ff:ff:ff:ff:ff']
const GROUP_MAC_PREFIXES = ['01:0c:cd:01:00:00/40', '01:1b:19:00:00:00', 'ff:ff:ff:ff:ff:ff']
const VLANS = [0, 35, 110, 120, 201, 202, 900]
const VNIS = [5000, 5001]
const WHATS = [
  'modbus',
  'ssh',
  'ftp',
  'opc',
  'ntp',
  'goose',
  'historian',
  'tcp/502',
  'tcp/22,502',
  'tcp/1-65535',
  'tcp/0-600',
  'udp/319,320',
  'udp/0-65535',
  'sctp/2905',
  'icmp',
  'icmp/echo',
  'ip/47',
  'ip/41',
  '0x88b8',
  '0x88f7',
  '0x8892',
]
const PORTS = [0, 20, 21, 22, 67, 123, 135, 319, 502, 1500, 2905, 5020, 5450, 40_000, 50_000, 60_000]
const TIMES = [
  '2026-10-24T19:59:59Z',
  '2026-10-24T20:00:00Z',
  '2026-10-25T00:30:00Z',
  '2026-10-25T01:30:00Z',
  '2026-10-25T04:59:59Z',
  '2026-10-25T05:00:00Z',
  '2026-10-31T22:59:59Z',
  '2026-10-31T23:00:00Z',
  '2026-11-04T05:30:00Z',
  '2026-11-04T13:00:00Z',
  '2026-12-31T23:00:00Z',
  '2026-03-29T01:00:00Z',
]
const SIMPLE_ACTIONS = [...ACTIONS]

/** A legal policy in which everything meets everything: few names, nested and identical networks, few ports. */
export function randomPolicy(dice: Dice): PolicySketch {
  const zones = randomZones(dice)
  const ids = zones.map(({ id }) => id)
  const assets = randomAssets(dice, ids)
  const assetIds = assets.map(({ id }) => id)
  const names = () =>
    dice.once(9) ? 'any' : dice.once(3) ? [dice.pick(ids), dice.pick(ids)] : dice.pick(ids)
  const conduits = Array.from({ length: 1 + dice.roll(5) }, (_, i) => ({
    id: `C-${i}`,
    from: names(),
    to: names(),
    channels: Array.from({ length: 1 + dice.roll(4) }, (_, j) => ({
      ...randomChannel(dice, assetIds),
      id: `c${j}`,
    })),
  }))
  const exceptions = Array.from({ length: dice.roll(4) }, (_, i) => ({
    ...randomChannel(dice, assetIds),
    id: `EX-${i}`,
    from: names(),
    to: names(),
    ...(dice.once(2) ? {} : { starts: dice.pick(TIMES) }),
    ...(dice.once(2) ? {} : { expires: dice.pick(TIMES) }),
  }))
  return {
    timezone: dice.pick(['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns']),
    transit: dice.once(2) ? [900] : [],
    taps: [{ id: 'plain' }, { id: 'native', nativeVlan: dice.pick([35, 110, 201]) }],
    zones,
    assets,
    conduits: conduits.map(conduit => ({ ...conduit, from: unique(conduit.from), to: unique(conduit.to) })),
    exceptions: exceptions.map(exception => ({
      ...exception,
      from: unique(exception.from),
      to: unique(exception.to),
    })),
  }
}

function randomZones(dice: Dice): ZoneSketch[] {
  const zones: ZoneSketch[] = []
  const vlans = !dice.once(5)
  const macs = [...MAC_PREFIXES]
  // a plant of skids with the same addresses, and zones nested in them
  const skids = dice.once(3)
  for (let i = 0; i < 2 + dice.roll(5); i++) {
    const zone: ZoneSketch = { id: `z${i}`, networks: dice.some(NETWORKS, 4) }
    if (dice.once(4)) zone.kind = dice.pick(['external', 'external', 'dmz', 'safety'])
    if (vlans && !dice.once(3)) zone.vlans = dice.some(VLANS, 2)
    if (dice.once(3)) zone.macs = macs.splice(dice.roll(macs.length), 1)
    if (skids && !dice.once(4)) {
      zone.networks = dice.some(SKID_NETWORKS, 4)
      zone.context = { vlans: dice.pick([[201], [202], [201, 202], [0], [201, 900]]) }
      if (dice.once(5)) zone.context.taps = ['native']
    } else if (dice.once(3)) {
      const kind = dice.roll(6)
      zone.context = {
        ...(kind < 4 ? { vlans: [dice.pick(VLANS), dice.pick(VLANS)] } : {}),
        ...(kind === 4 || dice.once(6) ? { vnis: [dice.pick(VNIS)] } : {}),
        ...(kind === 5 || dice.once(6) ? { taps: [dice.pick(['plain', 'native'])] } : {}),
      }
    }
    // equal networks are legal only where their contexts cannot meet
    zone.networks = zone.networks!.filter(network =>
      zones.every(
        other => !meetsIn(zone, other) || !other.networks!.some(there => sameSizeMeet(network, there)),
      ),
    )
    zones.push(zone)
  }
  return zones
}

function meetsIn(a: ZoneSketch, b: ZoneSketch): boolean {
  const taps = ['plain', 'native']
  const contextOf = ({ context }: ZoneSketch) =>
    context && {
      vlans: context.vlans ?? [],
      vnis: context.vnis ?? [],
      taps: (context.taps ?? []).map(tap => taps.indexOf(tap)),
    }
  return contextsMeet(contextOf(a), contextOf(b))
}

function sameSizeMeet(a: string, b: string): boolean {
  const [x, y] = [range(a), range(b)]
  const size = ({ first, last }: typeof x) => last.map((word, i) => word - first[i]).join()
  const overlap = String(x.first) <= String(y.last) && String(y.first) <= String(x.last)
  return a === b || (x.version === y.version && size(x) === size(y) && overlap)
}

function randomAssets(dice: Dice, zones: string[]): AssetSketch[] {
  const addresses = [...ADDRESSES.slice(0, 14), ...ADDRESSES6.slice(0, 6)]
  const macs = [...MACS]
  const take = <T>(items: T[]): T[] => (items.length === 0 ? [] : items.splice(dice.roll(items.length), 1))
  const assets: AssetSketch[] = []
  for (let i = 0; i < dice.roll(5); i++) {
    const asset: AssetSketch = {
      id: `a${i}`,
      addresses: take(addresses),
      macs: dice.once(2) ? take(macs) : [],
    }
    if (dice.once(3)) asset.addresses!.push(...take(addresses))
    if (dice.once(6)) asset.addresses = dice.once(2) ? ['10.0.2.0/30'] : ['192.168.0.0/29']
    if (!dice.once(3)) asset.zone = dice.pick(zones)
    else {
      asset.own = dice.some(['ssh', 'ntp', 'icmp', 'tcp/502', 'ip/47', 'icmp/echo'], 3)
      const own = asset.addresses!.find(text => !text.includes(':') && !text.includes('/'))
      if (own !== undefined && dice.once(2)) {
        asset.nat = [
          dice.pick([
            { outside: `${own}:5020`, inside: '10.0.1.11:502' },
            { outside: own, inside: '192.168.0.3' },
            { outside: own, inside: '10.0.3.4' },
            { masquerade: own, hides: [dice.pick(zones)] },
            { masquerade: own, hides: [...new Set([dice.pick(zones), dice.pick(zones)])] },
          ]),
        ]
        if (dice.once(3)) asset.nat.push({ masquerade: own, hides: [dice.pick(zones)] })
        if (dice.once(3)) asset.nat.push({ outside: '10.9.9.0/24', inside: '10.0.1.0/24' })
      }
    }
    if (
      assets.some(other =>
        other.addresses!.some(there => asset.addresses!.some(here => sameSizeMeet(here, there))),
      )
    )
      continue
    assets.push(asset)
  }
  return assets
}

function randomChannel(dice: Dice, assets: string[]): ChannelSketch {
  const channel: ChannelSketch = { what: dice.pick(WHATS) }
  const ends = [
    ...assets,
    '10.0.1.0/24',
    '10.0.1.11',
    '10.0.2.0/25',
    '192.168.0.0/16',
    'fd00:1::/64',
    '0.0.0.0/0',
    '::/0',
  ]
  if (dice.once(4)) channel.orig = dice.some(ends, 3)
  if (dice.once(4)) channel.resp = dice.some(ends, 3)
  if (dice.once(4)) channel.initiator = dice.pick(['to', 'either'])
  if (dice.once(5))
    channel.groups = dice.some([...GROUPS, ...GROUPS6, ...GROUP_MAC_PREFIXES, '224.0.0.0/4'], 3)
  if (dice.once(8)) channel.vlans = dice.some(VLANS, 2)
  if (dice.once(8)) channel.src = dice.pick(['1024-65535', '0-1023', '123'])
  if (dice.once(3)) channel.actions = dice.some(SIMPLE_ACTIONS, 6)
  if (dice.once(10)) channel.units = [1]
  if (dice.once(5)) channel.opaque = 'accept'
  if (dice.once(6)) channel.related = false
  if (dice.once(6)) channel.days = dice.some([0, 1, 2, 3, 4, 5, 6], 4)
  if (dice.once(6))
    channel.hours = dice.pick<[number, number]>([
      [360, 840],
      [1320, 360],
      [0, 1440],
      [90, 200],
    ])
  if (channel.actions?.length === 0) delete channel.actions
  return channel
}

/** A flow among the addresses, ports and places such policies speak of, and some they do not. */
export function randomFlow(dice: Dice): FlowSketch {
  const flow: FlowSketch = {
    direction: dice.pick(['handshake', 'handshake', 'request', 'port', 'first']),
    vlans: dice.once(3) ? [] : dice.once(4) ? [dice.pick(VLANS), dice.pick(VLANS)] : [dice.pick(VLANS)],
    at: dice.pick(TIMES),
    fromMac: dice.pick(MACS),
    toMac: dice.pick(MACS),
  }
  if (dice.once(4)) flow.vni = dice.pick([...VNIS, 7])
  if (dice.once(3)) flow.tap = dice.roll(2)
  if (dice.once(3)) flow.bound = dice.pick(['orig', 'resp', 'both'])
  if (dice.once(6)) withoutIp(dice, flow)
  else withIp(dice, flow)
  if (dice.once(5)) flow.application = dice.pick(['modbus', 'ssh', 'ftp', 'dns'])
  if (dice.once(4)) flow.actions = [...new Set([dice.pick(SIMPLE_ACTIONS), dice.pick(SIMPLE_ACTIONS)])]
  if (dice.once(3)) flow.payload = dice.pick(['unparsed', 'none-yet', 'parsed', 'opaque'])
  if (dice.once(12)) flow.opaque = true
  return flow
}

function withoutIp(dice: Dice, flow: FlowSketch): void {
  flow.ethertype = dice.pick([0x88b8, 0x88f7, 0x8892, 0x0806, 0x88cc, 0x9999])
  flow.toMac = dice.once(2) ? dice.pick(GROUP_MACS) : dice.pick(MACS)
}

function withIp(dice: Dice, flow: FlowSketch): void {
  const six = dice.once(4)
  const to = dice.once(5) ? dice.pick(six ? GROUPS6 : GROUPS) : dice.pick(six ? ADDRESSES6 : ADDRESSES)
  const from = dice.pick(six ? ADDRESSES6 : ADDRESSES)
  const proto = dice.pick<FlowSketch['proto']>([
    'tcp',
    'tcp',
    'tcp',
    'udp',
    'udp',
    six ? 'icmp6' : 'icmp',
    47,
    41,
    132,
    2,
  ])
  const ported = proto === 'tcp' || proto === 'udp' || proto === 132
  const end = (address: string, port: number) =>
    !ported ? address : six ? `[${address}]:${port}` : `${address}:${port}`
  flow.from = end(from, dice.once(2) ? dice.pick([1500, 40_000, 50_000, 60_000]) : dice.pick(PORTS))
  flow.to = end(to, dice.pick(PORTS))
  if (proto !== undefined) flow.proto = proto
  if (proto === 'icmp') flow.type = dice.pick([0, 8, 3, 11, 13, 14])
  if (proto === 'icmp6') flow.type = dice.pick([128, 129, 1, 135, 3])
}

function unique(names: string | string[]): string | string[] {
  return typeof names === 'string' ? names : [...new Set(names)]
}
