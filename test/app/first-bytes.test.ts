import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Carrier, ETHERNET, NOT, type Protocol, TCP, UDP } from '../../src/app/protocol.ts'
import { protocolsOver } from '../../src/app/recognise.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { SERVICES } from '../../src/net/ports.ts'
import { everySeed, seedsOf } from '../support/app-seeds.ts'

const ELSEWHERE = 40_000

/** A port of a protocol's service, and one of nobody's. */
function portsOf({ service }: Protocol, transport: number): number[] {
  const ports = SERVICES.find(({ id }) => id === service)?.[transport === TCP ? 'tcp' : 'udp'] ?? []
  return [...ports.flat(), ELSEWHERE]
}

/** Everything that may carry a payload of `length` bytes: to and from each port, and straight on Ethernet. */
function carriersOf(protocol: Protocol, length: number): Carrier[] {
  return protocol.transports.flatMap(transport => {
    const about = { transport, length }
    if (transport === ETHERNET)
      return (protocol.ethertypes ?? []).map(ethertype => Object.assign(new Carrier(), about, { ethertype }))
    return portsOf(protocol, transport).flatMap(port => [
      Object.assign(new Carrier(), about, { srcPort: ELSEWHERE, dstPort: port }),
      Object.assign(new Carrier(), about, { srcPort: port, dstPort: ELSEWHERE }),
    ])
  })
}

const answers = (protocol: Protocol, bytes: Uint8Array, carrier: Carrier): boolean =>
  protocol.probe(bytes, 0, bytes.length, carrier) !== NOT

const isListed = ({ firstBytes }: Protocol, byte: number): boolean => firstBytes?.includes(byte) ?? true

const limited = PROTOCOLS.filter(({ firstBytes }) => firstBytes !== undefined)

describe.each(limited.map(protocol => [protocol.id, protocol] as const))(
  'first bytes of %s',
  (_, protocol) => {
    const others = Array.from({ length: 256 }, (_, byte) => byte).filter(byte => !isListed(protocol, byte))

    it('are different bytes, not all', () => {
      const bytes = protocol.firstBytes!
      expect(new Set(bytes).size).toBe(bytes.length)
      for (const byte of bytes) expect(byte).toBe(byte & 0xff)
      expect(others).not.toEqual([])
    })

    it('are what everything begins with that looks like it', () => {
      const missed = everySeed.filter(
        bytes =>
          !isListed(protocol, bytes[0]) &&
          carriersOf(protocol, bytes.length).some(carrier => answers(protocol, bytes, carrier)),
      )
      expect(missed).toEqual([])
    })

    it('are all: with any other one nothing looks like it', () => {
      for (const seed of seedsOf(protocol)) {
        // whole, cut by the capture, and of the shortest that some protocols have
        for (const [here, length] of [
          [seed.length, seed.length],
          [seed.length, seed.length + 700],
          [1, 1],
        ]) {
          const bytes = seed.slice(0, here)
          const carriers = carriersOf(protocol, length)
          for (const byte of others) {
            bytes[0] = byte
            for (const carrier of carriers)
              if (answers(protocol, bytes, carrier)) expect([byte, seed]).toBe(NOT)
          }
        }
      }
    })

    it('keep noise away', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...others),
          fc.uint8Array({ maxLength: 120 }),
          fc.oneof(fc.constant(0), fc.nat({ max: 1500 })),
          (first, rest, cut) => {
            const bytes = Uint8Array.of(first, ...rest)
            for (const carrier of carriersOf(protocol, bytes.length + cut))
              expect(protocol.probe(bytes, 0, bytes.length, carrier)).toBe(NOT)
          },
        ),
        { numRuns: 40 },
      )
    })
  },
)

describe.each([
  ['TCP', TCP],
  ['UDP', UDP],
])('protocols that are asked over %s', (_, transport) => {
  const carrierOf = (length: number): Carrier =>
    Object.assign(new Carrier(), { transport, srcPort: ELSEWHERE, dstPort: ELSEWHERE, length })
  const over = PROTOCOLS.filter(({ transports }) => transports.includes(transport))

  it('are those of the table that may begin so, in its order', () => {
    for (let byte = 0; byte < 256; byte++)
      expect(protocolsOver(carrierOf(1), byte).map(({ protocol }) => protocol.id)).toEqual(
        over.filter(protocol => isListed(protocol, byte)).map(({ id }) => id),
      )
  })

  it('say of a payload what all of the table say', () => {
    for (const bytes of everySeed) {
      const carrier = carrierOf(bytes.length)
      const said = (asked: readonly Protocol[]): string[] =>
        asked.filter(protocol => answers(protocol, bytes, carrier)).map(({ id }) => id)
      expect(said(protocolsOver(carrier, bytes[0]).map(({ protocol }) => protocol))).toEqual(said(over))
    }
  })

  it('are none where no byte is here', () => {
    expect(protocolsOver(carrierOf(0), -1)).toEqual([])
  })
})

it('nobody is asked by first byte straight on Ethernet', () => {
  const carrier = Object.assign(new Carrier(), { transport: ETHERNET, ethertype: 0x8892, length: 60 })
  expect(protocolsOver(carrier, 0x80)).toEqual([])
})
