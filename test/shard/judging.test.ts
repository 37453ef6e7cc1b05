import { describe, expect, it } from 'vitest'
import { arp, ETHERTYPE, ethernet, PROTO, zeros } from '../../captures/support/frames.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { inFrame, macOf, Scene, tagsOf } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'

const ZONES: PolicySketch['zones'] = [
  { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [120] },
  { id: 'plc', networks: ['10.0.1.0/24'], vlans: [110], macs: ['02:04:0a:00:01:0b'] },
]
const PLANT: PolicySketch = {
  zones: ZONES,
  conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }],
}
/** 14:00 on the day the frames of tests begin (10:00) is four hours in. */
const HOUR = 3600

describe('a verdict', () => {
  it('is made with the first frame and cites what decided', () => {
    const run = runShard(new Scene().handshake(0, C, S).frames, { policy: PLANT })
    expect(run.finals).toMatchObject([
      {
        verdict: 'sanctioned',
        worst_verdict: 'sanctioned',
        conduit: 'C-1',
        channel: 'reads',
        orig_zone: 'hmi',
        resp_zone: 'plc',
        policy_id: '0123456789ab',
      },
    ])
    expect(run.facts[0].nearest).toBeUndefined()
  })

  it('names the nearest channel where nothing covers it', () => {
    const run = runShard(new Scene().tcp(0, '10.0.1.11:50000', '10.0.2.10:502', 'S').frames, {
      policy: PLANT,
    })
    expect(run.facts).toMatchObject([
      {
        record: { verdict: 'unsanctioned', reason: 'direction' },
        nearest: { conduit: 'C-1', channel: 'reads', failed: ['direction'] },
        evidence: { capture: 'test.pcap', frame: 1 },
      },
    ])
  })

  it('rests on ports while the opening was not seen, and says so', () => {
    const known = runShard(new Scene().tcp(0, C, S, 'A').frames, { policy: PLANT })
    expect(known.finals).toMatchObject([{ verdict: 'sanctioned', inferred: true, direction: 'port' }])
    const channels = [{ what: 'tcp/40000-50000' }]
    const vague = { zones: ZONES, conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels }] }
    const run = runShard(new Scene().tcp(0, '10.0.2.10:60000', '10.0.1.11:45000', 'A').frames, {
      policy: vague,
    })
    expect(run.finals).toMatchObject([{ verdict: 'undetermined', reason: 'direction', direction: 'first' }])
  })

  it('that rested on a guess is corrected by the handshake, and the guess does not count', () => {
    const scene = new Scene().tcp(0, '10.0.1.11:502', '10.0.2.10:102', 'A')
    const policy: PolicySketch = {
      zones: ZONES,
      conduits: [{ id: 'C-1', from: 'plc', to: 'hmi', channels: [{ what: 'tcp/102' }] }],
    }
    const guessed = runShard(scene.tcp(1, '10.0.2.10:102', '10.0.1.11:502', 'S', { seq: 5 }).frames, {
      policy,
    })
    expect(guessed.finals).toMatchObject([
      {
        verdict: 'unsanctioned',
        worst_verdict: 'unsanctioned',
        flipped: true,
        verdict_changes: 1,
        orig_addr: '10.0.2.10',
      },
    ])
    const turned = new Scene()
      .tcp(0, '10.0.2.10:102', '10.0.1.11:502', 'A')
      .tcp(1, '10.0.1.11:502', '10.0.2.10:102', 'S')
    expect(runShard(turned.frames, { policy }).finals).toMatchObject([
      { verdict: 'sanctioned', worst_verdict: 'sanctioned', flipped: true, orig_addr: '10.0.1.11' },
    ])
  })
})

describe('a verdict that changes with time', () => {
  const exception = { id: 'EX-1', from: 'hmi', to: 'plc', what: 'ssh' }
  const ssh = '10.0.1.11:22'
  const hourly = (hours: number): Scene => {
    const scene = new Scene().handshake(0, C, ssh)
    for (let at = 240; at <= hours * HOUR; at += 240) scene.tcp(at, C, ssh, 'A', { seq: 1001 })
    return scene
  }

  it('an exception lapses while the flow runs', () => {
    const policy = { ...PLANT, exceptions: [{ ...exception, expires: '2026-11-04T12:00:00Z' }] }
    const run = runShard(hourly(4).frames, { policy, activeTimeout: HOUR })
    expect(run.records.map(record => record.verdict)).toEqual([
      'exception',
      'unsanctioned',
      'unsanctioned',
      'unsanctioned',
      'unsanctioned',
    ])
    expect(run.records[0]).toMatchObject({ exception: 'EX-1', worst_verdict: 'exception' })
    expect(run.finals).toMatchObject([
      { worst_verdict: 'unsanctioned', reason: 'expired', verdict_changes: 1, orig_packets: 62 },
    ])
    expect(run.facts.at(-1)!.nearest).toEqual({ exception: 'EX-1', failed: ['expired'] })
  })

  it('an exception begins: the latest verdict is better, the worst one stays', () => {
    const policy = { ...PLANT, exceptions: [{ ...exception, starts: '2026-11-04T11:00:00Z' }] }
    expect(runShard(hourly(2).frames, { policy }).finals).toMatchObject([
      { verdict: 'exception', worst_verdict: 'unsanctioned', verdict_changes: 1, exception: 'EX-1' },
    ])
  })

  it('a schedule opens and closes', () => {
    const channels = [{ id: 'service', what: 'ssh', hours: [11 * 60, 12 * 60] as [number, number] }]
    const policy = { zones: ZONES, conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels }] }
    const run = runShard(hourly(3).frames, { policy })
    expect(run.finals).toMatchObject([
      { verdict: 'unsanctioned', reason: 'schedule', worst_verdict: 'unsanctioned', verdict_changes: 2 },
    ])
  })

  it('does not change with time that goes backwards for a frame and comes back', () => {
    const policy = { ...PLANT, exceptions: [{ ...exception, expires: '2026-11-04T12:00:00Z' }] }
    const scene = new Scene().handshake(2 * HOUR + 10, C, ssh)
    scene.tcp(2 * HOUR + 9, C, ssh, 'A', { seq: 1001 }).tcp(2 * HOUR - 20, '10.0.2.99:1', ssh, 'S')
    scene.tcp(2 * HOUR + 11, C, ssh, 'A', { seq: 1001 })
    const { finals } = runShard(scene.frames, { policy })
    expect(finals.find(flow => flow.orig_port === 50000)).toMatchObject({ verdict: 'unsanctioned' })
    expect(finals.find(flow => flow.orig_port === 1)).toMatchObject({ verdict: 'exception' })
  })

  it('is the same on the short way and on the general one', () => {
    const policy = { ...PLANT, exceptions: [{ ...exception, expires: '2026-11-04T12:00:00Z' }] }
    const options = { policy, activeTimeout: HOUR }
    const { frames } = hourly(4)
    expect(runShard(frames, options).records).toEqual(
      runShard(frames, { ...options, generalOnly: true }).records,
    )
  })
})

describe('groups', () => {
  const goose = (vlan: number) =>
    ethernet('01:0c:cd:01:00:01', macOf('10.0.1.11'), ETHERTYPE.goose, zeros(46), tagsOf([vlan]))
  const channel = { id: 'goose', what: '0x88b8', groups: ['01:0c:cd:01:00:00/40'] }

  it('are judged once for each zone in whose VLAN they are seen, each in a record of its own', () => {
    const scene = new Scene().frame(0, goose(110)).frame(1, goose(110))
    const own = { verdict: 'intra-zone', orig_zone: 'plc', resp_zone: 'plc' }
    expect(runShard(scene.frames, { policy: PLANT }).finals).toMatchObject([{ ...own, orig_packets: 2 }])
    scene.frame(2, goose(120)).frame(3, goose(110))
    const run = runShard(scene.frames, { policy: PLANT })
    expect(run.finals).toMatchObject([
      { ...own, orig_packets: 3, context: { vlans: [110] } },
      {
        verdict: 'unsanctioned',
        orig_zone: 'plc',
        resp_zone: 'hmi',
        orig_packets: 1,
        context: { vlans: [120] },
      },
    ])
    expect(new Set(run.finals.map(flow => flow.flow_id)).size).toBe(2)
    expect(run.finals.every(flow => flow.verdict_changes === undefined)).toBe(true)
    expect(run.facts.every(facts => facts.respIsGroup)).toBe(true)
    const declared = { zones: ZONES, conduits: [{ id: 'C-2', from: 'plc', to: 'hmi', channels: [channel] }] }
    expect(runShard(scene.frames, { policy: declared }).finals).toMatchObject([
      own,
      { verdict: 'sanctioned', conduit: 'C-2' },
    ])
  })

  it('stay judged by the worst place when the time changes what is in force', () => {
    const hours: [number, number] = [11 * 60, 12 * 60]
    const conduits = [{ id: 'C-2', from: 'hmi', to: 'plc', channels: [{ what: 'ssh', hours }] }]
    const scene = new Scene()
    for (let at = 0; at < 2 * HOUR; at += 60) scene.frame(at, goose(110)).frame(at + 1, goose(120))
    const run = runShard(scene.frames, { policy: { zones: ZONES, conduits } })
    expect(run.finals).toMatchObject([{ verdict: 'intra-zone' }, { verdict: 'unsanctioned' }])
  })

  it.each([
    ['multicast', '239.1.2.3:5000'],
    ['broadcast', '255.255.255.255:5000'],
    ['IPv6 multicast', '[ff05::5]:5000'],
  ])('%s has an originator whatever the ports, and no answer is missed', (_, group) => {
    const from = group.startsWith('[') ? '[fd00::1]:502' : '10.0.1.11:502'
    expect(runShard(new Scene().udp(0, from, group).frames).finals).toMatchObject([
      { orig_port: 502, direction: 'request', attempt: 'none' },
    ])
  })
})

describe('answers to a group', () => {
  const WHO = '10.0.2.255:47808'
  const ASKER = '10.0.2.10:47808'
  const policy: PolicySketch = {
    zones: ZONES,
    conduits: [
      {
        id: 'C-3',
        from: 'hmi',
        to: 'plc',
        channels: [{ id: 'who', what: 'udp/47808', groups: ['255.255.255.255'] }],
      },
    ],
  }
  /** A request to everybody in the PLCs' VLAN, then a datagram back to where it came from. */
  const scene = (after: number, to = ASKER, from = '10.0.1.11:47808', vlans = [110]): Scene => {
    const asked = new Scene().udp(0, ASKER, '255.255.255.255:47808', 12, { vlans: [110] })
    return asked.udp(after, from, to, 20, { vlans })
  }

  it('within ten seconds belong to the asker’s conversation', () => {
    for (const after of [0.1, 10]) {
      const { finals } = runShard(scene(after).frames, { policy })
      expect(finals).toHaveLength(2)
      expect(finals[1]).toMatchObject({
        orig_addr: '10.0.2.10',
        resp_addr: '10.0.1.11',
        orig_packets: 0,
        resp_packets: 1,
        direction: 'request',
        parent: finals[0].flow_id,
        verdict: 'sanctioned',
        conduit: 'C-3',
      })
    }
  })

  it.each<[string, Scene]>([
    ['after ten seconds', scene(12)],
    ['to another port', scene(1, '10.0.2.10:47809')],
    ['to another machine', scene(1, '10.0.2.11:47808')],
    ['from a client to the port of a server', scene(1, ASKER, '10.0.1.11:50000')],
  ])('but not %s', (_, given) => {
    const { finals } = runShard(given.frames, { policy })
    expect(finals).toHaveLength(2)
    expect(finals[1].parent).toBeUndefined()
    expect(finals[1].verdict).toBe('unsanctioned')
  })

  it('count from the latest request', () => {
    const again = new Scene()
    for (const at of [0, 20, 40]) again.udp(at, ASKER, '255.255.255.255:47808')
    again.udp(45, '10.0.1.11:47808', ASKER)
    expect(runShard(again.frames).finals.find(flow => flow.parent !== undefined)).toMatchObject({
      resp_packets: 1,
    })
  })

  it('of a directed broadcast are known by the MAC it went to', () => {
    const frame = inFrame('10.0.2.10', '10.0.2.255', PROTO.udp, zeros(8), { dstMac: 'ff:ff:ff:ff:ff:ff' })
    frame.set([0xba, 0xc0, 0xba, 0xc0, 0, 8], 34)
    const run = runShard(new Scene().frame(0, frame).udp(1, '10.0.2.20:47808', ASKER).frames)
    expect(run.finals[0]).toMatchObject({ resp_addr: WHO.split(':')[0], attempt: 'none' })
    expect(run.finals[1].parent).toBe(run.finals[0].flow_id)
  })

  it('do not reach over into another context: identical skids', () => {
    const skids: PolicySketch = {
      zones: ['201', '202'].map(vlan => ({
        id: `skid-${vlan}`,
        networks: ['192.168.0.0/24'],
        context: { vlans: [Number(vlan)] },
      })),
    }
    const asked = new Scene().udp(0, '192.168.0.10:47808', '255.255.255.255:47808', 9, { vlans: [201] })
    asked.udp(1, '192.168.0.20:47808', '192.168.0.10:47808', 9, { vlans: [202] })
    asked.udp(2, '192.168.0.20:47808', '192.168.0.10:47808', 9, { vlans: [201] })
    const { finals } = runShard(asked.frames, { policy: skids })
    expect(finals.map(flow => flow.parent === finals[0].flow_id)).toEqual([false, false, true])
  })

  it('IPv6, too', () => {
    const run = runShard(
      new Scene().udp(0, '[fd00::1]:5353', '[ff02::fb]:5353').udp(1, '[fd00::2]:5353', '[fd00::1]:5353')
        .frames,
    )
    expect(run.finals[1]).toMatchObject({ orig_addr: 'fd00::1', parent: run.finals[0].flow_id })
  })
})

describe('announcements', () => {
  const hmi = { mac: macOf('10.0.2.10'), ip: '10.0.2.10' }
  const plc = { mac: macOf('10.0.1.11'), ip: '10.0.1.11' }
  const request = (sender: typeof hmi, target: typeof hmi) =>
    ethernet('ff:ff:ff:ff:ff:ff', sender.mac, ETHERTYPE.arp, arp('request', sender, target))

  it('bind the MACs of both ends in their broadcast domain only', () => {
    const scene = new Scene()
      .frame(0, request(hmi, plc))
      .tcp(1, C, S, 'S')
      .tcp(2, C, S, 'S', { vlans: [7] })
    const { facts } = runShard(scene.frames)
    const tcp = facts.filter(({ record }) => record.proto === 'tcp')
    expect(tcp.map(({ origBound, respBound }) => [origBound, respBound])).toEqual([
      [hmi.mac, undefined],
      [undefined, undefined],
    ])
  })

  it('are no binding of the MAC a router sends with', () => {
    const scene = new Scene().frame(0, request(hmi, plc)).tcp(1, C, S, 'S', { srcMac: '00:00:5e:00:01:01' })
    expect(runShard(scene.frames).facts[1].origBound).toBeUndefined()
  })

  it('that contradict the policy are a conflict, told once', () => {
    const policy: PolicySketch = {
      zones: ZONES,
      assets: [{ id: 'plc-11', zone: 'plc', addresses: ['10.0.1.11'], macs: [plc.mac] }],
    }
    const stolen = { mac: plc.mac, ip: '10.0.2.77' }
    const scene = new Scene()
      .frame(0, request(hmi, plc))
      .frame(1, request(stolen, hmi))
      .frame(2, request(stolen, hmi))
    expect(runShard(scene.frames, { policy }).conflicts).toMatchObject([
      {
        address: '10.0.2.77',
        macs: [plc.mac],
        zone: 'hmi',
        macZone: 'plc',
        at: '2026-11-04T10:00:01Z',
        evidence: { frame: 2 },
      },
    ])
  })
})
