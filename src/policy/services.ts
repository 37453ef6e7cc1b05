import { SERVICES, type ServiceEntry } from '../net/ports.ts'
import type { PortRange, Service, Transport } from './model.ts'

/** ICMP types by name: the numbers of both versions that mean the same (IANA ICMP and ICMPv6 Parameters). */
export const ICMP_NAMES: Readonly<Record<string, readonly { version: 4 | 6; type: number }[]>> = {
  echo: both(8, 128),
  'echo-reply': both(0, 129),
  unreachable: both(3, 1),
  'packet-too-big': [{ version: 6, type: 2 }],
  'time-exceeded': both(11, 3),
  'parameter-problem': both(12, 4),
  redirect: both(5, 137),
  timestamp: [{ version: 4, type: 13 }],
  'timestamp-reply': [{ version: 4, type: 14 }],
  'address-mask': [{ version: 4, type: 17 }],
  'router-solicitation': both(10, 133),
  'router-advertisement': both(9, 134),
  'neighbor-solicitation': [{ version: 6, type: 135 }],
  'neighbor-advertisement': [{ version: 6, type: 136 }],
}

/** IP protocols without ports by name (IANA Assigned Internet Protocol Numbers). */
export const PROTOCOL_NAMES: Readonly<Record<string, number>> = {
  igmp: 2,
  ipip: 4,
  egp: 8,
  igp: 9,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  eigrp: 88,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
}

/** IP protocols that have keys of their own in a channel. */
export const OWN_KEY: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmp',
  132: 'sctp',
}

let builtIn: Service[] | undefined

/** The services that need no declaration, from the one table in src/net/ports.ts; always the same array. */
export function builtInServices(): Service[] {
  builtIn ??= SERVICES.map(entry => ({
    id: entry.id,
    transports: transportsOf(entry),
    dynamic: ranges(entry.dynamic),
    builtIn: true,
  }))
  return builtIn
}

const withActions = new Set(SERVICES.filter(entry => entry.ot).map(entry => entry.id))

/** Whether a built-in service has OT actions: read, write, program ... */
export function hasActions(id: string): boolean {
  return withActions.has(id)
}

const otPorts: Readonly<Record<'tcp' | 'udp' | 'sctp', PortRange[]>> = { tcp: [], udp: [], sctp: [] }
for (const entry of SERVICES) {
  if (!entry.ot) continue
  for (const kind of ['tcp', 'udp', 'sctp'] as const) otPorts[kind].push(...ranges(entry[kind]))
}
const otEthertypes = new Set(SERVICES.flatMap(entry => (entry.ot ? (entry.ethertype ?? []) : [])))

/** Whether a transport takes in ports or ethertypes of protocols with OT actions. */
export function mayCarryActions(transport: Transport): boolean {
  if (transport.kind === 'ethertype') return otEthertypes.has(transport.ethertype)
  if (transport.kind === 'icmp' || transport.kind === 'ip_proto') return false
  return transport.ports.some(({ first, last }) =>
    otPorts[transport.kind].some(ot => ot.first <= last && first <= ot.last),
  )
}

/**
 * What a user means by the name of a service or by PROTO/PORT: `modbus`, `tcp/502`, `udp/34962-34964`, `icmp`,
 * `icmp/echo`, `icmp/8`, `ip/47`, `ip/gre`, `ethertype/0x88b8`. `service` is the index in `services` for a name.
 * Undefined where it is neither.
 */
export function parseServiceText(
  text: string,
  services: readonly Service[],
): { service?: number; transports: Transport[] } | undefined {
  const service = services.findIndex(({ id }) => id === text)
  if (service >= 0) return { service, transports: services[service].transports }
  const match = /^(tcp|udp|sctp|icmp|ip|ethertype)\/([A-Za-z0-9-]+)$/.exec(text)
  if (match === null) return undefined
  const [, proto, value] = match
  const numbers = /^(0x[0-9a-f]+|\d+)(?:-(\d+))?$/i.exec(value)
  const first = numbers === null ? Number.NaN : Number(numbers[1])
  const last = numbers?.[2] === undefined ? first : Number(numbers[2])
  const within = (max: number) => first <= last && last <= max
  if (proto === 'tcp' || proto === 'udp' || proto === 'sctp') {
    return within(65_535) ? { transports: [{ kind: proto, ports: [{ first, last }] }] } : undefined
  }
  if (proto === 'icmp') {
    if (value === 'any') return { transports: [{ kind: 'icmp', types: [], all: true }] }
    const types = Object.hasOwn(ICMP_NAMES, value)
      ? [...ICMP_NAMES[value]]
      : first === last && within(255)
        ? both(first, first)
        : undefined
    return types === undefined ? undefined : { transports: [{ kind: 'icmp', types, all: false }] }
  }
  if (proto === 'ip') {
    const number = Object.hasOwn(PROTOCOL_NAMES, value) ? PROTOCOL_NAMES[value] : first
    return number <= 255 && !(first !== last && numbers !== null)
      ? { transports: [{ kind: 'ip_proto', proto: number }] }
      : undefined
  }
  return first === last && first >= 0x600 && within(0xffff)
    ? { transports: [{ kind: 'ethertype', ethertype: first }] }
    : undefined
}

/** The ICMP types of names and numbers; a bare number counts for both versions. */
export function icmpTransport(values: readonly (string | number)[]): Transport {
  const types = values.flatMap(value =>
    typeof value === 'number'
      ? both(value, value)
      : Object.hasOwn(ICMP_NAMES, value)
        ? [...ICMP_NAMES[value]]
        : [],
  )
  return values.includes('any') ? { kind: 'icmp', types: [], all: true } : { kind: 'icmp', types, all: false }
}

function transportsOf(entry: ServiceEntry): Transport[] {
  const transports: Transport[] = []
  for (const kind of ['tcp', 'udp', 'sctp'] as const) {
    if (entry[kind] !== undefined) transports.push({ kind, ports: ranges(entry[kind]) })
  }
  if (entry.icmp === 'all') transports.push({ kind: 'icmp', types: [], all: true })
  else if (entry.icmp !== undefined) transports.push({ kind: 'icmp', types: [...entry.icmp], all: false })
  for (const proto of entry.ipProto ?? []) transports.push({ kind: 'ip_proto', proto })
  for (const ethertype of entry.ethertype ?? []) transports.push({ kind: 'ethertype', ethertype })
  return transports
}

function ranges(ports: ServiceEntry['tcp']): PortRange[] {
  return (ports ?? []).map(port =>
    typeof port === 'number' ? { first: port, last: port } : { first: port[0], last: port[1] },
  )
}

function both(four: number, six: number): { version: 4 | 6; type: number }[] {
  return [
    { version: 4, type: four },
    { version: 6, type: six },
  ]
}
