import { ICMP_NAMES, PROTOCOL_NAMES } from './services.ts'
import type { Key, Shape } from './shape.ts'

/**
 * The policy language as a table: every key, what it may hold, and one sentence on it. The check walks it, the JSON
 * Schema is made from it and the reference in docs/policy.md is held against it: a key is added here and nowhere else.
 */

export const ACTIONS = [
  'discover',
  'read',
  'write',
  'control',
  'program',
  'upload',
  'firmware',
  'configure',
  'diagnose',
  'session',
  'report',
  'time',
  'file',
  'unknown',
] as const

export const VERDICT_WORDS = [
  'sanctioned',
  'exception',
  'intra-zone',
  'unsanctioned',
  'unzoned',
  'undetermined',
] as const
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export const REQUIREMENTS = ['iac', 'uc', 'si', 'dc', 'rdf', 'tre', 'ra'] as const
/** The keys of which a channel has exactly one. */
export const MATCHERS = ['service', 'tcp', 'udp', 'sctp', 'icmp', 'ip_proto', 'ethertype'] as const
export const MAX_VLAN = 4094
export const MAX_NUMBER = 4_294_967_295

const TEXT: Shape = { kind: 'text' }
const NAME: Shape = { kind: 'id' }
const FLAG: Shape = { kind: 'flag' }

const string = (what: string): Shape => ({ kind: 'string', what })
const word = (...words: string[]): Shape => ({ kind: 'word', words })
const number = (min: number, max: number, step = 1): Shape => ({ kind: 'number', min, max, step })
const list = (of: Shape, min = 0, max = Number.POSITIVE_INFINITY): Shape => ({
  kind: 'list',
  of,
  min,
  max,
  single: true,
})
const maps = (of: Shape, min = 0): Shape => ({
  kind: 'list',
  of,
  min,
  max: Number.POSITIVE_INFINITY,
  single: false,
})
const span = (
  what: string,
  min: number,
  max: number,
  words: readonly string[] = [],
  ranges = true,
): Shape => ({
  kind: 'span',
  what,
  min,
  max,
  ranges,
  words,
})
const key = (shape: Shape, doc: string): Key => ({ shape, doc })
const must = (shape: Shape, doc: string): Key => ({ shape, doc, required: true })

const ADDRESS = string('an address')
const ADDRESSES = list(string('an address, a prefix or a range of addresses'))
const MACS = list(string('a MAC address'))
const VLANS = list(span('a VLAN', 0, MAX_VLAN, ['untagged']))
const PORTS = list(span('a port', 0, 65_535, ['any']), 1)
const ENDS = list(string('an asset, a group, an address, a prefix or a range'), 1)
const ZONES = list(string('a zone, a group of zones or "any"'), 1)
const TIME: Shape = {
  kind: 'pattern',
  form: 'a date like 2026-12-31 or a time like 2026-12-31T18:00:00+01:00',
  pattern: /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d))?$/,
}

const LEVEL_VECTOR: Shape = {
  kind: 'map',
  what: 'a vector of security levels',
  keys: Object.fromEntries(
    REQUIREMENTS.map(name => [name, must(number(0, 4), `Security level for ${name.toUpperCase()}.`)]),
  ),
}
const SL_T: Shape = {
  kind: 'either',
  what: 'a security level 0 to 4 or a vector of seven',
  scalar: number(0, 4),
  other: LEVEL_VECTOR,
}

export const TAP: Shape = {
  kind: 'map',
  what: 'a tap',
  keys: {
    id: must(NAME, 'Name of the tap; `--tap NAME=GLOB` and `context` refer to it.'),
    host: key(TEXT, 'Host whose traffic it mirrors, for reports.'),
    type: must(
      word('local', 'erspan', 'gre', 'vxlan', 'geneve', 'tzsp', 'file'),
      'How frames come from it: an interface, a tunnel that ends here, or a file.',
    ),
    source: key(ADDRESS, 'Address the mirror sends from.'),
    destination: key(ADDRESS, 'Address the mirror sends to.'),
    session: key(number(0, 1023), 'ERSPAN session number.'),
    vni: key(
      number(0, 16_777_215),
      'Network identifier of the mirror (VXLAN, GENEVE, GRE with a key: the upper 24 bits of the key, as NVGRE has it, RFC 7637).',
    ),
    interface: key(TEXT, 'Interface of the sensor the mirror arrives at.'),
    vlans: key(VLANS, 'VLANs this tap can see; others are not observable from it.'),
    native_vlan: key(number(1, MAX_VLAN), 'VLAN that untagged frames of this tap belong to.'),
    directions: key(
      word('both', 'rx', 'tx'),
      'Which directions of the mirrored ports it sees; default both.',
    ),
    port_groups: key(
      { kind: 'table', of: string('a zone') },
      'Port groups of the virtual switch and the zone of each.',
    ),
  },
}

const CONTEXT: Shape = {
  kind: 'map',
  what: 'a context',
  atLeastOne: ['vlans', 'vnis', 'taps'],
  keys: {
    vlans: key(VLANS, 'VLANs in which the addresses of the zone count.'),
    vnis: key(list(number(0, 16_777_215)), 'VXLAN, GENEVE or NVGRE networks in which they count.'),
    taps: key(list(string('a tap')), 'Taps at which they count.'),
  },
}

export const ZONE: Shape = {
  kind: 'map',
  what: 'a zone',
  keys: {
    id: must(NAME, 'Name of the zone.'),
    name: key(TEXT, 'What people call it.'),
    kind: key(word('dmz', 'safety', 'external', 'hypervisor'), 'What is special about it.'),
    level: key(number(0, 5, 0.5), 'Level in the reference model, 0 to 5; 3.5 for a DMZ.'),
    sl_t: key(SL_T, 'Target security level, 0 to 4, or one for each of the seven foundational requirements.'),
    rationale: key(TEXT, 'Where the reasons are written down; shown in reports.'),
    owner: key(TEXT, 'Who answers for it.'),
    networks: key(ADDRESSES, 'Its addresses: prefixes, single addresses, ranges a-b, groups of addresses.'),
    vlans: key(VLANS, 'Where its traffic belongs; decides the zone of traffic without IP.'),
    macs: key(MACS, 'MAC addresses or MAC prefixes of its members.'),
    context: key(CONTEXT, 'Where its addresses count; tells identical address plans apart.'),
  },
}

const NAT: Shape = {
  kind: 'map',
  what: 'a nat entry',
  exactlyOne: ['outside', 'masquerade'],
  together: [
    ['outside', 'inside'],
    ['masquerade', 'hides'],
  ],
  keys: {
    outside: key(
      string('an address, with :port or a prefix length if need be'),
      'Address (and port) others see.',
    ),
    inside: key(
      string('an address, with :port or a prefix length if need be'),
      'Address (and port) it stands for.',
    ),
    masquerade: key(ADDRESS, 'Address behind which the zones in `hides` hide.'),
    hides: key(list(string('a zone or a group of zones'), 1), 'Zones that hide behind `masquerade`.'),
  },
}

export const ASSET: Shape = {
  kind: 'map',
  what: 'an asset',
  keys: {
    id: must(NAME, 'Name of the asset.'),
    name: key(TEXT, 'What people call it.'),
    zone: key(string('a zone'), 'The zone it belongs to, whatever the networks say; not for boundaries.'),
    role: key(TEXT, 'What it is: plc, hmi, server ...; `boundary` may forward between zones.'),
    addresses: key(ADDRESSES, 'Its addresses.'),
    macs: key(MACS, 'Its MAC addresses.'),
    own: key(
      list(string('a service or PROTO/PORT')),
      'Boundary: the services it offers or uses itself; anything else is somebody behind it.',
    ),
    nat: key(maps(NAT), 'Boundary: address translation, undone before judging.'),
    mode: key(
      word('routed', 'transparent'),
      'Boundary: `routed` (default), or `transparent` for a bridge or firewall without addresses.',
    ),
    bridges: key(
      {
        kind: 'list',
        of: list(string('a zone'), 2, 2),
        min: 0,
        max: Number.POSITIVE_INFINITY,
        single: false,
      },
      'Boundary: pairs of zones it joins at layer 2.',
    ),
  },
}

export const SERVICE: Shape = {
  kind: 'map',
  what: 'a service',
  atLeastOne: ['tcp', 'udp', 'sctp', 'icmp', 'ip_proto', 'ethertype'],
  keys: {
    id: must(NAME, 'Name of the service; not one of the built-in ones.'),
    name: key(TEXT, 'What people call it.'),
    tcp: key(PORTS, 'TCP ports and ranges.'),
    udp: key(PORTS, 'UDP ports and ranges.'),
    sctp: key(PORTS, 'SCTP ports and ranges.'),
    icmp: key(
      list(span('an ICMP type', 0, 255, [...Object.keys(ICMP_NAMES), 'any'], false), 1),
      'ICMP types, by name or number, or `any`.',
    ),
    ip_proto: key(
      list(span('an IP protocol', 0, 255, Object.keys(PROTOCOL_NAMES), false), 1),
      'IP protocols, by number or name.',
    ),
    ethertype: key(
      list(span('an ethertype', 0x600, 0xffff, [], false), 1),
      'Ethertypes of traffic without IP.',
    ),
    dynamic: key(
      list(span('a port', 1, 65_535), 1),
      'Ports at which its related conversations are announced.',
    ),
  },
}

const WHEN: Shape = {
  kind: 'map',
  what: 'a schedule',
  atLeastOne: ['days', 'hours'],
  keys: {
    days: key(
      list(
        {
          kind: 'pattern',
          form: 'a weekday (mon ... sun) or a range of them (mon-fri)',
          pattern: /^(?:mon|tue|wed|thu|fri|sat|sun)(?:-(?:mon|tue|wed|thu|fri|sat|sun))?$/,
        },
        1,
      ),
      'Weekdays: `[sat]`, `[mon-fri]`.',
    ),
    hours: key(
      {
        kind: 'pattern',
        form: 'a span of the day like "06:00-14:00"',
        pattern: /^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/,
      },
      'Hours in the time zone of the site, "HH:MM-HH:MM"; over midnight if the end is the earlier one.',
    ),
  },
}

const CHANNEL_KEYS: Readonly<Record<string, Key>> = {
  id: key(NAME, 'Name, unique in the conduit; made from what it matches when absent.'),
  service: key(string('the name of a service'), 'Built-in or own service.'),
  tcp: key(PORTS, 'Responder ports.'),
  udp: key(PORTS, 'Responder ports.'),
  sctp: key(PORTS, 'Responder ports.'),
  icmp: key(
    list(span('an ICMP type', 0, 255, [...Object.keys(ICMP_NAMES), 'any'], false), 1),
    'ICMP types, by name or number, or `any`.',
  ),
  ip_proto: key(
    list(span('an IP protocol', 0, 255, Object.keys(PROTOCOL_NAMES), false), 1),
    'IP protocols without ports, by number or name.',
  ),
  ethertype: key(
    list(span('an ethertype', 0x600, 0xffff, [], false), 1),
    'Ethertypes of traffic without IP.',
  ),
  src_ports: key(list(span('a port', 0, 65_535), 1), 'Ports the originator has to use.'),
  groups: key(
    list(string('a multicast or broadcast address or MAC, or a group of them'), 1),
    'Multicast and broadcast groups, IP or MAC prefix.',
  ),
  vlans: key(list(span('a VLAN', 0, MAX_VLAN, ['untagged']), 1), 'Only in these VLANs.'),
  orig: key(ENDS, 'Who may open it: assets, groups, addresses, prefixes, ranges.'),
  resp: key(ENDS, 'Who may be talked to.'),
  initiator: key(word('from', 'to', 'either'), 'Which side of the conduit opens it; default `from`.'),
  actions: key(list(word(...ACTIONS), 1), 'OT actions it covers; every action when absent.'),
  opaque: key(
    word('accept', 'undetermined'),
    'What to make of a payload that cannot be read; default `undetermined`.',
  ),
  related: key(FLAG, 'Whether conversations announced by it are covered with it; default true.'),
  when: key(WHEN, 'Only at these times.'),
  units: key(
    list(span('a unit', 0, 65_535), 1),
    'Narrows actions to units (Modbus unit, DNP3 or IEC 104 address).',
  ),
  functions: key(list(span('a function code', 0, 65_535), 1), 'Narrows actions to function codes.'),
  addresses: key(
    list(span('a register or object address', 0, MAX_NUMBER), 1),
    'Narrows actions to registers or objects.',
  ),
}

export const CHANNEL: Shape = { kind: 'map', what: 'a channel', keys: CHANNEL_KEYS, exactlyOne: MATCHERS }

export const CONDUIT: Shape = {
  kind: 'map',
  what: 'a conduit',
  keys: {
    id: must(NAME, 'Name of the conduit.'),
    name: key(TEXT, 'What people call it.'),
    from: must(
      ZONES,
      'Where conversations are opened: a zone, a list, a group, or `any` for every declared zone.',
    ),
    to: must(ZONES, 'Where they are answered.'),
    sl_t: key(SL_T, 'Target security level of the conduit.'),
    owner: key(TEXT, 'Who answers for it.'),
    rationale: key(TEXT, 'Why it is needed; shown in reports.'),
    channels: must(maps(CHANNEL, 1), 'What it is for, one entry each.'),
  },
}

export const EXCEPTION: Shape = {
  kind: 'map',
  what: 'an exception',
  exactlyOne: MATCHERS,
  keys: {
    ...CHANNEL_KEYS,
    id: must(NAME, 'Name of the exception.'),
    from: must(ZONES, 'Where conversations are opened.'),
    to: must(ZONES, 'Where they are answered.'),
    reason: key(TEXT, 'Why it is needed.'),
    compensating_control: key(TEXT, 'What makes up for it.'),
    approved_by: key(TEXT, 'Who accepted it.'),
    ticket: key(TEXT, 'The change it belongs to.'),
    starts: key(TIME, 'First day, or moment, at which it counts.'),
    expires: key(TIME, 'Last day on which it counts (to 24:00), or the moment it ends.'),
  },
}

export const EXPECTATION: Shape = {
  kind: 'map',
  what: 'an expectation',
  keys: {
    from: must(string('an address or a MAC'), 'Address, or MAC, of the originator.'),
    to: must(string('an address or a MAC'), 'Address, or MAC, of the responder.'),
    service: key(
      string('a service or PROTO/PORT'),
      'Name of a service, or PROTO/PORT like tcp/502; without one the verdict has to hold for every service.',
    ),
    action: key(word(...ACTIONS), 'OT action.'),
    vlan: key(span('a VLAN', 0, MAX_VLAN, ['untagged'], false), 'VLAN it is seen in.'),
    mac: key(string('a MAC address'), 'MAC address of the originator, taken as bound to its address.'),
    src_port: key(
      span('a port', 0, 65_535, [], false),
      'Port of the originator; matters where a channel has `src_ports`.',
    ),
    at: key(
      TIME,
      'When it is seen; matters for schedules and exceptions. Default: when the policy is checked.',
    ),
    verdict: must(word(...VERDICT_WORDS), 'What the policy has to say to it.'),
  },
}

export const POLICY: Shape = {
  kind: 'map',
  what: 'a policy',
  keys: {
    version: must(number(1, 1), 'Version of the language: 1.'),
    site: key(TEXT, 'Name of the site.'),
    timezone: key(string('a time zone'), 'IANA time zone of bare dates and schedules; default UTC.'),
    transit_vlans: key(VLANS, "VLANs in which any zone's routed traffic may appear."),
    redundancy: key(word('prp', 'hsr'), 'Redundant network: every frame is seen twice on purpose.'),
    shared_addresses: key(
      ADDRESSES,
      'Addresses that several machines share on purpose (clusters, virtual router addresses).',
    ),
    shared_macs: key(MACS, 'MAC addresses that several machines share on purpose.'),
    taps: key(maps(TAP), 'Where frames come from, and what each can see.'),
    groups: key(
      { kind: 'table', of: list(string('an address, a MAC, an asset or a zone'), 1) },
      'Names for lists of addresses, assets or zones.',
    ),
    zones: must(maps(ZONE, 1), 'Who belongs together.'),
    assets: key(maps(ASSET), 'Inventory, as far as it matters; the zone of an asset wins over networks.'),
    services: key(maps(SERVICE), 'Names for ports, on top of the built-in ones.'),
    conduits: key(maps(CONDUIT), 'What may pass between zones.'),
    exceptions: key(
      maps(EXCEPTION),
      'What is tolerated for a time; judged like channels, reported as exceptions.',
    ),
    expect: key(maps(EXPECTATION), 'Tests of the policy: what it has to say to given conversations.'),
  },
}
