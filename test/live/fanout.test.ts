import { describe, expect, it } from 'vitest'
import {
  bytes,
  carried,
  carriedUdp,
  ETHERTYPE,
  erspan2,
  erspan3,
  ethernet,
  fragments,
  gre,
  ip,
  optionsHeader,
  PROTO,
  Random,
  tcp,
  u16,
  u32,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import * as F from '../../src/decode/facts.ts'
import { FlowKey } from '../../src/dispatch/flow-key.ts'
import { Quote } from '../../src/dispatch/quote.ts'
import { PARTITIONS, partitionOf } from '../../src/flow/table.ts'
import { FANOUT_PARTITIONS, fanoutProgram } from '../../src/live/fanout.ts'
import { ringOf, runProgram, shown } from '../support/classic-bpf.ts'
import { randomTraffic } from '../support/random-traffic.ts'
import { framed, inFrame, macOf } from '../support/scene.ts'
import { randomEnds, randomError, randomFrame, randomWrapping } from '../support/stacked-frames.ts'
import { wrappedTraffic } from '../support/wrapped-traffic.ts'

const program = fanoutProgram()
const dissector = new Dissector()
const quote = new Quote()
const key = new FlowKey()

/** The partition that the dispatcher chooses for a frame; undefined where it is not decoded. */
function partition(frame: Uint8Array): number | undefined {
  const f = dissector.facts
  if (dissector.dissect(frame, 0, frame.length, frame.length, 1) !== F.DECODED) return undefined
  const isQuoting = (f[F.FLAGS] & F.FLAG_ICMP_ERROR) !== 0 && quote.read(f, frame)
  key.read(isQuoting ? quote.facts : f, frame)
  return partitionOf(key.pair)
}

const isMpls = (frame: Uint8Array): boolean => frame[12] === 0x88 && frame[13] === 0x47

const ring = (frame: Uint8Array): number => ringOf(program, frame, PARTITIONS)

/** Compares many frames; answers how many of each partition there were. */
function compare(count: number, make: (random: Random) => Uint8Array): number[] {
  const seen = new Array<number>(PARTITIONS).fill(0)
  for (let seed = 1; seed <= count; seed++) {
    const frame = make(new Random(seed))
    const expected = partition(frame)
    const { answer, ended } = runProgram(program, shown(frame, true))
    expect({ seed, frame: Buffer.from(frame).toString('hex'), answer, ended }).toEqual({
      seed,
      frame: Buffer.from(frame).toString('hex'),
      answer: expected,
      ended: false,
    })
    seen[answer]++
  }
  return seen
}

describe('the fanout program', () => {
  it('deals out as many parts as the table has', () => {
    expect(FANOUT_PARTITIONS).toBe(PARTITIONS)
  })

  it('chooses the partition that the dispatcher chooses', () => {
    const seen = compare(3000, random => {
      const { src, dst } = randomEnds(random)
      return randomFrame(random, src, dst)
    })
    // evenly: each of the sixteen gets about 188
    expect(Math.min(...seen)).toBeGreaterThan(120)
    expect(Math.max(...seen)).toBeLessThan(270)
  })

  it('sees through a tunnel', () => {
    const seen = compare(4000, random => {
      const { src, dst } = randomEnds(random)
      return randomWrapping(random, randomFrame(random, src, dst))
    })
    expect(Math.min(...seen)).toBeGreaterThan(170)
  })

  it('sees through a tunnel in a tunnel', () => {
    compare(3000, random => {
      const { src, dst } = randomEnds(random)
      return randomWrapping(random, randomWrapping(random, randomFrame(random, src, dst)))
    })
  })

  it('puts an ICMP error where the packet is that it quotes, in a tunnel as well', () => {
    compare(3000, random => {
      const { src, dst } = randomEnds(random)
      const router = src.includes(':') ? 'fd00::ffff' : '10.255.255.1'
      const error = randomError(random, router, src, dst)
      return random.between(0, 1) === 0 ? error : randomWrapping(random, error)
    })
  })

  it('has one ring for both directions', () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const { src, dst } = randomEnds(new Random(seed))
      const there = ring(randomFrame(new Random(seed), src, dst))
      expect(ring(randomFrame(new Random(seed), dst, src))).toBe(there)
      const frame = randomFrame(new Random(seed), dst, src)
      for (const rings of [2, 3, 4, 5, 16]) {
        const wrapped = randomWrapping(new Random(seed), frame)
        expect(ringOf(program, wrapped, rings)).toBe(there % rings)
      }
    }
  })

  /** How many frames are decoded and go where the dispatcher says, and how many do not. */
  function agreement(frames: readonly Uint8Array[]): { same: number; other: number } {
    const sums = { same: 0, other: 0 }
    for (const frame of frames) {
      if (frame.length < 14) continue
      const { answer, ended } = runProgram(program, shown(frame, true))
      expect(ended).toBe(false)
      expect(answer).toBeLessThan(FANOUT_PARTITIONS)
      const expected = partition(frame)
      if (expected !== undefined) sums[expected === answer ? 'same' : 'other']++
    }
    return sums
  }

  it('agrees with the dispatcher about a mix of everything, damaged frames among it', () => {
    for (const seed of [1, 2, 3]) {
      const frames = randomTraffic(seed, 2000).map(({ bytes }) => bytes)
      const { same, other } = agreement(frames.filter(frame => !isMpls(frame)))
      expect(same).toBeGreaterThan(1500)
      // a byte that was changed may be the length of a packet, which is not looked at
      expect(other).toBeLessThan(5)
    }
  })

  it('is not led astray by wrappers that are nearly alike, or not what they say', () => {
    const { same, other } = agreement(wrappedTraffic(4, 3000, true).map(({ bytes }) => bytes))
    // the others: source routes, ports that say one tunnel where another one is, lengths that were changed
    expect(same / (same + other)).toBeGreaterThan(0.9)
  })

  it('reads nothing behind the end, however a frame was cut', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed)
      const { src, dst } = randomEnds(random)
      const frame = randomWrapping(random, randomWrapping(random, randomFrame(random, src, dst)))
      for (let length = 18; length <= frame.length; length++)
        expect(runProgram(program, shown(frame.subarray(0, length), true)).ended).toBe(false)
    }
  })
})

describe('the short way of the fanout program', () => {
  const [a, b] = ['10.0.1.1', '10.0.1.2']
  const outer = { src: '10.9.9.1', dst: '10.9.9.2', srcMac: macOf('10.9.9.1'), dstMac: macOf('10.9.9.2') }
  const segment = (src: string, dst: string, vlans: number[]): Uint8Array =>
    inFrame(src, dst, PROTO.tcp, tcp({ src, dst }, { srcPort: 1, dstPort: 2, seq: 1, flags: 'A' }), { vlans })
  const inside = [segment(a, b, []), segment(a, b, [110]), segment('fd00::1', 'fd00::2', [])]
  const datagram = inFrame(a, b, PROTO.udp, udp({ src: a, dst: b }, 1, 2, zeros(20)), { vlans: [110] })

  it.each<[string, (frame: Uint8Array) => Uint8Array]>([
    ['plain', frame => frame],
    ['vxlan', frame => carriedUdp(outer, 50000, 4789, vxlan(5, frame), 7)],
    [
      'geneve',
      frame => carriedUdp(outer, 50000, 6081, bytes(0, 0, u16(ETHERTYPE.teb), 0, 0, 5, 0, frame), 7),
    ],
    ['erspan 2', frame => carried(outer, PROTO.gre, erspan2(1, 1, 0, frame), 7)],
    ['erspan 3', frame => carried(outer, PROTO.gre, erspan3(1, 1, 0, 5, frame), 7)],
    ['gre', frame => carried(outer, PROTO.gre, gre(ETHERTYPE.teb, frame), 7)],
    ['gre with a key', frame => carried(outer, PROTO.gre, gre(ETHERTYPE.teb, frame, { key: 9 }), 7)],
  ])('reads %s at fixed positions', (_, wrapped) => {
    for (const frame of [...inside, datagram].map(wrapped)) {
      const loads: boolean[] = []
      const { answer } = runProgram(program, shown(frame, true), isComputed => loads.push(isComputed))
      expect(answer).toBe(partition(frame))
      expect(loads.length).toBeGreaterThan(4)
      expect(loads.filter(Boolean)).toEqual([])
    }
  })
})

describe('what the fanout program does not reach', () => {
  const outer = { src: '10.9.9.1', dst: '10.9.9.2', srcMac: macOf('10.9.9.1'), dstMac: macOf('10.9.9.2') }
  const inner = inFrame(
    '10.0.0.1',
    '10.0.0.2',
    PROTO.udp,
    udp({ src: '10.0.0.1', dst: '10.0.0.2' }, 1, 2, zeros(30)),
  )
  const between = (src: string, dst: string): number => ring(inFrame(src, dst, PROTO.igmp, zeros(30)))
  const outside = between(outer.src, outer.dst)

  it('tells the inside from the outside in these tests', () => {
    expect(between('10.0.0.1', '10.0.0.2')).not.toBe(outside)
  })

  it('GRE with source routes goes by the outer addresses', () => {
    const routed = bytes(u16(0x4000), u16(ETHERTYPE.teb), u32(0), u32(0), inner)
    expect(ring(carried(outer, PROTO.gre, routed, 7))).toBe(outside)
  })

  it('later fragments of a tunnel do; the first one shows what is inside', () => {
    const payload = udp(outer, 50000, 4789, vxlan(5, bytes(inner, zeros(80))), true)
    const parts = fragments({ src: outer.src, dst: outer.dst, proto: PROTO.udp, id: 7 }, payload, 160)
    const rings = parts.map(part => ring(framed(part, outer.src, outer.dst)))
    expect(rings).toEqual([between('10.0.0.1', '10.0.0.2'), outside])
  })

  it('a tunnel behind IPv6 extension headers goes by the addresses in front of them', () => {
    const [src, dst] = ['fd09::1', 'fd09::2']
    const packet = ip(
      { src, dst, proto: PROTO.udp, extensions: [optionsHeader(60, 4, 1, 4)] },
      udp({ src, dst }, 50000, 4789, vxlan(5, inner)),
    )
    expect(ring(framed(packet, src, dst))).toBe(ring(inFrame(src, dst, PROTO.igmp, zeros(8))))
  })

  it('a third tunnel goes by the addresses of its ends', () => {
    const third = carriedUdp(outer, 50000, 4789, vxlan(5, inner), 7)
    const ends = { ...outer, src: '10.1.1.1', dst: '10.1.1.2' }
    const all = carried(
      ends,
      PROTO.gre,
      erspan2(1, 1, 0, carried(ends, PROTO.gre, gre(ETHERTYPE.teb, third), 7)),
      7,
    )
    expect(ring(all)).toBe(outside)
  })

  it('four tags in front of IP go by the MACs', () => {
    const tags = [1, 2, 3, 4, 5].map(vlan => ({ vlan }))
    const [to, from] = [macOf('10.0.0.2'), macOf('10.0.0.1')]
    const expected = ring(ethernet(to, from, ETHERTYPE.goose, zeros(50)))
    expect(ring(ethernet(to, from, ETHERTYPE.ipv4, inner.subarray(14), tags))).toBe(expected)
    expect(ring(ethernet(to, from, ETHERTYPE.ipv4, inner.subarray(14), tags.slice(1)))).toBe(
      between('10.0.0.1', '10.0.0.2'),
    )
  })
})
