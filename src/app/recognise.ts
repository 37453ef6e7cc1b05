import { CARRIED, SERVICES } from '../net/ports.ts'
import { type Carrier, ETHERNET, type Protocol, TCP, UDP } from './protocol.ts'
import { PROTOCOLS } from './table.ts'

/**
 * Which protocols are asked about a payload, and in which order: first those whose service has one of its ports, then all
 * that its transport carries, apart from those that never begin with its first byte.
 */

/** A protocol and its `probe`: all of one shape, which protocols are not, so that asking many in turn is quick. */
export interface Asked {
  readonly protocol: Protocol
  readonly probe: Protocol['probe']
}

const NONE: readonly never[] = []
const over = (transport: number): Protocol[] => PROTOCOLS.filter(one => one.transports.includes(transport))
/** by first byte, each in the order of the table */
const byFirstByte = (transport: number): (readonly Asked[])[] => {
  const all = over(transport).map(protocol => ({ protocol, probe: protocol.probe }))
  return Array.from({ length: 256 }, (_, byte) =>
    all.filter(({ protocol }) => protocol.firstBytes?.includes(byte) ?? true),
  )
}
const overTcp = byFirstByte(TCP)
const overUdp = byFirstByte(UDP)
const byEthertype = new Map<number, Protocol[]>()
/** by port, with the transport above its 16 bits */
const byPort = new Map<number, Protocol[]>()

for (const protocol of PROTOCOLS) {
  for (const ethertype of protocol.ethertypes ?? []) push(byEthertype, ethertype, protocol)
  const names = [protocol.service, ...CARRIED.filter(([, by]) => by === protocol.service).map(([id]) => id)]
  for (const [name, transport] of names.flatMap(id => [[id, TCP] as const, [id, UDP] as const])) {
    if (!protocol.transports.includes(transport)) continue
    const service = SERVICES.find(({ id }) => id === name)
    for (const entry of service?.[transport === TCP ? 'tcp' : 'udp'] ?? []) {
      const [first, last] = typeof entry === 'number' ? [entry, entry] : entry
      for (let port = first; port <= last; port++) push(byPort, (transport << 16) | port, protocol)
    }
  }
}

/** Protocols whose service is usually found at this port. */
export const atPort = (transport: number, port: number): readonly Protocol[] =>
  byPort.get((transport << 16) | port) ?? NONE

/** Protocols that an ethertype carries. */
export const ofEthertype = (ethertype: number): readonly Protocol[] => byEthertype.get(ethertype) ?? NONE

/** Protocols whose service has one of a payload's ports, or its ethertype. */
export function candidatesAt({ transport, ethertype, srcPort, dstPort }: Carrier): readonly Protocol[] {
  if (transport === ETHERNET) return ofEthertype(ethertype)
  const to = atPort(transport, dstPort)
  const from = atPort(transport, srcPort)
  if (from.length === 0 || from === to) return to
  return to.length === 0 ? from : [...to, ...from]
}

/** All protocols that a payload's transport carries and that may begin with its first byte; -1 = it has none, or none is here. */
export function protocolsOver({ transport }: Carrier, firstByte: number): readonly Asked[] {
  if (firstByte < 0) return NONE
  return transport === TCP ? overTcp[firstByte] : transport === UDP ? overUdp[firstByte] : NONE
}

const portless = new Set(
  PROTOCOLS.filter(({ service, transports }) => {
    const entry = SERVICES.find(({ id }) => id === service)
    return !transports.includes(ETHERNET) && entry?.tcp === undefined && entry?.udp === undefined
  }),
)

/** Whether a protocol has no port of its own: only an announcement leads to it. */
export const isPortless = (protocol: Protocol): boolean => portless.has(protocol)

function push<K>(map: Map<K, Protocol[]>, key: K, protocol: Protocol): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [protocol])
  else if (!list.includes(protocol)) list.push(protocol)
}
