import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Carrier, ETHERNET, LIKENESS, type Protocol, TCP } from '../../src/app/protocol.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { SERVICES } from '../../src/net/ports.ts'
import { type Told, ToldNotes } from '../support/app-run.ts'
import { everySeed, seedsOf } from '../support/app-seeds.ts'

/** First cells of the tables of the page of protocols. */
const rows = readFileSync(new URL('../../docs/protocols.md', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => /^\| .*[^\\]\|.*\|.*\|.*\|$/.test(line))
  .map(line => line.split(' | ')[0])
const PAD = 64

/** Everything a protocol says of bytes that have `filler` around them. */
function saidOf(protocol: Protocol, bytes: Uint8Array, filler: number, cut: number): unknown {
  const framed = new Uint8Array(bytes.length + 2 * PAD).fill(filler)
  framed.set(bytes, PAD)
  const end = PAD + bytes.length
  return protocol.transports.map(transport => {
    const notes = new ToldNotes(protocol)
    Object.assign(notes.carrier, {
      transport,
      ethertype: transport === ETHERNET ? (protocol.ethertypes?.[0] ?? 0) : 0,
      srcPort: 40_000,
      dstPort: 502,
      length: bytes.length + cut,
    })
    const probed = protocol.probe(framed, PAD, end, notes.carrier)
    expect(probed & LIKENESS).toBeLessThanOrEqual(2)
    if (protocol.read === undefined) return [probed]
    const lengths: number[] = []
    if (transport === TCP && protocol.length !== undefined) {
      // a stream reads what is here of a PDU, one after the other
      for (let at = PAD; at < end; ) {
        const length = protocol.length(framed, at, end)
        expect(Number.isInteger(length)).toBe(true)
        lengths.push(length)
        if (length <= 0) break
        protocol.read(framed, at, Math.min(end, at + length), length, notes)
        at += length
      }
    } else protocol.read(framed, PAD, end, bytes.length + cut, notes)
    notes.fromOrig = false
    protocol.read(framed, PAD, end, Math.max(bytes.length + cut, lengths[0] ?? 0), notes)
    check(notes.told, bytes.length)
    return [probed, lengths, notes.told]
  })
}

function check(told: readonly Told[], length: number): void {
  expect(told.length).toBeLessThanOrEqual(64 + 4 * length)
  for (const one of told) {
    if (typeof one === 'string') continue
    if ('act' in one) {
      expect(one.act.length).toBeGreaterThan(0)
      expect(one.fn).toBeGreaterThanOrEqual(0)
      expect(one.fn).toBeLessThanOrEqual(0xffff)
      if (one.area !== undefined) expect(one.last).toBeGreaterThanOrEqual(one.first!)
    }
    if ('answer' in one) expect(one.answer).toBeLessThanOrEqual(0xffff)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    if ('text' in one) expect(one.text).not.toMatch(/[\u0000-\u001f]/)
  }
}

function isSame(protocol: Protocol, bytes: Uint8Array, cut: number): void {
  const said = saidOf(protocol, bytes, 0, cut)
  // what lies outside must make no difference
  expect(saidOf(protocol, bytes, 0xff, cut)).toEqual(said)
  expect(saidOf(protocol, bytes, 0x41, cut)).toEqual(said)
}

const cuts = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 }))

describe.each(PROTOCOLS.map(protocol => [protocol.id, protocol] as const))('%s', (id, protocol) => {
  it('takes any bytes: no throw, nothing read outside, not more told than there is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), cuts, (bytes, cut) => isSame(protocol, bytes, cut)),
      { numRuns: 60 },
    )
  })

  it('takes what others say, and its own cut anywhere and with any byte replaced', () => {
    const own = seedsOf(protocol)
    const seeds = own.length > 0 ? own : everySeed
    fc.assert(
      fc.property(
        fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...seeds) }, fc.constantFrom(...everySeed)),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat(),
        cuts,
        (seed, changes, keep, cut) => {
          const bytes = seed.slice(0, keep % 3 === 0 ? keep % (seed.length + 1) : seed.length)
          for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
          isSame(protocol, bytes, cut)
        },
      ),
      { numRuns: 250 },
    )
  })

  it('is quick about large inputs of nothing but its first bytes', () => {
    for (const seed of seedsOf(protocol).slice(0, 4)) {
      const large = new Uint8Array(65_535)
      for (let at = 0; at < large.length; at += seed.length)
        large.set(seed.subarray(0, Math.min(seed.length, large.length - at)), at)
      saidOf(protocol, large, 0, 0)
    }
  })

  it('goes by the name of a service', () => {
    expect(SERVICES.map(service => service.id)).toContain(protocol.service)
  })

  it('has one row in the page of protocols, with its service', () => {
    const { service } = protocol
    const name = id === service ? `(\`${id}\`)` : `(\`${id}\`, service \`${service}\`)`
    expect(rows.filter(cell => cell.includes(name))).toHaveLength(1)
  })
})

describe('the table', () => {
  it('has every protocol once', () => {
    const ids = PROTOCOLS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('no two protocols are certain of the same test bytes, ports apart', () => {
    const both: string[] = []
    for (const bytes of everySeed) {
      const carrier = Object.assign(new Carrier(), { length: bytes.length, srcPort: 40_000, dstPort: 40_001 })
      for (const transport of [6, 17]) {
        carrier.transport = transport
        const sure = PROTOCOLS.filter(
          one => one.transports.includes(transport) && (one.probe(bytes, 0, bytes.length, carrier) & 3) === 2,
        ).map(({ id }) => id)
        if (sure.length > 1)
          both.push(`${sure.join(' and ')}: ${Buffer.from(bytes).toString('hex').slice(0, 60)}`)
      }
    }
    expect(both).toEqual([])
  })
})
