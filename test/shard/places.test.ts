import { describe, expect, it } from 'vitest'
import { ethernet, PROTO, zeros } from '../../captures/support/frames.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import { Wrapping } from '../../src/dispatch/wrapping.ts'
import { MOST_PLACES } from '../../src/flow/places.ts'
import { Whereabouts } from '../../src/shard/whereabouts.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { inFrame, Scene, tagsOf } from '../support/scene.ts'
import { BALANCED, compiled, runShard, sums } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'
const vlan = (...vlans: number[]) => ({ vlans })

describe('without a policy', () => {
  it('flows are kept apart by VLAN stack', () => {
    const scene = new Scene()
    for (const vlans of [[], [10], [20], [10, 20], [20, 10], [0]]) {
      scene.udp(0, C, S, 20, { vlans }).udp(1, S, C, 20, { vlans })
    }
    const run = runShard(scene.frames)
    expect(run.finals.map(flow => flow.context)).toEqual([
      undefined,
      vlan(10),
      vlan(20),
      vlan(10, 20),
      vlan(20, 10),
      vlan(0),
    ])
    expect(run.finals.every(flow => flow.orig_packets === 1 && flow.resp_packets === 1)).toBe(true)
    expect(new Set(run.finals.map(flow => flow.flow_id)).size).toBe(6)
  })

  it.each([
    ['other tags', [10], [20]],
    ['one of them untagged', [10], []],
    ['stacks', [10, 20], [10]],
  ])(
    'the two directions of one conversation meet when the mirror tags them differently: %s',
    (_, there, back) => {
      const scene = new Scene()
      for (let i = 0; i < 5; i++)
        scene.tcp(i, C, S, 'A', vlan(...there)).tcp(i + 0.5, S, C, 'A', vlan(...back))
      for (const burst of [1, 64]) {
        const run = runShard(scene.frames, { burst })
        expect(run.finals).toMatchObject([{ orig_packets: 5, resp_packets: 5 }])
        expect(run.finals[0].context).toEqual(vlan(...there))
        expect(run.finals[0].seen_in).toEqual([back.length > 0 ? vlan(...back) : {}])
        expect(sums(run)).toEqual(BALANCED)
      }
    },
  )

  it('the same addresses in two VLANs with both directions each stay two conversations', () => {
    const scene = new Scene()
    for (let i = 0; i < 3; i++) {
      for (const vlans of [[201], [202]]) scene.udp(i, C, S, 20, { vlans }).udp(i + 0.5, S, C, 20, { vlans })
    }
    expect(runShard(scene.frames).finals.map(flow => [flow.orig_packets, flow.resp_packets])).toEqual([
      [3, 3],
      [3, 3],
    ])
  })

  it('a capture’s tap stands in the context', () => {
    const ports = [
      { linkType: 1, capture: 'a', tap: 'esx-a' },
      { linkType: 1, capture: 'b' },
    ]
    const run = runShard(
      new Scene().udp(0, C, S, 20, { port: 0 }).udp(1, '10.0.0.1:9', S, 20, { port: 1 }).frames,
      { ports },
    )
    expect(run.finals.map(flow => flow.context)).toEqual([{ tap: 'esx-a' }, undefined])
    expect(run.facts.map(({ evidence }) => evidence)).toEqual([
      { capture: 'a', frame: 1 },
      { capture: 'b', frame: 2 },
    ])
  })

  it('more places of one flow than are remembered do no harm', () => {
    const scene = new Scene()
    for (let i = 0; i < 40; i++) scene.udp(i, C, S, 20, { port: i })
    const ports = Array.from({ length: 40 }, (_, i) => ({ linkType: 1, capture: `${i}`, tap: `tap-${i}` }))
    const run = runShard(scene.frames, { ports })
    expect(run.finals).toMatchObject([{ orig_packets: 40, context: { tap: 'tap-0' } }])
    expect(run.finals[0].seen_in).toHaveLength(16)
  })
})

describe('with a policy', () => {
  const PLANT: PolicySketch = {
    zones: [
      { id: 'hmi', networks: ['10.0.2.0/24'] },
      { id: 'plc', networks: ['10.0.1.0/24'] },
    ],
    conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }],
  }
  const SKIDS: PolicySketch = {
    zones: [
      ...PLANT.zones,
      { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
      { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
    ],
    conduits: [
      ...PLANT.conduits!,
      { id: 'C-2', from: 'skid-2', to: 'skid-2', channels: [{ id: 'own', what: 'modbus' }] },
    ],
  }

  it('a flow seen in several VLANs is one, and says where', () => {
    const scene = new Scene()
      .handshake(0, C, S, vlan(120))
      .handshake(0.5, C, S, vlan(110))
      .udp(1, C, S, 9, vlan(120))
    const run = runShard(scene.frames, { policy: PLANT })
    expect(run.finals).toMatchObject([
      {
        proto: 'tcp',
        context: vlan(120),
        seen_in: [vlan(110)],
        orig_packets: 4,
        resp_packets: 2,
        verdict: 'sanctioned',
      },
      { proto: 'udp', verdict: 'unsanctioned' },
    ])
    expect(run.finals[1].seen_in).toBeUndefined()
  })

  it('identical machines in two contexts stay apart', () => {
    const [a, b] = ['192.168.0.10:50000', '192.168.0.20:502']
    const scene = new Scene()
      .handshake(0, a, b, vlan(201))
      .handshake(1, a, b, vlan(202))
      .tcp(2, b, a, 'A', vlan(201))
    const run = runShard(scene.frames, { policy: SKIDS })
    expect(run.finals).toMatchObject([
      {
        orig_zone: 'skid-1',
        resp_zone: 'skid-1',
        verdict: 'intra-zone',
        context: vlan(201),
        resp_packets: 2,
      },
      {
        orig_zone: 'skid-2',
        resp_zone: 'skid-2',
        verdict: 'sanctioned',
        context: vlan(202),
        resp_packets: 1,
      },
    ])
    expect(new Set(run.finals.map(flow => flow.community_id)).size).toBe(1)
  })

  it('where the tag that would tell is missing, nothing is guessed and nothing is joined', () => {
    const [a, b] = ['192.168.0.10:50000', '192.168.0.20:502']
    const run = runShard(new Scene().handshake(0, a, b, vlan(201)).tcp(1, b, a, 'A').frames, {
      policy: SKIDS,
    })
    expect(run.finals).toMatchObject([
      { verdict: 'intra-zone', orig_packets: 2, resp_packets: 1 },
      { verdict: 'undetermined', reason: 'context-unknown', orig_packets: 0, resp_packets: 1 },
    ])
  })

  it('what is seen in more places than are kept apart is of unknown context, never of another place’s', () => {
    const policy = compiled(SKIDS)!
    const wrapping = new Wrapping(policy, [], [{}], { places: 3 })
    const dissector = new Dissector()
    const placeOf = (vlan: number): number => {
      const [{ bytes }] = new Scene().udp(0, C, S, 20, { vlans: [vlan] }).frames
      dissector.dissect(bytes, 0, bytes.length, bytes.length, 1)
      return wrapping.placeOf(dissector.facts, 0, 0, 0, 1)
    }
    const places = [201, 9, 202, 201, 202, 202].map(placeOf)
    const whereabouts = new Whereabouts(
      policy,
      [0, 1, 2].map(place => wrapping.seenPlace(place)),
    )
    const zoneIn = (place: number): number =>
      policy.zoneOf(4, [0, 0, 0, 0xc0a8000a], whereabouts.contextOf(place))
    expect(places).toEqual([0, 1, 2, 0, 2, 2])
    expect(wrapping.places.overflow).toBe(3)
    // skid-1, and after that the context does not tell
    expect([zoneIn(0), zoneIn(2)]).toEqual([2, -2])
    expect(wrapping.taggedPlace(0x10000 + 202, 0)).toBe(2)
    expect(wrapping.taggedPlace(0x10000 + 202, 0)).toBe(2)
    expect(wrapping.places.overflow).toBe(5)
    expect(whereabouts.domainOf(2)).not.toBe(whereabouts.domainOf(0))
  })

  it('65,600 places before it do not give a flow another place’s verdict', () => {
    const scene = new Scene()
    const ports = Array.from({ length: 17 }, (_, i) => ({ linkType: 1, capture: `${i}`, tap: `tap-${i}` }))
    for (let i = 0; i < 65_600; i++)
      scene.udp(i / 1e4, '10.0.1.1:9', '10.0.1.2:9', 0, { vlans: [i & 4095], port: i >> 12 })
    scene.handshake(10, '192.168.0.10:50000', '192.168.0.20:502', vlan(202))
    const run = runShard(scene.frames, { policy: SKIDS, ports })
    expect(run.finals.find(flow => flow.resp_port === 502)).toMatchObject({
      context: { vlans: [202], tap: 'tap-0' },
      orig_zone: 'skid-2',
      verdict: 'sanctioned',
    })
    expect(sums(run)).toEqual(BALANCED)
  })

  it('machines outside the contexts meet all the same, however each direction is tagged', () => {
    const scene = new Scene()
    for (let i = 0; i < 4; i++)
      scene.tcp(i, C, S, i ? 'A' : 'S', vlan(120)).tcp(i + 0.5, S, C, i ? 'A' : 'SA')
    for (const generalOnly of [false, true]) {
      expect(runShard(scene.frames, { policy: SKIDS, generalOnly }).finals).toMatchObject([
        { orig_packets: 4, resp_packets: 4, verdict: 'sanctioned', context: vlan(120), seen_in: [{}] },
      ])
    }
  })

  it('judges by VLAN what has no address', () => {
    const policy: PolicySketch = {
      zones: [
        { id: 'bay', vlans: [30] },
        { id: 'station', vlans: [40] },
      ],
    }
    const frame = (vlans: number[]) =>
      ethernet('02:00:00:00:00:01', '02:00:00:00:00:02', 0x8892, zeros(46), tagsOf(vlans))
    const run = runShard(new Scene().frame(0, frame([30])).frames, { policy })
    expect(run.finals).toMatchObject([{ orig_zone: 'bay', resp_zone: 'bay', verdict: 'intra-zone' }])
    expect(runShard(new Scene().frame(0, frame([])).frames, { policy }).finals[0].verdict).toBe('unzoned')
  })

  it('names the assets of both ends, by address and where there is none by MAC', () => {
    const policy: PolicySketch = {
      zones: PLANT.zones,
      assets: [
        { id: 'hmi-1', zone: 'hmi', addresses: ['10.0.2.10'] },
        { id: 'drive-1', zone: 'plc', macs: ['02:00:00:00:00:02'] },
      ],
    }
    const frame = ethernet('02:00:00:00:00:01', '02:00:00:00:00:02', 0x8892, zeros(46))
    const run = runShard(new Scene().tcp(0, C, S, 'S').frame(1, frame).frames, { policy })
    expect(run.finals.map(flow => [flow.orig_asset, flow.resp_asset])).toEqual([
      ['hmi-1', undefined],
      ['drive-1', undefined],
    ])
  })
})

it('frames beyond the table of places are counted once each, whichever way they take', () => {
  const scene = new Scene()
  // a stack of two tags for each place there is, the last of which stands for all further ones
  const filler = inFrame('10.9.0.1', '10.9.0.2', PROTO.igmp, zeros(8), vlan(1, 1))
  for (let i = 0; i < MOST_PLACES; i++) {
    const frame = filler.slice()
    const view = new DataView(frame.buffer)
    view.setUint16(14, i >>> 9)
    view.setUint16(18, i & 511)
    scene.frame(i / 1e6, frame)
  }
  // the first of these opens a flow and takes the general way, the others the short one
  for (let i = 0; i < 5; i++) scene.tcp(1 + i, C, S, 'A', vlan(7))
  expect(runShard(scene.frames).dispatcher.wrapping.framesBeyond).toBe(1 + 5)
})
