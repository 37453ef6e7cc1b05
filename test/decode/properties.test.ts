import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytes,
  carried,
  carriedUdp,
  erspan2,
  ethernet,
  geneve,
  gre,
  PROTO,
  u16,
  u32,
  vxlan,
} from '../../captures/support/frames.ts'
import { type Announcement, mayAnnounce, readAnnouncement } from '../../src/decode/announce.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import * as F from '../../src/decode/facts.ts'
import { A, B, gallery, outer } from './gallery.ts'
import { guarded, inWords, readAt, shortWayDiffers, shortWayOutside, takesShortWay } from './support.ts'

/** Each property runs for this long at most, and always with the same cases in the same order. */
const BUDGET_MS = 3000
const SEED = 62443
const limits = { seed: SEED, numRuns: 1_000_000, interruptAfterTimeLimit: BUDGET_MS }

/** A frame with nothing assumed about its bytes. */
interface Case {
  frame: Uint8Array
  linkType: number
  captured: number
  wire: number
}

const linkType = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 4, arbitrary: fc.constantFrom(0, 9, 12, 14, 50, 51, 101, 104, 108, 113, 204, 228, 229, 276) },
  { weight: 1, arbitrary: fc.nat(300) },
)
/** bytes of a frame that its headers like to see, so that random ones get further than the first field */
const likely = fc.constantFrom(
  0,
  1,
  2,
  4,
  5,
  6,
  8,
  17,
  0x21,
  0x29,
  0x2c,
  0x2f,
  0x33,
  0x45,
  0x60,
  0x81,
  0x88,
  0xaa,
  0xff,
)
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.oneof(likely, fc.nat(255)), { maxLength: 200 }).map(list => Uint8Array.from(list)),
)

const wrappers: ((frame: Uint8Array) => Uint8Array)[] = [
  frame => carried(outer, PROTO.gre, gre(0x6558, frame), 1),
  frame => carried(outer, PROTO.gre, erspan2(3, 1, 7, frame), 1),
  frame => carriedUdp(outer, 50000, 4789, vxlan(1, frame), 1),
  frame => carriedUdp(outer, 50000, 6081, geneve(1, frame), 1),
  frame => carried(outer, PROTO.ipip, frame.subarray(14), 1),
  frame =>
    ethernet(B, A, frame.length > 14 ? (frame[12] << 8) | frame[13] : 0, frame.subarray(14), [{ vlan: 9 }]),
]

/** A frame of the gallery, in up to ten more tunnels, with some bytes changed and its length too. */
const mutated: fc.Arbitrary<{ frame: Uint8Array; linkType: number }> = fc
  .record({
    piece: fc.nat(gallery.length - 1),
    wraps: fc.oneof(fc.constant<number[]>([]), fc.array(fc.nat(wrappers.length - 1), { maxLength: 10 })),
    edits: fc.array(fc.tuple(fc.nat(300), fc.oneof(likely, fc.nat(255))), { maxLength: 6 }),
    tail: fc.uint8Array({ maxLength: 30 }),
    drop: fc.nat(40),
    otherLink: fc.option(linkType, { freq: 12 }),
  })
  .map(({ piece, wraps, edits, tail, drop, otherLink }) => {
    const { frame: plain, linkType: own } = gallery[piece]
    const wrapped = own === 1 ? wraps.reduce((frame, wrap) => wrappers[wrap](frame), plain) : plain
    const frame = bytes(wrapped.subarray(0, Math.max(0, wrapped.length - (drop > 20 ? drop - 20 : 0))), tail)
    for (const [at, value] of edits) if (at < frame.length) frame[at] = value
    return { frame, linkType: otherLink ?? own }
  })

const anyFrame: fc.Arbitrary<Case> = fc
  .record({
    what: fc.oneof(mutated, fc.record({ frame: noise, linkType })),
    keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    more: fc.oneof(fc.constant(0), fc.nat(2000)),
  })
  .map(({ what: { frame, linkType }, keep, more }) => ({
    frame,
    linkType,
    captured: Math.round(frame.length * keep),
    wire: frame.length + more,
  }))

/** Runs a property in its budget; a budget that is too small for a fair number of cases is a failure of the test. */
function holds<T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void, least = 500): void {
  let runs = 0
  fc.assert(
    fc.property(arbitrary, value => {
      runs++
      predicate(value)
    }),
    limits,
  )
  expect(runs).toBeGreaterThan(least)
}

/** Lays the captured part of a case into a block. */
function laid({ frame, captured }: Case, fill: number, offset: number): Uint8Array {
  const block = new Uint8Array(offset + captured + 50).fill(fill)
  block.set(frame.subarray(0, captured), offset)
  return block
}

/** Facts that whoever reads them relies on without looking. */
function expectSound(f: Int32Array, result: number, { captured, wire }: Case, offset: number): void {
  expect([F.DECODED, F.MALFORMED, F.TRUNCATED, F.TOO_DEEP, F.UNSUPPORTED]).toContain(result)
  expect(f[F.LAYER_COUNT]).toBeLessThanOrEqual(F.MOST_LAYERS)
  for (let i = 0; i < f[F.LAYER_COUNT]; i++) {
    const kind = f[F.LAYERS + i * F.LAYER_CELLS + F.LAYER_KIND]
    expect(F.TUNNEL_NAMES[kind], `tunnel kind ${kind}`).toBeTruthy()
  }
  if (result !== F.DECODED) return
  const end = offset + captured
  const within = (cell: number, size: number): void => {
    if (f[cell] === -1) return
    expect(f[cell]).toBeGreaterThanOrEqual(offset)
    expect(f[cell] + size).toBeLessThanOrEqual(end)
  }
  expect([0, 4, 6]).toContain(f[F.VERSION])
  expect(f[F.PROTO]).toBeGreaterThanOrEqual(0)
  expect(f[F.PROTO]).toBeLessThanOrEqual(f[F.VERSION] === 0 ? 0xffff : 0xff)
  within(F.MAC_SRC_AT, 6)
  within(F.MAC_DST_AT, 6)
  if (f[F.VERSION] === 0) expect(Math.max(f[F.MAC_SRC_AT], f[F.MAC_DST_AT])).toBeGreaterThanOrEqual(0)
  const header: Record<number, number> = { 1: 2, 6: 20, 17: 4, 33: 4, 58: 2, 132: 4, 136: 4 }
  if (f[F.VERSION] !== 0 && header[f[F.PROTO]] !== undefined) within(F.L4_AT, header[f[F.PROTO]])
  if ((f[F.FLAGS] & F.FLAG_ICMP_ERROR) !== 0) within(F.QUOTE_AT, 1)
  expect(f[F.VLAN_COUNT]).toBeLessThanOrEqual(2 * F.VLAN_CELLS)
  for (let i = 0; i < f[F.VLAN_COUNT]; i++)
    expect((f[F.VLANS + (i >> 1)] >>> (i & 1 ? 0 : 16)) & 0xffff).toBeLessThanOrEqual(4095)
  expect(f[F.FRAME_BYTES]).toBeGreaterThanOrEqual(0)
  expect(f[F.FRAME_BYTES]).toBeLessThanOrEqual(wire)
  expect(f[F.IP_BYTES]).toBeGreaterThanOrEqual(0)
  expect(f[F.PAYLOAD_BYTES]).toBeGreaterThanOrEqual(0)
  expect(f[F.PAYLOAD_CAPTURED]).toBeGreaterThanOrEqual(0)
  expect(f[F.PAYLOAD_CAPTURED]).toBeLessThanOrEqual(f[F.PAYLOAD_BYTES])
  if (f[F.PAYLOAD_CAPTURED] > 0) {
    expect(f[F.PAYLOAD_AT]).toBeGreaterThanOrEqual(offset)
    expect(f[F.PAYLOAD_AT] + f[F.PAYLOAD_CAPTURED]).toBeLessThanOrEqual(end)
  }
  const both = F.FLAG_FIRST_FRAGMENT | F.FLAG_LATER_FRAGMENT
  expect(f[F.FLAGS] & both).not.toBe(both)
}

describe(`no bytes whatever (seed ${SEED})`, () => {
  it('throw, end in no class, or give facts that do not hold together', () => {
    const d = new Dissector()
    const seen = new Set<number>()
    holds(anyFrame, c => {
      const block = laid(c, 0x45, 33)
      const result = d.dissect(block, 33, c.captured, c.wire, c.linkType)
      seen.add(result)
      expectSound(d.facts, result, c, 33)
    })
    // the cases reach every class there is
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4])
  })

  it('make anything be read outside the captured bytes: dissector, quotations, announcements', () => {
    const d = new Dissector()
    const quoted = new Dissector()
    const announcement: Announcement = { version: 4, words: new Int32Array(4), macHigh: 0, macLow: 0 }
    holds(anyFrame, c => {
      const { bytes: block, outside } = guarded(laid(c, 0x45, 33), 33, 33 + c.captured)
      const f = d.facts
      if (d.dissect(block, 33, c.captured, c.wire, c.linkType) === F.DECODED) {
        if ((f[F.FLAGS] & F.FLAG_ICMP_ERROR) !== 0 && f[F.QUOTE_AT] >= 0)
          quoted.quoted(block, f[F.QUOTE_AT], f[F.PAYLOAD_AT] + f[F.PAYLOAD_CAPTURED])
        else if (mayAnnounce(f)) readAnnouncement(block, f, announcement)
      }
      expect(outside).toEqual([])
    })
  })

  it('mean something else in other surroundings, elsewhere in the block, or after another frame', () => {
    const used = new Dissector()
    holds(anyFrame, c => {
      const readings = [
        readAt(new Dissector(), laid(c, 0x00, 0), 0, c.captured, c.wire, c.linkType),
        // `used` has all the frames of this test behind it
        readAt(used, laid(c, 0xff, 19), 19, c.captured, c.wire, c.linkType),
        readAt(used, laid(c, 0x45, 1000), 1000, c.captured, c.wire, c.linkType),
      ]
      expect(readings[1]).toEqual(readings[0])
      expect(readings[2]).toEqual(readings[0])
    })
  })
})

/** Frames near the common stack: everything it looks at is drawn, mostly as it likes it. */
const nearCommon: fc.Arbitrary<Case> = fc
  .record({
    tags: fc.oneof(fc.constant<number[]>([]), fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 2 })),
    type: fc.oneof({ weight: 9, arbitrary: fc.constant(0x0800) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
    first: fc.oneof({ weight: 9, arbitrary: fc.constant(0x45) }, { weight: 1, arbitrary: fc.nat(255) }),
    fragment: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 0x4000, 0x8000) },
      { weight: 1, arbitrary: fc.nat(0xffff) },
    ),
    proto: fc.constantFrom(6, 6, 6, 17, 17, 17, 1, 47, 132),
    ports: fc.tuple(
      fc.constantFrom(40001, 502, 67, 68, 4789, 1701, 0),
      fc.constantFrom(502, 53, 6081, 67, 0xffff),
    ),
    offset: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(0x50, 0x80) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
    payload: fc.uint8Array({ maxLength: 60 }),
    /** how far the lengths stated are off what is there */
    ipOff: fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -60, max: 60 }) },
    ),
    udpOff: fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -20, max: 20 }) },
    ),
    padding: fc.oneof(fc.constant(0), fc.nat(20)),
    cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(80) }),
  })
  .map(c => {
    const header =
      c.proto === 6
        ? bytes(
            u32(0xfffffff1),
            u32(7),
            c.offset,
            0x18,
            u16(512),
            u32(0),
            c.offset === 0x80 ? u32(0) : [],
            c.offset === 0x80 ? bytes(u32(0), u32(0)) : [],
          )
        : bytes(u16(Math.max(0, 8 + c.payload.length + c.udpOff)), u16(0))
    const segment = bytes(u16(c.ports[0]), u16(c.ports[1]), header, c.payload)
    const length = Math.max(0, 20 + segment.length + c.ipOff)
    const packet = bytes(
      c.first,
      0,
      u16(length),
      u16(1),
      u16(c.fragment),
      64,
      c.proto,
      u16(0),
      [10, 1, 0, 1, 10, 2, 0, 2],
      segment,
    )
    const tags = c.tags.flatMap(tag => [...u16(0x8100), ...u16(tag)])
    const frame = bytes(
      [2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa],
      tags,
      u16(c.type),
      packet,
      new Uint8Array(c.padding),
    )
    return { frame, linkType: 1, captured: Math.max(0, frame.length - c.cut), wire: frame.length }
  })

describe(`the short way for the common stack (seed ${SEED})`, () => {
  const d = new Dissector()
  const agrees = (c: Case): boolean => {
    const block = laid(c, 0x45, 33)
    const result = d.dissect(block, 33, c.captured, c.wire, 1)
    const kind = inWords(d.facts, result, block, 33).class
    expect(shortWayDiffers(d.facts, kind, block, 33, c.captured, c.wire)).toBeUndefined()
    expect(shortWayOutside(block, 33, c.captured, c.wire)).toEqual([])
    return takesShortWay(block, 33, c.captured, c.wire)
  }

  it('tells what the general walk tells, of frames near to it', () => {
    let taken = 0
    let declined = 0
    holds(nearCommon, c => (agrees(c) ? taken++ : declined++))
    expect(Math.min(taken, declined)).toBeGreaterThan((taken + declined) / 10)
  })

  it('tells what the general walk tells, of any frame', () => {
    let taken = 0
    holds(anyFrame, c => {
      if (c.linkType === 1 && agrees(c)) taken++
    })
    expect(taken).toBeGreaterThan(0)
  })

  it('leaves to the general walk what gives out addresses, and nothing that it could take', () => {
    const takes = (frame: Uint8Array, captured = frame.length): boolean =>
      takesShortWay(bytes(frame, new Uint8Array(40)), 0, captured, frame.length)
    const plain = gallery.filter(piece => takes(piece.frame)).map(piece => piece.name)
    expect(plain).toEqual([
      'Ethernet, IPv4, TCP',
      'Ethernet, IPv6, TCP',
      '802.1Q',
      'priority tag',
      'PRP behind IPv4',
      'PRP behind a padded frame',
      'UDP',
    ])
    const datagram = (source: number): Uint8Array =>
      ethernet(
        B,
        A,
        0x0800,
        bytes(
          0x45,
          0,
          u16(28),
          u32(0),
          64,
          17,
          u16(0),
          [10, 1, 0, 1, 10, 2, 0, 2],
          u16(source),
          u16(68),
          u16(8),
          u16(0),
        ),
      )
    expect(takes(datagram(68))).toBe(true)
    expect(takes(datagram(67))).toBe(false)
    expect(takes(datagram(68), 41)).toBe(false)
  })
})
