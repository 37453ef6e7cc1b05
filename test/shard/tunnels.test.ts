import { describe, expect, it } from 'vitest'
import {
  carried,
  carriedUdp,
  erspan1,
  erspan2,
  erspan3,
  geneve,
  gre,
  ip,
  PROTO,
  type Tag,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import { SAMPLE_FRAMES } from '../../src/dispatch/mirror-probe.ts'
import { Wrapping } from '../../src/dispatch/wrapping.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { inFrame, macOf, Scene } from '../support/scene.ts'
import { BALANCED, compiled, runShard, type Seen, sums } from '../support/shard-run.ts'

const [A, B] = ['10.0.2.10', '10.0.1.11']
const [HOST, SENSOR] = ['10.99.0.1', '10.99.0.2']

const outer = (src: string, dst: string, tags: Tag[] = []) => ({
  src,
  dst,
  srcMac: macOf(src),
  dstMac: macOf(dst),
  tags,
})
const datagram = (src: string, dst: string): Uint8Array => udp({ src, dst }, 40000, 161, zeros(30))
const packet = (src = A, dst = B): Uint8Array => ip({ src, dst, proto: PROTO.udp }, datagram(src, dst))
const frame = (vlans: number[] = [], src = A, dst = B): Uint8Array =>
  inFrame(src, dst, PROTO.udp, datagram(src, dst), { vlans })
const inVxlan = (vni: number, inside: Uint8Array, src = HOST, dst = SENSOR): Uint8Array =>
  carriedUdp(outer(src, dst), 55555, 4789, vxlan(vni, inside), 1)

describe('tunnels that are conversations', () => {
  const KINDS: [string, Partial<Record<string, unknown>>, (from: string, to: string) => Uint8Array][] = [
    ['gre', { proto: '47' }, (s, d) => carried(outer(s, d), PROTO.gre, gre(0x0800, packet(), { key: 9 }), 1)],
    ['6in4', { proto: '41' }, (s, d) => carried(outer(s, d), PROTO.ipv6, packet('fd00::1', 'fd00::2'), 1)],
    ['ipip', { proto: '4' }, (s, d) => carried(outer(s, d), PROTO.ipip, packet(), 1)],
    [
      'nvgre',
      { context: { vni: 5 } },
      (s, d) => carried(outer(s, d), PROTO.gre, gre(0x6558, frame(), { key: 0x500 }), 1),
    ],
    ['vxlan', { context: { vni: 77 }, resp_port: 4789 }, (s, d) => inVxlan(77, frame(), s, d)],
    [
      'geneve',
      { context: { vni: 78 }, resp_port: 6081 },
      (s, d) => carriedUdp(outer(s, d), 55555, 6081, geneve(78, frame()), 1),
    ],
  ]

  it.each(KINDS)('%s is a record of its own, and what is inside names it', (kind, expected, wrap) => {
    const [there, back] = [wrap(HOST, SENSOR), wrap(SENSOR, HOST)]
    const run = runShard(new Scene().frame(0, there).frame(1, back).frame(2, there).frames)
    expect(run.tunnels).toMatchObject([
      {
        tunnel: kind,
        orig_addr: HOST,
        resp_addr: SENSOR,
        orig_packets: 2,
        orig_bytes: 2 * there.length,
        orig_ip_bytes: 2 * (there.length - 14),
        resp_packets: 1,
        resp_bytes: back.length,
        attempt: 'established',
        start: '2026-11-04T10:00:00Z',
        end: '2026-11-04T10:00:02Z',
        final: true,
        ...expected,
      },
    ])
    expect(run.finals).toMatchObject([{ orig_packets: 3, tunnel_parent: run.tunnels[0].flow_id }])
    expect(run.dispatcher.wrapping.mirrorSessions()).toEqual([])
    expect(sums(run)).toEqual(BALANCED)
  })

  it('are told apart by ends and VNI, not by the ports that spread their packets', () => {
    const scene = new Scene().frame(0, inVxlan(1, frame())).frame(1, inVxlan(2, frame()))
    scene.frame(2, carriedUdp(outer(HOST, SENSOR), 44444, 4789, vxlan(1, frame()), 2))
    scene.frame(3, inVxlan(1, frame(), HOST, '10.99.0.9'))
    const { tunnels, finals } = runShard(scene.frames)
    expect(tunnels.map(t => [t.context?.vni, t.resp_addr, t.orig_packets])).toEqual([
      [1, SENSOR, 2],
      [2, SENSOR, 1],
      [1, '10.99.0.9', 1],
    ])
    expect(new Set(tunnels.map(t => t.flow_id)).size).toBe(3)
    // without a policy the VNI is part of what tells flows apart, the outer ends are not
    expect(finals.map(flow => [flow.context, flow.orig_packets])).toEqual([
      [{ vni: 1 }, 3],
      [{ vni: 2 }, 1],
    ])
  })

  it('in tunnels name the tunnel outside, and flows the innermost', () => {
    const inside = inFrame('10.50.0.1', '10.50.0.2', PROTO.gre, gre(0x0800, packet()))
    const { tunnels, finals } = runShard(new Scene().frame(0, inVxlan(3, inside)).frames)
    expect(tunnels.map(t => t.tunnel)).toEqual(['vxlan', 'gre'])
    expect(tunnels[0].tunnel_parent).toBeUndefined()
    expect(tunnels[1].tunnel_parent).toBe(tunnels[0].flow_id)
    expect(finals).toMatchObject([{ orig_addr: A, tunnel_parent: tunnels[1].flow_id, context: { vni: 3 } }])
  })

  it('are judged by their outer ends', () => {
    const zones = [
      { id: 'hmi', networks: ['10.0.2.0/24'] },
      { id: 'plc', networks: ['10.0.1.0/24'] },
      { id: 'left', networks: [`${HOST}/32`] },
      { id: 'right', networks: [`${SENSOR}/32`] },
    ]
    const conduits = [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ what: 'udp/161' }] }]
    const scene = new Scene().frame(0, KINDS[0][2](HOST, SENSOR))
    const run = runShard(scene.frames, { policy: { zones, conduits } })
    expect(run.finals).toMatchObject([{ verdict: 'sanctioned', conduit: 'C-1' }])
    expect(run.tunnels).toMatchObject([
      { verdict: 'unsanctioned', reason: 'no-conduit', orig_zone: 'left', resp_zone: 'right' },
    ])
    expect(run.facts.at(-1)).toMatchObject({ nearest: { failed: ['no-conduit'] }, evidence: { frame: 1 } })
    const declared = [
      ...conduits,
      { id: 'C-2', from: ['left', 'right'], to: ['left', 'right'], channels: [{ what: 'ip/47' }] },
    ]
    const sanctioned = runShard(scene.frames, { policy: { zones, conduits: declared } })
    expect(sanctioned.tunnels).toMatchObject([{ verdict: 'sanctioned', conduit: 'C-2' }])
  })
})

describe('the judgement of a tunnel', () => {
  const zones = [
    { id: 'left', networks: [`${HOST}/32`] },
    { id: 'right', networks: [`${SENSOR}/32`] },
  ]
  const wrapped = (tags: Tag[] = [], inside = frame(), src = HOST, dst = SENSOR): Uint8Array =>
    carried(outer(src, dst, tags), PROTO.gre, gre(0x6558, inside), 1)

  it.each<[string, number[], string, string]>([
    ['an exception that starts later does not cover what was before', [0, 7200], 'exception', 'unsanctioned'],
    ['one that is in force all the time does', [3600, 7200], 'exception', 'exception'],
  ])('is its worst: %s', (_, times, verdict, worst) => {
    const policy: PolicySketch = {
      zones,
      exceptions: [
        {
          id: 'EX-1',
          from: ['left', 'right'],
          to: ['left', 'right'],
          what: 'ip/47',
          starts: '2026-11-04T10:30:00Z',
          expires: '2026-11-30T00:00:00Z',
        },
      ],
    }
    const scene = new Scene()
    for (const at of times) scene.frame(at, wrapped())
    const run = runShard(scene.frames, { policy })
    expect(run.tunnels).toMatchObject([{ verdict, worst_verdict: worst, exception: 'EX-1' }])
    expect(run.tunnels[0].verdict_changes).toBe(worst === verdict ? undefined : 1)
    expect(run.facts.at(-1)?.nearest !== undefined).toBe(worst === 'unsanctioned')
  })

  it('names an exception that ran out, and leaves the flows inside to their own times', () => {
    const policy: PolicySketch = {
      zones: [...zones, { id: 'all', networks: ['10.0.0.0/16'] }],
      exceptions: [
        {
          id: 'EX-1',
          from: ['left', 'right'],
          to: ['left', 'right'],
          what: 'ip/47',
          expires: '2026-11-04T10:00:05Z',
        },
        { id: 'EX-2', from: 'all', to: 'right', what: 'udp/9', expires: '2026-11-04T10:00:05Z' },
      ],
    }
    const scene = new Scene()
    for (let i = 0; i < 10; i++) scene.frame(i, wrapped()).udp(i + 0.5, '10.0.0.1:9', `${SENSOR}:9`)
    const run = runShard(scene.frames, { policy })
    expect(run.tunnels).toMatchObject([
      { verdict: 'unsanctioned', worst_verdict: 'unsanctioned', verdict_changes: 1 },
    ])
    expect(run.facts.at(-1)).toMatchObject({ formerExceptions: ['EX-1'] })
    expect(run.finals.find(flow => flow.orig_port === 9)).toMatchObject({
      verdict_changes: 1,
      verdict: 'unsanctioned',
    })
  })

  const SKIDS: PolicySketch = {
    zones: [
      { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
      { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
      { id: 'right', networks: [`${SENSOR}/32`] },
    ],
    conduits: [
      {
        id: 'C-1',
        from: ['skid-1', 'right'],
        to: ['skid-1', 'right'],
        channels: [{ what: 'ip/47' }],
      },
    ],
  }
  const tag = (vlan: number): Tag[] => [{ vlan }]

  it('rests on the tags outside, not on those of the frame inside', () => {
    const scene = new Scene().frame(0, wrapped(tag(201), frame([202]), '192.168.0.5'))
    const { tunnels, finals } = runShard(scene.frames, { policy: SKIDS })
    expect(tunnels).toMatchObject([
      { orig_zone: 'skid-1', resp_zone: 'right', verdict: 'sanctioned', context: { vlans: [201] } },
    ])
    expect(finals[0].context).toEqual({ vlans: [202] })
  })

  it('is one for each zone that has the addresses, and one where the tags tell the same', () => {
    const scene = new Scene()
    for (const id of [201, 202]) scene.frame(id - 201, wrapped(tag(id), frame(), '192.168.0.5'))
    scene.frame(2, wrapped([...tag(9), ...tag(201)], frame(), SENSOR, '192.168.0.5'))
    const { tunnels, facts } = runShard(scene.frames, { policy: SKIDS })
    expect(tunnels.map(t => [t.orig_zone, t.verdict, t.orig_packets, t.resp_packets])).toEqual([
      ['skid-1', 'sanctioned', 1, 1],
      ['skid-2', 'unsanctioned', 1, 0],
    ])
    expect(new Set(tunnels.map(t => t.flow_id)).size).toBe(2)
    const inside = facts
      .filter(({ record }) => record.type === 'flow')
      .map(({ record }) => record.tunnel_parent)
    expect(inside).toEqual([tunnels[0].flow_id])
  })

  it('rests on the tap', () => {
    const policy: PolicySketch = {
      taps: [
        { id: 'ta', type: 'local' },
        { id: 'tb', type: 'local' },
      ],
      zones: [
        { id: 'one', networks: ['192.168.0.0/24'], context: { taps: ['ta'] } },
        { id: 'two', networks: ['192.168.0.0/24'], context: { taps: ['tb'] } },
        { id: 'right', networks: [`${SENSOR}/32`] },
      ],
    }
    const ports = ['ta', 'tb'].map(tap => ({ linkType: 1, capture: `${tap}.pcap`, tap }))
    const scene = new Scene()
    for (const port of [0, 1]) scene.frame(port, wrapped([], frame(), '192.168.0.5'), { port })
    expect(runShard(scene.frames, { policy, ports }).tunnels).toMatchObject([
      { context: { tap: 'ta' }, orig_zone: 'one', verdict: 'unsanctioned' },
      { context: { tap: 'tb' }, orig_zone: 'two', verdict: 'unsanctioned' },
    ])
  })

  it('shows what is undeclared beyond the table, and never under another tunnel’s name', () => {
    const policy = compiled({
      zones: [...zones, { id: 'many', networks: ['10.9.0.0/16'] }],
      conduits: [{ id: 'C-1', from: 'many', to: 'right', channels: [{ what: 'ip/47' }] }],
    })!
    const wrapping = new Wrapping(policy, [], [{}], { tunnels: 4 })
    const dissector = new Dissector()
    const see = (src: string, seconds: number): void => {
      const bytes = wrapped([], frame(), src)
      dissector.dissect(bytes, 0, bytes.length, bytes.length, 1)
      wrapping.placeOf(dissector.facts, 0, seconds, 0, 1)
    }
    for (let i = 1; i <= 9; i++) see(`10.9.0.${i}`, i)
    for (let i = 0; i < 3; i++) see(HOST, 20 + i)
    expect(wrapping.unkept).toBe(5)
    const records = wrapping.tunnels
      .all()
      .map(({ low, high, packets }) => [low[3] & 255, high[3] & 255, packets])
    const sensor = 2
    expect(records).toEqual([
      [1, sensor, [1, 0]],
      [2, sensor, [1, 0]],
      [3, sensor, [1, 0]],
      [4, sensor, [1, 0]],
      [1, sensor, [3, 0]],
    ])
    expect(policy.judgement(wrapping.tunnelVerdicts.of(4)!.worst).verdict).toBe('unsanctioned')
  })
})

describe('a mirror’s wrapping disappears', () => {
  it.each([
    ['type I', erspan1(frame([30]))],
    ['type II', erspan2(12, 1, 30, frame())],
    ['type III', erspan3(12, 1, 30, 99, frame())],
    ['type III with a sub-header', erspan3(12, 1, 30, 99, frame(), true)],
  ])('ERSPAN %s, always', (_, payload) => {
    const run = runShard(new Scene().frame(0, carried(outer(HOST, SENSOR), PROTO.gre, payload, 1)).frames)
    expect(run.tunnels).toEqual([])
    const [flow] = run.finals
    expect(flow).toMatchObject({ orig_addr: A, resp_addr: B, context: { vlans: [30] } })
    expect(flow.context?.tap).toMatch(/^erspan:10\.99\.0\.1/)
    expect(flow.tunnel_parent).toBeUndefined()
    expect(run.dispatcher.wrapping.mirrorSessions()).toEqual([`erspan ${HOST} -> ${SENSOR}`])
    expect(run.dispatcher.wrapping.mirrorSessions(true)).toEqual([`erspan ${HOST} -> ${SENSOR}`])
  })

  it('of a declared tap, under its name', () => {
    const policy: PolicySketch = {
      zones: [{ id: 'all', networks: ['10.0.0.0/16'] }],
      taps: [
        { id: 'esx-a', type: 'erspan', source: source(HOST), session: 12 },
        { id: 'cloud', type: 'vxlan', source: source('10.99.0.7'), vni: 500 },
      ],
    }
    const scene = new Scene().frame(
      0,
      carried(outer(HOST, SENSOR), PROTO.gre, erspan2(12, 1, 30, frame()), 1),
    )
    scene.frame(1, inVxlan(500, frame([], '10.0.2.11'), '10.99.0.7'))
    scene.frame(2, inVxlan(501, frame([], '10.0.2.12'), '10.99.0.7'))
    const run = runShard(scene.frames, { policy })
    expect(run.finals.map(flow => flow.context)).toEqual([
      { vlans: [30], tap: 'esx-a' },
      { vni: 500, tap: 'cloud' },
      { vni: 501 },
    ])
    expect(run.tunnels.map(t => t.context?.vni)).toEqual([501])
    expect(run.dispatcher.wrapping.mirrorSessions()).toHaveLength(2)
    expect(run.dispatcher.wrapping.mirrorSessions(true)).toEqual([])
  })

  /** `n` mirrored frames, and `others` that came to the sensor without a wrapping. */
  function mirrored(n: number, others: number, wrap: (inside: Uint8Array, i: number) => Uint8Array): Seen[] {
    const scene = new Scene()
    for (let i = 0; i < n; i++) scene.frame(i / 100, wrap(frame([], `10.0.2.${i % 200}`), i))
    for (let i = 0; i < others; i++) scene.udp(i / 100, '10.99.0.1:123', '10.99.0.3:123')
    return scene.frames
  }

  it.each<[string, (inside: Uint8Array, i: number) => Uint8Array]>([
    ['VXLAN', (inside, i) => inVxlan(9, inside, `10.99.1.${i % 3}`)],
    ['GENEVE', inside => carriedUdp(outer(HOST, SENSOR), 55555, 6081, geneve(9, inside), 1)],
    ['NVGRE', inside => carried(outer(HOST, SENSOR), PROTO.gre, gre(0x6558, inside, { key: 0x900 }), 1)],
    ['GRE', inside => carried(outer(HOST, SENSOR), PROTO.gre, gre(0x6558, inside), 1)],
  ])('that nearly all frames have, to one destination: %s', (_, wrap) => {
    const run = runShard(mirrored(97, 3, wrap), { probe: true })
    expect(run.tunnels).toEqual([])
    expect(run.finals).toHaveLength(98)
    expect(run.dispatcher.wrapping.mirrorSessions().length).toBeGreaterThan(0)
    expect(sums(run)).toEqual(BALANCED)
  })

  it.each<[string, Seen[]]>([
    ['nine in ten', mirrored(90, 10, inside => inVxlan(9, inside))],
    [
      'two destinations',
      mirrored(100, 0, (inside, i) => inVxlan(9, inside, HOST, i % 2 ? SENSOR : '10.99.0.9')),
    ],
    [
      'both ways',
      mirrored(100, 0, (inside, i) => (i % 2 ? inVxlan(9, inside) : inVxlan(9, inside, SENSOR, HOST))),
    ],
    ['so few frames that nothing is nearly all of them', mirrored(9, 0, inside => inVxlan(9, inside))],
    [
      'packets without a frame around them',
      mirrored(100, 0, () => carried(outer(HOST, SENSOR), PROTO.gre, gre(0x0800, packet()), 1)),
    ],
  ])('but not of a tunnel: %s', (_, frames) => {
    expect(runShard(frames, { probe: true }).tunnels.length).toBeGreaterThan(0)
  })

  it('and comes back where the whole capture contradicts its first frames', () => {
    const policy: PolicySketch = {
      zones: [
        { id: 'left', networks: [`${HOST}/32`] },
        { id: 'right', networks: [`${SENSOR}/32`] },
      ],
    }
    const frames = mirrored(SAMPLE_FRAMES, 0, inside => inVxlan(9, inside))
    for (const [others, isTunnel] of [
      [100, false],
      [1000, true],
    ] as const) {
      const scene = new Scene()
      for (let i = 0; i < others; i++) scene.udp(50 + i / 100, '10.99.0.1:123', '10.99.0.3:123')
      const run = runShard([...frames, ...scene.frames], { policy, probe: true, maxFlows: 16_384 })
      expect(run.tunnels).toMatchObject(
        isTunnel ? [{ tunnel: 'vxlan', orig_packets: SAMPLE_FRAMES, verdict: 'unsanctioned' }] : [],
      )
      expect(run.dispatcher.wrapping.mirrorSessions()).toEqual(isTunnel ? [] : [`vxlan ${HOST} -> ${SENSOR}`])
    }
  })

  it('and is a tunnel without the vote', () => {
    expect(runShard(mirrored(97, 3, inside => inVxlan(9, inside))).tunnels).toHaveLength(1)
  })
})

function source(address: string) {
  const word = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const words: [number, number, number, number] = [0, 0, 0, word]
  return { version: 4 as const, first: words, last: words, text: address, prefix: 32 }
}
