import {
  bytes,
  carried,
  carriedUdp,
  erspan1,
  erspan2,
  erspan3,
  ethernet,
  geneve,
  gre,
  PROTO,
  Random,
  tcp,
  u16,
  u32,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { inFrame, macOf, tagsOf } from './scene.ts'
import type { Seen } from './shard-run.ts'

const TEB = 0x6558
const ERSPAN_II = 0x88be

/**
 * Frames in wrappers that are nearly alike: other ends, ids, keys, ports, tags, sessions, checksums, padding, damage; inside them
 * the common stack and what is not. `wide` draws ends and ids from so many that wrappers push each other out of any memory.
 * Same seed, same frames.
 */
export function wrappedTraffic(seed: number, count: number, wide: boolean): Seen[] {
  const random = new Random(seed)
  const pick = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)]
  const address = (): string => pick(['10.0.1.1', '10.0.1.2', '10.0.2.1', '192.168.0.9'])
  const address6 = (): string => pick(['fd00::1', 'fd00::2', 'fd00:1::1'])
  const port = (): number => pick([502, 161, 40000, 4789, 6081, 67, 50001])

  function inside(): Uint8Array {
    const of = random.between(0, 3) === 0 ? address6 : address
    const [src, dst] = [of(), of()]
    const flags = pick(['S', 'SA', 'A', 'PA', 'FA', 'R'])
    const [proto, packet] =
      random.between(0, 1) === 0
        ? [
            PROTO.tcp,
            tcp(
              { src, dst },
              { srcPort: port(), dstPort: port(), seq: pick([1, 1000]), ack: 0, flags, window: 100 },
              zeros(random.between(0, 5)),
            ),
          ]
        : [PROTO.udp, udp({ src, dst }, port(), port(), zeros(random.between(0, 12)))]
    const group = random.between(0, 15) === 0 ? { dstMac: '01:00:5e:01:02:03' } : {}
    const frame = inFrame(src, dst, proto, packet, {
      vlans: pick([[], [], [], [0], [201], [202], [110, 201]]),
      ...group,
    })
    switch (random.between(0, 12)) {
      case 0:
        return ethernet('01:0c:cd:01:00:00', macOf(address()), 0x88b8, zeros(20))
      case 1:
        return bytes(frame, zeros(4))
      case 2:
        return frame.subarray(0, random.between(0, frame.length))
      case 3: {
        const damaged = frame.slice()
        damaged[random.between(0, damaged.length - 1)] = random.between(0, 255)
        return damaged
      }
      default:
        return frame
    }
  }

  function wrapped(isOuter: boolean): Uint8Array {
    const ends = wide
      ? [`10.9.${random.between(0, 20)}.${random.between(1, 250)}`, `10.8.0.${random.between(1, 250)}`]
      : [pick(['10.9.9.1', '10.9.9.2']), pick(['10.8.8.1', '10.8.8.2'])]
    if (random.between(0, 3) === 0) ends.reverse()
    const [src, dst] = ends
    const tags = tagsOf(pick([[], [], [300], [301], [0]]))
    const outer = { src, dst, srcMac: macOf('10.9.9.1'), dstMac: macOf('10.9.9.2'), tags }
    const inner = isOuter && random.between(0, 15) === 0 ? wrapped(false) : inside()
    const from = pick([50000, 50001, 4789, 6081, 4790, 8472])
    const to = pick([4789, 4789, 4789, 6081, 8472, 4790, 50000])
    const vni = random.between(1, wide ? 500 : 3)
    const flags = [pick([8, 0x0c, 0x88]), 0, 0, pick([0, 1, 3]), 0, 0, vni & 255, 0]
    const vlan = pick([0, 201])
    const number = random.between(0, 5)
    const key = pick([256, 257, 512])
    const kinds: (() => Uint8Array)[] = [
      () => carriedUdp(outer, from, to, vxlan(vni, inner), 7),
      () => carriedUdp(outer, from, to, vxlan(vni, inner), 7),
      () => carriedUdp(outer, from, to, bytes(...flags, inner), 7),
      () => carriedUdp(outer, from, to, geneve(vni, inner), 7),
      () => carriedUdp(outer, from, to, bytes(0, 0, u16(TEB), 0, 0, vni & 255, 0, inner), 7),
      () => carried(outer, PROTO.gre, erspan1(inner), 7),
      () =>
        carried(outer, PROTO.gre, erspan2(random.between(1, 2), number, pick([0, 0, 201, 202]), inner), 7),
      () => {
        const session = u16(pick([0, 0x400, 0x800, 0xe000]) | 1)
        const keyed = random.between(0, 1) === 0 ? { key: pick([1, 2]) } : {}
        const header = bytes(u16(0x1000 | vlan), session, u32(3), inner)
        return carried(outer, PROTO.gre, gre(ERSPAN_II, header, { sequence: number, ...keyed }), 7)
      },
      () => carried(outer, PROTO.gre, erspan3(1, number, vlan, 5, inner, random.between(0, 1) === 0), 7),
      () => carried(outer, PROTO.gre, gre(TEB, inner), 7),
      () => carried(outer, PROTO.gre, gre(TEB, inner, { key }), 7),
      () => carried(outer, PROTO.gre, gre(TEB, inner, { key, sequence: number }), 7),
      () => carried(outer, PROTO.gre, gre(TEB, inner, { sequence: number }), 7),
      () => carried(outer, PROTO.gre, bytes(u16(0x8000), u16(TEB), u32(number), inner), 7),
      // source routes (RFC 1701): one of four bytes or none, then the entry that ends them
      () => {
        const route = random.between(0, 1) === 0 ? [u16(0x800), 0, 4, u32(1)] : []
        return carried(outer, PROTO.gre, bytes(u16(0x4000), u16(TEB), u32(0), ...route, u32(0), inner), 7)
      },
      () => inner,
    ]
    return pick(kinds)()
  }

  const frames: Seen[] = []
  for (let at = 0; frames.length < count; at += pick([0, 0.001, 0.1, 1])) {
    let frame = wrapped(true)
    const fate = random.between(0, 25)
    if (fate === 0) frame = bytes(frame, zeros(random.between(1, 6)))
    if (fate === 1) {
      frame = frame.slice()
      frame[random.between(12, Math.min(60, frame.length - 1))] = random.between(0, 255)
    }
    const wire = frame.length
    if (fate === 2) frame = frame.subarray(0, random.between(0, frame.length))
    frames.push({ at: Math.round(at * 1e9), bytes: frame, wire, port: random.between(0, 5) === 0 ? 1 : 0 })
  }
  return frames
}
