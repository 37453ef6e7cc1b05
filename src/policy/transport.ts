import type { PortRange, Transport } from './model.ts'
import { ICMP, ICMP6, SCTP, TCP, UDP } from './pairs.ts'
import type { Question } from './question.ts'

const PROTO = { tcp: TCP, udp: UDP, sctp: SCTP } as const

/** Whether a transport takes in a flow, with `port` as the port that names the service and `icmpType` its type. */
export function transportMatches(transport: Transport, q: Question, port: number, icmpType: number): boolean {
  switch (transport.kind) {
    case 'ethertype':
      return transport.ethertype === ethertypeOf(q)
    case 'ip_proto':
      return q.version !== 0 && q.proto === transport.proto
    case 'icmp':
      if (!isIcmp(q)) return false
      return (
        transport.all ||
        transport.types.some(({ version, type }) => version === q.version && type === icmpType)
      )
    default:
      return q.version !== 0 && q.proto === PROTO[transport.kind] && inPorts(transport.ports, port)
  }
}

/** Ethertype of a flow, that of its IP version included. */
export function ethertypeOf(q: Question): number {
  return q.version === 0 ? q.ethertype : q.version === 4 ? 0x0800 : 0x86dd
}

export function isIcmp(q: Question): boolean {
  return (q.version === 4 && q.proto === ICMP) || (q.version === 6 && q.proto === ICMP6)
}

export function inPorts(ranges: readonly PortRange[], port: number): boolean {
  for (const range of ranges) if (port >= range.first && port <= range.last) return true
  return false
}
