import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fragments, TO_FLOW, TO_TUNNEL, TO_WAIT } from '../../src/flow/fragments.ts'
import { Neighbours } from '../../src/flow/neighbours.ts'
import { Places } from '../../src/flow/places.ts'
import { type Layer, Tunnels } from '../../src/flow/tunnels.ts'

/** A VLAN stack as the facts hold it: two ids to a word. */
function packed(vlans: readonly number[]): Int32Array {
  const words = new Int32Array(4)
  for (const [i, vlan] of vlans.entries()) words[i >> 1] |= i & 1 ? vlan : vlan << 16
  return words
}

describe('places', () => {
  const intern = (places: Places, vlans: number[], vni = -1, tap = -1, tunnel = -1): number =>
    places.intern(packed(vlans), 0, vlans.length, vni, tap, tunnel)

  it('have one number each, whatever they are made of', () => {
    const place = fc.record({
      vlans: fc.array(fc.nat(4095), { maxLength: 8 }),
      vni: fc.constantFrom(-1, 0, 5),
      tap: fc.constantFrom(-1, 0, 3),
      tunnel: fc.constantFrom(-1, 0, 9),
    })
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 100 }), list => {
        const places = new Places()
        const numbers = new Map<string, number>()
        for (const p of [...list, ...list]) {
          const n = intern(places, p.vlans, p.vni, p.tap, p.tunnel)
          expect(n).toBe(numbers.get(JSON.stringify(p)) ?? n)
          numbers.set(JSON.stringify(p), n)
          expect(places.list[n]).toEqual(p)
        }
        expect(new Set(numbers.values()).size).toBe(numbers.size)
      }),
      { numRuns: 30 },
    )
  })

  it('beyond the table are one place of which nothing is known, and counted', () => {
    const places = new Places(65_536)
    for (let i = 0; i < 70_000; i++) intern(places, [i & 4095], i >> 12)
    expect(places.list).toHaveLength(65_536)
    expect(places.overflow).toBe(70_000 - 65_535)
    expect(intern(places, [1], 999)).toBe(65_535)
    expect(places.list[65_535]).toEqual({ vlans: [], vni: -1, tap: -1, tunnel: -1, unknown: true })
    expect([1, 65_534, 65_535].map(place => place === places.unknown)).toEqual([false, false, true])
    for (const i of [1, 65_534]) {
      expect(intern(places, [i & 4095], i >> 12)).toBe(i)
      expect(places.list[i]).toEqual({ vlans: [i & 4095], vni: i >> 12, tap: -1, tunnel: -1 })
    }
  })
})

describe('neighbours', () => {
  const address = (n: number): Int32Array => Int32Array.of(0, 0, 0, n)

  it('tell what is new, by broadcast domain', () => {
    const neighbours = new Neighbours()
    expect(neighbours.of(0, 4, address(1), 0)).toBeUndefined()
    expect(neighbours.learn(0, 4, address(1), 0, 2, 3)).toBe(true)
    expect(neighbours.learn(0, 4, address(1), 0, 2, 3)).toBe(false)
    expect(neighbours.learn(1, 4, address(1), 0, 2, 4)).toBe(true)
    expect(neighbours.learn(0, 6, address(1), 0, 2, 5)).toBe(true)
    expect(neighbours.of(0, 4, address(1), 0)).toEqual({ macHigh: 2, macLow: 3 })
    expect(neighbours.of(1, 4, address(1), 0)).toEqual({ macHigh: 2, macLow: 4 })
    expect(neighbours.learn(0, 4, address(1), 0, 9, 9)).toBe(true)
    expect(neighbours.of(0, 4, address(1), 0)).toEqual({ macHigh: 9, macLow: 9 })
    expect(neighbours.of(0, 4, Uint32Array.of(7, 7, 7, 1), 0)).toEqual({ macHigh: 9, macLow: 9 })
  })

  /** What `turns` says after each change, for MACs that take an address in this order, `apart` seconds from each other. */
  const turnsOf = (macs: number[], apart = 1) => {
    const neighbours = new Neighbours()
    return macs.map((mac, i) =>
      neighbours.learn(0, 4, address(1), 0, 2, mac)
        ? neighbours.turns(0, 4, address(1), 0, i * apart).map(({ macLow }) => macLow)
        : undefined,
    )
  }

  it('tell which MACs take turns at an address', () => {
    expect(turnsOf([1, 2])).toEqual([[], []])
    expect(turnsOf([1, 2, 3, 4])).toEqual([[], [], [], []])
    expect(turnsOf([1, 2, 2, 1])).toEqual([[], [], undefined, [2, 1]])
    expect(turnsOf([1, 2, 3, 1, 2])).toEqual([[], [], [], [3, 2, 1], [1, 3, 2]])
  })

  it('do not take a stand-in that has done its duty for turns', () => {
    expect(turnsOf([1, 2, 1], 3600)).toEqual([[], [], [2, 1]])
    expect(turnsOf([1, 2, 1], 3601)).toEqual([[], [], []])
  })

  it('remember a few earlier MACs of an address, not all', () => {
    const cycle = (n: number) => turnsOf([...Array(n).keys(), ...Array(n).keys()])
    expect(cycle(4).at(-1)).toHaveLength(4)
    expect(cycle(5).every(turns => turns?.length === 0)).toBe(true)
  })

  it('learn nothing new beyond their budget, and count that', () => {
    const neighbours = new Neighbours()
    for (let i = 0; i < 70_000; i++) neighbours.learn(0, 4, address(i), 0, 0, i)
    expect(neighbours.overflow).toBe(70_000 - 65_536)
    expect(neighbours.learn(0, 4, address(5), 0, 1, 1)).toBe(true)
    expect(neighbours.of(0, 4, address(69_999), 0)).toBeUndefined()
  })
})

describe('fragments', () => {
  it('go to their flow, to the tunnel, or wait', () => {
    const fragments = new Fragments()
    expect(fragments.later('a', 0, 100, 80, 60, 0)).toBe(TO_WAIT)
    expect(fragments.later('a', 1, 50, 40, 20, 1)).toBe(TO_WAIT)
    expect(fragments.unplaced).toBe(2)
    expect(fragments.first('a', 0x10002, 17, false, 2)).toEqual({
      frames: 2,
      bytes: 150,
      ipBytes: 120,
      payload: 80,
      cut: 1,
    })
    expect(fragments.unplaced).toBe(0)
    expect(fragments.later('a', 3, 1, 1, 1, 0)).toBe(TO_FLOW)
    expect(fragments.ports).toBe(0x10002)
    fragments.first('t', 0, 0, true, 3)
    expect(fragments.later('t', 3, 1, 1, 1, 0)).toBe(TO_TUNNEL)
  })

  it('give up on a datagram after a minute, and keep counting what it left', () => {
    const fragments = new Fragments()
    fragments.later('a', 0, 1, 1, 1, 0)
    expect(fragments.first('a', 1, 17, false, 61)).toBeUndefined()
    expect(fragments.unplaced).toBe(1)
    expect(fragments.later('a', 122, 1, 1, 1, 0)).toBe(TO_WAIT)
    expect(fragments.later('a', 183, 1, 1, 1, 0)).toBe(TO_WAIT)
    expect(fragments.unplaced).toBe(3)
  })
})

describe('tunnels', () => {
  const layer = (src: number, dst: number, id: number): Layer => ({
    kind: 4,
    version: 4,
    proto: 17,
    srcPort: 5000,
    dstPort: 4789,
    id,
    apart: 0,
    vni: -1,
    tap: -1,
    frameBytes: 100,
    ipBytes: 80,
    words: Int32Array.of(0, 0, 0, src, 0, 0, 0, dst),
    at: 0,
  })
  const note = (tunnels: Tunnels, l: Layer, seconds: number, parent = -1): number =>
    tunnels.note(l, parent, () => [30], seconds, 5, 7, 0)

  it('count each direction, whichever comes first, with addresses compared as unsigned', () => {
    const tunnels = new Tunnels()
    const [low, high] = [0x0a000001, 0xf0000001 | 0]
    expect(note(tunnels, layer(high, low, 9), 50)).toBe(0)
    expect(note(tunnels, layer(low, high, 9), 40)).toBe(0)
    expect(note(tunnels, layer(high, low, 9), 60)).toBe(0)
    expect(tunnels.all()).toMatchObject([
      {
        origSide: 1,
        packets: [1, 2],
        bytes: [100, 200],
        ipBytes: [80, 160],
        firstSeconds: 50,
        lastSeconds: 60,
        firstFrame: 7,
        vlans: [30],
      },
    ])
    expect(tunnels.identity(0).low[3]).toBe(low)
    expect(tunnels.identity(0).high[3]).toBe(0xf0000001)
  })

  it('differ by ends, id and what is outside', () => {
    const tunnels = new Tunnels()
    const numbers = [layer(1, 2, 9), layer(1, 2, 8), layer(1, 3, 9)].map(l => note(tunnels, l, 0))
    expect([...numbers, note(tunnels, layer(1, 2, 9), 0, 1)]).toEqual([0, 1, 2, 3])
    expect(tunnels.count).toBe(4)
  })

  it('beyond the table are nobody else’s, and taken in only where the caller insists', () => {
    const tunnels = new Tunnels(5000)
    for (let i = 0; i < 5010; i++) expect(note(tunnels, layer(1, 2, i), 0)).toBe(i < 5000 ? i : -1)
    for (let i = 0; i < 5000; i++) expect(note(tunnels, layer(2, 1, i), 0)).toBe(i)
    expect(
      tunnels.all().every(({ packets, id }, i) => id === i && packets[0] === 1 && packets[1] === 1),
    ).toBe(true)
    const insist = (id: number): number => tunnels.note(layer(1, 2, id), -1, () => [], 0, 0, 0, 0, true)
    expect([insist(6000), insist(6000), insist(6001), note(tunnels, layer(1, 2, 6000), 0)]).toEqual([
      5000, 5000, 5001, 5000,
    ])
    for (let i = 0; i < 6000; i++) insist(10_000 + i)
    expect(tunnels.count).toBe(10_000)
  })

  it('with the same ends are kept apart by what the caller says', () => {
    const tunnels = new Tunnels()
    const apart = (n: number): Layer => ({ ...layer(1, 2, 9), apart: n })
    expect([apart(0), apart(7), apart(0)].map(l => note(tunnels, l, 0))).toEqual([0, 1, 0])
  })
})
