import { describe, expect, it } from 'vitest'
import { PROTO, tcp, zeros } from '../../captures/support/frames.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { inFrame, Scene } from '../support/scene.ts'
import { BALANCED, runShard, sums } from '../support/shard-run.ts'

/** What a sender might do so that its crossing of a border is taken for something else. */
const OFFICE = '10.4.0.9:50000'
const HMI = '10.0.2.10:50000'
const PLC = '10.0.1.11:502'
const HOUR = 3600
const ZONES: PolicySketch['zones'] = [
  { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [120] },
  { id: 'plc', networks: ['10.0.1.0/24', 'fd00:1::/64'], vlans: [110] },
  { id: 'office', networks: ['10.4.0.0/16', 'fd00:4::/64'], vlans: [130] },
]
const policy: PolicySketch = {
  zones: ZONES,
  conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }],
}

describe('a multicast MAC before a unicast address', () => {
  const NLB = '03:bf:0a:00:01:0b'

  it('makes no group of a machine: the conversation was answered', () => {
    const scene = new Scene()
      .tcp(0, OFFICE, PLC, 'S', { seq: 9, dstMac: NLB })
      .tcp(0.1, PLC, OFFICE, 'SA', { seq: 5, ack: 10 })
      .tcp(0.2, OFFICE, PLC, 'A', { seq: 10, ack: 6, dstMac: NLB })
    const run = runShard(scene.frames, { policy })
    expect(run.finals).toMatchObject([{ verdict: 'unsanctioned', attempt: 'established', orig_packets: 2 }])
    expect(run.facts[0].respIsGroup).toBe(false)
  })

  it.each([
    [
      'TCP',
      (s: Scene) =>
        s.tcp(0, OFFICE, PLC, 'A', { vlans: [130] }).tcp(1, OFFICE, PLC, 'A', { vlans: [110], dstMac: NLB }),
    ],
    [
      'UDP to the broadcast MAC',
      (s: Scene) =>
        s
          .udp(0, OFFICE, PLC, 20, { vlans: [130] })
          .udp(1, OFFICE, PLC, 20, { vlans: [110], dstMac: 'ff:ff:ff:ff:ff:ff' }),
    ],
  ])('of a conversation seen elsewhere is no trouble: %s', (_, send) => {
    const contexts: PolicySketch = {
      ...policy,
      zones: [...ZONES, { id: 'skid', networks: ['192.168.0.0/24'], context: { vlans: [201] } }],
    }
    const run = runShard(send(new Scene()).frames, { policy: contexts })
    expect(run.finals.every(flow => flow.verdict === 'unsanctioned')).toBe(true)
    expect(sums(run)).toEqual(BALANCED)
  })
})

describe('an ICMP error', () => {
  const segment = tcp(
    { src: '10.0.2.10', dst: '10.0.1.11' },
    { srcPort: 50000, dstPort: 502, seq: 1, ack: 0, flags: 'A', window: 1 },
    zeros(8),
  )
  const quoted = inFrame('10.0.2.10', '10.0.1.11', PROTO.tcp, segment).subarray(14)

  it('belongs to the flow it quotes when it goes back to the sender of that', () => {
    const scene = new Scene().tcp(0, HMI, PLC, 'A', { data: 8 }).error(1, '10.0.1.1', '10.0.2.10', quoted)
    expect(runShard(scene.frames, { policy }).frames.placed.icmp_errors).toBe(1)
  })

  it('is a conversation of its own when it goes to anybody else', () => {
    const scene = new Scene().tcp(0, HMI, PLC, 'A', { data: 8 }).error(1, '10.4.0.9', '10.0.1.11', quoted)
    const run = runShard(scene.frames, { policy })
    expect(run.frames.placed.icmp_errors).toBe(0)
    expect(run.finals).toMatchObject([
      { verdict: 'sanctioned' },
      { proto: 'icmp', verdict: 'unsanctioned', orig_zone: 'office' },
    ])
  })
})

describe('a handshake', () => {
  const back = { ack: 101 }

  it.each([
    ['SYN', (s: Scene) => s.tcp(0, HMI, PLC, 'S', { seq: 7 })],
    ['answer to a SYN', (s: Scene) => s.tcp(0, PLC, HMI, 'SA', { seq: 7, ack: 3 })],
  ])('that is whole outweighs one forged %s', (_, forge) => {
    const scene = forge(new Scene())
      .tcp(1, PLC, HMI, 'S', { seq: 100 })
      .tcp(1.1, HMI, PLC, 'SA', { seq: 900, ...back })
      .tcp(1.2, PLC, HMI, 'A', { seq: 101, ack: 901 })
    const [last] = runShard(scene.frames, { policy }).finals.slice(-1)
    expect(last).toMatchObject({ orig_addr: '10.0.1.11', direction: 'handshake', verdict: 'unsanctioned' })
  })

  it('does not launder what was seen before it', () => {
    const hours: [number, number] = [11 * 60, 12 * 60]
    const timed: PolicySketch = {
      zones: ZONES,
      conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ what: 'modbus', hours }] }],
    }
    // from 10:50 on, outside the hours; the SYN comes at 11:10
    const scene = new Scene()
    for (let at = 50 * 60; at < 2 * HOUR - 40 * 60; at += 60)
      scene.tcp(at, HMI, PLC, 'A', { seq: 1, data: 4 })
    scene.tcp(2 * HOUR - 50 * 60, HMI, PLC, 'S', { seq: 4711 })
    const run = runShard(scene.frames, { policy: timed })
    expect(run.finals).toMatchObject([{ verdict: 'sanctioned', worst_verdict: 'unsanctioned' }])
  })
})

describe('traffic that no router forwards', () => {
  it.each([
    ['IGMP to one machine', (s: Scene) => s.packet(0, '10.4.0.9', '10.0.1.11', PROTO.igmp, zeros(600))],
    ['neighbour discovery between two prefixes', (s: Scene) => s.icmp(0, 'fd00:4::9', 'fd00:1::5', 135)],
  ])('is not %s', (_, send) => {
    expect(runShard(send(new Scene()).frames, { policy }).finals).toMatchObject([
      { verdict: 'unsanctioned', orig_zone: 'office', resp_zone: 'plc' },
    ])
  })

  it('is IGMP to a group, and neighbour discovery on one link', () => {
    const scene = new Scene()
      .packet(0, '10.4.0.9', '224.0.0.22', PROTO.igmp, zeros(8))
      .icmp(1, 'fd00:1::9', 'fd00:1::5', 135)
      .icmp(2, 'fe80::9', 'fd00:1::5', 136)
    const link = { verdict: 'intra-zone', reason: 'link-scope' }
    expect(runShard(scene.frames, { policy }).finals).toMatchObject([link, link, link])
  })
})
