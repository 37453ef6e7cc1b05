import fc from 'fast-check'
import {
  carried,
  carriedUdp,
  erspan2,
  ethernet,
  fragments,
  gre,
  llc,
  mpls,
  PROTO,
  Random,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { arp, BROADCAST, ETHERTYPE } from '../../captures/support/link.ts'
import type { PolicySketch } from './policy-models.ts'
import { endOf, framed, inFrame, macOf, Scene, type TcpLook } from './scene.ts'
import type { Seen } from './shard-run.ts'

const FLAGS = ['S', 'SA', 'A', 'PA', 'PA', 'FA', 'R', 'A', 'SF', '']
const PORTS = [502, 161, 40000, 50000, 50001]

/**
 * A mix of everything a mirror port shows, and of what it should not: few machines that talk in many ways, with
 * fragments, tunnels, errors, cut and damaged frames, and a clock that jumps now and then. Same seed, same frames.
 */
export function randomTraffic(seed: number, count: number): Seen[] {
  const random = new Random(seed)
  const pick = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)]
  const scene = new Scene()
  let at = 0
  const address = (): string => pick(['10.0.1.1', '10.0.1.2', '10.0.2.1', '10.0.2.2', '192.168.0.9'])
  const address6 = (): string => pick(['fd00::1', 'fd00::2', 'fd00:1::1'])
  const ends = (six: boolean): [string, string] => {
    const host = (): string => (six ? `[${address6()}]` : address())
    return [`${host()}:${pick(PORTS)}`, `${host()}:${pick(PORTS)}`]
  }
  const look = (): TcpLook => ({ vlans: pick([[], [], [201], [202], [110, 201]]) })
  const kinds: (() => void)[] = [
    () => tcp(),
    () => tcp(),
    () => tcp(),
    () => {
      const [a, b] = ends(random.between(0, 3) === 0)
      scene.udp(at, a, b, random.between(0, 60), look())
    },
    () => void scene.icmp(at, address(), address(), pick([8, 0, 13, 14, 3, 5]), 0, look()),
    () => void scene.icmp(at, address6(), address6(), pick([128, 129, 135, 136, 134]), 0, look()),
    () => {
      const quoted = scene.frames.at(-1)?.bytes.subarray(14)
      if (quoted !== undefined && quoted.length > 28) scene.error(at, address(), address(), quoted, look())
    },
    () => {
      const type = pick([0x8892, 0x88b8, 0x88cc])
      scene.frame(
        at,
        ethernet(pick(['01:0c:cd:01:00:00', macOf(address())]), macOf(address()), type, zeros(46)),
      )
    },
    () => void scene.frame(at, llc('01:80:c2:00:00:00', macOf(address()), 0x42, zeros(35))),
    () => void scene.udp(at, ends(false)[0], pick(['224.0.1.129:319', '255.255.255.255:47808']), 12, look()),
    () => pieces(random.between(0, 2) === 0),
    () => wrapped(),
    () => {
      const inside = inFrame(address(), address(), PROTO.igmp, zeros(8)).subarray(14)
      scene.frame(at, ethernet(macOf(address()), macOf(address()), 0x8847, mpls(17, inside)))
    },
    () => void scene.frame(at, random.bytes(random.between(0, 90))),
    () => damaged(),
    () => void scene.frame(at, random.bytes(30), { port: 1 }),
    () => {
      // machines that announce an address, some of them one that is another's
      const sender = { mac: macOf(address()), ip: address() }
      const target = { mac: macOf('10.0.9.9'), ip: address() }
      scene.frame(
        at,
        ethernet(BROADCAST, sender.mac, ETHERTYPE.arp, arp(pick(['request', 'reply']), sender, target)),
        look(),
      )
    },
    () => {
      // somebody asks all, and others answer one by one
      const asker = `${address()}:47808`
      scene.udp(at, asker, '255.255.255.255:47808', 12, look())
      for (let i = random.between(0, 2); i >= 0; i--)
        scene.udp(at + i / 10, `${address()}:${pick(PORTS)}`, asker, 20)
    },
  ]

  function tcp(): void {
    const [a, b] = ends(random.between(0, 4) === 0)
    const more = {
      ...look(),
      seq: pick([1, 1000, 1010, 0xfffffffa]),
      data: pick([0, 0, 10, 100]),
      window: pick([0, 900]),
    }
    scene.tcp(at, a, b, pick(FLAGS), more)
  }

  function pieces(six: boolean): void {
    const [a, b] = ends(six).map(endOf)
    const datagram = udp({ src: a.ip, dst: b.ip }, a.port, b.port, zeros(300))
    const parts = fragments(
      { src: a.ip, dst: b.ip, proto: PROTO.udp, id: random.between(1, 3) },
      datagram,
      128,
    )
    for (const part of parts) {
      if (random.between(0, 3) > 0) scene.frame(at, framed(part, a.ip, b.ip))
    }
    if (random.between(0, 1) === 0) scene.frames.splice(-2, 2, ...scene.frames.slice(-2).reverse())
  }

  function wrapped(): void {
    const inside = inFrame(
      address(),
      address(),
      PROTO.udp,
      udp({ src: '10.0.1.1', dst: '10.0.1.2' }, 9, 10, zeros(200)),
    )
    const outer = { src: address(), dst: address(), srcMac: macOf('10.9.9.1'), dstMac: macOf('10.9.9.2') }
    const frame = pick([
      () => carried(outer, PROTO.gre, erspan2(1, 1, 0, inside), 7),
      () => carriedUdp(outer, 50000, 4789, vxlan(random.between(1, 2), inside), 7),
      () => carried(outer, PROTO.gre, gre(0x0800, inside.subarray(14)), 7),
      () => carried(outer, PROTO.ipip, inside.subarray(14), 7),
    ])()
    if (random.between(0, 2) > 0) {
      scene.frame(at, frame)
      return
    }
    const proto = frame[23]
    for (const part of fragments(
      { src: outer.src, dst: outer.dst, proto, id: random.between(1, 3) },
      frame.subarray(34),
      200,
    ))
      if (random.between(0, 4) > 0) scene.frame(at, framed(part, outer.src, outer.dst))
  }

  /** A good frame with some bytes changed, or cut by the mirror. */
  function damaged(): void {
    tcp()
    const last = scene.frames.at(-1)!
    if (random.between(0, 1) === 0) {
      last.bytes = last.bytes.subarray(0, random.between(0, last.bytes.length))
      return
    }
    last.bytes = last.bytes.slice()
    for (let i = 0; i < 3; i++) last.bytes[random.between(12, last.bytes.length - 1)] = random.between(0, 255)
  }

  while (scene.frames.length < count) {
    pick(kinds)()
    at += pick([0, 0.001, 0.1, 1, 5])
    if (random.between(0, 200) === 0) at += pick([-100, 70, 130, 400])
    if (at < -1000) at = 0
  }
  return scene.frames
}

/** The ports that the frames of `randomTraffic` come from; the second one has a link type nobody decodes. */
export const RANDOM_PORTS = [
  { linkType: 1, capture: 'random.pcap' },
  { linkType: 147, capture: 'unknown.pcap' },
]

/** A site that random traffic is judged by: some of it declared, some only at times, some told apart by VLANs. */
export const RANDOM_POLICY: PolicySketch = {
  transit: [110],
  zones: [
    { id: 'plc', networks: ['10.0.1.0/24', 'fd00::/64'] },
    { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [202] },
    { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
    { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
  ],
  assets: [{ id: 'plc-1', zone: 'plc', addresses: ['10.0.1.1'], macs: ['02:04:0a:00:01:01'] }],
  conduits: [
    {
      id: 'C-1',
      from: 'hmi',
      to: 'plc',
      channels: [{ what: 'modbus' }, { what: 'udp/161', hours: [600, 601] }],
    },
  ],
  exceptions: [{ id: 'EX-1', from: 'plc', to: 'hmi', what: 'tcp/502', expires: '2026-11-04T10:05:00Z' }],
}

/** Ways to run random traffic. */
export const randomOptions = fc.record(
  {
    policy: fc.constant(RANDOM_POLICY),
    // fewer rows than flows: what is evicted must not depend on who holds which partition
    maxFlows: fc.constantFrom(16, 64, 4096),
    activeTimeout: fc.constantFrom(5, 30, 1800),
    limits: fc.constant([20, 10, 5, 5, 3, 1]),
    probe: fc.boolean(),
    since: fc.constant(10),
    until: fc.constant(60),
  },
  { requiredKeys: [] },
)
