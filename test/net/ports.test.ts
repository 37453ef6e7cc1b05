import { describe, expect, it } from 'vitest'
import { isServerPort, SERVICES, serviceOfEthertype, serviceOfPort } from '../../src/net/ports.ts'

describe('services', () => {
  it.each([
    ['tcp', 502, 'modbus'],
    ['tcp', 102, 's7comm'],
    ['tcp', 22, 'ssh'],
    ['udp', 47808, 'bacnet'],
    ['udp', 319, 'ptp'],
    ['udp', 443, 'quic'],
    ['tcp', 443, 'https'],
    ['tcp', 6063, 'x11'],
    ['sctp', 5672, 'amqp'],
    ['tcp', 8443, 'https-alt'],
    ['tcp', 40000, undefined],
    ['udp', 502, undefined],
  ] as const)('%s %d is %s', (proto, port, service) => {
    expect(serviceOfPort(proto, port)).toBe(service)
  })

  it('of frames without IP', () => {
    expect(serviceOfEthertype(0x88b8)).toBe('goose')
    expect(serviceOfEthertype(0x8892)).toBe('profinet')
    expect(serviceOfEthertype(0x1234)).toBeUndefined()
  })

  it('know the ports of servers, not those clients bind', () => {
    expect([67, 68, 547, 546].map(port => isServerPort(17, port))).toEqual([true, false, true, false])
    expect([
      isServerPort(6, 502),
      isServerPort(17, 502),
      isServerPort(132, 4739),
      isServerPort(47, 502),
    ]).toEqual([true, false, true, false])
    for (const port of [0, 65535]) expect(isServerPort(6, port)).toBe(false)
  })

  it('have names of their own, and only ports and types that exist', () => {
    const ids = SERVICES.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const service of SERVICES) {
      expect(service.id).toMatch(/^[a-z0-9-]+$/)
      const ports = [service.tcp, service.udp, service.sctp, service.dynamic]
        .flatMap(list => list ?? [])
        .flat()
      for (const port of ports) expect(Number.isInteger(port) && port > 0 && port < 65536).toBe(true)
      for (const type of service.ethertype ?? []) expect(type).toBeGreaterThanOrEqual(0x600)
      const kinds = ['tcp', 'udp', 'sctp', 'ethertype', 'ipProto', 'icmp'] as const
      const isAnywhere = ['tls', 'dtls', 'rtp'].includes(service.id)
      expect(kinds.some(kind => service[kind] !== undefined)).toBe(!isAnywhere)
    }
  })
})
