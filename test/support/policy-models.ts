import { parseAddress, parseMac, prefixRange, type Words } from '../../src/net/address.ts'
import type {
  Action,
  AddressRange,
  Asset,
  Channel,
  Conduit,
  Ends,
  Exception,
  MacPrefix,
  Model,
  PortRange,
  Service,
  Tap,
  Transport,
  When,
  Zone,
} from '../../src/policy/model.ts'
import { Question } from '../../src/policy/question.ts'

/** Small policies for tests, written close to the policy language but without its reader. */
export interface PolicySketch {
  timezone?: string
  transit?: number[]
  taps?: (Partial<Omit<Tap, 'portGroups'>> & { id: string })[]
  zones: ZoneSketch[]
  assets?: AssetSketch[]
  conduits?: ConduitSketch[]
  exceptions?: (ChannelSketch & { id: string; from: Names; to: Names; starts?: string; expires?: string })[]
}

export interface ZoneSketch {
  id: string
  kind?: NonNullable<Zone['kind']>
  networks?: string[]
  vlans?: number[]
  macs?: string[]
  context?: { vlans?: number[]; vnis?: number[]; taps?: string[] }
}

export interface AssetSketch {
  id: string
  zone?: string
  addresses?: string[]
  macs?: string[]
  own?: string[]
  nat?: { outside?: string; inside?: string; masquerade?: string; hides?: string[] }[]
}

type Names = string | string[]

export interface ConduitSketch {
  id: string
  from: Names
  to: Names
  channels: ChannelSketch[]
}

/** `what` is `tcp/502`, `udp/319,320`, `icmp/echo`, `icmp`, `ip/47`, `0x88b8` or the name of a service. */
export interface ChannelSketch {
  id?: string
  what: string
  src?: string
  groups?: string[]
  vlans?: number[]
  orig?: string[]
  resp?: string[]
  initiator?: Channel['initiator']
  actions?: Action[]
  opaque?: Channel['opaque']
  related?: boolean
  days?: number[]
  hours?: [number, number]
  units?: number[]
}

const NOWHERE = { line: 1, column: 1 }

/** Services every sketch knows; `historian` is one of the site's own. */
export const SERVICES: Service[] = [
  service('modbus', 'tcp/502'),
  service('ssh', 'tcp/22'),
  service('ftp', 'tcp/21', [{ first: 1024, last: 65535 }]),
  service('opc', 'tcp/135', [{ first: 49152, last: 65535 }]),
  service('ntp', 'udp/123'),
  service('goose', '0x88b8'),
  service('historian', 'tcp/5450', [], false),
]

/** A model of a sketch. */
export function makeModel(sketch: PolicySketch): Model {
  const zoneIds = sketch.zones.map(zone => zone.id)
  const tapIds = (sketch.taps ?? []).map(tap => tap.id)
  const assetIds = (sketch.assets ?? []).map(asset => asset.id)
  const zones = (names: Names): number[] =>
    names === 'any' ? zoneIds.map((_, i) => i) : index(zoneIds, [names].flat())
  return {
    timezone: sketch.timezone ?? 'UTC',
    transitVlans: sketch.transit ?? [],
    taps: (sketch.taps ?? []).map(tap => ({
      type: 'local',
      vlans: [],
      directions: 'both',
      portGroups: new Map(),
      at: NOWHERE,
      ...tap,
    })),
    zones: sketch.zones.map((zone, i) => makeZone(zone, tapIds, i)),
    assets: (sketch.assets ?? []).map(asset => makeAsset(asset, zoneIds)),
    services: SERVICES,
    conduits: (sketch.conduits ?? []).map(
      ({ id, from, to, channels }, i): Conduit => ({
        id,
        from: zones(from),
        to: zones(to),
        anyFrom: from === 'any',
        anyTo: to === 'any',
        channels: channels.map(channel => makeChannel(channel, assetIds)),
        at: { line: 100 + i, column: 1 },
      }),
    ),
    exceptions: (sketch.exceptions ?? []).map(
      (exception, i): Exception => ({
        id: exception.id,
        from: zones(exception.from),
        to: zones(exception.to),
        channel: makeChannel(exception, assetIds),
        starts: exception.starts === undefined ? Number.NEGATIVE_INFINITY : seconds(exception.starts),
        expires: exception.expires === undefined ? Number.POSITIVE_INFINITY : seconds(exception.expires),
        at: { line: 500 + i, column: 1 },
      }),
    ),
    expect: [],
    sharedAddresses: [],
    sharedMacs: [],
    policyId: '0123456789ab',
  }
}

/** Seconds since 1970 UTC of an RFC 3339 time. */
export function seconds(text: string): number {
  return Date.parse(text) / 1000
}

/** `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9`. */
export function range(text: string): AddressRange {
  const [from, to] = text.split('-')
  const [address, bits] = from.split('/')
  const { version, words } = parseAddress(address)!
  if (to !== undefined) return { version, first: words, last: parseAddress(to)!.words, text, prefix: -1 }
  const prefix = bits === undefined ? (version === 4 ? 32 : 128) : Number(bits)
  return { version, ...prefixRange(version, words, prefix), text, prefix }
}

/** `00:0e:8c:01:02:03` or a prefix of it with `/bits`. */
export function mac(text: string): MacPrefix {
  const [address, bits] = text.split('/')
  return { ...parseMac(address)!, bits: bits === undefined ? 48 : Number(bits), text }
}

/** What a flow in a test differs in from a TCP connection whose opening was seen. Addresses with ports: `10.0.0.1:502`. */
export interface FlowSketch {
  from?: string
  to?: string
  fromMac?: string
  toMac?: string
  bound?: 'orig' | 'resp' | 'both'
  proto?: number | 'tcp' | 'udp' | 'icmp' | 'icmp6'
  type?: number
  ethertype?: number
  vlans?: number[]
  vni?: number
  tap?: number
  direction?: Question['direction']
  at?: string
  application?: string
  actions?: Action[]
  payload?: Question['payload']
  opaque?: boolean
  parent?: number
}

const PROTOS = { tcp: 6, udp: 17, icmp: 1, icmp6: 58 }

/** A question of a sketch. Without addresses it is a frame without IP. */
export function makeQuestion(sketch: FlowSketch): Question {
  const q = new Question()
  const orig = endpoint(sketch.from)
  const resp = endpoint(sketch.to)
  q.version = orig?.version ?? resp?.version ?? 0
  if (orig !== undefined) q.orig.set(orig.words)
  if (resp !== undefined) q.resp.set(resp.words)
  q.origPort = orig?.port ?? 0
  q.respPort = resp?.port ?? 0
  q.proto =
    q.version === 0 ? -1 : typeof sketch.proto === 'number' ? sketch.proto : PROTOS[sketch.proto ?? 'tcp']
  q.ethertype = sketch.ethertype ?? 0
  q.icmpType = sketch.type ?? 0
  if (sketch.fromMac !== undefined) ({ high: q.origMacHigh, low: q.origMacLow } = mac(sketch.fromMac))
  if (sketch.toMac !== undefined) ({ high: q.respMacHigh, low: q.respMacLow } = mac(sketch.toMac))
  q.origMacBound = sketch.bound === 'orig' || sketch.bound === 'both'
  q.respMacBound = sketch.bound === 'resp' || sketch.bound === 'both'
  q.vlans.set(sketch.vlans ?? [])
  q.vlanCount = sketch.vlans?.length ?? 0
  q.vni = sketch.vni ?? -1
  q.tap = sketch.tap ?? -1
  q.direction = sketch.direction ?? 'handshake'
  q.seconds = seconds(sketch.at ?? '2026-11-04T10:00:00Z')
  q.application = sketch.application ?? ''
  q.actions = sketch.actions ?? []
  q.payload = sketch.payload ?? (q.actions.length > 0 ? 'parsed' : 'unparsed')
  q.opaque = sketch.opaque ?? false
  q.parentJudgement = sketch.parent ?? -1
  return q
}

function endpoint(text: string | undefined): { version: 4 | 6; words: Words; port: number } | undefined {
  if (text === undefined) return undefined
  const bracketed = /^\[(.*)\]:(\d+)$/.exec(text)
  const plain = /^([\d.]+):(\d+)$/.exec(text)
  const [, address, port] = bracketed ?? plain ?? ['', text, '0']
  return { ...parseAddress(address)!, port: Number(port) }
}

function makeZone(zone: ZoneSketch, tapIds: string[], i: number): Zone {
  const { context } = zone
  return {
    id: zone.id,
    ...(zone.kind === undefined ? {} : { kind: zone.kind }),
    networks: (zone.networks ?? []).map(range),
    vlans: zone.vlans ?? [],
    macs: (zone.macs ?? []).map(mac),
    ...(context === undefined
      ? {}
      : {
          context: {
            vlans: context.vlans ?? [],
            vnis: context.vnis ?? [],
            taps: index(tapIds, context.taps ?? []),
          },
        }),
    at: { line: 10 + i, column: 1 },
  }
}

function makeAsset(asset: AssetSketch, zoneIds: string[]): Asset {
  const boundary = asset.zone === undefined
  return {
    id: asset.id,
    zone: boundary ? -1 : zoneIds.indexOf(asset.zone!),
    addresses: (asset.addresses ?? []).map(range),
    macs: (asset.macs ?? []).map(mac),
    ...(boundary ? { role: 'boundary' } : {}),
    boundary,
    own: (asset.own ?? []).flatMap(what => makeTransports(what).transports),
    nat: (asset.nat ?? []).map(({ outside, inside, masquerade, hides }) => ({
      ...(outside === undefined ? {} : { outside: natEnd(outside) }),
      ...(inside === undefined ? {} : { inside: natEnd(inside) }),
      ...(masquerade === undefined ? {} : { masquerade: range(masquerade) }),
      hides: index(zoneIds, hides ?? []),
      at: NOWHERE,
    })),
    mode: 'routed',
    bridges: [],
    at: NOWHERE,
  }
}

function natEnd(text: string): { range: AddressRange; port: number; text: string } {
  const [address, port] = text.split(':')
  return { range: range(address), port: Number(port ?? 0), text }
}

function makeChannel(channel: ChannelSketch, assetIds: string[]): Channel {
  const { service: known, transports } = makeTransports(channel.what)
  const groups = channel.groups ?? []
  const when: When | undefined =
    channel.days === undefined && channel.hours === undefined
      ? undefined
      : {
          days: channel.days ?? [0, 1, 2, 3, 4, 5, 6],
          ...(channel.hours === undefined ? {} : { hours: { from: channel.hours[0], to: channel.hours[1] } }),
          text: 'when',
        }
  return {
    id: channel.id ?? channel.what,
    ...(known < 0 ? {} : { service: known }),
    transports,
    srcPorts: channel.src === undefined ? [] : ports(channel.src),
    groups: {
      ranges: groups.filter(text => !isMac(text)).map(range),
      macs: groups.filter(isMac).map(mac),
    },
    vlans: channel.vlans ?? [],
    orig: ends(channel.orig ?? [], assetIds),
    resp: ends(channel.resp ?? [], assetIds),
    initiator: channel.initiator ?? 'from',
    ...(channel.actions === undefined ? {} : { actions: new Set(channel.actions) }),
    opaque: channel.opaque ?? 'undetermined',
    related: channel.related ?? true,
    ...(when === undefined ? {} : { when }),
    ...(channel.units === undefined
      ? {}
      : { units: channel.units.map(unit => ({ first: unit, last: unit })) }),
    at: NOWHERE,
  }
}

function isMac(text: string): boolean {
  return /^([0-9a-f]{2}:){5}/.test(text)
}

function ends(texts: string[], assetIds: string[]): Ends {
  return {
    ranges: texts.filter(text => !assetIds.includes(text)).map(range),
    assets: texts.filter(text => assetIds.includes(text)).map(text => assetIds.indexOf(text)),
  }
}

function makeTransports(what: string): { service: number; transports: Transport[] } {
  const known = SERVICES.findIndex(({ id }) => id === what)
  if (known >= 0) return { service: known, transports: SERVICES[known].transports }
  return { service: -1, transports: transportsOf(what) }
}

function transportsOf(what: string): Transport[] {
  const [kind, rest] = what.split('/')
  if (kind === 'tcp' || kind === 'udp' || kind === 'sctp') return [{ kind, ports: ports(rest) }]
  if (kind === 'ip') return [{ kind: 'ip_proto', proto: Number(rest) }]
  if (kind === 'icmp') {
    const echo: { version: 4 | 6; type: number }[] = [
      { version: 4, type: 8 },
      { version: 6, type: 128 },
    ]
    return [{ kind: 'icmp', types: rest === undefined ? [] : echo, all: rest === undefined }]
  }
  return [{ kind: 'ethertype', ethertype: Number(what) }]
}

function ports(text: string): PortRange[] {
  return text.split(',').map(part => {
    const [first, last] = part.split('-').map(Number)
    return { first, last: last ?? first }
  })
}

function service(id: string, what: string, dynamic: PortRange[] = [], builtIn = true): Service {
  return { id, transports: transportsOf(what), dynamic, builtIn }
}

function index(ids: string[], names: string[]): number[] {
  return names.map(name => {
    const found = ids.indexOf(name)
    if (found < 0) throw new Error(`the sketch knows no "${name}"`)
    return found
  })
}
